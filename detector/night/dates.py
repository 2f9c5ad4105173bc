"""The business dates that a run works on: those due, those that late rows came for, those to be judged again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from detector.database.queries import sql_text
from detector.detection.night_tables import REJUDGE_AFTER_DAYS
from detector.store import Store

ONE_DAY: Final = dt.timedelta(days=1)
FIRST_DATE: Final = """
select min(first_date) from (select first_date from event_parts union all select first_date from purged_parts)
"""
"""The first business date of the history, that of purged events included."""


@dataclass(frozen=True, slots=True)
class NightDates:
    """The business dates of one night.

    ``date`` is the one that is judged for the first time; ``late`` are judged dates for which rows came afterwards;
    ``judged`` are both and those to be judged again, in order; ``first`` is where the history begins.
    """

    date: dt.date
    late: tuple[dt.date, ...]
    judged: tuple[dt.date, ...]
    first: dt.date

    @property
    def with_new_rows(self) -> list[dt.date]:
        """The dates that have rows no night has seen, in order."""
        return sorted({self.date, *self.late})


def due_dates(store: Store, through: dt.date | None) -> list[dt.date]:
    """Return the unprocessed business dates up to ``through``, in order.

    By itself a date is judged once some source has an event after its end; asked for by name, as soon as it has any.
    """
    row = store.connection.execute(
        "select min(first_date), max(last_date), (select max(business_date) from dates) from event_parts"
    ).fetchall()[0]
    first, newest, done = row
    if first is None:
        return []
    last = newest - ONE_DAY if through is None else min(through, newest)
    start = done + ONE_DAY if done else first
    return [start + ONE_DAY * number for number in range(max(0, (last - start).days + 1))]


def dates_with_late_rows(store: Store, keep_days: int) -> list[dt.date]:
    """Return the judged dates for which rows were loaded after they had been judged, in order.

    Dates whose events were purged, more than ``keep_days`` before the last one judged, are left as they are: one more
    row of such a day is not the day.
    """
    connection = store.connection
    watermark, done = connection.execute("select max(part_watermark), max(business_date) from dates").fetchall()[0]
    if done is None:
        return []
    paths = [
        str(store.folder / row[0])
        for row in connection.execute(
            "select path from event_parts where part_id > ? and first_date <= ? order by part_id", [watermark, done]
        ).fetchall()
    ]
    if not paths:
        return []
    rows = connection.execute(
        "select distinct business_date from read_parquet($paths)"
        " where business_date between $oldest and $done order by all",
        {"paths": paths, "done": done, "oldest": done - dt.timedelta(days=keep_days)},
    ).fetchall()
    return [row[0] for row in rows]


def night_dates(connection: duckdb.DuckDBPyConnection, date: dt.date, late: Sequence[dt.date] = ()) -> NightDates:
    """Return the dates of the night that judges ``date`` for the first time, with ``late`` rows of earlier dates."""
    first: dt.date = connection.execute(FIRST_DATE).fetchall()[0][0]
    again = {date - dt.timedelta(days=days) for days in REJUDGE_AFTER_DAYS}
    judged = sorted({date, *late, *(day for day in again if day >= first)})
    return NightDates(date, tuple(late), tuple(judged), first)


def last_judged(connection: duckdb.DuckDBPyConnection) -> dt.date | None:
    """Return the newest business date that was judged, or None where none was."""
    newest: dt.date | None = connection.execute("select max(business_date) from dates").fetchall()[0][0]
    return newest


def record_dates(connection: duckdb.DuckDBPyConnection, dates: NightDates, thresholds: Mapping[str, float]) -> None:
    """Write the rows of ``dates``: counts by state, the newest event part seen, the night's alert ``thresholds``.

    A date judged again keeps the thresholds of the night that judged it first. Reads the views ``events`` and
    ``patient_days``, which must cover the judged dates, and ``log_accounts``.
    """
    watermark = connection.execute("select coalesce(max(part_id), 0) from event_parts").fetchall()[0][0]
    for day in dates.judged:
        earlier = connection.execute("select thresholds from dates where business_date = ?", [day]).fetchall()
        kept = earlier[0][0] if earlier else None
        connection.execute("delete from dates where business_date = ?", [day])
        connection.execute(
            "insert into dates by name " + sql_text("night", "dates.sql"),
            {
                "day": day,
                "watermark": watermark,
                "thresholds": json.dumps(thresholds) if day == dates.date else kept,
            },
        )
