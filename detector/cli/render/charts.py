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
