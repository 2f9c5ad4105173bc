"""The morning list: which findings an officer asks for, in which order, and what is new in it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.database.queries import rows
from detector.model.findings import FindingRow, Status

NEW: Final = "new"
GROWN: Final = "grown"
OPEN: Final = Status.OPEN.value
SHORT_ID: Final = 6
ORDERS: Final = {
    "risk": lambda one: (-one["risk"], one["detected_on"], one["finding_id"]),
    "newest": lambda one: (_descending(one["last_seen_on"]), -one["risk"], one["finding_id"]),
    "records": lambda one: (-one["records"], -one["risk"], one["finding_id"]),
    "department": lambda one: (one["department"] or "\uffff", -one["risk"], one["finding_id"]),
}
"""By what the list may be sorted; the key is what the command line takes."""


@dataclass(frozen=True, slots=True)
class Look:
    """When an officer last saw the whole list before anything that was worked through since. Both None: never.

    ``seen`` are the accesses, by id, of the findings that were last seen on its date: rows that came late may have
    added to that date since. None where it is not known.
    """

    through: dt.date | None = None
    at: dt.datetime | None = None
    seen: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; what is None or empty does not limit the list. ``news`` keeps what is new or has grown."""

    pattern: str | None = None
    department: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    min_risk: float | None = None
    status: str | None = None
    alerts: bool = False
    news: bool = False

    @property
    def complete(self) -> bool:
        """Tell whether whoever sees this list has seen all that is new (of the alerts, with ``alerts``)."""
        limits = (self.pattern, self.department, self.since, self.until, self.min_risk, self.status)
        return all(limit is None for limit in limits)

    def keeps(self, finding: FindingRow, look: Look) -> bool:
        """Tell whether a finding is asked for beyond status, date and alerts, which the reading of findings limits."""
        return (
            (self.pattern is None or self.pattern in finding["patterns"])
            and (self.department is None or (finding["department"] or "").casefold() == self.department.casefold())
            and (self.until is None or finding["last_seen_on"] <= str(self.until))
            and (self.min_risk is None or finding["risk"] >= self.min_risk)
            and (not self.news or news_of(finding, look) is not None)
        )


def last_look(connection: duckdb.DuckDBPyConnection, officer: str) -> Look:
    """Return the officer's last look at an earlier state: looking twice in a morning shows the same news."""
    row = connection.execute(
        "select max_by(struct_pack(through := through, at := looked_at, seen := seen), (through, looked_at, number))"
        " from officer_looks"
        " where officer = ? and through < (select max(business_date) from dates)",
        [officer],
    ).fetchall()[0][0]
    if row is None:
        return Look()
    return Look(row["through"], row["at"], None if row["seen"] is None else json.loads(row["seen"]))


def news_of(finding: FindingRow, look: Look) -> str | None:
    """Return whether a finding is new or has grown since a look, or None."""
    if look.through is None or finding["detected_on"] > str(look.through):
        return NEW
    if finding["last_seen_on"] > str(look.through):
        return GROWN
    if look.seen is None or finding["last_seen_on"] < str(look.through):
        return None
    if finding["finding_id"] not in look.seen:
        return NEW if finding["detected_on"] == str(look.through) else GROWN
    return GROWN if finding["accesses"] > look.seen[finding["finding_id"]] else None


def seen_on(connection: duckdb.DuckDBPyConnection, through: str | None) -> dict[str, int]:
    """Return what a look remembers of the findings that were last seen on its date: see :class:`Look`."""
    found = connection.execute(
        "select finding_id, accesses from findings where last_seen_on = ?::date order by finding_id", [through]
    ).fetchall()
    return dict(found)


def standing_of(finding: FindingRow, look: Look) -> str:
    """Return how a finding stands in one word: decided, or new, grown or just open."""
    return str(finding["status"]) if finding["status"] != OPEN else news_of(finding, look) or OPEN


def selected(findings: Iterable[FindingRow], selection: Selection, look: Look, order: str = "risk") -> list[FindingRow]:
    """Return the findings asked for, in the order asked for."""
    return sorted((one for one in findings if selection.keeps(one, look)), key=ORDERS[order])


def id_length(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many characters tell all findings apart, from ``SHORT_ID`` on: so many need to be typed."""
    identities = [str(row[0]) for row in connection.execute("select finding_id from findings").fetchall()]
    lengths = range(SHORT_ID, max(map(len, identities), default=SHORT_ID) + 1)
    return next((one for one in lengths if len({text[:one] for text in identities}) == len(identities)), SHORT_ID)


def lowered(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return what justifications with a last day have lowered since: see ``sql/review/lowered.sql``."""
    return rows(connection, "review", "lowered.sql")


def _descending(day: str) -> int:
    return -dt.date.fromisoformat(day).toordinal()
