"""Leaks for tracing: lists of patients whose data turned up elsewhere, and the accounts they came from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.attacks import scenarios
from detector.simulator.truth import AttackTruth, Leak, MaliciousEvent
from detector.simulator.vocabulary import DAY, Ints
from detector.simulator.writer import patient_ids

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital
    from detector.simulator.sessions import Sessions

SIZES: Final = (3, 5, 8, 12, 20)
MEAN_DELAY: Final = 4.0
"""Days until a patient notices, on average, after the first."""
DUTY_DAYS: Final = 30
"""Days of work from which a list of what work shows anyway is drawn."""
ELSEWHERE: Final = 0.2
"""Share of a leak's patients who were leaked by somebody else; of three, none."""

_ROLES: Final = (
    ("ward-nurse", ("nurse", "midwife"), ("OB",)),
    ("head-nurse", ("head_nurse",), ("OB",)),
    ("front-desk", ("clerk",), ("REG",)),
    ("technician", ("technician",), ("US", "LAB")),
)


def leaks(
    hospital: Hospital, logged: Sessions, attacks: list[AttackTruth], malicious: list[MaliciousEvent]
) -> tuple[Leak, ...]:
    """Return leaks by the planted harvesters, and leaks by people who passed on what their work showed them."""
    rng = hospital.chance.generator("leaks")
    names = patient_ids(hospital).to_list()
    market = _market(hospital)
    found: list[Leak] = []
    for attack in attacks:
        if not scenarios()[attack.scenario].harvest:
            continue
        opened_on = {
            event.patient_id: dt.date.fromisoformat(event.event_time[:10])
            for event in malicious
            if event.attack_id == attack.id and event.patient_id
        }
        taken = sorted(opened_on)
        for size in SIZES:
            own = _own_share(size)
            if len(taken) < own:
                continue
            patients = _mixed(rng, taken, own, [names[p] for p in market.tolist()], size)
            dates = _dates(rng, patients, own, opened_on)
            found.append(Leak(f"leak-{attack.id}-{size}", "harvest", patients, attack.end, attack.user_ids, dates))
    found += _by_duty(hospital, logged, rng, names, market, {user for attack in attacks for user in attack.user_ids})
    return tuple(found)


def _own_share(size: int) -> int:
    """Return how many of a leak's patients come from the culprit."""
    return size if size <= 3 else size - max(1, round(size * ELSEWHERE))


def _mixed(rng: np.random.Generator, taken: list[str], own: int, others: list[str], size: int) -> tuple[str, ...]:
    mine = [taken[i] for i in rng.choice(len(taken), size=own, replace=False)]
    pool = sorted(set(others) - set(mine))
    rest = [pool[i] for i in rng.choice(len(pool), size=min(size - own, len(pool)), replace=False)]
    return tuple(mine + rest)


def _dates(
    rng: np.random.Generator, patients: tuple[str, ...], own: int, opened_on: dict[str, dt.date]
) -> tuple[str, ...]:
    """Return when each patient complained: days after the record was opened; strangers at times like these."""
    mine = [opened_on[one] + dt.timedelta(days=1 + int(rng.exponential(MEAN_DELAY))) for one in patients[:own]]
    others = [mine[int(rng.integers(own))] for _ in patients[own:]]
    return tuple(date.isoformat() for date in mine + others)


def _market(hospital: Hospital) -> Ints:
    """Return the patients of the obstetric units: the segment that leaks are about."""
    here = np.isin(hospital.encounters.department, hospital.coded("OB"))
    return np.unique(hospital.encounters.patient[here])


def _by_duty(
    hospital: Hospital, logged: Sessions, rng: np.random.Generator, names: list[str], market: Ints, guilty: set[str]
) -> list[Leak]:
    """Return leaks of people who opened nothing but what they had to."""
    accounts, events, plan = hospital.accounts, logged.events, hospital.plan
    in_market = np.zeros(len(hospital.patients), dtype=np.bool_)
    in_market[market] = True
    found: list[Leak] = []
    for kind, roles, codes in _ROLES:
        people = accounts.with_role(*roles)
        people = people[np.isin(accounts.department[people], hospital.coded(*codes))]
        people = np.array([p for p in people.tolist() if accounts.ids[p] not in guilty], dtype=np.int64)
        if not len(people) or plan.days < 20:
            continue
        for number in range(3):
            for size in SIZES:
                account = int(people[rng.integers(0, len(people))])
                known_on = int(rng.integers(max(15, plan.days // 2), plan.days))
                mine = (
                    (events.account == account)
                    & (events.time < known_on * DAY)
                    & (events.time > (known_on - DUTY_DAYS) * DAY)
                    & (events.patient >= 0)
                )
                seen, first = np.unique(events.patient[mine], return_index=True)
                days = np.floor_divide(events.time[mine][first], DAY)
                seen, days = seen[in_market[seen]], days[in_market[seen]]
                own = _own_share(size)
                if len(seen) < own:
                    continue
                patients = _mixed(
                    rng, [names[p] for p in seen.tolist()], own, [names[p] for p in market.tolist()], size
                )
                opened_on = {
                    names[p]: plan.start + dt.timedelta(days=on)
                    for p, on in zip(seen.tolist(), days.tolist(), strict=True)
                }
                date = (plan.start + dt.timedelta(days=known_on)).isoformat()
                dates = _dates(rng, patients, own, opened_on)
                name = f"leak-{kind}-{number}-{size}"
                found.append(Leak(name, kind, patients, date, (accounts.ids[account],), dates))
    return found
