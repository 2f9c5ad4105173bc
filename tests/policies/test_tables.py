"""What policies read of a night, and what it leaves for the next."""

import datetime as dt

import pytest

from detector.detection import night_tables
from detector.policies import tables
from tests.policies.worlds import NIGHT, connection_of, event


def before(days):
    return str(NIGHT - dt.timedelta(days=days))


@pytest.fixture
def night():
    connection = connection_of(
        "external-network",
        [
            event(f"{before(7)} 10:00:00", "a", "p1"),
            event(f"{before(6)} 10:00:00", "a", "p1"),
            event("10:00:00", "a", "p1", client_ip="10.0.0.1"),
            event("09:00:00", "a", action="login", client_ip="203.0.113.9"),
            event("09:30:00", "b", "p2", "other", client_ip="no address"),
        ],
        approvals=[
            {"user_id": "a", "start": before(3), "end": str(NIGHT), "reason": "pull"},
            {"user_id": "b", "start": before(3), "end": before(1), "reason": "over"},
        ],
    )
    yield connection
    connection.close()


def rows(connection, sql):
    return connection.execute(sql).fetchall()


@pytest.mark.parametrize("copied", [0, tables.COPIED_EVENTS])
def test_the_night_with_what_is_an_access(night, monkeypatch, copied):
    """Read from the parts, or from a copy."""
    monkeypatch.setattr(tables, "COPIED_EVENTS", copied)
    tables.create_night_events(night, NIGHT)
    assert rows(night, "select event_id, is_access from night_events order by local_time, event_id") == [
        ("log:4", False), ("log:5", False), ("log:3", True),
    ]  # fmt: skip


def test_patient_days_of_a_week_and_of_the_night(night):
    found = "select business_date from {} order by all"
    assert [str(date) for (date,) in rows(night, found.format("recent_patient_days"))] == [before(6), str(NIGHT)]
    assert [str(date) for (date,) in rows(night, found.format("night_patient_days"))] == [str(NIGHT)]


def test_approvals_in_force_and_addresses_that_are_not_the_sites(night):
    assert rows(night, "select user_id, reason from approvals_on") == [("a", "pull")]
    assert rows(night, "from addresses order by all") == [
        ("10.0.0.1", False), ("203.0.113.9", True), ("no address", False),
    ]  # fmt: skip


def test_accounts_were_last_seen_before_the_night_until_it_is_over(night):
    seen = "select user_id, first_seen_on::varchar, last_seen_on::varchar from {} order by all"
    assert rows(night, seen.format("accounts")) == [("a", before(7), before(6)), ("b", str(NIGHT), None)]
    tables.update_account_spans(night)
    spans = [("a", before(7), str(NIGHT)), ("b", str(NIGHT), str(NIGHT))]
    assert rows(night, seen.format("account_spans")) == spans
    night_tables.prepare(night, NIGHT, [NIGHT - dt.timedelta(days=6)])
    tables.update_account_spans(night)
    assert rows(night, seen.format("account_spans")) == spans, "a date that is scored again narrows no span"


def test_hours_of_dates_scored_again_are_counted_anew(night):
    counted = "select business_date::varchar, hour, events from source_hours order by all"
    expected = [(before(7), 10, 1), (before(6), 10, 1), (str(NIGHT), 9, 2), (str(NIGHT), 10, 1)]
    assert rows(night, counted) == expected
    tables.update_source_hours(night, NIGHT)
    assert rows(night, counted) == expected


def test_events_behind_what_fired_on_a_date_are_kept(night):
    tables.create_policy_events(night)
    night.execute(
        "insert into policy_days by name select date '2026-03-20' as business_date, 'x' as policy_id, 'x' as pattern,"
        " 'low' as severity, true as alert, 'account' as subject, 'a' as user_id, 1 as patients, 1 as records,"
        " 1 as accesses, ['log:3', 'log:1', 'gone'] as event_ids, '{}' as reason_values, '' as reason_zh,"
        " '' as reason_en"
    )
    tables.add_policy_events(night, NIGHT - dt.timedelta(days=1))
    assert rows(night, "from policy_events") == []
    tables.add_policy_events(night, NIGHT)
    assert rows(night, "select event_id, patient_id from policy_events") == [("log:3", "p1")]


def test_rows_that_come_after_their_date_was_judged_are_late(night):
    night.execute("insert into dates by name select date '2026-03-18' as business_date, 0 as part_watermark,"
                  " 0 as accounts, 0 as accesses, 0 as patient_days, 0 as explained, 0 as suspicious, 0 as events,"
                  " 0 as events_without_patient")  # fmt: skip
    late = dt.date(2026, 3, 18)

    def come(events, by):
        more = [f"('e{by}-{number}')" for number in range(events)]
        night.execute(f"insert into events by name select 'x:' || id as event_id, 'x' as source, date '{late}' as "
                      f"business_date, timestamp '{late} 10:00:00' as local_time, 'u' as user_id, 'view' as action, "
                      f"'success' as outcome from (values {', '.join(more)}) as new (id)")  # fmt: skip
        night_tables.prepare(night, by, [late])
        tables.update_source_hours(night, by)
        return rows(night, "from source_delays")

    assert come(10, dt.date(2026, 3, 19)) == [("x", late, 1)]
    assert come(1, dt.date(2026, 3, 22)) == [("x", late, 1)], "one row of ten is no delay"
    assert come(10, dt.date(2026, 3, 25)) == [("x", late, 7)]


@pytest.mark.parametrize(
    ("delays", "expected"),
    [
        ({}, (0, False)),
        ({1: 1, 3: 1}, (0, False)),
        ({1: 1, 3: 1, 6: 1}, (1, True)),
        ({1: 3, 3: 2, 6: 1}, (1, True)),
        ({1: 3, 3: 2, 5: 2, 6: 1}, (2, True)),
        ({9: 1, 10: 1, 11: 1}, (1, True)),
        ({1: 0, 7: 6, 14: 6, 21: 6, 15: 5, 8: 5}, (6, True)),
    ],
)
def test_a_delay_is_a_habit_by_the_newest_dates_or_the_nights_that_brought_rows(night, delays, expected):
    for number in range(28):
        night.execute("insert into source_hours values ('x', ?, 9, 5)", [NIGHT - dt.timedelta(days=number)])
    for number, days in delays.items():
        night.execute("insert into source_delays values ('x', ?, ?)", [NIGHT - dt.timedelta(days=number), days])
    tables.update_source_habits(night, NIGHT)
    found = "select delay_days, settled, due_on from source_habits where source = 'x'"
    assert rows(night, found) == [(*expected, NIGHT - dt.timedelta(days=expected[0]))]


def test_of_few_dates_a_like_share_is_a_habit_that_is_not_settled(night):
    night.execute("insert into source_hours values ('x', ?, 9, 5)", [NIGHT - dt.timedelta(days=7)])
    night.execute("insert into source_delays values ('x', ?, 7)", [NIGHT - dt.timedelta(days=7)])
    tables.update_source_habits(night, NIGHT)
    assert rows(night, "select delay_days, settled from source_habits where source = 'x'") == [(7, False)]
