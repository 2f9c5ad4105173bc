"""The identifiers in the site's own tables, by which a column of a log is known: accounts of the staff, patients."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from detector.sources.aliases import normal
from detector.sources.byte_stream import ByteStream
from detector.sources.context_tables import CONTEXT_TABLES
from detector.sources.file_sample import read_sample
from detector.sources.formats.csv import CsvReader
from detector.sources.log_format import ReadOptions


def identifiers_of(table: str, path: Path | None) -> frozenset[str]:
    """Return the identifiers of the beginning of a context table; none where it is missing or cannot be read."""
    if path is None or not path.is_file():
        return frozenset()
    names = _headers(table)
    try:
        sample = read_sample(path, "csv", ReadOptions())
    except OSError:
        return frozenset()
    return frozenset(value for column in sample.columns if normal(column.header) in names for value in column.counts)


def _headers(table: str) -> frozenset[str]:
    """Return the headers that a context table's identifiers may have, as they are compared."""
    needed = next(column for column in CONTEXT_TABLES[table].columns if column.needed)
    return frozenset(normal(name) for name in (needed.header, *needed.aliases.split()))


TABLES: Final = {"user_id": "staff", "patient_id": "patients"}
"""Canonical column: the context table whose identifiers it has."""


class SiteIdentifiers(Mapping[str, frozenset[str]]):
    """All identifiers of the site's tables by canonical column, read when one asks for them."""

    def __init__(self, paths: Mapping[str, Path | None], in_use: Callable[[str, str], Iterable[str]]) -> None:
        """Take where the newest files of the context tables lie, by the name of the table.

        ``in_use`` returns, of a table and its column, the identifiers of the version that nights use: a file that
        failed takes none of them away.
        """
        self._paths = paths
        self._in_use = in_use
        self._known: dict[str, frozenset[str]] = {}

    def __getitem__(self, column: str) -> frozenset[str]:
        if column not in self._known:
            table = TABLES[column]
            newest = _all_identifiers(table, self._paths.get(table))
            self._known[column] = newest.union(self._in_use(table, column))
        return self._known[column]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def _all_identifiers(table: str, path: Path | None) -> frozenset[str]:
    """Return the identifiers of a context table; what cannot be read of it is told where the table is loaded."""
    names = _headers(table)
    found: set[str] = set()
    if path is not None:
        with contextlib.suppress(OSError), ByteStream(path) as stream:
            reader = CsvReader(stream, ReadOptions())
            places = [place for place, header in enumerate(reader.layout.header) if normal(header) in names]
            for chunk in reader.chunks(tuple(places[:1]), frozenset()) if places else ():
                if chunk.records.num_rows:
                    found |= set(chunk.records.column(0).to_pylist())
    return frozenset(found)
