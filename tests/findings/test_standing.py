"""What stands against whom at the end of a night."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from detector.detection.streams import BY_ID
from detector.findings.scoring_context import ScoringContext
from detector.findings.standing import (
    STANDS,
    SUPPORT_LIMIT,
    StandingEvidence,
    cleared_users,
    ended_episodes,
    standing_evidence,
)
from detector.model.findings import Status
from tests.findings.worlds import LIMIT, Ward, day


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def context(ward: Ward, on: int = 0, *, late: Sequence[int] = (), limits: bool = True) -> ScoringContext:
    dates = tuple(day(number) for number in sorted({on, *late}))
    alerting = dict.fromkeys(BY_ID, LIMIT) if limits else None
    return ScoringContext(day(on), dates, day(-60), ward.settings, alerting, tuple(day(number) for number in late))


def standing(ward: Ward, on: int = 0, *, late: Sequence[int] = ()) -> StandingEvidence:
    return standing_evidence(ward.connection, context(ward, on, late=late))


def test_evidence_is_measured_in_units_of_the_threshold(ward: Ward) -> None:
    ward.evidence("u", -1, 4.0, "p")
    ward.evidence("u", 0, 4.0, "q")
    ward.evidence("v", 0, 0.0)
    found = standing(ward)
    assert found.of("u").nats["lookup"] == pytest.approx(4 * 0.985 + 4)
    assert found.of("u").streams["lookup"] == pytest.approx((4 * 0.985 + 4) / LIMIT, abs=1e-6)
    assert found.of("u").total == pytest.approx((4 * 0.985 + 4) / LIMIT, abs=1e-6)
    assert (found.of("u").since, found.of("v").since) == (day(-1), day(0))
    assert found.of("v").total == 0
    assert found.active == ["u", "v"]
    assert found.totals_by_user().keys() == {"u", "v"}


def test_of_an_account_without_evidence_nothing_is_known(ward: Ward) -> None:
    nobody = standing(ward).of("x")
    assert (nobody.total, nobody.streams, nobody.nats, nobody.since) == (0.0, {}, {}, day(0))


def test_rare_days_alone_never_alert(ward: Ward) -> None:
    for number in range(-20, 1):
        ward.evidence("u", number, 3.0, stream="unusual")
    found = standing(ward).of("u")
    assert found.nats["unusual"] > 2 * LIMIT
    assert found.streams["unusual"] == found.total == SUPPORT_LIMIT


@pytest.mark.parametrize(
    ("earlier", "gain", "fresh"),
    [(5.0, 0.6, True), (5.0, 0.4, False), (0.0, 2.9, True), (0.0, 2.7, False)],
)
def test_fresh_is_what_adds_to_a_stream_that_stands(ward: Ward, earlier: float, gain: float, fresh: bool) -> None:
    ward.evidence("u", -1, earlier)
    ward.evidence("u", 0, gain)
    assert standing(ward).fresh_on("u", ["lookup"]) == (day(0) if fresh else None)
    assert standing(ward).fresh_on("u", ["export"]) is None


def test_evidence_of_another_day_is_fresh_where_rows_came_late(ward: Ward) -> None:
    ward.evidence("u", -5, 5.0)
    assert standing(ward).fresh_on("u", ["lookup"]) is None
    assert standing(ward, 0, late=[-5]).fresh_on("u", ["lookup"]) == day(-5)
    assert standing(ward, 0, late=[-5]).active == []


@pytest.mark.parametrize(("nats", "streams"), [(2.7, ["lookup"]), (2.9, ["lookup", "export"])])
def test_a_finding_is_about_what_stands_by_its_own_days(ward: Ward, nats: float, streams: list[str]) -> None:
    """What an account exported before the finding began makes none of a later list's records a part of it."""
    ward.evidence("u", -9, 2.0, stream="export")
    ward.evidence("u", -1, 5.0)
    ward.evidence("u", 0, nats, stream="export")
    found = standing(ward)
    assert found.of("u").streams["export"] > STANDS
    assert found.streams_since({"u": day(-1)})["u"] == streams
    assert found.streams_since({"u": day(-9)})["u"] == ["lookup", "export"]


def test_of_weak_evidence_a_finding_is_about_the_leading_stream(ward: Ward) -> None:
    ward.evidence("u", 0, 1.0)
    ward.evidence("u", -1, 0.9, stream="harvest")
    assert standing(ward).streams_since({"u": day(-1)})["u"] == ["lookup"]
    assert standing(ward).streams_since({"nobody": day(-1)})["nobody"] == []


def test_without_limits_of_its_own_a_night_calibrates_them(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0)
    limits = standing_evidence(ward.connection, context(ward, limits=False)).limits
    assert limits.keys() == BY_ID.keys()
    assert limits["lookup"] != LIMIT
    assert limits["export"] != limits["lookup"]


def test_an_episode_that_ended_takes_its_evidence_with_it(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p")
    ward.evidence("v", 0, 5.0, "q")
    ward.night(0)
    first, second = ward.findings()
    assert ended_episodes(ward.connection, day(1)) == {}
    ward.decide(first, Status.FALSE_ALARM, through=3)
    assert ended_episodes(ward.connection, day(4)) == {"u": day(3)}
    ward.decide(second, Status.ESCALATED, through=3)
    assert ended_episodes(ward.connection, day(28)) == {"u": day(3)}
    assert ended_episodes(ward.connection, day(29)) == {"u": day(3), "v": day(0)}
    assert standing(ward, 4).of("u").total == 0
    assert standing(ward, 4).of("v").total > 0


def test_an_open_finding_keeps_the_evidence_of_an_earlier_one(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p")
    ward.night(0)
    ward.decide(ward.finding(), Status.JUSTIFIED, through=0)
    ward.evidence("u", 1, 5.0, "q")
    ward.night(1)
    assert len(ward.findings()) == 2
    assert ended_episodes(ward.connection, day(2)) == {}


def test_cleared_is_who_loses_an_access_of_a_finding_on_a_judged_date(ward: Ward) -> None:
    ward.evidence("u", 0, 5.0, "p", "q")
    ward.evidence("v", 0, 5.0, "r")
    ward.night(0)
    ward.explain("u", 0)
    assert cleared_users(ward.connection, context(ward, 1)) == set()
    assert cleared_users(ward.connection, context(ward, 1, late=[0])) == {"u"}
