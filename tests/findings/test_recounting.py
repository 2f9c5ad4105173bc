"""Late rows bring figures of findings up to date that they add nothing to; dates and risk stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detector.findings.changes import FindingChanges
from detector.findings.late_evidence import keep_earlier_evidence
from detector.model.findings import Finding
from tests.findings.worlds import Ward, day


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def days(ward: Ward, finding: Finding) -> list[tuple[Any, ...]]:
    return ward.connection.execute(
        "select business_date, accesses, patients, suspicious_accesses, suspicious_patients from finding_days"
        " where finding_id = ? order by business_date",
        [finding.finding_id],
    ).fetchall()


def brought_late(ward: Ward, user: str, on: int, **figures: int) -> None:
    """More rows of a day: the account opened so much on it."""
    columns = ", ".join(f"{name} = {value}" for name, value in figures.items())
    ward.connection.execute(
        f"update account_days set {columns} where user_id = ? and business_date = ?", [user, day(on)]
    )


def late_night(ward: Ward, on: int, late: int) -> FindingChanges:
    """Judge a day again for its late rows, which bring nothing that stands against anybody."""
    keep_earlier_evidence(ward.connection, [day(late)])
    return ward.night(on, late=[late])


def test_figures_follow_the_log_and_the_rest_stays(ward: Ward) -> None:
    for number in (-1, 0):
        ward.evidence("u", number, 5.0, "p", "q")
        brought_late(ward, "u", number, accesses=2, patients=2)
    ward.night(0)
    (before,) = ward.findings()
    brought_late(ward, "u", -1, accesses=7, patients=5, strangers=4)
    assert late_night(ward, 3, -1) == FindingChanges(updated=(before.finding_id,))
    (after,) = ward.findings()
    assert days(ward, after) == [(day(-1), 7, 5, 2, 2), (day(0), 2, 2, 2, 2)]
    ranked = next(reason for reason in after.reasons if reason.feature == "strangers")
    assert (ranked.value, dict(ranked.values or {})) == (2.5, {"days": 2, "total": 5})
    assert (after.window_start, after.window_end, after.last_seen_on) == (day(-1), day(0), day(0))
    assert (after.risk, after.alert, after.accesses) == (before.risk, before.alert, before.accesses)
    assert late_night(ward, 4, -1) == FindingChanges()


def test_other_dates_change_nothing(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p", "q")
    ward.night(0)
    brought_late(ward, "u", 0, accesses=9, patients=9)
    assert late_night(ward, 3, 2) == FindingChanges()
    assert days(ward, ward.findings()[0])[0][1:3] == (2, 2)


def test_a_decided_finding_keeps_the_figures_that_were_decided_on(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p", "q")
    ward.night(0)
    (finding,) = ward.findings()
    ward.decide(finding, "justified", 0)
    brought_late(ward, "u", 0, accesses=9, patients=9)
    late_night(ward, 3, 0)
    assert days(ward, finding)[0][1:3] == (2, 2)


def test_a_record_counts_viewers_with_a_ground_anew(ward: Ward) -> None:
    for number in range(6):
        ward.opens(f"u{number}", 0, "p", 1.5, department=f"D{number}")
    ward.night(1)
    (before,) = (one for one in ward.findings() if one.patient_id)
    ward.insert(
        "patient_days", business_date=day(0), user_id="c", patient_id="p", accesses=2, state="explained",
        explanation="inpatient",
    )  # fmt: skip
    changes = late_night(ward, 2, 0)
    (after,) = (one for one in ward.findings() if one.patient_id)
    assert before.finding_id in changes.updated
    assert (before.explained[0].parameters["viewers"], after.explained[0].parameters["viewers"]) == (0, 1)
    assert (after.window_end, after.last_seen_on, days(ward, after)[0][1]) == (day(0), day(1), 2)
