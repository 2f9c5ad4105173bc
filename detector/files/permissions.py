"""Who may read what the detector keeps: nobody but its owner, or one group where ``[store].group`` names it."""

from __future__ import annotations

import contextlib
import grp
import os
import shutil
import stat
from pathlib import Path

from detector.errors import StoreError


def make_folder(folder: Path, group: str | None) -> None:
    """Create a folder of the store, 0700, or 0750 for the group."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise StoreError(f"{folder} is in the way: it is not a folder") from None
    except OSError as error:
        raise StoreError(f"cannot create the folder {folder}: {error.strerror}") from error
    share(folder, group)


def share(path: Path, group: str | None, *, writable: bool = False) -> None:
    """Let the group read a file (0640, ``writable`` 0660) or folder (0750); without a group nothing changes."""
    if group is None:
        return
    try:
        grp.getgrnam(group)
    except KeyError:
        raise StoreError(f"[store].group: there is no group {group!r} on this machine") from None
    try:
        shutil.chown(path, group=group)
        path.chmod(0o750 if path.is_dir() else 0o660 if writable else 0o640)
    except OSError as error:
        raise StoreError(f"cannot give {path} to the group {group}: {error.strerror}") from error


def copy_permissions(of: os.stat_result, file: Path | int) -> None:
    """Let those read a file (or what an open descriptor is of) who may read another; without the right it stays."""
    with contextlib.suppress(OSError):
        os.chown(file, -1, of.st_gid)
        os.chmod(file, stat.S_IMODE(of.st_mode))  # noqa: PTH101 - a descriptor as well
