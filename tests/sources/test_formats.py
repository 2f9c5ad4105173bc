"""NDJSON and Parquet go through the same typing as CSV."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.sources.formats import formats
from tests.site_folder import Deployment


@pytest.fixture
def ndjson(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, source='name = "his"\nformat = "ndjson"\npath = "logs/*"\n')


@pytest.fixture
def parquet(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, source='name = "his"\nformat = "parquet"\npath = "logs/*"\n')


def test_formats_are_found() -> None:
    assert set(formats()) >= {"csv", "ndjson", "parquet"}
    assert all(name == one.name and one.title for name, one in formats().items())


def test_json_lines(ndjson: Deployment) -> None:
    lines = [
        {"日志ID": 7, "操作时间": "2026-06-01T08:00:00+08:00", "工号": "01039", "操作类型": "浏览", "病历号": None},
        {"日志ID": 8, "操作时间": 1780272000000, "工号": 1039, "操作类型": "导出", "记录数": 12.0, "extra": {"a": [1]}},
    ]
    ndjson.write(
        "a.ndjson", *(json.dumps(line, ensure_ascii=False) for line in lines), "{broken", "[1]", "", header=None
    )
    ndjson.load()
    assert ndjson.counts() == [("a.ndjson", 4, 2, 0, 2)]
    assert ndjson.events("event_id, event_time, user_id, patient_id, action, record_count, row_number") == [
        ("his:7", datetime(2026, 6, 1), "01039", None, "view", 1, 1),
        ("his:8", datetime(2026, 6, 1), "1039", None, "export", 12, 2),
    ]
    assert [(one[0], one[3]) for one in ndjson.quarantine()] == [(3, "{broken"), (4, "[1]")]
    assert json.loads(ndjson.query("select raw from events order by 1 desc")[0][0]) in lines


def test_a_key_that_comes_late(ndjson: Deployment) -> None:
    first = {"event_id": "1", "event_time": "2026-06-01 08:00:00", "user_id": "u", "action": "login", "pad": "x" * 3000}
    late = first | {"event_id": "2", "patient_id": "p9", "action": "view"}
    ndjson.write(
        "a.ndjson", *[json.dumps(first | {"event_id": f"a{n}"}) for n in range(500)], json.dumps(late), header=None
    )
    ndjson.load()
    assert ndjson.query("select event_id from events where patient_id = 'p9'") == [("his:2",)]


@pytest.mark.heavy
def test_json_lines_grow(ndjson: Deployment) -> None:
    lines = [
        json.dumps({"event_time": f"2026-06-01 08:00:0{n}", "user_id": "u", "action": "view"}) + "\n" for n in range(4)
    ]
    whole = "".join(lines).encode()
    for length in range(0, len(whole) + 1, 11):
        ndjson.put("a.ndjson", whole[:length])
        ndjson.load()
    ndjson.put("a.ndjson", whole)
    ndjson.load()
    assert ndjson.counts()[-1][1:] == (4, 4, 0, 0)


def test_parquet(parquet: Deployment) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    table = pa.table({
        "event_id": pa.array([1, 2, 3]),
        "event_time": pa.array([at, at, None], pa.timestamp("us", "UTC")),
        "user_id": ["u1", "u2", "u3"],
        "action": pa.array(["view", "查询", "view"]).dictionary_encode(),
        "record_count": pa.array([1.0, 5.0, 1.0]),
        "nested": pa.array([[1], [2, 3], None]),
    })  # fmt: skip
    path = parquet.folder / "logs" / "a.parquet"
    pq.write_table(table, path)
    parquet.load()
    assert parquet.counts() == [("a.parquet", 3, 2, 0, 1)]
    assert parquet.events("event_id, event_time, action, record_count, row_number") == [
        ("his:1", datetime(2026, 6, 1), "view", 1, 1),
        ("his:2", datetime(2026, 6, 1), "search", 5, 2),
    ]
    assert json.loads(parquet.query("select raw from events order by event_id")[1][0])["nested"] == "[2, 3]"
    assert parquet.load().rows_read == 0


def test_a_parquet_file_that_is_not_complete(parquet: Deployment) -> None:
    table = pa.table({"event_time": ["2026-06-01 08:00:00"], "user_id": ["u1"], "action": ["view"]})
    path = parquet.folder / "logs" / "a.parquet"
    pq.write_table(table, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert parquet.load().files[0].problem is not None
    path.write_bytes(whole)
    parquet.load()
    assert parquet.counts() == [("a.parquet", 1, 1, 0, 0)]
    assert parquet.query("select problem from files") == [(None,)]
