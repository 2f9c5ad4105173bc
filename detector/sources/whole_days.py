"""Whether a source's files bring whole days: each holds the events of one date, the next one those of the next."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from detector.errors import DetectorError
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import cleaned
from detector.sources.formats import format_of
from detector.sources.headers import map_layout
from detector.sources.log_format import ReadOptions
from detector.sources.split_times import joined_times

LOOKED_AT: Final = 5
"""Files that are looked at, the last ones by name."""
LEAST_FILES: Final = 2
LONGEST_GAP: Final = dt.timedelta(days=4)
"""Between the dates of two files: a weekend without export, and a holiday."""
_DATE: Final = re.compile(r"\s*(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})")


def bring_whole_days(
    paths: Sequence[Path], log_format: str | None, options: ReadOptions, columns: dict[str, str] | None = None
) -> bool:
    """Tell whether the beginnings of the last files hold one date each, a day or a few apart.

    ``paths`` are a source's files in order, ``columns`` what its configuration maps. A file that cannot be read, or
    whose times are not understood, decides nothing: then the answer is no.
    """
    dates = []
    for path in paths[-LOOKED_AT:]:
        try:
            held = dates_at_beginning(path, log_format, options, columns or {})
        except (OSError, DetectorError):
            return False
        if len(held) != 1:
            return False
        dates += held
    steps = [later - earlier for earlier, later in itertools.pairwise(sorted(dates))]
    return len(dates) >= LEAST_FILES and all(dt.timedelta(0) < step <= LONGEST_GAP for step in steps)


def dates_at_beginning(
    path: Path, log_format: str | None, options: ReadOptions, columns: dict[str, str]
) -> list[dt.date]:
    """Return the dates of the times in the first chunk of a file, as they are written; none where one is no date.

    Raises OSError and DetectorError where the file cannot be read.
    """
    with ByteStream(path) as stream:
        reader = format_of(path, log_format).open(stream, options)
        mapping = map_layout(reader.layout, columns)
        time, beside = mapping.columns.get("event_time"), mapping.beside
        indexes = sorted(one.index for one in (time, beside) if one is not None)
        chunk = next(reader.chunks(tuple(indexes), frozenset()), None) if time is not None else None
        if time is None or chunk is None:
            return []
        times = chunk.records.column(f"c{time.index}")
        if beside is not None:
            times = joined_times(cleaned(times), cleaned(chunk.records.column(f"c{beside.index}")))
        texts = times.unique().to_pylist()
    found: set[dt.date] = set()
    for text in texts:
        match = _DATE.match(str(text or ""))
        if match is None:
            return []
        try:
            found.add(dt.date(*map(int, match.groups())))
        except ValueError:
            return []
    return sorted(found)
