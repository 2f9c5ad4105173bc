"""Whatever a file contains, every record is read or rejected, once, with its number, place and text."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sources import text_chunks
from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import NUL_SHOWN
from detector.sources.formats.csv import CsvReader
from detector.sources.log_format import Chunk, ReadOptions
from tests.sources.oracle import oracle_records

HEADER = "event_id,user_id,action"
PIECES = st.sampled_from([
    "a", "b,c,d\n", "1,2,3\n", '"x",y,z\n', '"', '""', ",", ",,\n", "\n", "\r\n", "\r", "\0", '"q""q",1,2\r\n', "工号",
    'x,"two\nlines",y\n', "  ", "p,q\n", 'l5"x,m,n\n', "\t", ";", "u,v,w",
])  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reader")


def read_all(path: Path, options: ReadOptions = ReadOptions(delimiter=",")) -> list[Chunk]:
    with ByteStream(path) as stream:
        reader = CsvReader(stream, options)
        return list(reader.chunks((0, 1, 2), frozenset({2})))


def as_rows(chunks: list[Chunk]) -> list[tuple[int, int, str, tuple[str, ...] | None]]:
    rows: list[tuple[int, int, str, tuple[str, ...] | None]] = []
    for chunk in chunks:
        for row in chunk.records.to_pylist():
            rows.append((row["row_number"], row["byte_position"], row["raw"], (row["c0"], row["c1"], row["c2"])))
        rows += [(one.row_number, one.byte_position, one.raw, None) for one in chunk.rejected]
    return sorted(rows)


@pytest.mark.parametrize("window", [40, pytest.param(200, marks=pytest.mark.heavy), 32 << 20])
@given(pieces=st.lists(PIECES, max_size=60))
@settings(max_examples=300)
def test_every_record_is_read_or_rejected_exactly_once(
    folder: Path, window: int, pieces: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_chunks, "WINDOW_BYTES", window)
    monkeypatch.setattr(text_chunks, "HEAD_BYTES", min(window, 1 << 20) // 2)
    monkeypatch.setattr(text_chunks, "HEADER_BYTES", 1 << 16)
    body = "".join(pieces).encode()
    head = f"{HEADER}\n".encode()
    path = folder / "log.csv"
    path.write_bytes(head + body)
    chunks = read_all(path, ReadOptions(encoding="utf-8", delimiter=","))
    expected = oracle_records(head + body, ",", 3, start=len(head))
    assert as_rows(chunks) == [
        (number, record.start, record.raw.decode().replace("\0", NUL_SHOWN), record.fields)
        for number, record in enumerate(expected, 1)
    ]  # fmt: skip
    assert sum(chunk.rows for chunk in chunks) == len(expected)
    whole = [chunk for chunk in chunks if chunk.provisional is None]
    if whole:
        end = whole[-1].end
        assert end.digest == hashlib.sha256((head + body)[: end.byte_position]).hexdigest()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-be", "utf-8-sig", "big5"])
@given(pieces=st.lists(PIECES.filter(lambda piece: "\0" not in piece), max_size=40))
@settings(max_examples=100)
def test_encodings_give_the_same_records(
    folder: Path, encoding: str, pieces: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_chunks, "WINDOW_BYTES", 300)
    text = f"{HEADER}\n" + "".join(pieces).replace("工号", "一日")
    path = folder / "log.csv"
    original = text.encode(encoding)
    path.write_bytes(original)
    rows = as_rows(read_all(path, ReadOptions(encoding=encoding, delimiter=",")))
    expected = oracle_records(text.encode(), ",", 3, start=len(HEADER) + 1)
    assert [(row[0], row[2], row[3]) for row in rows] == [
        (number, record.raw.decode(), record.fields) for number, record in enumerate(expected, 1)
    ]
    codec = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    for row in rows:
        assert original[row[1] :].startswith(row[2].encode(codec))
