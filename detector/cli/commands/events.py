"""``detector events``: the canonical events as loaded, with their place in the logs and what explains each access."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.other_numbers import meant, tell_account
from detector.cli.render.formats import RowFormat
from detector.cli.render.frames import csv_bytes, ndjson_bytes
from detector.cli.render.screen_table import ScreenColumn
from detector.cli.session import Session, session_of
from detector.cli.view import Pseudonymise, Reveal, View, view_of
from detector.database.queries import sql_text
from detector.database.rows import select
from detector.errors import UsageError
from detector.model.relations import explanation_text

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 100_000
SCREEN_ROWS = 50
"""Rows of the table where no ``--limit`` is given."""


class EventFormat(StrEnum):
    """What ``--format`` takes for events."""

    TABLE = "table"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"


def events(
    context: typer.Context,
    user: Annotated[str | None, typer.Option("--user", "-u", metavar="USER", help="Only this account.")] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", "-p", metavar="PATIENT", help="Only this record number.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only this source.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE", help="From this business date on."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="Up to this business date, inclusive."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file, replacing it.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="At most so many rows; default: 50 in the table, else all."),
    ] = None,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    given_format: Annotated[
        EventFormat | None,
        typer.Option("--format", "-f", help="How to write it; default: by --out, else table."),
    ] = None,
) -> None:
    """List the events as loaded, oldest first: source, file and position of each, and how its access was explained."""
    from detector.files.for_people import check_place, is_stream

    session = session_of(context)
    session.known_source(source)
    row_format = _format(given_format, out)
    if out is not None:
        check_place(out)
    first, last = (None if one is None else one.date() for one in (since, until))
    with session.published() as published:
        connection = published.connection
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        number = None if patient is None else meant(connection, "patient_id", view.meant(patient))
        if user is not None:
            given, user = user, meant(connection, "user_id", user)
            tell_account(session.texts, given, user)
        published.refresh_views(first, last)
        query = sql_text("cli", "loaded_events.sql")
        values = {"user": user, "patient": number, "source": source, "first": first, "last": last}
        if view.hidden:
            query = _hidden(view, query, values)
        view.record(
            "events", user=user, patient=number, source=source, since=since and str(first), until=until and str(last),
            format=row_format.value, out=out and str(out),
        )  # fmt: skip
        if row_format is EventFormat.TABLE:
            _show_table(session, connection, query, values, limit or SCREEN_ROWS)
            return
        query = f"{query} {ORDER}" + ("" if limit is None else " limit " + str(limit))
        with _target(out, session.settings.store.group) as stream:
            if row_format is EventFormat.CSV and out is not None and not is_stream(out):
                stream.write(codecs.BOM_UTF8)  # by which a spreadsheet that takes GBK for granted tells UTF-8
            count = _write(connection, query, values, row_format, stream)
    if out is not None:
        session.say([session.texts("events.written", count=f"{count:,}", path=out)])


def _format(given: EventFormat | None, out: Path | None) -> EventFormat:
    """Return the format asked for, or the one that the file's name says. Raises UsageError where the two do not fit."""
    known = {one.value for one in EventFormat}
    named = "" if out is None else out.suffix.removeprefix(".").lower()
    row_format = given or EventFormat(named if named in known else EventFormat.TABLE)
    if row_format is EventFormat.PARQUET and out is None:
        raise UsageError("--format parquet needs --out FILE")
    if row_format is EventFormat.TABLE and out is not None:
        raise UsageError("--out needs --format csv, ndjson or parquet")
    return row_format


def _hidden(view: View, query: str, values: Mapping[str, object]) -> str:
    """Return the query with tokens for the numbers of patients and visits, and without the reasons people typed."""
    import polars as pl

    connection = view.published.connection
    for kind, column in (("patient", "patient_id"), ("visit", "visit_id")):
        tokens_of = partial(view.pseudonyms, kind=kind)
        numbers: pl.DataFrame = connection.sql(
            f"select distinct {column} as number from ({query}) where {column} is not null order by 1", params=values
        ).pl()
        tokens = numbers.with_columns(token=pl.col("number").map_elements(tokens_of, pl.String))
        connection.register(f"{kind}_tokens", tokens.to_arrow())
    return f"with loaded_events as (\n{query})\n{sql_text('cli', 'hidden_events.sql')}"


ORDER = "order by event_time, event_id"


def _show_table(
    session: Session, connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object], limit: int
) -> None:
    texts = session.texts
    count = int(select(connection, f"select count(*) as n from ({query})", values)[0]["n"])
    rows = select(connection, f"{query} {ORDER} limit {limit}", values)
    for row in rows:
        row["time"] = row["local_time"][:16]
        row["what"] = " ".join(texts.name(kind, row[kind]) for kind in ("action", "category") if row[kind] is not None)
        judged = row["explanation"] is not None or row["state"] is not None
        row["why"] = explanation_text(row["explanation"], texts) if judged else None
        row["place"] = f"{(row['file'] or '').rpartition('/')[2]}:{row['row_number']}"
    columns = [
        ScreenColumn("time", texts("events.time")),
        ScreenColumn("user_id", texts("events.user"), fit="clip"),
        ScreenColumn("patient_id", texts("events.patient"), fit="clip"),
        ScreenColumn("what", texts("events.action"), fit="clip"),
        ScreenColumn("why", texts("events.why"), fit="clip"),
        ScreenColumn("place", texts("events.position"), fit="clip"),
    ]
    session.list_rows(rows, (), columns, RowFormat.TABLE, empty=texts("events.none"))
    if count > limit:
        session.say(["", texts("events.more", shown=limit, count=f"{count:,}")])


def _write(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    values: Mapping[str, object],
    row_format: EventFormat,
    stream: IO[bytes],
) -> int:
    """Write the events in batches; return how many were written."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    reader = connection.sql(query, params=values).to_arrow_reader(BATCH_ROWS)
    count = 0
    if row_format is EventFormat.PARQUET:
        with pq.ParquetWriter(stream, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)
                count += batch.num_rows
        return count
    encode = csv_bytes if row_format is EventFormat.CSV else ndjson_bytes
    if row_format is EventFormat.CSV:
        stream.write((",".join(reader.schema.names) + "\n").encode())
    for batch in reader:
        frame = pl.from_arrow(pa.Table.from_batches([batch]))
        stream.write(encode(frame))  # type: ignore[arg-type]
        count += batch.num_rows
    return count


@contextmanager
def _target(out: Path | None, group: str | None) -> Iterator[IO[bytes]]:
    """Give the stream of a file, or the standard output."""
    from detector.files.for_people import handing_out

    if out is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with handing_out(out, group) as stream:
        yield stream


COMMAND = Command(
    events,
    panel=Panel.DATA,
    order=5,
    examples=(
        "detector events --user 01077 --since 2026-07-01",
        "detector events --patient P0003 --out P0003.csv",
        "detector events --out events.parquet",
    ),
)
