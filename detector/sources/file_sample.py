"""The beginning of a log file, column by column: how often which value stands there, and what the values look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from detector.model.event_columns import ENUMS
from detector.sources.aliases import canonical_value
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import cleaned
from detector.sources.formats import format_of
from detector.sources.log_format import Layout, ReadOptions
from detector.sources.value_forms import Form, form_of, is_word_list

SAMPLE_ROWS: Final = 100_000
LOOKED_AT: Final = 2_000
"""How many different values of a column, the commonest, are looked at one by one."""
FIRST_ROWS: Final = 500
"""How many rows are kept as they stand in the file."""


@dataclass(frozen=True)
class ColumnSample:
    """One column of the sample; ``counts`` are the rows of each value, the commonest first, empty ones apart."""

    index: int
    header: str
    rows: int
    counts: Mapping[str, int]

    @cached_property
    def filled(self) -> int:
        """Rows with a value."""
        return sum(self.counts.values())

    @cached_property
    def _forms(self) -> Mapping[Form, float]:
        looked_at = list(self.counts.items())[:LOOKED_AT]
        total = sum(rows for _, rows in looked_at)
        forms: Counter[Form] = Counter()
        for value, rows in looked_at:
            forms[form_of(value)] += rows
        return {form: rows / total for form, rows in forms.items()}

    def share(self, *forms: Form) -> float:
        """Return the share of the filled rows that look so."""
        return sum(self._forms.get(form, 0.0) for form in forms)

    @cached_property
    def _meanings(self) -> Mapping[str, Mapping[str, str]]:
        """The known ones among the commonest values: enum column, value, canonical value."""
        looked_at = list(self.counts)[:LOOKED_AT]
        return {
            column: {value: meant for value in looked_at if (meant := canonical_value(column, value, {})) is not None}
            for column in ENUMS
        }

    def known(self, column: str, mapping: Mapping[str, str], *, only: Collection[str] | None = None) -> float:
        """Return the share of the filled rows whose value an enum column knows; ``only``: among these values."""
        known = self._meanings[column].keys() | (mapping.keys() & self.counts.keys())
        rows = sum(self.counts[value] for value in known if only is None or value.casefold() in only)
        return rows / self.filled if self.filled else 0.0

    def known_values(self, column: str) -> Mapping[str, str]:
        """Return the values that an enum column knows by itself, the commonest first, with their canonical values."""
        return self._meanings[column]

    @cached_property
    def is_word_list(self) -> bool:
        """Whether the values are words of a list, which may be shown; see `detector.sources.value_forms`."""
        return is_word_list(self.counts)


@dataclass(frozen=True)
class FileSample:
    """The beginning of a file: its layout, the rows read, its columns in the order of the header.

    ``first_rows`` are the first of them as they stand in the file, with ``row_number``.
    """

    layout: Layout
    rows: int
    columns: tuple[ColumnSample, ...]
    records: pa.Table
    first_rows: pa.Table = field(default_factory=lambda: pa.table({}))

    def single_valued(self, key: int, column: int) -> float | None:
        """Return the share of the values of a column ``key``, those of three rows or more, that have one value beside.

        None where no value has so many rows.
        """
        pairs = pa.table({name: self.records.column(f"c{place}") for name, place in (("key", key), ("value", column))})
        pairs = pairs.drop_null()
        groups = pairs.group_by("key").aggregate([("value", "count"), ("value", "count_distinct")])
        groups = groups.filter(pc.greater_equal(groups.column("value_count"), 3))
        if not groups.num_rows:
            return None
        return float(pc.mean(pc.equal(groups.column("value_count_distinct"), 1)).as_py())

    def rows_where(self, column: int, other: int, values: Collection[str]) -> float:
        """Return the share of the rows where ``column`` is filled that have one of ``values`` in ``other``."""
        beside = self.records.column(f"c{other}").filter(pc.is_valid(self.records.column(f"c{column}")))
        if not len(beside):
            return 0.0
        return float(pc.mean(pc.is_in(beside, value_set=pa.array(sorted(values), pa.string()))).as_py())


def read_sample(path: Path, log_format: str | None, options: ReadOptions) -> FileSample:
    """Read the beginning of a file, by the format that is named, or recognised. Raises OSError where it cannot be."""
    with ByteStream(path) as stream:
        reader = format_of(path, log_format).open(stream, options)
        header = reader.layout.header
        chunk = next(reader.chunks(tuple(range(len(header))), frozenset()), None) if header else None
        layout = replace(reader.layout, header=header)
        if stream.problem and chunk is None:
            raise OSError(stream.problem)
    if chunk is None:
        return FileSample(layout, 0, tuple(ColumnSample(i, text, 0, {}) for i, text in enumerate(header)), pa.table({}))
    records = chunk.records.slice(0, SAMPLE_ROWS)
    texts = {
        f"c{index}": pa.chunked_array([cleaned(records.column(f"c{index}").combine_chunks())], pa.string())
        for index in range(len(header))
    }
    table = pa.table(texts)
    columns = tuple(
        ColumnSample(index, text, table.num_rows, _counts(table.column(f"c{index}")))
        for index, text in enumerate(header)
    )
    return FileSample(layout, table.num_rows, columns, table, records.slice(0, FIRST_ROWS))


def _counts(texts: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(texts.drop_null()).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(counted, key=lambda one: (-one["counts"], one["values"]))}
