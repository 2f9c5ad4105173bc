"""Rows dated after the run: set aside once, and events as soon as they can have happened."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.loading.events import LoadSummary, load_events
from detector.loading.waiting_rows import future_clocks, latest_time
from detector.store import open_store, verify_store
from tests.site_folder import NO_ID_HEADER, Deployment, row

JUNE = dt.datetime(2026, 6, 2, 2, tzinfo=dt.UTC)
AHEAD = "a9,2026-06-25 08:00:00,u9,p9,view"


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def load(site: Deployment, start: dt.datetime = JUNE) -> LoadSummary:
    settings = site.settings()
    with open_store(settings, threads=1) as store:
        summary = load_events(store, settings, start=start)
        store.publish()
    return summary


def counts(site: Deployment) -> list[tuple[int, ...]]:
    return site.query("select rows_read, accepted, duplicates, quarantined from files order by file_id")


def test_a_day_after_the_start_is_the_latest_time() -> None:
    wall = "2026-06-03T02:00:00"
    assert latest_time(JUNE).isoformat() == wall
    assert latest_time(JUNE.astimezone(dt.timezone(dt.timedelta(hours=8)))).isoformat() == wall


def test_a_row_within_a_day_is_an_event_and_a_later_one_waits(site: Deployment) -> None:
    site.write("a.csv", row(1), "b1,2026-06-03 10:00:00,u1,p1,view", "b2,2026-06-03 10:00:01,u1,p1,view")
    load(site)
    assert site.ids() == ["b1", "e1"]
    ((_, _, reason, raw),) = site.quarantine()
    assert reason.startswith("future: ")
    assert raw.startswith("b2,")


def test_it_becomes_an_event_in_the_first_run_whose_start_has_come_near(site: Deployment) -> None:
    site.write("a.csv", row(1), AHEAD, row(2))
    assert load(site).quarantined == 1
    with open_store(site.settings()) as store:
        (clock,) = future_clocks(store)
    assert (clock.user_id, clock.events, clock.first_on) == ("u9", 1, dt.date(2026, 6, 25))
    again = load(site, JUNE + dt.timedelta(days=10))
    assert (again.released, again.quarantined) == (0, 0)
    assert load(site, JUNE + dt.timedelta(days=22)).released == 1
    assert site.ids() == ["a9", "e1", "e2"]
    assert site.quarantine() == []
    assert counts(site) == [(3, 3, 0, 0)]
    assert site.query(
        "select file_id, row_number, user_id, local_time::varchar, raw from events where user_id = 'u9'"
    ) == [(1, 2, "u9", "2026-06-25 08:00:00", AHEAD)]
    assert site.query("select count(*) from waiting_rows") == [(0,)]
    assert all(check.passed for check in verify_store(site.settings()))
    assert load(site, JUNE + dt.timedelta(days=23)).released == 0


def test_rows_without_an_id_are_the_same_events_as_if_they_had_come_in_time(site: Deployment, tmp_path: Path) -> None:
    lines = ("2026-06-25 08:00:00,u9,p9,view", "2026-06-25 08:00:00,u9,p9,view", "2026-06-01 08:00:00,u1,p1,view")
    in_time = Deployment(tmp_path / "in-time")
    for one in (site, in_time):
        one.write("a.csv", *lines, header=NO_ID_HEADER)
    load(in_time, JUNE + dt.timedelta(days=30))
    load(site)
    load(site, JUNE + dt.timedelta(days=30))
    assert site.ids() == in_time.ids()


def test_the_same_row_of_another_file_counts_once_and_is_a_duplicate_in_the_end(site: Deployment) -> None:
    site.write("a.csv", row(1), AHEAD)
    assert load(site).future_again == 0
    site.write("b.csv", row(2), AHEAD)
    found = load(site)
    assert (found.quarantined, found.future_again) == (1, 1)
    load(site, JUNE + dt.timedelta(days=30))
    assert site.ids() == ["a9", "e1", "e2"]
    assert counts(site) == [(2, 2, 0, 0), (2, 1, 1, 0)]


def test_a_provisional_end_is_released_when_it_has_been_read_again(site: Deployment) -> None:
    path = site.write("a.csv", row(1), AHEAD)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    load(site)
    later = JUNE + dt.timedelta(days=30)
    path.write_bytes(path.read_bytes() + b"\n" + row(2).encode() + b"\n")
    load(site, later)
    load(site, later)
    assert site.ids() == ["a9", "e1", "e2"]
    assert counts(site) == [(3, 3, 0, 0)]


def test_what_is_wrong_in_another_way_stays_in_quarantine(site: Deployment) -> None:
    site.write("a.csv", "a1,2031-06-25 08:00:00,,p1,view", "a2,2031-06-25 08:00:00,u1,p1,view")
    load(site)
    assert [reason.partition(":")[0] for _, _, reason, _ in site.quarantine()] == ["no user_id", "future"]
