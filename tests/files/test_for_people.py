"""What is written for a person: private whatever the umask, whole, in nobody else's file, and never over a device."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.files.for_people import check_place, hand_out, handing_out

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_file_is_private_whatever_the_umask_and_whatever_had_its_name(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"before")
    path.chmod(0o644)
    before = os.umask(umask)
    try:
        hand_out(path, b"1")
        hand_out(tmp_path / "new", b"2", new=True)
    finally:
        os.umask(before)
    assert [(one.name, mode(one), one.read_bytes()) for one in sorted(tmp_path.iterdir())] == [
        ("a.csv", 0o600, b"1"), ("new", 0o600, b"2"),
    ]  # fmt: skip


@pytest.mark.parametrize("planted", ["a.csv", "a.csv.part", ".a.csv.tmp"])
def test_a_link_leads_into_nobody_s_file(tmp_path: Path, planted: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    theirs.chmod(0o644)
    (tmp_path / planted).symlink_to(theirs)
    hand_out(tmp_path / "a.csv", b"ours")
    assert (theirs.read_bytes(), mode(theirs)) == (b"theirs", 0o644)
    assert (tmp_path / "a.csv").read_bytes() == b"ours"
    assert not (tmp_path / "a.csv").is_symlink()


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with pytest.raises(KeyError), handing_out(path) as stream:  # noqa: PT012  (the block is what fails)
        stream.write(b"half")
        raise KeyError
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@ROOT
@pytest.mark.parametrize("new", [False, True])
def test_a_device_is_written_to_and_stays_one(tmp_path: Path, new: bool) -> None:
    device, link = tmp_path / "null", tmp_path / "link"
    os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    device.chmod(0o666)
    link.symlink_to(device)
    for path in (device, link):
        hand_out(path, b"x", new=new)
    assert stat.S_ISCHR(device.lstat().st_mode)
    assert mode(device) == 0o666
    assert link.is_symlink()


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    hand_out(pipe, b"through")
    reader.join(60)
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_what_a_process_has_open_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"heading\n")
    with path.open("ab") as stream:
        hand_out(Path(f"/dev/fd/{stream.fileno()}"), b"row\n")
    assert path.read_bytes() == b"heading\nrow\n"


def test_places_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
    for path, reason in (
        ("", "it is a folder"), (str(tmp_path), "it is a folder"), ("none/a", "there is no folder none"),
        ("file/a", "there is no folder file"), ("socket", "it is a socket"),
    ):  # fmt: skip
        for write in (check_place, lambda place: hand_out(place, b"x")):
            with pytest.raises(UsageError, match=f"^cannot write .*: {reason}"):
                write(Path(path))
    with pytest.raises(UsageError, match="file exists already"):
        hand_out(Path("file"), b"x", new=True)


def test_no_right_is_told_in_one_line(tmp_path: Path) -> None:
    place = Path("/proc/none.csv") if os.geteuid() == 0 else tmp_path / "a"
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match=f"^cannot write {place}: "):
        hand_out(place, b"x")
    tmp_path.chmod(0o700)
