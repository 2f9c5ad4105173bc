"""Text for a terminal: untrusted characters made harmless, widths counted in cells, lines wrapped by cells.

Logs hold whatever somebody typed or planted. Everything that comes from a log goes through :func:`shown` before it
reaches a terminal: control characters, ANSI sequences, bidirectional overrides and line breaks become visible escapes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import wcwidth

from detector.texts.untrusted import UNSAFE, shown

__all__ = ["UNSAFE", "cells", "clip", "pad", "shown", "wrap"]

_CLOSING: Final = "，。、；：！？）》」』”’…,.;:!?)]}%"


@lru_cache(maxsize=4096)
def _width(grapheme: str) -> int:
    return wcwidth.width(grapheme, control_codes="ignore")


def cells(text: str) -> int:
    """Return how many terminal cells the text takes: two for a Chinese character, none for a combining mark."""
    return len(text) if text.isascii() else sum(map(_width, wcwidth.iter_graphemes(text)))


def pad(text: str, width: int, align: str = "left") -> str:
    """Fill the text with spaces to a width in cells; a longer text is returned as it is."""
    space = " " * max(0, width - cells(text))
    return space + text if align == "right" else text + space


def clip(text: str, width: int) -> str:
    """Cut the text to a width in cells, between graphemes; a cut is marked by ``…``."""
    if cells(text) <= width:
        return text
    return wcwidth.clip(text, 0, width - 1, fillchar="", control_codes="ignore") + "…" if width > 0 else ""


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break the text into lines of at most ``width`` cells, at spaces or between Chinese characters.

    ``indent`` leads every line but the first. A closing punctuation mark never begins a line unless nothing else fits.
    """
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line.strip() and cells(line) + cells(word.rstrip()) > width:
            lines.append(line.rstrip())
            line = indent + word.lstrip()
        else:
            line += word
        while cells(line.rstrip()) > width:
            head = clip(line, width + 1)[:-1]
            lines.append(head)
            line = indent + line[len(head) :]
    lines.append(line.rstrip())
    return lines


def _words(text: str) -> list[str]:
    """Split into pieces that may stand at the start of a line: words with their spaces, or single wide graphemes."""
    pieces: list[str] = []
    before = ""
    for grapheme in wcwidth.iter_graphemes(text):
        joins = bool(pieces) and (
            grapheme in _CLOSING
            or grapheme.isspace()
            or (_width(grapheme) < 2 and _width(before) < 2 and not before.isspace())
        )
        if joins:
            pieces[-1] += grapheme
        else:
            pieces.append(grapheme)
        before = grapheme
    return pieces
