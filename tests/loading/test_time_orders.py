"""The order of day and month: settled by the whole source, its rows taken in once, whenever that is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.loading.events import LoadSummary, load_events
from detector.loading.time_orders import order_rows
from detector.night.dates import late_rows
from detector.store import open_store, verify_store
from tests.site_folder import HEADER, Deployment, row

START = dt.datetime(2026, 12, 1, 2, tzinfo=dt.UTC)
OPEN = "06/07/2026 14:05"
DAY = "13/06/2026 14:05"
MONTH = "06/13/2026 14:05"


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def line(number: int, time: str) -> str:
    return f"e{number},{time},u1,p1,view"


def load(site: Deployment) -> LoadSummary:
    settings = site.settings()
    with open_store(settings, threads=1) as store:
        return load_events(store, settings, start=START)


def times(site: Deployment) -> dict[str, str]:
    return dict(site.query("select event_id[5:], strftime(local_time, '%m-%d %H:%M') from events order by all"))


def reasons(site: Deployment) -> list[str]:
    return [reason.partition(";")[0] for _, _, reason, _ in site.quarantine()]


def test_the_last_file_settles_it_for_all_and_its_rows_are_of_this_run(site: Deployment) -> None:
    site.write("a.csv", line(1, OPEN), line(2, OPEN), row(3))
    site.write("b.csv", line(4, "07/06/2026 14:05"), line(5, DAY))
    summary = load(site)
    assert times(site) == {
        "e1": "07-06 14:05", "e2": "07-06 14:05", "e3": "06-01 00:03", "e4": "06-07 14:05", "e5": "06-13 14:05",
    }  # fmt: skip
    assert site.quarantine() == []
    assert (summary.accepted, summary.quarantined, summary.released) == (5, 0, 0)
    assert site.counts() == [("a.csv", 3, 3, 0, 0), ("b.csv", 2, 2, 0, 0)]
    assert all(check.passed for check in verify_store(site.settings()))


def test_nothing_settles_it_and_a_later_night_does(site: Deployment) -> None:
    site.write("a.csv", line(1, OPEN), line(1, OPEN), row(2))
    assert load(site).quarantined == 2
    assert reasons(site) == ["the order of day and month is not settled"] * 2
    site.write("b.csv", line(3, MONTH))
    summary = load(site)
    assert (summary.accepted, summary.quarantined, summary.released) == (1, 0, 2)
    assert times(site) == {"e1": "06-07 14:05", "e2": "06-01 00:02", "e3": "06-13 14:05"}
    assert site.counts() == [("a.csv", 3, 2, 1, 0), ("b.csv", 1, 1, 0, 0)]
    with open_store(site.settings(), threads=1) as store:
        assert late_rows(store, 400, dt.date(2026, 7, 1)).dates == tuple(dt.date(2026, 6, day) for day in (1, 7, 13))
    assert load(site).released == 0


def test_a_settled_order_counts_at_once(site: Deployment) -> None:
    site.write("a.csv", line(1, DAY))
    load(site)
    site.write("b.csv", line(2, OPEN))
    assert load(site).accepted == 1
    assert times(site)["e2"] == "07-06 14:05"
    with open_store(site.settings(), threads=1) as store:
        (settled,) = order_rows(store.connection, site.settings().sources[0])
    assert (settled.time_order, settled.row_number, settled.event_time) == ("day_first", 1, DAY)
    assert settled.path.endswith("a.csv")


@pytest.mark.parametrize("in_one_file", [True, False])
def test_rows_that_contradict_each_other_settle_nothing_until_time_format_does(
    site: Deployment, *, in_one_file: bool
) -> None:
    if in_one_file:
        site.write("a.csv", line(1, DAY), line(2, OPEN), line(3, MONTH))
    else:
        site.write("a.csv", line(1, DAY), line(2, OPEN))
        site.write("b.csv", line(3, MONTH))
    assert load(site).accepted == 0
    assert reasons(site) == ["the order of day and month is not settled"] * 3
    site.source += 'time_format = "%d/%m/%Y %H:%M"\n'
    load(site)
    assert times(site) == {"e1": "06-13 14:05", "e2": "07-06 14:05"}
    assert reasons(site) == ["event_time does not fit the order of day and month"]


def test_a_later_contradiction_ends_it_from_its_chunk_on(site: Deployment) -> None:
    site.write("a.csv", line(1, DAY), line(2, OPEN))
    load(site)
    site.write("b.csv", line(3, OPEN), line(4, MONTH))
    assert load(site).quarantined == 2
    assert sorted(times(site)) == ["e1", "e2"]


def test_time_format_takes_in_rows_whose_file_is_gone(site: Deployment) -> None:
    path = site.write("a.csv", line(1, OPEN), line(2, OPEN))
    site.write("b.csv", row(3))
    load(site)
    path.unlink()
    site.source += 'time_format = ["%m/%d/%Y %H:%M"]\n'
    assert load(site).released == 2
    assert times(site)["e1"] == "06-07 14:05"


def test_a_provisional_end_is_taken_in_as_well_and_may_grow(site: Deployment) -> None:
    path = site.write("a.csv", line(1, DAY), line(2, OPEN))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    load(site)
    assert sorted(times(site)) == ["e1", "e2"]
    assert site.counts() == [("a.csv", 2, 2, 0, 0)]
    path.write_bytes(path.read_bytes() + b"\n" + line(3, OPEN).encode() + b"\n")
    load(site)
    assert sorted(times(site)) == ["e1", "e2", "e3"]
    assert site.counts() == [("a.csv", 3, 3, 0, 0)]
    assert all(check.passed for check in verify_store(site.settings()))


def test_what_waits_for_its_order_may_wait_for_its_time_after_that(site: Deployment) -> None:
    site.write("a.csv", line(1, "06/07/2027 14:05"), line(2, DAY))
    assert load(site).accepted == 1
    assert reasons(site)[0].startswith("future: ")
    assert site.query("select waits_for from waiting_rows") == [("time",)]


def test_rows_wrong_in_another_way_do_not_wait(site: Deployment) -> None:
    site.write("a.csv", f"e1,{OPEN},,p1,view", f"e2,{OPEN},u1,p1,teleport", line(3, OPEN), header=HEADER)
    load(site)
    assert [reason.partition(":")[0].partition(";")[0] for _, _, reason, _ in site.quarantine()] == [
        "no user_id", "unknown action", "the order of day and month is not settled",
    ]  # fmt: skip


def test_a_year_that_no_event_can_have_settles_nothing(site: Deployment) -> None:
    site.write("a.csv", line(1, OPEN), line(2, "31/12/9999 00:00"))
    assert load(site).accepted == 0
    assert reasons(site) == ["the order of day and month is not settled"] * 2
