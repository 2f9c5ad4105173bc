"""How records of one market segment are harvested: whom the thief wants, and when the pages are opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.simulator.event_rows import Events, events, joined
from detector.simulator.patients import INPATIENT, OUTPATIENT
from detector.simulator.scene import Scene
from detector.simulator.shifts import EARLY, NIGHT, OFFICE
from detector.simulator.vocabulary import DAY, HOUR, NONE, Ints, flag

Market = Callable[[int], Ints]
"""Returns the patients worth selling at a time."""


@dataclass(frozen=True)
class Shares:
    """What the thief's list is made of: women on the ward now, coming to deliver, gone home."""

    present: float
    coming: float
    gone: float


class Mothers:
    """The mothers of one obstetric unit, by where they are at a time."""

    def __init__(self, scene: Scene, department: int) -> None:
        hospital = scene.hospital
        encounters, patients = hospital.encounters, hospital.patients
        mother = (patients.flags[encounters.patient] & flag("maternity")) > 0
        here = (encounters.department == department) & mother
        self._stays = encounters.take(np.flatnonzero(here & (encounters.kind == INPATIENT)))
        self._visits = encounters.take(np.flatnonzero(here & (encounters.kind == OUTPATIENT)))
        self._due = patients.due[self._visits.patient] * DAY

    def present(self, time: int) -> Ints:
        """Return those on the ward."""
        return self._stays.patient[(self._stays.start <= time) & (self._stays.end > time)]

    def coming(self, time: int) -> Ints:
        """Return those in antenatal care who will deliver within two months."""
        seen = (self._visits.start < time) & (self._due > time + DAY) & (self._due < time + 60 * DAY)
        return np.setdiff1d(self._visits.patient[seen], self.present(time))

    def gone(self, time: int) -> Ints:
        """Return those discharged in the last six weeks, those of the last day aside."""
        return self._stays.patient[(self._stays.end < time - DAY) & (self._stays.end > time - 42 * DAY)]

    def just_gone(self, time: int) -> Ints:
        """Return those discharged one, two or three days ago."""
        ago = time // DAY - np.floor_divide(self._stays.end, DAY)
        return self._stays.patient[(ago >= 1) & (ago <= 3)]


def chosen_patients(
    scene: Scene, account: int, groups: list[tuple[float, Market]], times: Ints, seen: set[int]
) -> tuple[Ints, Ints]:
    """Return (time, patient) pairs: each time one patient of a group drawn by its share, none of them twice.

    Patients whom the account has cared for are not taken: it knows those anyway.
    """
    kept: list[tuple[int, int]] = []
    shares = np.array([share for share, _ in groups])
    for time in times.tolist():
        market = groups[int(scene.rng.choice(len(groups), p=shares / shares.sum()))][1]
        candidates = [p for p in scene.strangers(account, market(time)).tolist() if p not in seen]
        if not candidates:
            continue
        patient = candidates[int(scene.rng.integers(0, len(candidates)))]
        seen.add(patient)
        kept.append((time, patient))
    pairs = np.array(kept, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def every_shift(scene: Scene, account: int, mean: float, market: Market) -> Events:
    """Return the rows of an account that opens some contact pages of a market on every shift, and nothing else.

    The list is gone through: who has not been opened yet comes first, then the rest of it once more. Whether the
    account cares for a patient does not matter.
    """
    seen: set[int] = set()
    rows: list[Events] = []
    for shift in scene.shifts(account).tolist():
        start = int(scene.during(np.array([shift]))[0])
        listed = scene.rng.permutation(np.unique(market(start))).tolist()
        listed = sorted(listed, key=lambda patient: patient in seen)  # stable: each part stays in its random order
        patient = np.array(listed[: max(1, int(scene.rng.poisson(mean)))], dtype=np.int64)
        at = start + np.cumsum(scene.rng.exponential(4 * 60, len(patient))).astype(np.int64)
        at = np.minimum(at, scene.hospital.duties.end[shift] - 60)
        seen.update(patient.tolist())
        rows.append(scene.open(at, account, patient, "phone-number"))
    return joined(rows)


def clustered(scene: Scene, duty: Ints) -> Ints:
    """Return moments for the duties (one per repetition): most are opened in a few quiet spells, minutes apart."""
    at = scene.during(duty)
    spell = (
        scene.hospital.duties.start[duty]
        + 20 * 60
        + (
            (np.mod(duty * 2654435761, 997) / 997)
            * np.minimum(scene.hospital.duties.end[duty] - scene.hospital.duties.start[duty] - HOUR, 14 * HOUR)
        ).astype(np.int64)
    )
    near = spell + scene.rng.exponential(7 * 60, len(duty)).astype(np.int64)
    return np.sort(
        np.where(scene.rng.random(len(duty)) < 0.6, np.minimum(near, scene.hospital.duties.end[duty] - 60), at)
    )


def after_hours(scene: Scene, account: int, mean: float, chance: float) -> Ints:
    """Return moments outside the account's work: after an early shift, in the dead of its nights, on evenings off."""
    hospital = scene.hospital
    found: list[Ints] = []
    for day in range(scene.first_day, scene.last_day + 1):
        if scene.rng.random() > chance:
            continue
        duty = int(hospital.duty_of(np.array([account]), np.array([day]))[0])
        kind = NONE if duty < 0 else int(hospital.duties.kind[duty])
        if kind in (EARLY, OFFICE):
            begin, length = int(hospital.duties.end[duty]) + 40 * 60, 3.0
        elif kind == NIGHT:
            begin, length = int(hospital.duties.start[duty]) + HOUR, 4.0
        elif kind == NONE and scene.rng.random() < 0.3:
            begin, length = day * DAY + 19 * HOUR, 3.0
        else:
            continue
        count = int(scene.rng.poisson(mean))
        found.append(begin + (scene.rng.random(count) * length * HOUR).astype(np.int64))
    return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


def ward_list(scene: Scene, account: int, time: Ints, action: str = "search", size: int = 20) -> Events:
    """Return ward lists looked at, printed or exported shortly before the times."""
    count = np.maximum(3, scene.rng.poisson(size, len(time)))
    before = time - scene.rng.integers(20, 120, len(time))
    return events(before, account, scene.seat(account, before), action, "list", count=count, label=scene.label)


def sold_mothers(
    scene: Scene, account: int, times: Ints, shares: Shares, page: str, seen: set[int] | None = None
) -> Events:
    """Return the rows of an account that opens mothers of its own unit at the given times."""
    mothers = Mothers(scene, int(scene.hospital.accounts.department[account]))
    groups: list[tuple[float, Market]] = [
        (shares.present, mothers.present),
        (shares.coming, mothers.coming),
        (shares.gone, mothers.gone),
    ]
    at, patient = chosen_patients(scene, account, groups, times, set() if seen is None else seen)
    rows = [scene.open(at, account, patient, page)]
    listed = at[scene.rng.random(len(at)) < 0.12]
    rows.append(ward_list(scene, account, listed))
    return joined(rows)


def obstetric_staff(scene: Scene, *roles: str) -> Ints:
    """Return the accounts of the obstetric units that have one of the roles."""
    accounts = scene.hospital.accounts
    units = np.isin(accounts.department, scene.hospital.coded("OB"))
    return np.intersect1d(accounts.with_role(*roles), np.flatnonzero(units))
