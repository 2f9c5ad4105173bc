"""Which dates are over: several accounts decide, and no single row moves a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest

from detector.loading.events import load_events
from detector.night.due_dates import DueDates, backlog, due_dates, enough_accounts
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import Store, open_published, open_store
from detector.store.judged_dates import last_judged
from tests.night.test_dates import day, judged
from tests.site_folder import Deployment

Work = Iterable[tuple[int, int]]
"""Day, and how many accounts work on it."""


def site_of(folder: Path, work: Work, *strays: tuple[str, int]) -> Deployment:
    """Write the log of a deployment, with one row each of ``strays`` (account, day)."""
    site = Deployment(folder)
    rows = [(f"u{number}", date) for date, accounts in work for number in range(accounts)] + list(strays)
    site.write("a.csv", *(f"e{n},{day(date)} 08:00:00,{user},p1,view" for n, (user, date) in enumerate(rows)))
    return site


def due(site: Deployment, through: dt.date | None = None, *, done: int | None = None, daily: bool = False) -> DueDates:
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        if done is not None and last_judged(store.connection) is None:
            note_judged(store, done)
        return due_dates(store, through, {"his"} if daily else ())


def note_judged(store: Store, last: int) -> None:
    judged(store, *(day(number) for number in range(1, last + 1)))
    store.connection.execute(
        "insert into account_spans by name select user_id, min(business_date) as first_seen_on, max(business_date)"
        " as last_seen_on from events where business_date <= $last group by user_id",
        {"last": day(last)},
    )


def days(first: int, last: int) -> tuple[dt.date, ...]:
    return tuple(day(number) for number in range(first, last + 1))


@pytest.mark.parametrize(
    ("active", "enough"),
    [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (15, 3), (150, 3), (151, 4), (10_000, 200)],
)
def test_three_accounts_or_two_per_cent_or_half_of_a_few(active: int, enough: int) -> None:
    assert enough_accounts(active) == enough


@pytest.mark.parametrize("accounts", [1, 2, 3, 15, 400])
def test_a_date_is_over_once_enough_accounts_have_events_after_it(tmp_path: Path, accounts: int) -> None:
    site = site_of(tmp_path, [(number, accounts) for number in range(1, 6)])
    assert due(site).dates == days(1, 4)
    assert due(site, day(5)).dates == days(1, 5)
    assert due(site, day(3)).dates == days(1, 3)
    late = due(site, day(9))
    assert (late.dates, late.held_back, late.newest) == (days(1, 5), day(9), day(5))


FURTHER = (-40, -10, 40, 150)


@pytest.mark.parametrize("accounts", [3, pytest.param(15, marks=pytest.mark.heavy), 400])
@pytest.mark.parametrize("stray", [-20_000, *(pytest.param(days, marks=pytest.mark.heavy) for days in FURTHER), 22])
@pytest.mark.parametrize("done", [None, 3])
def test_one_row_moves_no_date(tmp_path: Path, accounts: int, stray: int, done: int | None) -> None:
    clean = due(site_of(tmp_path / "clean", [(number, accounts) for number in range(1, 6)]), done=done)
    site = site_of(tmp_path / "stray", [(number, accounts) for number in range(1, 6)], ("u0", stray))
    found = due(site, done=done)
    assert (found.dates, found.begin) == (clean.dates, clean.begin)
    assert found.dates == (days(1, 4) if done is None else days(4, 4))
    assert [(clock.user_id, clock.last_on) for clock in found.clocks] == ([("u0", day(stray))] if stray > 0 else [])
    assert due(site, day(stray) if stray > 0 else day(5), done=done).dates[-1] == day(5)


def test_weeks_of_one_wrong_clock_move_no_date(tmp_path: Path) -> None:
    strays = [("u0", number) for number in range(30, 70)]
    found = due(site_of(tmp_path, [(number, 15) for number in range(1, 6)], *strays))
    assert (found.dates, found.newest) == (days(1, 4), day(5))
    assert (found.clocks[0].events, found.clocks[0].first_on) == (40, day(30))


def test_few_work_at_weekends_and_those_dates_are_judged_with_the_next_busy_one(tmp_path: Path) -> None:
    weekend = [(1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 1), (7, 1)]
    site = site_of(tmp_path / "to-sunday", weekend)
    assert (due(site).dates, due(site).clocks) == (days(1, 4), ())
    site = site_of(tmp_path / "to-monday", [*weekend, (8, 6)])
    assert due(site).dates == days(1, 7)


def test_a_daily_source_brings_whole_days(tmp_path: Path) -> None:
    site = site_of(tmp_path, [(number, 5) for number in range(1, 4)], ("u1", 9))
    assert due(site, daily=True).dates == days(1, 3)
    assert due(site).dates == days(1, 2)


def test_nights_begin_where_a_second_busy_date_follows_within_four_weeks(tmp_path: Path) -> None:
    site = site_of(tmp_path, [(1, 5), (50, 5), (60, 5), (61, 5)])
    assert due(site).begin == day(50)
    assert due(site).dates == days(50, 60)


def test_one_date_alone_begins_nothing_unless_it_is_asked_for(tmp_path: Path) -> None:
    site = site_of(tmp_path, [(1, 5)])
    found = due(site, daily=True)
    assert (found.dates, found.has_begun) == ((), False)
    assert due(site, day(1)).dates == (day(1),)


def test_a_hospital_that_became_small_goes_on(tmp_path: Path) -> None:
    work = [(number, 400) for number in range(1, 5)] + [(number, 4) for number in range(5, 40)]
    assert due(site_of(tmp_path, work)).dates == days(1, 38)


def test_after_weeks_of_silence_the_next_busy_dates_count(tmp_path: Path) -> None:
    work = [(number, 20) for number in range(1, 4)] + [(number, 20) for number in (90, 91)]
    assert due(site_of(tmp_path, work), done=60).dates == days(61, 90)


def test_no_events_no_dates(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    site.write("a.csv")
    assert due(site) == DueDates()


def test_the_backlog_is_what_is_over_and_not_judged(tmp_path: Path) -> None:
    settings = site_of(tmp_path, [(number, 5) for number in range(1, 6)], ("u0", 60)).settings()
    run_nights(settings, day(2), Silent())
    with open_published(settings) as published:
        assert backlog(published) == days(3, 4)
        assert backlog(published, {"his"}) == days(3, 5)
