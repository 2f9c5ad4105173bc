"""Who may read what the detector keeps: nobody but its owner, or one group where ``[store].group`` names it."""

from __future__ import annotations

import contextlib
import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from detector.errors import StoreError
from detector.files.append_only import append_only


def make_folder(folder: Path, group: str | None) -> None:
    """Create a folder, 0700, or 0750 for the group, and those above it that are missing; one that is there is opened.

    Raises StoreError.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        for one in reversed(missing):
            one.mkdir(mode=0o700, exist_ok=True)
            share(one, group)
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise StoreError(f"{folder} is in the way: it is not a folder") from None
    except OSError as error:
        raise StoreError(f"cannot create the folder {folder}: {error.strerror}") from error
    share(folder, group)


def share(path: Path, group: str | None, *, writable: bool = False) -> None:
    """Let the group read a file (0640, ``writable`` 0660) or folder (0750); without a group nothing changes.

    What is so already is not touched: an append-only file does not let itself be.
    """
    if group is None:
        return
    number = group_number(group)
    try:
        status = path.stat()
        mode = 0o750 if stat.S_ISDIR(status.st_mode) else 0o660 if writable else 0o640
        if status.st_gid != number:
            os.chown(path, -1, number)
        if stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode)
    except OSError as error:
        hint = " (it is append-only; chattr -a it for one run)" if append_only(path) else ""
        raise StoreError(f"cannot give {path} to the group {group}: {error.strerror}{hint}") from error


def close(path: Path) -> None:
    """Take a file or folder back from everybody but its owner; an append-only one stays. Raises StoreError."""
    try:
        status = path.stat()
        mode = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
        if stat.S_IMODE(status.st_mode) & 0o077 and not append_only(path):
            path.chmod(mode)
    except OSError as error:
        raise StoreError(f"cannot take {path} back from others than its owner: {error.strerror}") from error


def group_number(group: str) -> int:
    """Return the number of a group of this machine. Raises StoreError where there is none."""
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise StoreError(f"[store].group: there is no group {group!r} on this machine") from None


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Make what the block creates by whatever library readable by its owner alone, whatever the umask was."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def copy_permissions(of: os.stat_result, file: Path | int) -> None:
    """Let those read a file (or what an open descriptor is of) who may read another; without the right it stays."""
    with contextlib.suppress(OSError):
        os.chown(file, -1, of.st_gid)
        os.chmod(file, stat.S_IMODE(of.st_mode))  # noqa: PTH101 - a descriptor as well
