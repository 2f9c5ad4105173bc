"""Desks and back offices: registration, tills, settlement, insurance, coding, quality and infection control, IT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.accesses import Accesses, accesses, together
from detector.simulator.activities import activity
from detector.simulator.chance import spread
from detector.simulator.event_rows import Events, events, joined
from detector.simulator.patients import INPATIENT
from detector.simulator.shifts import OFFICE, DutyIndex
from detector.simulator.vocabulary import DAY, HOUR, MINUTE, QUERY, Ints

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

_REVIEWS: Final = (
    # department, activity, records a day, discharged at least and at most so many days ago
    ("MRD", "coding", 9.0, 2, 24),
    ("QC", "quality-control", 8.0, -1, 14),
    ("INS", "insurance-check", 9.0, 5, 35),
    ("INF", "infection-control", 8.0, -4, 3),
)


def front_desk(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Registration of visits and admissions, payments, and enquiries about anybody."""
    encounters, duties = hospital.encounters, hospital.duties
    clerks = hospital.on_duty("clerk")
    reg, bill = hospital.coded("REG"), hospital.coded("BILL")
    rows = np.flatnonzero((encounters.start >= 0) & (encounters.start < hospital.end))
    stay = encounters.kind[rows] == INPATIENT
    parts: list[Accesses] = []
    plans: tuple[tuple[list[int], Ints, tuple[int, int], str], ...] = (
        (reg, (rng.random(len(rows)) < 0.48), (-45, -4), "registration"),
        (reg, ~stay & (rng.random(len(rows)) < 0.34), (20, 120), "till"),
        (bill, stay, (5, 120), "settlement"),
    )
    for unit, chosen, (low, high), name in plans:
        if not unit:
            continue
        mine = rows[chosen]
        at = encounters.start[mine] + rng.integers(low * MINUTE, high * MINUTE, len(mine))
        parts.append(_by_clerk(hospital, rng, clerks, unit[0], mine, at, name))
    if bill:
        gone = np.flatnonzero((encounters.kind == INPATIENT) & (encounters.end >= 0) & (encounters.end < hospital.end))
        parts.append(
            _by_clerk(
                hospital,
                rng,
                clerks,
                bill[0],
                gone,
                encounters.end[gone] - rng.integers(0, 3 * HOUR, len(gone)),
                "settlement",
            )
        )
        mid = gone[rng.random(len(gone)) < 0.5]
        at = encounters.start[mid] + ((encounters.end[mid] - encounters.start[mid]) * rng.random(len(mid))).astype(
            np.int64
        )
        parts.append(_by_clerk(hospital, rng, clerks, bill[0], mid, at, "settlement"))
    desk = np.flatnonzero(np.isin(duties.department, reg) & (duties.day >= 0))
    row = spread(rng.poisson(5.0 * rng.gamma(2.0, 0.5, len(desk))))
    anyone = rng.integers(0, len(encounters), len(row))
    at = duties.start[desk[row]] + rng.integers(0, 9 * HOUR, len(row))
    parts.append(
        accesses(
            at,
            duties.account[desk[row]],
            encounters.patient[anyone],
            anyone,
            activity("enquiry"),
            duties.department[desk[row]],
        )
    )
    return together(parts)


def _by_clerk(
    hospital: Hospital, rng: np.random.Generator, clerks: DutyIndex, unit: int, visit: Ints, at: Ints, name: str
) -> Accesses:
    """Return one access per visit by a clerk on duty; what falls outside office hours is dropped."""
    day = np.floor_divide(at, DAY)
    duty = clerks.pick(np.full(len(at), unit), day, OFFICE, rng.integers(0, 1 << 20, len(at)))
    duties = hospital.duties
    second = np.mod(at, DAY)
    keep = (duty >= 0) & (second > 7.5 * HOUR) & (second < 18 * HOUR)
    duty, visit, at = duty[keep], visit[keep], at[keep]
    return accesses(
        at, duties.account[duty], hospital.encounters.patient[visit], visit, activity(name), duties.department[duty]
    )


def reviews(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Coding, quality control, insurance and infection control work through the stays, days or weeks later."""
    encounters, duties = hospital.encounters, hospital.duties
    stays = np.flatnonzero(encounters.kind == INPATIENT)
    stays = stays[np.argsort(encounters.end[stays], kind="stable")]
    ends = encounters.end[stays]
    parts: list[Accesses] = []
    for code, name, rate, least, most in _REVIEWS:
        desk = np.flatnonzero(np.isin(duties.department, hospital.coded(code)) & (duties.day >= 0))
        row = spread(rng.poisson(rate * rng.gamma(6.0, 1 / 6.0, len(desk))))
        at = duties.start[desk[row]] + rng.integers(0, int(9.3 * HOUR), len(row))
        low, high = np.searchsorted(ends, at - most * DAY), np.searchsorted(ends, at - least * DAY)
        keep = high > low
        drawn = stays[np.minimum(low + (rng.random(len(row)) * (high - low)).astype(np.int64), len(stays) - 1)]
        keep &= encounters.start[drawn] < at
        row, at, drawn = row[keep], at[keep], drawn[keep]
        parts.append(
            accesses(
                at,
                duties.account[desk[row]],
                encounters.patient[drawn],
                drawn,
                activity(name),
                duties.department[desk[row]],
            )
        )
    desk = np.flatnonzero(np.isin(duties.department, hospital.coded("IT")) & (duties.day >= 0))
    row = spread(rng.poisson(0.5, len(desk)))
    anyone = rng.integers(0, len(encounters), len(row))
    at = duties.start[desk[row]] + rng.integers(0, 9 * HOUR, len(row))
    parts.append(
        accesses(
            at,
            duties.account[desk[row]],
            encounters.patient[anyone],
            anyone,
            activity("support"),
            duties.department[desk[row]],
        )
    )
    return together(parts)


def lists(hospital: Hospital, rng: np.random.Generator) -> Events:
    """Return lists without a patient's name: ward lists printed, work lists refreshed, weekly and monthly exports."""
    duties, accounts = hospital.duties, hospital.accounts
    parts: list[Events] = []
    plans = (
        # role, chance per duty, action, records from and to
        ("head_nurse", 0.3, "print", 8, 40),
        ("nurse", 0.03, "print", 5, 30),
        ("coder", 0.16, "export", 20, 260),
        ("officer", 0.12, "export", 15, 300),
        ("clerk", 0.05, "export", 20, 200),
        ("director", 0.05, "export", 10, 80),
        ("doctor", 0.006, "export", 5, 60),
        ("nurse", 0.5, "search", 6, 30),
        ("midwife", 0.5, "search", 6, 30),
        ("head_nurse", 0.9, "search", 12, 45),
        ("doctor", 0.5, "search", 5, 30),
        ("resident", 0.5, "search", 5, 30),
    )
    for role, chance, action, low, high in plans:
        own = np.flatnonzero(np.isin(duties.account, accounts.with_role(role)) & (duties.day >= 0))
        row = own[spread(rng.poisson(chance, len(own)))]
        length = duties.end[row] - duties.start[row]
        at = duties.start[row] + (rng.beta(1.2, 2.0, len(row)) * length).astype(np.int64)
        count = np.exp(rng.uniform(np.log(low), np.log(high), len(row))).astype(np.int64)
        query = rng.choice([QUERY["worklist"], QUERY["bed"]], len(row)) if action == "search" else 0
        parts.append(events(at, duties.account[row], hospital.place_of(row), action, "list", count=count, query=query))
    return joined(parts)
