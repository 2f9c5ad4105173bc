"""The identifiers in the site's own tables, by which a column of a log is known: accounts of the staff, patients."""

from __future__ import annotations

from pathlib import Path

from detector.sources.aliases import normal
from detector.sources.context_tables import CONTEXT_TABLES
from detector.sources.file_sample import read_sample
from detector.sources.log_format import ReadOptions


def identifiers_of(table: str, path: Path | None) -> frozenset[str]:
    """Return the identifiers of the beginning of a context table; none where it is missing or cannot be read."""
    if path is None or not path.is_file():
        return frozenset()
    needed = next(column for column in CONTEXT_TABLES[table].columns if column.needed)
    names = {normal(name) for name in (needed.header, *needed.aliases.split())}
    try:
        sample = read_sample(path, "csv", ReadOptions())
    except OSError:
        return frozenset()
    return frozenset(value for column in sample.columns if normal(column.header) in names for value in column.counts)
