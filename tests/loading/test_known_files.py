"""Which file of the ledger a file on disk is, and where reading goes on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from detector.deployment.log_sources import Source
from detector.loading.known_files import FileReading, KnownFiles, continued
from detector.loading.loaded_file import LoadedFile, RowCounts, loaded_files, save_file
from detector.sources.log_format import FilePosition
from detector.store.schema import create_tables

SOURCE = Source("his", "csv", "/logs/*")
HEAD = b"event_id,user_id\n"
ONE, TWO = b"1,u1\n", b"2,u2"


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection)
    return connection


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def loaded(connection: duckdb.DuckDBPyConnection, path: Path, complete: bytes, tail: bytes = b"") -> LoadedFile:
    """Save a file of which these bytes were read, one row each of complete and tail."""
    reading = known(connection, path).match(path, path.stat())
    file = reading.file
    file.encoding = "ascii"
    file.add_rows(RowCounts(1, 1), FilePosition(len(complete), hashlib.sha256(complete).hexdigest(), 1))
    if tail:
        file.counts += RowCounts(1, 1)
        file.take_tail(tail, 2, RowCounts(1, 1))
    save_file(connection, file)
    return file


def known(connection: duckdb.DuckDBPyConnection, *paths: Path, source: Source = SOURCE) -> KnownFiles:
    return KnownFiles(connection, source, paths)


def resumed_at(reading: FileReading | None) -> tuple[int, int] | None:
    assert reading is not None
    return None if reading.resume is None else (reading.resume.byte_position, reading.resume.row_number)


def test_a_new_file_is_read_from_the_start(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE)
    files = known(connection, path)
    assert not files.unchanged(path, path.stat())
    reading = files.match(path, path.stat())
    assert (reading.file.file_id, reading.resume, reading.is_complete, reading.reload) == (1, None, False, False)
    assert reading.file.begins_with(HEAD + ONE)
    assert not reading.file.begins_with(ONE)
    assert reading.file.size_bytes == len(HEAD + ONE)


def test_unchanged_touched_and_grown(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE)
    loaded(connection, path, HEAD + ONE)
    assert known(connection, path).unchanged(path, path.stat())
    path.write_bytes(HEAD + ONE)
    assert known(connection, path).match(path, path.stat()).is_complete
    path.write_bytes(HEAD + ONE + TWO)
    assert not known(connection, path).unchanged(path, path.stat())
    reading = known(connection, path).match(path, path.stat())
    assert not reading.is_complete
    assert resumed_at(reading) == (len(HEAD + ONE), 1)
    assert reading.hasher.hexdigest() == hashlib.sha256(HEAD + ONE).hexdigest()


def test_a_renamed_file_is_known_and_a_copy_is_not(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE)
    loaded(connection, path, HEAD + ONE)
    copied = written(tmp_path, "copy.csv", HEAD + ONE)
    reading = known(connection, path, copied).match(copied, copied.stat())
    assert (reading.file.file_id, reading.resume) == (2, None)
    path.unlink()
    reading = known(connection, path, copied).match(copied, copied.stat())
    assert (reading.file.file_id, reading.is_complete) == (1, True)
    assert reading.file.path == str(copied)


def test_a_file_is_claimed_once(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE)
    loaded(connection, path, HEAD + ONE)
    moved = path.rename(tmp_path / "a.csv.1")
    again = written(tmp_path, "b.csv", HEAD + ONE)
    files = known(connection, moved, again)
    assert files.match(moved, moved.stat()).file.file_id == 1
    assert files.match(again, again.stat()).file.file_id == 2


@pytest.mark.parametrize(("after", "complete", "position", "rows", "keeps_tail"), [
    (TWO, True, len(HEAD + ONE), 1, True),
    (TWO + b"x", False, len(HEAD + ONE), 1, True),
    (TWO + b"\n", False, len(HEAD + ONE + TWO) + 1, 2, False),
    (TWO + b"\r\n3,u3\n", False, len(HEAD + ONE + TWO) + 2, 2, False),
    (b"2,other\n", False, len(HEAD + ONE), 1, True),
    (b"", False, len(HEAD + ONE), 1, True),
])  # fmt: skip
def test_a_provisional_last_line(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    after: bytes,
    complete: bool,
    position: int,
    rows: int,
    keeps_tail: bool,
) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE + TWO)
    file = loaded(connection, path, HEAD + ONE, TWO)
    path.write_bytes(HEAD + ONE + after)
    reading = continued(file, path)
    assert reading is not None
    assert reading.is_complete is complete
    assert resumed_at(reading) == (position, rows)
    assert (reading.file.tail is not None) is keeps_tail
    assert reading.hasher.hexdigest() == hashlib.sha256(path.read_bytes()[:position]).hexdigest()
    assert file.tail is not None, "the ledger's own file stays as it was"


def test_other_content_is_another_file(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE)
    file = loaded(connection, path, HEAD + ONE)
    for content in (HEAD + TWO + b"\n", HEAD):
        path.write_bytes(content)
        assert continued(file, path) is None
        assert known(connection, path).match(path, path.stat()).file.file_id == 2


def test_a_mapping_that_says_something_new_reloads_what_was_not_understood(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = written(tmp_path, "a.csv", HEAD + ONE)
    file = loaded(connection, path, HEAD + ONE)
    other = Source("his", "csv", "/logs/*", values={"action": {"teleport": "view"}})
    assert known(connection, path, source=other).unchanged(path, path.stat())
    file.counts += RowCounts(1, 0, 0, 1)
    save_file(connection, file)
    files = known(connection, path, source=other)
    assert not files.unchanged(path, path.stat())
    reading = files.match(path, path.stat())
    assert (reading.file.file_id, reading.reload, reading.resume, reading.file.counts) == (1, True, None, RowCounts())
    assert known(connection, path).unchanged(path, path.stat())


def test_a_file_that_cannot_be_read_keeps_its_number(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path, other = written(tmp_path, "a.csv", HEAD + ONE), tmp_path / "b.csv"
    loaded(connection, path, HEAD + ONE)
    files = known(connection, path, other)
    for place, number in ((path, 1), (other, 2)):
        file = files.unreadable(place, "cannot be read: no")
        save_file(connection, file)
        assert (file.file_id, file.problem) == (number, "cannot be read: no")
    assert [file.problem for file in loaded_files(connection, "his")] == ["cannot be read: no"] * 2
    written(tmp_path, "b.csv", HEAD + TWO)
    assert files.match(other, other.stat()).file.file_id == 2, "a file without rows gives its number to the next"
