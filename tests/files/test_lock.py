"""Locks between processes: exclusive, shared, patient; the holder is named, and its death frees the lock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.errors import StoreBusy, StoreError
from detector.files.lock import FileLock, flock, lock_holder

HOLDER = """
import os, sys
from pathlib import Path
from detector.files.lock import FileLock, flock
path, how = Path(sys.argv[1]), sys.argv[2]
if how == "file":
    FileLock(path).acquire()
else:
    flock(os.open(path, os.O_RDWR | os.O_CREAT), shared=how == "shared")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def held(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield process
        if process.poll() is None:
            process.communicate("\n")


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("held_as", "shared", "free"),
    [("exclusive", False, False), ("exclusive", True, False), ("shared", False, False), ("shared", True, True)],
)
def test_what_keeps_out_what(tmp_path: Path, held_as: str, shared: bool, free: bool) -> None:
    with held(tmp_path / "a", held_as), opened(tmp_path / "a") as descriptor:
        assert flock(descriptor, shared=shared) is free
    with opened(tmp_path / "a") as descriptor:
        assert flock(descriptor)


def test_who_waits_long_enough_gets_it(tmp_path: Path) -> None:
    with held(tmp_path / "a", "exclusive") as process, opened(tmp_path / "a") as descriptor:
        began = time.monotonic()
        assert not flock(descriptor, seconds=0.2)
        assert time.monotonic() - began >= 0.2
        process.kill()
        assert flock(descriptor, seconds=60)
    with held(tmp_path / "b", "exclusive") as process, opened(tmp_path / "b") as descriptor:
        process.kill()
        assert flock(descriptor, seconds=None)


def test_the_holder_is_named_until_it_dies(tmp_path: Path) -> None:
    path = tmp_path / "detector.lock"
    assert lock_holder(path) is None
    with held(path, "file") as process:
        assert lock_holder(path) == process.pid
        with pytest.raises(StoreBusy, match=f"another delivery is at work on {tmp_path}: process {process.pid}"):
            FileLock(path, "delivery").acquire()
        process.kill()
        process.wait()
        assert lock_holder(path) is None
        lock = FileLock(path)
        lock.acquire()
    assert lock_holder(path) == os.getpid()
    lock.release()
    lock.release()
    assert lock_holder(path) is None
    assert path.read_bytes() == b""


def test_a_holder_that_left_no_number(tmp_path: Path) -> None:
    with held(tmp_path / "a", "exclusive"):
        assert lock_holder(tmp_path / "a") == 0
        with pytest.raises(StoreBusy, match="process unknown"):
            FileLock(tmp_path / "a").acquire()


def test_a_lock_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        FileLock(tmp_path / "nowhere" / "a").acquire()
