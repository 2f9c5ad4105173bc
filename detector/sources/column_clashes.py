"""Several columns of a file that mean one: of one name, or of names that mean the same.

Nothing tells columns of one name apart: where they agree, or one of them is empty, they are one column. Where they
differ the row is quarantined if its access would be another's or another; what only describes it is left empty. Of
columns of different names the likeliest is taken, and it is said how often another one differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detector.sources.canonical_rows import CanonicalRows, cleaned
from detector.sources.headers import HeaderMapping

TELLING: Final = frozenset({"event_time", "user_id", "patient_id", "action", "outcome", "record_count"})
"""Columns without which an access is another one: a row in which their twins differ is quarantined."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two columns of a file that mean one and differ: the one that was taken, the other, in how many of how many rows.

    ``is_twin``: they have one name.
    """

    column: str
    header: str
    other: str
    rows: int
    of: int
    is_twin: bool


@dataclass(frozen=True, slots=True)
class SettledTwins:
    """The records of a chunk with columns of one name made one, and by column the rows in which they differ."""

    records: pa.Table
    differing: Mapping[str, NDArray[np.bool_]]

    def mark(self, rows: CanonicalRows, mapping: HeaderMapping) -> None:
        """Set the rows aside in which a telling column is not certain; leave other columns empty there."""
        for column, differing in self.differing.items():
            mask = pa.array(differing)
            header = mapping.columns[column].header
            name, value = column, pa.scalar(None, pa.string())
            if column in TELLING:
                name, value = "problem", pa.scalar(f"two columns of one name differ: {header}", pa.string())
            elif column == "event_id":
                continue
            place = rows.table.column_names.index(name)
            rows.table = rows.table.set_column(place, name, pc.if_else(mask, value, rows.table.column(name)))


def settled_twins(records: pa.Table, mapping: HeaderMapping) -> SettledTwins:
    """Return the records with each column filled from those of its name, and where they differ."""
    found: dict[str, NDArray[np.bool_]] = {}
    for column, twins in mapping.twins.items():
        name = f"c{mapping.columns[column].index}"
        taken = _texts(records, name)
        differing = np.zeros(records.num_rows, np.bool_)
        for twin in twins:
            other = _texts(records, f"c{twin}")
            differing |= _differ(taken, other)
            taken = pc.coalesce(taken, other)
        if column == "event_id":
            taken = pc.if_else(pa.array(differing), pa.scalar(None, pa.string()), taken)
        records = records.set_column(records.column_names.index(name), name, taken)
        if differing.any():
            found[column] = differing
    return SettledTwins(records, found)


def clashes(records: pa.Table, mapping: HeaderMapping, header: tuple[str, ...]) -> list[Clash]:
    """Return which columns that mean one differ in these records, before their twins are settled."""
    found = []
    for others, is_twin in ((mapping.twins, True), (mapping.rivals, False)):
        for column, indexes in others.items():
            one = mapping.columns[column]
            for index in indexes:
                if f"c{index}" not in records.column_names:
                    continue
                differing = _differ(_texts(records, f"c{one.index}"), _texts(records, f"c{index}"))
                if differing.any():
                    rows = int(differing.sum())
                    found.append(Clash(column, one.header, header[index], rows, records.num_rows, is_twin))
    return found


def _texts(records: pa.Table, name: str) -> pa.ChunkedArray:
    return cleaned(records.column(name).cast(pa.string()))


def _differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return where both say something, and not the same."""
    return np.asarray(pc.fill_null(pc.not_equal(one, other), fill_value=False), dtype=bool)
