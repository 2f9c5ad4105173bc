"""The business dates that a run works on: those due, those that late rows came for, those to be judged again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from detector.database.queries import sql_text
from detector.detection.night_tables import REJUDGE_AFTER_DAYS
from detector.detection.visibility import judged_from
from detector.store import Store
from detector.store.parts import paths_sql

ONE_DAY: Final = dt.timedelta(days=1)
JUDGED_AFTER_DAYS: Final = (0, *REJUDGE_AFTER_DAYS)
"""A date is judged at its own end and at the end of so many later dates."""
BEGIN: Final = "select min(business_date) from dates where not late"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Dates judged as they look at the end of ``as_of``.

    ``together`` are the dates whose events are read; ``scored`` those of them whose accesses are judged, in order;
    ``asked`` those that the policies are asked about: ``as_of`` or none.
    """

    as_of: dt.date
    together: tuple[dt.date, ...]
    scored: tuple[dt.date, ...]
    asked: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class NightDates:
    """The business dates of one night.

    ``date`` is the one that is judged for the first time, or, where ``is_new`` is false, the newest that was judged
    before: then only late rows are judged. ``late`` are dates for which rows came after they had been judged.
    ``judgements`` follow one another by date, that of the night the last. ``first`` is where the history begins.
    """

    date: dt.date
    late: tuple[dt.date, ...]
    judgements: tuple[Judgement, ...]
    first: dt.date
    is_new: bool = True

    @property
    def judged(self) -> tuple[dt.date, ...]:
        """All dates whose accesses are judged, in order."""
        return tuple(sorted({day for judgement in self.judgements for day in judgement.scored}))


@dataclass(frozen=True, slots=True)
class LateRows:
    """Rows that came after their dates had been judged: the ``dates`` to judge again, in order.

    ``too_old`` counts rows of dates whose events are no longer kept; they lie between ``oldest`` and ``newest``.
    """

    dates: tuple[dt.date, ...] = ()
    too_old: int = 0
    oldest: dt.date | None = None
    newest: dt.date | None = None


def late_rows(store: Store, keep_days: int, begin: dt.date | None = None) -> LateRows:
    """Return the rows that no night has seen, of dates before the last one judged or before the ``begin`` of nights.

    Dates more than ``keep_days`` before that are only counted: of their own events nothing is there any more.
    """
    connection = store.connection
    watermark, done = connection.execute(
        "select coalesce(max(part_watermark), 0), max(business_date) from dates"
    ).fetchall()[0]
    last = done if done is not None else begin - ONE_DAY if begin is not None else None
    if last is None:
        return LateRows()
    paths = [
        str(row[0])
        for row in connection.execute(
            "select path from event_parts where part_id > ? and first_date <= ? order by part_id", [watermark, last]
        ).fetchall()
    ]
    if not paths:
        return LateRows()
    rows = connection.execute(
        f"select business_date, count(*) from read_parquet({paths_sql(store.folder, paths)})"
        " where business_date <= $last group by all order by all",
        {"last": last},
    ).fetchall()
    kept_from = last - dt.timedelta(days=keep_days)
    old = [(day, count) for day, count in rows if day < kept_from]
    return LateRows(
        tuple(day for day, _ in rows if day >= kept_from),
        sum(count for _, count in old),
        old[0][0] if old else None,
        old[-1][0] if old else None,
    )


def night_dates(
    connection: duckdb.DuckDBPyConnection,
    date: dt.date,
    late: Iterable[dt.date] = (),
    *,
    is_new: bool = True,
    keep_days: int | None = None,
) -> NightDates:
    """Return the dates of the night that judges ``date`` for the first time, with ``late`` rows of earlier dates.

    A late date is judged as a run in time would have judged it: at its own end and, as they saw its rows too, at the
    ends of the next seven dates, as far as the night has come. Of the others, which were judged then as well, only
    those are judged again whose newest judgement it was. Dates more than ``keep_days`` back have no events to judge.
    """
    came_late = {day for day in late if day <= date}
    busy = {row[0] for row in connection.execute("select business_date from dates where events > 0").fetchall()}
    known = busy | {date} | came_late  # a date without events has nothing to judge again
    first: dt.date = connection.execute(BEGIN).fetchall()[0][0] or date
    oldest = date - dt.timedelta(days=keep_days) if keep_days is not None else dt.date.min
    ends = {day + ONE_DAY * number for day in came_late for number in range(max(JUDGED_AFTER_DAYS) + 1)}
    as_of = sorted({day for day in ends if day <= date} | ({date} if is_new else set()))
    judgements = (_judgement(day, date, known, came_late, oldest, is_new=is_new) for day in as_of)
    return NightDates(
        date,
        tuple(sorted(came_late)),
        tuple(judgement for judgement in judgements if judgement.scored or judgement.asked),
        first,
        is_new,
    )


def _judgement(
    as_of: dt.date,
    night: dt.date,
    known: Collection[dt.date],
    late: Collection[dt.date],
    oldest: dt.date,
    *,
    is_new: bool,
) -> Judgement:
    together = sorted(
        day for days in JUDGED_AFTER_DAYS if (day := as_of - dt.timedelta(days=days)) in known and day >= oldest
    )
    has_new_rows = as_of in late or (is_new and as_of == night)
    return Judgement(
        as_of,
        tuple(together),
        tuple(day for day in together if newest_judgement(day, night) == as_of or (has_new_rows and day == as_of)),
        (as_of,) if has_new_rows else (),
    )


def newest_judgement(day: dt.date, night: dt.date) -> dt.date:
    """Return the last date, up to ``night``, at whose end the accesses of ``day`` are judged."""
    return max(day + dt.timedelta(days=days) for days in JUDGED_AFTER_DAYS if day + dt.timedelta(days=days) <= night)


def used_thresholds(connection: duckdb.DuckDBPyConnection, date: dt.date) -> dict[str, float] | None:
    """Return stream → evidence (nats) at which the night of ``date`` alerted; None where it noted none."""
    rows = connection.execute("select thresholds from dates where business_date = ?", [date]).fetchall()
    return json.loads(rows[0][0]) if rows and rows[0][0] else None


def record_thresholds(connection: duckdb.DuckDBPyConnection, date: dt.date, thresholds: Mapping[str, float]) -> None:
    """Write down the evidence (nats) by stream at which the night of ``date`` alerts."""
    connection.execute("update dates set thresholds = ? where business_date = ?", [json.dumps(thresholds), date])


def record_dates(
    connection: duckdb.DuckDBPyConnection, dates: NightDates, scored: Sequence[dt.date], learning_days: int
) -> None:
    """Write the rows of the ``scored`` dates: counts by state, and the newest event part that was seen.

    A date judged again keeps the thresholds of the night that judged it first. Reads the views ``events`` and
    ``patient_days``, which must cover the dates, and ``log_accounts``.
    """
    watermark = connection.execute("select coalesce(max(part_id), 0) from event_parts").fetchall()[0][0]
    for day in scored:
        earlier = connection.execute("select thresholds from dates where business_date = ?", [day]).fetchall()
        kept = earlier[0][0] if earlier else None
        connection.execute("delete from dates where business_date = ?", [day])
        connection.execute(
            "insert into dates by name " + sql_text("night", "dates.sql"),
            {
                "day": day,
                "watermark": watermark,
                "thresholds": kept,
                "late": day < dates.first,
                "is_judged": day >= judged_from(dates.first, learning_days),
            },
        )
