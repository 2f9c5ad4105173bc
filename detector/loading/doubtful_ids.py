"""Identifiers that somebody has to look at: names for nobody, those that look like one, those that no crosswalk has."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detector.database.connection import store_errors
from detector.database.queries import rows
from detector.errors import StoreDamaged

if TYPE_CHECKING:
    import duckdb

    from detector.store import Store
    from detector.texts import Texts

LOOKED_AT_DAYS: Final = 7
"""Dates up to the last one judged that a run looks at."""
NAMED: Final = 3
"""So many groups or names are told; the others are counted. Record numbers never are."""


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Identifiers of a column that may be one, with the events of each, most first."""

    column: str
    counts: tuple[tuple[str, int], ...]

    @property
    def events(self) -> int:
        """The events of all of them."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """How many identifiers of a source the crosswalk of the column does not have."""

    column: str
    source: str
    ids: int
    events: int


@dataclass(frozen=True, slots=True)
class DoubtfulIds:
    """``nobodies`` are the logs' names for nobody, with their events."""

    nobodies: tuple[tuple[str, int], ...] = ()
    look_alikes: tuple[LookAlikes, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()

    def sentences(self, texts: Texts, *, with_unresolved: bool = False) -> list[str]:
        """Return what to say of them: once each for nobody, for accounts and for record numbers."""
        said = []
        if self.nobodies:
            named = ", ".join(f"{name} {count:,}" for name, count in self.nobodies[:NAMED])
            total = sum(count for _, count in self.nobodies)
            said.append(texts("attention.nobody", events=f"{total:,}", accounts=named))
        for column in ("user_id", "patient_id"):
            groups = [one for one in self.look_alikes if one.column == column]
            if groups:
                events = f"{sum(one.events for one in groups):,}"
                named = "; ".join(_named(one) for one in groups[:NAMED])
                said.append(texts(f"attention.look_alikes_{column}", groups=len(groups), events=events, named=named))
        if with_unresolved:
            for one in self.unresolved:
                counts = {"ids": f"{one.ids:,}", "events": f"{one.events:,}"}
                said.append(texts(f"attention.unresolved_{one.column}", source=one.source, **counts))
        return said


def _named(group: LookAlikes) -> str:
    return ", ".join(f"{one} ({count:,})" for one, count in group.counts[:NAMED])


def doubtful_ids(
    connection: duckdb.DuckDBPyConnection, first: dt.date = dt.date.min, last: dt.date = dt.date.max
) -> DoubtfulIds:
    """Look at the events from ``first`` to ``last``; the view ``events`` must cover them."""
    span = {"first": first, "last": last}
    return DoubtfulIds(
        tuple((row["user_id"], row["events"]) for row in rows(connection, "load", "nobodies.sql", **span)),
        tuple(_look_alikes(connection, span)),
        tuple(
            Unresolved(row["column_name"], row["source"], row["ids"], row["events"])
            for row in rows(connection, "load", "unresolved_ids.sql", **span)
        ),
    )


def newest_doubtful_ids(store: Store, last: dt.date | None) -> DoubtfulIds:
    """Look at the newest dates up to ``last``, the last one judged; at none where a part of them is damaged."""
    if last is None:
        return DoubtfulIds()
    first = last - dt.timedelta(days=LOOKED_AT_DAYS - 1)
    with contextlib.suppress(StoreDamaged), store.views(first, last), store_errors(store.path):
        return doubtful_ids(store.connection, first, last)
    return DoubtfulIds()


def _look_alikes(connection: duckdb.DuckDBPyConnection, span: dict[str, dt.date]) -> Iterator[LookAlikes]:
    for row in rows(connection, "load", "look_alikes.sql", **span):
        yield LookAlikes(row["column_name"], tuple(zip(row["ids"], row["counts"], strict=True)))
