"""A policy's sentence over all dates of a finding: what is counted, what is joined, and which date's words stand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language

COUNTED: Final = ("events", "patients", "records", "accesses", "first_at", "last_at")
"""What the detector counts from the events that a policy returns; a reason may name it without the SELECT."""

OVER_DATES: Final = ("newest", "sum", "least", "most", "range", "spans")
"""How a policy's own column is told where the policy fired on several dates of one finding.

``newest``: as on the newest date (the default); ``sum``, ``least``, ``most``: of all dates; ``range``: the least and
the most, where they differ; ``spans``: a list of times from–to, of which a later one takes the place of those with the
same beginning. Other lists are told with the values of all dates.
"""
LISTED_VALUES: Final = 20
"""So many different values of a list are named."""
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("category", "categories", "allowed", "outside"), ("category", "action")),
    **dict.fromkeys(("action", "actions"), ("action",)),
    "kind": ("account_type",),
    "last_day_of": ("last_day_of",),
    "reasons": ("stated_reason",),
}
"""Columns of a policy that hold ids of the program's → the kinds of words that name them, the first that does."""
MINUTE: Final = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class PolicySentence:
    """The words of a policy's reason by language, as they stood when it fired, and how its own columns are told.

    ``over_dates``: column → one of ``OVER_DATES``.
    """

    texts: Mapping[Language, str]
    over_dates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, document: str) -> Self:
        """Return the sentence that :meth:`document` wrote so."""
        values = json.loads(document)
        return cls(values["texts"], values["over_dates"])

    def document(self) -> str:
        """Return the sentence as ``policy_days`` keeps it."""
        values = {"texts": dict(self.texts), "over_dates": dict(self.over_dates)}
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    def filled(self, language: Language, values: Mapping[str, object]) -> str:
        """Put the values of a fired policy, as in ``reason_values``, into the sentence."""
        return self.texts[language].format_map({name: _shown(name, value, language) for name, value in values.items()})


def fired_together(days: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one row of ``policy_days`` for several of one policy and subject: what it fired on over all of them.

    Events belong to one date each, so that events, accesses and returned records add up; a patient counts once. What is
    not counted is told as the policy says, the rest as on the newest date. ``days`` are in the order of dates.
    """
    newest = dict(days[-1])
    patients = sorted({patient for day in days for patient in day["patient_ids"] or ()})
    counted = {
        "events": sum(day["events"] or 0 for day in days),
        "patients": max(len(patients), *(day["patients"] for day in days)),
        "accesses": sum(day["accesses"] for day in days),
        "first_at": min((day["first_at"] for day in days if day["first_at"]), default=None),
        "last_at": max((day["last_at"] for day in days if day["last_at"]), default=None),
    }
    counted["records"] = max(counted["patients"], sum(_returned(day) for day in days))
    together = newest | counted | {"patient_ids": patients, "event_ids": [*_all(day["event_ids"] for day in days)]}
    if newest["sentence"] is None:
        return together
    sentence = PolicySentence.read(newest["sentence"])
    told = {name: as_told(value) for name, value in counted.items()}
    values = _over_dates([json.loads(day["reason_values"]) for day in days], sentence.over_dates)
    values |= {name: told[name] for name in values if name in told}
    try:
        words = {f"reason_{language}": sentence.filled(language, values) for language in LANGUAGES}
    except KeyError:  # words of this version, and a date that was asked about before with other columns
        return together
    return together | words | {"reason_values": json.dumps(values, ensure_ascii=False, sort_keys=True)}


def as_told(value: object) -> object:
    """Return a value as a sentence tells it, and as JSON knows it: times to the minute."""
    return value.strftime(MINUTE) if isinstance(value, dt.datetime) else value


def _returned(day: Mapping[str, Any]) -> int:
    """Return the records that prints and exports returned; of a date that an earlier version asked about, all of it."""
    returned: int = day["records"] if day["returned"] is None else day["returned"]
    return returned


def _over_dates(days: Sequence[Mapping[str, Any]], rules: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the newest of ``days`` (``reason_values``), each told over all of them."""
    standing = _standing(days, rules)
    return {
        name: _together([day[name] for day in standing if day.get(name) is not None], rules.get(name, "newest"))
        for name in days[-1]
    }


def _standing(days: Sequence[Mapping[str, Any]], rules: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Leave out the days all of whose spans of time a later day tells longer."""
    columns = [name for name, rule in rules.items() if rule == "spans"]
    kept = []
    for place, day in enumerate(days):
        later = {_begin(span) for other in days[place + 1 :] for name in columns for span in other.get(name) or ()}
        spans = [span for name in columns for span in day.get(name) or ()]
        if not spans or any(_begin(span) not in later for span in spans):
            kept.append(day)
    return kept


def _together(values: Sequence[Any], rule: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    if not values:
        return None
    if isinstance(values[-1], list):
        lists = [value for value in values if isinstance(value, list)]
        spans = {_begin(span): span for span in _all(lists)}
        named = sorted(spans.values()) if rule == "spans" else sorted(set(_all(lists)), key=str)
        return named[:LISTED_VALUES]
    figures = [value for value in values if isinstance(value, int | float)]
    if rule == "sum" and len(figures) == len(values):
        return sum(figures)
    if rule in {"least", "most"}:
        return (min if rule == "least" else max)(values, key=_by_size)
    if rule == "range" and len(set(values)) > 1:
        return f"{min(values, key=_by_size)}–{max(values, key=_by_size)}"
    return values[-1]


def _by_size(value: object) -> tuple[float, int, str]:
    """Order figures by size, texts such as record numbers by length first."""
    return (float(value), 0, "") if isinstance(value, int | float) else (0.0, len(str(value)), str(value))


def _begin(span: str) -> str:
    return str(span).partition("–")[0]


def _all(lists: Iterable[Iterable[Any] | None]) -> Iterable[Any]:
    return (value for one in lists for value in one or ())


def _shown(name: str, value: object, language: Language) -> object:
    """Return a value as a sentence shows it; ids of the program in the reader's words."""
    say = load_texts(language)
    if isinstance(value, list | tuple):
        return say.words(str(_shown(name, one, language)) for one in value) or "?"
    if value is None:
        return "?"
    named = (say.entries.get(f"{kind}.{value}") for kind in WORDS.get(name, ()))
    return next((one for one in named if one is not None), value)
