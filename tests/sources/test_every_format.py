"""What holds for every log format: found by itself, exact accounting, encodings, nothing, cut off, damaged, hostile.

A format that is added needs its line in `LOGS`: a file of four records, all of which are events.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.sources.byte_stream import ByteStream
from detector.sources.formats import format_of, formats
from detector.sources.headers import map_layout
from detector.sources.log_format import ReadOptions
from tests.site_folder import Deployment
from tests.sources.test_audit_messages import dicom, event, framed
from tests.sources.test_database_logs import audit, csvlog
from tests.sources.test_excel import workbook
from tests.sources.test_openemr import ROWS, dump
from tests.sources.test_ruoyi import VALUES, VUE

HEADER = ("event_id", "event_time", "user_id", "patient_id", "action", "reason")
LINES = [(f"e{n}", f"2026-06-01 08:0{n}:00", "护士1", f"p{n}", "view", "复核") for n in range(4)]


def delimited(header: list[str], rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(dict(zip(HEADER, map(list, zip(*LINES, strict=True)), strict=True))), file)
    return file.getvalue()


LOGS: dict[str, Callable[[], str | bytes]] = {
    "csv": lambda: delimited(list(HEADER), LINES),
    "db-audit": lambda: csvlog(*[audit(n, f"select * from patient where patient_id='p{n}' -- 复核") for n in range(4)]),
    "dicom-audit": lambda: "\n".join(framed(dicom(number)) for number in (1, 2, 3, 4)) + "\n",
    "excel": lambda: workbook(("日志", [HEADER, *LINES])),
    "fhir-auditevent": lambda: json.dumps([event(id=f"e{n}", purposeOfEvent=[{"text": "复核"}]) for n in range(4)],
                                          ensure_ascii=False, indent=1),
    "ndjson": lambda: json.dumps([dict(zip(HEADER, line, strict=True)) for line in LINES], ensure_ascii=False),
    "openemr": lambda: dump([one | {"user_notes": "复核"} for one in ROWS]),
    "parquet": parquet,
    "ruoyi": lambda: delimited(VUE.split(","), [(f"{n}", *VALUES[1:]) for n in range(4)]),
}  # fmt: skip
BINARY = {"excel", "parquet"}
TEXTS = sorted(set(LOGS) - BINARY)


def content_of(name: str, encoding: str = "utf-8") -> bytes:
    content = LOGS[name]()
    return content if isinstance(content, bytes) else content.encode(encoding)


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, source='name = "his"\npath = "logs/*"\n')


def loaded(site: Deployment, content: bytes) -> tuple[Any, ...]:
    """Load a file; return its rows read, accepted, duplicates, quarantined, its format and its problem."""
    site.put("a.log", content)
    site.load()
    found = site.query("select rows_read, accepted, duplicates, quarantined, format, problem from files")
    return found[0] if found else (0, 0, 0, 0, None, None)


def read(path: Path, log_format: str) -> tuple[list[tuple[int, str]], int, int, str | None]:
    """Read a file by itself: place and raw text of its records, its rows, those set aside, its problem."""
    records: list[tuple[int, str]] = []
    rows = rejected = 0
    with ByteStream(path) as stream:
        reader = formats()[log_format].open(stream, ReadOptions())
        while True:
            layout = reader.layout
            for chunk in reader.chunks(tuple(range(len(layout.header))), frozenset()):
                texts = chunk.records.to_pylist()
                records += [(one["byte_position"], one["raw"]) for one in texts]
                rows, rejected = rows + chunk.rows, rejected + len(chunk.rejected)
                assert chunk.rows == len(texts) + len(chunk.rejected) + chunk.repeats
            if reader.layout.header == layout.header:
                return records, rows, rejected, stream.problem


def test_every_format_has_its_log() -> None:
    assert set(formats()) - {"database"} == set(LOGS), "a view of a database is no file"


@pytest.mark.parametrize("name", LOGS)
def test_it_is_found_by_itself_and_every_row_is_accounted_for(site: Deployment, name: str) -> None:
    assert loaded(site, content_of(name)) == (4, 4, 0, 0, name, None)
    assert site.load().rows_read == 0
    places = site.query("select row_number, byte_position, raw from events order by row_number")
    assert [one[0] for one in places] == [1, 2, 3, 4]
    if name in TEXTS:
        assert all(content_of(name)[place:].startswith(raw.encode()) for _, place, raw in places)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", TEXTS)
def test_encodings(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(content_of(name, encoding))
    assert format_of(path).name == name
    records, rows, rejected, problem = read(path, name)
    assert (len(records), rows, rejected, problem) == (4, 4, 0, None)
    path.write_bytes(content_of(name))
    assert [raw for _, raw in read(path, name)[0]] == [raw for _, raw in records]


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n \n", b"\xef\xbb\xbf"])
def test_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(content)
    assert read(path, name)[:3] == ([], 0, 0)


@pytest.mark.parametrize("name", TEXTS)
def test_cut_off_anywhere(tmp_path: Path, name: str) -> None:
    """What is whole is read, at its place, and the sums hold."""
    whole, path = content_of(name), tmp_path / "a.log"
    path.write_bytes(whole)
    complete = read(path, name)[0]
    for length in range(1, len(whole), max(len(whole) // 60, 1)):
        path.write_bytes(whole[:length])
        records, rows, rejected, _ = read(path, name)
        assert records[: len(records) - 1] == complete[: max(len(records) - 1, 0)]
        assert len(records) >= sum(place + len(raw.encode()) < length - 2 for place, raw in complete) - (
            name == "openemr"
        )
        assert rows == len(records) + rejected


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_that_grows(site: Deployment, name: str) -> None:
    whole = content_of(name)
    for share in (0.4, 0.8, 1):
        loaded(site, whole[: int(len(whole) * share)])
    counts = site.query("select sum(rows_read), sum(accepted), sum(duplicates), sum(quarantined) from files")[0]
    assert counts[0] == sum(counts[1:])
    events = site.query("select count(distinct row_number), count(*) from events")[0]
    assert events == (4, 4)


@pytest.mark.parametrize("name", LOGS)
def test_damaged_anywhere(tmp_path: Path, name: str) -> None:
    """Bytes that are changed, left out or doubled never end in a defect of the program, and no row is lost count of."""
    whole, path = content_of(name), tmp_path / "a.log"
    chance = random.Random(7)
    for _ in range(25):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.choice([0, 1, 9])] = chance.choice(
                [b"\0", b'"', b"{", b"}]", b"<", b"\xff\xfe", b"\n", b"'", b",,,", b"</a>", b"[" * 99]
            )
        path.write_bytes(bytes(damaged))
        records, rows, rejected, _ = read(path, name)
        assert rows >= len(records) + rejected


@pytest.mark.parametrize("name", LOGS)
def test_columns_are_understood(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(content_of(name))
    with ByteStream(path) as stream:
        mapping = map_layout(formats()[name].open(stream, ReadOptions()).layout, {})
    assert mapping.problem is None
    assert {"event_time", "user_id", "action"} <= mapping.columns.keys()
