"""Hard innocents about machines and desks: they do what their task asks for, late or all at once."""

from __future__ import annotations

import numpy as np
import pytest

from detector.simulator import SimulationPlan
from detector.simulator.event_rows import Events
from detector.simulator.hospital import Hospital
from detector.simulator.innocents import Arranged, act, arrange, delayed, kinds
from detector.simulator.patients import INPATIENT
from detector.simulator.simulation import found, work
from detector.simulator.vocabulary import CATEGORY, DAY, HOUR


@pytest.fixture(scope="module")
def arranged() -> tuple[Hospital, Events, dict[str, Arranged]]:
    """A hospital with every kind of hard innocents, its normal work, and the innocents by kind."""
    hospital = found(SimulationPlan(staff=200, days=45, seed=7))
    parts = arrange(hospital, set())
    return hospital, work(hospital), {part.kind: part for part in parts}


def test_a_backlog_is_the_same_work_later(arranged: tuple[Hospital, Events, dict[str, Arranged]]) -> None:
    hospital, normal, parts = arranged
    part = parts["interface-backlog"]
    late = delayed([part], normal)
    assert len(late) == len(normal)
    assert (late.patient == normal.patient).all()
    moved = late.time != normal.time
    assert set(late.account[moved].tolist()) == set(part.accounts)
    assert (late.time[moved] > normal.time[moved]).mean() > 0.9
    own = late.time[late.account == part.accounts[0]]
    silent = np.flatnonzero(np.diff(np.sort(own)) > 18 * HOUR)
    assert len(silent), "a day without a row"
    caught_up = (own >= part.last_day * DAY) & (own < (part.last_day + 1) * DAY)
    usual = len(own) / hospital.plan.days
    assert caught_up.sum() > 1.5 * usual


def test_a_months_end_reads_those_discharged_in_it(arranged: tuple[Hospital, Events, dict[str, Arranged]]) -> None:
    hospital, _, parts = arranged
    part = parts["month-end-interface"]
    (rows,) = act([part])
    nights = np.floor_divide(rows.time, DAY)
    assert set(nights.tolist()) == set(range(part.first_day, part.last_day + 1))
    encounters = hospital.encounters
    month = (encounters.end < part.first_day * DAY) & (encounters.end > (part.first_day - 31) * DAY)
    assert set(rows.patient.tolist()) <= set(encounters.patient[month & (encounters.kind == INPATIENT)].tolist())
    assert {list(CATEGORY)[code] for code in rows.category.tolist()} <= set(
        hospital.accounts.allowed[part.accounts[0]].split("|")
    )


def test_a_week_at_the_desk_is_one_week(arranged: tuple[Hospital, Events, dict[str, Arranged]]) -> None:
    hospital, _, parts = arranged
    part = parts["desk-duty-week"]
    (rows,) = act([part])
    opened = rows.patient >= 0
    days = np.unique(np.floor_divide(rows.time, DAY))
    assert part.last_day - part.first_day == 6
    assert 4 <= len(days) <= 8
    contacts = (rows.category == CATEGORY["demographics"]) & opened
    assert contacts.sum() > 5 * len(days)
    own = hospital.encounters.department == hospital.accounts.department[part.accounts[0]]
    assert set(rows.patient[opened].tolist()) <= set(hospital.encounters.patient[own].tolist())


def test_small_hospitals_see_what_they_saw_before_larger_ones_had_more() -> None:
    """The sample is one of them; its story must not change when a kind is added for larger ones."""
    small = found(SimulationPlan(staff=70, days=42, seed=20260601))
    larger = {name for name, kind in kinds().items() if kind.least_staff}
    assert {"interface-backlog", "month-end-interface", "desk-duty-week"} <= larger
    assert not {part.kind for part in arrange(small, set())} & larger


def test_kiosks_print_earlier_results_now_and_then(arranged: tuple[Hospital, Events, dict[str, Arranged]]) -> None:
    hospital, normal, _ = arranged
    kiosk = np.isin(normal.account, hospital.accounts.with_role("kiosk"))
    encounters = hospital.encounters
    visits = set(zip(encounters.patient.tolist(), np.floor_divide(encounters.start, DAY).tolist(), strict=True))
    seen = {
        (patient, day)
        for patient, day in zip(
            normal.patient[kiosk].tolist(), np.floor_divide(normal.time[kiosk], DAY).tolist(), strict=True
        )
    }
    without = {one for one in seen if one not in visits}
    assert 1 <= len(without) / hospital.plan.days <= 6, "a few a day"
    assert min(day for _, day in without) <= 3, "from the beginning"
    assert len(without) < 0.4 * len(seen)


def test_machines_see_who_is_there_and_few_others(arranged: tuple[Hospital, Events, dict[str, Arranged]]) -> None:
    hospital, normal, _ = arranged
    encounters = hospital.encounters
    for user, least, most in (("if_lis", 0.9, 0.999), ("if_checkin", 0.9, 0.999), ("if_region", 0.9, 0.995)):
        mine = (normal.account == hospital.accounts.ids.index(user)) & (normal.patient >= 0)
        near = 0
        for patient, day in zip(normal.patient[mine].tolist(), (normal.time[mine] // DAY).tolist(), strict=True):
            own = encounters.patient == patient
            since, until = encounters.start[own] // DAY, encounters.end[own] // DAY
            near += bool(((since <= day) & (until >= day - (user == "if_region"))).any())
        assert least < near / mine.sum() < most, user


def test_an_engineers_tickets_are_about_visits_of_the_week(
    arranged: tuple[Hospital, Events, dict[str, Arranged]],
) -> None:
    hospital, normal, _ = arranged
    mine = np.isin(normal.account, hospital.accounts.with_role("vendor")) & (normal.patient >= 0)
    ago = normal.time[mine] // DAY - hospital.encounters.start[normal.visit[mine]] // DAY
    assert ((ago >= 0) & (ago <= 7)).all()
