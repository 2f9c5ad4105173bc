r"""Names of files as text that any program can read, and back.

A name is bytes: one that a Windows archive brought may be GBK, one may hold a line break. A name that is no UTF-8 has
all its bytes beyond ASCII as `\xNN`, any name its control characters; other characters that nobody sees are `\uNNNN`, a
backslash stands twice, and all else is as it is.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNDECODED: Final = re.compile("[\udc80-\udcff]")
_ESCAPE: Final = re.compile(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


def path_text(path: Path | str) -> str:
    """Return a path as text."""
    name = str(path)
    if name.isprintable() and "\\" not in name:
        return name
    return "/".join("".join(map(_shown, _bytewise(part))) for part in name.split("/"))


def path_of(text: str) -> Path:
    """Return the path that `path_text` wrote."""
    return Path(os.fsdecode(os.fsencode(_ESCAPE.sub(_meant, text))))


def _bytewise(part: str) -> str:
    """Return a name with every byte beyond ASCII by itself where one of them is no UTF-8."""
    if not _UNDECODED.search(part):
        return part
    return os.fsencode(part).decode("ascii", "surrogateescape")


def _shown(character: str) -> str:
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as the system gives it
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _meant(match: re.Match[str]) -> str:
    escaped = match.group(1)
    if escaped == "\\":
        return "\\"
    code = int(escaped[1:], 16)
    return chr(code + 0xDC00 if escaped[0] == "x" and code >= 0x80 else code)
