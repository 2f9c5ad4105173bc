"""Context tables: each file is read whole into a temporary table; rows that are not understood go to quarantine.

Whether a file takes the place of the version in use is decided in `detector.loading.context_versions`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from detector import __version__
from detector.database.queries import sql_text
from detector.deployment.settings import Settings
from detector.errors import DetectorError, StoreError
from detector.files.regular_file import open_regular
from detector.loading.context_versions import ContextCount, ContextFile, ContextVersions, files_in_use, read_table
from detector.loading.quarantine import quarantine_records
from detector.sources.aliases import normal
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import cleaned
from detector.sources.context_tables import CONTEXT_TABLES, ContextColumn
from detector.sources.formats.csv import CsvReader
from detector.sources.identifiers import without_guards
from detector.sources.log_format import Chunk, ReadOptions
from detector.sources.text_chunks import RAW_CHARACTERS
from detector.store.parts import quoted
from detector.store.store import Store

BLOCK: Final = 1 << 20


def context_paths(settings: Settings) -> dict[str, Path | None]:
    """Return where the configuration says each context table lies."""
    paths: dict[str, Path | None] = {name: getattr(settings.context, name, None) for name in CONTEXT_TABLES}
    paths["vip_patients"] = settings.site.vip_patients
    paths["decoy_patients"] = settings.site.decoy_patients
    return paths


def table_keys(name: str) -> tuple[str, str]:
    """Return the keys of the configuration that name the file of a context table."""
    return ("site" if name in {"vip_patients", "decoy_patients"} else "context", name)


def load_context(store: Store, settings: Settings, date: dt.date | None = None) -> list[ContextCount]:
    """Read every context table and use what is good for the business date, or for the store as it is."""
    versions = read_context(store, settings)
    with store.transaction():
        versions.settle(date)
    versions.forget()
    return versions.counts


def read_context(store: Store, settings: Settings) -> ContextVersions:
    """Read the newest file of every context table, but for those in use already; the tables in use stay as they are.

    A file that is missing, cannot be read or lacks a needed column stops nothing: it is named in what is returned.
    """
    connection = store.connection
    for macro in ("event_time.sql", "context_time.sql", "context_columns.sql"):
        connection.execute(sql_text("load", macro))
    paths = context_paths(settings)
    fingerprints = {name: fingerprint_of(name, path, settings.site.timezone) for name, path in paths.items()}
    with store.transaction():
        in_use = files_in_use(connection, fingerprints)
        connection.execute(
            "delete from quarantine where source like 'context:%' and source not in (select unnest($kept::varchar[]))",
            {"kept": [f"context:{name}" for name in in_use]},
        )
        files = [in_use.get(name) or _read(connection, settings, name, path) for name, path in paths.items()]
        noted = [replace(file, fingerprint=known[1] if (known := fingerprints[file.name]) else None) for file in files]
    return ContextVersions(connection, settings.site, noted)


def fingerprint_of(name: str, path: Path | None, timezone: str) -> tuple[Path, str] | None:
    """Return the path of a context table's file with a digest of its bytes and of how this version reads them.

    None where there is no file that can be read. It is taken before the file is read: one that is replaced meanwhile
    is read again by the next run.
    """
    if path is None:
        return None
    digest = hashlib.sha256(f"{__version__}\0{timezone}\0{CONTEXT_TABLES[name]}\0".encode())
    try:
        with open_regular(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return None
    return path, digest.hexdigest()


@dataclass(slots=True)
class _Reading:
    """What has been read of one file."""

    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rows: int = 0
    quarantined: int = 0
    digest: str = ""
    problem: str | None = None


def _read(connection: duckdb.DuckDBPyConnection, settings: Settings, name: str, path: Path | None) -> ContextFile:
    if path is None:
        return ContextFile(name, None)
    connection.execute(f"create or replace temp table {read_table(name)} as from {name} limit 0")
    reading = _Reading()
    try:
        _read_file(connection, settings, name, path, reading)
    except (duckdb.Error, StoreError):
        raise
    except OSError as error:
        reading.problem = error.strerror or str(error)
    except DetectorError as error:
        reading.problem = str(error)
    except Exception as error:  # noqa: BLE001 - whatever a file makes of its reader, it costs this table alone
        reading.problem = f"{type(error).__name__}: {error}"
    return ContextFile(
        name,
        path,
        reading.rows,
        reading.quarantined,
        reading.columns,
        reading.missing,
        reading.digest,
        reading.problem,
    )


def _read_file(
    connection: duckdb.DuckDBPyConnection, settings: Settings, name: str, path: Path, reading: _Reading
) -> None:
    columns = CONTEXT_TABLES[name].columns
    with ByteStream(path) as stream:
        reader = CsvReader(stream, ReadOptions())
        places = _places(reader.layout.header, columns)
        reading.columns = tuple(column.header for column in columns if column.header in places)
        if reader.layout.header:  # a file without a header is an empty table
            reading.missing = tuple(
                column.header for column in columns if column.needed and column.header not in places
            )
        digest = hashlib.sha256("\0".join(reader.layout.header).encode())
        if not reading.missing:
            for chunk in reader.chunks(tuple(sorted(set(places.values()))), frozenset()):
                accepted, rejected = _insert(connection, settings, name, path, chunk, places)
                reading.rows, reading.quarantined = reading.rows + accepted, reading.quarantined + rejected
                digest.update(chunk.end.digest.encode() + (chunk.provisional or b""))
        reading.digest = digest.hexdigest()
        reading.problem = stream.problem


def _places(header: tuple[str, ...], columns: tuple[ContextColumn, ...]) -> dict[str, int]:
    by_name = {normal(text): index for index, text in reversed(list(enumerate(header)))}
    places: dict[str, int] = {}
    for column in columns:
        for name in (column.header, column.name, *column.aliases.split()):
            if normal(name) in by_name:
                places[column.header] = by_name[normal(name)]
                break
    return places


def _cleaned(texts: pa.ChunkedArray, column: ContextColumn) -> pa.ChunkedArray | pa.Array:
    """Return the texts of a column; identifiers without what is no part of them, as in logs."""
    return cleaned(without_guards(texts, "user_id" if column.header.endswith("id") else column.header))


def _insert(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    name: str,
    path: Path,
    chunk: Chunk,
    places: dict[str, int],
) -> tuple[int, int]:
    """Insert the rows of one chunk; return how many were accepted and how many went to quarantine."""
    source = f"context:{name}"
    quarantined = quarantine_records(connection, source, None, str(path), chunk.rejected)
    if not chunk.records.num_rows:
        return 0, quarantined
    columns = CONTEXT_TABLES[name].columns
    texts: dict[str, pa.Array | pa.ChunkedArray] = {
        _text(column): _cleaned(chunk.records.column(f"c{places[column.header]}"), column)
        if column.header in places else pa.nulls(chunk.records.num_rows, pa.string())
        for column in columns
    }  # fmt: skip
    for position in ("row_number", "byte_position", "raw"):
        texts[position] = chunk.records.column(position)
    connection.register("context_texts", pa.table(texts))
    connection.execute(rows_statement(columns), {"zone": settings.site.timezone})
    connection.unregister("context_texts")
    names = ", ".join(column.name for column in columns)
    accepted = connection.execute(
        f"insert into {read_table(name)} select {names} from context_rows where problem is null order by row_number"
    ).fetchall()[0][0]
    rejected = connection.execute(
        "insert into quarantine select $source, null, $path, row_number, byte_position, problem, left(raw, $longest)"
        " from context_rows where problem is not null order by row_number",
        {"source": source, "path": str(path), "longest": RAW_CHARACTERS},
    ).fetchall()[0][0]
    return int(accepted), quarantined + int(rejected)


KINDS: Final = {
    "text": "context_text", "word": "context_word", "list": "context_list", "date": "context_day",
    "start": "context_start", "end": "context_end",
}  # fmt: skip
"""The macro that reads a column, by its kind."""


def rows_statement(columns: Sequence[ContextColumn]) -> str:
    """Return ``context_rows.sql`` for the columns of one table; a call of a macro for each of them."""
    start = next((column for column in columns if column.kind == "start"), None)
    end = next((column for column in columns if column.kind == "end"), None)
    typed = [f"{_value(column)} as {column.name}" for column in columns]
    stored = [column.name for column in columns]
    problems = [problem for column in columns for problem in _problems(column)]
    if start and end:
        stored[columns.index(end)] = f"context_span_end({start.name}, {end.name}) as {end.name}"
        problems.append(f"context_misordered('{end.header}', {end.name}, '{start.header}', {start.name})")
    statement = sql_text("load", "context_rows.sql")
    for gap, parts in (("{typed}", typed), ("{stored}", stored), ("{problems}", problems)):
        statement = statement.replace(gap, ", ".join(parts))
    return statement


def _text(column: ContextColumn) -> str:
    return f"text_{column.header}"


def _value(column: ContextColumn) -> str:
    """Return what a column says; an empty field has its default."""
    value = f"{KINDS[column.kind]}({_text(column)}, $zone)"
    return value if column.default is None else f"coalesce({value}, {quoted(column.default)})"


def _problems(column: ContextColumn) -> Iterator[str]:
    if column.needed:
        yield f"context_missing('{column.header}', {_text(column)})"
    if column.kind in {"start", "end", "date"}:
        yield f"context_unreadable('{column.header}', {_text(column)}, {column.name})"
