"""Opening what must be a regular file: a pipe or a device is refused, never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

_KINDS: Final = (
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, without buffer. Raises OSError, at once, where it is missing or no regular file.

    The kind is asked twice: before opening, since opening some devices does something, and of what was opened, since
    the name may stand for something else by then.
    """
    regular_status(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(path, os.fstat(descriptor))
        return os.fdopen(descriptor, "rb", buffering=0)
    except BaseException:
        os.close(descriptor)
        raise


def regular_status(path: Path) -> os.stat_result:
    """Return what the system says of a file, which is not opened. Raises OSError where it is no regular file."""
    status = path.stat()
    _check(path, status)
    return status


def _check(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((text for is_kind, text in _KINDS if is_kind(status.st_mode)), "is not a file")
    raise OSError(errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL, kind, str(path))
