"""A finding is a row of its table, its JSON is what readers know, and an episode keeps what it began with."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from detector.findings.reading import KEYS
from detector.model.findings import (
    CLOSED_STATUSES,
    Assessment,
    Explanation,
    Exposure,
    Finding,
    Identity,
    Reason,
    Status,
    Subject,
    finding_id,
)
from detector.model.methods import AccountMethod, Margin, Method, RecordMethod, SourceMethod, read_method
from detector.model.severities import SEVERITIES, Severity, gravest
from detector.model.tables import TABLES
from detector.trail import DISPOSITIONS

FIRST, SECOND = dt.date(2026, 3, 10), dt.date(2026, 3, 14)
METHOD = AccountMethod(
    "1.0", "digest", ("2026-01-01", "2026-03-10"), combined=0.7, thresholds={"lookup": 8.0}, standing={"lookup": 0.7},
    nats={"lookup": 5.6}, margin=Margin("lookup", 5.6, 8.0, "patients", of=3, fewer=0),
)  # fmt: skip
PERSON = Identity(Subject.ACCOUNT, user_id="u", user_name="李", department="OB", role="nurse", account_type="human")


def assessment(**changes: Any) -> Assessment:
    return dataclasses.replace(
        Assessment(
            window_start=dt.date(2026, 3, 8), window_end=FIRST, risk=40.5, severity=Severity.LOW, alert=False,
            patterns=("targeted-lookup",),
            reasons=(Reason("strangers", 2.0, 0.5, None, 1.0, patients=3),), policies=(),
            exposure=Exposure(patients=3, records=4, accesses=5),
            explained=(
                Explanation("inpatient", 0.25, {"patients": 2}), Explanation("approved_policy", None, {"reason": "查"}),
            ),
            method=METHOD,
        ),
        **changes,
    )  # fmt: skip


def account_finding(**changes: Any) -> Finding:
    return Finding.raised("F1", FIRST, PERSON, assessment(**changes))


def test_a_finding_has_the_columns_of_its_table() -> None:
    assert tuple(field.name for field in dataclasses.fields(Finding)) == TABLES["findings"].names
    assert {*TABLES["findings"].names, "event_ids"} == set(KEYS)


def test_a_new_finding_begins_an_episode_in_its_own_case() -> None:
    finding = account_finding()
    assert (finding.finding_id, finding.case_id, finding.previous_finding_id) == ("F1", "F1", None)
    assert (finding.detected_on, finding.last_seen_on, finding.window_end) == (FIRST, FIRST, FIRST)
    assert (finding.alert, finding.alerted_on, finding.status) == (False, None, Status.OPEN)
    assert (finding.patients, finding.records, finding.accesses) == (3, 4, 5)
    assert account_finding(alert=True).alerted_on == FIRST
    other = Finding.raised("F2", FIRST, PERSON, assessment(), case_id="C", previous_finding_id="F1")
    assert (other.case_id, other.previous_finding_id) == ("C", "F1")


def test_a_later_night_rates_it_anew_and_keeps_its_life() -> None:
    first = dataclasses.replace(account_finding(), case_id="C", previous_finding_id="F0", status=Status.ESCALATED)
    moved = dataclasses.replace(PERSON, department="NEO")
    later = assessment(
        window_start=FIRST, window_end=SECOND, risk=70.0, alert=True, severity=Severity.HIGH, patterns=("bulk-export",)
    )
    second = first.continued(SECOND, moved, later)
    assert (second.finding_id, second.case_id, second.previous_finding_id) == ("F1", "C", "F0")
    assert (second.detected_on, second.alerted_on, second.last_seen_on) == (FIRST, SECOND, SECOND)
    assert (second.window_start, second.window_end) == (dt.date(2026, 3, 8), SECOND)
    assert second.status is Status.ESCALATED
    assert (second.risk, second.severity, second.patterns) == (70.0, "high", ("bulk-export",))
    assert second.department == "NEO"


def test_an_alert_once_given_stays() -> None:
    second = account_finding(alert=True, sampled=True).continued(SECOND, PERSON, assessment())
    assert (second.alert, second.alerted_on, second.sampled) == (True, FIRST, True)


def test_without_new_evidence_the_last_date_stays() -> None:
    second = account_finding().continued(SECOND, PERSON, assessment(has_new_evidence=False, risk=1.0))
    assert (second.last_seen_on, second.window_end, second.risk) == (FIRST, FIRST, 1.0)


def test_a_row_gives_the_finding_again() -> None:
    finding = account_finding()
    assert Finding.of_row(finding.row()) == finding


def test_json_is_written_as_readers_know_it() -> None:
    row = account_finding().row()
    assert row["reasons"] == (
        '[{"feature": "strangers", "value": 2.0, "own_baseline": 0.5, "peer_baseline": null, "contribution": 1.0,'
        ' "patients": 3}]'
    )
    assert row["explained"] == (
        '[{"kind": "inpatient", "share": 0.25, "patients": 2}, {"kind": "approved_policy", "share": null,'
        ' "reason": "查"}]'
    )
    assert row["method"] == (
        '{"version": "1.0", "configuration": "digest", "history": ["2026-01-01", "2026-03-10"],'
        ' "standing": {"lookup": 0.7}, "nats": {"lookup": 5.6}, "thresholds": {"lookup": 8.0}, "combined": 0.7,'
        ' "margin": {"stream": "lookup", "nats": 5.6, "limit": 8.0, "unit": "patients", "of": 3, "fewer": 0}}'
    )


def test_a_reason_has_figures_or_texts_only_where_its_sentence_needs_them() -> None:
    viewers = Reason("distinct_viewers", 6.0, None, 1.0, 1.0, 1, values={"returned": 0})
    policy = Reason("policy:x", 1.0, None, None, 1.0, texts={"zh": "a", "en": "b"})
    assert list(viewers.document())[-2:] == ["patients", "values"]
    assert list(policy.document())[-2:] == ["patients", "texts"]
    for reason in (viewers, policy):
        assert Reason(**reason.document()) == reason


@pytest.mark.parametrize(
    "method",
    [
        METHOD,
        dataclasses.replace(METHOD, standing={}, nats={}, margin=None),
        RecordMethod("1", "d", ("2026-01-01", "2026-03-10"), combined=1.2, thresholds={"record": 8.0}),
        SourceMethod("1", "d"),
    ],
)
def test_a_method_is_read_as_it_was_written(method: Method) -> None:
    assert read_method(json.loads(json.dumps(method.document()))) == method


def test_a_method_that_an_earlier_version_wrote_is_read() -> None:
    document = METHOD.document()
    del document["margin"]
    assert read_method(document) == dataclasses.replace(METHOD, margin=None)


def test_ids_depend_on_every_part() -> None:
    assert finding_id(Subject.ACCOUNT, "u", "2026-03-10") == "F1c72bc01533"
    ids = {
        finding_id(subject, user, date)
        for subject in Subject
        for user in ("u", "v")
        for date in ("2026-03-10", "2026-03-11")
    }
    assert len(ids) == 12


def test_decisions_are_the_statuses_but_open() -> None:
    assert tuple(status for status in Status if status is not Status.OPEN) == DISPOSITIONS
    assert CLOSED_STATUSES == ("confirmed", "justified", "false_alarm")
    assert not Status.ESCALATED.is_closed


@pytest.mark.parametrize(
    ("risk", "severity"),
    [(0, "low"), (49.9, "low"), (50, "medium"), (69.9, "medium"), (70, "high"), (89.9, "high"), (90, "critical")],
)
def test_severities_follow_the_risk(risk: float, severity: str) -> None:
    assert Severity.of_risk(risk) == severity


def test_the_gravest_is_not_the_last_in_the_alphabet() -> None:
    assert gravest(SEVERITIES) is Severity.CRITICAL
    assert gravest([Severity.MEDIUM, Severity.HIGH, Severity.LOW]) is Severity.HIGH
    assert [severity.rank for severity in SEVERITIES] == [0, 1, 2, 3]
