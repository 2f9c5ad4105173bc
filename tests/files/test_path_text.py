"""Names of files as text, and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.files.path_text import path_of, path_text


@pytest.mark.parametrize(("name", "text"), [
    (b"his-202606.csv", "his-202606.csv"),
    ("日志 一月.csv".encode(), "日志 一月.csv"),
    ("日志.csv".encode("gb18030"), r"\xc8\xd5\xd6\xbe.csv"),
    (b"a\nb\x1b[2J.csv", r"a\x0ab\x1b[2J.csv"),
    (b"C:\\logs\\x41.csv", r"C:\\logs\\x41.csv"),
    ("a\u202eb\u2028c\U000e0041.csv".encode(), r"a\u202eb\u2028c\U000e0041.csv"),
])  # fmt: skip
def test_a_name_is_readable_and_comes_back(name: bytes, text: str) -> None:
    path = Path(os.fsdecode(name))
    assert path_text(path) == text
    assert path_of(text) == path
    path_text(path).encode()
