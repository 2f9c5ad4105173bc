"""JSON on one line, with what is unsafe to a reader kept as escapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from detector.texts.untrusted import UNSAFE


def json_line(value: Mapping[str, Any]) -> str:
    """Return one JSON object without line breaks; direction and control characters stay escaped."""
    text = json.dumps(value, ensure_ascii=False, default=jsonable, allow_nan=False)
    return UNSAFE.sub(lambda match: json_escape(match.group()), text)


def jsonable(value: object) -> str:
    """Return what JSON has no type for as a text."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def json_escape(character: str) -> str:
    r"""Return a character as JSON's ``\u`` escape."""
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
