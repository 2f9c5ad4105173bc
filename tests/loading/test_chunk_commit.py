"""Chunks of one file: events, quarantine and ledger row commit together; a provisional end is taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from detector.loading.chunk_commit import ChunkCommit, event_table
from detector.loading.known_files import FileReading, KnownFiles
from detector.loading.loaded_file import RowCounts, loaded_files
from detector.loading.quarantine import count_no_records, quarantine_records
from detector.loading.row_times import RowTimes
from detector.model.tables import EVENTS
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import canonical_rows
from detector.sources.formats import csv, formats
from detector.sources.headers import map_header
from detector.sources.log_format import ReadOptions, RejectedRecord
from detector.store import Store, open_store
from tests.site_folder import HEADER, Deployment, row

LATEST = dt.datetime(2026, 7, 1)  # noqa: DTZ001 - UTC, as the store keeps times


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def load(
    store: Store, site: Deployment, path: Path, problem: str | None = None, *, repeats: int = 0, skipped: int = 0
) -> tuple[FileReading, RowCounts]:
    """Load one file chunk by chunk, without what stands around it; each chunk has so many repeats and skipped lines."""
    settings = site.settings()
    source = settings.sources[0]
    reading = KnownFiles(store.connection, source, [path]).match(path, path.stat())
    with ByteStream(path) as stream:
        reader = formats()["csv"].open(stream, ReadOptions(resume=reading.resume, hasher=reading.hasher))
        header = reader.layout.header
        mapping = map_header(header, {})
        times = RowTimes(store.connection, settings.site.timezone, source, LATEST)
        commit = ChunkCommit(store, times, source, reading, reader)
        for plain in reader.chunks(tuple(range(len(header))), frozenset()):
            chunk = replace(plain, rows=plain.rows + repeats, repeats=repeats, skipped=skipped)
            commit.write(chunk, canonical_rows(chunk.records, mapping, source.values, header), problem)
        return reading, commit.finish(problem)


def rows_of(store: Store, sql: str) -> list[tuple[Any, ...]]:
    store.refresh_views()
    return store.connection.execute(sql).fetchall()


def test_counts_are_those_of_the_run_and_the_ledger_has_the_sum(site: Deployment) -> None:
    path = site.write("a.csv", row(1), row(1), "broken")
    with open_store(site.settings(), threads=1) as store:
        _, counts = load(store, site, path)
        assert counts == RowCounts(3, 1, 1, 1)
        site.write("a.csv", row(1), row(1), "broken", row(1, patient="p2"))
        reading, counts = load(store, site, path)
        assert counts == RowCounts(1, 1, 0, 0, 1)
        assert loaded_files(store.connection, "his") == [reading.file]
        assert reading.file.counts == RowCounts(4, 2, 1, 1, 1)
        assert rows_of(store, "select row_number, reason from quarantine") == [(3, "1 columns instead of 5")]


def test_repeats_are_duplicates_and_skipped_lines_are_no_rows(site: Deployment) -> None:
    path = site.write("a.csv", row(1), row(2))
    with open_store(site.settings(), threads=1) as store:
        reading, counts = load(store, site, path, repeats=3, skipped=4)
        assert counts == RowCounts(read=5, accepted=2, duplicates=3, skipped=4)
        assert loaded_files(store.connection, "his") == [reading.file]
        assert rows_of(store, "select rows_read, accepted, duplicates, skipped from files") == [(5, 2, 3, 4)]


def test_what_is_no_record_of_the_log_is_told_from_other_rows_in_quarantine(site: Deployment) -> None:
    path = site.write("a.csv", row(1))
    rejected = tuple(
        RejectedRecord(number, 0, reason, "raw")
        for number, reason in ((2, "no record: a total"), (3, "2 columns instead of 5"), (4, "no record: a total"))
    )
    with open_store(site.settings(), threads=1) as store:
        reading, _ = load(store, site, path)
        quarantine_records(store.connection, "his", reading.file.file_id, reading.file.path, rejected)
        assert count_no_records(store.connection, reading.file.file_id, 0) == 2
        assert count_no_records(store.connection, reading.file.file_id, 2) == 1


def test_a_provisional_end_counts_once_however_often_it_grows(site: Deployment) -> None:
    whole = f"{HEADER}\n{row(1)}\n{row(2)}\n"
    cut = len(whole) - len(row(2)) + 3
    with open_store(site.settings(), threads=1) as store:
        path = site.put("a.csv", whole[:cut].encode())
        reading, counts = load(store, site, path)
        assert counts == RowCounts(2, 1, 0, 1)
        assert reading.file.tail is not None
        assert rows_of(store, "select count(*) from quarantine") == [(1,)]
        site.put("a.csv", whole[:-1].encode())
        reading, counts = load(store, site, path)
        assert counts == RowCounts(1, 1)
        assert reading.file.counts == RowCounts(2, 2)
        assert reading.file.tail is not None
        tail_part = reading.file.tail.part_id
        assert rows_of(store, "select count(*) from quarantine") == [(0,)]
        site.put("a.csv", whole[:-1].encode() + b"9")
        reading, counts = load(store, site, path)
        assert counts == RowCounts(1, 0, 0, 1)
        assert reading.file.counts == RowCounts(2, 1, 0, 1)
        assert rows_of(store, f"select count(*) from event_parts where part_id = {tail_part}") == [(0,)]
        assert rows_of(store, "select event_id from events order by 1") == [("his:e1",)]


def test_a_problem_sends_every_row_to_quarantine(site: Deployment) -> None:
    path = site.write("a.csv", row(1), row(2))
    with open_store(site.settings(), threads=1) as store:
        reading, counts = load(store, site, path, "no column for x")
        assert counts == RowCounts(2, 0, 0, 2)
        assert reading.file.problem == "no column for x"
        assert rows_of(store, "select distinct reason from quarantine") == [("no column for x",)]


def test_a_chunk_that_fails_leaves_nothing_behind(site: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    path = site.write("a.csv", row(1), row(2), "broken")

    def fail(self: Store, path: str, table: pa.Table) -> None:
        raise KeyError(path)

    with open_store(site.settings(), threads=1) as store:
        monkeypatch.setattr(Store, "write_table", fail)
        with pytest.raises(KeyError):
            load(store, site, path)
        monkeypatch.undo()
        for table in ("files", "quarantine", "event_parts"):
            assert rows_of(store, f"select count(*) from {table}") == [(0,)], table
        assert load(store, site, path)[1] == RowCounts(3, 2, 0, 1)


def test_typed_rows_and_texts_must_stand_in_the_same_order() -> None:
    texts = pa.table({name: pa.nulls(2, pa.string()) for name in EVENTS.names} | {"row_number": [1, 2]})
    typed = pa.table({"row_number": [2, 1], "event_id": ["a", "b"], "variant": [1, 1], "is_event": [True, True]})
    with pytest.raises(AssertionError, match="same order"):
        event_table("his", 1, typed, texts)
    ordered = typed.take(pa.array([1, 0])).set_column(3, "is_event", pa.array([True, False]))
    events = event_table("his", 1, ordered, texts)
    assert events.column_names == [*EVENTS.names, "variant"]
    assert events["event_id"].to_pylist() == ["b"]
    assert events["source"].to_pylist() == ["his"]


def test_rows_of_a_large_chunk_keep_their_order_where_threads_share_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads take blocks of it as they come: what was typed stands beside the texts that it was typed from."""
    monkeypatch.setattr(csv, "BLOCK_BYTES", 1 << 18)
    rows = 300_000
    site = Deployment(tmp_path, threads=4)
    clock = [f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}" for second in range(86_400)]
    lines = [f"{number},2026-06-01 {clock[number % 86_400]},u{number % 7},view" for number in range(rows)]
    site.write("a.csv", *lines, header="event_id,event_time,user_id,action")
    summary = site.load()
    assert (summary.accepted, [file.problem for file in summary.files]) == (rows, [None])
    place = "(row_number - 1)"
    wrong = f"select count(*) from events where user_id <> 'u' || {place} % 7 or event_id <> 'his:' || {place}"
    assert site.query(wrong) == [(0,)]
