"""Files are whole or not there, whoever writes them at once and whenever their writer is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detector.errors import StoreError
from detector.files.atomic import create_once, replacing

KILLED = """
import os, signal, sys
from pathlib import Path
from detector.files.atomic import replacing
with replacing(Path(sys.argv[1])) as draft:
    draft.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
RACE = """
import sys
from pathlib import Path
from detector.files.atomic import create_once
print("ready", flush=True)
sys.stdin.readline()
print(create_once(Path(sys.argv[1]), sys.argv[2].encode()))
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def put(path: Path, content: bytes, group: str | None = None) -> None:
    with replacing(path, group) as draft:
        draft.write_bytes(content)


def test_a_file_is_private_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    put(path, b"first")
    with path.open("rb") as before:
        put(path, b"second")
        assert before.read() == b"first"
    assert path.read_bytes() == b"second"
    assert mode(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with pytest.raises(KeyError), replacing(path) as draft:  # noqa: PT012  (the block is what fails)
        draft.write_bytes(b"half")
        raise KeyError
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_what_was_there_and_a_hidden_draft(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"before"
    (draft,) = (one for one in tmp_path.iterdir() if one != path)
    assert draft.name.startswith(".a.")
    assert draft.suffix == ".tmp"


def test_of_processes_that_create_a_file_at_once_one_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "key"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(path), f"content {number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    outcomes = [racer.communicate("\n")[0].strip() for racer in racers]
    assert sorted(outcomes) == ["False", "False", "True"]
    assert path.read_text() == f"content {outcomes.index('True')}"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_exists_stays(tmp_path: Path) -> None:
    assert create_once(tmp_path / "key", b"1")
    assert not create_once(tmp_path / "key", b"2")
    assert (tmp_path / "key").read_bytes() == b"1"
    assert len(list(tmp_path.iterdir())) == 1


def test_the_group_may_read(tmp_path: Path) -> None:
    import grp

    group = grp.getgrgid(os.getgid()).gr_name
    put(tmp_path / "a", b"x", group)
    assert create_once(tmp_path / "b", b"x", group)
    assert [mode(tmp_path / name) for name in "ab"] == [0o640, 0o640]
    with pytest.raises(StoreError, match="there is no group"):
        put(tmp_path / "a", b"y", "no-such-group")
    assert (tmp_path / "a").read_bytes() == b"x"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        put(tmp_path / "file" / "a", b"x")
    with pytest.raises(FileNotFoundError):
        create_once(tmp_path / "nowhere" / "a", b"x")
