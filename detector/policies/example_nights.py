"""The tables of an example's night: its CSV texts, and what the statements of a real night make of them.

The texts have the canonical columns of logs and context tables; ``event_id`` may be left out, and a column ``source``
names the log where it matters. Times are wall clock. Only the models are left out: an access is explained by a relation
that gives a ground for it or by the account's own writing, never by habit, of which a few lines of CSV have none.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from typing import TYPE_CHECKING, Final

import duckdb
import polars as pl

from detector.database.rows import registered
from detector.deployment.outages import Outage
from detector.detection import night_tables
from detector.model import event_columns
from detector.model.tables import EVENTS, PATIENT_DAYS
from detector.model.tables.history import SOURCE_ORDERS
from detector.policies import tables
from detector.policies.policy import Example
from detector.sources.context_tables import CONTEXT_TABLES, ContextColumn
from detector.store.parts import quoted
from detector.store.schema import create_tables

if TYPE_CHECKING:
    from detector.deployment.settings import Settings

_PATIENT_DAYS: Final = f"""
create or replace temp table patient_days as select {", ".join(PATIENT_DAYS.names)} from (
    select *, 0 as surprisal, case when not without_care or wrote then 'explained' else 'neither' end as state,
        case when not without_care then relation when wrote then 'own_writing' end as explanation from facts
)
"""


def fill_example(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    """Create ``events`` and the store's tables in an empty database, with the example's rows.

    Raises ValueError or duckdb.Error where a CSV text is wrong.
    """
    create_tables(connection)
    _create_events(connection, example)
    _fill_context(connection, example)
    for row in csv.DictReader(io.StringIO((example.delays or "").strip())):
        connection.execute(
            "insert into source_delays values (?, ?, ?)", [row["source"], row["business_date"], row["days"]]
        )


def example_outages(example: Example) -> tuple[Outage, ...]:
    """Return the planned silences of an example; raises ValueError or KeyError where their CSV is wrong."""
    return tuple(
        Outage(
            row["source"],
            dt.datetime.fromisoformat(row["start"]),
            dt.datetime.fromisoformat(row["end"]) if row["end"] else None,
            row["reason"],
        )
        for row in csv.DictReader(io.StringIO((example.outages or "").strip()))
    )


def prepare_night(connection: duckdb.DuckDBPyConnection, settings: Settings, example: Example) -> None:
    """Create the policy tables of the example's night, after :func:`fill_example`.

    Raises ValueError or KeyError where the CSV of its volumes is wrong.
    """
    earlier = connection.execute(
        "select distinct business_date from events where business_date < $night order by 1", {"night": example.night}
    ).fetchall()
    dates = [date for (date,) in earlier]
    if dates:
        night_tables.prepare(connection, example.night, dates)
        tables.update_source_hours(connection, example.night)
        tables.update_account_spans(connection)
    night_tables.prepare(connection, example.night, [*dates, example.night])
    tables.update_source_hours(connection, example.night)
    connection.execute(_PATIENT_DAYS)
    if example.volumes is not None:
        _add_volumes(connection, example.volumes)
    _add_orders(connection, example.orders or "")
    tables.update_source_habits(connection, example.night)
    tables.create_known_spans(connection, example.night)
    tables.create_policy_tables(connection, example.night, settings)
    for row in csv.DictReader(io.StringIO((example.sealed_records or "").strip())):
        connection.execute(
            "insert into sealed_records values (?, ?::timestamp, ?::timestamp)",
            [row["patient_id"], row["start"], row["end"] or None],
        )


def _create_events(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    """Create ``events`` with the example's rows: of the source `log`, successful, one record, if they do not say."""
    connection.execute(f"create table events ({EVENTS.definition()})")
    columns = ("source", *event_columns.COLUMNS)
    rows = pl.DataFrame(
        _rows(example, "events", columns), schema=dict.fromkeys(columns, pl.String()), orient="row"
    ).with_row_index("row_number", offset=1)
    source = pl.col("source").fill_null("log")
    rows = rows.with_columns(
        source,
        pl.concat_str(source, pl.lit(":"), pl.col("event_id").fill_null(pl.col("row_number").cast(pl.String))).alias(
            "event_id"
        ),
        pl.col("record_count").fill_null("1"),
        pl.col("outcome").fill_null("success"),
        pl.col("event_time").alias("local_time"),
        pl.col("event_time").alias("business_date"),
    )
    with registered(connection, example_rows=rows):
        connection.execute("insert into events by name from example_rows")


def _fill_context(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    for table, declared in CONTEXT_TABLES.items():
        columns = declared.columns
        rows = _rows(example, table, tuple(column.header for column in columns))
        if rows:
            connection.executemany(
                f"insert into {table} select {', '.join(_typed(column) for column in columns)}", rows
            )


def _add_volumes(connection: duckdb.DuckDBPyConnection, volumes: str) -> None:
    """Add daily volumes to ``source_hours``: so many events in each of some hours, from one date to another.

    What has a ``user_id`` is an interface's, and is counted in ``interface_hours`` as well.
    """
    counts: Counter[tuple[str, dt.date, int]] = Counter()
    interfaces: Counter[tuple[str, dt.date, int, str]] = Counter()
    for row in csv.DictReader(io.StringIO(volumes.strip())):
        start, end = dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(row["end"])
        first, _, last = row["hours"].partition("-")
        for day in range((end - start).days + 1):
            for hour in range(int(first), int(last or first) + 1):
                place = (row["source"], start + dt.timedelta(days=day), hour)
                counts[place] += int(row["events"])
                if row.get("user_id"):
                    interfaces[*place, row["user_id"]] += int(row["events"])
    for source, date, hour, number in connection.execute(
        "select source, business_date, hour, events from source_hours"
    ).fetchall():
        counts[source, date, hour] += number
    columns = {"source": pl.String(), "business_date": pl.Date(), "hour": pl.Int32()}
    rows = pl.DataFrame(
        [(*key, number) for key, number in sorted(counts.items())],
        schema={**columns, "events": pl.Int64()},
        orient="row",
    )
    written = pl.DataFrame(
        [(*key, number) for key, number in sorted(interfaces.items())],
        schema={**columns, "user_id": pl.String(), "events": pl.Int64()},
        orient="row",
    )
    with registered(connection, volumes=rows, written=written):
        connection.execute("create or replace temp table source_hours as from volumes")
        connection.execute("insert into interface_hours by name from written")


def _add_orders(connection: duckdb.DuckDBPyConnection, orders: str) -> None:
    """Add what each date from one to another had to ``source_orders``."""
    for row in csv.DictReader(io.StringIO(orders.strip())):
        counts = [int(row.get(name) or 0) for name in SOURCE_ORDERS.names if name not in {"source", "business_date"}]
        connection.execute(
            f"insert into source_orders select ?, day::date, {', '.join(map(str, counts))}"
            " from generate_series(?::timestamp, ?::timestamp, interval 1 day) as days (day)",
            [row["source"], row["start"], row["end"]],
        )


def _rows(example: Example, table: str, known: tuple[str, ...]) -> list[list[str | None]]:
    """Return the rows of one CSV text with all known columns in order; empty is None."""
    text = example.tables.get(table)
    if text is None:
        return []
    reader = csv.DictReader(io.StringIO(text.strip()), strict=True)
    unknown = [column for column in reader.fieldnames or () if column not in known]
    if unknown:
        raise ValueError(f"{table} has no column {unknown[0]!r}; known: {', '.join(known)}")
    rows = list(reader)
    if any(None in row or None in row.values() for row in rows):
        raise ValueError(f"a row of {table} has more or fewer fields than the header")
    return [[row.get(column) or None for column in known] for row in rows]


def _typed(column: ContextColumn) -> str:
    """Return the SQL of one value of a context table: times without a clock begin, or end with, their day."""
    text = "?::varchar"
    kinds = {
        "start": "?::timestamp",
        "end": f"(select if(length(v) = 10, v::date + interval 1 day, v::timestamp) from (select {text} as v))",
        "date": "?::date",
    }
    typed = kinds.get(column.kind, text)
    return typed if column.default is None else f"coalesce({typed}, {quoted(column.default)})"
