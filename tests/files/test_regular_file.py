"""Regular files are opened; all else is refused at once."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from detector.files.regular_file import open_regular


def test_a_file_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    with open_regular(tmp_path / "link") as stream:
        assert stream.read() == b"x"


@pytest.mark.parametrize(("kind", "words"), [
    ("pipe", "named pipe"), ("pipe-link", "named pipe"), ("folder", "folder"), ("socket", "socket"),
    ("zero", "device"), ("loop", "symbolic links"), ("dangling", "No such file"),
])  # fmt: skip
def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    path = tmp_path / kind
    with socket.socket(socket.AF_UNIX) as listening:
        if kind.startswith("pipe"):
            os.mkfifo(tmp_path / "pipe")
        if kind == "socket":
            monkeypatch.chdir(tmp_path)  # the name of a socket is short
            listening.bind(kind)
        links = {"pipe-link": "pipe", "zero": "/dev/zero", "loop": "loop", "dangling": "nowhere"}
        if kind == "folder":
            path.mkdir()
        if kind in links:
            path.symlink_to(links[kind])
        with pytest.raises(OSError, match=words) as error:
            open_regular(path)
    assert error.value.filename in {str(path), path}
