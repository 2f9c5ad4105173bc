"""From a file's text columns to canonical text columns: trimmed, empty values null, enums by table, counts as numbers.

Columns with few different values come as dictionaries, so their texts are looked at once per value and not per row.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detector.model.event_columns import COLUMNS
from detector.sources.aliases import EMPTY_VALUES, NO_CONTENT, NO_PATIENT, canonical_value
from detector.sources.headers import HeaderMapping
from detector.sources.identifiers import account_ids, each_patient, scientific, visits_of_patients, without_guards
from detector.sources.log_format import CHANGED
from detector.sources.split_times import joined_times

UNIQUE_COLUMNS: Final = frozenset({"event_id", "event_time"})
"""Columns whose values hardly repeat; all others are read as dictionaries."""
_FALLBACK: Final = {"category": "other", "query_by": "other", "outcome": "success"}
_EMPTY: Final = pa.array(sorted(EMPTY_VALUES), pa.string())
_NO_CONTENT: Final = pa.array(sorted(NO_CONTENT), pa.string())
_LONGEST_EMPTY: Final = max(len(one.encode()) for one in EMPTY_VALUES)
_NO_PATIENT: Final = pa.array(sorted(NO_PATIENT), pa.string())
_LONGEST_NO_PATIENT: Final = max(len(one.encode()) for one in NO_PATIENT)
_MAX_COUNT: Final = 2**63 - 1
ACCOUNT_AND_PATIENT: Final = frozenset({"user_id", "patient_id"})
"""Identifiers without which an event stands for nobody, or for another."""


@dataclass(slots=True)
class CanonicalRows:
    """`table` has every canonical column, `request_id`, `row_number`, `byte_position`, `raw`, `content` and `problem`.

    The patients of a row that names several are parted by `PATIENT_SEPARATOR`, and so are their visits.
    `unknown` counts values that were not understood but do not make a row unusable: (column, value): rows.
    """

    table: pa.Table
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


def canonical_rows(
    records: pa.Table,
    mapping: HeaderMapping,
    values: Mapping[str, Mapping[str, str]],
    header: tuple[str, ...],
    request: int | None = None,
) -> CanonicalRows:
    """Translate the records of one chunk; nothing is dropped.

    ``request`` is the index of the column that holds requests' ids, see `detector.sources.log_format.Layout`.
    """
    rows = CanonicalRows(pa.table({}))
    size = records.num_rows
    if not size:
        return rows
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    problems: list[pa.ChunkedArray] = []
    for column in COLUMNS:
        mapped = mapping.columns.get(column)
        if mapped is None:
            columns[column] = _absent(column, size)
            if column == "action":
                problems.append(pa.chunked_array([pa.array(["no action"] * size, pa.string())]))
            continue
        texts = records.column(f"c{mapped.index}")
        if column in UNIQUE_COLUMNS:
            columns[column] = cleaned(without_guards(texts, column))
            if column == "event_time" and mapping.beside is not None:
                beside = records.column(f"c{mapping.beside.index}").cast(pa.string())
                columns[column] = joined_times(columns[column], cleaned(without_guards(beside, column)))
            continue
        said = _compared(values.get(column, {}), column)
        columns[column], problem = _by_value(texts, column, _translator(column, said), rows.unknown, said)
        if problem is not None:
            problems.append(problem)
    _settle_identifiers(columns, mapping)
    columns["request_id"] = pa.nulls(size, pa.string()) if request is None else cleaned(records.column(f"c{request}"))
    if request is not None:
        columns["event_id"] = pc.coalesce(columns["request_id"], columns["event_id"])
    columns["problem"] = pc.coalesce(*problems) if problems else pa.nulls(size, pa.string())
    columns["content"] = _content(records, columns["event_id"], mapping, header)
    for name in ("row_number", "byte_position", "raw"):
        columns[name] = records.column(name)
    rows.table = pa.table(columns)
    return rows


Translated = tuple[str | int | None, str | None]
"""The canonical value of a text, and what is wrong with it: a problem of the row where the value is None."""


def _translator(column: str, mapping: Mapping[str, str]) -> Callable[[str], Translated] | None:
    """Return how one cleaned text of a column is understood, or None where the text is the value."""
    if column == "action":

        def action(text: str) -> Translated:
            value = canonical_value("action", text, mapping)
            return value, None if value else f"unknown action: {text[:100]}"

        return action
    if column in _FALLBACK:

        def enum(text: str) -> Translated:
            value = canonical_value(column, text, mapping)
            return value or _FALLBACK[column], None if value else text

        return enum
    return {"record_count": _record_count, "client_ip": client_ip}.get(column)


def _compared(mapping: Mapping[str, str], column: str) -> Mapping[str, str]:
    """Return a mapping of the site with its values as those of the column are compared with it."""
    if not mapping:
        return mapping
    plain = cleaned(without_guards(pa.array(list(mapping), pa.string()), column)).to_pylist()
    return {one: meant for one, meant in zip(plain, mapping.values(), strict=True) if one is not None} | dict(mapping)


def _record_count(text: str) -> Translated:
    whole = text[1:] if text[0] == "+" else text
    number, _, fraction = whole.partition(".")
    if number.isascii() and number.isdigit() and not fraction.strip("0") and len(number) < 20:
        count = int(number)
        if count <= _MAX_COUNT:
            return count, None
    return None, f"record_count is not a whole number from 0: {text[:100]}"


def client_ip(text: str) -> Translated:
    """Return the address that a text names, without port and zone."""
    host = text.removeprefix("::ffff:").split("%")[0]
    if host.startswith("["):
        host = host[1:].split("]")[0]
    elif host.count(":") == 1 and "." in host:
        host = host.split(":")[0]
    try:
        return str(ipaddress.ip_address(host)), None
    except ValueError:
        return None, text


def only_told(rows: CanonicalRows) -> None:
    """Quote a reason that reads as a reader's verdict on a row: what people type is none."""
    if not rows.table.num_rows:
        return
    reasons = rows.table["reason"]
    told = pc.if_else(pc.fill_null(pc.equal(reasons, CHANGED), fill_value=False), f"“{CHANGED}”", reasons)
    rows.table = rows.table.set_column(rows.table.column_names.index("reason"), "reason", told)


def cleaned(texts: pa.ChunkedArray | pa.Array, kept: Collection[str] = ()) -> pa.ChunkedArray | pa.Array:
    """Return texts trimmed, with null where nothing is said; those of ``kept`` say what the configuration says."""
    return _without(texts, _EMPTY, _LONGEST_EMPTY, kept)


def _without(
    texts: pa.ChunkedArray | pa.Array, words: pa.Array, longest: int, kept: Collection[str] = ()
) -> pa.ChunkedArray | pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts)
    short = pc.less_equal(pc.binary_length(trimmed), longest)
    empty = pc.and_(short, pc.is_in(pc.utf8_lower(trimmed), value_set=words))
    if kept:
        empty = pc.and_not(empty, pc.is_in(trimmed, value_set=pa.array(sorted(set(kept) - {""}), pa.string())))
    return pc.if_else(pc.fill_null(empty, fill_value=False), pa.scalar(None, pa.string()), trimmed)


def _by_value(
    texts: pa.ChunkedArray,
    column: str,
    translate: Callable[[str], Translated] | None,
    unknown: Counter[tuple[str, str]],
    kept: Collection[str] = (),
) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    """Translate a column value by value; return it and the problems of its rows, None where there are none."""
    kind = pa.int64() if column == "record_count" else pa.string()
    done: list[pa.Array] = []
    problems: list[pa.Array] = []
    any_problem = False
    for chunk in texts.chunks:
        encoded = chunk if isinstance(chunk, pa.DictionaryArray) else chunk.dictionary_encode()
        texts_once, indices = cleaned(without_guards(encoded.dictionary, column), kept), encoded.indices
        if column == "patient_id":
            texts_once = each_patient(_without(texts_once, _NO_PATIENT, _LONGEST_NO_PATIENT, kept))
        if indices.null_count:
            indices = indices.fill_null(len(texts_once))
            texts_once = pa.concat_arrays([texts_once, pa.nulls(1, pa.string())])
        if translate is None:
            lost = scientific(texts_once, column) if column in ACCOUNT_AND_PATIENT else None
            any_problem = any_problem or lost is not None
            done.append(texts_once.take(indices))
            problems.append(pa.nulls(len(chunk), pa.string()) if lost is None else lost.take(indices))
            continue
        results = [_default(column) if text is None else translate(text) for text in texts_once.to_pylist()]
        values = pa.array([value for value, _ in results], kind)
        done.append(values.take(indices))
        wrong = [note for _, note in results]
        is_fatal = column in {"action", "record_count"}
        if is_fatal and any(wrong):
            any_problem = True
            problems.append(pa.array(wrong, pa.string()).take(indices))
        else:
            problems.append(pa.nulls(len(chunk), pa.string()))
            if any(wrong):
                _count(indices, wrong, column, unknown)
    column_values = pa.chunked_array(done, kind)
    return column_values, pa.chunked_array(problems, pa.string()) if any_problem else None


def _settle_identifiers(columns: dict[str, pa.ChunkedArray | pa.Array], mapping: HeaderMapping) -> None:
    """Settle what several columns of a row say together: the account beside its name, visits of several patients."""
    user, name = mapping.columns.get("user_id"), mapping.columns.get("user_name")
    if user is not None and name is not None and user.index != name.index:
        columns["user_id"] = account_ids(columns["user_id"], columns["user_name"])
    if "patient_id" in mapping.columns and "visit_id" in mapping.columns:
        columns["visit_id"] = visits_of_patients(columns["visit_id"], columns["patient_id"])


def _count(indices: pa.Array, wrong: list[str | None], column: str, unknown: Counter[tuple[str, str]]) -> None:
    counts = np.bincount(indices.to_numpy(), minlength=len(wrong))
    for note, count in zip(wrong, counts.tolist(), strict=True):
        if note is not None and count:
            unknown[column, note[:200]] += count


def _default(column: str) -> Translated:
    if column == "action":
        return None, "no action"
    if column == "record_count":
        return 1, None
    return "success" if column == "outcome" else None, None


def _absent(column: str, size: int) -> pa.Array:
    if column == "record_count":
        return pa.array(np.ones(size, np.int64))
    if column == "outcome":
        return pa.repeat("success", size)
    return pa.nulls(size, pa.string())


def _content(
    records: pa.Table, ids: pa.ChunkedArray | pa.Array, mapping: HeaderMapping, header: tuple[str, ...]
) -> pa.ChunkedArray | pa.Array:
    """Return what makes a record without id itself: its non-empty values with their column names, in name order."""
    if not ids.null_count:
        return pa.nulls(records.num_rows, pa.string())
    canonical = {one.index: column for column, one in mapping.columns.items()}
    named: list[tuple[str, pa.ChunkedArray]] = []
    for index, text in enumerate(header):
        if f"c{index}" in records.column_names:
            values = _without(records.column(f"c{index}").cast(pa.string()), _NO_CONTENT, 6)
            name = canonical.get(index, text)
            named.append((name or f"{name}#{index}", pc.binary_join_element_wise(name, values, "=")))
    ordered = [values for _, values in sorted(named, key=lambda item: item[0])]
    if not ordered:
        return pa.nulls(records.num_rows, pa.string())
    joined = pc.binary_join_element_wise(*ordered, "\x1f", null_handling="skip")
    if len(joined) != records.num_rows:  # rows of nulls alone get lost
        ordered[0] = pc.if_else(pc.is_null(pc.coalesce(*ordered)), "", ordered[0])
        joined = pc.binary_join_element_wise(*ordered, "\x1f", null_handling="skip")
    return pc.if_else(pc.is_null(ids), joined, pa.scalar(None, pa.string()))
