from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from detector.errors import DetectorError, DiskFull, StoreBusy, StoreDamaged
from detector.night.last_run import (
    FILE_NAME,
    RunRecord,
    failures_recorded,
    read_run_record,
    record_end,
    record_start,
)

EARLY = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
LATE = datetime(2026, 6, 1, 2, 5, tzinfo=UTC)


def test_nothing_ran_yet(tmp_path: Path) -> None:
    assert read_run_record(tmp_path) == RunRecord()
    assert read_run_record(tmp_path / "nowhere") == RunRecord()


def test_a_run_from_start_to_end(tmp_path: Path) -> None:
    record_start(tmp_path, EARLY)
    assert read_run_record(tmp_path) == RunRecord(started_at="2026-06-01T02:00:00+00:00")
    record_end(tmp_path, LATE, exit_code=0, through=date(2026, 5, 31))
    assert read_run_record(tmp_path) == RunRecord(
        started_at="2026-06-01T02:00:00+00:00",
        ended_at="2026-06-01T02:05:00+00:00",
        exit_code=0,
        good_at="2026-06-01T02:05:00+00:00",
        good_through="2026-05-31",
    )
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_failure_keeps_the_last_good_night(tmp_path: Path) -> None:
    record_end(tmp_path, EARLY, exit_code=1, through=date(2026, 5, 30))
    record_start(tmp_path, LATE)
    record_end(tmp_path, LATE, exit_code=4, message="the disk is full")
    known = read_run_record(tmp_path)
    assert (known.exit_code, known.message) == (4, "the disk is full")
    assert (known.good_at, known.good_through) == ("2026-06-01T02:00:00+00:00", "2026-05-30")


def test_a_damaged_record_is_said_and_mended_by_the_next_run(tmp_path: Path) -> None:
    for content in ("{", "[]", '{"unknown": 1}', ""):
        (tmp_path / FILE_NAME).write_text(content)
        with pytest.raises(StoreDamaged, match="cannot be read"):
            read_run_record(tmp_path)
    record_start(tmp_path, EARLY)
    assert read_run_record(tmp_path).started_at is not None


def test_a_missing_store_folder_is_left_missing(tmp_path: Path) -> None:
    record_start(tmp_path / "state", EARLY)
    assert not (tmp_path / "state").exists()


def test_the_record_is_shared_as_the_published_copy_is(tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    published.touch()
    published.chmod(0o640)
    record_start(tmp_path, EARLY)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(DiskFull("the disk is full"), 4, "the disk is full"), (ValueError("x"), -1, "ValueError: x")],
)
def test_an_error_that_ends_the_run_is_recorded(tmp_path: Path, error: Exception, code: int, message: str) -> None:
    record_end(tmp_path, EARLY, exit_code=0, through=date(2026, 5, 30))
    record_start(tmp_path, EARLY)
    with pytest.raises(type(error)), failures_recorded(tmp_path, lambda: LATE):
        raise error
    record = read_run_record(tmp_path)
    assert (record.exit_code, record.message) == (code, message)
    assert record.ended_at == "2026-06-01T02:05:00+00:00"
    assert record.good_through == "2026-05-30"


def test_neither_a_busy_store_nor_an_interruption_is_recorded(tmp_path: Path) -> None:
    record_start(tmp_path, EARLY)
    before = read_run_record(tmp_path)
    errors: list[DetectorError | KeyboardInterrupt] = [StoreBusy("process 17"), KeyboardInterrupt()]
    for error in errors:
        with pytest.raises(type(error)), failures_recorded(tmp_path, lambda: LATE):
            raise error
    assert read_run_record(tmp_path) == before


def test_what_a_run_noted_stays_until_the_next_good_one(tmp_path: Path) -> None:
    told = {"en": ["source emr has no file at all"], "zh": ["来源 emr 没有任何文件"]}
    record_end(tmp_path, EARLY, exit_code=1, noted=told, quarantine=(3, 2, 40), arrived_at=EARLY)
    record_start(tmp_path, LATE)
    record_end(tmp_path, LATE, exit_code=4, message="the disk is full")
    known = read_run_record(tmp_path)
    assert (known.noted, list(known.quarantine), known.arrival) == (told, [3, 2, 40], EARLY)
    record_end(tmp_path, LATE, exit_code=0)
    known = read_run_record(tmp_path)
    assert (known.noted, list(known.quarantine), known.arrival) == ({}, [3, 2, 40], EARLY)
