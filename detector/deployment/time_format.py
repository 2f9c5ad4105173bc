"""``time_format``: the patterns by which a source's times are read beside the known forms.

A pattern is written as for Python's ``strptime``. It becomes a regular expression (RE2) over the text as
``sql/load/spelled_clocks.sql`` makes it plain: capitals, months' names as ``@6@``, days' names and words such as PM
taken out; and how what it matches is written ``Y-M-D H:M:S.F zone``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

DAY_FIRST: Final = "day_first"
MONTH_FIRST: Final = "month_first"
FILEMAN: Final = "fileman"
"""In place of a pattern: FileMan's dates, years from 1700: 3260501.08 is 2026-05-01 08:00."""

_DIGITS: Final = {
    "Y": (r"\d{4}", r"\d{4}"),
    "y": (r"\d{2}", r"\d{2}"),
    "m": (r"0?[1-9]|1[0-2]", r"0[1-9]|1[0-2]"),
    "d": (r"0?[1-9]|[12]\d|3[01]", r"0[1-9]|[12]\d|3[01]"),
    "H": (r"[01]?\d|2[0-4]", r"[01]\d|2[0-4]"),
    "I": (r"0?[1-9]|1[0-2]", r"0[1-9]|1[0-2]"),
    "M": (r"[0-5]?\d", r"[0-5]\d"),
    "S": (r"[0-5]?\d|60", r"[0-5]\d|60"),
    "f": (r"\d{1,9}", r"\d{1,9}"),
}
"""Directive: its figures where something else stands beside it, and where other figures do."""
_OTHERS: Final = {"b": r"@(\d{1,2})@", "z": r"(Z|[+-]\d{2}:?\d{2})", "Z": r"([A-Z]{2,5})"}
_SAME: Final = {"B": "b", "h": "b", "e": "d", "k": "H", "l": "I", "A": "a", "-d": "d", "-m": "m", "-H": "H", "-I": "I"}
_LONG: Final = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y"}
_WORDS: Final = frozenset("ap")
KNOWN: Final = "%Y %y %m %d %b %B %H %I %p %M %S %f %a %A %z %Z %F %T %R %D %%"
_TOKEN: Final = re.compile(r"%(-?.)|(\s+)|([^%\s]+)", re.DOTALL)
_NEEDED: Final = (
    ("Yy", "the pattern lacks the year; add %Y or %y"),
    ("mb", "the pattern lacks the month; add %m or %b"),
    ("d", "the pattern lacks the day; add %d"),
    ("HI", "the pattern lacks the hour; add %H, or %I with %p"),
)


@dataclass(frozen=True, slots=True)
class TimePattern:
    """What texts a pattern reads, and how they are written; ``time_order`` is the one of day and month it settles.

    ``time_order`` is None where the month has a name or the year stands first. ``has_half_day``: the text has a word
    such as PM or 下午. ``may_be_plain``: it reads texts that look like one of the known forms.
    """

    regex: str
    rewrite: str
    has_half_day: bool = False
    time_order: str | None = None
    may_be_plain: bool = False


@cache
def time_pattern(text: str) -> TimePattern:
    """Return what a pattern means. Raises ValueError, saying what is wrong, where it makes no time."""
    if text.strip().casefold() == FILEMAN:
        return TimePattern(r"[1-5]\d{6}\.\d{1,6}", FILEMAN)
    for short, long in _LONG.items():
        text = text.replace(short, long)
    tokens = _tokens(text)
    names = [name for name, _ in tokens if name]
    for name in names:
        if names.count(name) > 1 and name not in _WORDS:
            raise ValueError(f"the pattern has %{name} twice")
    for wanted, told in _NEEDED:
        if not set(wanted) & set(names):
            raise ValueError(told)
    if "I" in names and "p" not in names and "H" not in names:
        raise ValueError("the pattern has an hour of twelve, %I; add %p, or write %H")
    regex, groups = _regex(tokens)
    may_be_plain = names[0] == "Y" or not re.search("[^%a-zA-Z]", text)
    return TimePattern(regex, _rewrite(groups), "p" in names, _order(names), may_be_plain)


def settled_by(patterns: tuple[str, ...]) -> str | None:
    """Return the one order of day and month that patterns settle, None where they settle none or both."""
    orders = {time_pattern(text).time_order for text in patterns} - {None}
    return orders.pop() if len(orders) == 1 else None


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return directives by name, and what stands between them as (``''``, text)."""
    found: list[tuple[str, str]] = []
    for directive, space, literal in _TOKEN.findall(text.strip()):
        if not directive:
            found.append(("", " " if space else unicodedata.normalize("NFKC", literal).upper()))
            continue
        name = _SAME.get(directive, directive)
        if name == "%":
            found.append(("", "%"))
        elif name in _DIGITS or name in _OTHERS or name in _WORDS:
            found.append((name, ""))
        else:
            raise ValueError(f"the pattern has %{directive}, which is not known; known: {KNOWN}")
    if text.count("%") != sum(1 for one in re.findall(r"%(?:-?.)", text, re.DOTALL)) + text.count("%%"):
        raise ValueError("the pattern ends with a single %; write %% for the sign")
    return found


def _regex(tokens: list[tuple[str, str]]) -> tuple[str, dict[str, int]]:
    """Return the regular expression, and which group has which directive."""
    regex, groups, kept = "", dict[str, int](), _without_words(tokens)
    for place, (name, literal) in enumerate(kept):
        if not name:
            regex += {" ": " +", "": " *"}.get(literal, re.escape(literal))
            continue
        groups[name] = len(groups) + 1
        if name in _OTHERS:
            regex += _OTHERS[name]
            continue
        beside = [kept[other][0] for other in (place - 1, place + 1) if 0 <= other < len(kept)]
        loose, fixed = _DIGITS[name]
        regex += f"({fixed if any(other in _DIGITS for other in beside) else loose})"
    return regex, groups


def _without_words(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the tokens without words that the text no longer has: ``''`` stands where they were, or their space."""
    kept: list[tuple[str, str]] = []
    after_word = False
    for name, literal in tokens:
        if name in _WORDS:
            after_word = True
            if kept and kept[-1] != ("", " "):
                kept.append(("", ""))
            continue
        if after_word and not name:
            literal = literal.lstrip(".,)")  # noqa: PLW2901 - they went with the word
            if not literal or (literal == " " and kept and kept[-1] == ("", " ")):
                continue
            if literal == " " and kept and kept[-1] == ("", ""):
                kept.pop()
        after_word = False
        if kept or literal != " ":
            kept.append((name, literal))
    while kept and kept[-1] in {("", ""), ("", " ")}:
        kept.pop()
    return kept


def _rewrite(groups: dict[str, int]) -> str:
    def part(*names: str, default: str = "00") -> str:
        return next((rf"\{groups[name]}" for name in names if name in groups), default)

    year = part("Y", default="") or "'" + part("y")
    clock = f"{part('H', 'I')}:{part('M')}:{part('S')}" + (f".{part('f')}" if "f" in groups else "")
    return f"{year}-{part('m', 'b')}-{part('d')} {clock} {part('z', 'Z', default='')}".rstrip()


def _order(names: list[str]) -> str | None:
    """Return the order of day and month where both are figures and the year does not stand first."""
    figures = [name for name in names if name in {"Y", "y", "m", "d"}]
    if "m" not in figures or figures[0] in {"Y", "y"}:
        return None
    return DAY_FIRST if figures.index("d") < figures.index("m") else MONTH_FIRST
