"""Many rows at once for machines: the rules of ``formats``, applied to whole columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from detector.cli.render.text import UNSAFE, shown
from detector.texts.json_lines import json_escape
from detector.texts.untrusted import FORMULA_STARTS

if TYPE_CHECKING:
    import polars as pl

_FORMULA = f"^ *[{''.join(map(re.escape, FORMULA_STARTS))}]"


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return the rows as CSV without a header; cells that look like a formula get a leading apostrophe."""
    import polars as pl
    import polars.selectors as cs

    guarded = frame.with_columns(
        pl.when(cs.string().str.contains(_FORMULA)).then("'" + cs.string()).otherwise(cs.string()).name.keep()
    )
    return _mended(guarded.write_csv(include_header=False), shown)


def ndjson_bytes(frame: pl.DataFrame) -> bytes:
    """Return the rows as one JSON object a line, every key present."""
    return _mended(frame.write_ndjson(), json_escape)


def _mended(text: str, escape: Callable[[str], str]) -> bytes:
    """Escape unsafe characters other than the line breaks that end rows (or stand in quoted CSV cells)."""

    def escaped(match: re.Match[str]) -> str:
        character = match.group()
        return character if character == "\n" else escape(character)

    return UNSAFE.sub(escaped, text).encode()
