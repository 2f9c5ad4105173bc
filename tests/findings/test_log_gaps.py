"""A source that falls silent is one finding until it is decided on or has been well for weeks."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.findings.changes import FindingChanges
from detector.model.findings import Subject
from tests.findings.worlds import Ward, day


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def test_it_is_raised_by_the_policy(ward: Ward) -> None:
    ward.fires("log-gap", 0, source="his", severity="medium")
    changes = ward.night(0)
    finding = ward.finding()
    assert changes == FindingChanges(new=(finding.finding_id,), alerts=(finding.finding_id,))
    assert (finding.subject, finding.source, finding.user_id, finding.patient_id) == (Subject.SOURCE, "his", None, None)
    assert (finding.risk, finding.severity, finding.patterns) == (60.0, "medium", ("log-gap",))
    assert (finding.patients, finding.records, finding.accesses) == (0, 0, 0)
    (reason,) = finding.reasons
    assert (reason.feature, reason.value, reason.texts) == ("policy:log-gap", 1.0, {"zh": "理由", "en": "reason"})


def test_the_next_silent_day_belongs_to_it(ward: Ward) -> None:
    ward.fires("log-gap", 0, source="his")
    ward.night(0)
    ward.fires("log-gap", 1, source="his", alert=False)
    assert ward.night(1) == FindingChanges(updated=(ward.finding().finding_id,))
    finding = ward.finding()
    assert (finding.window_start, finding.window_end, finding.last_seen_on) == (day(0), day(1), day(1))
    assert (finding.alert, finding.alerted_on) == (True, day(0))


def test_days_that_are_judged_again_raise_nothing(ward: Ward) -> None:
    ward.fires("log-gap", 0, source="his")
    assert ward.night(1, 0) == FindingChanges()


def test_sources_and_patterns_stay_apart(ward: Ward) -> None:
    ward.fires("log-gap", 0, source="his")
    ward.fires("log-gap", 0, source="emr")
    ward.fires("quiet", 0, source="his", pattern="after-hours-access")
    ward.night(0)
    assert len(ward.findings()) == 3


def test_two_policies_of_a_pattern_are_one_finding(ward: Ward) -> None:
    ward.fires("first", 0, source="his", pattern="log-gap", alert=False)
    ward.fires("second", 0, source="his", pattern="log-gap")
    changes = ward.night(0)
    identity = ward.finding().finding_id
    assert changes == FindingChanges(new=(identity,), updated=(identity,), alerts=(identity,))
    assert ward.finding().policies == ("second",)


@pytest.mark.parametrize(("decision", "on", "count"), [("justified", 1, 2), (None, 28, 1), (None, 29, 2)])
def test_a_decision_or_quiet_weeks_end_it(ward: Ward, decision: str | None, on: int, count: int) -> None:
    ward.fires("log-gap", 0, source="his")
    ward.night(0)
    if decision:
        ward.decide(ward.finding(), decision, through=0)
    ward.fires("log-gap", on, source="his")
    ward.night(on)
    assert len(ward.findings()) == count
