"""What no task explains and yet is innocent: slips, advice between colleagues, teaching, old patients, emergencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.accesses import Accesses, accesses, together
from detector.simulator.activities import activity
from detector.simulator.chance import spread
from detector.simulator.event_rows import Events, events
from detector.simulator.patients import INPATIENT, day_of
from detector.simulator.vocabulary import DAY, HOUR, NONE, REASON, ROLE, Ints

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital


def _running(
    hospital: Hospital, rng: np.random.Generator, at: Ints, department: Ints | None = None, tries: int = 8
) -> Ints:
    """Return a random stay that is open at each time, in the department given for it, or NONE."""
    encounters = hospital.encounters
    found = np.full(len(at), NONE, dtype=np.int64)
    inpatient = encounters.kind == INPATIENT
    groups = [(np.arange(len(at)), np.flatnonzero(inpatient))]
    if department is not None:
        units = np.unique(department).tolist()
        groups = [
            (np.flatnonzero(department == u), np.flatnonzero(inpatient & (encounters.department == u))) for u in units
        ]
    for rows, stays in groups:
        if not len(stays):
            continue
        begun = np.searchsorted(encounters.start[stays], at[rows])
        for _ in range(tries):
            back = np.minimum(rng.exponential(0.06, len(rows)), 1.0)
            guess = stays[np.clip(begun - 1 - (back * len(stays)).astype(np.int64), 0, len(stays) - 1)]
            hit = (found[rows] < 0) & (encounters.start[guess] <= at[rows]) & (encounters.end[guess] > at[rows])
            found[rows] = np.where(hit, guess, found[rows])
    return found


def _recent(hospital: Hospital, rng: np.random.Generator, at: Ints) -> Ints:
    """Return a random visit that began in the two weeks before each time, or NONE."""
    start = hospital.encounters.start
    low, high = np.searchsorted(start, at - 14 * DAY), np.searchsorted(start, at)
    drawn = low + (rng.random(len(at)) * (high - low)).astype(np.int64)
    return np.where(high > low, np.minimum(drawn, len(start) - 1), NONE)


def slips(hospital: Hospital, work: Accesses, rng: np.random.Generator) -> Accesses:
    """One access in 250 is preceded by a wrong record, opened and closed: a bed next door or a similar name."""
    row = np.flatnonzero((rng.random(len(work)) < 0.004) & hospital.accounts.human[work.account])
    near = np.clip(row + rng.integers(1, 400, len(row)) * rng.choice([-1, 1], len(row)), 0, len(work) - 1)
    other = np.where(rng.random(len(row)) < 0.6, near, rng.integers(0, max(1, len(work)), len(row)))
    at = work.time[row] - rng.integers(15, 90, len(row))
    wrong = work.patient[other]
    return accesses(
        at, work.account[row], wrong, hospital.visits.at(wrong, at), activity("wrong-record"), work.place[row]
    )


_LOOKS: Final = {
    "doctor": 0.4, "director": 0.3, "resident": 0.8, "nurse": 0.16, "midwife": 0.14, "head_nurse": 0.25,
    "technician": 0.05, "pharmacist": 0.03,
}  # fmt: skip
"""Records a duty that people of a role open without a task that the hospital's tables know of, on average."""


def looks(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Return advice asked in the corridor, teaching cases, questions on the telephone, patients of former days.

    The curious look more often than others. Most looks go to the department that one works with most.
    """
    duties, accounts, encounters = hospital.duties, hospital.accounts, hospital.encounters
    rate = np.zeros(max(ROLE.values()) + 1)
    for role, mean in _LOOKS.items():
        rate[ROLE[role]] = mean
    chance = rate[accounts.role[duties.account]] * np.minimum(accounts.traits.curiosity[duties.account], 5.0)
    row = spread(rng.poisson(chance) * (duties.day >= 0))
    at = duties.start[row] + (rng.random(len(row)) * (duties.end[row] - duties.start[row])).astype(np.int64)
    wards = np.array(hospital.with_shape("ward"))
    partner = wards[(np.arange(len(hospital.departments)) * 7 + 3) % len(wards)]
    draw = rng.random(len(row))
    visit = np.where(
        draw < 0.5,
        _running(hospital, rng, at, partner[duties.department[row]]),
        np.where(draw < 0.75, _running(hospital, rng, at), _recent(hospital, rng, at)),
    )
    nursing = np.isin(accounts.role[duties.account[row]], [ROLE["nurse"], ROLE["midwife"], ROLE["head_nurse"]])
    asked = rng.random(len(row)) < 0.3
    page = np.where(nursing, np.where(asked, activity("desk"), activity("glance")), activity("second-look"))
    some = np.flatnonzero(visit >= 0)
    row, visit = row[some], visit[some]
    place = hospital.place_of(row)
    parts = [accesses(at[some], duties.account[row], encounters.patient[visit], visit, page[some], place)]
    # patients of one's own, some time after they left
    past = np.flatnonzero(
        (encounters.kind == INPATIENT) & (encounters.end < hospital.end) & (encounters.doctor != NONE)
    )
    past = past[rng.random(len(past)) < 0.12]
    when = encounters.end[past] + (rng.exponential(9.0, len(past)) * DAY).astype(np.int64)
    duty = hospital.duty_of(encounters.doctor[past], day_of(when))
    past, duty = past[duty >= 0], duty[duty >= 0]
    at = duties.start[duty] + rng.integers(0, 9 * HOUR, len(duty))
    parts.append(
        accesses(
            at,
            encounters.doctor[past],
            encounters.patient[past],
            past,
            activity("second-look"),
            hospital.place_of(duty),
        )
    )
    return together(parts)


def break_glass(hospital: Hospital, work: Accesses, rng: np.random.Generator) -> Events:
    """Emergencies open locked records with a reason; others do it once in a long while."""
    emergency = np.isin(hospital.accounts.department[work.account], hospital.coded("ER", "ICU"))
    physician = np.isin(hospital.accounts.role[work.account], [ROLE["doctor"], ROLE["resident"]])
    chance = np.where(physician, np.where(emergency, 0.012, 0.0006), 0.0)
    row = np.flatnonzero(rng.random(len(work)) < chance)
    reasons = np.array([REASON["抢救"], REASON["急诊接诊"], REASON["会诊"], REASON["夜间值班处理"], 0])
    reason = reasons[rng.choice(5, len(row), p=[0.3, 0.35, 0.15, 0.14, 0.06])]
    chosen = work.take(row)
    return events(
        chosen.time - 5,
        chosen.account,
        chosen.place,
        "break_glass",
        "note",
        patient=chosen.patient,
        visit=chosen.visit,
        reason=reason,
    )
