"""Which column of a file means what: by `[source.columns]` first, then by the alias tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from detector.model.event_columns import COLUMNS, JOINED, REQUIRED_COLUMNS
from detector.sources.aliases import (
    ADMISSION_NUMBER,
    AMBIGUOUS_NAME,
    PATIENT_NAME_HEADERS,
    canonical_column,
    column_and_rank,
    header_table,
    normal,
)
from detector.sources.log_format import Layout

_OF_PATH: Final = 1_000
"""A header that is known as a whole is likelier than one whose path ends so."""
KEYS: Final = frozenset({"event_time", "user_id", "patient_id", "action"})
"""Columns that say what an access is: another column that means one of them is compared with it."""
_NUMBERED: Final = re.compile(r"#\d+$")
"""Which of several columns of one name the configuration means: `工号#2`."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """One canonical column of a file. `how` is `mapped` (configured), `canonical` or `alias`."""

    column: str
    index: int
    header: str
    how: str


@dataclass(frozen=True, slots=True)
class HeaderMapping:
    """The columns that were understood, the headers that were not, and why no row can be (None: rows can be read).

    ``beside`` is a second column of `event_time`, where date and time of day may stand apart. ``twins`` are further
    columns of the same name, ``rivals`` such as mean the same by another name: see `detector.sources.column_clashes`.
    """

    columns: Mapping[str, Mapped]
    ignored: tuple[str, ...]
    problem: str | None
    beside: Mapped | None = None
    twins: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    rivals: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def indexes(self) -> frozenset[int]:
        """All columns of the file that something is made of."""
        found = {one.index for one in self.columns.values()} | {one for twins in self.twins.values() for one in twins}
        return frozenset(found if self.beside is None else found | {self.beside.index})


def map_layout(layout: Layout, configured: Mapping[str, str]) -> HeaderMapping:
    """Return what the headers of a file mean: the configuration says nothing about those that are the format's own."""
    if not layout.is_canonical:
        return map_header(layout.header, configured)
    columns = {
        text: Mapped(text, index, text, "canonical") for index, text in enumerate(layout.header) if text in COLUMNS
    }
    return HeaderMapping(columns, (), None)


def map_header(header: tuple[str, ...], configured: Mapping[str, str]) -> HeaderMapping:
    """Return what the headers mean. Nothing raises: a file whose header lacks what is needed has a `problem`."""
    columns, problem = _configured(header, configured)
    _add_aliases(header, configured, columns)
    _settle_ambiguous(header, configured, columns)
    beside = _beside(header, configured, columns)
    column = "event_time"
    date = configured.get(column, "").rpartition(JOINED)[0]
    if date and beside is None and problem is None:
        problem = f"no column {date!r}, which the configuration takes for {column}"
    missing = [column for column in REQUIRED_COLUMNS if column not in columns]
    if problem is None and not header:
        problem = "no header"
    if problem is None and missing:
        problem = f"no column for {', '.join(missing)}"
    twins = _twins(header, configured, columns)
    mapping = HeaderMapping(
        dict(sorted(columns.items(), key=lambda item: item[1].index)), (), problem, beside,
        twins, _rivals(header, columns, beside, twins),
    )  # fmt: skip
    ignored = tuple(text for index, text in enumerate(header) if index not in mapping.indexes)
    return replace(mapping, ignored=ignored)


def _twins(
    header: tuple[str, ...], configured: Mapping[str, str], columns: Mapping[str, Mapped]
) -> dict[str, tuple[int, ...]]:
    """Return by column the further columns of its name; none where the configuration says which is meant: `工号#2`."""
    names = [normal(text) for text in header]
    used = {one.index for one in columns.values()}
    found = {}
    for column, one in columns.items():
        same = tuple(
            index for index, name in enumerate(names) if name and name == names[one.index] and index not in used
        )
        if same and not _NUMBERED.search(configured.get(column, "")):
            found[column] = same
    return found


def _rivals(
    header: tuple[str, ...],
    columns: Mapping[str, Mapped],
    beside: Mapped | None,
    twins: Mapping[str, tuple[int, ...]],
) -> dict[str, tuple[int, ...]]:
    """Return by column of `KEYS` those that mean the same by another name, where the configuration names none."""
    used = {one.index for one in columns.values()} | {one for indexes in twins.values() for one in indexes}
    if beside is not None:
        used.add(beside.index)
    meant: dict[str, list[int]] = {}
    taken = [header[index] for index in used]
    for index, text in enumerate(header):
        is_whole = any(one.startswith(f"{text}.") for one in taken)  # an object, of which a member is taken
        found = _meaning(text) if index not in used and not is_whole else None
        if found is not None and found[0] in KEYS and found[0] in columns and columns[found[0]].how != "mapped":
            meant.setdefault(found[0], []).append(index)
    return {column: tuple(indexes) for column, indexes in meant.items()}


def configured_headers(configured: Mapping[str, str]) -> list[str]:
    """Return the headers that ``[source.columns]`` names, both where one column has two."""
    return [_NUMBERED.sub("", header) for wanted in configured.values() for header in wanted.split(JOINED)]


def _configured(header: tuple[str, ...], configured: Mapping[str, str]) -> tuple[dict[str, Mapped], str | None]:
    """Return the columns of ``[source.columns]``, and the first of them that the header lacks."""
    columns: dict[str, Mapped] = {}
    problem = None
    by_text = {text: index for index, text in reversed(list(enumerate(header)))}
    by_text = {f"{text}#{header[:index].count(text) + 1}": index for index, text in enumerate(header)} | by_text
    by_normal = {normal(text): index for index, text in reversed(list(enumerate(header)))}
    for column, named in configured.items():
        wanted = named.rpartition(JOINED)[2]
        index = by_text.get(wanted.strip(), by_normal.get(normal(wanted)))
        if index is None:
            problem = problem or f"no column {wanted!r}, which the configuration takes for {column}"
        else:
            columns[column] = Mapped(column, index, header[index], "mapped")
    return columns, problem


def _beside(header: tuple[str, ...], configured: Mapping[str, str], columns: Mapping[str, Mapped]) -> Mapped | None:
    """Return the column that may hold the date, or the time of day, that the one of `event_time` lacks.

    One is a date's by its header and the other is not, and they speak of the same thing: 操作日期 and 操作时间, `date`
    and `time`, but not 操作日期 and 登录时间.
    """
    time = columns.get("event_time")
    if time is None:
        return None
    used = {one.index for one in columns.values()}
    named = configured.get("event_time", "").rpartition(JOINED)[0]
    for index, text in enumerate(header):
        if index in used or (named and normal(text) != normal(named)):
            continue
        if named:
            return Mapped("event_time", index, text, "mapped")
        found, own, other = _meaning(text), _DATED.fullmatch(time.header), _DATED.fullmatch(text)
        if found is None or found[0] != "event_time" or own is None or other is None:
            continue
        stems = {normal(own[1]), normal(other[1])} - {""}
        if _is_date(own[2]) != _is_date(other[2]) and len(stems) < 2:
            return Mapped("event_time", index, text, "alias")
    return None


_DATED: Final = re.compile(r"(.*?)(日期|时间|时刻|date|time)", re.IGNORECASE | re.DOTALL)


def _is_date(word: str) -> bool:
    return word.casefold() in {"日期", "date"}


def _add_aliases(header: tuple[str, ...], configured: Mapping[str, str], columns: dict[str, Mapped]) -> None:
    """Add the columns whose header is canonical or an alias; of several for one column the likeliest."""
    taken = {one.index for one in columns.values()}
    ranks: dict[str, int] = {}
    for index, text in enumerate(header):
        found = _meaning(text)
        if found is None or index in taken or found[0] in configured:
            continue
        column, rank = found
        if column not in ranks or rank < ranks[column]:
            ranks[column] = rank
            columns[column] = Mapped(column, index, text, "alias" if rank else "canonical")


def _meaning(text: str) -> tuple[str, int] | None:
    """Return the column that a header means and its rank; of a path, such as `data.patient_id`, its end may tell."""
    found = column_and_rank(text)
    path, _, last = text.rpartition(".")
    if found is not None or not path or not (last.casefold() in COLUMNS or "_" in last or not last.isascii()):
        return found
    found = column_and_rank(last)
    is_patients = any(one == "subject" or canonical_column(f"{one}_id") == "patient_id" for one in path.split("."))
    if found is None or (is_patients and found[0].startswith("user_")):
        return None
    return found[0], found[1] + _OF_PATH


def _settle_ambiguous(header: tuple[str, ...], configured: Mapping[str, str], columns: dict[str, Mapped]) -> None:
    """Decide about headers whose meaning depends on the others.

    姓名 is the user's name where the patient's has a column of its own; 住院号 is the patient where nothing else is;
    a user's name (操作员) is the account where nothing else is, since systems that log no number log the login name.
    """
    names = {normal(text): index for index, text in enumerate(header)}
    used = {one.index for one in columns.values()}
    name = names.get(normal(AMBIGUOUS_NAME))
    has_patient_name = any(normal(patient) in names for patient in PATIENT_NAME_HEADERS)
    if name is not None and name not in used and has_patient_name and not {"user_name"} & {*columns, *configured}:
        columns["user_name"] = Mapped("user_name", name, header[name], "alias")
    if "user_id" not in columns and "user_id" not in configured and "user_name" in columns:
        user = columns["user_name"]
        columns["user_id"] = Mapped("user_id", user.index, user.header, "alias")
    _settle_admission_number(header, names, configured, columns)


def _settle_admission_number(
    header: tuple[str, ...], names: Mapping[str, int], configured: Mapping[str, str], columns: dict[str, Mapped]
) -> None:
    number = names.get(normal(ADMISSION_NUMBER))
    if number is None or "patient_id" in columns or "patient_id" in configured or "visit_id" in configured:
        return
    columns["patient_id"] = Mapped("patient_id", number, header[number], "alias")
    if "visit_id" in columns and columns["visit_id"].index == number:
        del columns["visit_id"]
        other = next((index for text, index in names.items() if text in _VISITS and index != number), None)
        if other is not None:
            columns["visit_id"] = Mapped("visit_id", other, header[other], "alias")


_VISITS = frozenset(text for text, (column, _) in header_table().items() if column == "visit_id")
