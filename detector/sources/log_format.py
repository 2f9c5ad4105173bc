"""What a log format is: how to open a file as a sequence of chunks of whole records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa

from detector.sources.byte_stream import ByteStream

REQUEST_ID: Final = "request_id"
"""A column of canonical headers beside those of the event: records of one request are one event."""
NO_RECORD: Final = "no record: "
"""How the reason begins of a row in quarantine that does not count towards the limit: a total, say."""


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that was not understood. `byte_position` counts uncompressed bytes of the file."""

    row_number: int
    byte_position: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class FilePosition:
    """A point between two records: bytes before it, SHA-256 of these bytes, records before it."""

    byte_position: int
    digest: str
    row_number: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole records.

    `records` has one text column `c<index>` per header of the file that was asked for, then `row_number` and
    `byte_position` (int64) and `raw` (text). `end` is the place after the last record of the run. `provisional` holds
    the bytes of the file's last records where they may be continued later (no line end yet, or an open quote);
    `end` then lies before them, though `rows` and the records count them.

    `repeats` are rows that the format knows to be further lines of a record it gave before: `rows` counts them, and
    they are duplicates. `skipped` are lines or entries that are no records of the format; `rows` leaves them out.
    `stray_quotes` are rows with quotation marks that are characters: see `detector.sources.row_shape`.
    """

    records: pa.Table
    rejected: tuple[RejectedRecord, ...]
    end: FilePosition
    rows: int
    provisional: bytes | None = None
    repeats: int = 0
    skipped: int = 0
    stray_quotes: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """What the first bytes of a file say: its headers, and for text its encoding and delimiter.

    `rows` are the fields of the first lines of a format that can lack its header, the header's line included. A header
    that `is_canonical` is the format's own, not the file's: `[source.columns]` says nothing about it.
    `request` is the header of the column that holds a request's id, in a format that writes several records for one:
    the id is the event's, and a second record of that request, account, patient and action is a duplicate.
    `bare_numbers` counts, by header, numbers in place of identifiers that no known one reads as: whether zeros stood
    before them, the file does not tell.
    """

    header: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    rows: tuple[tuple[str, ...], ...] = ()
    request: str | None = None
    is_canonical: bool = False
    bare_numbers: tuple[tuple[str, int], ...] = ()


class Hasher(Protocol):
    """A running digest of `hashlib`."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""

    def hexdigest(self) -> str:
        """Return the digest of all bytes so far."""


class Reader(Protocol):
    """One open file."""

    @property
    def layout(self) -> Layout:
        """What is known of the file so far; the encoding may be settled only later.

        The header is that of the records that come next.
        """

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records after the place where reading starts, or stopped.

        They end where another header comes: `layout` has it then, and the next call goes on below it.

        `columns` are indexes of the header; the column of index 3 is called `c3`. Those in `encoded` hold few
        different values and come as dictionaries.
        """


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is known before a file is opened; None means: find out.

    `resume` is where an earlier run stopped, `hasher` a SHA-256 of the bytes before it. `header` is that of the rows
    that come first, where the file does not begin with it or reading does not begin at its start; `columns` are those
    of `[source.columns]`, by which another header is known. `sheet` is the one of a workbook to read, None every one
    that fits; `identifiers` are those that the site's tables know, by column. `session_user` and `tables` say how the
    log of a database is read: variables that name who works in a session, and the category of a table's records.
    `siblings` are the files of the source, one of which may be the log before this one.
    """

    encoding: str | None = None
    delimiter: str | None = None
    resume: FilePosition | None = None
    hasher: Hasher | None = None
    header: tuple[str, ...] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    identifiers: Mapping[str, Collection[str]] = field(default_factory=dict)
    session_user: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    siblings: tuple[Path, ...] = ()


def never(_head: bytes, _path: Path) -> float:
    """Recognise no file: a format that must be named."""
    return 0.0


CHANGED: Final = "log: the row does not match its checksum"
"""The reason of an event whose row was changed; the policy `log-changed` looks for it."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A log format, found by discovery in `detector.sources.formats`.

    `recognises` says how sure it is, from 0 to 1, that a file is of this format, given its first bytes (uncompressed,
    64 KiB at most) and its path: the surest format reads a file whose source names none. `extra` is the extra of the
    installation that it needs. `checks_rows`: its reader says in `reason` where a row is `CHANGED`.
    """

    name: str
    title: str
    open: Callable[[ByteStream, ReadOptions], Reader]
    recognises: Callable[[bytes, Path], float] = never
    extra: str | None = None
    checks_rows: bool = False
