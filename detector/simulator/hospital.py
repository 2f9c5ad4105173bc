"""The hospital as a whole: everything that is known before anybody opens a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.accesses import Accesses, Scribe
from detector.simulator.activities import ACTIVITIES
from detector.simulator.patients import Encounters, Patients, VisitIndex
from detector.simulator.shifts import CLINIC, WARMUP_DAYS, Duties, DutyIndex, by_account_and_day
from detector.simulator.vocabulary import DAY, HOUR, ROLE, Ints

if TYPE_CHECKING:
    from detector.simulator.chance import Chance
    from detector.simulator.departments import Department
    from detector.simulator.places import Places
    from detector.simulator.plan import SimulationPlan
    from detector.simulator.staff import Accounts


@dataclass(frozen=True)
class Approval:
    """One row of the approvals table; days count from the start, inclusive."""

    account: int
    patterns: tuple[str, ...]
    first_day: int
    last_day: int
    reason: str


@dataclass
class Hospital:
    """Departments, accounts, patients, encounters, duties and places of one plan.

    `duties` is what really happens; `roster` what the roster table says. `care` are further rows
    of the care team (patient, account, start, end, relation) that work itself created.
    """

    plan: SimulationPlan
    chance: Chance
    departments: tuple[Department, ...]
    accounts: Accounts
    patients: Patients
    encounters: Encounters
    duties: Duties
    roster: Duties
    places: Places
    decoys: Ints
    approvals: list[Approval] = field(default_factory=list)
    care: list[tuple[Ints, Ints, Ints, Ints, str]] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The end of the simulation in seconds."""
        return self.plan.days * DAY

    @cached_property
    def scribe(self) -> Scribe:
        """Writes accesses down as log rows."""
        return Scribe(ACTIVITIES, self.accounts.traits)

    @cached_property
    def visits(self) -> VisitIndex:
        """Finds the visit under which a record is opened; built once, when the encounters stand."""
        return VisitIndex(self.encounters)

    @cached_property
    def duty_table(self) -> Ints:
        """Account × day of duty positions, from WARMUP_DAYS before the start."""
        return by_account_and_day(self.duties, len(self.accounts), -WARMUP_DAYS, self.plan.days + WARMUP_DAYS)

    def on_duty(self, *roles: str) -> DutyIndex:
        """Return the index of duties of all people with one of the roles."""
        members = np.isin(self.accounts.role, [ROLE[role] for role in roles])
        return DutyIndex(self.duties, members, len(self.departments), -WARMUP_DAYS, self.plan.days + WARMUP_DAYS)

    def duty_of(self, account: Ints, day: Ints) -> Ints:
        """Return the position of each account's duty on a day, or NONE."""
        column = day + WARMUP_DAYS
        inside = (column >= 0) & (column < self.duty_table.shape[1]) & (account >= 0)
        found = self.duty_table[np.where(account >= 0, account, 0), np.where(inside, column, 0)]
        return np.where(inside, found, -1)

    def place_of(self, duty: Ints) -> Ints:
        """Return where the people of these duties sit."""
        department = self.duties.department[duty]
        return np.where(self.duties.kind[duty] == CLINIC, self.places.clinic(department), department)

    def coded(self, *codes: str) -> list[int]:
        """Return the departments with one of the codes (units of one ward share a code)."""
        return [d.index for d in self.departments if d.code in codes]

    def with_shape(self, *shapes: str) -> list[int]:
        """Return the departments of the given shapes."""
        return [d.index for d in self.departments if d.shape in shapes]

    def inside(self, planned: Accesses) -> Accesses:
        """Return the accesses that fall into the simulation and into their account's time at the hospital."""
        day = np.floor_divide(planned.time, DAY)
        accounts = self.accounts
        last = accounts.ended[planned.account] + 1  # the last night's shift ends in the morning after
        employed = (day >= accounts.joined[planned.account]) & (planned.time < last * DAY + 9 * HOUR)
        return planned.take((planned.time >= 0) & (planned.time < self.end) & employed & (planned.account >= 0))

    def replace_encounters(self, encounters: Encounters) -> None:
        """Exchange the encounters and forget what was derived from them."""
        self.encounters = encounters
        self.__dict__.pop("visits", None)

    def replace_duties(self, duties: Duties) -> None:
        """Exchange the duties and forget what was derived from them."""
        self.duties = duties
        self.__dict__.pop("duty_table", None)

    def admit_unlisted(self, department: int, role: str) -> int:
        """Make an account that the staff table does not have; forget what was derived from the accounts."""
        account = self.accounts.add_unlisted(department, role)
        for name in ("duty_table", "scribe"):
            self.__dict__.pop(name, None)
        return account
