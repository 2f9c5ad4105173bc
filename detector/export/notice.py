"""What is sent to a receiver, before it has a format: a finding in one state, the health of a night, or a test event.

A notice never holds a patient's name. Record numbers are keyed pseudonyms unless the export asks for the numbers
themselves, wherever they occur in its texts too.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from detector import __version__
from detector.detection.patterns import patterns
from detector.model.findings import CLOSED_STATUSES
from detector.privacy.pseudonyms import Pseudonyms
from detector.texts import load_texts
from detector.texts.language import Language

VENDOR: Final = "Access Audit"
PRODUCT: Final = "Access-Audit Detector"
VERSION: Final = __version__

Kind = Literal["finding", "health", "test"]
Change = Literal["created", "updated", "decided", "health", "test"]

REASONS_LISTED: Final = 5
FREE_TEXT_REASONS: Final = ("policy:break-glass-misuse",)
"""Reasons whose sentence quotes what somebody typed, perhaps a patient's name: receivers read the title instead."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who speaks: the hospital's name, the machine, and the time zone of business dates.

    ``trail_head`` is the hash of the trail's newest entry when the notice was sent: whoever rewrites the trail
    afterwards would have to rewrite what receivers hold as well.
    """

    site: str
    host: str
    timezone: str
    trail_head: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    ``key`` names the finding or the night for ever and ``revision`` its state, so that a receiver can update instead of
    duplicate. ``at`` is when the change was recorded, in UTC. ``body`` holds a finding by the contract's keys, with
    ``patient_ids``, or a night's health. ``shortened`` tells that evidence was left out to keep a message short.
    """

    kind: Kind
    change: Change
    key: str
    revision: int
    at: dt.datetime
    body: Mapping[str, Any]
    origin: Origin
    language: Language
    shortened: bool = False

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (JSON)
        return self.body.get(name)

    @property
    def identity(self) -> str:
        """Key and revision: equal for a repeated delivery of the same state, and for nothing else."""
        return f"{self.key}:{self.revision}"

    @property
    def signature(self) -> str:
        """What a rule of the SIEM hangs on: the most probable pattern, ``health`` or ``test``."""
        return str(self["patterns"][0]) if self.kind == "finding" and self["patterns"] else self.kind

    @property
    def techniques(self) -> tuple[str, ...]:
        """The techniques of MITRE ATT&CK that fit the most probable pattern."""
        known = patterns()
        return known[self.signature].techniques if self.signature in known else ()

    @property
    def title(self) -> str:
        """The signature in words."""
        return title(self.signature, self.language)

    @property
    def severity(self) -> str:
        """``low`` to ``critical``, or ``informational``."""
        return str(self["severity"]) if self.kind == "finding" else "informational"

    @property
    def closed(self) -> bool:
        """Whether the officer has settled the finding."""
        return self["status"] in CLOSED_STATUSES

    @property
    def start(self) -> dt.datetime | None:
        """The instant at which the evidence begins."""
        return self._midnight(self["window_start"] or self["business_date"])

    @property
    def end(self) -> dt.datetime | None:
        """The last millisecond that the evidence covers."""
        day = self["window_end"] or self["business_date"]
        after = self._midnight(day, days=1)
        return None if after is None else after - dt.timedelta(milliseconds=1)

    @property
    def first_seen(self) -> dt.datetime | None:
        """The instant at which the business date began that first listed the finding."""
        return self._midnight(self["detected_on"])

    @property
    def reasons(self) -> list[str]:
        """The strongest reasons in words."""
        return [str(reason["text"]) for reason in self["reasons"] or ()]

    @property
    def explained(self) -> list[str]:
        """What speaks for the person, in words."""
        return [str(one["text"]) for one in self["explained"] or ()]

    @property
    def message(self) -> str:
        """One sentence or two for a person."""
        say = load_texts(self.language)
        if self.kind == "health":
            silent = self["silent_sources"]
            return say(
                "notice.health",
                date=self["business_date"],
                events=f"{self['events']:,}",
                accounts=f"{self['accounts']:,}",
                alerts=self["alerts_open"],
                silent=say("notice.silent", sources=", ".join(silent)) if silent else "",
            )
        if self.kind == "test":
            return say("notice.test")
        return say(
            "notice.finding",
            title=self.title,
            who=say(f"notice.about_{self['subject']}", **self.body),
            risk=f"{self['risk']:g}",
            reason=(self.reasons or [self.title])[0].rstrip(".。"),
        )

    def _midnight(self, day: str | None, days: int = 0) -> dt.datetime | None:
        """Return the local midnight at which a business date begins, in UTC."""
        if day is None:
            return None
        date = dt.date.fromisoformat(day) + dt.timedelta(days=days)
        local = dt.datetime.combine(date, dt.time(), tzinfo=ZoneInfo(self.origin.timezone))
        return local.astimezone(dt.UTC)


def title(signature: str, language: Language) -> str:
    """Return a pattern's title; an unknown one stands for itself."""
    if signature in {"health", "test", "finding"}:
        return load_texts(language)(f"notice.title_{signature}")
    known = patterns()
    return known[signature].title[language] if signature in known else signature


def for_receiver(finding: Mapping[str, Any], language: Language, pseudonyms: Pseudonyms | None) -> dict[str, Any]:
    """Return a finding as it is sent to a receiver: the strongest reasons, pseudonyms instead of record numbers.

    ``finding`` comes from :func:`detector.export.outbox.read_states`; without ``pseudonyms`` the numbers stay.
    """
    body = dict(finding)
    numbers = [str(one) for one in body.pop("all_patient_ids")]
    body["reasons"] = [
        one | {"text": title(one["feature"].removeprefix("policy:"), language)}
        if one["feature"] in FREE_TEXT_REASONS
        else one
        for one in list(body["reasons"])[:REASONS_LISTED]
    ]
    if pseudonyms is None:
        return body
    if body["patient_id"] is not None:
        numbers.append(str(body["patient_id"]))
        body["patient_id"] = pseudonyms(str(body["patient_id"]))
    body["patient_ids"] = [pseudonyms(str(one)) for one in body["patient_ids"]]
    for name in ("reasons", "explained"):
        body[name] = [one | {"text": pseudonyms.in_text(one["text"], numbers)} for one in body[name]]
    body["event_ids"] = [pseudonyms.in_text(one, numbers) for one in body["event_ids"]]
    return body


def shorter(notice: Notice) -> Iterator[Notice]:
    """Yield the notice with less and less evidence; its identity, its account and its first reason stay.

    What is left out is in the findings; ``shortened`` says so. The last one has every text cut as well.
    """
    yield notice
    body = dict(notice.body)
    for steps in ({"event_ids": 0}, {"patient_ids": 0}, {"reasons": 3, "explained": 3}, {"reasons": 1, "explained": 1}):
        if not any(len(body.get(name) or ()) > kept for name, kept in steps.items()):
            continue
        body |= {name: list(body[name])[:kept] for name, kept in steps.items() if body.get(name) is not None}
        yield dataclasses.replace(notice, body=dict(body), shortened=True)
    for length in (160, 40):
        yield dataclasses.replace(notice, body=_cut(body, length), shortened=True)


def _cut(value: Any, length: int) -> Any:  # noqa: ANN401  (JSON)
    """Cut every text and list within a value."""
    if isinstance(value, str):
        return value if len(value) <= length else value[: length - 1] + "…"
    if isinstance(value, Mapping):
        return {name: _cut(one, length) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(one, length) for one in value[: length // 10]]
    return value


def connection_test(origin: Origin, language: Language, at: dt.datetime) -> Notice:
    """Return the event that ``export --test`` sends, marked as such."""
    return Notice("test", "test", f"test:{at:%Y%m%dT%H%M%SZ}", 1, at, {}, origin, language)
