"""Where each key of a TOML text stands, so that a message about a value can name its line.

``tomllib`` gives values without places; this scan gives the places without values. The line of a syntax error stands
in ``tomllib``'s message alone.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

KeyPath = tuple[str | int, ...]

_PART: Final = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+"
_KEY: Final = re.compile(rf"\s*((?:{_PART})(?:\s*\.\s*(?:{_PART}))*)\s*")
_PARTS: Final = re.compile(_PART)
_SYNTAX_ERROR: Final = re.compile(r"(.*?) ?\(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)
_TOKEN: Final = re.compile(r"\"\"\"|'''|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|#.*|[\[\]{}]")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map each key path of a valid TOML text to its line, counted from 1.

    Tables are listed with the line of their header; elements of an array of tables by their index, such as
    ``("source", 0, "columns", "user_id")``. Keys inside inline tables are listed with their line as well.
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    depth, closing = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        if depth == 0 and not closing:
            stripped = line.strip()
            if stripped.startswith("[["):
                array = _resolved(_split(stripped[2:]), counts)
                counts[array] = counts.get(array, -1) + 1
                table = (*array, counts[array])
                lines.setdefault(array, number)
                lines[table] = number
                continue
            if stripped.startswith("["):
                table = _resolved(_split(stripped[1:]), counts)
                lines.setdefault(table, number)
                continue
            match = _KEY.match(line)
            if match is None or line[match.end() : match.end() + 1] != "=":
                continue
            path = (*table, *_split(match.group(1)))
            lines[path] = number
            rest = line[match.end() + 1 :]
            for inner in re.finditer(rf"({_PART})\s*=", rest) if rest.lstrip().startswith("{") else ():
                lines.setdefault((*path, *_split(inner.group(1))), number)
        depth, closing = _state_after(rest, depth, closing)
    return lines


def syntax_error(error: tomllib.TOMLDecodeError) -> tuple[str, int | None]:
    """Return what is wrong with a TOML text, and the line where it is; None at the end of the text."""
    match = _SYNTAX_ERROR.fullmatch(str(error))
    if match is None:
        return str(error), None
    return match.group(1), int(match.group(2)) if match.group(2) else None


def _split(dotted: str) -> KeyPath:
    match = _KEY.match(dotted)
    parts = _PARTS.findall(match.group(1)) if match else []
    return tuple(str(tomllib.loads(f"k = {part}")["k"]) if part[0] in "\"'" else part for part in parts)


def _resolved(path: KeyPath, counts: dict[KeyPath, int]) -> KeyPath:
    """Insert the index of the current element wherever a prefix of the header names an array of tables."""
    resolved: KeyPath = ()
    for position, part in enumerate(path):
        resolved = (*resolved, part)
        if resolved in counts and position < len(path) - 1:
            resolved = (*resolved, counts[resolved])
    return resolved


def _state_after(text: str, depth: int, closing: str) -> tuple[int, str]:
    """Return bracket depth and the delimiter of an open multi-line string after a piece of one value."""
    position = 0
    while position < len(text):
        if closing:
            end = text.find(closing, position)
            if end < 0:
                return depth, closing
            position, closing = end + 3, ""
            continue
        match = _TOKEN.search(text, position)
        if match is None:
            break
        mark, position = match.group(), match.end()
        if mark in {'"""', "'''"}:
            closing = mark
        elif mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
    return depth, closing
