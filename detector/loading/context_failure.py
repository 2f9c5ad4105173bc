"""Why the newest file of a context table is not taken for the truth, as the store keeps it and as a person reads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

    from detector.texts import Texts

UNREADABLE: Final = "unreadable"
"""The file is missing, is no file, or breaks off."""
COLUMNS: Final = "columns"
"""It lacks a column that is needed, or that the version in use has."""
NOT_UNDERSTOOD: Final = "not_understood"
"""More than half of its rows went to quarantine."""
LOST: Final = "lost"
"""It has less than half the rows, or accounts that have not left, of the version in use."""
FELL: Final = "fell"
"""Less than half the usual rows are valid on the date, and what the version in use knows is gone from it."""
SHORT: Final = "short"
"""Less than half the usual rows are valid on the date; nothing that was known is gone, so its rows are used."""


@dataclass(frozen=True, slots=True)
class ContextFailure:
    """One table whose newest file failed.

    ``found`` and ``usual`` are rows; ``detail`` is what the system said, or the columns that lack. ``date`` is the
    first business date that it failed for, ``good_on`` the newest that the version in use was good for: None where
    no date was judged, or no version was ever good (``has_good`` is false then, and the night runs without the table).
    ``acceptable`` is false where nobody can accept the file: there is nothing in it to work with.
    """

    table: str
    kind: str
    path: str
    detail: str = ""
    found: int = 0
    usual: int = 0
    date: dt.date | None = None
    good_on: dt.date | None = None
    has_good: bool = True
    acceptable: bool = True

    @property
    def problem(self) -> str:
        """What is wrong with a file that cannot be used at all, in the words of an error message."""
        if self.kind == COLUMNS:
            return f"{self.path} has no column {self.detail}"
        return f"{self.path} cannot be read: {self.detail}"

    def sentence(self, texts: Texts) -> str:
        """Return what happened, what is used instead, and what settles it."""
        what = texts(
            f"context_failure.{self.kind}",
            table=self.table,
            file=self.path,
            detail=texts.message(self.detail),
            found=f"{self.found:,}",
            usual=f"{self.usual:,}",
            date=self.date or "-",
        )
        if self.kind == SHORT:
            used = texts("context_failure.use_new")
        elif not self.has_good:
            used = texts("context_failure.use_none")
        elif self.good_on is None:
            used = texts("context_failure.use_last")
        else:
            used = texts("context_failure.use_last_of", date=self.good_on)
        key = "accept" if self.acceptable else "mend"
        return texts(
            "context_failure.whole", what=what, used=used, act=texts(f"context_failure.{key}", table=self.table)
        )


def failures_noted(connection: duckdb.DuckDBPyConnection) -> list[ContextFailure]:
    """Return the tables whose newest file failed, as the last run noted them in the store, by name."""
    rows = connection.execute(
        "select name, failure, coalesce(path, ''), coalesce(detail, ''), coalesce(found, 0), coalesce(usual, 0),"
        " failed_on, good_on, digest is not null, acceptable from context_tables"
        " where failure is not null order by name"
    ).fetchall()
    return [ContextFailure(*row) for row in rows]
