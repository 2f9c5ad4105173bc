"""Lines of UTF-8 and of GB18030 in one file: a log that was continued by another program, files that were joined.

Lines of the one are often valid in the other as well: UTF-8 of an even number of Chinese characters is GB18030 of other
characters, and `联通` in GB18030 is UTF-8 of two Cyrillic letters. So what a line may be is said by itself, and where
that leaves it open, by the lines around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

UTF8: Final = "utf-8"
GB18030: Final = "gb18030"
_CLASSES: Final = bytes(
    ord("a") if byte < 0x80 else ord("L") if 0xE3 <= byte <= 0xE9 else ord("c") if byte < 0xC0 else ord("x")
    for byte in range(256)
)
_WORD: Final = re.compile(
    rb"(?<![\x80-\xff])(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc\xbd][\x80-\xbf]){2,}(?![\x80-\xff])"
)
"""Two or more Chinese characters in UTF-8 between ASCII: by chance GB18030 is hardly ever so."""
_BEGINNING: Final = b"aLccLcc"
_SURE_CHARACTERS: Final = 4
"""So many of them in one line leave no doubt."""
_COMMON: Final = 0.5
"""Least share of characters of GB 2312 in a line that is sure to be GB18030: names have rare ones."""


def holds_utf8(text: bytes) -> bool:
    """Return whether text that is taken for GB18030 holds words of UTF-8; looks at all of it, quickly."""
    classes = text.translate(_CLASSES)
    place = classes.find(_BEGINNING)
    while place >= 0:
        if _WORD.match(text, place + 1):
            return True
        place = classes.find(_BEGINNING, place + 1)
    return classes.startswith(_BEGINNING[1:])


def line_encodings(lines: Sequence[bytes], settled: str) -> list[str]:
    """Return the encoding of each line, UTF-8 or GB18030; ``settled`` is the file's where nothing else tells.

    A line that is not sure has the encoding of the last sure one; one that can only be GB18030, and may be damaged
    UTF-8, is GB18030 where the sure line before or after it is.
    """
    told = [_told(line, settled) for line in lines]
    before = _carried(told, settled)
    after = _carried(told[::-1], settled)[::-1]
    return [
        GB18030 if one is _PERHAPS and GB18030 in {earlier, later} else earlier
        for one, earlier, later in zip(told, before, after, strict=True)
    ]


_PERHAPS: Final = "gb18030?"


def _carried(told: Sequence[str | None], settled: str) -> list[str]:
    """Return for each line the last encoding that is sure, its own included; in front of all the first one."""
    last = next((one for one in told if one in {UTF8, GB18030}), settled)
    found = []
    for one in told:
        last = one if one is not None and one is not _PERHAPS else last
        found.append(last)
    return found


def _told(line: bytes, settled: str) -> str | None:
    """Return the encoding that a line says by itself, None where it may be either or is ASCII."""
    if line.isascii():
        return None
    gb18030 = _decoded(line, GB18030)
    text = _decoded(line, UTF8)
    if text is None:
        if gb18030 is None:
            return None
        return GB18030 if _common_share(gb18030) >= _COMMON and not _WORD.search(line) else _PERHAPS
    wide = sum(character >= "\u0800" for character in text)
    if not wide:
        return UTF8 if gb18030 is None else None
    if wide >= _SURE_CHARACTERS or settled == UTF8 or gb18030 is None or _common_share(gb18030) < 1:
        return UTF8
    return None


def _common_share(text: str) -> float:
    """Return how much of the Chinese is in the characters of GB 2312: of UTF-8 that is taken for GB18030 hardly any."""
    foreign = [character for character in text if not character.isascii()]
    return sum(bool(character.encode("gb2312", "ignore")) for character in foreign) / len(foreign)


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None
