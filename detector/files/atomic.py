"""Files for few eyes: whole or not at all, readable by their owner alone, or by the group of ``[store].group``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from detector.errors import StoreError
from detector.files.permissions import share


def write_private(path: Path, content: bytes, group: str | None = None) -> None:
    """Put content under a name by an atomic rename: 0600, or 0640 for the group; missing folders are made.

    Raises StoreError where the place cannot be written.
    """
    draft = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        share(draft, group)
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
