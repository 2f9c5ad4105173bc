"""Files that are whole or not there, durable, and private: readable by their owner, or by the group of ``[store]``.

A draft beside the file is written, brought to the disk, and given the file's name: whoever opens the name, and whoever
comes after a kill or a loss of power, finds the content before or the content after. A kill may leave the draft, a
hidden file that ends in ``.tmp``.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from detector.files.permissions import share


@contextlib.contextmanager
def replacing(path: Path, group: str | None = None) -> Iterator[Path]:
    """Give an empty draft to fill; after the block it takes the name: 0600, or 0640 for the group.

    Where the block fails, what had the name keeps it. Raises OSError, and StoreError where the group cannot be let in.
    """
    with _draft(path) as draft:
        yield draft
        _sync(draft)
        share(draft, group)
        draft.replace(path)
        sync_folder(path.parent)


def create_once(path: Path, content: bytes, group: str | None = None) -> bool:
    """Put content under a name that nothing has; return False, and change nothing, where something has it.

    Of several processes that do so at once, one returns True. Raises OSError, and StoreError as :func:`replacing`.
    """
    with _draft(path) as draft:
        draft.write_bytes(content)
        _sync(draft)
        share(draft, group)
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        sync_folder(path.parent)
        return True


def sync_folder(folder: Path) -> None:
    """Make a new or changed name durable."""
    _sync(folder)


@contextlib.contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Give a private file beside ``path`` that is gone after the block, unless it has been renamed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
