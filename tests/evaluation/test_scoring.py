"""The scorer on cases small enough to work out by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.evaluation.scoring import (
    CROWDS,
    Attack,
    Finding,
    Innocent,
    Truth,
    Verdict,
    average_precision,
    figures,
    finding_of,
    read_findings,
    read_truth,
    riskiest,
    score,
)


def june(day: int) -> dt.date:
    return dt.date(2026, 6, 1) + dt.timedelta(days=day - 1)


HARVEST = Attack(
    id="slow-1",
    scenario="maternity-slow",
    intensity="medium",
    user_ids=frozenset({"thief"}),
    start=june(19),
    end=june(26),
    expected_patterns=frozenset({"maternity-harvesting"}),
    touches=((june(20), "p1"), (june(20), "p2"), (june(23), "p2"), (june(26), "p3"), (june(21), "")),
    event_ids=frozenset({"H1", "H2"}),
)
SWEEP = Innocent("sweep-1", "outbreak-sweep", frozenset({"nurse"}), june(20), june(22))
TRUTH = Truth(staff=1000, days=28, attacks=(HARVEST,), innocents=(SWEEP,))


def alert(user: str | None, raised: int, *, start: int = 20, end: int = 22, **more: object) -> Finding:
    given = {"finding_id": f"{user}-{raised}", "risk": 50.0, "alert": True, **more}
    return Finding(user_id=user, raised_on=june(raised), window_start=june(start), window_end=june(end), **given)  # type: ignore[arg-type]


def test_an_attack_is_caught_by_the_first_alert_that_overlaps_it() -> None:
    late, early = alert("thief", 25), alert("thief", 22, patterns=("bulk-export", "maternity-harvesting"))
    (outcome,) = score([late, early], TRUTH).outcomes
    assert outcome.first_alert is early
    assert outcome.delay_days == 2
    assert outcome.exposed == 2
    assert outcome.pattern_right


def test_what_nobody_saw_is_exposed_to_the_end() -> None:
    (outcome,) = score([alert("nurse", 22)], TRUTH).outcomes
    assert (outcome.caught, outcome.delay_days, outcome.exposed) == (False, None, 3)


@pytest.mark.parametrize(
    ("raised", "start", "end", "caught"),
    [
        (18, 10, 18, False),  # before it began
        (19, 10, 19, True),
        (22, 10, 18, False),  # the window ends before it
        (40, 26, 27, True),  # the last day of grace
        (41, 26, 27, False),
        (30, 27, 30, False),  # the window begins after it
    ],
)
def test_an_alert_counts_in_time_and_in_its_window(raised: int, start: int, end: int, caught: bool) -> None:
    assert score([alert("thief", raised, start=start, end=end)], TRUTH).outcomes[0].caught is caught


def test_only_the_first_two_patterns_count() -> None:
    (outcome,) = score([alert("thief", 22, patterns=("a", "b", "maternity-harvesting"))], TRUTH).outcomes
    assert not outcome.pattern_right


def test_a_finding_without_alert_counts_for_the_ranking_alone() -> None:
    (outcome,) = score([alert("thief", 22, alert=False)], TRUTH).outcomes
    assert not outcome.caught
    assert outcome.within == (True, True, True)


def test_the_ranking_shows_the_riskiest_of_a_week() -> None:
    findings = [alert(f"u{place}", 22, risk=float(90 - place)) for place in range(4)] + [alert("thief", 23, risk=1.0)]
    assert [one.user_id for one in riskiest(findings, 1000, 2)] == ["u0", "u1"]
    assert score(findings, TRUTH).outcomes[0].within == (False, False, True)


def test_verdicts_take_a_case_once_as_its_best() -> None:
    findings = [
        alert("thief", 22, case_id="shared"),
        alert("somebody", 22, case_id="shared"),
        alert("thief", 12, start=10, end=12),
        alert("nurse", 30),
        alert("nurse", 40, finding_id="later"),  # after the days of grace it is as innocent as any
    ]
    result = score(findings, TRUTH)
    assert dict(result.verdicts) == {
        Verdict.RIGHT: 1,
        Verdict.GUILTY_ELSEWHEN: 1,
        Verdict.UNUSUAL_INNOCENT: 1,
        Verdict.INNOCENT: 1,
    }
    assert result.innocents_alerted == 1
    assert result.innocent_rate == pytest.approx(1.0)  # two in two weeks of a thousand accounts
    assert result.precision == pytest.approx(0.25)


@pytest.mark.parametrize("crowd", CROWDS)
def test_a_gap_is_caught_by_its_pattern_and_a_celebrity_by_the_record(crowd: str) -> None:
    gap = Attack("gap", "log-gap", "low", frozenset(), june(20), june(20), frozenset({"log-gap"}))
    touches = ((june(20), "star"),)
    vip = Attack("crowd", crowd, "high", frozenset({"a"}), june(20), june(21), frozenset({"vip-snooping"}), touches)
    found = [
        alert(None, 20, subject="source", patterns=("log-gap",), finding_id="g"),
        alert(None, 21, subject="record", patient_id="star", finding_id="v"),
    ]
    result = score(found, Truth(staff=100, days=28, attacks=(gap, vip)))
    assert [one.caught for one in result.outcomes] == [True, True]
    assert result.wrong == 0


def test_events_named_by_right_alerts_give_the_event_precision() -> None:
    named = ("his:H1", "H2", "his:H3", "emr:H4")
    (outcome,) = score([alert("thief", 22, event_ids=named)], TRUTH).outcomes
    assert outcome.event_precision == pytest.approx(0.5)


def test_average_precision_ranks_accounts_by_their_highest_risk() -> None:
    findings = [alert("x", 1, risk=80.0), alert("a", 1, risk=10.0), alert("a", 9, risk=90.0), alert("b", 1, risk=70.0)]
    assert average_precision(findings, frozenset({"a", "b"})) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert average_precision(findings, frozenset({"a", "unseen"})) == pytest.approx(0.5)
    assert average_precision(findings, frozenset()) is None


def test_the_rate_of_a_short_log_refers_to_one_week() -> None:
    assert Truth(staff=500, days=10).weeks == 1.0
    assert score([alert("x", 9)], Truth(staff=500, days=10)).innocent_rate == pytest.approx(2.0)


def test_a_finding_that_never_alerted_dates_from_its_listing() -> None:
    raw = {"finding_id": "f", "detected_on": "2026-06-20", "alerted_on": None, "window_start": None, "risk": 3}
    (read,) = read_findings(json.dumps(raw) + "\n\n")
    assert read == finding_of(raw)
    assert (read.raised_on, read.window_start, read.window_end, read.alert) == (june(20), june(20), june(20), False)


def test_truth_leaves_out_attacks_without_events(tmp_path: Path) -> None:
    attack = {
        "id": "a",
        "scenario": "targeted-lookup",
        "intensity": "low",
        "user_ids": ["u"],
        "expected_patterns": [],
        "start": "2026-06-20",
        "end": "2026-06-21",
        "n_events": 1,
    }
    truth = {
        "staff": 50,
        "days": 30,
        "hard_negatives": [],
        "attacks": [attack, {**attack, "id": "b", "n_events": 0}, {**attack, "id": "c", "scenario": "log-gap"}],
    }
    (tmp_path / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (tmp_path / "truth-events.csv").write_text(
        "attack_id,event_id,event_time,user_id,patient_id\na,E1,2026-06-20 08:00:00,u,p\n", encoding="utf-8"
    )
    read = read_truth(tmp_path)
    assert [one.id for one in read.attacks] == ["a", "c"]
    assert read.attacks[0].touches == ((june(20), "p"),)
    assert read.attacks[0].event_ids == {"E1"}


def test_figures_round_like_the_scorer_of_the_development_hospital() -> None:
    result = figures(score([alert("thief", 22)], TRUTH))
    assert (result["recall"], result["precision"], result["average_precision"]) == (1.0, 1.0, 1.0)
    assert result["by_intensity"]["medium"]["median_exposed"] == 2
    assert result["innocent_alerts_per_1000_per_week"] == 0.0
