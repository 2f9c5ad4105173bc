"""Every scenario can be planted at every intensity, and appears in the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.model.scenarios import INTENSITIES, SCENARIOS
from detector.simulator import SimulationPlan, simulate
from detector.simulator.attacks import orders, perform, scenarios
from detector.simulator.hospital import Hospital
from detector.simulator.innocents import arrange, kinds
from detector.simulator.plan import AttackOrder
from detector.simulator.simulation import found, work
from tests.simulator.conftest import Simulated

PATTERNS = {
    "maternity-harvesting", "bulk-export", "contact-harvesting", "after-hours-access", "no-care-relationship",
    "record-enumeration", "targeted-lookup", "vip-snooping", "colleague-or-family-lookup", "self-lookup",
    "sensitive-category-browsing", "scope-violation", "external-network", "inactive-account", "shared-credentials",
    "break-glass-misuse", "decoy-access", "log-gap",
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
        "newborn", "ramp", "self", "sensitive", "shared", "shared-out", "under-cover", "vendor-scope", "vip",
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
        object.__setattr__(worked.plan, "attacks", (AttackOrder(scenario, intensity),))
        (done,) = perform(worked, set())
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
