"""What `init --from FILE` proposes for a log file: format, encoding, columns, values. What is sure is taken over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detector.deployment.time_format import DAY_FIRST, MONTH_FIRST
from detector.errors import InputError
from detector.files.path_text import path_text
from detector.model.event_columns import ENUMS, JOINED
from detector.sources.aliases import canonical_value
from detector.sources.byte_stream import ByteStream
from detector.sources.column_evidence import Suggestion
from detector.sources.file_pattern import source_name
from detector.sources.file_sample import FileSample, read_sample
from detector.sources.formats import FALLBACK, HEAD_BYTES, recognised
from detector.sources.headerless import begins_with_row, looks_like_row
from detector.sources.headers import HeaderMapping, map_layout
from detector.sources.log_format import ReadOptions
from detector.sources.understanding import Understanding, UnknownValue, understand
from detector.sources.value_forms import may_be_shown

_DAY_AND_MONTH: Final = re.compile(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*\d{4}\b")
_ROUNDS: Final = 4
"""What was taken over may settle further columns: an account that is known tells whose department a column holds."""


@dataclass(frozen=True, slots=True)
class SourceProposal:
    """One `[[source]]`: ``columns`` and ``values`` hold what is not canonical.

    ``taken`` are the suggestions among the columns, ``taken_values`` the guesses among the values that were sure;
    ``left`` is what is understood with all of it, and so what a person must decide. ``time_order`` is what the times
    say of the order of day and month: `day_first`, `month_first`, `contradicted`, `open`, None where nothing is open.
    """

    name: str
    format: str
    encoding: str | None
    delimiter: str | None
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: dict[str, Suggestion] = field(default_factory=dict)
    taken_values: dict[str, tuple[UnknownValue, ...]] = field(default_factory=dict)
    left: Understanding = field(default_factory=Understanding)
    time_order: str | None = None


def propose_source(
    path: Path, accounts: Collection[str] = frozenset(), patients: Collection[str] = frozenset()
) -> SourceProposal:
    """Look at the beginning of a log file; raises InputError where it cannot be read, or is no log with a header.

    ``accounts`` and ``patients`` are identifiers of the site's own tables, where it has any.
    """
    name, sample = _sample(path)
    layout = sample.layout
    taken: dict[str, Suggestion] = {}
    left = understand(sample, {}, {}, accounts, patients)
    for _ in range(_ROUNDS):
        sure = {one.column: one for one in left.suggestions if one.is_sure and one.column not in taken}
        if not sure:
            break
        taken |= sure
        left = understand(sample, {column: one.header for column, one in taken.items()}, {}, accounts, patients)
    configured = {column: one.header for column, one in taken.items()}
    mapping = map_layout(layout, configured)
    columns = {
        column: f"{mapping.beside.header}{JOINED}{one.header}"
        if column == "event_time" and mapping.beside
        else one.header
        for column, one in mapping.columns.items()
        if one.how != "canonical" and (column in left.columns or column in taken)
    }
    values = _known_values(sample, mapping)
    taken_values: dict[str, tuple[UnknownValue, ...]] = {}
    for unknown in left.unknown:
        sure_values = tuple(one for one in unknown.values if one.is_sure and one.guess)
        if sure_values:
            taken_values[unknown.column] = sure_values
            values.setdefault(unknown.column, {}).update({one.value: one.guess or "" for one in sure_values})
    left = understand(sample, columns, values, accounts, patients)
    encoding = layout.encoding if layout.encoding not in {None, "ascii", "utf-8"} else None
    delimiter = layout.delimiter if layout.delimiter != "," else None
    return SourceProposal(
        source_name(path),
        name,
        encoding,
        delimiter,
        columns,
        values,
        taken,
        taken_values,
        left,
        _time_order(sample, mapping),
    )


def _time_order(sample: FileSample, mapping: HeaderMapping) -> str | None:
    """Return what the times of the sample say of the order of day and month."""
    said: set[str] = set()
    is_open = False
    for one in filter(None, (mapping.columns.get("event_time"), mapping.beside)):
        for text in sample.columns[one.index].counts:
            if match := _DAY_AND_MONTH.match(unicodedata.normalize("NFKC", text)):
                first, second = map(int, match.groups())
                said |= {DAY_FIRST} if second <= 12 < first <= 31 else set()
                said |= {MONTH_FIRST} if first <= 12 < second <= 31 else set()
                is_open |= first != second and max(first, second) <= 12
    if len(said) > 1:
        return "contradicted"
    return said.pop() if said else "open" if is_open else None


def _sample(path: Path) -> tuple[str, FileSample]:
    """Return the format of a file and its beginning."""
    told = path_text(path)
    try:
        with ByteStream(path) as stream:
            head = stream.read(HEAD_BYTES)
            name = recognised(head, path).name
            if stream.problem and name == FALLBACK:
                raise InputError(f"{told} {stream.problem}")
        sample = read_sample(path, name, ReadOptions())
    except OSError as error:
        raise InputError(f"{told} cannot be read: {error.strerror or error}") from error
    header = sample.layout.header
    if not header or not any(header):
        raise InputError(f"{told} is empty: give a file with its header and some rows" if not head.strip() else
                         f"{told} has no header: give a file of this log that has one")  # fmt: skip
    if begins_with_row(sample.layout.rows, {}) or looks_like_row(header):
        raise InputError(f"{told} begins without a header: put the header's line in front, or give a file that has it")
    return name, sample


def _known_values(sample: FileSample, mapping: HeaderMapping) -> dict[str, dict[str, str]]:
    """Return the values of enum columns that are known under another name: column, value, canonical value."""
    found: dict[str, dict[str, str]] = {}
    for column in ENUMS:
        one = mapping.columns.get(column)
        for value in sample.columns[one.index].counts if one is not None else ():
            canonical = canonical_value(column, value, {})
            if canonical is not None and canonical != value and may_be_shown(value):
                found.setdefault(column, {})[value] = canonical
    return found
