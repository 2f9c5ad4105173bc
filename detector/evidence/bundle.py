"""One ZIP: ``SHA256SUMS`` at its top, the same bytes for the same contents."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Final

SUMS: Final = "SHA256SUMS"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The only time that a ZIP entry bears: that of the archive's own format."""


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the manifest that ``sha256sum -c`` reads: one line a file, by name."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return the archive, in the order of ``files``; readable by its owner alone once unpacked."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100600 << 16
            archive.writestr(entry, content, compresslevel=6)
    return stream.getvalue()
