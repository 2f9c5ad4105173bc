"""Which business dates a run works on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.loading.events import load_events
from detector.night.dates import NightDates, dates_with_late_rows, due_dates, last_judged, night_dates
from detector.store import Store, open_store
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


def judged(store: Store, *dates: dt.date) -> None:
    """Note these dates as judged on everything that has been loaded so far."""
    with store.transaction():
        for date in dates:
            store.connection.execute(
                "insert into dates by name select $date as business_date, (select max(part_id) from event_parts)"
                " as part_watermark, 0 as accounts, 0 as accesses, 0 as patient_days, 0 as explained, 0 as suspicious,"
                " 0 as events, 0 as events_without_patient",
                {"date": date},
            )


def test_a_date_is_due_once_an_event_came_after_its_end(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings) as store:
        assert due_dates(store, None) == []
        load_events(store, settings)
        assert due_dates(store, None) == [day(3), day(4), day(5)]
        assert due_dates(store, day(4)) == [day(3), day(4)]
        assert due_dates(store, day(30)) == [day(3), day(4), day(5), day(6)]
        assert last_judged(store.connection) is None
        judged(store, day(3), day(4))
        assert last_judged(store.connection) == day(4)
        assert due_dates(store, None) == [day(5)]
        assert due_dates(store, day(2)) == []


def test_late_rows_of_judged_dates_are_found_until_their_events_are_purged(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        assert dates_with_late_rows(store, 180) == []
        judged(store, day(3), day(4))
        assert dates_with_late_rows(store, 180) == []
        site.write("late.csv", event("late1", day(4)), event("late2", day(3)), event("next", day(5)))
        site.write("older.csv", event("older", day(1)))
        load_events(store, settings)
        assert dates_with_late_rows(store, 180) == [day(1), day(3), day(4)]
        assert dates_with_late_rows(store, 1) == [day(3), day(4)]


def test_a_night_judges_its_date_late_ones_and_those_due_again_within_the_history(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        assert night_dates(store.connection, day(6)) == NightDates(day(6), (), (day(3), day(5), day(6)), day(3))
        late = night_dates(store.connection, day(20), [day(4), day(17)])
        assert late.judged == (day(4), day(13), day(17), day(19), day(20))
        assert late.with_new_rows == [day(4), day(17), day(20)]
        store.connection.execute(
            "insert into purged_parts values ($day, 99, 1, 'events/00000099.parquet', 1, $day)", {"day": day(1)}
        )
        assert night_dates(store.connection, day(6)).first == day(1)
