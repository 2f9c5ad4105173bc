"""Officers' decisions: entries of the trail, and what they make of a finding.

A decision counts from the business date after the last one that had been worked through when it was taken (``through``)
on, so that the same logs and the same trail give the same findings whether nights ran one by one or caught up. One that
is taken while a run is at work counts after the date which that run has just judged; the run's entry tells it
(``counted_after``), so that this holds for a store that is built anew as well.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from detector.model.findings import Status
from detector.trail.chain import Entry

KIND: Final = "decision"
NIGHT: Final = "night"
READ_LATER: Final = ("decisions", "sealings")
"""Members of a night's entry that tell of acts, by hash, after which date they count."""
OPEN: Final = Status.OPEN.value
DISPOSITIONS: Final = tuple(status.value for status in Status if status is not Status.OPEN)
"""What an officer may decide; each is the status that it gives the finding."""
NEEDS_NOTE: Final = (Status.CONFIRMED.value, Status.ESCALATED.value, Status.JUSTIFIED.value)
STATE_KEYS: Final = ("risk", "severity", "patients", "records", "accesses", "last_seen_on")
"""What a decision, or a look, remembers of the finding, to tell later that it has grown."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    ``through`` is the last business date worked through when it was taken, None where there was none. ``patterns`` and
    ``until`` are the scope and the last day of a justification (no patterns: all of them; no date: without end).
    ``undoes`` is the number of the decision that this one takes back; ``state`` is the finding as it was decided on.
    """

    number: int
    hash: str
    at: str
    officer: str
    account: str
    finding_id: str
    disposition: str
    note: str = ""
    through: dt.date | None = None
    patterns: tuple[str, ...] = ()
    until: dt.date | None = None
    undoes: int | None = None
    state: Mapping[str, Any] = field(default_factory=dict)

    def details(self) -> dict[str, Any]:
        """Return the members of its entry in the trail."""
        return {
            "finding": self.finding_id,
            "disposition": self.disposition,
            "note": self.note,
            "through": None if self.through is None else str(self.through),
            "patterns": list(self.patterns),
            "until": None if self.until is None else str(self.until),
            "undoes": self.undoes,
            "state": dict(self.state),
        }


def decisions_of(entries: Iterable[Entry]) -> list[Decision]:
    """Return the decisions among entries; what does not read as one is left out (``verify`` tells of it)."""
    return [decision for entry in entries if entry.kind == KIND and (decision := _decision(entry)) is not None]


def not_taken_back(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the decisions that no later one takes back; the last of them stands, the one before it would stand again.

    ``decisions`` are those about one finding, in order. A trail that was rolled back may have given a number twice:
    the later one is meant.
    """
    stack: list[Decision] = []
    for decision in decisions:
        if decision.undoes is None:
            stack.append(decision)
            continue
        place = next((place for place in reversed(range(len(stack))) if stack[place].number == decision.undoes), None)
        if place is not None:
            del stack[place]
    return stack


def counted_after(entries: Iterable[Entry]) -> dict[str, dt.date | None]:
    """Return hash → the date after which an act counts, for those that runs read later than they were taken."""
    told: dict[str, dt.date | None] = {}
    for entry in entries:
        for one in _read_later(entry) if entry.kind == NIGHT else ():
            with contextlib.suppress(KeyError, ValueError, TypeError):
                told[str(one["hash"])] = _date(one["counted_after"])
    return told


def later_of(taken: dt.date | None, judged: dt.date | None) -> dt.date | None:
    """Return the date after which an act counts: what was judged before it was read cannot count it any more."""
    return max((one for one in (taken, judged) if one is not None), default=None)


def has_grown(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether a finding has grown since a state that the trail remembers."""
    counts = ("patients", "records", "accesses")
    seen_later = str(now.get("last_seen_on")) > str(before.get("last_seen_on"))
    return seen_later or any((now.get(key) or 0) > (before.get(key) or 0) for key in counts)


def state_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the trail remembers of a finding: see ``STATE_KEYS``."""
    return {key: finding[key] if isinstance(finding[key], int | float) else str(finding[key]) for key in STATE_KEYS}


def place_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what the finding is known again in a store that names it otherwise: subject and window.

    The subject is a digest, since the trail's decisions leave the house with evidence: no record number stands there.
    """
    key = next(str(finding[one]) for one in ("user_id", "patient_id", "source") if finding[one] is not None)
    digest = hashlib.sha256(f"{finding['subject']}|{key}".encode()).hexdigest()
    window = {name: str(finding[name]) for name in ("window_start", "window_end")}
    return {"subject_digest": digest, **window}


def _read_later(entry: Entry) -> list[Any]:
    """Return what a night's entry tells of acts that count later than their own entries say."""
    return [one for key in READ_LATER for one in entry.details.get(key) or ()]


def _decision(entry: Entry) -> Decision | None:
    told = entry.details
    try:
        finding, disposition = str(told["finding"]), str(told["disposition"])
        if disposition not in {*DISPOSITIONS, OPEN}:
            return None
        return Decision(
            number=entry.number,
            hash=entry.hash,
            at=entry.at,
            officer=entry.officer,
            account=entry.account,
            finding_id=finding,
            disposition=disposition,
            note=str(told.get("note") or ""),
            through=_date(told.get("through")),
            patterns=tuple(map(str, told.get("patterns") or ())),
            until=_date(told.get("until")),
            undoes=None if told.get("undoes") is None else int(told["undoes"]),
            state=dict(told.get("state") or {}),
        )
    except (KeyError, ValueError, TypeError):
        return None


def _date(value: object) -> dt.date | None:
    return None if value is None else dt.date.fromisoformat(str(value))
