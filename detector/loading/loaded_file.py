"""A file of the ledger: which bytes of it were loaded, what became of its rows, and its provisional end.

One :class:`LoadedFile` is one row of the table ``files``. Rows that end the file without a line end may be continued by
the next export: they are loaded all the same, as the file's *tail*, and taken back when more has come.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from detector.files.path_text import path_text
from detector.model.tables.ledger import FILES

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source
    from detector.sources.log_format import FilePosition, Layout

UNFINISHED: Final = -1
"""``modified_ns`` of a file whose reading was not finished: it never counts as unchanged."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What became of rows: ``read`` = ``accepted`` + ``duplicates`` + ``quarantined``.

    ``renamed`` counts the accepted ones whose id was taken by other content, ``skipped`` what is no row: lines before a
    header, other programs' lines.
    """

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    renamed: int = 0
    skipped: int = 0

    def __add__(self, other: Self) -> RowCounts:
        return RowCounts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: Self) -> RowCounts:
        return RowCounts(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a file that was read provisionally: length and SHA-256 of its bytes, its part and its rows."""

    length: int
    digest: str
    part_id: int | None
    counts: RowCounts

    def is_content(self, content: bytes) -> bool:
        """Return whether these are the very bytes that were read."""
        return hashlib.sha256(content).hexdigest() == self.digest


@dataclass(slots=True)
class LoadedFile:
    """One file: its columns are those of the table ``files``.

    ``counts`` are those of all rows that were read, the tail's included; ``bytes_read`` and ``prefix_digest`` are about
    the complete rows before the tail. ``size_bytes``, ``modified_ns`` and ``inode`` are the file's on disk.
    """

    file_id: int
    source: str
    path: str
    format: str
    mapping_digest: str
    size_bytes: int = 0
    modified_ns: int = 0
    inode: int = 0
    head_bytes: int = 0
    head_digest: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    bytes_read: int = 0
    prefix_digest: str = ""
    counts: RowCounts = RowCounts()
    tail: Tail | None = None
    first_date: dt.date | None = None
    last_date: dt.date | None = None
    problem: str | None = None
    header: str | None = None

    @property
    def names(self) -> tuple[str, ...] | None:
        """The header that its last rows were read by; None where the format has none, or it is not known."""
        return None if self.header is None else tuple(json.loads(self.header))

    @property
    def complete_counts(self) -> RowCounts:
        """What became of the complete rows: the counts without the tail's."""
        return self.counts if self.tail is None else self.counts - self.tail.counts

    @property
    def is_finished(self) -> bool:
        """Whether the file was read to its end."""
        return self.modified_ns != UNFINISHED

    def is_unchanged(self, path: Path, status: os.stat_result) -> bool:
        """Return whether nothing about the file on disk has changed since it was read to its end."""
        return (self.path, self.size_bytes, self.modified_ns, self.inode) == (
            path_text(path), status.st_size, status.st_mtime_ns, status.st_ino,
        )  # fmt: skip

    def must_reload(self, source: Source) -> bool:
        """Return whether rows were not understood and the configuration says something new about them."""
        return self.counts.quarantined > 0 and self.mapping_digest != mapping_digest(source)

    def begins_with(self, head: bytes) -> bool:
        """Return whether a file that begins with these bytes, as many as were remembered or more, begins as this."""
        return hashlib.sha256(head[: self.head_bytes]).hexdigest() == self.head_digest

    def place_at(self, path: Path, status: os.stat_result) -> None:
        """Note where the file is now, and how large."""
        self.path = path_text(path)
        self.size_bytes, self.modified_ns, self.inode = status.st_size, status.st_mtime_ns, status.st_ino

    def note_layout(self, layout: Layout) -> None:
        """Note encoding, delimiter and the header of the rows that follow, as far as they are settled."""
        self.encoding, self.delimiter = layout.encoding, layout.delimiter
        self.header = None if layout.delimiter is None else json.dumps(layout.header, ensure_ascii=False)

    def add_rows(self, counts: RowCounts, end: FilePosition) -> None:
        """Add rows that were read; ``end`` is where the complete rows end."""
        self.counts += counts
        self.bytes_read, self.prefix_digest = end.byte_position, end.digest

    def widen_dates(self, first: dt.date, last: dt.date) -> None:
        """Widen the span of business dates of the file's events."""
        self.first_date = min(first, self.first_date or first)
        self.last_date = max(last, self.last_date or last)

    def take_tail(self, content: bytes, part_id: int | None, counts: RowCounts) -> None:
        """Note that the rows added last, of these bytes, are the tail."""
        self.tail = Tail(len(content), hashlib.sha256(content).hexdigest(), part_id, counts)

    def drop_tail(self) -> Tail | None:
        """Take the tail's rows out of the counts; return what was dropped."""
        tail, self.counts, self.tail = self.tail, self.complete_counts, None
        return tail

    def move_in_tail(self, moved: RowCounts, part_id: int | None) -> None:
        """Count rows of the tail anew; ``part_id`` is the part of those that became events."""
        if self.tail is not None:
            self.tail = replace(
                self.tail, counts=self.tail.counts + moved, part_id=self.tail.part_id if part_id is None else part_id
            )

    def complete_tail(self, end: FilePosition) -> None:
        """Keep the tail's rows: they turned out complete, and end at ``end``."""
        self.tail = None
        self.bytes_read, self.prefix_digest = end.byte_position, end.digest


def mapping_digest(source: Source) -> str:
    """Return a digest of what the configuration says about understanding a source's rows."""
    said: list[object] = [source.format or "csv", source.encoding, source.delimiter, dict(source.columns), {
        column: dict(values) for column, values in source.values.items()
    }]  # fmt: skip
    if source.sheet is not None:
        said.append(source.sheet)
    if source.timezone is not None or source.time_format:
        said.append([source.timezone, source.time_format])
    if source.session_user or source.tables:
        said.append([list(source.session_user), dict(source.tables)])
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def loaded_files(connection: duckdb.DuckDBPyConnection, *sources: str) -> list[LoadedFile]:
    """Return the files of one source, under each of its names, in the order in which they were first read."""
    rows = connection.execute(
        f"select {', '.join(FILES.names)} from files where list_contains(?, source) order by file_id", [list(sources)]
    ).fetchall()
    return [_file_of(dict(zip(FILES.names, row, strict=True))) for row in rows]


def save_file(connection: duckdb.DuckDBPyConnection, file: LoadedFile, *, finished: bool = True) -> None:
    """Write a file's row in place of the earlier one; not ``finished``: its reading goes on."""
    row = _row_of(file) if finished else _row_of(file) | {"modified_ns": UNFINISHED}
    connection.execute("delete from files where file_id = ?", [file.file_id])
    connection.execute(
        f"insert into files ({', '.join(FILES.names)}) values ({', '.join('?' * len(FILES.names))})",
        [row[column] for column in FILES.names],
    )


_COUNTS: Final = {
    "read": ("rows_read", "tail_rows"),
    "accepted": ("accepted", "tail_accepted"),
    "duplicates": ("duplicates", "tail_duplicates"),
    "quarantined": ("quarantined", "tail_quarantined"),
    "renamed": ("renamed_ids", "tail_renamed"),
    "skipped": ("skipped", "tail_skipped"),
}
"""The columns of a count: of the whole file, and of its tail."""
_PLAIN: Final = tuple(one.name for one in fields(LoadedFile) if one.name not in {"counts", "tail"})


def _file_of(row: dict[str, Any]) -> LoadedFile:
    whole, tail = (RowCounts(**{name: row[columns[place]] for name, columns in _COUNTS.items()}) for place in range(2))
    return LoadedFile(
        **{name: row[name] for name in _PLAIN},
        counts=whole,
        tail=Tail(row["tail_bytes"], row["tail_digest"], row["tail_part_id"], tail) if row["tail_bytes"] else None,
    )


def _row_of(file: LoadedFile) -> dict[str, Any]:
    tail = file.tail or Tail(0, "", None, RowCounts())
    row = {name: getattr(file, name) for name in _PLAIN}
    row |= {"tail_bytes": tail.length, "tail_digest": tail.digest or None, "tail_part_id": tail.part_id}
    for name, (whole, of_tail) in _COUNTS.items():
        row |= {whole: getattr(file.counts, name), of_tail: getattr(tail.counts, name)}
    return row
