"""What the tables that policies read hold, in the reader's language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.model.tables import Column, Table
    from detector.texts.language import Language


def row_text(table: Table, language: Language) -> str:
    """Return what there is one row per."""
    return _chinese()["row"][table.name] if language == "zh" else table.row


def column_text(table: Table, column: Column, language: Language) -> str:
    """Return what a column holds, with its unit."""
    if language == "zh":
        return _chinese().get(table.name, {}).get(column.name) or _chinese()["column"][column.name]
    return f"{column.text} Unit: {column.unit}." if column.unit else column.text


@cache
def _chinese() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(resources.files("detector.texts").joinpath("tables.zh.toml").read_text(encoding="utf-8"))
