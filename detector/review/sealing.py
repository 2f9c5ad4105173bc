"""From an officer's request to entries of the trail: records are sealed, sealed for longer, or their seal is lifted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from detector.errors import UsageError
from detector.review.triage import LONGEST_NOTE
from detector.store.judged_dates import last_judged
from detector.store.sealing_table import spans_under_seal
from detector.trail import Entry, Officer
from detector.trail.sealings import (
    LIFT,
    SEAL,
    SealedSpan,
    Sealing,
    extended,
    sealed_spans,
    sealings_of,
    standing_spans,
)

LONGEST_NUMBER: Final = 200


class Outcome(StrEnum):
    """What becomes of a record that an officer asks to seal, or whose seal is to be lifted."""

    SEALED = "sealed"
    LONGER = "longer"
    NOTED = "noted"
    ALREADY = "already"
    LIFTED = "lifted"
    STANDING = "standing"
    ENDED = "ended"
    NOT_SEALED = "not_sealed"

    @property
    def is_written(self) -> bool:
        """Tell whether the trail gets an entry: what changes nothing is told, and not doubled."""
        return self in {Outcome.SEALED, Outcome.LONGER, Outcome.NOTED, Outcome.LIFTED}


@dataclass(frozen=True, slots=True)
class SealRequest:
    """What an officer asks for: to seal ``records`` from ``moment`` on, or to lift their seals at it.

    ``records`` are pairs of the number as it was given and the one that the record has today. Without ``until`` a seal
    holds until it is lifted.
    """

    records: Sequence[tuple[str, str]]
    moment: dt.datetime
    until: dt.date | None = None
    lift: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class SealDraft:
    """What becomes of one record: ``given`` is its number as named, ``span`` its time under seal once this is done.

    ``act`` is what the trail is to hold, None where nothing changes.
    """

    given: str
    record: str
    outcome: Outcome
    act: Sealing | None
    span: SealedSpan | None


def check(request: SealRequest, zone: ZoneInfo) -> None:
    """Raise UsageError where the parts of a request do not fit together."""
    if request.lift and request.until is not None:
        raise UsageError("--lift ends a seal now; --until goes with sealing")
    if request.until is not None and request.until < request.moment.astimezone(zone).date():
        raise UsageError(f"--until {request.until} is before the day of the sealing")
    if len(request.note) > LONGEST_NOTE:
        raise UsageError(f"the note has {len(request.note)} characters; {LONGEST_NOTE} are the most")
    for given, _ in request.records:
        if not given or len(given) > LONGEST_NUMBER or not given.isprintable():
            raise UsageError(f"a record number is needed, of at most {LONGEST_NUMBER} characters on one line")


def seal_drafts(
    connection: duckdb.DuckDBPyConnection, request: SealRequest, officer: Officer, timezone: str
) -> list[SealDraft]:
    """Return what becomes of each record; raises UsageError where a request is wrong, or there is nothing to lift."""
    through = last_judged(connection)
    return drafts_after(spans_under_seal(connection, timezone), through, request, officer, ZoneInfo(timezone))


def first_seal_drafts(
    entries: Iterable[Entry], request: SealRequest, officer: Officer, timezone: str
) -> list[SealDraft]:
    """Return what becomes of each record before the first run: the trail alone tells what is sealed."""
    zone = ZoneInfo(timezone)
    spans = sealed_spans(((act.patient_id, act) for act in sealings_of(entries)), zone)
    return drafts_after(spans, None, request, officer, zone)


def drafts_after(
    spans: Sequence[SealedSpan], through: dt.date | None, request: SealRequest, officer: Officer, zone: ZoneInfo
) -> list[SealDraft]:
    """Return what becomes of each record after the times under seal ``spans``; raises UsageError."""
    check(request, zone)
    standing = standing_spans(spans, request.moment)
    numbers: dict[str, str] = {}
    for given, record in request.records:
        numbers.setdefault(record, given)  # one number of each is enough
    act = Sealing(
        number=0,
        hash="",
        at="",
        officer=officer.name,
        account=officer.account,
        patient_id="",
        act=LIFT if request.lift else SEAL,
        moment=request.moment.astimezone(dt.UTC).replace(microsecond=0),
        until=request.until,
        note=request.note.strip(),
        through=through,
    )
    drafts = [
        _draft(replace(act, patient_id=given), record, standing.get(record), zone) for record, given in numbers.items()
    ]
    for draft in drafts:
        began = None if draft.span is None else draft.span.starts_at.astimezone(zone).date()
        if draft.outcome is Outcome.SEALED and request.until and began and request.until < began:
            raise UsageError(f"--until {request.until} is before {began}, from which the seal would hold")
    if request.lift and all(draft.outcome is Outcome.NOT_SEALED for draft in drafts):
        raise UsageError("none of these records is sealed; `detector seal` lists those that are")
    return drafts


def told_drafts(
    connection: duckdb.DuckDBPyConnection, records: Sequence[tuple[str, str]], moment: dt.datetime, timezone: str
) -> list[SealDraft]:
    """Return of each record its time under seal at a moment, or else the last one before; nothing is to be written."""
    last = {span.patient_id: span for span in spans_under_seal(connection, timezone)}

    def outcome(span: SealedSpan | None) -> Outcome:
        if span is None:
            return Outcome.NOT_SEALED
        return Outcome.STANDING if span.stands(moment) else Outcome.ENDED

    return [SealDraft(given, record, outcome(last.get(record)), None, last.get(record)) for given, record in records]


def details_of(drafts: Sequence[SealDraft]) -> list[Mapping[str, Any]]:
    """Return the entries of the trail that drafts come to."""
    return [draft.act.details() for draft in drafts if draft.act is not None]


def _draft(act: Sealing, record: str, standing: SealedSpan | None, zone: ZoneInfo) -> SealDraft:
    if act.act == LIFT:
        outcome = Outcome.NOT_SEALED if standing is None else Outcome.LIFTED
        span = None if standing is None else replace(standing, ends_at=max(act.holds_from(zone), standing.starts_at))
    elif standing is None:
        outcome = Outcome.SEALED
        span = SealedSpan(record, (act.patient_id,), act.holds_from(zone), None, act.until, act.officer, act.note)
    else:
        span = extended(standing, act, zone)
        outcome = _repeated(standing, span)
    return SealDraft(act.patient_id, record, outcome, act if outcome.is_written else None, span)


def _repeated(before: SealedSpan, after: SealedSpan) -> Outcome:
    """Return what becomes of a record that is sealed already."""
    if after.ends_at != before.ends_at:
        return Outcome.LONGER
    return Outcome.ALREADY if after.note == before.note else Outcome.NOTED
