"""The officer's list: a CSV file of ``patient_id[,known_on]`` in any encoding and with any header that logs use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
import pyarrow as pa

from detector.database.connection import RIGHT_SUMS
from detector.database.queries import sql_text
from detector.errors import InputError, UsageError
from detector.sources.aliases import canonical_column, normal
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import cleaned
from detector.sources.formats.csv import CsvReader
from detector.sources.identifiers import without_guards
from detector.sources.log_format import Chunk, ReadOptions

KNOWN_ON: Final = tuple(
    normal(header)
    for header in ("known_on", "date", "complained_on", "知悉日期", "得知日期", "投诉日期", "投诉时间", "泄露日期",
                   "发现日期", "报案日期", "日期", "时间")
)  # fmt: skip
"""Headers of the date on which a leak became known, most telling first."""
SCHEMA: Final = {"patient_id": pl.String, "known_on": pl.Date}


@dataclass(frozen=True, slots=True)
class Complaints:
    """The list as it was read.

    `patients` has ``patient_id, known_on`` (null = not said), one row per patient in the order of the file; of several
    dates the earliest. `repeated` counts rows that named a patient again; `problems` says row by row what was not
    understood: (row number, what).
    """

    patients: pl.DataFrame
    repeated: int
    problems: tuple[tuple[int, str], ...]


def read_complaints(path: Path, zone: str) -> Complaints:
    """Read the list; dates with a time of day are taken on the wall clock of `zone`.

    Raises InputError where the file cannot be read or names nobody, UsageError where no column holds record numbers.
    """
    rows: list[pl.DataFrame] = []
    problems: list[tuple[int, str]] = []
    try:
        with ByteStream(path) as stream:
            reader = CsvReader(stream, ReadOptions())
            header = reader.layout.header
            if not header:
                raise InputError(
                    f"{path} is empty; it takes a header `patient_id,known_on` and a line for each patient"
                )
            places = _places(header, path)
            for chunk in reader.chunks(tuple(sorted(set(places.values()))), frozenset()):
                problems += [(one.row_number, one.reason) for one in chunk.rejected]
                rows.append(_typed(chunk, places, zone))
            if stream.problem:
                raise InputError(f"{path}: {stream.problem}")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    table = pl.concat(rows) if rows else pl.DataFrame(schema={**SCHEMA, "row_number": pl.Int64, "undated": pl.String})
    undated = table.filter(pl.col("undated").is_not_null()).select("row_number", "undated").iter_rows()
    problems += [(number, f"known_on is not a date: {text[:40]}") for number, text in undated]
    named = table.filter(pl.col("patient_id").is_not_null())
    patients = named.group_by("patient_id", maintain_order=True).agg(pl.col("known_on").min())
    if patients.is_empty():
        raise InputError(f"{path} names no patient below its header")
    return Complaints(patients, named.height - patients.height, tuple(sorted(problems)))


def _places(header: tuple[str, ...], path: Path) -> dict[str, int]:
    found = {canonical_column(text): index for index, text in reversed(list(enumerate(header)))}
    names = {normal(text): index for index, text in reversed(list(enumerate(header)))}
    number = found.get("patient_id", names.get(normal("住院号")))
    if number is None:
        raise UsageError(
            f"{path}: no column of the first line is known as `patient_id`; it takes `patient_id,known_on`"
        )
    places = {"patient_id": number}
    dated = next((names[name] for name in KNOWN_ON if name in names), None)
    return places if dated is None else places | {"known_on": dated}


def _typed(chunk: Chunk, places: dict[str, int], zone: str) -> pl.DataFrame:
    """Return ``patient_id, known_on, row_number, undated`` (the text that is no date) of one chunk."""
    numbers = cleaned(without_guards(chunk.records.column(f"c{places['patient_id']}"), "patient_id"))
    table = pa.table({"patient_id": numbers, "row_number": chunk.records.column("row_number")})
    if "known_on" not in places:
        nothing = pl.lit(None, dtype=pl.Date).alias("known_on"), pl.lit(None, dtype=pl.String).alias("undated")
        return pl.DataFrame(table).select("patient_id", nothing[0], pl.col("row_number").cast(pl.Int64), nothing[1])
    texts = table.append_column("known_on", cleaned(chunk.records.column(f"c{places['known_on']}")))
    connection = duckdb.connect(config=RIGHT_SUMS | {"autoinstall_known_extensions": False})
    try:
        for macros in ("event_time.sql", "context_time.sql"):
            connection.execute(sql_text("load", macros))
        connection.register("texts", texts)
        read: pl.DataFrame = connection.sql(
            "select patient_id, coalesce(context_date(known_on), context_start(known_on, $zone)::date) as date_known,"
            " row_number, known_on from texts order by row_number",
            params={"zone": zone},
        ).pl()
    finally:
        connection.close()
    return read.select(
        "patient_id",
        pl.col("date_known").alias("known_on"),
        pl.col("row_number").cast(pl.Int64),
        undated=pl.when(pl.col("date_known").is_null()).then(pl.col("known_on")),
    )
