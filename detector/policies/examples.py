"""Runs every policy against the examples in its own header: those that must fire, and those that must not.

An example's CSV texts have the canonical columns of logs and context tables; ``event_id`` may be left out, and a
column ``source`` names the log where it matters. Times are wall clock.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import duckdb
import polars as pl

from detector.database.queries import sql_text
from detector.deployment.settings import Alerting, ContextPaths, Settings, Site, StoreSettings
from detector.model import events
from detector.model.tables import EVENTS
from detector.policies.example_nights import prepare_night
from detector.policies.firing import run_policy
from detector.policies.policy import Example, Policy, PolicyError
from detector.sources.context_tables import CONTEXT_TABLES, ContextColumn
from detector.store.parts import quoted

Prepare = Callable[[duckdb.DuckDBPyConnection, Settings, Example], None]
"""Makes the night tables of the example's night from the tables ``events`` and context of the connection."""


def check_policies(policies: Sequence[Policy], prepare: Prepare = prepare_night) -> list[str]:
    """Return one line per example that is judged wrongly or cannot be run; none where all is well.

    Policies run with their declared defaults: a site's own thresholds do not make an example wrong.
    """
    examples = ((policy, example) for policy in policies for example in policy.examples)
    return [problem for policy, example in examples for problem in _problems(policy, example, prepare)]


def fill_example(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    """Create ``events`` and the context tables of an example; raises ValueError where its CSV is wrong."""
    connection.execute(f"create table events ({EVENTS.definition()})")
    connection.execute(sql_text("schema", "002_context.sql"))
    known = ("source", *events.COLUMNS)
    rows = _rows(example, "events", known)
    given = pl.DataFrame(rows, schema=dict.fromkeys(known, pl.String()), orient="row").with_row_index(
        "position", offset=1
    )
    connection.register("given", given.to_arrow())
    connection.execute(
        """
        insert into events by name
        select
            given.* exclude (position, source, event_time, record_count, outcome, event_id),
            coalesce(source, 'log') as source,
            coalesce(source, 'log') || ':' || coalesce(event_id, position::varchar) as event_id,
            position::bigint as row_number,
            event_time::timestamp as event_time,
            event_time::timestamp as local_time,
            event_time::date as business_date,
            coalesce(record_count::bigint, 1) as record_count,
            coalesce(outcome, 'success') as outcome
        from given
        """
    )
    connection.unregister("given")
    for table, columns in CONTEXT_TABLES.items():
        rows = _rows(example, table, tuple(column.header for column in columns))
        if rows:
            connection.executemany(
                f"insert into {table} select {', '.join(_typed(column) for column in columns)}", rows
            )


def fill_volumes(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    """Add an example's daily volumes to ``source_hours``: so many events in each of these hours of these days."""
    if example.volumes is None:
        return
    for row in csv.DictReader(io.StringIO(example.volumes.strip())):
        connection.execute(
            """
            insert into source_hours by name
            select
                $source as source,
                days.day::date as business_date,
                hours.hour::integer as hour,
                $events::bigint as events
            from generate_series($start::timestamp, $end::timestamp, interval 1 day) as days (day),
                generate_series($first::integer, $last::integer) as hours (hour)
            """,
            {
                "source": row["source"],
                "events": row["events"],
                "start": row["start"],
                "end": row["end"],
                "first": row["hours"].partition("-")[0],
                "last": row["hours"].rpartition("-")[2],
            },
        )
    connection.execute(
        """
        create or replace temp table source_hours as
        select source, business_date, hour, sum(events)::bigint as events from source_hours group by all
        """
    )


def example_settings(policy: Policy, example: Example) -> Settings:
    """Return the settings of an imagined site that the example lives in."""
    folder = policy.path.parent
    return Settings(
        path=policy.path,
        folder=folder,
        site=Site(name="example", timezone=example.timezone),
        store=StoreSettings(path=folder / "state" / "detector.duckdb"),
        sources=(),
        context=ContextPaths(),
        alerting=Alerting(),
        officers={},
        policies={},
        digest="",
    )


def _problems(policy: Policy, example: Example, prepare: Prepare) -> list[str]:
    def problem(message: str) -> str:
        return str(PolicyError(f"example {example.name!r}: {message}", file=policy.path, line=example.line))

    connection = duckdb.connect(config={"threads": 1})
    try:
        settings = example_settings(policy, example)
        try:
            fill_example(connection, example)
            prepare(connection, settings, example)
            fill_volumes(connection, example)
        except (ValueError, KeyError, duckdb.Error) as error:
            line = str(error).partition("\n")[0]
            return [problem(f"its data cannot be read: {line}")]
        fired = run_policy(connection, policy, example.night, example.timezone, policy.defaults)
    except PolicyError as error:
        return [str(error)]
    finally:
        connection.close()
    problems = []
    for wanted, found, what in (
        (set(example.fires), set(fired[policy.subject_column]), "must fire for"),
        (
            set(example.approved),
            set(fired.filter(fired["approval"].is_not_null())[policy.subject_column]),
            "an approval must cover",
        ),
    ):
        if wanted != found:
            problems.append(problem(f"{what} {_names(wanted)}, not {_names(found)}"))
    return problems


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"


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
