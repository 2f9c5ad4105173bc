"""Zip archives: members as one text, and what of them is not read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from detector.sources.byte_stream import ByteStream
from tests.site_folder import HEADER, Deployment, row

ONE, TWO = f"{HEADER}\n{row(1)}\n".encode(), f"{HEADER}\n{row(2)}\n".encode()


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, member in members:
            archive.writestr(name, member)
    return content.getvalue()


def locked(archive: bytes) -> bytes:
    """Return an archive whose last member says that it is encrypted."""
    content = bytearray(archive)
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def read(folder: Path, content: bytes) -> tuple[bytes, str | None]:
    path = folder / "a.zip"
    path.write_bytes(content)
    with ByteStream(path) as stream:
        parts = []
        while part := stream.read(7):
            parts.append(part)
        return b"".join(parts), stream.problem


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_in_the_order_of_their_names(tmp_path: Path, method: int) -> None:
    content = packed(
        ("b.csv", b"b\n"), ("a/../../../etc/passwd", b"a"), ("a/", b""), ("c.csv", b"c\r"), ("d", b"d"), method=method
    )
    assert read(tmp_path, content) == (b"a\nb\nc\rd", None)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa\n", "工号\n".encode("utf-16"), b"\xef\xbb\xbf"])
def test_a_member_alone_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, packed(("a", content), ("__MACOSX/._a", b"\0\5\x16\7"), (".DS_Store", b"\0"))) == (
        content,
        None,
    )


def test_marks_and_wide_members_among_others(tmp_path: Path) -> None:
    members = (
        ("1", "工".encode("utf-16")),
        ("2", "\ufeff号".encode()),
        ("3", "\ufeff姓".encode("gb18030")),
        ("4", "ab名".encode("utf-16-le")),
    )
    text, problem = read(tmp_path, packed(*members))
    assert (text, problem) == ("工\n号\n".encode() + "姓".encode("gb18030") + "\nab名".encode(), None)


@pytest.mark.parametrize(("bad", "problem"), [
    (packed(("x", b"y")), "is an archive itself"), (b"\x1f\x8b\x08\0", "is an archive itself"), (bytes(range(256)) * 9, "is no text"),
    (b"%PDF-1.7 text", "is no text"),
], ids=["zip", "gzip", "bytes", "pdf"])  # fmt: skip
def test_a_bad_member_is_named_and_the_others_are_read(tmp_path: Path, bad: bytes, problem: str) -> None:
    assert read(tmp_path, packed(("a", b"1\n"), ("b\n", bad), ("c", b"2\n"))) == (
        b"1\n2\n",
        f"its member 'b\\\\x0a' {problem}",
    )


def test_a_nul_makes_no_member_binary(tmp_path: Path) -> None:
    assert read(tmp_path, packed(("a", ONE + b"\0"), ("b", TWO)))[1] is None


def test_locked_damaged_and_dense_members(tmp_path: Path) -> None:
    assert read(tmp_path, locked(packed(("a", b"1\n"), ("b", b"2")))) == (
        b"1\n",
        "its member 'b' is locked by a password",
    )
    torn = bytearray(packed(("a", b"1\n" * 9), ("b", b"2\n"), method=zipfile.ZIP_STORED))
    torn[torn.find(b"1\n")] = 48
    text, problem = read(tmp_path, bytes(torn))
    assert (text[-2:], problem) == (b"2\n", "its member 'a' is damaged")
    dense = packed(("a", b"1\n"), ("b", b"0" * (65 << 20)))
    assert read(tmp_path, dense) == (b"", "is a zip archive that unpacks to more than 250 times its size")
    many = packed(*((f"{number:02d}", b"x") for number in range(9)), ("z", packed(("x", b""))), ("zz", b"\0" * 9))
    assert (read(tmp_path, many)[1] or "").endswith("is no text")


def test_what_is_no_archive(tmp_path: Path) -> None:
    assert read(tmp_path, packed(("a", b"1"))[:-9]) == (b"", "is a zip archive that is damaged or not complete")
    assert read(tmp_path, packed()) == (b"", "is a zip archive without any file")
    workbook = packed(("[Content_Types].xml", b"<x/>"))
    assert read(tmp_path, workbook) == (workbook, None)


def test_an_archive_is_loaded_once_renamed_grown_or_packed_anew(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    site.put("his.csv", ONE)
    site.load()
    (tmp_path / "logs" / "his.csv").unlink()
    site.put("his.zip", packed(("his.csv", ONE)))
    assert site.load().files == []
    (tmp_path / "logs" / "his.zip").rename(tmp_path / "logs" / "old.zip")
    assert site.load().files == []
    site.put("old.zip", packed(("his.csv", ONE), ("his2.csv", TWO)))
    assert [(file.rows_read, file.problem) for file in site.load().files] == [(1, None)]
    assert site.ids() == ["e1", "e2"]
    assert site.query("select skipped from files") == [(1,)]


def test_a_problem_of_a_member_is_told_every_night(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    site.put("his.zip", packed(("1.csv", ONE), ("2.pdf", b"%PDF-"), ("3.csv", TWO)))
    for _ in range(2):
        assert [file.problem for file in site.load().files] == ["its member '2.pdf' is no text"]
    assert site.ids() == ["e1", "e2"]
