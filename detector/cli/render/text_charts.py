"""Small pictures made of characters, readable without colour and when piped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from detector.cli.render.text import cells, pad

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_SHADES: Final = "·░▒▓█"


def sparkline(values: Sequence[float], *, top: float | None = None) -> str:
    """Return one character a value, as high as its share of the largest (or of ``top``); nothing at all is a dot."""
    highest = top if top is not None else max(values, default=0.0)
    return "".join(
        "·" if value <= 0 or highest <= 0 else _LEVELS[min(7, int(min(value, highest) / highest * 7.999))]
        for value in values
    )


def bar(value: float, top: float, width: int) -> str:
    """Return a bar of at most ``width`` cells; anything above zero shows."""
    if value <= 0 or top <= 0:
        return ""
    return "█" * max(1, round(min(value, top) / top * width))


def power_curve(title: str, points: Sequence[tuple[str, float, float, float]], *, height: int = 5) -> list[str]:
    """Return a plot of shares between 0 and 1: one column a point (label, share, low, high), the interval as a line."""
    steps = height - 1
    column = max(6, *(cells(label) + 1 for label, *_ in points))
    lines = [title]
    for level in range(steps, -1, -1):
        marks = ""
        for _, share, low, high in points:
            inside = round(low * steps) <= level <= round(high * steps)
            mark = "●" if round(share * steps) == level else "│" if inside else " "
            marks += " " * (column // 2) + mark + " " * (column - column // 2 - 1)
        lines.append(f"{100 * level // steps:3d}% ┤{marks}".rstrip())
    below = "".join(_centred(label, column) for label, *_ in points)
    return [*lines, (" " * 6 + below).rstrip()]


def _centred(text: str, width: int) -> str:
    before = max(0, width // 2 - cells(text) // 2)
    return pad(" " * before + text, width)


def beside(blocks: Sequence[Sequence[str]], width: int, gap: int) -> list[str]:
    """Return blocks of lines side by side, as many in a row as fit the width."""
    lines: list[str] = []
    row: list[Sequence[str]] = []
    for block in [*blocks, None]:
        room = sum(max(map(cells, one)) + gap for one in row)
        if row and (block is None or room + max(map(cells, block)) > width):
            lines += [""] * bool(lines)
            widths = [max(map(cells, one)) for one in row]
            for number in range(max(map(len, row))):
                texts = [one[number] if number < len(one) else "" for one in row]
                lines.append((" " * gap).join(pad(text, w) for text, w in zip(texts, widths, strict=True)).rstrip())
            row = []
        if block is not None:
            row.append(block)
    return lines


def heat_map(labels: Sequence[str], rows: Sequence[Sequence[float]]) -> list[str]:
    """Return one line a label, one shaded character a value; the darkest is the largest value of all rows."""
    top = max((value for row in rows for value in row), default=0.0)
    width = max(map(cells, labels), default=0)
    return [
        f"{pad(label, width)} " + "".join(_shade(value, top) for value in row)
        for label, row in zip(labels, rows, strict=True)
    ]


def _shade(value: float, top: float) -> str:
    return _SHADES[0] if value <= 0 or top <= 0 else _SHADES[min(4, 1 + int(value / top * 3.999))]
