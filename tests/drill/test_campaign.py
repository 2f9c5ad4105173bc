"""The plan: how episodes are put into copies; and the whole drill on a small judged hospital."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from detector.deployment.settings import Settings
from detector.detection.streams import STREAMS
from detector.drill import campaign
from detector.drill.campaign import (
    GRACE_DAYS,
    STARTS_WITHIN,
    Copy,
    History,
    Plan,
    Result,
    drill,
    orders,
    plan_copies,
)
from detector.drill.planters import PLANTERS
from detector.drill.replay import ExpectedAlert, Watch, replay_night
from detector.drill.scratch import copy_published, reading, scratch_store
from detector.errors import UsageError
from detector.policies.catalogue import load_policies
from detector.progress import Silent
from tests.drill.conftest import LEARNING_DAYS, START, fingerprint
from tests.drill.test_power import DAY, episode

CHECKOUT = Path(__file__).parents[2]
ALL = list(PLANTERS.values())


def history(days: int) -> History:
    return History(START, START + dt.timedelta(days=days - 1), {}, frozenset())


def test_episodes_are_as_long_as_the_history_allows() -> None:
    around = 14 + STARTS_WITHIN - 1 + GRACE_DAYS
    longest = {order.planter.id: order.level.days for order in orders(Plan(ALL), history(200), 14)}
    assert longest["low-and-slow"] == PLANTERS["low-and-slow"].levels["low"].days
    capped = orders(Plan(ALL), history(around + 10), 14)
    assert max(order.level.days for order in capped) == 10
    assert [order.level.days for order in capped] == sorted((order.level.days for order in capped), reverse=True)
    assert len({order.label for order in capped}) == len(capped) == 3 * 5 * len(ALL)
    quick = orders(Plan.quick(ALL, 1), history(200), 14)
    assert {order.intensity for order in quick} == {"medium"}
    assert max(order.level.days for order in quick) == campaign.QUICK_DAYS
    with pytest.raises(UsageError, match=f"{around} judged days are too few"):
        orders(Plan(ALL), history(around), 14)


def target(label: str, *accounts: str, records: frozenset[str] = frozenset()) -> ExpectedAlert:
    return ExpectedAlert(label, frozenset(accounts), records, DAY, DAY + dt.timedelta(days=3))


def named(user: str | None, *patterns: str, patient: str | None = None) -> dict[str, object]:
    return {"user_id": user, "patient_id": patient, "patterns": list(patterns)}


def test_alerts_are_put_down_to_the_episodes_they_are_about() -> None:
    watch = Watch([target("1", "u1"), target("2", "u2", "u3"), target("3", "u4", records=frozenset({"p1"}))])
    watch.observe([named("u9", "x"), named(None, "x", patient="p2")], DAY)
    assert watch.decided == {}
    watch.observe([named("u3", "x", "y"), named(None, "z", patient="p1")], DAY + dt.timedelta(days=1))
    assert watch.decided == {"2": (DAY + dt.timedelta(days=1), ("x", "y")), "3": (DAY + dt.timedelta(days=1), ("z",))}
    assert not watch.is_over()
    watch.observe([named("u1", "x")], DAY + dt.timedelta(days=4))
    assert watch.is_over()
    assert watch.result()["1"] is None, "an alert after the days of grace"


def test_an_account_that_alerts_before_its_episode_is_no_trial() -> None:
    watch = Watch([target("1", "u1"), target("2", "u2")])
    watch.observe([named("u1")], DAY - dt.timedelta(days=1))
    assert watch.result() == {"2": None}


def test_what_is_told_to_the_judges() -> None:
    one, crowd = episode(label="1"), episode("celebrity", label="2")
    task = Copy(DAY - dt.timedelta(days=1), (one, crowd)).task(7, DAY + dt.timedelta(days=60))
    assert (task.dates[0], task.dates[-1]) == (DAY - dt.timedelta(days=1), one.end + dt.timedelta(days=GRACE_DAYS))
    assert [each.records for each in task.expected] == [frozenset(), frozenset({"p0", "p1", "p2", "p3"})]
    assert task.expected[0] == ExpectedAlert("1", frozenset({"u1"}), frozenset(), one.start, task.dates[-1])
    assert task.events.height == one.events.height + crowd.events.height
    short = Copy(DAY, (one,)).task(1, DAY + dt.timedelta(days=2))
    assert short.dates[-1] == DAY + dt.timedelta(days=2)


@pytest.mark.heavy
def test_few_accounts_of_different_units_in_each_copy(judged: Settings, tmp_path: Path) -> None:
    with reading(copy_published(judged, tmp_path / "base")) as connection:
        known = campaign.read_history(connection)
        result = Result(known)
        plan = Plan([PLANTERS["no-care-browsing"], PLANTERS["decoy-access"], PLANTERS["shared-out"]], repeats=1)
        copies = plan_copies(connection, judged, plan, known, result, Silent())
    room = max(1, int(campaign.ACCOUNTS_SHARE * result.accounts))
    for copy in copies:
        assert sum(len(one.accounts) for one in copy.episodes) <= room
        dates = copy.task(1, known.last).dates
        assert dates[0] == copy.first
        assert (copy.first - known.first).days >= LEARNING_DAYS
        assert all(copy.first <= one.start and one.end <= dates[-1] <= known.last for one in copy.episodes)
    assert {planter.id for planter, _ in result.left_out} == {"shared-out"}  # two accounts are more than 2 % here
    assert sum(len(copy.episodes) for copy in copies) + result.left_out.total() == 9


@pytest.mark.heavy
def test_a_night_alerts_at_the_thresholds_it_is_given(judged: Settings, tmp_path: Path) -> None:
    base = copy_published(judged, tmp_path / "base")
    with reading(base) as connection:
        last = campaign.read_history(connection).last
    given = {stream.id: 1234.5 for stream in STREAMS}
    with scratch_store(judged, base.parent, tmp_path / "again", last) as store:
        replay_night(store, judged, load_policies(judged), last, given)
        assert campaign.read_history(store.connection).limits[last] == given


@pytest.mark.heavy
def test_the_whole_drill_is_deterministic_and_only_reads(judged: Settings) -> None:
    before = fingerprint(judged.folder)
    plan = Plan([PLANTERS["decoy-access"], PLANTERS["maternity-slow"]], ("high",), repeats=1, seed=4)
    once, again = (drill(judged, plan, Silent(), jobs) for jobs in (1, 2))
    assert fingerprint(judged.folder) == before
    assert [one.episode.order.planter.id for one in once.outcomes] == ["decoy-access", "maternity-slow"]
    told = [
        [(one.episode.accounts, one.alerted_on, one.patterns, one.exposed) for one in run.outcomes]
        for run in (once, again)
    ]
    assert told[0] == told[1]
    decoy = once.outcomes[0]
    assert decoy.caught
    assert decoy.delay_days == 0
    assert decoy.named_right


@pytest.mark.heavy
def test_the_command_writes_rows_for_machines(judged: Settings) -> None:
    call = [sys.executable, "-m", "detector", "-c", str(judged.folder), "drill", "--pattern", "self-lookup"]
    call += ["--pattern", "celebrity", "--repeats", "1", "--quiet", "--format", "ndjson"]
    done = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["episode"], row["planted"]) for row in rows] == [("celebrity", 0)] * 3 + [("self-lookup", 1)] * 3
    assert all(row["caught"] == 1 and row["delay_days"] == 0 for row in rows[3:])
    assert not any(row["smallest_caught"] for row in rows), "one episode says nothing about nine in ten"
    assert rows[0]["share"] is None
