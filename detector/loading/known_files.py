"""Files remembered by content: which bytes were loaded already, whatever the file is called today.

A file is recognised by the SHA-256 of a prefix: the bytes of the complete rows that were loaded. A file that begins
with a known prefix is that file again (unchanged, grown, renamed, rotated or compressed) as long as the known one has
not been found elsewhere; a copy beside the original is read like any file, and its rows are duplicates.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from detector.deployment.settings import Source
from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import ASCII
from detector.sources.log_format import FilePosition, Hasher
from detector.store.store import Store

HEAD_BYTES: Final = 4096
_BLOCK: Final = 4 << 20
COLUMNS: Final = (
    "file_id", "source", "path", "format", "encoding", "delimiter", "size_bytes", "modified_ns", "inode",
    "head_bytes", "head_digest", "bytes_read", "prefix_digest", "tail_bytes", "tail_digest", "tail_part_id",
    "tail_rows", "tail_accepted", "tail_duplicates", "tail_quarantined", "tail_renamed",
    "rows_read", "accepted", "duplicates", "quarantined", "renamed_ids", "first_date", "last_date",
    "mapping_digest", "problem",
)  # fmt: skip
"""The columns of the table `files`."""


NO_TAIL: Final[dict[str, Any]] = {
    "tail_bytes": 0, "tail_digest": None, "tail_part_id": None,
    "tail_rows": 0, "tail_accepted": 0, "tail_duplicates": 0, "tail_quarantined": 0, "tail_renamed": 0,
}  # fmt: skip
"""What the columns about a provisional end say where there is none."""
UNFINISHED: Final = -1
"""`modified_ns` of a file whose reading was not finished: it never counts as unchanged."""


@dataclass(slots=True)
class FileState:
    """One file about to be read: its row in `files` as it stands, and where reading goes on.

    `is_complete`: every byte of it was read. `drop_tail`: its provisional last records are read again. `reload`: all
    of it is read again because the configuration says something new about rows that were not understood.
    """

    row: dict[str, Any]
    is_complete: bool = False
    resume: FilePosition | None = None
    hasher: Hasher = field(default_factory=hashlib.sha256)
    drop_tail: bool = False
    reload: bool = False

    @property
    def encoding(self) -> str | None:
        """The encoding found earlier; None where reading starts afresh."""
        found: str | None = self.row["encoding"] if self.resume is not None else None
        return None if found == ASCII else found


class KnownFiles:
    """The files of one source that were loaded earlier."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str, paths: list[Path]) -> None:
        self.connection = connection
        self.source = source
        self.rows = self._stored_rows()
        self._paths = {str(path) for path in paths}
        self._claimed: set[int] = set()

    def _stored_rows(self) -> list[dict[str, Any]]:
        cursor = self.connection.execute(
            f"select {', '.join(COLUMNS)} from files where source = ? order by file_id", [self.source]
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]

    def is_unchanged(self, path: Path, status: os.stat_result, source: Source) -> bool:
        """Tell whether nothing about the file has changed since it was read to its end."""
        for row in self.rows:
            if (row["path"], row["size_bytes"], row["modified_ns"], row["inode"]) == (
                str(path), status.st_size, status.st_mtime_ns, status.st_ino,
            ):  # fmt: skip
                if _must_reload(row, source):
                    return False
                self._claimed.add(row["file_id"])
                return True
        return False

    def match(self, path: Path, status: os.stat_result, source: Source) -> FileState:
        """Return where to go on reading a file."""
        with ByteStream(path) as stream:
            head = stream.read(HEAD_BYTES)
        fresh = self._new_row(path, status, source, head)
        best: FileState | None = None
        for row in self._candidates(path, head):
            state = _continued(row, path)
            if state is not None and (best is None or state.row["bytes_read"] > best.row["bytes_read"]):
                best = state
        if best is None:
            return FileState(fresh)
        self._claimed.add(best.row["file_id"])
        if _must_reload(best.row, source):
            fresh["file_id"] = best.row["file_id"]
            return FileState(fresh, reload=True)
        for column in ("path", "size_bytes", "modified_ns", "inode"):
            best.row[column] = fresh[column]
        return best

    def note_seen(self, store: Store, state: FileState) -> None:
        """Remember where a file that holds nothing new is now."""
        with store.transaction():
            save_row(store.connection, state.row)

    def note_problem(self, store: Store, path: Path, source: Source, problem: str) -> None:
        """Remember that a file could not be read, so that `sources` can show it."""
        stored = [row for row in self._stored_rows() if row["path"] == str(path)]
        row = stored[-1] if stored else self._empty_row(path, source)
        row["problem"] = problem
        with store.transaction():
            save_row(store.connection, row)
        self.rows = [one for one in self.rows if one is not row] + [row]

    def _candidates(self, path: Path, head: bytes) -> list[dict[str, Any]]:
        """Return the known files that this one may be: same beginning, and not at work under another name."""
        found = []
        for row in self.rows:
            if row["file_id"] in self._claimed or not row["bytes_read"] + row["tail_bytes"]:
                continue
            elsewhere = row["path"] != str(path) and row["path"] in self._paths and _still_there(row)
            if not elsewhere and hashlib.sha256(head[: row["head_bytes"]]).hexdigest() == row["head_digest"]:
                found.append(row)
        return found

    def _new_row(self, path: Path, status: os.stat_result, source: Source, head: bytes) -> dict[str, Any]:
        row = self._empty_row(path, source)
        row.update(
            size_bytes=status.st_size, modified_ns=status.st_mtime_ns, inode=status.st_ino,
            head_bytes=len(head), head_digest=hashlib.sha256(head).hexdigest(),
        )  # fmt: skip
        return row

    def _empty_row(self, path: Path, source: Source) -> dict[str, Any]:
        taken = self.connection.execute("select coalesce(max(file_id), 0) from files").fetchall()[0][0]
        row: dict[str, Any] = dict.fromkeys(COLUMNS, 0)
        empty = (one["file_id"] for one in self.rows if one["path"] == str(path) and not one["rows_read"])
        row.update(
            file_id=next(empty, int(taken) + 1), source=source.name, path=str(path), format=source.format,
            encoding=None, delimiter=None, head_digest="", prefix_digest="", tail_digest=None, tail_part_id=None,
            first_date=None, last_date=None, mapping_digest=mapping_digest(source), problem=None,
        )  # fmt: skip
        return row


def mapping_digest(source: Source) -> str:
    """Return a digest of what the configuration says about understanding a source's rows."""
    said = [source.format, source.encoding, source.delimiter, dict(source.columns), {
        column: dict(values) for column, values in source.values.items()
    }]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def save_row(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    """Write a file's row in place of the earlier one."""
    connection.execute("delete from files where file_id = ?", [row["file_id"]])
    marks = ", ".join("?" * len(COLUMNS))
    connection.execute(
        f"insert into files ({', '.join(COLUMNS)}) values ({marks})", [row[column] for column in COLUMNS]
    )


def _must_reload(row: dict[str, Any], source: Source) -> bool:
    """Tell whether rows were not understood and the configuration says something new about them."""
    return row["quarantined"] > 0 and str(row["mapping_digest"]) != mapping_digest(source)


def _still_there(row: dict[str, Any]) -> bool:
    """Tell whether the file is still under its known name and begins as it did."""
    try:
        with ByteStream(Path(row["path"])) as stream:
            head = stream.read(row["head_bytes"])
    except OSError:
        return False
    return bool(hashlib.sha256(head).hexdigest() == row["head_digest"])


def _continued(row: dict[str, Any], path: Path) -> FileState | None:
    """Return where to go on in a file that begins with the known bytes, or None where it does not."""
    hasher = hashlib.sha256()
    with ByteStream(path) as stream:
        left = int(row["bytes_read"])
        while left:
            block = stream.read(min(left, _BLOCK))
            if not block:
                return None
            hasher.update(block)
            left -= len(block)
        if row["bytes_read"] and hasher.hexdigest() != row["prefix_digest"]:
            return None
        tail = stream.read(row["tail_bytes"])
        after = stream.read(2)
    row = dict(row)
    is_finished = row["modified_ns"] != UNFINISHED
    has_same_tail = hashlib.sha256(tail).hexdigest() == row["tail_digest"] if row["tail_bytes"] else True
    if not row["bytes_read"]:
        if not has_same_tail:
            return None
        return FileState(row, is_complete=is_finished and not after, drop_tail=True)
    place = FilePosition(row["bytes_read"], row["prefix_digest"], row["rows_read"] - row["tail_rows"])
    if has_same_tail and not after:
        return FileState(row, is_complete=is_finished, resume=place, hasher=hasher, drop_tail=bool(row["tail_bytes"]))
    if row["tail_bytes"] and has_same_tail and _is_ended(row, after):
        line_end = after if after == b"\r\n" else after[:1]
        hasher.update(tail + line_end)
        row.update(bytes_read=row["bytes_read"] + len(tail + line_end), prefix_digest=hasher.hexdigest())
        row.update(NO_TAIL)
        place = FilePosition(row["bytes_read"], row["prefix_digest"], row["rows_read"])
        return FileState(row, resume=place, hasher=hasher)
    return FileState(row, resume=place, hasher=hasher, drop_tail=bool(row["tail_bytes"]))


def _is_ended(row: dict[str, Any], after: bytes) -> bool:
    """Tell whether the last line, read provisionally, has got its line end and nothing else."""
    is_wide = str(row["encoding"]).startswith("utf-16")
    return row["tail_rows"] == 1 and not row["tail_quarantined"] and not is_wide and after[:1] in {b"\n", b"\r"}
