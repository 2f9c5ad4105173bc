"""What is written for a person, wherever a command or a night is told to put it: private, whole, in nobody else's file.

A new file takes the name, 0600, or 0640 for the group of ``[store]``, whatever the umask and whatever had the name
before: a file is replaced, a link as well, and what the link leads to stays as it is. What is no file (a device, a
pipe) is written to and never replaced. Every command says the same of a place that cannot be one.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from detector.errors import UsageError, resource_error
from detector.files.atomic import create_once, replacing

DEVICES: Final = Path("/dev")
PROCESSES: Final = Path("/proc")
NEVER_MEANT: Final = ((stat.S_ISSOCK, "it is a socket"), (stat.S_ISBLK, "it is a disk"))


def check_place(path: Path, *, new: bool = False) -> None:
    """Raise UsageError where nothing can be put: a folder (an empty name is one), or one that is missing.

    ``new``: a file that exists is no place either.
    """
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder; give the name of a file")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
    if new and os.path.lexists(path) and not is_stream(path):
        raise UsageError(f"{path} exists already; name another file")
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode
        for is_kind, reason in NEVER_MEANT:
            if is_kind(mode):
                raise UsageError(f"cannot write {path}: {reason}")


@contextlib.contextmanager
def handing_out(path: Path, group: str | None = None) -> Iterator[BinaryIO]:
    """Give a stream whose content is at the place after the block; where the block fails, what was there stays.

    Raises UsageError where the place cannot be written, DiskFull or SystemLimit, and StoreError where the group cannot
    be let in.
    """
    check_place(path)
    with _told(path):
        if is_stream(path):
            # Appended: the file behind /dev/stdout may hold what a shell put there before.
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY)
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
            return
        with replacing(path, group) as draft, draft.open("wb") as stream:
            yield stream


def hand_out(path: Path, content: bytes, group: str | None = None, *, new: bool = False) -> None:
    """Put content at a place. ``new``: only where nothing has the name, else UsageError. Raises as `handing_out`."""
    check_place(path, new=new)
    if not new or is_stream(path):
        with handing_out(path, group) as stream:
            stream.write(content)
        return
    with _told(path):
        if not create_once(path, content, group):
            check_place(path, new=True)


def is_stream(path: Path) -> bool:
    """Tell whether a name stands for no file of its own: a device, a pipe, or what a process has open."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if not stat.S_ISREG(mode):
        return True
    folder = path.parent.resolve()
    return path.is_symlink() and (folder == DEVICES or folder.is_relative_to(PROCESSES))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        limited = resource_error(error, path)
        raise limited or UsageError(f"cannot write {path}: {error.strerror or error}") from None
