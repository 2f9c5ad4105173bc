"""What the values of a column look like: times, addresses, telephone numbers, names, identifiers, words of a list.

Forms tell columns apart, and what may be shown: words that a system offers in a list may stand on a screen and in
`detector.toml`; what looks like a person's name, number or address never does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from typing import Final

import wcwidth

from detector.sources.aliases import ORDINARY_WORDS, SURNAMES, is_known_value
from detector.sources.canonical_rows import client_ip


class Form(Enum):
    """What one value looks like."""

    TIME = "time"
    DATE = "date"
    CLOCK = "clock"
    EPOCH = "epoch"
    ADDRESS = "address"
    PHONE = "phone"
    ID_CARD = "id_card"
    NAME = "name"
    IDENTIFIER = "identifier"
    TEXT = "text"


PERSONAL: Final = frozenset({Form.PHONE, Form.ID_CARD, Form.NAME})
"""What no column of use holds, and no screen shows."""

_CLOCK: Final = r"\d{1,2}\s*[:：时点]\s*\d{1,2}.*"
_WORDS: Final = r"(?:上午|凌晨|早上|早晨|清晨|中午|下午|晚上|傍晚|[AP]\.?M\.?|[(（]?(?:星期|[周週]|礼拜).[)）]?|\s)*"
_DAY: Final = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_YEARS: Final = r"(?:19|20)\d\d"
_TIME: Final = re.compile(
    rf"{_YEARS}\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*日?[T\s]*{_WORDS}{_CLOCK}"
    rf"|\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:{_YEARS}|\d\d),?\s+{_WORDS}{_CLOCK}"
    rf"|{_DAY}\d{{1,2}}[-\s/.](?:{_MONTH}|\d{{1,2}}月)\s?[-\s/.,]\s?(?:{_YEARS}|\d\d)[\s:T]+{_WORDS}\d{{1,2}}[:.]\d\d.*"
    rf"|{_DAY}{_MONTH}\s+\d{{1,2}},?\s+(?:{_YEARS},?\s+)?{_WORDS}{_CLOCK}"
    rf"|{_YEARS}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T\s]?(?:[01]\d|2[0-3])[:：]?[0-5]\d(?:[:：]?[0-5]\d(?:\.\d+)?)?",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    rf"{_YEARS}\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*日?|{_YEARS}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_CLOCK_ALONE: Final = re.compile(r"(?:[上下]午\s*)?\d{1,2}\s*[:：时]\s*[0-5]?\d(?:\s*[:：分]\s*[0-5]?\d(?:\.\d+)?秒?)?")
_EPOCH: Final = re.compile(r"1[0-9]{9}(?:\d{3})?(?:\.\d+)?")
_PHONE: Final = re.compile(
    r"(?:\+?(?:00)?86[- ]?)?1[3-9]\d{9}|1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-\d{7,8}(?:-\d{1,5})?"
)
_ID_CARD: Final = re.compile(rf"\d{{6}}{_YEARS}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}[\dXx]")
_IDENTIFIER: Final = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{1,32}")
_CHINESE_NAME: Final = re.compile(
    rf"(?:(?:{SURNAMES['double']})[\u4e00-\u9fff]{{1,2}}|[{SURNAMES['single']}][\u4e00-\u9fff]{{1,2}}"
    r"|[\u4e00-\u9fff]{1,2}[*＊某]{1,3}[\u4e00-\u9fff]?|[\u4e00-\u9fff]{1,6}[·•][\u4e00-\u9fff]{1,12})"
    r"(?:\s*[(（\[【].*|[-_/\s]\S*\d.*)?"
)
"""A name, also with its number behind it."""
_WESTERN_NAME: Final = re.compile(
    r"[A-Z][A-Za-z'-]+, ?[A-Z][A-Za-z.'-]*(?: [A-Z][A-Za-z.'-]*)*|(?:[A-Z][a-z'-]+ ){1,2}[A-Z][a-z'-]+"
)
_PLACE: Final = re.compile(r"[省市区县镇乡村路街巷弄号栋幢楼].*[路街巷弄号栋幢楼室]")
_LONG_NUMBER: Final = re.compile(r"\d{4,}")
_PERSON_INSIDE: Final = re.compile(r"[:：=]")
WIDEST_WORD: Final = 32
"""Cells that a word of a list takes at most; a line of plain ASCII may take twice as many."""
_HANDFUL: Final = 10
_TITLE_ROWS: Final = 5
MOST_WORDS: Final = 200
"""How many different words a system's list has at most."""


def form_of(value: str) -> Form:
    """Return what a value looks like; the text is trimmed and not empty."""
    text = unicodedata.normalize("NFKC", value)
    if _ID_CARD.fullmatch(text):
        return Form.ID_CARD
    if _PHONE.fullmatch(text):
        return Form.PHONE
    if _TIME.fullmatch(text):
        return Form.TIME
    if _DATE.fullmatch(text):
        return Form.DATE
    if _CLOCK_ALONE.fullmatch(text):
        return Form.CLOCK
    if _EPOCH.fullmatch(text):
        return Form.EPOCH
    if ("." in text or ":" in text) and client_ip(text)[0] is not None:
        return Form.ADDRESS
    if _IDENTIFIER.fullmatch(text):
        return Form.IDENTIFIER
    return Form.NAME if looks_like_name(text) else Form.TEXT


def is_whole_time(text: str) -> bool:
    """Return whether a text is a date with a time of day."""
    return _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def looks_like_name(text: str) -> bool:
    """Return whether a text may be a person's name; words that systems are known to write are none."""
    if text in ORDINARY_WORDS or is_known_value(text):
        return False
    return _CHINESE_NAME.fullmatch(text) is not None or _WESTERN_NAME.fullmatch(text) is not None


def may_be_shown(value: str, rows: int = 0) -> bool:
    """Return whether a value is a short word without anything of a person in it.

    Two English words in capitals are a name or a title; those of ``rows`` enough are a title.
    """
    text = unicodedata.normalize("NFKC", value)
    width = wcwidth.wcswidth(text)
    if width > WIDEST_WORD * (2 if text.isascii() else 1) or _LONG_NUMBER.search(text) or _PERSON_INSIDE.search(text):
        return False
    form = form_of(text)
    if form is Form.TEXT and _holds_name(text):
        return False
    is_title = form is Form.NAME and text.isascii() and "," not in text and rows >= _TITLE_ROWS
    return (form in {Form.TEXT, Form.IDENTIFIER} or is_title) and not _PLACE.search(text)


def _holds_name(text: str) -> bool:
    """Return whether a name stands before or behind a known word: 查询王芳, 王芳病历."""
    starts = [text[size:] for size in range(2, len(text) - 1) if is_known_value(text[:size])]
    ends = [one[:-size] for one in (text, *starts) for size in range(2, len(one) - 1) if is_known_value(one[-size:])]
    return any(map(looks_like_name, (*starts, *ends)))


def is_word_list(counts: Mapping[str, int]) -> bool:
    """Return whether a column's values are words of a list: few, short, repeated, and neither names nor numbers.

    ``counts`` are the rows of each value. A handful of values need not be repeated.
    """
    if not counts or len(counts) > MOST_WORDS or (len(counts) > _HANDFUL and sum(counts.values()) < 2 * len(counts)):
        return False
    shown = sum(map(may_be_shown, counts))
    names = sum(map(looks_like_name, counts))
    return 2 * shown >= len(counts) and 2 * names < len(counts)


def may_be_header(text: str) -> bool:
    """Return whether a text in a header's place holds no number, address or time of a row."""
    form = form_of(text) if text else Form.TEXT
    return form in {Form.TEXT, Form.NAME, Form.IDENTIFIER} and not _LONG_NUMBER.search(text)
