"""The four steps of a night: what one finds, the next ones use."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.findings.changes import FindingChanges
from tests.findings.worlds import Ward
from tests.model.test_findings import FIRST, PERSON, account_finding, assessment


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def test_the_changes_of_all_subjects_add_up(ward: Ward) -> None:
    for number in range(6):
        ward.opens(f"v{number}", -1, "p", 1.5, department=f"D{number}")
    ward.evidence("u", 0, 5.0, "q", "r")
    ward.fires("log-gap", 0, source="his")
    changes = ward.night(0)
    by_subject = {finding.subject.value: finding.finding_id for finding in ward.findings()}
    assert changes.new == tuple(by_subject[subject] for subject in ("record", "account", "source"))
    assert changes.alerts == (by_subject["record"], by_subject["source"])
    assert changes.updated == ()


def test_two_who_split_a_harvest_are_one_case_the_same_night(ward: Ward) -> None:
    """Cases come after the accounts: both findings are of this night."""
    for number in (-1, 0):
        for user, nats in (("u", 5.0), ("v", 3.0)):
            patients = [f"{user}{number}{place}" for place in range(6)]
            ward.evidence(user, number, nats, *patients, stream="harvest", features=["contact_only"])
    ward.insert("account_spans", user_id="u", department="OB", role="nurse", account_type="human")
    ward.insert("account_spans", user_id="v", department="OB", role="nurse", account_type="human")
    assert len(ward.night(0).new) == 2
    first, second = ward.findings()
    assert (first.user_id, first.alert, second.alert) == ("u", True, False)
    assert second.case_id == first.case_id == first.finding_id


def test_a_viewer_is_listed_in_the_case_of_the_same_night(ward: Ward) -> None:
    """Records come before the accounts."""
    for number in range(6):
        ward.evidence(f"v{number}", -1, 1.5, "p", department=f"D{number}")
    ward.night(0)
    assert len(ward.findings()) == 7
    assert len({finding.case_id for finding in ward.findings()}) == 1


def test_changes_name_what_is_new_and_what_now_alerts() -> None:
    quiet, alert = account_finding(), account_finding(alert=True)
    later = quiet.continued(FIRST, PERSON, assessment(alert=True))
    assert FindingChanges.between(None, quiet) == FindingChanges(new=("F1",))
    assert FindingChanges.between(None, alert) == FindingChanges(new=("F1",), alerts=("F1",))
    assert FindingChanges.between(quiet, later) == FindingChanges(updated=("F1",), alerts=("F1",))
    assert FindingChanges.between(alert, later) == FindingChanges(updated=("F1",))
    both = FindingChanges.between(None, quiet) + FindingChanges.between(quiet, later)
    assert both == FindingChanges(new=("F1",), updated=("F1",), alerts=("F1",))
