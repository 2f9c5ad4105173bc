"""Sealed records as entries of the trail, and from when to when they make a record sealed.

A record that the public talks about is sealed: from that moment every access without a ground is told in the night that
judges it. A sealing holds from its moment on, until the end of its last day or until it is lifted. Like a decision it
counts after the last business date that had been worked through when it was entered (``through``), or when a run took
it in (:func:`~detector.trail.decisions.counted_after`): what was judged before stays as it was judged, so that the same
logs and the same trail give the same findings whether nights ran one by one or caught up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from detector.trail.chain import Entry

KIND: Final = "sealing"
SEAL: Final = "seal"
LIFT: Final = "lift"
ACTS: Final = (SEAL, LIFT)
NOTES_APART: Final = " / "
ONE_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sealing:
    """One act: a record is sealed, or its seal is lifted.

    ``moment`` is an instant in UTC from which it holds; ``until`` is the last day of a sealing, None: until it is
    lifted. ``through`` is the last business date worked through when it was entered, None where there was none.
    """

    number: int
    hash: str
    at: str
    officer: str
    account: str
    patient_id: str
    act: str
    moment: dt.datetime
    until: dt.date | None = None
    note: str = ""
    through: dt.date | None = None

    def details(self) -> dict[str, Any]:
        """Return the members of its entry in the trail."""
        return {
            "act": self.act,
            "patient": self.patient_id,
            "moment": self.moment.isoformat(timespec="seconds"),
            "until": None if self.until is None else str(self.until),
            "note": self.note,
            "through": None if self.through is None else str(self.through),
        }

    def holds_from(self, zone: ZoneInfo) -> dt.datetime:
        """Return the instant from which it counts: its moment, but no date that had been worked through."""
        if self.through is None:
            return self.moment
        return max(self.moment, end_of(self.through, zone))


@dataclass(frozen=True, slots=True)
class SealedSpan:
    """One time under seal: of the record ``patient_id``, from an instant on, to another (exclusive) or open-ended.

    ``numbers`` are those by which officers named it. ``until`` is the last day, where one is set; ``lifted_by`` is who
    lifted it. ``note`` has the notes of all its acts, in their order.
    """

    patient_id: str
    numbers: tuple[str, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    until: dt.date | None
    sealed_by: str
    note: str = ""
    lifted_by: str | None = None

    def stands(self, moment: dt.datetime) -> bool:
        """Tell whether it has not ended at that instant."""
        return self.ends_at is None or moment < self.ends_at


def sealings_of(entries: Iterable[Entry]) -> list[Sealing]:
    """Return the sealings among entries; what does not read as one is left out."""
    return [act for entry in entries if entry.kind == KIND and (act := _sealing(entry)) is not None]


def sealed_spans(acts: Iterable[tuple[str, Sealing]], zone: ZoneInfo) -> list[SealedSpan]:
    """Return the times under seal that acts come to, in their order; each act comes with the record's number of today.

    To seal what is sealed makes the later end count, and no end is the latest; its note is added.
    """
    spans: dict[str, list[SealedSpan]] = {}
    for record, act in acts:
        known = spans.setdefault(record, [])
        instant = act.holds_from(zone)
        standing = known[-1] if known and known[-1].stands(instant) else None
        if act.act == LIFT:
            if standing is not None:
                ended = max(instant, standing.starts_at)
                note = with_note(standing.note, act.note)
                known[-1] = replace(standing, ends_at=ended, lifted_by=act.officer, note=note)
        elif standing is not None:
            known[-1] = extended(standing, act, zone)
        else:
            ends_at = None if act.until is None else end_of(act.until, zone)
            known.append(SealedSpan(record, (act.patient_id,), instant, ends_at, act.until, act.officer, act.note))
    found = [span for known in spans.values() for span in known if span.stands(span.starts_at)]
    return sorted(found, key=lambda span: (span.starts_at, span.patient_id))


def extended(span: SealedSpan, act: Sealing, zone: ZoneInfo) -> SealedSpan:
    """Return a standing span after another sealing of its record."""
    numbers = tuple(dict.fromkeys((*span.numbers, act.patient_id)))
    noted = replace(span, numbers=numbers, note=with_note(span.note, act.note))
    if span.until is None or (act.until is not None and act.until <= span.until):
        return noted
    ends_at = None if act.until is None else end_of(act.until, zone)
    return replace(noted, ends_at=ends_at, until=act.until)


def with_note(notes: str, note: str) -> str:
    """Return the notes of a time under seal with another one, each of them once."""
    return NOTES_APART.join(dict.fromkeys(one for one in (*notes.split(NOTES_APART), note) if one))


def standing_spans(spans: Sequence[SealedSpan], moment: dt.datetime) -> dict[str, SealedSpan]:
    """Return record → the span that stands at an instant; one that begins only later stands as well."""
    return {span.patient_id: span for span in spans if span.stands(moment)}


def end_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return the instant at which a day of the site ends."""
    return dt.datetime.combine(day + ONE_DAY, dt.time(), zone).astimezone(dt.UTC)


def _sealing(entry: Entry) -> Sealing | None:
    told = entry.details
    try:
        act, patient = str(told["act"]), str(told["patient"])
        if act not in ACTS or not patient:
            return None
        return Sealing(
            number=entry.number,
            hash=entry.hash,
            at=entry.at,
            officer=entry.officer,
            account=entry.account,
            patient_id=patient,
            act=act,
            moment=dt.datetime.fromisoformat(str(told["moment"])).astimezone(dt.UTC),
            until=_date(told.get("until")),
            note=str(told.get("note") or ""),
            through=_date(told.get("through")),
        )
    except (KeyError, ValueError, TypeError):
        return None


def _date(value: object) -> dt.date | None:
    return None if value is None else dt.date.fromisoformat(str(value))
