"""Untrusted text made harmless for a reader: what a log holds may be planted.

Control characters, ANSI sequences, bidirectional overrides and line separators become visible escapes wherever a text
has no escapes of its own: on a terminal, in CEF and LEEF. What a spreadsheet would run as a formula gets an apostrophe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control, format and direction characters, line separators and lone surrogates."""

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, spaces before it aside."""

LONGEST: Final = 60
"""Characters of a name, of an account, a department or a role, as a person reads it."""
_NAMES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: object) -> str:
    r"""Return the text with every unsafe character as a visible escape such as ``\n``, ``\x1b`` or ``\u202e``."""
    return UNSAFE.sub(_escape, str(text))


def brief(text: object) -> str:
    """Return what a log calls somebody or something, cut to ``LONGEST`` characters: one name is not a page."""
    told = str(text)
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"


def called(row: Mapping[str, Any]) -> str:
    """Return an account with the name of its holder, as far as it is known."""
    return " ".join(brief(row[key]) for key in ("user_id", "user_name") if row.get(key))


def no_formula(text: str) -> str:
    """Return the text as a spreadsheet may have it: with a leading apostrophe where it looks like a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _NAMES:
        return _NAMES[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
