"""What `init --from FILE` proposes for a log file: format, encoding, columns, values, and what it could not tell."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from detector.errors import InputError
from detector.model.event_columns import ENUMS
from detector.sources.aliases import canonical_value, header_table, normal, value_table
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import cleaned
from detector.sources.formats import formats
from detector.sources.headers import HeaderMapping, map_header
from detector.sources.log_format import ReadOptions

_LIKE: Final = 0.6
_SHOWN_VALUES: Final = 20
_PARQUET_MAGIC: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class SourceProposal:
    """One `[[source]]`. `columns` and `values` hold what is not canonical; `notes` what a person must decide."""

    name: str
    format: str
    encoding: str | None
    delimiter: str | None
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def propose_source(path: Path) -> SourceProposal:
    """Look at the beginning of a log file; raises InputError where it cannot be read."""
    try:
        with ByteStream(path) as stream:
            name = _format_name(stream.read(4096))
        with ByteStream(path) as stream:
            reader = formats()[name].open(stream, ReadOptions())
            layout = reader.layout
            mapping = map_header(layout.header, {})
            wanted = tuple(sorted({one.index for one in mapping.columns.values()}))
            chunk = next(reader.chunks(wanted, frozenset()), None) if wanted else None
            layout = reader.layout
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    encoding = layout.encoding if layout.encoding not in {None, "ascii", "utf-8"} else None
    proposal = SourceProposal(_source_name(path), name, encoding, layout.delimiter)
    if layout.delimiter not in {None, ","}:
        proposal.notes.append(f"columns are separated by {layout.delimiter!r}")
    _propose_columns(proposal, mapping)
    if chunk is not None and chunk.records.num_rows:
        _propose_values(proposal, mapping, chunk.records)
    return proposal


def similar_column(header: str, taken: Collection[str] = ()) -> str | None:
    """Return the canonical column whose known headers look most like this one, for a person to decide on.

    A Chinese header says at its end what it is (操作者岗位 is a 岗位), so known endings come first.
    """
    text, known = normal(header), header_table()
    endings = sorted((name for name in known if len(name) > 1 and text.endswith(name)), key=len, reverse=True)
    alike = difflib.get_close_matches(text, known, n=5, cutoff=_LIKE)
    return next((known[name][0] for name in [*endings, *alike] if known[name][0] not in taken), None)


def _propose_columns(proposal: SourceProposal, mapping: HeaderMapping) -> None:
    for column, one in mapping.columns.items():
        if one.how != "canonical":
            proposal.columns[column] = one.header
    for header in mapping.ignored:
        guess = similar_column(header, mapping.columns)
        if guess is None:
            proposal.notes.append(f"not used: column {header!r}")
        else:
            proposal.notes.append(f"not understood: column {header!r}; perhaps {guess}")
    if mapping.problem:
        proposal.notes.append(f"still missing: {mapping.problem}; name the columns below [source.columns]")


def _propose_values(proposal: SourceProposal, mapping: HeaderMapping, records: pa.Table) -> None:
    for column in ENUMS:
        one = mapping.columns.get(column)
        if one is None:
            continue
        counts = pc.value_counts(cleaned(records.column(f"c{one.index}").combine_chunks()))
        counted = sorted(
            ((entry["counts"], entry["values"]) for entry in counts.to_pylist() if entry["values"] is not None),
            key=lambda entry: (-entry[0], entry[1]),
        )
        for rows, value in counted[:_SHOWN_VALUES]:
            canonical = canonical_value(column, value, {})
            if canonical is None:
                like = difflib.get_close_matches(normal(value), value_table(column), n=1, cutoff=_LIKE)
                guess = f"; perhaps {value_table(column)[like[0]]}" if like else ""
                proposal.notes.append(f"not understood: {column} {value!r} ({rows} rows){guess}")
            elif canonical != value:
                proposal.values.setdefault(column, {})[value] = canonical


def _format_name(head: bytes) -> str:
    if head.startswith(_PARQUET_MAGIC):
        return "parquet"
    return "ndjson" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _source_name(path: Path) -> str:
    """Return a name made of the letters that the file's name begins with: `his` for `his-202607.csv.gz`."""
    stem = path.name.split(".")[0]
    letters = re.match(r"[^\W\d_]+", stem)
    return letters.group().lower() if letters else "log"
