"""A bad file, name, pipe or source never stops the others: it is named until it is mended, the rest is loaded."""

from __future__ import annotations

import errno
import gzip
import io
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import StoreDamaged, StoreError
from detector.loading.loaded_file import LoadedFile
from detector.loading.source_loader import ends_run, failure
from detector.sources import text_chunks
from detector.sources.byte_stream import ByteStream
from detector.sources.formats.csv import CsvReader
from detector.sources.log_format import Chunk
from tests.site_folder import HEADER, Deployment, row

LOG = f"{HEADER}\n{row(1)}\n{row(2)}\n".encode()


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def zipped(*names: str, encrypted: bool = False) -> bytes:
    """Return an archive of the log under these names; its last member says that it is encrypted, where asked for."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, LOG)
    content = bytearray(packed.getvalue())
    if encrypted:
        content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    columns = {name: ["x" * 200] * 2000 for name in HEADER.split(",")}
    pq.write_table(pa.table(columns), sink, compression="none", use_dictionary=False)
    return bytes(sink.getvalue())


def damaged_page() -> bytes:
    content = bytearray(parquet())
    content[4:40] = b"\xff" * 36
    return bytes(content)


BAD: dict[str, tuple[bytes, str]] = {
    "cut.csv.gz": (gzip.compress(LOG, mtime=0)[:-6], "the gzip stream is cut off"),
    "torn.csv.gz": (gzip.compress(LOG, mtime=0)[:10] + b"\xff" * 4000, "the gzip stream is damaged"),
    "secret.zip": (zipped("a.csv", encrypted=True), "its member 'a.csv' is locked by a password"),
    "cut.zip": (zipped("a.csv")[:30], "is a zip archive"),
    "empty.csv": (b"", "is empty"),
    "binary.csv": (random.Random(1).randbytes(5000), "no column for"),
    "nul.csv": (b"\0" * 5000, ""),
    "words.csv": (b"this is no log\nat all\n", "no column for"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_every_night_until_it_is_taken_away(site: Deployment, name: str) -> None:
    content, problem = BAD[name]
    path = site.folder / "logs" / name
    path.write_bytes(content)
    site.write("a.csv", row(11))
    site.write("z.csv", row(12))
    for night in range(2):
        summary = site.load()
        problems = {file.path: file.problem for file in summary.files if file.problem}
        assert list(problems) == [str(path)]
        assert (problems[str(path)] or "").startswith(problem)
        assert site.query("select path, problem from file_problems") == list(problems.items())
        assert {"e11", "e12"} <= set(site.ids())
        assert night == 0 or not summary.rows_read
    for _, read, accepted, duplicates, quarantined in site.counts():
        assert read == accepted + duplicates + quarantined
    path.unlink()
    assert not [file for file in site.load().files if file.problem]
    assert site.query("select * from file_problems") == []


@pytest.mark.parametrize(("content", "problem"), [
    (parquet()[:-20], "not a complete Parquet file"), (b"PAR1", "not a complete Parquet file"),
    (damaged_page(), "the Parquet file is damaged"), (LOG, "not a complete Parquet file"),
    (b"PAR1" + b"\0" * 100 + b"\xff\xff\xff\x7fPAR1", "not a complete Parquet file"),
])  # fmt: skip
def test_a_broken_parquet_file_is_named(site: Deployment, content: bytes, problem: str) -> None:
    site.source = site.source.replace("csv", "parquet")
    (site.folder / "logs" / "a.parquet").write_bytes(content)
    good = {name: [value] for name, value in zip(HEADER.split(","), row(1).split(","), strict=True)}
    pq.write_table(pa.table(good), site.folder / "logs" / "b.parquet")
    summary = site.load()
    assert [(file.problem or "")[: len(problem)] for file in summary.files] == [problem, ""]
    assert site.ids() == ["e1"]


def fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(("make", "problem"), [
    (fifo, "is a named pipe"), (Path.mkdir, "is a folder"),
    (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
    (lambda path: path.symlink_to("nowhere"), "No such file"),
    (lambda path: path.symlink_to("/dev/zero"), "is a device"),
    (lambda path: (fifo(path.parent.parent / "pipe"), path.symlink_to("../pipe")), "is a named pipe"),
])  # fmt: skip
def test_what_is_no_file_is_named_and_not_waited_for(
    site: Deployment, make: Callable[[Path], Any], problem: str
) -> None:
    site.write("b.csv", row(1))
    make(site.folder / "logs" / "a.csv")
    for _ in range(2):
        found = {Path(file.path).name: file.problem for file in site.load().files if file.problem}
        assert list(found) == ["a.csv"]
        assert (found["a.csv"] or "").startswith(f"cannot be read: {problem}")
    assert site.ids() == ["e1"]
    assert site.query("select parse_filename(path) from file_problems") == [("a.csv",)]


@pytest.mark.parametrize("name", [
    "日志.csv".encode("gb18030"), b"a\nb\t.csv", b"\xff\xfe.csv", b"a\\x41.csv", b"n" * 251 + b".csv", b"[1].csv",
    b"-.csv",
])  # fmt: skip
def test_a_name_is_no_reason_to_refuse_a_file(site: Deployment, name: bytes) -> None:
    path = site.folder / "logs" / os.fsdecode(name)
    path.write_bytes(LOG)
    site.write("zz.csv", row(3))
    summary = site.load()
    assert [file.problem for file in summary.files] == [None, None]
    assert site.ids() == ["e1", "e2", "e3"]
    path.write_bytes(LOG + row(4).encode() + b"\n")
    assert [(file.rows_read, file.path.isprintable()) for file in site.load().files] == [(1, True)]
    assert site.load().files == []
    moved = path.rename(path.with_name("renamed.csv"))
    assert site.load().files == []
    assert site.query("select count(*) from files where path = ?".replace("?", f"'{moved}'")) == [(1,)]


def test_a_name_in_gbk_is_shown_by_its_bytes(site: Deployment) -> None:
    (site.folder / "logs" / os.fsdecode("日志.csv".encode("gb18030"))).write_bytes(b"\0")
    assert [file.path.rpartition("/")[2] for file in site.load().files] == [r"\xc8\xd5\xd6\xbe.csv"]


def test_a_link_to_a_folder_above_is_followed_once(site: Deployment) -> None:
    site.source = site.source.replace("logs/*", "logs/**/*.csv")
    site.write("a.csv", row(1))
    (site.folder / "logs" / "loop").symlink_to("../logs")
    assert [file.duplicates for file in site.load().files] == [0]


class Failing:
    """A file that fails after so many reads."""

    def __init__(self, stream: Any, good: int) -> None:
        self.stream, self.good = stream, good

    def read(self, size: int) -> bytes:
        self.good -= 1
        if self.good < 0:
            raise OSError(errno.EIO, "Input/output error")
        return bytes(self.stream.read(size))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"WINDOW_BYTES": 400, "HEAD_BYTES": 200, "HEADER_BYTES": 100}.items():
        monkeypatch.setattr(text_chunks, name, size)


@pytest.mark.usefixtures("small_windows")
def test_what_came_before_a_read_error_counts_and_the_next_run_goes_on(
    site: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("a.csv", *map(row, range(100)))
    site.write("b.csv", row(200))
    whole = ByteStream.__init__

    def failing(self: ByteStream, path: Path) -> None:
        whole(self, path)
        if path.name == "a.csv":
            self._file = Failing(self._file, 6)  # type: ignore[assignment]

    with monkeypatch.context() as patched:
        patched.setattr(ByteStream, "__init__", failing)
        first = site.load()
        again = site.load()
    bad = first.files[0]
    assert bad.problem == "cannot be read: Input/output error"
    assert 0 < bad.rows_read == bad.accepted < 100
    assert "e200" in site.ids()
    assert [file.problem for file in again.files] == ["cannot be read: Input/output error"]
    brought = first.files[0].rows_read + again.files[0].rows_read
    assert site.query("select rows_read, accepted, duplicates from files order by file_id")[0] == (brought, brought, 0)
    last = site.load()
    assert [(file.rows_read, file.problem) for file in last.files] == [(100 - brought, None)]
    assert len(site.ids()) == 101
    assert site.query("select * from file_problems") == []
    assert site.query("select problem from files") == [(None,), (None,)]


@pytest.mark.usefixtures("small_windows")
def test_a_file_that_becomes_shorter_while_it_is_read_is_read_again(
    site: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site.write("a.csv", *map(row, range(100)))
    rotated = path.read_bytes()
    chunks = CsvReader.chunks

    def truncating(self: CsvReader, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        for chunk in chunks(self, columns, encoded):
            yield chunk
            os.truncate(path, 0)

    with monkeypatch.context() as patched:
        patched.setattr(CsvReader, "chunks", truncating)
        assert [file.problem for file in site.load().files] == [
            "became shorter while it was read; the next run reads it again"
        ]
    path.write_bytes(f"{HEADER}\n{row(100)}\n".encode())
    (site.folder / "logs" / "a.csv.1").write_bytes(rotated)
    assert not [file for file in site.load().files if file.problem or file.duplicates]
    assert len(site.ids()) == 101


def test_a_defect_stays_within_its_file(site: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        site.write(name, row(ord(name[0])))
    sound = CsvReader.chunks

    def unsound(self: CsvReader, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        for chunk in sound(self, columns, encoded):
            if self._file.stream.path.name == "b.csv":
                raise KeyError("Zhang San, 2026-06-01")
            yield chunk

    with monkeypatch.context() as patched:
        patched.setattr(CsvReader, "chunks", unsound)
        summary = site.load()
    said = summary.files[1].problem or ""
    assert said.startswith("cannot be worked through: a defect of the program (KeyError, ")
    assert "Zhang" not in said
    assert site.ids() == ["e97", "e99"]
    assert [file.rows_read for file in site.load().files] == [1]
    assert site.ids() == ["e97", "e98", "e99"]


def test_a_defect_in_the_middle_of_a_commit_takes_the_chunk_back(
    site: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("a.csv", row(1), row(2) + ",x")
    site.write("b.csv", row(3))

    def unsound(self: LoadedFile, layout: object) -> None:
        if self.path.endswith("a.csv"):
            raise duckdb.ConversionException("Could not convert string 'Zhang San'")

    with monkeypatch.context() as patched:
        patched.setattr(LoadedFile, "note_layout", unsound)
        summary = site.load()
    assert (summary.files[0].rows_read, summary.files[1].accepted) == (0, 1)
    assert "Zhang" not in (summary.files[0].problem or "")
    assert site.query("select count(*) from quarantine") == [(0,)]
    assert site.ids() == ["e3"]
    site.load()
    assert site.ids() == ["e1", "e3"]


def test_a_source_that_fails_as_a_whole_does_not_stop_the_others(
    site: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.source += '[[source]]\nname = "emr"\npath = "emr/*"\n'
    (site.folder / "emr").mkdir()
    (site.folder / "emr" / "a.csv").write_bytes(LOG)
    site.write("a.csv", row(7))
    from detector.loading import source_loader

    sound = source_loader.KnownFiles.__init__

    def unsound(self: Any, connection: Any, source: Any, paths: Any) -> None:
        if source.name == "his":
            raise ValueError("no")
        sound(self, connection, source, paths)

    monkeypatch.setattr(source_loader.KnownFiles, "__init__", unsound)
    summary = site.load()
    assert [(file.source, bool(file.problem)) for file in summary.files] == [("his", True), ("emr", False)]
    assert summary.accepted == 2


def test_errors_of_the_store_end_the_run(site: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("a.csv", row(1))
    monkeypatch.setattr(LoadedFile, "note_layout", lambda *_: (_ for _ in ()).throw(duckdb.FatalException("gone")))
    with pytest.raises(StoreError):
        site.load()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads what nobody may")
def test_a_file_without_permission_is_named_until_it_can_be_read(site: Deployment) -> None:
    path = site.write("a.csv", row(1))
    site.load()
    site.write("a.csv", row(1), row(2))
    path.chmod(0)
    assert [file.problem for file in site.load().files] == ["cannot be read: Permission denied"]
    path.chmod(0o600)
    assert [(file.rows_read, file.problem) for file in site.load().files] == [(1, None)]


def test_a_file_that_vanishes_is_named(site: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    path = site.write("a.csv", row(1))
    site.write("b.csv", row(2))
    from detector.loading import events

    found = events.matched_files

    def then_gone(source: Any) -> list[Path]:
        paths = found(source)
        path.unlink(missing_ok=True)
        return paths

    monkeypatch.setattr(events, "matched_files", then_gone)
    assert [file.problem for file in site.load().files] == ["cannot be read: No such file or directory", None]


@pytest.mark.parametrize("error", [
    MemoryError(), OSError(errno.EMFILE, "x"), duckdb.OutOfMemoryException("Out of Memory Error"), StoreDamaged("x"),
])  # fmt: skip
def test_what_the_system_does_not_give_is_no_fault_of_a_file(error: Exception) -> None:
    assert ends_run(error)
    assert not ends_run(OSError(errno.EIO, "x"))


def test_what_failed_is_said_in_one_line_without_words_of_the_log() -> None:
    assert failure(OSError(errno.EIO, "a\nb")) == "cannot be read: a b"
    assert failure(ValueError("Zhang San")) == "cannot be worked through: a defect of the program (ValueError)"
