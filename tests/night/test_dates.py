"""Which business dates a night judges, and which late rows it takes in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.loading.events import load_events
from detector.night.dates import Judgement, late_rows, newest_judgement, night_dates
from detector.store import Store, open_store
from detector.store.judged_dates import last_judged
from tests.site_folder import Deployment

JUNE = dt.date(2026, 6, 1)


def day(number: int) -> dt.date:
    return JUNE + dt.timedelta(days=number - 1)


def event(name: str, date: dt.date) -> str:
    return f"{name},{date} 08:00:00,u1,p1,view"


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    site = Deployment(tmp_path)
    site.write("a.csv", *(event(f"e{number}", day(number)) for number in (3, 4, 6)))
    return site


def judged(store: Store, *dates: dt.date, late: bool = False) -> None:
    """Note these dates as judged on everything that has been loaded so far."""
    with store.transaction():
        for date in dates:
            store.connection.execute(
                "insert into dates by name select $date as business_date,"
                " (select coalesce(max(part_id), 0) from event_parts) as part_watermark, 0 as accounts, 0 as accesses,"
                " 0 as patient_days, 0 as explained, 0 as suspicious,"
                " 1 as events, 0 as events_without_patient, $late as late",
                {"date": date, "late": late},
            )


def test_late_are_rows_that_came_after_their_night_until_their_dates_are_purged(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        assert late_rows(store, 180).dates == ()
        judged(store, day(3), day(4))
        assert last_judged(store.connection) == day(4)
        assert late_rows(store, 180).dates == ()
        site.write("late.csv", event("late1", day(4)), event("late2", day(3)), event("next", day(5)))
        site.write("older.csv", event("older", day(1)))
        load_events(store, settings)
        assert late_rows(store, 180).dates == (day(1), day(3), day(4))
        kept = late_rows(store, 1)
        assert kept.dates == (day(3), day(4))
        assert (kept.too_old, kept.oldest, kept.newest) == (1, day(1), day(1))


def test_rows_before_the_first_night_are_late_as_well(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        assert late_rows(store, 180, begin=day(6)).dates == (day(3), day(4))


def test_an_ordinary_night_judges_its_date_and_those_due_again_within_the_history(site: Deployment) -> None:
    with open_store(site.settings()) as store:
        load_events(store, site.settings())
        assert night_dates(store.connection, day(3)).judgements == (Judgement(day(3), (day(3),), (day(3),), (day(3),)),)
        judged(store, day(3), day(4), day(5))
        night = night_dates(store.connection, day(6))
        assert night.judgements == (Judgement(day(6), (day(3), day(5), day(6)), (day(3), day(5), day(6)), (day(6),)),)
        assert night.first == day(3)


def test_a_late_date_is_judged_at_the_ends_at_which_a_run_in_time_would_have(site: Deployment) -> None:
    with open_store(site.settings()) as store:
        judged(store, *(day(number) for number in range(1, 21)))
        night = night_dates(store.connection, day(21), [day(18)])
        assert [(one.as_of, one.scored, one.asked) for one in night.judgements] == [
            (day(18), (day(11), day(15), day(18)), (day(18),)),
            (day(19), (day(12), day(16)), ()),
            (day(20), (day(13), day(17), day(19)), ()),
            (day(21), (day(14), day(18), day(20), day(21)), (day(21),)),
        ]
        assert night.judged == tuple(day(number) for number in (11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21))


def test_a_date_without_events_is_not_judged_again(site: Deployment) -> None:
    with open_store(site.settings()) as store:
        judged(store, *(day(number) for number in range(1, 21)))
        store.connection.execute("update dates set events = 0 where business_date in (?, ?)", [day(18), day(20)])
        assert night_dates(store.connection, day(21)).judged == (day(14), day(21))


def test_where_no_date_is_due_the_late_ones_are_judged_alone(site: Deployment) -> None:
    with open_store(site.settings()) as store:
        judged(store, *(day(number) for number in range(1, 21)))
        night = night_dates(store.connection, day(20), [day(20)], is_new=False)
        assert night.judgements == (
            Judgement(day(20), (day(13), day(17), day(19), day(20)), (day(13), day(17), day(19), day(20)), (day(20),)),
        )
        long_ago = night_dates(store.connection, day(20), [day(2)], is_new=False)
        assert [one.as_of for one in long_ago.judgements] == [day(2), day(8), day(9)]
        assert long_ago.judgements[-1].scored == (day(2),)


def test_dates_whose_events_are_gone_are_not_judged(site: Deployment) -> None:
    with open_store(site.settings()) as store:
        judged(store, *(day(number) for number in range(1, 31)))
        night = night_dates(store.connection, day(30), [day(15)], is_new=False, keep_days=16)
        assert min(night.judged) == day(14)


def test_the_history_does_not_begin_earlier_for_late_rows(site: Deployment) -> None:
    with open_store(site.settings()) as store:
        judged(store, day(1), late=True)
        judged(store, day(5), day(6))
        assert night_dates(store.connection, day(7)).first == day(5)


def test_a_date_is_judged_at_its_own_end_and_one_three_and_seven_days_later() -> None:
    assert [newest_judgement(day(1), day(number)) for number in range(1, 10)] == [
        day(number) for number in (1, 2, 2, 4, 4, 4, 4, 8, 8)
    ]
