"""Reads tables off a screen: a rule of dashes says where the columns are, the line above it what they are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

RULE = re.compile(r"─{1,}(  ─{1,})+|─{2,}")


@dataclass(frozen=True)
class Table:
    """Column titles and rows of cells, as they stand on the screen."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def by_title(self) -> list[dict[str, str]]:
        """Return the rows as title → cell."""
        return [dict(zip(self.titles, row, strict=True)) for row in self.rows]


def parts(lines: Sequence[str]) -> Iterator[str | Table]:
    """Yield the screen's lines, and its tables in the place of theirs; no line may be broken."""
    place = 0
    while place < len(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if RULE.fullmatch(following.strip()):
            end = place + 2
            spans = [match.span() for match in re.finditer("─+", following)]
            while end < len(lines) and lines[end].strip() and _fits(lines[end], spans):
                end += 1
            titles, *rows = (_cells(line, spans) for line in [lines[place], *lines[place + 2 : end]])
            yield Table(titles, tuple(rows))
            place = end
        else:
            yield lines[place]
            place += 1


def _columns(line: str) -> list[str]:
    """Return what stands in each column of the terminal; a wide character stands in the first of its two."""
    found: list[str] = []
    for character in line:
        if unicodedata.combining(character) and found:
            found[-1] += character
        else:
            found += [character] if unicodedata.east_asian_width(character) not in "WF" else [character, ""]
    return found


def _cells(line: str, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    columns = _columns(line)
    return tuple("".join(columns[start:end]).strip() for start, end in spans)


def _fits(line: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether nothing stands between the columns: what follows a table at once is no row of it."""
    columns = _columns(line)
    inside = {place for start, end in spans for place in range(start, end)}
    return all(character in {" ", ""} or place in inside for place, character in enumerate(columns))
