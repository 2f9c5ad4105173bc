"""A record that many opened without a reason is one case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detector.findings.changes import FindingChanges
from detector.model.findings import Finding, Subject
from detector.model.methods import RecordMethod
from tests.findings.worlds import Ward, day


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def viewed(ward: Ward, count: int, on: int = 0, **columns: Any) -> FindingChanges:
    """So many accounts, each of another unit, on a date that is judged for the second time."""
    opened(ward, count, on - 1, **columns)
    return ward.night(on)


def opened(ward: Ward, count: int, on: int, **columns: Any) -> None:
    for number in range(count):
        ward.opens(f"u{number}", on, "p", 1.5, **{"department": f"D{number}"} | columns)


def records(ward: Ward) -> list[Finding]:
    return [finding for finding in ward.findings() if finding.subject is Subject.RECORD]


@pytest.mark.parametrize(
    ("viewers", "vip", "listed", "alert"),
    [(4, True, False, False), (5, False, True, False), (6, False, True, True), (5, True, True, True)],
)
def test_the_more_viewers_the_likelier(ward: Ward, viewers: int, vip: bool, listed: bool, alert: bool) -> None:
    viewed(ward, viewers, features=["vip_unexplained"] if vip else ["strangers"])
    assert [finding.alert for finding in records(ward)] == [alert] * listed


def test_the_finding_counts_what_a_reader_asks(ward: Ward) -> None:
    viewed(ward, 5)
    ward.opens("u0", 1, "p", 1.5, access_type="export")
    for number, state in enumerate(("explained", "explained", "neither")):
        ward.insert("patient_days", business_date=day(1), user_id=f"c{number}", patient_id="p", accesses=2, state=state)
    ward.night(1)
    (record,) = records(ward)
    assert (record.patient_id, record.user_id, record.patients, record.accesses) == ("p", None, 1, 6)
    (reason,) = record.reasons
    assert (reason.feature, reason.value, reason.values) == ("distinct_viewers", 5.0, {"returned": 1, "printed": 1})
    assert record.explained[0].parameters == {"viewers": 2}
    assert isinstance(record.method, RecordMethod)
    assert record.method.thresholds == {"record": 8.0}
    events = ward.connection.execute("select count(*) from finding_events where finding_id = ?", [record.finding_id])
    assert events.fetchall() == [(6,)]
    days = ward.connection.execute(
        "select business_date, accesses, suspicious_accesses, evidence from finding_days where finding_id = ?",
        [record.finding_id],
    )
    assert days.fetchall() == [(day(1), 6, 0, 0.0)]


@pytest.mark.parametrize(("viewers", "listed"), [(6, False), (9, True)])
def test_colleagues_of_one_unit_count_half(ward: Ward, viewers: int, listed: bool) -> None:
    """A ward that is about to admit somebody: a booking tells tomorrow."""
    viewed(ward, viewers, department="OB")
    assert len(records(ward)) == listed


@pytest.mark.parametrize("columns", [{"approved": True}, {"relation": "inpatient"}])
def test_who_had_a_reason_is_no_viewer(ward: Ward, columns: dict[str, Any]) -> None:
    viewed(ward, 5)
    assert len(records(ward)) == 1
    other = Ward(ward.settings.folder)
    for number in range(4):
        other.opens(f"u{number}", 0, "p", 1.5)
    other.opens("u4", 0, "p", 1.5, **columns)
    other.night(0)
    assert records(other) == []


@pytest.mark.parametrize(
    ("columns", "counted"),
    [
        ({"corroboration": "other"}, False),
        ({"corroboration": "unit", "relation": "elsewhere_30"}, False),
        ({"corroboration": "none"}, True),
        ({"corroboration": "other", "relation": "inpatient_elsewhere"}, True),
        ({"corroboration": "other", "features": ["vip_unexplained"]}, True),
    ],
)
def test_where_a_visit_is_not_known_yet_its_viewers_are_no_case(
    ward: Ward, columns: dict[str, Any], counted: bool
) -> None:
    """Somebody writes into the record of whom no table knows to be there: a clinic's afternoon, and no crowd."""
    viewed(ward, 7, **columns)
    assert [one.alert for one in records(ward)] == [True] * counted


def test_who_opened_a_contact_page_in_care_is_no_viewer(ward: Ward) -> None:
    viewed(ward, 5)
    ward.opens("u9", 1, "p", 1.5, stream="steady", relation="inpatient", access_type="contact", largest_evidence=0)
    ward.opens("u8", 1, "p", 1.5)
    ward.night(1)
    (record,) = records(ward)
    assert (record.accesses, record.reasons[0].value) == (6, 6.0)


def test_weak_evidence_makes_no_viewer(ward: Ward) -> None:
    for number in range(9):
        ward.opens(f"u{number}", 0, "p", 0.9)
    ward.night(0)
    assert records(ward) == []


def test_it_grows_and_keeps_alert_and_risk(ward: Ward) -> None:
    assert len(viewed(ward, 6).alerts) == 1
    (before,) = records(ward)
    ward.opens("u7", 7, "p", 1.5)  # the first viewers are out of the week
    for number in range(4):
        ward.opens(f"v{number}", 7, "p", 1.5, department=f"D{number}")
    ward.opens("w", 8, "p", 1.5, department="E")
    changes = ward.night(8)
    (after,) = records(ward)
    assert changes == FindingChanges(updated=(before.finding_id,))
    assert (after.alert, after.risk, after.alerted_on) == (True, before.risk, day(0))
    assert (after.window_start, after.last_seen_on, after.reasons[0].value) == (day(-1), day(8), 12.0)


@pytest.mark.parametrize(("features", "at_once"), [(["strangers"], False), (["vip_unexplained"], True)])
def test_who_is_seen_for_the_first_time_counts_half(ward: Ward, features: list[str], at_once: bool) -> None:
    """A booking may come tomorrow, with which the date is judged again; a known person does not wait for it."""
    opened(ward, 6, 0, features=features)
    ward.night(0)
    assert [one.alert for one in records(ward)] == [True] * at_once
    ward.night(1)
    assert [(one.alert, one.window_start, one.window_end) for one in records(ward)] == [(True, day(0), day(0))]


def test_a_week_without_a_new_viewer_changes_nothing(ward: Ward) -> None:
    viewed(ward, 6)
    assert ward.night(1) == FindingChanges()


def test_after_a_decision_it_is_another(ward: Ward) -> None:
    viewed(ward, 6)
    (before,) = records(ward)
    ward.decide(before, "false_alarm", through=0)
    ward.opens("u9", 1, "p", 1.5)
    ward.night(1)
    assert [finding.finding_id == before.finding_id for finding in records(ward)] == [True, False]


def test_viewers_are_listed_within_the_case_of_an_alert(ward: Ward) -> None:
    for number in range(6):
        ward.evidence(f"u{number}", -1, 1.5, "p", department=f"D{number}")
    ward.night(0)
    record, *accounts = sorted(ward.findings(), key=lambda finding: finding.subject != "record")
    assert len(accounts) == 6
    for account in accounts:
        assert account.case_id == record.finding_id
        assert account.patterns[0] == "vip-snooping"
        assert account.risk >= 45
        assert not account.alert


def test_viewers_of_a_record_below_an_alert_are_not_listed(ward: Ward) -> None:
    for number in range(5):
        ward.evidence(f"u{number}", -1, 1.5, "p", department=f"D{number}")
    ward.night(0)
    assert [finding.subject for finding in ward.findings()] == ["record"]


def test_a_finding_that_rests_on_the_record_joins_its_case(ward: Ward) -> None:
    ward.evidence("u0", -1, 5.0, "p")
    ward.evidence("x", -1, 5.0, "q", "r")
    ward.night(-1)
    for number in range(1, 6):
        ward.opens(f"u{number}", 0, "p", 1.5, department=f"D{number}")
    ward.night(1)
    cases = {finding.user_id: finding.case_id for finding in ward.findings() if finding.user_id}
    (record,) = records(ward)
    assert cases["u0"] == record.finding_id
    assert cases["x"] != record.finding_id
