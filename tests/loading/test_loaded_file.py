"""A file of the ledger: its counts with and without the provisional end, and its row in `files`."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib

import duckdb
import pytest

from detector.loading.loaded_file import UNFINISHED, LoadedFile, RowCounts, Tail, loaded_files, save_file
from detector.model.tables.ledger import FILES
from detector.sources.log_format import FilePosition
from detector.store.schema import create_tables


def file_with_tail() -> LoadedFile:
    file = LoadedFile(7, "his", "/logs/a.csv", "csv", "d1", 120, 5, 6, 100, "head", "ascii", ",")
    file.add_rows(RowCounts(10, 7, 2, 1, 3), FilePosition(100, "prefix", 10))
    last = RowCounts(1, 1, 0, 0, 1)
    file.add_rows(last, FilePosition(100, "prefix", 11))
    file.take_tail(b"last line", 4, last)
    file.widen_dates(dt.date(2026, 6, 2), dt.date(2026, 6, 3))
    return file


def test_counts_add_up_and_subtract() -> None:
    some, more = RowCounts(3, 1, 1, 1, 1), RowCounts(2, 2, 0, 0, 0)
    assert some + more == RowCounts(5, 3, 1, 1, 1)
    assert (some + more) - more == some
    assert some
    assert not RowCounts()


def test_a_dropped_tail_leaves_the_complete_rows() -> None:
    file = file_with_tail()
    assert file.counts == RowCounts(11, 8, 2, 1, 4)
    assert file.complete_counts == RowCounts(10, 7, 2, 1, 3)
    tail = file.drop_tail()
    assert tail == Tail(9, hashlib.sha256(b"last line").hexdigest(), 4, RowCounts(1, 1, 0, 0, 1))
    assert tail.is_content(b"last line")
    assert not tail.is_content(b"last line,")
    assert file.counts == file.complete_counts == RowCounts(10, 7, 2, 1, 3)
    assert file.drop_tail() is None


def test_a_completed_tail_keeps_its_rows() -> None:
    file = file_with_tail()
    file.complete_tail(FilePosition(110, "longer", 11))
    assert file.counts == file.complete_counts == RowCounts(11, 8, 2, 1, 4)
    assert (file.bytes_read, file.prefix_digest) == (110, "longer")


def test_dates_only_widen() -> None:
    file = file_with_tail()
    file.widen_dates(dt.date(2026, 6, 3), dt.date(2026, 6, 3))
    assert (file.first_date, file.last_date) == (dt.date(2026, 6, 2), dt.date(2026, 6, 3))
    file.widen_dates(dt.date(2026, 6, 1), dt.date(2026, 6, 4))
    assert (file.first_date, file.last_date) == (dt.date(2026, 6, 1), dt.date(2026, 6, 4))


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_tables(connection)
    return connection


def test_a_file_is_read_back_as_it_was_saved(connection: duckdb.DuckDBPyConnection) -> None:
    file = file_with_tail()
    plain = LoadedFile(8, "his", "/logs/b.csv", "csv", "d1", problem="cannot be read")
    for one in (plain, LoadedFile(9, "emr", "/logs/c.csv", "csv", "d1"), file):
        save_file(connection, one)
    assert loaded_files(connection, "his") == [file, plain]
    (row,) = connection.execute("from files where file_id = 7").fetchall()
    columns = dict(zip(FILES.names, row, strict=True))
    assert {name: value for name, value in columns.items() if name.startswith("tail")} == {
        "tail_bytes": 9, "tail_digest": hashlib.sha256(b"last line").hexdigest(), "tail_part_id": 4, "tail_rows": 1,
        "tail_accepted": 1, "tail_duplicates": 0, "tail_quarantined": 0, "tail_renamed": 1, "tail_skipped": 0,
    }  # fmt: skip
    assert (columns["rows_read"], columns["renamed_ids"]) == (11, 4)


def test_a_file_in_the_middle_of_its_reading_is_not_finished(connection: duckdb.DuckDBPyConnection) -> None:
    file = file_with_tail()
    save_file(connection, file, finished=False)
    (stored,) = loaded_files(connection, "his")
    assert stored.modified_ns == UNFINISHED
    assert not stored.is_finished
    assert file.is_finished
    save_file(connection, file)
    assert loaded_files(connection, "his") == [copy.copy(file)]
