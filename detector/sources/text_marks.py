"""What the first bytes of a text say of its encoding: a byte-order mark, or the zero bytes of UTF-16."""

from __future__ import annotations

import codecs
from typing import Final

MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by the zero bytes of its ASCII characters."""
    sample = head[: 1024 - len(head[:1024]) % 2]
    if len(sample) < 4 or not sample:
        return None
    if sample[1::2].count(0) > len(sample) // 4 and not sample[::2].count(0):
        return "utf-16-le"
    if sample[::2].count(0) > len(sample) // 4 and not sample[1::2].count(0):
        return "utf-16-be"
    return None
