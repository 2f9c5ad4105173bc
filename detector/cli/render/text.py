"""Text for a terminal: untrusted characters made harmless, widths counted in cells, lines wrapped by cells.

Logs hold whatever somebody typed or planted. Everything that comes from a log goes through :func:`shown` before it
reaches a terminal: control characters, ANSI sequences, bidirectional overrides and line breaks become visible escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Final

import wcwidth

from detector.texts import load_texts
from detector.texts.untrusted import UNSAFE, shown

__all__ = ["UNSAFE", "cells", "clip", "pad", "shown", "wrap"]

_CLOSING: Final = "，。、；：！？）》」』”’…,.;:!?)]}%"
_OPENING: Final = tuple("（《「『“‘([{")
_DATE: Final = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d\d-\d\d \d\d:\d\d(?::\d\d)?"
_PERSON: Final = (
    r"[\u4e00-\u9fff·]{2,3}(?:（[A-Za-z]?\d{3,}）| [A-Za-z]?\d{4,}(?![\d,.:/-]))"
    r"|(?<![\w-])[A-Za-z]?\d{4,} [\u4e00-\u9fff·]{2,4}(?![\u4e00-\u9fff])"
)
_NUMBER: Final = (
    r"(?:[第约近][ ]?)?\d[\d,.:/]*(?:[ ]?[%％]|[ ]?(?:个(?:账号|业务日|自然日|工作日|科室|文件|来源|小时|月)|分钟|小时|"
    r"[个人名次份条天日月年分秒时起行处项倍晚周岁元点级台页种段位夜笔号列张]))?"
)


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

    ``indent`` leads every line but the first. A closing punctuation mark never begins a line and an opening one never
    ends it; a number stays with its measure word, a time with its date, a name with its number, and the words of the
    catalogue stay whole, unless nothing else fits.
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
            space = head.rfind(" ", len(indent) + 1)  # what belongs together parts at its space first
            head = head[:space] if space > 0 and head[:space].strip() else head
            lines.append(head)
            line = indent + line[len(head) :].lstrip()
    lines.append(line.rstrip())
    return lines


def _words(text: str) -> list[str]:
    """Split into pieces that may stand at the start of a line: words with their spaces, or single wide graphemes."""
    pieces: list[str] = []
    before = ""
    for atom in _atoms(text):
        joins = bool(pieces) and (
            atom in _CLOSING
            or atom.isspace()
            or before in _OPENING
            or (_width(atom[0]) < 2 and _width(before) < 2 and not before.isspace())
        )
        if joins:
            pieces[-1] += atom
        else:
            pieces.append(atom)
        before = atom if len(atom) == 1 else atom[-1]
    return pieces


def _atoms(text: str) -> Iterator[str]:
    """Yield what is never broken: numbers with their measure words, names with their numbers, words; else graphemes."""
    if text.isascii():
        yield from text
        return
    place = 0
    for match in _unbroken().finditer(text):
        yield from wcwidth.iter_graphemes(text[place : match.start()])
        yield match.group()
        place = match.end()
    yield from wcwidth.iter_graphemes(text[place:])


@lru_cache(maxsize=1)
def _unbroken() -> re.Pattern[str]:
    """Return what finds the pieces of a Chinese text that are not broken.

    Words are those of ``words.zh.txt``, which sentences have often, and the short entries of the catalogue.
    """
    catalogue = load_texts("zh").entries.values()
    listed = resources.files("detector.texts").joinpath("words.zh.txt").read_text(encoding="utf-8").split()
    words = {*listed, *(text for text in catalogue if re.fullmatch("[\u4e00-\u9fff]{2,5}", text))}
    longest_first = "|".join(sorted(words, key=lambda word: (-len(word), word)))
    return re.compile(f"{_DATE}|{_PERSON}|{_NUMBER}|{longest_first}")
