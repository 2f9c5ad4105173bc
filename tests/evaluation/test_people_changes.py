"""People change over a year: the alerts of a hospital are those of the same hospital in which nobody does.

    python -m tests.evaluation.people_changes HOSPITAL TRUTH TARGET

makes the changes of a whole year; here they come within seven weeks.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.simulator import AttackOrder, SimulationPlan, simulate
from detector.simulator.simulation import truth_directory
from tests.evaluation.measure import call_detector
from tests.evaluation.people_changes import KINDS, TEST_RECORD, changed_hospital
from tests.evaluation.scoring import Finding, read_findings, read_truth

LATER_DAYS = 7
"""How much later an alert may come, where numbers, units and rows are others: none of the attacks lasts longer."""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty people: one collects at night, one looks up the own record, one uses the account of somebody who left."""
    folder = tmp_path_factory.mktemp("hospital") / "site"
    attacks = ("maternity-after-hours", "self-lookup", "inactive-account")
    orders = tuple(AttackOrder(name, "high") for name in attacks)
    simulate(folder, SimulationPlan(staff=60, days=49, start=dt.date(2026, 5, 4), seed=9, attacks=orders))
    return folder


def alerts(folder: Path) -> dict[tuple[str | None, str | None], Finding]:
    """Work through the nights; return the alerts by whom and what they are about."""
    call_detector("--config", str(folder), "run", "--quiet", folder=folder, accepted=(0, 1))
    told = call_detector("--config", str(folder), "findings", "--format", "ndjson", folder=folder)
    return {(one.user_id, one.patient_id): one for one in read_findings(told) if one.alert}


@pytest.mark.heavy
def test_changes_cause_no_alert_and_lose_none(hospital: Path, tmp_path: Path) -> None:
    changed_hospital(hospital, truth_directory(hospital), tmp_path / "changed", KINDS)
    usual, changed = alerts(hospital), alerts(tmp_path / "changed")
    guilty = read_truth(truth_directory(hospital)).guilty
    assert {user for user, _ in usual} >= guilty
    assert {user for user, _ in changed} >= guilty
    assert set(changed) <= set(usual)
    assert all(changed[key].raised_on <= usual[key].raised_on + dt.timedelta(LATER_DAYS) for key in changed)
    assert (None, TEST_RECORD) not in changed
