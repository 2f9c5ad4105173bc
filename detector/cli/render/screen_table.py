"""Tables that fit the terminal, with wide characters aligned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from detector.cli.render.paint import Paint
from detector.cli.render.text import cells, clip, pad, shown, wrap

GAP: Final = 2
WRAP_FIRST: Final = 14
UNKNOWN: Final = "-"
MOST_CELLS: Final = 400
"""Of one value on a list: a name or a note of many pages leaves room for the other rows."""


@dataclass(frozen=True, slots=True)
class ScreenColumn:
    """One column: ``key`` of the row, heading, and what happens when the table is too wide.

    ``fit`` is "keep" for what must be whole (ids, numbers), "clip" for what may be cut, "wrap" for sentences. ``text``
    turns the value into words; the default shows numbers with thousands separators and None as ``-``.
    """

    key: str
    title: str
    align: Literal["left", "right"] = "left"
    fit: Literal["keep", "clip", "wrap"] = "keep"
    text: Callable[[Any], str] | None = None
    style: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None

    def cell(self, row: Mapping[str, Any]) -> str:
        """Return what stands in this column for one row, safe for a terminal."""
        value = row.get(self.key)
        told = plain(value) if self.text is None or value is None else self.text(value)
        return clip(shown(told[: MOST_CELLS + 1]), MOST_CELLS)


def plain(value: object) -> str:
    """Return a value as a person reads it."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or UNKNOWN
    return str(value)


def table(
    columns: Sequence[ScreenColumn], rows: Iterable[Mapping[str, Any]], *, width: int, paint: Paint | None = None
) -> list[str]:
    """Return heading, rule and rows as lines of at most ``width`` cells (where the kept columns allow it)."""
    paint = paint or Paint()
    rows = list(rows)
    content = [[column.cell(row) for column in columns] for row in rows]
    widths = [
        max([cells(column.title), *(cells(line[position]) for line in content)])
        for position, column in enumerate(columns)
    ]
    _shrink(columns, widths, width)
    lines = [
        paint(
            _line(columns, [clip(column.title, w) for column, w in zip(columns, widths, strict=True)], widths), "bold"
        ),
        "  ".join("─" * w for w in widths),
    ]
    for row, cells_of_row in zip(rows, content, strict=True):
        blocks = [
            wrap(text, w) if column.fit == "wrap" else [clip(text, w)]
            for column, text, w in zip(columns, cells_of_row, widths, strict=True)
        ]
        for depth in range(max(map(len, blocks))):
            texts = [block[depth] if depth < len(block) else "" for block in blocks]
            lines.append(_line(columns, texts, widths, row=row, paint=paint))
    return lines


def _line(
    columns: Sequence[ScreenColumn],
    texts: Sequence[str],
    widths: Sequence[int],
    *,
    row: Mapping[str, Any] | None = None,
    paint: Paint | None = None,
) -> str:
    parts = []
    for column, text, width in zip(columns, texts, widths, strict=True):
        part = pad(text, width, column.align)
        if paint is not None and row is not None and column.style is not None:
            part = paint(part, *column.style(row))
        parts.append(part)
    return (" " * GAP).join(parts).rstrip()


def _shrink(columns: Sequence[ScreenColumn], widths: list[int], width: int) -> None:
    """Take cells from the widest columns that may give, until the table fits; no column below its heading or 6.

    Sentences give first, down to ``WRAP_FIRST``: wrapping loses nothing, clipping does.
    """
    floors = [
        w if column.fit == "keep" else min(w, max(6, cells(column.title)))
        for column, w in zip(columns, widths, strict=True)
    ]
    while sum(widths) + GAP * (len(widths) - 1) > width:
        spare = [w - floor for w, floor in zip(widths, floors, strict=True)]
        if not any(spare):
            return
        givers = [position for position, room in enumerate(spare) if room]
        wrapping = [place for place in givers if columns[place].fit == "wrap" and widths[place] > WRAP_FIRST]
        widest = max(wrapping or givers, key=lambda position: widths[position])
        widths[widest] -= 1
