"""Laboratory, imaging and pharmacy: they work orders that the wards and clinics place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.accesses import Accesses, accesses, together
from detector.simulator.activities import activity
from detector.simulator.chance import spread
from detector.simulator.patients import INPATIENT, OUTPATIENT
from detector.simulator.shifts import EARLY, LATE, NIGHT, OFFICE
from detector.simulator.vocabulary import DAY, HOUR, MINUTE, NONE, Ints
from detector.simulator.work.wards import stay_shifts

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

_SERVED: Final = (
    # department, roles, activity, orders per inpatient day, per other visit, mean delay in hours
    ("LAB", "technician", "laboratory", 0.62, 0.5, 2.0),
    ("US", "technician", "imaging", 0.10, 0.26, 2.5),
    ("RAD", "technician", "imaging", 0.07, 0.12, 3.0),
    ("PHARM", "pharmacist", "dispensing", 0.75, 0.55, 1.0),
)

_BUSY_STAFF: Final = 100
"""Staff of a hospital from which machines see some who are not there, and engineers have tickets of the week."""
_REPRINTS: Final = 0.02
"""Earlier results that are printed on a weekday for each of the staff."""


def orders(hospital: Hospital, rng: np.random.Generator) -> dict[str, tuple[Ints, Ints]]:
    """Return for each serving department the visits ordered for and the times of the orders."""
    encounters = hospital.encounters
    visit, _, kind, start, end = stay_shifts(hospital)
    other = np.flatnonzero((encounters.kind != INPATIENT) & (encounters.start >= 0) & (encounters.start < hospital.end))
    placed: dict[str, tuple[Ints, Ints]] = {}
    for code, _, _, per_day, per_visit, _ in _SERVED:
        share = np.array([0.62, 0.2, 0.18])[kind] * per_day * np.minimum((end - start) / (8 * HOUR), 1.0)
        row = spread(rng.poisson(share))
        at = start[row] + (rng.beta(1.2, 3.0, len(row)) * (end[row] - start[row])).astype(np.int64)
        visitor = other[spread(rng.poisson(per_visit, len(other)))]
        placed[code] = (
            np.concatenate([visit[row], visitor]),
            np.concatenate([at, encounters.start[visitor] + rng.integers(5 * MINUTE, 40 * MINUTE, len(visitor))]),
        )
    return placed


def served(hospital: Hospital, placed: dict[str, tuple[Ints, Ints]], rng: np.random.Generator) -> Accesses:
    """Return the technicians' and pharmacists' accesses to the records that they have orders for."""
    encounters, duties = hospital.encounters, hospital.duties
    parts: list[Accesses] = []
    for code, role, name, _, _, delay in _SERVED:
        visit, ordered = placed[code]
        units = hospital.coded(code)
        if not units:
            continue
        index = hospital.on_duty(role)
        at = ordered + (rng.gamma(1.6, delay / 1.6, len(ordered)) * HOUR).astype(np.int64)
        day, second = np.divmod(at, DAY)
        unit = np.full(len(at), units[0])
        key = rng.integers(0, 1 << 20, len(at))
        kind = np.where(second < 8 * HOUR, NIGHT, np.where(second < 17 * HOUR, OFFICE, LATE))
        duty = index.pick(unit, np.where(kind == NIGHT, day - 1, day), kind, key)
        waiting = duty < 0  # until somebody is there
        for step, fallback in ((0, LATE), (0, EARLY), (1, OFFICE), (2, OFFICE), (3, OFFICE)):
            choice = index.pick(unit, day + step, fallback, key)
            use = waiting & (choice >= 0)
            use &= duties.end[np.maximum(choice, 0)] > at
            duty = np.where(use, choice, duty)
            at = np.where(
                use, np.maximum(at, duties.start[np.maximum(choice, 0)] + rng.integers(0, 2 * HOUR, len(at))), at
            )
            waiting &= ~use
        keep = ~waiting
        parts.append(
            accesses(
                at[keep],
                duties.account[duty[keep]],
                encounters.patient[visit[keep]],
                visit[keep],
                activity(name),
                duties.department[duty[keep]],
            )
        )
        if name == "imaging":
            booked = np.flatnonzero(keep)[rng.random(int(keep.sum())) < 0.7]
            hospital.care.append(
                (
                    encounters.patient[visit[booked]],
                    duties.account[duty[booked]],
                    ordered[booked],
                    at[booked] + DAY,
                    "order",
                )
            )
    return together(parts)


def interfaces(hospital: Hospital, placed: dict[str, tuple[Ints, Ints]], rng: np.random.Generator) -> Accesses:
    """Machine accounts: laboratory results, check-in, the regional platform, maintenance, self-service kiosks."""
    encounters = hospital.encounters
    number = {user: position for position, user in enumerate(hospital.accounts.ids)}
    home = hospital.accounts.department
    visit, ordered = placed["LAB"]
    some = rng.random(len(visit)) < 0.6
    done = ordered[some] + (rng.gamma(2.0, 1.2, int(some.sum())) * HOUR).astype(np.int64)
    lis = number["if_lis"]
    parts = [accesses(done, lis, encounters.patient[visit[some]], visit[some], activity("result-interface"), home[lis])]
    came = np.flatnonzero((encounters.kind == 0) & (encounters.start >= 0) & (encounters.start < hospital.end))
    mobile = came[rng.random(len(came)) < 0.34]
    checkin = number["if_checkin"]
    parts.append(
        accesses(
            encounters.start[mobile] - rng.integers(MINUTE, 30 * MINUTE, len(mobile)),
            checkin,
            encounters.patient[mobile],
            mobile,
            activity("check-in"),
            home[checkin],
        )
    )
    gone = np.flatnonzero(
        (encounters.kind == INPATIENT) & (encounters.end >= 0) & (encounters.end < hospital.end - DAY)
    )
    night = (np.floor_divide(encounters.end[gone], DAY) + 1) * DAY + HOUR + rng.integers(0, 50 * MINUTE, len(gone))
    region = number["if_region"]
    parts.append(accesses(night, region, encounters.patient[gone], gone, activity("region-upload"), home[region]))
    for user, name, rate in (("v_pacs", "image-service", 2.0), ("v_his", "vendor-support", 2.5)):
        account = number[user]
        day = spread(rng.poisson(rate, hospital.plan.days) * (np.arange(hospital.plan.days) % 7 < 5))
        row = _of_the_week(hospital, came, day, rng.integers(0, max(1, len(came)), len(day)))
        parts.append(
            accesses(
                day * DAY + 9 * HOUR + rng.integers(0, 8 * HOUR, len(day)),
                account,
                encounters.patient[came[row]],
                came[row],
                activity(name),
                home[account],
            )
        )
    kiosks = np.array([position for user, position in number.items() if user.startswith("zzj")])
    walk = came[rng.random(len(came)) < 0.2]
    machine = kiosks[rng.integers(0, len(kiosks), len(walk))]
    parts.append(
        accesses(
            encounters.start[walk] + rng.integers(40 * MINUTE, 4 * HOUR, len(walk)),
            machine,
            encounters.patient[walk],
            walk,
            activity("self-service"),
            home[machine],
        )
    )
    return together([part.take(part.patient != NONE) for part in parts])


def _of_the_week(hospital: Hospital, came: Ints, day: Ints, row: Ints) -> Ints:
    """Return for each drawn visit (a position in ``came``) one of that day or of the week before, where there are any.

    What is wrong with a picture or a bill is reported within days. In small hospitals, where engineers come now and
    then, any visit is as good as another.
    """
    if hospital.plan.staff < _BUSY_STAFF:
        return row
    start = hospital.encounters.start[came]
    low, high = np.searchsorted(start, (day - 7) * DAY), np.searchsorted(start, (day + 1) * DAY)
    return np.where(high > low, low + row % np.maximum(high - low, 1), row)


def stragglers(hospital: Hospital, placed: dict[str, tuple[Ints, Ints]], rng: np.random.Generator) -> Accesses:
    """Let the interfaces see some who are there no longer, or not yet.

    Cultures come days after the order, people look at the check-in app before and after the visit, corrected records go
    to the platform once more.
    """
    encounters, number = hospital.encounters, {user: at for at, user in enumerate(hospital.accounts.ids)}
    visit, ordered = placed["LAB"]
    came = np.flatnonzero((encounters.kind == OUTPATIENT) & (encounters.start >= 0))
    gone = np.flatnonzero((encounters.kind == INPATIENT) & (encounters.end >= 0))
    plans = (
        ("if_lis", "result-interface", visit, ordered, 0.02, (2, 9)),
        ("if_checkin", "check-in", came, encounters.start[came], 0.015, (-3, 6)),
        ("if_region", "region-upload", gone, encounters.end[gone], 0.03, (8, 40)),
    )
    parts = []
    for user, name, visits, since, share, (least, most) in plans:
        some = rng.random(len(visits)) < share * (hospital.plan.staff >= _BUSY_STAFF)
        at = since[some] + (rng.uniform(least, most, int(some.sum())) * DAY).astype(np.int64)
        account = number[user]
        home = hospital.accounts.department[account]
        visited = visits[some]
        parts.append(accesses(at, account, encounters.patient[visited], visited, activity(name), home))
    found = together(parts)
    return hospital.inside(found.take(found.patient != NONE))


def reprints(hospital: Hospital, rng: np.random.Generator) -> Accesses:
    """Let people without a visit that day print an earlier result at a kiosk.

    Kiosks of small hospitals know only who has a visit.
    """
    encounters, days = hospital.encounters, np.arange(hospital.plan.days)
    some = hospital.plan.staff >= _BUSY_STAFF
    day = np.repeat(days, rng.poisson(_REPRINTS * hospital.plan.staff * np.where(days % 7 < 5, 1.0, 0.4)) * some)
    at = day * DAY + 8 * HOUR + rng.integers(0, 9 * HOUR, len(day))
    low, high = (np.searchsorted(encounters.start, at - ago * DAY) for ago in (60, 2))
    at, low, high = at[high > low], low[high > low], high[high > low]
    visit = low + (rng.random(len(at)) * (high - low)).astype(np.int64)
    kiosks = hospital.accounts.with_role("kiosk")
    machine = kiosks[rng.integers(0, len(kiosks), len(at))]
    home = hospital.accounts.department[machine]
    return accesses(at, machine, encounters.patient[visit], visit, activity("self-service"), home)
