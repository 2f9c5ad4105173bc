"""The finding: a lead for a person to check, about an account, a record or a log source.

A finding is an episode. It is raised once, on the night that first lists it; later nights continue it and rate it
anew; a decision or :data:`QUIET_DAYS` without new evidence end it. :class:`Finding` has one field per column of the
table ``findings``; ``reasons`` and ``explained`` are typed values that only this module writes as JSON, ``method`` one
of `detector.model.methods`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from detector.model.methods import Method, read_method
from detector.model.severities import Severity

FindingRow = Mapping[str, Any]
"""A finding by the contract's keys, as readers get it: dates as ISO texts, sentences in the reader's language."""

QUIET_DAYS: Final = 28
"""An episode ends after so many days without new evidence: what comes later is another finding."""
EVENT_LIMIT: Final = 1000
"""Events that are kept with a finding, and most that one firing of a policy may name."""


TOLD_DIGITS: Final = 2
"""Digits of a mean per day, on screens and in reports."""
ALERTED_BY: Final = ("policy", "ranking", "draw")
"""What makes a finding an alert: a policy, the evidence that ranks it, or a draw at random; several may."""


def exceeds(value: float, usual: float) -> bool:
    """Tell whether a mean per day lies above another, as both are told: with two digits."""
    return round(value, TOLD_DIGITS) > round(usual, TOLD_DIGITS)


class Status(StrEnum):
    """What an officer has decided about a finding."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    JUSTIFIED = "justified"
    FALSE_ALARM = "false_alarm"
    ESCALATED = "escalated"

    @property
    def is_closed(self) -> bool:
        """Whether the decision ends the episode: only evidence after it opens another finding."""
        return self in {Status.CONFIRMED, Status.JUSTIFIED, Status.FALSE_ALARM}


CLOSED_STATUSES: Final = tuple(status for status in Status if status.is_closed)
"""The statuses that end an episode, as SQL gets them in its parameter ``$closed``."""


class Subject(StrEnum):
    """What a finding is about."""

    ACCOUNT = "account"
    RECORD = "record"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature that the finding rests on.

    ``value`` is its mean per day with accesses in the window (a policy's: accesses), beside the account's own before it
    and its peers'. ``contribution`` is its share of the evidence; the contributions of a finding sum to 1. ``patients``
    counts those that show it. ``values`` are further figures of its sentence, ``texts`` a policy's own sentence by
    language. ``within`` is the stronger reason that has named almost all of its patients, ``shared`` how many.
    """

    feature: str
    value: float
    own_baseline: float | None
    peer_baseline: float | None
    contribution: float
    patients: int = 0
    values: Mapping[str, Any] | None = None
    texts: Mapping[str, str] | None = None
    within: str | None = None
    shared: int | None = None

    @property
    def is_policy(self) -> bool:
        """Whether a policy's sentence is the reason."""
        return self.feature.startswith("policy:")

    def document(self) -> dict[str, Any]:
        """Return the reason as JSON writes it."""
        document = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        optional = {"values", "texts", "within", "shared"}
        return {name: value for name, value in document.items() if name not in optional or value is not None}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One thing that speaks for the person.

    ``share`` is the part of the window's patients (of an approval: of the suspicious accesses) that it covers, None
    where it covers no part. ``parameters`` are what its sentence names.
    """

    kind: str
    share: float | None = None
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return the explanation that JSON wrote so."""
        parameters = {name: value for name, value in document.items() if name not in {"kind", "share"}}
        return cls(document["kind"], document["share"], parameters)

    def document(self) -> dict[str, Any]:
        """Return the explanation as JSON writes it."""
        return {"kind": self.kind, "share": self.share, **self.parameters}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a finding is about: an account with its holder as last known, a record, or a log source."""

    subject: Subject
    user_id: str | None = None
    patient_id: str | None = None
    source: str | None = None
    user_name: str | None = None
    department: str | None = None
    role: str | None = None
    account_type: str | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much was touched: distinct patients, records (an export counts all that it returned), accesses, and decoys.

    A decoy is a record and no patient.
    """

    patients: int
    records: int
    accesses: int
    decoys: int = 0


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one night makes of a subject: all of a finding that is not the life of its episode.

    ``window_start`` is the date on which the evidence began, ``window_end`` the last one with new evidence: the night's
    unless rows came late. ``has_new_evidence`` is false where an earlier finding is only rated anew: its last date
    stays. ``alerted_by`` says what makes it an alert: some of ``ALERTED_BY``.
    """

    window_start: dt.date
    window_end: dt.date
    risk: float
    severity: Severity
    alert: bool
    patterns: tuple[str, ...]
    reasons: tuple[Reason, ...]
    policies: tuple[str, ...]
    exposure: Exposure
    explained: tuple[Explanation, ...]
    method: Method
    sampled: bool = False
    has_new_evidence: bool = True
    alerted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a field per column of the table ``findings``, in its order.

    ``case_id`` is shared by findings that are to be looked at together, otherwise the finding's own id.
    ``detected_on`` is the night that first listed it, ``alerted_on`` the first on which it was an alert,
    ``last_seen_on`` the last with new evidence; ``alerted_by`` what made it one (``ALERTED_BY``); ``sampled`` accounts
    were drawn at random, whatever they did; ``decoys`` are the decoy records among ``records`` (None: not told apart).
    """

    finding_id: str
    subject: Subject
    user_id: str | None
    patient_id: str | None
    source: str | None
    case_id: str
    detected_on: dt.date
    alerted_on: dt.date | None
    last_seen_on: dt.date
    user_name: str | None
    department: str | None
    role: str | None
    account_type: str | None
    window_start: dt.date
    window_end: dt.date
    risk: float
    severity: Severity
    alert: bool
    patterns: tuple[str, ...]
    reasons: tuple[Reason, ...]
    policies: tuple[str, ...]
    patients: int
    records: int
    accesses: int
    explained: tuple[Explanation, ...]
    sampled: bool
    status: Status
    previous_finding_id: str | None
    method: Method
    alerted_by: tuple[str, ...] = ()
    decoys: int | None = None

    @classmethod
    def raised(
        cls,
        finding_id: str,
        night: dt.date,
        identity: Identity,
        assessment: Assessment,
        *,
        case_id: str | None = None,
        previous_finding_id: str | None = None,
    ) -> Self:
        """Return the finding that begins an episode on ``night``, by default in a case of its own."""
        return cls(
            **_columns(identity, assessment),
            finding_id=finding_id,
            case_id=case_id or finding_id,
            detected_on=night,
            alerted_on=night if assessment.alert else None,
            last_seen_on=night,
            status=Status.OPEN,
            previous_finding_id=previous_finding_id,
        )

    def continued(self, night: dt.date, identity: Identity, assessment: Assessment) -> Self:
        """Return the finding as another night rates it: id, case, first dates and status stay, and so does an alert."""
        alert = self.alert or assessment.alert
        rated = _columns(identity, assessment) | {
            "alert": alert,
            "alerted_on": self.alerted_on or (night if alert else None),
            "sampled": self.sampled or assessment.sampled,
            "alerted_by": tuple(one for one in ALERTED_BY if one in {*self.alerted_by, *assessment.alerted_by}),
            "window_start": min(self.window_start, assessment.window_start),
            "window_end": self.window_end,
        }
        if assessment.has_new_evidence:
            rated |= {"last_seen_on": night, "window_end": max(self.window_end, assessment.window_end)}
        return dataclasses.replace(self, **rated)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Return the finding that a row of the table ``findings`` holds."""
        values = {field.name: row[field.name] for field in dataclasses.fields(cls)}
        return cls(
            **values
            | {
                "subject": Subject(row["subject"]),
                "severity": Severity(row["severity"]),
                "status": Status(row["status"]),
                "patterns": tuple(row["patterns"]),
                "policies": tuple(row["policies"]),
                "reasons": tuple(Reason(**document) for document in json.loads(row["reasons"])),
                "explained": tuple(Explanation.read(document) for document in json.loads(row["explained"])),
                "method": read_method(json.loads(row["method"])),
                "alerted_by": tuple(row["alerted_by"] or ()),
            }
        )

    def row(self) -> dict[str, Any]:
        """Return the row of the table ``findings``, by column."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return values | {
            "patterns": list(self.patterns),
            "policies": list(self.policies),
            "alerted_by": list(self.alerted_by),
            "reasons": _json([reason.document() for reason in self.reasons]),
            "explained": _json([explanation.document() for explanation in self.explained]),
            "method": _json(self.method.document()),
        }


def finding_id(subject: Subject, *parts: str) -> str:
    """Return the id of a finding: the same subject and first date give the same id."""
    return "F" + hashlib.sha256("|".join([subject, *parts]).encode()).hexdigest()[:11]


def _columns(identity: Identity, assessment: Assessment) -> dict[str, Any]:
    """Return the columns that identity and assessment give."""
    parts = (identity, assessment, assessment.exposure)
    values = {field.name: getattr(part, field.name) for part in parts for field in dataclasses.fields(part)}
    return {name: value for name, value in values.items() if name not in {"exposure", "has_new_evidence"}}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
