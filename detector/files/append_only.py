"""Whether a file can only be appended to: what root sets with ``chattr +a``, where a file system knows it."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from typing import Final

GET_FLAGS: Final = 0x80086601
"""FS_IOC_GETFLAGS of Linux, as 64-bit machines count it."""
APPEND: Final = 0x20
"""FS_APPEND_FL."""


def append_only(path: Path) -> bool | None:
    """Tell whether a file has the attribute; None where its file system has none, or it cannot be asked."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        (flags,) = struct.unpack("l", fcntl.ioctl(descriptor, GET_FLAGS, struct.pack("l", 0)))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return bool(flags & APPEND)
