"""A source that falls silent is one finding until it is decided on or has been well for weeks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from detector.deployment.outages import Outage
from detector.findings.changes import FindingChanges
from detector.findings.source_state import LateSource, SilentSource, late_sources, silent_sources
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
    assert ward.finding().policies == ("first", "second")
    assert [one.feature for one in ward.finding().reasons] == ["policy:second", "policy:first"]


@pytest.mark.parametrize(("decision", "on", "count"), [("justified", 1, 2), (None, 28, 1), (None, 29, 2)])
def test_a_decision_or_quiet_weeks_end_it(ward: Ward, decision: str | None, on: int, count: int) -> None:
    ward.fires("log-gap", 0, source="his")
    ward.night(0)
    if decision:
        ward.decide(ward.finding(), decision, through=0)
    ward.fires("log-gap", on, source="his")
    ward.night(on)
    assert len(ward.findings()) == count


def silent_for_days(ward: Ward, on: int, last: str = "20:00") -> None:
    """The source, whose last rows came on the day before NIGHT, is silent on a day."""
    span = f"{day(-1)} {last}–{day(on)} 24:00"
    ward.fires("log-gap", on, source="his", reason_values=json.dumps({"hours": [span]}))


def rows_on(ward: Ward, *dates: int, hours: range = range(8, 20)) -> None:
    for on in dates:
        for hour in hours:
            ward.insert("source_hours", source="his", business_date=day(on), hour=hour, events=5)


def explained(ward: Ward) -> list[tuple[str, dict[str, object]]]:
    return [(one.kind, dict(one.parameters)) for one in ward.finding().explained[:-1]]


def outages(ward: Ward, *planned: Outage) -> None:
    ward.settings = dataclasses.replace(ward.settings, outages=planned)


def test_a_silence_begins_with_its_first_silent_date_and_ends_when_rows_come(ward: Ward) -> None:
    rows_on(ward, *range(-30, 0))
    silent_for_days(ward, 2)
    ward.night(2)
    assert ward.finding().window_start == day(0), "two days were not improbable yet"
    silent_for_days(ward, 3)
    ward.night(3)
    rows_on(ward, 4)
    assert ward.night(4) == FindingChanges(updated=(ward.finding().finding_id,))
    assert (ward.finding().window_end, ward.finding().last_seen_on) == (day(3), day(3))
    again = ("rows_again", {"on": str(day(4)), "since": f"{day(-1)} 20:00"})
    assert explained(ward) == [again]
    rows_on(ward, 5)
    assert ward.night(5) == FindingChanges(), "nothing more to say"


def test_rows_that_come_later_lower_it_and_leave_it_to_the_officer(ward: Ward) -> None:
    rows_on(ward, *range(-30, 0))
    for on in (0, 1):
        silent_for_days(ward, on)
        ward.night(on)
    ward.decide(ward.finding(), "escalated", through=1)
    rows_on(ward, 0, 2)
    ward.forgets("log-gap", 0)
    ward.night(2, 0)
    assert (ward.finding().severity, ward.finding().risk) == ("high", 75.0), "a date is still missing"
    rows_on(ward, 1)
    ward.forgets("log-gap", 1)
    ward.night(3, 1)
    finding = ward.finding()
    assert (finding.severity, finding.alert, finding.status) == ("low", True, "escalated")
    assert (finding.detected_on, finding.window_start, finding.window_end) == (day(0), day(0), day(1))
    assert [(kind, told["first"], told["on"]) for kind, told in explained(ward)] == [
        ("late_rows", str(day(0)), str(day(2))), ("late_rows", str(day(1)), str(day(3))),
    ]  # fmt: skip


def test_planned_silence_lowers_what_it_covers_whole(ward: Ward) -> None:
    rows_on(ward, *range(-30, 0))
    for on in (0, 1):
        silent_for_days(ward, on)
        ward.night(on)
    start = dt.datetime.combine(day(-1), dt.time(22))
    outages(ward, Outage("his", start, dt.datetime.combine(day(1), dt.time(12)), "upgrade"))
    ward.night(2)
    assert (ward.finding().severity, [kind for kind, _ in explained(ward)]) == ("high", ["planned_outage"])
    outages(ward, Outage("his", start, dt.datetime.combine(day(1), dt.time(20)), "upgrade"))
    ward.night(3)
    assert (ward.finding().severity, ward.finding().alert, ward.finding().status) == ("low", True, "open")
    assert dict(explained(ward))["planned_outage"]["reason"] == "upgrade"
    outages(ward)
    ward.night(4)
    assert (ward.finding().severity, explained(ward)) == ("high", []), "the plan was withdrawn"


def test_a_date_with_far_too_few_rows_is_missing_as_a_whole(ward: Ward) -> None:
    rows_on(ward, *range(-30, 0))
    rows_on(ward, 0, hours=range(9, 10))
    ward.fires("log-gap", 0, source="his", reason_values=json.dumps({"hours": [f"{day(0)} 00:00–24:00"]}))
    ward.night(0)
    assert silent_sources(ward.connection, ward.settings) == [], "rows come"
    usual = [dt.datetime.combine(day(0), dt.time(hour)) for hour in (8, 20)]
    outages(ward, Outage("his", *usual, "upgrade"))
    ward.night(1)
    assert (ward.finding().severity, [kind for kind, _ in explained(ward)]) == ("low", ["planned_outage"])


def test_a_later_episode_names_the_earlier_one(ward: Ward) -> None:
    ward.fires("log-gap", 0, source="his")
    ward.night(0)
    first = ward.finding().finding_id
    ward.decide(ward.finding(), "confirmed", through=0)
    ward.fires("log-gap", 1, source="his")
    ward.night(1)
    assert [one.previous_finding_id for one in ward.findings()] == [None, first]


@pytest.mark.parametrize(("hours", "last", "since"), [(["14:00–19:00"], 14, "14:00"), (["08:00–10:00"], 20, None)])
def test_hours_that_reach_the_end_of_the_rows_are_a_silence_that_lasts(
    ward: Ward, hours: list[str], last: int, since: str | None
) -> None:
    rows_on(ward, 0, hours=range(10, last))
    ward.fires("log-gap", 0, source="his", reason_values=json.dumps({"hours": hours}))
    ward.night(0)
    ward.insert("dates", business_date=day(0))
    expected = since and dt.datetime.fromisoformat(f"{day(0)} {since}")
    found = silent_sources(ward.connection, ward.settings)
    assert [(one.source, one.since) for one in found] == ([("his", expected)] if since else [])
    outages(ward, Outage("his", dt.datetime.combine(day(0), dt.time(12)), None))
    assert silent_sources(ward.connection, ward.settings) == []


def test_a_source_that_never_sent_a_row_is_silent_after_three_dates(ward: Ward) -> None:
    for number in range(3):
        assert silent_sources(ward.connection, ward.settings) == []
        ward.insert("dates", business_date=day(number))
    assert silent_sources(ward.connection, ward.settings) == [SilentSource("his", None, day(2))]
    rows_on(ward, 0)
    assert silent_sources(ward.connection, ward.settings) == []


def test_usual_delays_are_named_once_they_are_a_habit(ward: Ward) -> None:
    rows_on(ward, *range(7))
    ward.insert("dates", business_date=day(7))
    for number in (1, 3, 4):
        assert late_sources(ward.connection, ward.settings) == []
        ward.insert("source_delays", source="his", business_date=day(number), days=2)
    assert late_sources(ward.connection, ward.settings) == [LateSource("his", 2)]
