"""Which column of a file means what: by `[source.columns]` first, then by the alias tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detector.events import REQUIRED_COLUMNS
from detector.sources.aliases import ADMISSION_NUMBER, AMBIGUOUS_NAME, PATIENT_NAME_HEADERS, header_table, normal


@dataclass(frozen=True, slots=True)
class Mapped:
    """One canonical column of a file. `how` is `mapped` (configured), `canonical` or `alias`."""

    column: str
    index: int
    header: str
    how: str


@dataclass(frozen=True, slots=True)
class HeaderMapping:
    """The columns that were understood, the headers that were not, and why no row can be (None: rows can be read)."""

    columns: Mapping[str, Mapped]
    ignored: tuple[str, ...]
    problem: str | None


def map_header(header: tuple[str, ...], configured: Mapping[str, str]) -> HeaderMapping:
    """Return what the headers mean. Nothing raises: a file whose header lacks what is needed has a `problem`."""
    columns: dict[str, Mapped] = {}
    problem = None
    by_text = {text: index for index, text in reversed(list(enumerate(header)))}
    by_normal = {normal(text): index for index, text in reversed(list(enumerate(header)))}
    taken: set[int] = set()
    for column, wanted in configured.items():
        index = by_text.get(wanted.strip(), by_normal.get(normal(wanted)))
        if index is None:
            problem = problem or f"no column {wanted!r}, which the configuration takes for {column}"
        else:
            columns[column] = Mapped(column, index, header[index], "mapped")
            taken.add(index)
    ranks: dict[str, int] = {}
    for index, text in enumerate(header):
        found = header_table().get(normal(text))
        if found is None or index in taken or found[0] in configured:
            continue
        column, rank = found
        if column not in ranks or rank < ranks[column]:
            ranks[column] = rank
            columns[column] = Mapped(column, index, text, "alias" if rank else "canonical")
    _settle_ambiguous(header, configured, columns)
    used = {one.index for one in columns.values()}
    ignored = tuple(text for index, text in enumerate(header) if index not in used)
    missing = [column for column in REQUIRED_COLUMNS if column not in columns]
    if problem is None and not header:
        problem = "no header"
    if problem is None and missing:
        problem = f"no column for {', '.join(missing)}"
    return HeaderMapping(dict(sorted(columns.items(), key=lambda item: item[1].index)), ignored, problem)


def _settle_ambiguous(header: tuple[str, ...], configured: Mapping[str, str], columns: dict[str, Mapped]) -> None:
    names = {normal(text): index for index, text in enumerate(header)}
    used = {one.index for one in columns.values()}
    name = names.get(normal(AMBIGUOUS_NAME))
    if name is not None and name not in used and "user_name" not in columns and "user_name" not in configured:
        if any(normal(patient) in names for patient in PATIENT_NAME_HEADERS):
            columns["user_name"] = Mapped("user_name", name, header[name], "alias")
    number = names.get(normal(ADMISSION_NUMBER))
    if number is None or "patient_id" in columns or "patient_id" in configured:
        return
    if columns.get("visit_id", None) is not None and columns["visit_id"].index == number:
        if columns["visit_id"].how == "mapped":
            return
        del columns["visit_id"]
        other = next((index for text, index in names.items() if text in _VISITS and index != number), None)
        if other is not None:
            columns["visit_id"] = Mapped("visit_id", other, header[other], "alias")
    columns["patient_id"] = Mapped("patient_id", number, header[number], "alias")


_VISITS = frozenset(text for text, (column, _) in header_table().items() if column == "visit_id")
