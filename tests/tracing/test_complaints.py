"""The officer's list in whatever form it comes."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import InputError, UsageError
from detector.tracing.complaints import Complaints, read_complaints


def read(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Complaints:
    path = tmp_path / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_complaints(path, "Asia/Shanghai")


def rows(found: Complaints) -> list[tuple[str, date | None]]:
    return found.patients.rows()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("header", ["病历号,投诉日期", "患者ID;知悉日期", "patient_id\tknown_on", "住院号,日期"])
def test_headers_separators_and_encodings_of_hospitals(tmp_path: Path, encoding: str, header: str) -> None:
    separator = next(one for one in ",;\t" if one in header)
    text = f"{header}\r\n00123{separator}2026-07-01\r\n00124{separator}\r\n"
    assert rows(read(tmp_path, text, encoding)) == [("00123", date(2026, 7, 1)), ("00124", None)]


def test_dates_as_people_write_them(tmp_path: Path) -> None:
    written = ["2026/7/1", "2026年7月1日", "20260701", "2026-07-01 08:30:00", "2026-06-30T20:00:00Z"]
    found = read(tmp_path, "patient_id,known_on\n" + "".join(f"p{n},{text}\n" for n, text in enumerate(written)))
    assert {known for _, known in rows(found)} == {date(2026, 7, 1)}


def test_a_patient_named_twice_counts_once_by_the_earliest_date(tmp_path: Path) -> None:
    found = read(tmp_path, "patient_id,known_on\na,2026-07-03\nb,\na,2026-07-01\na,\n")
    assert rows(found) == [("a", date(2026, 7, 1)), ("b", None)]
    assert found.repeated == 2


def test_what_is_not_understood_is_told_by_row_and_not_fatal(tmp_path: Path) -> None:
    found = read(tmp_path, "patient_id,known_on\na,soon\n,2026-07-01\nb,2026-07-02\nc,2026-07-03,x\n")
    assert rows(found)[:2] == [("a", None), ("b", date(2026, 7, 2))]
    assert found.problems[0] == (1, "known_on is not a date: soon")


def test_other_columns_and_compression_are_no_matter(tmp_path: Path) -> None:
    content = gzip.compress("姓名,电话,病案号\n张三,13800000000,00123\n".encode("gb18030"), mtime=0)
    assert rows(read(tmp_path, content)) == [("00123", None)]


@pytest.mark.parametrize("content", ["", "\n\n", "patient_id\n", "patient_id,known_on\n,\n"])
def test_a_list_of_nobody_is_no_input(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError):
        read(tmp_path, content)


def test_a_list_without_a_known_column_says_what_it_takes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`patient_id,known_on`"):
        read(tmp_path, "00123\n00124\n")


@settings(max_examples=20)
@given(st.lists(st.from_regex(r"[A-Z]{0,2}[0-9]{1,9}", fullmatch=True), min_size=1, max_size=30))
def test_every_number_comes_back_once_in_order(tmp_path: Path, numbers: list[str]) -> None:
    found = read(tmp_path, "patient_id\n" + "".join(f"{one}\n" for one in numbers))
    assert [patient for patient, _ in rows(found)] == list(dict.fromkeys(numbers))
    assert found.repeated == len(numbers) - len(set(numbers))
