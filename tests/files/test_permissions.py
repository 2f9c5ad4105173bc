"""Who may read: nobody but the owner, or one group; whatever the umask."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
from pathlib import Path

import pytest

from detector.errors import StoreError
from detector.files.append_only import append_only
from detector.files.permissions import close, make_folder, private_umask, share

GROUP = grp.getgrgid(os.getegid()).gr_name


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_that_is_made_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_folder(tmp_path / "a" / "b", None)
        make_folder(tmp_path / "c" / "d", GROUP)
        with private_umask():
            (tmp_path / "e").touch()
        assert os.umask(0) == 0
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("a", "a/b", "c", "c/d", "e")] == [0o700, 0o700, 0o750, 0o750, 0o600]


def test_what_was_opened_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch(0o600)
    share(path, GROUP, writable=True)
    assert mode(path) == 0o660
    share(path, GROUP)
    assert mode(path) == 0o640
    share(path, None)
    assert mode(path) == 0o640
    close(path)
    assert mode(path) == 0o600
    make_folder(tmp_path / "folder", GROUP)
    close(tmp_path / "folder")
    assert mode(tmp_path / "folder") == 0o700


def test_an_append_only_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    path.touch()
    path.chmod(0o660)
    assert append_only(path) in {False, None}
    if subprocess.run(["chattr", "+a", path], check=False, capture_output=True).returncode:
        pytest.skip("needs root and a file system that has append-only files")
    try:
        assert append_only(path)
        share(path, GROUP, writable=True)
        close(path)
        assert mode(path) == 0o660
        with pytest.raises(StoreError, match="it is append-only; chattr -a"):
            share(path, GROUP)
    finally:
        subprocess.run(["chattr", "-a", path], check=True)
    assert append_only(tmp_path / "none") is None
