"""Who may read what the detector keeps: nobody but its owner, or one group where ``[store].group`` names it."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
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


def check_writable(folder: Path) -> None:
    """Raise StoreError, which says what to do, where this user cannot write in a folder, or make it where it is not."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return
    if os.statvfs(there).f_flag & os.ST_RDONLY:
        raise StoreError(
            f"{there} lies on a file system that can only be read: mount it writable, or name another [store] path"
        )
    owner, me = there.stat().st_uid, os.geteuid()
    if owner == me:
        raise StoreError(f"no permission to write in {there}: give it back to its owner (chmod u+rwx {there})")
    raise StoreError(
        f"no permission to write in {there}, which belongs to {_user(owner)}: run as that user, or give it to this one"
        f" (chown -R {_user(me)} {there})"
    )


def is_reader(folder: Path, group: str | None) -> bool:
    """Whether this user is a member of the group that may read a folder, and not whose it is: no run is expected."""
    if group is None or not folder.exists() or folder.stat().st_uid == os.geteuid():
        return False
    return group_number(group) in {os.getegid(), *os.getgroups()}


def _user(number: int) -> str:
    """Return the name of a user, or the number of one that this machine does not know."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


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
