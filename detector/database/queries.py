"""Where the SQL texts lie: in the wheel as ``detector/sql``, in a checkout in the folder ``sql`` beside the package."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def sql_folder() -> Traversable:
    """Return the folder that holds ``schema``, ``load``, ``features`` and the others."""
    shipped = resources.files("detector").joinpath("sql")
    return shipped if shipped.is_dir() else Path(__file__).resolve().parents[2] / "sql"


@cache
def sql_text(*path: str) -> str:
    """Return one SQL file, named by folder and file name: ``sql_text("load", "typed_rows.sql")``."""
    return sql_folder().joinpath(*path).read_text(encoding="utf-8")


@cache
def sql_names(folder: str) -> tuple[str, ...]:
    """Return the names of the SQL files of one folder, in order."""
    return tuple(sorted(entry.name for entry in sql_folder().joinpath(folder).iterdir() if entry.name.endswith(".sql")))
