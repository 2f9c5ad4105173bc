"""Records found in text by code: positions, windows, reading on, encodings, records without an end."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sources import decoded_text, record_reader
from detector.sources.byte_stream import ByteStream
from detector.sources.log_format import Chunk, FilePosition, ReadOptions
from detector.sources.record_reader import CANONICAL, Found, RecordReader, Split

MESSAGE = re.compile(r"<([^<>]*)>")


class Brackets:
    """Records are `<account>`; `<!>` is none, `<=>` a repetition; what stands between them is skipped."""

    def split(self, text: str, *, final: bool) -> Split:
        result, place = Split(0), 0
        for match in MESSAGE.finditer(text):
            if text[place : match.start()].strip():
                result.skipped.append(place)
            inner, place = match[1], match.end()
            reason = "is none" if inner == "!" else ""
            values = None if inner in "!=" else {"user_id": inner}
            result.records.append(Found(match.start(), match.end(), values, reason))
        result.consumed = place
        rest = text.find("<", place)
        if final and rest >= 0:
            result.records.append(Found(rest, len(text), None, "no end"))
            result.open_from, result.problem = rest, "cut off"
        if final:
            result.consumed = len(text)
        return result

    def resynchronised(self, text: str) -> int:
        return len(text)

    def needs_beginning(self, text: str) -> bool:
        return text.startswith("from the start")


USER = CANONICAL.index("user_id")


def read(path: Path, options: ReadOptions | None = None) -> tuple[list[Chunk], str | None]:
    with ByteStream(path) as stream:
        reader = RecordReader(stream, options or ReadOptions(), Brackets())
        return list(reader.chunks((USER,), frozenset())), stream.problem


def records(chunks: list[Chunk]) -> list[tuple[int, int, str, str]]:
    names = ["row_number", "byte_position", f"c{USER}", "raw"]
    return [tuple(row[name] for name in names) for chunk in chunks if chunk.records.num_rows
            for row in chunk.records.to_pylist()]  # type: ignore[misc]  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


def test_rows_repeats_and_skipped_entries_are_counted(log: Path) -> None:
    log.write_text("x <u1> <=> <!>\nother <u2>")
    (chunk,), problem = read(log)
    assert problem is None
    assert records([chunk]) == [(1, 2, "u1", "<u1>"), (4, 21, "u2", "<u2>")]
    assert [(one.row_number, one.byte_position, one.reason, one.raw) for one in chunk.rejected] == [
        (3, 11, "is none", "<!>")
    ]
    assert (chunk.rows, chunk.repeats, chunk.skipped) == (4, 1, 2)
    assert chunk.end == FilePosition(25, hashlib.sha256(log.read_bytes()).hexdigest(), 4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_positions_are_bytes_in_every_encoding(log: Path, encoding: str) -> None:
    text = "".join(f"<护士{number}>\n" for number in range(30))
    log.write_bytes(text.encode(encoding))
    chunks, _ = read(log)
    found = records(chunks)
    assert [one[2] for one in found] == [f"护士{number}" for number in range(30)]
    content = log.read_bytes()
    plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    assert all(content[one[1] :].startswith(one[3].encode(plain)) for one in found)


def test_lines_of_two_encodings_and_bytes_of_none(log: Path) -> None:
    lines = ["<护士1>".encode() + b"\n", "<护士2>".encode("gb18030") + b"\n", b"<\xff\xff>\n", "<护士3>".encode()]
    log.write_bytes(b"".join(lines))
    (chunk,), _ = read(log, ReadOptions(encoding="utf-8"))
    assert [one[1:3] for one in records([chunk])] == [(0, "护士1"), (10, "护士2"), (23, "护士3")]
    assert [(one.row_number, one.raw) for one in chunk.rejected] == [(3, r"<\xff\xff>")]


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_reading_in_parts_gives_what_reading_at_once_gives(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from(["", "from the start "]))
    parts = data.draw(st.lists(st.sampled_from(["<u>", "<护士>", "<!>", "<=>", "\n", " x "]), max_size=30))
    content = (start + "".join(parts)).encode()
    cut = data.draw(st.integers(0, len(content)))
    log = tmp_path_factory.mktemp("log") / "a.log"
    log.write_bytes(content)
    whole, _ = read(log)
    log.write_bytes(content[:cut])
    before, _ = read(log)
    complete = [chunk for chunk in before if chunk.provisional is None]
    options = ReadOptions()
    if complete:
        end = complete[-1].end
        assert end.digest == hashlib.sha256(content[: end.byte_position]).hexdigest()
        options = ReadOptions(resume=end, hasher=hashlib.sha256(content[: end.byte_position]))
    log.write_bytes(content)
    after, _ = read(log, options)
    both = [*complete, *after]
    assert records(both) == records(whole)
    assert [one for chunk in both for one in chunk.rejected] == [one for chunk in whole for one in chunk.rejected]
    assert sum(chunk.rows for chunk in both) == sum(chunk.rows for chunk in whole)
    if whole:
        assert both[-1].end == whole[-1].end


def test_a_record_that_is_not_complete_waits_for_the_rest(log: Path) -> None:
    log.write_text("<u1>\n<u")
    (complete, last), problem = read(log)
    assert problem == "cut off"
    assert complete.provisional is None
    assert last.provisional == b"<u"
    assert (last.rows, last.end, [one.row_number for one in last.rejected]) == (1, complete.end, [2])


def test_windows_and_what_has_no_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded_text, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(decoded_text, "HEAD_BYTES", 500)
    monkeypatch.setattr(record_reader, "MAX_RECORD_BYTES", 3000)
    users = [f"<u{number}>" for number in range(500)]
    log.write_text("\n".join([*users, "<" + "x " * 10_000, *users]))
    chunks, _ = read(log)
    assert [one[2] for one in records(chunks)] == [one.strip("<>") for one in users] * 2
    rejected = [one for chunk in chunks for one in chunk.rejected]
    assert [one.row_number for one in rejected] == [501]
    assert "without an end" in rejected[0].reason
    assert len(rejected[0].raw) < 10_000
    assert sum(chunk.rows for chunk in chunks) == 1001
