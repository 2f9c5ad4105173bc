"""Clinics and the emergency room: appointments, triage, results looked up afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.accesses import Accesses, accesses, together
from detector.simulator.activities import activity
from detector.simulator.chance import spread
from detector.simulator.patients import EMERGENCY, OUTPATIENT
from detector.simulator.shifts import CLINIC, EARLY, LATE, LONG, NIGHT, OFFICE
from detector.simulator.vocabulary import DAY, HOUR, MINUTE, NONE, Ints
from detector.simulator.work.wards import by_department

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

_CLINIC = {"OB": "antenatal-clinic", "PSY": "psychiatric-care", "REP": "reproductive-care"}


def slot_of(time: Ints) -> tuple[Ints, Ints]:
    """Return the day and the kind of the nursing shift that a time falls into."""
    day, second = np.divmod(time, DAY)
    hour = second // HOUR
    kind = np.where(hour < 8, NIGHT, np.where(hour < 16, EARLY, LATE))
    return np.where(kind == NIGHT, day - 1, day), kind


def appointments(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Let the clinic doctor see the patient, and look at the results minutes or days later."""
    encounters, duties = hospital.encounters, hospital.duties
    rows = np.flatnonzero((encounters.kind == OUTPATIENT) & (encounters.start >= 0) & (encounters.start < hospital.end))
    day = np.floor_divide(encounters.start[rows], DAY)
    duty = hospital.duty_of(encounters.doctor[rows], day)
    seen = duty >= 0
    rows, day, duty = rows[seen], day[seen], duty[seen]
    doctor = encounters.doctor[rows]
    which = by_department(hospital, _CLINIC, "clinic")[encounters.department[rows]]
    place = hospital.place_of(duty)
    start = encounters.start[rows]
    parts = [
        accesses(start + rng.integers(0, 15 * MINUTE, len(rows)), doctor, encounters.patient[rows], rows, which, place)
    ]
    again = rng.random(len(rows)) < 0.4
    later = start + rng.integers(25 * MINUTE, 150 * MINUTE, len(rows))
    parts.append(
        accesses(
            later[again],
            doctor[again],
            encounters.patient[rows[again]],
            rows[again],
            activity("result-check"),
            place[again],
        )
    )
    lag = rng.integers(1, 6, len(rows))
    follow = hospital.duty_of(doctor, day + lag)
    check = (follow >= 0) & (rng.random(len(rows)) < 0.22)
    at = duties.start[follow[check]] + rng.integers(0, 9 * HOUR, int(check.sum()))
    parts.append(
        accesses(
            at,
            doctor[check],
            encounters.patient[rows[check]],
            rows[check],
            activity("result-check"),
            hospital.place_of(follow[check]),
        )
    )
    nurses = hospital.on_duty("nurse", "midwife")
    nurse = nurses.pick(encounters.department[rows], day, CLINIC, rng.integers(0, 99, len(rows)))
    helped = (nurse >= 0) & (rng.random(len(rows)) < 0.4)
    parts.append(
        accesses(
            start[helped] - rng.integers(2 * MINUTE, 20 * MINUTE, int(helped.sum())),
            duties.account[nurse[helped]],
            encounters.patient[rows[helped]],
            rows[helped],
            activity("triage"),
            hospital.place_of(nurse[helped]),
        )
    )
    late = rng.random(len(rows)) < 0.03  # booked afterwards
    begin = np.floor_divide(start, DAY) * DAY + np.where(late, rng.integers(1, 4, len(rows)) * DAY, 0)
    hospital.care.append((encounters.patient[rows], doctor, begin, begin + DAY - 1, "appointment"))
    return together(parts)


def emergencies(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Triage by a nurse, then the doctor on duty; some are looked up again before the end of the visit."""
    encounters, duties = hospital.encounters, hospital.duties
    rows = np.flatnonzero((encounters.kind == EMERGENCY) & (encounters.start >= 0) & (encounters.start < hospital.end))
    start, end = encounters.start[rows], encounters.end[rows]
    day, kind = slot_of(start)
    department = encounters.department[rows]
    nurses, doctors = hospital.on_duty("nurse"), hospital.on_duty("doctor", "resident", "director")
    key = rng.integers(0, 1 << 20, len(rows))
    triage = nurses.pick(department, day, kind, key)
    calendar_day = np.floor_divide(start, DAY)
    long_day = np.where(np.mod(start, DAY) < 8 * HOUR, calendar_day - 1, calendar_day)
    office_hours = (np.mod(start, DAY) >= 8 * HOUR) & (np.mod(start, DAY) < 17 * HOUR)
    by_day = doctors.pick(department, calendar_day, OFFICE, key)
    by_day = np.where(by_day >= 0, by_day, doctors.pick(department, calendar_day, CLINIC, key))
    on_call = doctors.pick(department, long_day, LONG, key)
    doctor = np.where(office_hours & (by_day >= 0), by_day, on_call)
    parts: list[Accesses] = []
    for duty, mean, name, first in ((triage, 1.1, "triage", 0.0), (doctor, 1.6, "emergency", 0.15)):
        row = spread(np.where(duty >= 0, 1 + rng.poisson(mean - 1, len(rows)), 0))
        share = np.minimum(first + rng.exponential(0.12, len(row)), 1.0)
        at = start[row] + (share * (end[row] - start[row])).astype(np.int64)
        at = np.minimum(at, duties.end[duty[row]] + HOUR)
        parts.append(
            accesses(
                at,
                duties.account[duty[row]],
                encounters.patient[rows[row]],
                rows[row],
                activity(name),
                duties.department[duty[row]],
            )
        )
    known = np.flatnonzero(doctor >= 0)
    encounters.doctor[rows[known]] = duties.account[doctor[known]]
    recorded = known[rng.random(len(known)) < 0.6]
    hospital.care.append(
        (
            encounters.patient[rows[recorded]],
            duties.account[doctor[recorded]],
            start[recorded],
            end[recorded] + DAY,
            "attending",
        )
    )
    return together(parts)


def from_home(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Now and then a doctor dials in after hours to look after an own patient."""
    encounters, duties = hospital.encounters, hospital.duties
    stays = np.flatnonzero(
        (encounters.kind != OUTPATIENT)
        & (encounters.end > 0)
        & (encounters.start < hospital.end)
        & (encounters.doctor != NONE)
    )
    stays = stays[rng.random(len(stays)) < 0.05]
    day = np.floor_divide(encounters.start[stays], DAY) + rng.integers(0, 3, len(stays))
    off = hospital.duty_of(encounters.doctor[stays], day)
    evening = (off < 0) | (duties.kind[np.maximum(off, 0)] != LONG)
    stays, day = stays[evening], day[evening]
    row = spread(1 + rng.poisson(0.7, len(stays)))
    at = day[row] * DAY + 19 * HOUR + rng.integers(0, 4 * HOUR, len(row))
    return accesses(
        at,
        encounters.doctor[stays[row]],
        encounters.patient[stays[row]],
        stays[row],
        activity("result-check"),
        hospital.places.remote,
    )
