"""How alerts that were not confirmed are spread over people: by role, by department, by whether they work at night.

An alert that an officer decided as justified or as a false alarm is a burden on somebody against whom nothing is held.
Where one group bears clearly more of it than all others, the tool may be unfair to it, or its work is not told to the
tool: follow-up duties that no table names, a ward whose roster is not given. That is a question to the tool and its
tables, never to the people. Compared are accounts, not alerts: who is asked about twice counts once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.database.queries import rows
from detector.database.rows import select
from detector.model.findings import Status
from detector.review.precision import wilson
from detector.texts import Texts

UNCONFIRMED: Final = (Status.JUSTIFIED, Status.FALSE_ALARM)
"""The decisions after which nothing is held against anybody."""
KINDS: Final = ("role", "department", "night")
"""What people are compared by."""
DAYS: Final = 180
"""Days that are looked back on."""
LEAST_IN_ALL: Final = 10
"""With fewer accounts that had such an alert nothing is compared."""
LEAST_IN_GROUP: Final = 3
"""A group with fewer of them is not named: one or two accounts tell of people, not of a group."""
CLEAR: Final = 1.5
"""A group differs clearly where the least that its share may be is more than so many times that of all others."""
SMALL_DEPARTMENT: Final = 20
"""Departments of so many accounts or fewer are pooled: among many of them one would stand out by chance."""

SmallUnits = Callable[..., frozenset[str]]
"""Which units must be added up, given the accounts of each, and how many one must have to be shown (as in reports)."""


@dataclass(frozen=True, slots=True)
class Group:
    """People of one role, department or kind of hours: ``unconfirmed`` of ``accounts`` had such an alert.

    ``name`` is the role or department, "yes" or "no" of night work, "" where it is not known; ``units`` are the roles
    or departments that are too small to be told alone and stand here together, 0 where it is one. ``rest`` and
    ``rest_unconfirmed`` are all other people.
    """

    kind: str
    name: str
    units: int
    accounts: int
    unconfirmed: int
    rest: int
    rest_unconfirmed: int

    @property
    def share(self) -> float:
        """The share of its accounts that had such an alert."""
        return self.unconfirmed / self.accounts

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of its share."""
        return wilson(self.unconfirmed, self.accounts)

    @property
    def ratio(self) -> float | None:
        """Its share by that of all others; None where none of them had any."""
        return self.share * self.rest / self.rest_unconfirmed if self.rest_unconfirmed else None

    @property
    def is_burdened(self) -> bool:
        """Whether it bears clearly more than all others."""
        least = self.interval[0]
        return self.unconfirmed >= LEAST_IN_GROUP and least > CLEAR * self.rest_unconfirmed / self.rest

    def named(self, say: Texts) -> str:
        """Return the group in words."""
        if self.kind == "night":
            return say(f"report.spread_night_{self.name}")
        name = say("report.others", count=self.units) if self.units else self.name or say("show.unknown")
        return say(f"report.spread_{self.kind}", name=name)

    def compared(self, say: Texts) -> str:
        """Return in words how many of it and of all others had such an alert."""
        return say(
            "report.spread_group", group=self.named(say), count=self.unconfirmed, accounts=self.accounts,
            others=self.rest_unconfirmed, rest=self.rest,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlertSpread:
    """``unconfirmed`` of the ``accounts`` of people at work from ``first`` to ``last``, and the same of each group."""

    first: dt.date
    last: dt.date
    accounts: int
    unconfirmed: int
    groups: Sequence[Group]

    @property
    def is_comparable(self) -> bool:
        """Whether there are enough such accounts, and groups, to say anything."""
        return self.unconfirmed >= LEAST_IN_ALL and bool(self.groups)

    @property
    def burdened(self) -> list[Group]:
        """The groups that bear clearly more than all others."""
        return [one for one in self.groups if one.is_burdened] if self.is_comparable else []


def alert_spread(
    connection: duckdb.DuckDBPyConnection,
    last: dt.date,
    small_units: SmallUnits,
    unconfirmed: Iterable[str] | None = None,
) -> AlertSpread:
    """Return how such alerts are spread over the people at work in the 180 days that end with ``last``.

    ``unconfirmed`` are the findings that were decided so by then; by default those that are now.
    """
    begun = select(connection, "select min(business_date) as first from account_days")[0]["first"] or last
    first = max(begun, last - dt.timedelta(days=DAYS - 1))
    if unconfirmed is None:
        query = "select finding_id from findings where list_contains($statuses, status) order by finding_id"
        unconfirmed = [row["finding_id"] for row in select(connection, query, {"statuses": list(UNCONFIRMED)})]
    found = rows(connection, "review", "alert_spread.sql", first=first, last=last, findings=list(unconfirmed))
    groups = [group for kind in KINDS for group in _groups(found, kind, small_units)]
    return AlertSpread(first, last, _sum(found, "accounts"), _sum(found, "unconfirmed"), groups)


def _groups(found: Sequence[Mapping[str, Any]], kind: str, small_units: SmallUnits) -> list[Group]:
    """Return the groups of a kind, those of more accounts first and small ones together last; none where it is one."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for row in found:
        if row[kind] is not None:
            parts.setdefault(_name(row[kind]), []).append(row)
    sizes = {name: _sum(part, "accounts") for name, part in parts.items()}
    hidden = small_units(sizes, SMALL_DEPARTMENT + 1) if kind == "department" else small_units(sizes)
    hidden = hidden if len(hidden) > 1 else frozenset()  # one that is large enough to be told, or everybody
    pooled = [row for name in sorted(hidden) for row in parts[name]]
    shown = [(name, 0, parts[name]) for name in sorted(sizes, key=lambda one: (-sizes[one], one)) if name not in hidden]
    told = [*shown, ("", len(hidden), pooled)] if hidden else shown
    if len(told) < 2:
        return []
    accounts, unconfirmed = _sum(found, "accounts"), _sum(found, "unconfirmed")
    return [
        Group(kind, name, units, own, had, accounts - own, unconfirmed - had)
        for name, units, part in told
        for own, had in [(_sum(part, "accounts"), _sum(part, "unconfirmed"))]
    ]


def _name(value: str | bool) -> str:
    return value if isinstance(value, str) else "yes" if value else "no"


def _sum(found: Iterable[Mapping[str, Any]], count: str) -> int:
    return sum(int(row[count]) for row in found)
