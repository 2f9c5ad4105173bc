"""Rotas: who is on duty when, in which department, and in what capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.chance import mixed
from detector.simulator.vocabulary import DAY, HOUR, MINUTE, NONE, ROLE, Flags, Ints
from detector.simulator.working_days import working_days

if TYPE_CHECKING:
    from detector.simulator.chance import Chance
    from detector.simulator.departments import Department
    from detector.simulator.plan import SimulationPlan
    from detector.simulator.staff import Accounts

EARLY, LATE, NIGHT, LONG, OFFICE, CLINIC, REST = range(7)
"""Kinds of duty: the three nursing shifts, 24 hours, office hours, clinic, and none."""

WARMUP_DAYS: Final = 3
"""Days before the start for which duties exist, so that stays of the first day have nurses."""

_HOURS: Final = {
    EARLY: (7 * HOUR + 45 * MINUTE, 16 * HOUR + 15 * MINUTE),
    LATE: (16 * HOUR, 24 * HOUR + 15 * MINUTE),
    NIGHT: (24 * HOUR, 32 * HOUR),
    LONG: (8 * HOUR, 32 * HOUR),
    OFFICE: (8 * HOUR, 17 * HOUR + 30 * MINUTE),
    CLINIC: (8 * HOUR, 17 * HOUR),
}
"""Start and end in seconds after the midnight of the duty's day (a night belongs to the day it begins after)."""

SLOT_HOURS: Final = {EARLY: (8 * HOUR, 16 * HOUR), LATE: (16 * HOUR, 24 * HOUR), NIGHT: (24 * HOUR, 32 * HOUR)}
"""The part of the day that each nursing shift is responsible for."""


@dataclass
class Duties:
    """One row per duty: account, day number, kind, department worked in, start and end in seconds."""

    account: Ints
    day: Ints
    kind: Ints
    department: Ints
    start: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Ints) -> Duties:
        """Return the duties at the given positions."""
        return Duties(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def extended(self, other: Duties) -> Duties:
        """Return these duties followed by others."""
        return Duties(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__dataclass_fields__))

    def of(self, account: int, first_day: int, last_day: int) -> Ints:
        """Return the positions of one account's duties from one day to another (inclusive), in order."""
        mine = np.flatnonzero((self.account == account) & (self.day >= first_day) & (self.day <= last_day))
        return mine[np.argsort(self.start[mine], kind="stable")]


def duty(
    account: int, day: int, kind: int, department: int, start: int | None = None, end: int | None = None
) -> Duties:
    """Return a single duty with its usual hours, or with hours of its own (seconds from the start)."""
    usual = _HOURS[kind]
    return Duties(
        np.array([account]),
        np.array([day]),
        np.array([kind]),
        np.array([department]),
        np.array([day * DAY + usual[0] if start is None else start]),
        np.array([day * DAY + usual[1] if end is None else end]),
    )


class DutyIndex:
    """Finds who is on duty: by department, day and kind among some roles, or by account and day."""

    def __init__(self, duties: Duties, members: Ints, departments: int, first_day: int, days: int) -> None:
        self._first, self._days = first_day, days
        rows = np.flatnonzero(members[duties.account] & (duties.day >= first_day) & (duties.day < first_day + days))
        cell = self._cell(duties.department[rows], duties.day[rows], duties.kind[rows])
        order = np.lexsort((duties.account[rows], cell))
        self._rows, cells = rows[order], cell[order]
        bounds = np.searchsorted(cells, np.arange(departments * days * REST + 1))
        self._offset, self._size = bounds[:-1], np.diff(bounds)

    def _cell(self, department: Ints, day: Ints, kind: Ints) -> Ints:
        return np.asarray((department * self._days + (day - self._first)) * REST + kind)

    def count(self, department: Ints, day: Ints, kind: Ints | int) -> Ints:
        """Return how many are on duty."""
        inside = (day >= self._first) & (day < self._first + self._days)
        cell = self._cell(department, np.where(inside, day, self._first), np.broadcast_to(kind, np.shape(day)))
        return np.where(inside, self._size[cell], 0)

    def pick(self, department: Ints, day: Ints, kind: Ints | int, key: Ints) -> Ints:
        """Return a duty's position for each query: the one that `key` falls on, or NONE where nobody is there."""
        inside = (day >= self._first) & (day < self._first + self._days)
        cell = self._cell(department, np.where(inside, day, self._first), np.broadcast_to(kind, np.shape(day)))
        size = np.where(inside, self._size[cell], 0)
        chosen = self._offset[cell] + key % np.maximum(size, 1)
        return np.where(
            size > 0, self._rows[np.minimum(chosen, len(self._rows) - 1)] if len(self._rows) else NONE, NONE
        )


def by_account_and_day(duties: Duties, accounts: int, first_day: int, days: int) -> Ints:
    """Return a table account × day of duty positions (NONE: off), column 0 being `first_day`."""
    table = np.full((accounts, days), NONE, dtype=np.int64)
    inside = (duties.day >= first_day) & (duties.day < first_day + days)
    rows = np.flatnonzero(inside)
    table[duties.account[rows], duties.day[rows] - first_day] = rows
    return table


_CYCLES: Final = {
    "large": (EARLY, EARLY, LATE, NIGHT, REST, REST),
    "medium": (EARLY, EARLY, LATE, NIGHT, REST),
    "small": (EARLY, LATE, NIGHT, REST),
}


def rota(plan: SimulationPlan, departments: tuple[Department, ...], accounts: Accounts, chance: Chance) -> Duties:
    """Plan everybody's duties, leave and sick days included, from a few days before the start."""
    rng = chance.generator("rota")
    first, last = -WARMUP_DAYS, plan.days
    worked = working_days(plan.start, first, last)
    days = np.arange(first, last)
    rows: list[tuple[int, int, int, int]] = []
    for department in departments:
        nurses = accounts.with_role("nurse", "midwife", department=department.index)
        doctors = accounts.with_role("doctor", "director", "resident", department=department.index)
        heads = accounts.with_role("head_nurse", department=department.index)
        others = np.setdiff1d(
            np.flatnonzero((accounts.department == department.index) & accounts.human),
            np.concatenate([nurses, doctors, heads]),
        )
        weekend = rng.random((len(others) + len(heads), len(days)))
        for person, draws in zip(np.concatenate([heads, others]).tolist(), weekend, strict=True):
            kinds = np.where(worked | (draws < 0.12), OFFICE, REST)
            if department.code in ("LAB", "RAD", "US", "PHARM"):
                kinds = _technical(person, days, worked, draws, around_the_clock=department.code == "LAB")
            elif department.code == "REG":
                kinds = np.where(worked | (draws < 0.5), OFFICE, REST)
            rows += [(person, int(d), int(k), department.index) for d, k in zip(days, kinds, strict=True) if k != REST]
        if department.shape == "clinic":
            for person in np.concatenate([nurses, doctors]).tolist():
                there = worked | (rng.random(len(days)) < 0.25)
                kinds = np.where(there, CLINIC, REST)
                rows += [
                    (person, int(d), int(k), department.index) for d, k in zip(days, kinds, strict=True) if k != REST
                ]
            continue
        clinics = len(nurses) // 8 if department.shape == "ward" and department.code != "ICU" else 0
        rows += _nursing(nurses, days, worked, department.index, clinics)
        rows += _medical(accounts, doctors, days, worked, department, rng)
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    table = table[~_absent(table, accounts, len(days), first, rng)]
    hours = np.zeros((REST, 2), dtype=np.int64)
    for kind, (begin, finish) in _HOURS.items():
        hours[kind] = begin, finish
    start = table[:, 1] * DAY + hours[table[:, 2], 0]
    end = table[:, 1] * DAY + hours[table[:, 2], 1]
    return Duties(table[:, 0], table[:, 1], table[:, 2], table[:, 3], start, end)


def _technical(person: int, days: Ints, worked: Ints, chance: Ints, *, around_the_clock: bool) -> Ints:
    """Office hours on working days, a late or night turn every few days (nights in the laboratory only)."""
    turn = (days + person) % 6
    kinds = np.where(worked | (chance < 0.3), OFFICE, REST)
    kinds = np.where(turn == 0, LATE, kinds)
    if around_the_clock:
        kinds = np.where(turn == 1, NIGHT, kinds)
        return np.where(turn == 2, REST, kinds)
    return kinds


def _nursing(nurses: Ints, days: Ints, worked: Flags, department: int, clinics: int) -> list[tuple[int, int, int, int]]:
    """Rotate the nurses of a ward through early, late, night and rest; on working days `clinics` serve the clinic.

    Who serves the clinic changes from week to week.
    """
    cycle = np.array(_CYCLES["large" if len(nurses) >= 6 else "medium" if len(nurses) == 5 else "small"])
    position = np.arange(len(nurses))
    plan = cycle[(days[None, :] + (position + position // len(cycle))[:, None]) % len(cycle)]
    preferred = mixed(nurses[:, None], days[None, :] // 7)
    for column in np.flatnonzero(worked).tolist():
        early = np.flatnonzero(plan[:, column] == EARLY)
        serving = early[np.argsort(preferred[early, column], kind="stable")][:clinics]
        plan[serving, column] = CLINIC
    rows: list[tuple[int, int, int, int]] = []
    for person, kinds in zip(nurses.tolist(), plan, strict=True):
        rows += [(person, int(d), int(k), department) for d, k in zip(days, kinds, strict=True) if k != REST]
    return rows


def _medical(
    accounts: Accounts, doctors: Ints, days: Ints, worked: Ints, department: Department, rng: np.random.Generator
) -> list[tuple[int, int, int, int]]:
    """Wards by day, clinics on some weekdays, one doctor a day for 24 hours, and the day after it off."""
    rows: list[tuple[int, int, int, int]] = []
    takers = doctors[accounts.role[doctors] != ROLE["director"]]
    turns = max(2, len(takers))
    for position, person in enumerate(doctors.tolist()):
        weekday_kinds = np.where(
            rng.random(7) < (0.45 if accounts.role[person] != ROLE["resident"] else 0.1), CLINIC, OFFICE
        )
        kinds = np.where(worked | (rng.random(len(days)) < 0.35), weekday_kinds[days % 7], REST)
        if person in takers:
            turn = (days + position) % turns
            kinds = np.where(turn == 0, LONG, np.where((turn == 1) & (turns > 2), REST, kinds))
        rows += [(person, int(d), int(k), department.index) for d, k in zip(days, kinds, strict=True) if k != REST]
    return rows


def _absent(table: Ints, accounts: Accounts, days: int, first: int, rng: np.random.Generator) -> Ints:
    """Return which duties fall on leave, on a sick day, before joining or after leaving."""
    account, day = table[:, 0], table[:, 1]
    people = len(accounts)
    leave = np.zeros((people, days), dtype=np.bool_)
    begin = rng.integers(0, days, people)
    length = np.where(rng.random(people) < 0.35, rng.integers(4, 12, people), 0)
    offset = np.arange(days)
    leave |= (offset >= begin[:, None]) & (offset < (begin + length)[:, None])
    leave |= rng.random((people, days)) < 0.012
    gone = (day < accounts.joined[account]) | (day > accounts.ended[account])
    return np.asarray(leave[account, day - first] | gone)
