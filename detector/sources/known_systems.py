"""Exports of systems that say what was done by more than one column, or by sentences: Epic, Cerner, Altera and others.

A system is known by headers that only its exports have. For such a file columns are added that the file lacks: the
action, the category, the outcome. Values that the alias tables know keep their meaning; words are looked for only in
what these do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from detector.sources.aliases import EMPTY_VALUES, canonical_column, canonical_value, normal
from detector.sources.log_format import Chunk, Layout, Reader, ReadOptions


def _patterns(words: Mapping[str, str]) -> Mapping[str, re.Pattern[str]]:
    """Return for each meaning what finds one of its words (separated by `|`) at the beginning of a word."""
    return {meaning: re.compile(rf"(?<![A-Z0-9])(?:{several})") for meaning, several in words.items()}


ACTION_WORDS: Final[Mapping[str, re.Pattern[str]]] = _patterns(MappingProxyType({
    "login": "LOGIN|LOG IN(?![A-Z])|LOGGED IN|LOGON|SIGN (?:ON|IN)(?![A-Z])",
    "logout": "LOGOUT|LOG OUT|LOGGED OUT|LOGOFF|SIGN OFF(?![A-Z])",
    "break_glass": "BREAK THE GLASS|BTG(?![A-Z])|BREAK GLASS|BREAKGLASS",
    "export": "EXPORT|RELEASE OF INFORMATION|DOWNLOAD",
    "print": "PRINT(?! GROUP)",
    "search": "PATIENT LOOKUP|SELECTED FROM PATIENT LOOKUP|SEARCH|LOOKUP|QUERY|QUERIED",
    "update": "SIGN(?:ED|S|ING)?(?![A-Z])|PEND(?:ED|S|ING)?(?![A-Z])|MODIF|EDIT|UPDATE",
    "create": "CREATE|REGISTER(?:ED)?(?![A-Z])|ADDED",
    "delete": "DELETE|REMOVED",
    "view": "VIEW|ACCESSED|OPEN(?:ED)?(?![A-Z])|DISPLAY|LOADED|PRINT GROUP|REVIEWED",
}))  # fmt: skip
"""Words in the names of events and what they mean; of several in one name the first in this order."""
CATEGORY_WORDS: Final[Mapping[str, re.Pattern[str]]] = _patterns(MappingProxyType({
    "psychiatric": "PSYCHIATR|BEHAVIORAL HEALTH|PSYCHOTHERAPY",
    "imaging": "RADIOLOGY|IMAGING|IMAGE|PACS",
    "medication": "MEDICATION|MAR(?![A-Z])|PRESCRIPTION|PHARMACY|IMMUNIZATION",
    "result": "RESULT|LAB(?:S|ORATORY)?(?![A-Z])",
    "order": "ORDER",
    "billing": "BILLING|CHARGE|CLAIM|GUARANTOR|COVERAGE|HOSPITAL ACCOUNT|INSURANCE",
    "demographics": "DEMOGRAPHIC|REGISTRATION(?! PATIENT SEARCH)|REGISTER NEW",
    "list": "PATIENT LOOKUP|PATIENT LIST|PATIENT SEARCH|SCHEDULE|WORKLIST|DEPARTMENT APPOINTMENT",
    "note": "NOTE|PROBLEM LIST|CHART|NAVIGATOR|ENCOUNTER|HISTORY|CLINICAL|DOCUMENT|LETTER|IN BASKET|SIDEBAR"
    "|SUMMARY|VITAL|ALLERG",
}))  # fmt: skip
"""The same for the kind of record."""
_FAILED: Final = re.compile(r"FAIL|DENIED|REFUSED|INVALID")
_SEPARATORS: Final = re.compile(r"[\s_\-/]+")


@dataclass(frozen=True, slots=True)
class KnownSystem:
    """What the exports of a system need beside aliases. Headers are written as `aliases.normal` gives them.

    ``needed``: headers that all must be there, and by which the system is known. ``said_by``: headers that say the
    action, tried in this order. ``named_by``: headers of event names, in which words tell action and category.
    ``broken_by``: headers whose being filled means a broken glass. ``action``: what each row is otherwise; None: it is
    what ``said_by`` and ``named_by`` hold, unknown as it may be. ``values``: event names that words would mistake.
    """

    name: str
    needed: frozenset[str]
    said_by: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    broken_by: tuple[str, ...] = ()
    action: str | None = None
    values: Mapping[str, str] | None = None


_VISITS: Final = MappingProxyType({"OPEN VISIT": "create", "CLOSE VISIT": "update"})
SYSTEMS: Final = (
    KnownSystem(
        "Epic", frozenset({"accesslogmetricmetricname"}), ("zcaccessactionname",), ("accesslogmetricmetricname",),
        ("zcbtgreasonname",),
    ),
    KnownSystem("Epic", frozenset({"metricname"}), ("accessaction", "zcaccessactionname", "accessactionname"),
                ("metricname",), ("btgreason", "zcbtgreasonname", "btgreasonname")),
    KnownSystem("Altera", frozenset({"opendttm", "patientid"}), action="view",
                broken_by=("breakglassstartdttm", "breakglassreason")),
    KnownSystem("Simple", frozenset({"viewedbyid", "patientid"}), action="view"),
    KnownSystem("VistA", frozenset({"signofftime"}), action="login"),
    KnownSystem("VistA", frozenset({"datetimerecordaccessed", "accessedby"}), action="break_glass"),
    KnownSystem("P2Sentinel", frozenset({"eventtype", "eventname"}), ("eventtype",), ("eventtype", "eventname")),
    KnownSystem("Bahmni", frozenset({"eventtype", "patientid", "module"}), ("eventtype",), ("eventtype",),
                values=_VISITS),
    KnownSystem("Bahmni", frozenset({"eventtype", "patientuuid"}), ("eventtype",), ("eventtype",),
                values=_VISITS),
)  # fmt: skip
"""In the order in which they are asked."""


def known_system(header: tuple[str, ...]) -> KnownSystem | None:
    """Return the system whose export has this header."""
    names = frozenset(map(normal, header))
    return next((system for system in SYSTEMS if system.needed <= names), None)


def action_of_words(name: str) -> str | None:
    """Return the action that the words of an event's name tell, None where no word is known."""
    words = _SEPARATORS.sub(" ", name).strip().upper()
    return next((action for action, pattern in ACTION_WORDS.items() if pattern.search(words)), None)


def category_of_words(name: str) -> str | None:
    """Return the kind of record that the words of an event's name tell."""
    words = _SEPARATORS.sub(" ", name).strip().upper()
    return next((category for category, pattern in CATEGORY_WORDS.items() if pattern.search(words)), None)


_ADDED: Final = ("action", "category", "outcome")


class CompletedRows:
    """A file of a known system with the columns that its export lacks."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner

    @property
    def layout(self) -> Layout:
        """The file's header and behind it the added columns."""
        layout = self._inner.layout
        system = known_system(layout.header)
        return layout if system is None else replace(layout, header=completed_header(layout.header))

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`."""
        header = self._inner.layout.header
        system = known_system(header)
        if system is None:
            yield from self._inner.chunks(columns, encoded)
            return
        names = [normal(text) for text in header]
        telling = {names.index(one) for one in (*system.said_by, *system.named_by, *system.broken_by) if one in names}
        own = tuple(sorted({index for index in columns if index < len(header)} | telling))
        for chunk in self._inner.chunks(own, encoded | telling):
            yield replace(chunk, records=_completed(chunk.records, header, system, columns))


def completed(reader: Reader) -> Reader:
    """Return a reader that adds what the exports of known systems lack."""
    return CompletedRows(reader)


def completed_header(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return a header with the columns that are added where it is a known system's."""
    system = known_system(header)
    return header if system is None else (*header, *_added(header, system))


def own_header(options: ReadOptions) -> ReadOptions:
    """Return the options with the header as the file has it: without the columns that were added."""
    header = options.header
    for length in range(len(_ADDED), 0, -1):
        if header is None or len(header) <= length:
            continue
        system = known_system(header[:-length])
        if system is not None and header[-length:] == _added(header[:-length], system):
            return replace(options, header=header[:-length])
    return options


def _added(header: tuple[str, ...], system: KnownSystem) -> tuple[str, ...]:
    """Return the names of the columns that are added: those that the words tell, and never one that the file has.

    The action is told by several columns together, so one that an alias names is no reason to leave it out.
    """
    names = {normal(text) for text in header}
    said = {canonical_column(text) for text in header}
    wanted = _ADDED if system.named_by else ("action",)
    return tuple(name for name in wanted if name not in (names if name == "action" else said))


def _completed(records: pa.Table, header: tuple[str, ...], system: KnownSystem, columns: tuple[int, ...]) -> pa.Table:
    names = [normal(text) for text in header]
    added = _added(header, system)
    telling = [one for one in dict.fromkeys((*system.said_by, *system.named_by, *system.broken_by)) if one in names]
    texts = {one: records.column(f"c{names.index(one)}").cast(pa.string()).to_pylist() for one in telling}
    known: dict[tuple[str | None, ...], tuple[str | None, str | None, str | None]] = {}
    rows = list(zip(*texts.values(), strict=True)) if texts else [()] * records.num_rows
    for row in set(rows):
        known[row] = _told(dict(zip(telling, row, strict=True)), system)
    place = {name: number for number, name in enumerate(_ADDED)}
    for offset, name in enumerate(added):
        if len(header) + offset in columns:
            values = pa.array([known[row][place[name]] for row in rows], pa.string()).dictionary_encode()
            records = records.append_column(f"c{len(header) + offset}", values)
    keep = [name for name in records.column_names if not name.startswith("c") or int(name[1:]) in columns]
    return records.select(keep)


def _told(row: Mapping[str, str | None], system: KnownSystem) -> tuple[str | None, str | None, str | None]:
    """Return action, category and outcome of rows that say these texts."""

    def said(headers: tuple[str, ...]) -> Iterator[str]:
        return (
            text.strip() for one in headers
            if (text := row.get(one)) and text.strip().lower() not in EMPTY_VALUES
        )  # fmt: skip

    names = list(said(system.named_by))
    outcome = "failure" if any(_FAILED.search(name.upper()) for name in names) else None
    category = next((found for name in names if (found := category_of_words(name))), None)
    if next(said(system.broken_by), None) is not None:
        return "break_glass", category, outcome
    for text in said(system.said_by):
        action = canonical_value("action", text, {})
        if action is not None:
            return action, category, outcome
    for name in names:
        action = (system.values or {}).get(_SEPARATORS.sub(" ", name).upper()) or action_of_words(name)
        if action is not None:
            return action, category, outcome
    return system.action or next(iter([*said(system.said_by), *names]), None), category, outcome
