"""Every scenario can be planted at every intensity, and appears in the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.model.scenarios import INTENSITIES, SCENARIOS, Intensity
from detector.simulator import SimulationPlan, simulate
from detector.simulator.attacks import Performed, orders, perform, scenarios
from detector.simulator.hospital import Hospital
from detector.simulator.innocents import arrange, kinds
from detector.simulator.patients import INPATIENT
from detector.simulator.plan import AttackOrder
from detector.simulator.simulation import found, work
from detector.simulator.vocabulary import CATEGORY, DAY
from tests.simulator.conftest import Simulated

PATTERNS = {
    "maternity-harvesting", "bulk-export", "contact-harvesting", "after-hours-access", "no-care-relationship",
    "record-enumeration", "targeted-lookup", "vip-snooping", "colleague-or-family-lookup", "self-lookup",
    "sensitive-category-browsing", "scope-violation", "external-network", "inactive-account", "shared-credentials",
    "break-glass-misuse", "decoy-access", "log-gap", "interface-harvesting", "unknown-account",
}  # fmt: skip


@pytest.fixture(scope="module")
def worked() -> Hospital:
    """A hospital whose normal work is done, so that attacks know who cares for whom."""
    hospital = found(SimulationPlan(staff=200, days=75, seed=21))
    work(hospital)
    return hospital


def test_every_pattern_can_be_planted() -> None:
    expected = {pattern for attack in scenarios().values() for pattern in attack.scenario.patterns}
    assert expected == PATTERNS


def test_attacks_are_filed_under_their_scenario() -> None:
    assert all(attack.scenario is SCENARIOS[name] for name, attack in scenarios().items())


def test_a_better_name_draws_the_same_chance() -> None:
    """Chance is drawn under these names, which must stay: equal seeds give equal logs of an ordered attack."""
    assert {attack.chance_name for attack in scenarios().values()} >= {
        "break-glass", "broker", "bulk-export", "checkin-scope", "colleague", "decoy", "enumeration", "ex-employee",
        "external", "front-desk", "imaging-snoop", "log-gap", "low-and-slow", "maternity-afterhours", "maternity-slow",
        "fresh-discharge-contacts", "interface-harvesting", "kiosk-harvesting", "newborn", "own-ward-contacts",
        "unknown-account", "ramp", "self", "sensitive", "shared", "shared-out", "under-cover", "vendor-scope", "vip",
    }  # fmt: skip
    assert list(scenarios().values()) == sorted(scenarios().values(), key=lambda attack: attack.chance_name)


def test_every_scenario_appears_in_the_truth(hospital: Simulated) -> None:
    assert {attack.scenario for attack in hospital.truth.attacks} == set(scenarios())
    for attack in hospital.truth.attacks:
        assert hospital.plan.start.isoformat() < attack.start <= attack.end
        assert set(attack.expected_patterns) <= PATTERNS
        assert attack.n_events or attack.scenario == "log-gap"


@pytest.mark.parametrize("scenario", sorted(scenarios()))
def test_intensities_differ(worked: Hospital, scenario: str) -> None:
    touched: list[int] = []
    for intensity in INTENSITIES:
        done = ordered(worked, scenario, intensity)
        assert done.scenario.id == scenario
        if done.gap is not None:
            touched.append(done.gap[2] - done.gap[1])
            continue
        assert (done.events.label == done.label).all()
        assert (done.events.time >= 0).all()
        assert (done.events.time < worked.end).all()
        users = len(np.unique(done.events.account)) if scenario == "celebrity" else 0
        records = int(done.events.count.sum()) if scenario == "bulk-export" else len(done.events)
        touched.append(users or records)
    assert touched[0] < touched[2]


def test_harvesters_take_patients_whom_they_do_not_care_for(hospital: Simulated) -> None:
    cared = {(row["patient_id"], row["user_id"]) for row in hospital.context("care_team") if row["relation"] == "nurse"}
    slow = next(attack for attack in hospital.truth.attacks if attack.scenario == "maternity-slow")
    taken = {event.patient_id for event in hospital.truth.events if event.attack_id == slow.id and event.patient_id}
    mothers = {row["patient_id"] for row in hospital.context("patients") if "maternity" in row["flags"]}
    assert len(taken) >= 10
    assert taken <= mothers
    assert not {(patient, slow.user_ids[0]) for patient in taken} & cared


@pytest.mark.parametrize(
    ("scenario", "days_gone"), [("own-ward-contacts", (0, 0)), ("fresh-discharge-contacts", (1, 3))]
)
def test_contacts_of_ones_own_ward_are_collected_on_every_shift(
    worked: Hospital, scenario: str, days_gone: tuple[int, int]
) -> None:
    done = ordered(worked, scenario, "medium")
    (account,) = done.accounts
    duties = worked.duties.of(account, done.first_day, done.last_day)
    opened = done.events
    assert {CATEGORY["demographics"]} == set(opened.category.tolist()), "nothing else"
    worked_on = set(worked.duties.day[duties].tolist())
    days = set(np.floor_divide(opened.time - 8 * 3600, DAY).tolist())  # a night belongs to the day before
    assert len(days & worked_on) >= 0.9 * len(worked_on)
    encounters, unit = worked.encounters, worked.accounts.department[account]
    stays = (encounters.kind == INPATIENT) & (encounters.department == unit)
    for patient, time in zip(opened.patient.tolist(), opened.time.tolist(), strict=True):
        mine = np.flatnonzero(stays & (encounters.patient == patient) & (encounters.start <= time))
        ago = np.maximum(time // DAY - np.floor_divide(encounters.end[mine], DAY), 0)
        assert ((days_gone[0] <= ago) & (ago <= days_gone[1])).any()


def test_an_interface_reads_the_archive_within_its_approval(worked: Hospital) -> None:
    done = ordered(worked, "interface-harvesting", "medium")
    (account,) = done.accounts
    assert worked.accounts.account_type[account] == "service"
    allowed = worked.accounts.allowed[account].split("|")
    assert {list(CATEGORY)[code] for code in done.events.category.tolist()} <= set(allowed)
    number = worked.patients.number[done.events.patient]
    assert abs(np.corrcoef(done.events.time, number)[0, 1]) < 0.2, "in no order of the numbers"
    assert np.ptp(number) > 0.9 * len(worked.patients)
    assert len(np.unique(done.events.time // 3600 % 24)) == 24


def test_a_kiosk_is_fed_in_opening_hours(worked: Hospital) -> None:
    done = ordered(worked, "kiosk-harvesting", "high")
    (account,) = done.accounts
    assert worked.accounts.account_type[account] == "kiosk"
    assert set((done.events.time // 3600 % 24).tolist()) <= set(range(7, 18))


def test_an_unknown_account_is_on_no_staff_list(hospital: Simulated) -> None:
    (attack,) = [one for one in hospital.truth.attacks if one.scenario == "unknown-account"]
    assert attack.user_ids == ("ls001",)
    assert not set(attack.user_ids) & {row["user_id"] for row in hospital.context("staff")}


def ordered(hospital: Hospital, scenario: str, intensity: Intensity) -> Performed:
    object.__setattr__(hospital.plan, "attacks", (AttackOrder(scenario, intensity),))
    (done,) = perform(hospital, set())
    return done


def test_nobody_plays_two_parts(hospital: Simulated) -> None:
    parts = [set(a.user_ids) for a in hospital.truth.attacks] + [set(h.user_ids) for h in hospital.truth.hard_negatives]
    machines = {"if_region", "if_checkin", "v_his", "mig_his"}
    emergency = {u for h in hospital.truth.hard_negatives if h.kind == "mass-casualty" for u in h.user_ids}
    seen: set[str] = set()
    for part in parts:
        alone = part - machines - emergency
        assert not alone & seen
        seen |= alone


def test_all_kinds_of_hard_innocents_are_arranged() -> None:
    hospital = found(SimulationPlan(staff=220, days=60, seed=8))
    arranged = arrange(hospital, set())
    assert {part.kind for part in arranged} == set(kinds())
    assert 1 <= len({a.reason for a in hospital.approvals}) < len(arranged)


def test_a_number_draws_scenarios_in_turn() -> None:
    hospital = found(SimulationPlan(staff=60, days=20, attacks=len(scenarios())))
    assert {order.scenario for order in orders(hospital)} == set(scenarios())


def test_an_unknown_scenario_is_refused(tmp_path: Path) -> None:
    plan = SimulationPlan(staff=50, days=5, attacks=(AttackOrder("burglary", "low"),))
    with pytest.raises(ValueError, match="no attack is called burglary"):
        simulate(tmp_path / "h", plan)


@pytest.mark.parametrize("text", ["celebrity", "celebrity:high"])
def test_orders_are_read(text: str) -> None:
    assert AttackOrder.parse(text) == AttackOrder("celebrity", "high" if ":" in text else "medium")


def test_an_unknown_intensity_is_refused() -> None:
    with pytest.raises(ValueError, match="intensity is one of low, medium, high"):
        AttackOrder.parse("celebrity:extreme")
