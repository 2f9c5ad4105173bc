"""Work on the wards: nursing by shift and bed, the desk, follow-up calls, rounds, consultations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.accesses import Accesses, accesses, together
from detector.simulator.activities import activity
from detector.simulator.chance import mixed, spread, within
from detector.simulator.patients import INPATIENT
from detector.simulator.shifts import CLINIC, EARLY, LATE, LONG, NIGHT, OFFICE, SLOT_HOURS, WARMUP_DAYS
from detector.simulator.vocabulary import DAY, HOUR, NONE, ROLE, Flags, Floats, Ints

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

_NURSING = {"OB": "obstetric-nursing", "NEO": "newborn-nursing", "PSY": "psychiatric-care"}
_ROUND = {"OB": "obstetric-round", "PSY": "psychiatric-care"}
_DAYS_TO_CALL = (2, 15)
"""Days after discharge within which the ward calls."""


def by_department(hospital: Hospital, special: dict[str, str], usual: str) -> Ints:
    """Return for each department the activity that its kind of record asks for."""
    return np.array([activity(special.get(d.code, usual)) for d in hospital.departments])


def _moments(rng: np.random.Generator, start: Ints, end: Ints) -> Ints:
    """Return times between start and end: nearly half of them in the first quarter, as at a handover."""
    share = np.where(rng.random(len(start)) < 0.45, rng.beta(1.3, 6.0, len(start)), rng.random(len(start)))
    return np.asarray(start + (share * np.maximum(end - start, 1)).astype(np.int64))


def stay_shifts(hospital: Hospital) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return stay × nursing shift: visit, day, shift kind, and the part of the shift that the stay covers."""
    encounters = hospital.encounters
    stays = np.flatnonzero((encounters.kind == INPATIENT) & (encounters.end > -DAY) & (encounters.start < hospital.end))
    first = np.maximum(np.floor_divide(encounters.start[stays], DAY) - 1, -1)
    last = np.minimum(np.floor_divide(encounters.end[stays], DAY), hospital.plan.days - 1)
    days = np.maximum(last - first + 1, 0)
    visit = stays[np.repeat(spread(days), 3)]
    day = np.repeat(first[spread(days)] + within(days), 3)
    kind = np.tile(np.array([EARLY, LATE, NIGHT]), len(day) // 3)
    begin = day * DAY + np.array([SLOT_HOURS[k][0] for k in (EARLY, LATE, NIGHT)])[kind]
    finish = day * DAY + np.array([SLOT_HOURS[k][1] for k in (EARLY, LATE, NIGHT)])[kind]
    start = np.maximum(begin, encounters.start[visit])
    end = np.minimum(finish, encounters.end[visit] + HOUR)
    keep = (end - start > 20 * 60) & (finish > 0)
    return visit[keep], day[keep], kind[keep], start[keep], end[keep]


def rooming_in(hospital: Hospital, visit: Ints) -> Flags:
    """Return which stays are those of healthy newborns in their mother's ward."""
    wards = np.isin(hospital.encounters.department[visit], hospital.coded("OB"))
    return np.asarray(wards & (hospital.patients.mother[hospital.encounters.patient[visit]] != NONE))


def nursing(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Bedside work: every patient has a nurse per shift; colleagues help out."""
    encounters = hospital.encounters
    visit, day, kind, start, end = stay_shifts(hospital)
    ward = encounters.department[visit]
    nurses = hospital.on_duty("nurse", "midwife")
    group = np.maximum(nurses.count(ward, day, kind), 1)
    key = encounters.bed[visit] * group // 60 + mixed(ward, day) % 2
    mine = nurses.pick(ward, day, kind, key)
    helper = nurses.pick(ward, day, kind, key + 1 + mixed(visit, day, kind) % 5)
    which = by_department(hospital, _NURSING, "nursing")
    parts: list[Accesses] = []
    for duty, mean, name in (
        (mine, np.array([1.75, 1.25, 0.85]), ""),
        (helper, np.array([0.24, 0.17, 0.12]), "glance"),
    ):
        ease = rng.gamma(3.0, 1 / 3.0, len(visit)) * np.where(rooming_in(hospital, visit), 0.4, 1.0)
        ease *= hospital.accounts.traits.breadth[hospital.duties.account[np.maximum(duty, 0)]]
        count = np.where(duty >= 0, rng.poisson(ease * mean[kind]), 0)
        row = spread(count)
        at = _moments(rng, start[row], end[row])
        kinds = which[ward[row]] if not name else activity(name)
        account = hospital.duties.account[duty[row]]
        parts.append(
            accesses(
                at, account, encounters.patient[visit[row]], visit[row], kinds, hospital.duties.department[duty[row]]
            )
        )
    hospital.care.append(_care_rows(hospital, visit, mine, rng))
    return together(parts)


def _care_rows(
    hospital: Hospital, visit: Ints, duty: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints, str]:
    """Return a care-team row per stay and nurse: from the nurse's first shift with the patient to the last."""
    del rng
    known = np.flatnonzero(duty >= 0)
    visit, duty = visit[known], duty[known]
    account = hospital.duties.account[duty]
    order = np.lexsort((hospital.duties.start[duty], account, visit))
    visit, duty, account = visit[order], duty[order], account[order]
    fresh = (
        np.concatenate([[True], (visit[1:] != visit[:-1]) | (account[1:] != account[:-1])])
        if len(visit)
        else np.zeros(0, dtype=np.bool_)
    )
    first = np.flatnonzero(fresh)
    last = np.concatenate([first[1:] - 1, [len(visit) - 1]]) if len(first) else first
    patient = hospital.encounters.patient[visit[first]]
    return patient, account[first], hospital.duties.start[duty[first]], hospital.duties.end[duty[last]], "nurse"


def _ward_sample(
    hospital: Hospital,
    rng: np.random.Generator,
    duty: Ints,
    count: Ints,
    early: tuple[float, float],
    late: tuple[float, float],
) -> tuple[Ints, Ints]:
    """Draw stays of the duties' wards: begun up to `early` days after, or ended up to `late` days before the duty.

    Returns the position in `duty` and the visit of every draw; draws that hit no suitable stay are dropped.
    """
    encounters, duties = hospital.encounters, hospital.duties
    row = spread(count)
    draw = rng.random(len(row))
    found = np.full(len(row), NONE, dtype=np.int64)
    ward = duties.department[duty]
    first = np.cumsum(count) - count
    for department in np.unique(ward).tolist():
        stays = np.flatnonzero((encounters.kind == INPATIENT) & (encounters.department == department))
        begun, over = encounters.start[stays], encounters.end[stays]
        for position in np.flatnonzero((ward == department) & (count > 0)).tolist():
            now = duties.start[duty[position]]
            fits = (begun >= now + early[0] * DAY) & (begun < now + early[1] * DAY)
            fits &= (over >= now + late[0] * DAY) & (over < now + late[1] * DAY)
            suitable = stays[fits]
            if len(suitable):
                mine = slice(first[position], first[position] + count[position])
                found[mine] = suitable[(draw[mine] * len(suitable)).astype(np.int64)]
    kept = found >= 0
    return row[kept], found[kept]


def desk(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """One nurse per shift minds the desk and the telephone: relatives, admissions to come, people just discharged."""
    duties = hospital.duties
    nursing_kinds = np.isin(duties.kind, [EARLY, LATE, NIGHT])
    wards = np.isin(duties.department, hospital.with_shape("ward"))
    nurse = np.isin(hospital.accounts.role[duties.account], [ROLE["nurse"], ROLE["midwife"]])
    rows = np.flatnonzero(nursing_kinds & wards & nurse)
    cell = (
        duties.department[rows] * (hospital.plan.days + 2 * WARMUP_DAYS) + duties.day[rows] + WARMUP_DAYS
    ) * 8 + duties.kind[rows]
    order = np.lexsort((mixed(duties.account[rows], duties.day[rows]), cell))
    rows, cell = rows[order], cell[order]
    rows = rows[np.concatenate([[True], cell[1:] != cell[:-1]])] if len(rows) else rows
    mean = np.array([4.2, 3.0, 0.9])[duties.kind[rows]]
    return together(
        [
            _ward_visits(hospital, rng, rows, mean * 0.62, (-90, 0.3), (0, 60), "desk"),
            _ward_visits(hospital, rng, rows, mean * 0.18, (0.2, 4), (0, 60), "desk"),
            _ward_visits(hospital, rng, rows, mean * 0.34, (-90, 0), (-7, 0), "desk"),
            # some call long before they come, or long after they have gone
            _ward_visits(hospital, rng, rows, mean * 0.07, (4, 45), (0, 90), "desk"),
            _ward_visits(hospital, rng, rows, mean * 0.08, (-120, 0), (-45, -7), "desk"),
        ]
    )


def _ward_visits(
    hospital: Hospital,
    rng: np.random.Generator,
    duty: Ints,
    mean: Floats | float,
    early: tuple[float, float],
    late: tuple[float, float],
    name: str,
) -> Accesses:
    """Return accesses of the duties to stays of their ward, about `mean` each."""
    breadth = hospital.accounts.traits.breadth[hospital.duties.account[duty]]
    count = rng.poisson(np.broadcast_to(mean, (len(duty),)) * breadth * rng.gamma(2.0, 0.5, len(duty)))
    row, visit = _ward_sample(hospital, rng, duty, count, early, late)
    chosen = duty[row]
    at = _moments(rng, hospital.duties.start[chosen] + 300, hospital.duties.end[chosen] - 600)
    patient = hospital.encounters.patient[visit]
    return accesses(at, hospital.duties.account[chosen], patient, visit, activity(name), hospital.place_of(chosen))


def follow_up(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Let a nurse of the early shift call those discharged one or two weeks ago, and write that she did."""
    duties = hospital.duties
    callers = {"OB": 6.0, "NEO": 4.5, "GYN": 2.0, "PED": 1.5}
    rows: list[int] = []
    means: list[float] = []
    nurses = hospital.on_duty("nurse", "midwife")
    for department in hospital.departments:
        if department.code not in callers:
            continue
        days = np.arange(hospital.plan.days)
        spot = np.full(len(days), department.index)
        duty = nurses.pick(spot, days, EARLY, mixed(days // 3, spot) + 1)
        there = (duty >= 0) & (days % 7 != 6)
        rows += duty[there].tolist()
        means += [callers[department.code]] * int(there.sum())
    chosen = np.array(rows, dtype=np.int64)
    del duties
    return _ward_visits(
        hospital, rng, chosen, np.array(means), (-90, -1), (-_DAYS_TO_CALL[1], -_DAYS_TO_CALL[0]), "follow-up-call"
    )


def oversight(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Head nurses look after the whole ward; directors go round twice a week."""
    duties = hospital.duties
    heads = hospital.accounts.role[duties.account] == ROLE["head_nurse"]
    head = heads & np.isin(duties.department, hospital.with_shape("ward", "emergency"))
    rows = np.flatnonzero(head & (duties.day >= 0))
    size = np.array([0.36 * d.staff for d in hospital.departments])
    parts = [
        _ward_visits(hospital, rng, rows, size[duties.department[rows]], (-90, 0.3), (0, 60), "ward-oversight"),
        _ward_visits(hospital, rng, rows, size[duties.department[rows]] * 0.1, (-90, 3), (-5, 60), "ward-oversight"),
    ]
    director = (
        (hospital.accounts.role[duties.account] == ROLE["director"])
        & (duties.kind == OFFICE)
        & (duties.day % 7 % 3 == 1)
    )
    rows = np.flatnonzero(director)
    parts.append(
        _ward_visits(hospital, rng, rows, size[duties.department[rows]] * 1.2, (-90, 0.2), (0, 60), "ward-round")
    )
    return together(parts)


def rounds(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Let doctors and residents see their patients daily; whoever is on for 24 hours sees others by night."""
    encounters, duties = hospital.encounters, hospital.duties
    visit, day, kind, start, end = stay_shifts(hospital)
    which = by_department(hospital, _ROUND, "ward-round")
    parts: list[Accesses] = []
    by_day = np.flatnonzero(kind == EARLY)
    for physician, factor in ((encounters.doctor, 1.0), (encounters.resident, 0.9)):
        who = physician[visit[by_day]]
        duty = hospital.duty_of(who, day[by_day])
        known = (who >= 0) & (duty >= 0)
        mean = np.where(duties.kind[np.maximum(duty, 0)] == CLINIC, 0.5, 1.45) * factor
        mean *= np.where(rooming_in(hospital, visit[by_day]), 0.35, 1.0)
        mean *= hospital.accounts.traits.breadth[np.maximum(who, 0)]
        count = np.where(known, rng.poisson(mean * rng.gamma(3.0, 1 / 3.0, len(duty))), 0)
        row = spread(count)
        stay = by_day[row]
        at = _moments(
            rng,
            np.maximum(start[stay], duties.start[duty[row]]),
            np.minimum(end[stay] + 2 * HOUR, duties.end[duty[row]]),
        )
        place = hospital.place_of(duty[row])
        parts.append(
            accesses(
                at,
                who[row],
                encounters.patient[visit[stay]],
                visit[stay],
                which[encounters.department[visit[stay]]],
                place,
            )
        )
    on_call = hospital.on_duty("doctor", "resident")
    late = np.flatnonzero(kind != EARLY)
    duty = on_call.pick(encounters.department[visit[late]], day[late], LONG, mixed(visit[late]))
    count = np.where(duty >= 0, rng.poisson(np.where(kind[late] == LATE, 0.34, 0.16)), 0)
    row = spread(count)
    stay = late[row]
    at = start[stay] + (rng.random(len(row)) * (end[stay] - start[stay])).astype(np.int64)
    parts.append(
        accesses(
            at,
            duties.account[duty[row]],
            encounters.patient[visit[stay]],
            visit[stay],
            which[encounters.department[visit[stay]]],
            duties.department[duty[row]],
        )
    )
    return together(parts)


def consultations(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Doctors of other departments are called to one stay in eight; most calls are on record."""
    encounters, duties = hospital.encounters, hospital.duties
    stays = np.flatnonzero((encounters.kind == INPATIENT) & (encounters.end > 0) & (encounters.start < hospital.end))
    stays = stays[rng.random(len(stays)) < 0.13]
    length = np.maximum(encounters.end[stays] - encounters.start[stays], DAY)
    day = np.floor_divide(encounters.start[stays] + (rng.random(len(stays)) * length).astype(np.int64), DAY)
    wards = np.array(hospital.with_shape("ward", "clinic"))
    other = wards[rng.integers(0, len(wards), len(stays))]
    doctors = hospital.on_duty("doctor", "director")
    key = rng.integers(0, 99, len(stays))
    duty = doctors.pick(other, day, OFFICE, key)
    for kind in (CLINIC, LONG):
        duty = np.where(duty >= 0, duty, doctors.pick(other, day, kind, key))
    good = (duty >= 0) & (other != encounters.department[stays]) & (day >= 0)
    stays, duty, day = stays[good], duty[good], day[good]
    on_record = rng.random(len(stays)) < 0.78
    account = duties.account[duty]
    begin = duties.start[duty] - rng.integers(0, 20 * HOUR, len(duty))
    hospital.care.append(
        (
            encounters.patient[stays][on_record],
            account[on_record],
            begin[on_record],
            begin[on_record] + 3 * DAY,
            "consultant",
        )
    )
    row = spread(1 + rng.poisson(0.5, len(stays)))
    at = duties.start[duty[row]] + (rng.random(len(row)) * 9 * HOUR).astype(np.int64)
    return accesses(
        at,
        account[row],
        encounters.patient[stays[row]],
        stays[row],
        activity("consultation"),
        hospital.place_of(duty[row]),
    )
