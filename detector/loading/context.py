"""Context tables: CSV files into the store, replaced at each run; rows that are not understood go to quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from detector.database.queries import sql_text
from detector.deployment.settings import Settings
from detector.errors import ConfigError
from detector.sources.aliases import normal
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import cleaned
from detector.sources.context_tables import CONTEXT_TABLES, ContextColumn
from detector.sources.formats.csv import CsvReader
from detector.sources.log_format import Chunk, ReadOptions, RejectedRecord
from detector.store.parts import quoted
from detector.store.store import Store


@dataclass(frozen=True, slots=True)
class ContextCount:
    """What one table brought. `problem` says why a configured table could not be used; it is empty then."""

    name: str
    configured: bool
    path: Path | None
    rows: int
    quarantined: int
    problem: str | None = None


def context_paths(settings: Settings) -> dict[str, Path | None]:
    """Return where the configuration says each context table lies."""
    paths: dict[str, Path | None] = {name: getattr(settings.context, name, None) for name in CONTEXT_TABLES}
    paths["vip_patients"] = settings.site.vip_patients
    paths["decoy_patients"] = settings.site.decoy_patients
    return paths


def load_context(store: Store, settings: Settings) -> list[ContextCount]:
    """Replace every context table by what its file says now, all in one transaction.

    A file that is missing, cannot be read or lacks a needed column raises ConfigError naming the key: silently going
    on without it would change what the night sees.
    """
    counts = []
    connection = store.connection
    for macro in ("event_time.sql", "context_time.sql"):
        connection.execute(sql_text("load", macro))
    with store.transaction():
        connection.execute("delete from quarantine where source like 'context:%'")
        connection.execute("delete from context_tables")
        for name, path in context_paths(settings).items():
            count = _load_table(connection, settings, name, path)
            connection.execute(
                "insert into context_tables values (?, ?, ?, ?, ?)",
                [name, count.configured, None if path is None else str(path), count.rows, count.quarantined],
            )
            counts.append(count)
    return counts


def _load_table(
    connection: duckdb.DuckDBPyConnection, settings: Settings, name: str, path: Path | None
) -> ContextCount:
    connection.execute(f"delete from {name}")
    if path is None:
        return ContextCount(name, configured=False, path=None, rows=0, quarantined=0)
    columns = CONTEXT_TABLES[name]
    rows = quarantined = 0
    try:
        with ByteStream(path) as stream:
            reader = CsvReader(stream, ReadOptions())
            places = _places(reader.layout.header, columns)
            missing = [column.header for column in columns if column.needed and column.header not in places]
            if missing and stream_has_header(reader.layout.header):
                raise _error(settings, name, f"{path} has no column {', '.join(missing)}")
            wanted = tuple(sorted(set(places.values())))
            for chunk in reader.chunks(wanted, frozenset()):
                accepted, rejected = _insert(connection, settings, name, path, chunk, places)
                rows, quarantined = rows + accepted, quarantined + rejected
            if stream.problem:
                raise _error(settings, name, f"{path}: {stream.problem}")
    except OSError as error:
        raise _error(settings, name, f"{path} cannot be read: {error.strerror or error}") from error
    return ContextCount(name, configured=True, path=path, rows=rows, quarantined=quarantined)


def stream_has_header(header: tuple[str, ...]) -> bool:
    """Tell whether a file has any header; an empty file is an empty table."""
    return bool(header)


def _error(settings: Settings, name: str, message: str) -> ConfigError:
    keys = ("site", name) if name in {"vip_patients", "decoy_patients"} else ("context", name)
    return settings.error(message, *keys)


def _places(header: tuple[str, ...], columns: tuple[ContextColumn, ...]) -> dict[str, int]:
    by_name = {normal(text): index for index, text in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    for column in columns:
        for name in (column.header, column.name, *column.aliases.split()):
            if normal(name) in by_name:
                places[column.header] = by_name[normal(name)]
                break
    return places


def _insert(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    name: str,
    path: Path,
    chunk: Chunk,
    places: dict[str, int],
) -> tuple[int, int]:
    """Insert the rows of one chunk; return how many were accepted and how many went to quarantine."""
    quarantined = _quarantine(connection, name, path, chunk.rejected)
    if not chunk.records.num_rows:
        return 0, quarantined
    texts: dict[str, pa.Array | pa.ChunkedArray] = {
        column.header: cleaned(chunk.records.column(f"c{places[column.header]}"))
        if column.header in places else pa.nulls(chunk.records.num_rows, pa.string())
        for column in CONTEXT_TABLES[name]
    }  # fmt: skip
    for position in ("row_number", "byte_position", "raw"):
        texts[position] = chunk.records.column(position)
    connection.register("context_texts", pa.table(texts))
    connection.execute(_rows_sql(CONTEXT_TABLES[name]), {"zone": settings.site.timezone})
    connection.unregister("context_texts")
    names = ", ".join(f'"{column.name}"' for column in CONTEXT_TABLES[name])
    accepted = connection.execute(
        f"insert into {name} select {names} from context_rows where problem is null order by row_number"
    ).fetchall()[0][0]
    rejected = connection.execute(
        "insert into quarantine select $source, null, $path, row_number, byte_position, problem, left(raw, 1048576)"
        " from context_rows where problem is not null order by row_number",
        {"source": f"context:{name}", "path": str(path)},
    ).fetchall()[0][0]
    return int(accepted), quarantined + int(rejected)


def _rows_sql(columns: tuple[ContextColumn, ...]) -> str:
    """Return the statement that types the texts of one chunk as `context_rows`, with `problem`.

    An end less than a day before its start is a clock that was a little wrong: it counts as the start.
    """
    typed = ", ".join(f'{_typed(column)} as "typed {column.name}"' for column in columns)
    start, end = '"typed starts_at"', '"typed ends_at"'
    final = ", ".join(
        f'case when {end} < {start} then {start} else {end} end as "ends_at"'
        if column.kind == "end" and any(other.kind == "start" for other in columns)
        else f'"typed {column.name}" as "{column.name}"'
        for column in columns
    )
    return (
        "create or replace temp table context_rows as"
        f" with typed_rows as (select *, {typed}, $zone as zone from context_texts)"
        f" select {final}, row_number, byte_position, raw, case {' '.join(_problems(columns))} end as problem"
        " from typed_rows"
    )


def _typed(column: ContextColumn) -> str:
    text = f'"{column.header}"'
    kinds = {
        "text": text,
        "word": f"lower({text})",
        "list": "nullif(array_to_string(list_filter("
        f"list_transform(string_split({text}, '|'), lambda item: trim(item)), lambda item: item <> ''), '|'), '')",
        "start": f"context_start({text}, $zone)",
        "end": f"context_end({text}, $zone)",
        "date": f"coalesce(context_date({text}), context_start({text}, $zone)::date)",
    }
    typed = kinds[column.kind]
    return typed if column.default is None else f"coalesce({typed}, {quoted(column.default)})"


def _problems(columns: tuple[ContextColumn, ...]) -> Iterator[str]:
    for column in columns:
        text = f'"{column.header}"'
        if column.needed:
            yield f"when {text} is null then 'no {column.header}'"
        if column.kind in {"start", "end", "date"}:
            yield (
                f'when {text} is not null and "typed {column.name}" is null'
                f" then '{column.header} is not a date: ' || left({text}, 100)"
            )
    by_kind = {column.kind: column for column in columns}
    if "start" in by_kind and "end" in by_kind:
        start, end = by_kind["start"], by_kind["end"]
        yield (
            f'when "typed {end.name}" < "typed {start.name}" - interval 1 day'
            f" then '{end.header} lies before {start.header}'"
        )


def _quarantine(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, rejected: tuple[RejectedRecord, ...]
) -> int:
    if rejected:
        connection.executemany(
            "insert into quarantine values (?, null, ?, ?, ?, ?, ?)",
            [
                [f"context:{name}", str(path), one.row_number, one.byte_position, one.reason, one.raw]
                for one in rejected
            ],
        )
    return len(rejected)
