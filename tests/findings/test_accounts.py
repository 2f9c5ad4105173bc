"""The life of a finding about an account, night by night."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.detection.night_tables import REJUDGE_AFTER_DAYS
from detector.findings.changes import FindingChanges
from detector.model.findings import Finding, Status
from detector.model.methods import AccountMethod
from detector.model.policy_sentences import PolicySentence
from detector.texts.language import LANGUAGES
from tests.findings.worlds import Ward, day


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def listed(ward: Ward) -> Finding:
    """One account, listed on day 0 below the alert threshold."""
    ward.evidence("u", 0, 5.0, "p1", "p2")
    ward.night(0)
    return ward.finding()


def alerted(ward: Ward) -> Finding:
    """The same account, an alert on day 1."""
    listed(ward)
    ward.evidence("u", 1, 5.0, "p3")
    ward.night(1)
    return ward.finding()


def test_it_is_raised_once_and_grows_to_an_alert(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p1", "p2")
    first = ward.night(0)
    raised = ward.finding()
    assert first == FindingChanges(new=(raised.finding_id,))
    assert not raised.alert
    assert raised.alerted_on is None
    assert (raised.detected_on, raised.last_seen_on, raised.window_start) == (day(0), day(0), day(0))
    assert (raised.status, raised.case_id, raised.previous_finding_id) == (Status.OPEN, raised.finding_id, None)
    ward.evidence("u", 1, 5.0, "p3")
    second = ward.night(1)
    grown = ward.finding()
    assert second == FindingChanges(updated=(raised.finding_id,), alerts=(raised.finding_id,))
    assert (grown.detected_on, grown.alerted_on, grown.last_seen_on) == (day(0), day(1), day(1))
    assert (grown.window_start, grown.window_end) == (day(0), day(1))
    assert raised.risk < 50 < grown.risk
    assert (raised.patients, grown.patients) == (2, 3)


def test_rare_days_alone_keep_no_finding_going_whose_accesses_were_explained(ward: Ward) -> None:
    before = listed(ward)
    ward.explain("u", 0)
    for number in range(1, 4):
        ward.evidence("u", number, 5.0, stream="unusual")
        ward.night(number, 0)
    found = ward.finding()
    assert (found.patterns, found.reasons) == (before.patterns, before.reasons)
    assert found.explained[0].kind == "cleared"
    assert (found.patients, found.last_seen_on) == (before.patients, before.last_seen_on)


def test_its_method_recomputes_it(ward: Ward) -> None:
    method = alerted(ward).method
    assert isinstance(method, AccountMethod)
    assert method.nats["lookup"] == pytest.approx(5 * 0.985 + 5)
    assert method.standing["lookup"] == pytest.approx(method.nats["lookup"] / 8, abs=1e-4)
    assert method.margin is not None
    assert (method.margin.stream, method.margin.of, method.margin.fewer) == ("lookup", 3, 1)


def test_its_events_and_days_are_kept_with_it(ward: Ward) -> None:
    alerted(ward)
    events = ward.connection.execute("select rank, event_id from finding_events order by rank").fetchall()
    assert events == [(1, "up31"), (2, "up10"), (3, "up20")]
    days = ward.connection.execute(
        "select business_date, suspicious_patients, evidence from finding_days order by 1"
    ).fetchall()
    assert days == [(day(0), 2, 5.0), (day(1), 1, 5.0)]


def test_a_night_without_new_evidence_leaves_it_as_it_is(ward: Ward) -> None:
    before = alerted(ward)
    assert ward.night(2) == FindingChanges()
    assert ward.finding() == before


def test_an_alert_and_its_risk_stay_while_the_evidence_fades(ward: Ward) -> None:
    before = alerted(ward)
    ward.evidence("u", 25, 0.6, "p4")
    assert ward.night(25) == FindingChanges(updated=(before.finding_id,))
    after = ward.finding()
    assert after.alert
    assert (after.alerted_on, after.last_seen_on) == (day(1), day(25))
    assert (after.risk, after.method) == (before.risk, before.method)
    assert after.patients == 4


@pytest.mark.parametrize("status", ["confirmed", "justified", "false_alarm"])
def test_after_a_decision_only_later_evidence_opens_another(ward: Ward, status: str) -> None:
    before = alerted(ward)
    ward.decide(before, status, through=1)
    ward.evidence("u", 2, 2.0, "p4")
    assert ward.night(2) == FindingChanges()
    ward.evidence("u", 3, 4.0, "p5")
    changes = ward.night(3)
    closed, reopened = ward.findings()
    assert changes == FindingChanges(new=(reopened.finding_id,))
    assert columns_but_status(closed) == columns_but_status(before)
    assert (reopened.previous_finding_id, reopened.detected_on) == (before.finding_id, day(3))
    assert (reopened.window_start, reopened.patients) == (day(2), 2)


def columns_but_status(finding: Finding) -> dict[str, object]:
    return {name: value for name, value in finding.row().items() if name != "status"}


def test_an_escalated_finding_goes_on(ward: Ward) -> None:
    before = alerted(ward)
    ward.decide(before, "escalated", through=1)
    ward.evidence("u", 2, 2.0, "p4")
    assert ward.night(2).updated == (before.finding_id,)
    assert ward.finding().status is Status.ESCALATED


@pytest.mark.parametrize(("quiet", "count"), [(28, 1), (29, 2)])
def test_quiet_weeks_end_it(ward: Ward, quiet: int, count: int) -> None:
    before = alerted(ward)
    ward.evidence("u", 1 + quiet, 5.0, "p4")
    ward.night(1 + quiet)
    assert len(ward.findings()) == count
    last = ward.findings()[-1]
    assert last.previous_finding_id == (None if count == 1 else before.finding_id)
    assert last.alert == (count == 1)


def test_later_bookings_clear_it_but_do_not_withdraw_it(ward: Ward) -> None:
    before = alerted(ward)
    ward.explain("u", 0)
    ward.explain("u", 1)
    ward.evidence("u", -30, 0.1)
    assert ward.night(2, 0, 1) == FindingChanges(updated=(before.finding_id,))
    after = ward.finding()
    assert after.explained[0].kind == "cleared"
    assert after.explained[1:] == before.explained
    assert after.risk < 1 < before.risk
    assert (after.severity, after.alert, after.alerted_on) == ("low", True, day(1))
    assert (after.last_seen_on, after.reasons) == (before.last_seen_on, before.reasons)
    assert ward.night(3, 0, 1).updated == (before.finding_id,)
    assert [one.kind for one in ward.finding().explained].count("cleared") == 1


def test_a_second_look_that_brings_nothing_new_makes_no_alert(ward: Ward) -> None:
    """What it lost clears a part of the finding; that the threshold fell meanwhile does not turn it into an alert."""
    ward.evidence("u", 0, 5.0, "p1", "p2")
    ward.opens("u", 0, "p3", 1.0)
    ward.night(0)
    ward.connection.execute("delete from suspicions where patient_id = 'p3'")
    ward.limit = 4.0
    ward.night(1, 0)
    assert (ward.finding().alert, ward.finding().alerted_on) == (False, None)
    ward.evidence("u", 2, 1.0, "p4")
    ward.night(2)
    assert (ward.finding().alert, ward.finding().alerted_on) == (True, day(2))


def test_a_second_look_takes_in_nothing_from_after_the_finding(ward: Ward) -> None:
    """What is too little to be new evidence is not named by the night that explains what the finding was raised for."""
    before = listed(ward)
    ward.evidence("u", 1, 0.3, "p9")
    assert ward.night(1) == FindingChanges()
    ward.explain("u", 0)
    ward.night(2, 0)
    after = ward.finding()
    assert after.explained[0].kind == "cleared"
    assert (after.window_end, after.patients) == (before.window_end, before.patients)


def test_where_a_part_is_explained_the_rest_counts(ward: Ward) -> None:
    before = alerted(ward)
    ward.explain("u", 1)
    ward.night(2, 1)
    after = ward.finding()
    assert after.risk < before.risk
    assert (after.alert, after.patients, after.last_seen_on) == (True, 2, day(1))
    assert "cleared" not in {one.kind for one in after.explained}


def test_while_the_history_is_short_no_evidence_alerts_but_a_policy_does(ward: Ward) -> None:
    ward.first_date = day(-5)
    assert not alerted(ward).alert
    ward.fires("self-lookup", 2, "u")
    assert ward.night(2).alerts == (ward.finding().finding_id,)


def test_a_policy_needs_no_evidence(ward: Ward) -> None:
    ward.fires("self-lookup", 0, "u", severity="critical")
    assert ward.night(0).alerts == (ward.finding().finding_id,)
    finding = ward.finding()
    assert (finding.severity, finding.risk, finding.patterns) == ("critical", 90.0, ("self-lookup",))
    assert (finding.policies, finding.window_start) == (("self-lookup",), day(0))
    assert [reason.feature for reason in finding.reasons] == ["policy:self-lookup"]


def test_evidence_that_is_too_little_to_be_listed_widens_no_finding_of_a_policy(ward: Ward) -> None:
    ward.fires("self-lookup", 2, "u")
    ward.evidence("u", 0, 1.5, "p1")
    ward.evidence("u", 4, 1.5, "p2")
    for number in range(5):
        ward.night(number)
    finding = ward.finding()
    assert (finding.window_start, finding.window_end, finding.last_seen_on) == (day(2), day(2), day(2))
    assert finding.patterns == ("self-lookup",)


def test_a_list_that_is_usual_is_no_part_of_a_finding_about_something_else(ward: Ward) -> None:
    """The account prints now and then, before and after: the finding about what a policy saw has none of it."""
    for number, nats in ((-9, 2.0), (-8, 2.0), (3, 1.2)):
        prints(ward, number, 35, nats)
    ward.evidence("u", 0, 5.0, "p1")
    ward.fires("external-network", 0, "u")
    ward.night(0)
    before = ward.finding()
    assert ward.night(3) == FindingChanges()
    assert ward.finding() == before
    assert before.records == 1


def test_a_list_that_is_evidence_counts_and_renews_the_finding(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p1")
    ward.night(0)
    prints(ward, 3, 500, 4.0)
    assert ward.night(3) == FindingChanges(updated=(ward.finding().finding_id,))
    assert (ward.finding().records, ward.finding().window_end) == (501, day(3))
    assert "bulk-export" in ward.finding().patterns


def prints(ward: Ward, on: int, records: int, nats: float) -> None:
    """The account prints lists."""
    ward.evidence("u", on, nats, stream="export")
    ward.connection.execute("update account_days set exported_records = ? where business_date = ?", [records, day(on)])


def test_an_approved_policy_counts_less(ward: Ward) -> None:
    ward.fires("self-lookup", 0, "u", alert=False, approval="a reason")
    ward.night(0)
    assert (ward.finding().risk, ward.finding().alert) == (30.0, False)


@pytest.mark.parametrize(("accounts", "cases"), [(5, 5), (6, 1)])
def test_a_policy_that_fires_for_many_makes_one_case(ward: Ward, accounts: int, cases: int) -> None:
    for number in range(accounts):
        ward.fires("self-lookup", 0, f"u{number}")
    ward.night(0)
    assert len({finding.case_id for finding in ward.findings()}) == cases


def test_who_has_evidence_of_the_own_stays_out_of_the_policys_case(ward: Ward) -> None:
    for number in range(6):
        ward.fires("self-lookup", 0, f"u{number}")
    ward.evidence("u0", 0, 5.0, "p1")
    ward.night(0)
    own = [finding.user_id for finding in ward.findings() if finding.case_id == finding.finding_id]
    assert own == ["u0"]


def test_accounts_drawn_at_random_are_alerts_whatever_they_did(tmp_path: Path) -> None:
    ward = Ward(tmp_path, budget=7000.0, random_share=1.0 - 1e-9)
    ward.evidence("u", 0, 0.1)
    assert ward.night(0).alerts == (ward.finding().finding_id,)
    assert ward.finding().sampled
    ward.evidence("u", 1, 0.1)
    assert ward.night(1) == FindingChanges()


def test_rows_that_come_late_are_new_evidence(ward: Ward) -> None:
    ward.night(0)
    ward.evidence("u", -5, 7.0, "p1")
    assert ward.night(0, late=[-5]).new == (ward.finding().finding_id,)
    assert (ward.finding().detected_on, ward.finding().window_start) == (day(0), day(-5))


def test_dates_that_are_due_again_bring_nothing_new(ward: Ward) -> None:
    ward.evidence("u", -REJUDGE_AFTER_DAYS[0], 7.0, "p1")
    ward.evidence("u", 0, 0.1)
    assert ward.night(0, -REJUDGE_AFTER_DAYS[0]) == FindingChanges()


def test_ids_depend_on_account_and_first_date_alone(tmp_path: Path) -> None:
    ids = []
    for name, nats in (("a", 5.0), ("b", 6.0)):
        (tmp_path / name).mkdir()
        ward = Ward(tmp_path / name)
        ward.evidence("u", 0, nats, "p1")
        ward.night(0)
        ids.append(ward.finding().finding_id)
    assert ids[0] == ids[1]


def test_a_policy_tells_all_dates_and_its_events_come_first(ward: Ward) -> None:
    """Work that is only a little unusual is no part of a finding that a policy raised."""
    ward.evidence("u", 0, 1.7, "p1", "p2")
    fires_on(ward, 0, "07:45", "d1")
    ward.night(0)
    ward.evidence("u", 2, 0.2, "p3")
    fires_on(ward, 2, "12:49", "d1", "d2")
    ward.night(2)
    finding = ward.finding()
    (reason,) = finding.reasons
    assert reason.texts is not None
    assert reason.texts["en"] == f"2 decoys, 3 events, first {day(0)} 07:45"
    assert (finding.patients, finding.accesses, reason.value) == (2, 3, 3.0)
    assert finding.alerted_on == day(0)
    events = ward.connection.execute("select event_id from finding_events order by rank").fetchall()
    assert events == [("d10",), ("d12",), ("d22",)]
    days = "select business_date, suspicious_patients, suspicious_accesses from finding_days order by 1"
    assert ward.connection.execute(days).fetchall() == [(day(0), 1, 1), (day(2), 2, 2)]


def test_accesses_of_a_listed_account_stand_behind_the_policy_s(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p1", "d1")
    fires_on(ward, 0, "10:00", "d1")
    ward.night(0)
    events = ward.connection.execute("select patient_id from finding_events order by rank").fetchall()
    assert [patient for (patient,) in events] == ["d1", "d1", "p1"]
    assert (ward.finding().patients, ward.finding().accesses) == (2, 2)


def test_a_finding_of_an_earlier_version_is_told_anew(ward: Ward) -> None:
    fires_on(ward, 0, "07:45", "d1")
    fires_on(ward, 1, "12:49", "d2")
    ward.night(0)
    ward.night(1)
    told = ward.finding()
    ward.connection.execute(
        'update findings set reasons = \'[{"feature": "policy:decoy", "value": 1.0, "own_baseline": null,'
        ' "peer_baseline": null, "contribution": 1.0, "texts": {"zh": "x", "en": "x"}}]\''
    )
    assert ward.night(2) == FindingChanges(updated=(told.finding_id,))
    assert ward.finding() == told


def fires_on(ward: Ward, on: int, time: str, *patients: str) -> None:
    """A policy about decoys fires: one event a patient."""
    sentence = PolicySentence(dict.fromkeys(LANGUAGES, "{patients} decoys, {events} events, first {first_at}"))
    at = f"{day(on)} {time}:10"
    ids = [f"{patient}{on}" for patient in patients]
    ward.fires(
        "decoy", on, "u", patients=len(patients), records=len(patients), accesses=len(patients), events=len(patients),
        returned=0, first_at=at, last_at=at, patient_ids=list(patients), event_ids=ids, sentence=sentence.document(),
        reason_values='{"patients": 0, "events": 0, "first_at": ""}',
    )  # fmt: skip
    for patient, event in zip(patients, ids, strict=True):
        ward.connection.execute(
            "insert into policy_events by name select ? as event_id, ?::timestamp as local_time, ? as patient_id,"
            " 'view' as action, 'his' as source, 1 as file_id, 0 as row_number, 0 as byte_position, 'raw' as raw",
            [event, at, patient],
        )
