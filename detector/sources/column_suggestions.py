"""Suggestions: what a column is that its header does not tell, each sure or for a person to decide.

Sure is what evidence of two kinds bears out and no other column contests: the values are words that one kind of column
alone has, times or addresses by their form, identifiers of a table that is known; or the header speaks of the thing and
the values behave like it. Where two columns qualify, both are named and neither is taken.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from detector.model.event_columns import ENUMS, REQUIRED_COLUMNS
from detector.sources.aliases import (
    NOT_CLIENT_WORDS,
    NUMBER_WORDS,
    OTHER_ACTORS,
    OTHER_THINGS,
    PATIENT_WORDS,
    RECORD_WORDS,
    ROW_NUMBERS,
    STAFF_WORDS,
    USER_WORDS,
    VISIT_WORDS,
    canonical_column,
    canonical_value,
    header_table,
    normal,
    speaks_of,
)
from detector.sources.column_evidence import ColumnEvidence, Suggestion, fits
from detector.sources.file_sample import ColumnSample
from detector.sources.value_forms import Form

MAY_FIT: Final = 0.3
ALL_BUT: Final = 0.95
_LIKE: Final = 0.6
_IDENTIFIERS: Final = (Form.IDENTIFIER, Form.EPOCH, Form.DATE)
_ROW_NUMBER: Final = 0.98
"""A column with more different values than this share of its rows numbers the rows."""
_LEAST_VALUES: Final = 3
_FEW_ROWS: Final = 10
_MANY_ROWS: Final = 100
_LEAST_PATIENTS: Final = 20
"""Among many rows fewer different values are codes, such as a patient's class."""


def suggestions(evidence: ColumnEvidence) -> list[Suggestion]:
    """Return what is suggested, the patient's column first; no column twice except where it has rivals."""
    found = [*_patients(evidence), *_accounts(evidence), *_times(evidence), *_enums(evidence), *_addresses(evidence)]
    found += _attributes(evidence)
    said = {one.header for one in found}
    taken = {one.column for one in found} | {
        column for column in evidence.mapping.columns if not evidence.is_open(column)
    }
    for sample in evidence.unused:
        like = (
            None
            if sample.header in said or normal(sample.header) in ROW_NUMBERS
            else _look_alike(evidence, sample, taken)
        )
        if like is not None:
            found.append(Suggestion(like, sample.header, "alike", is_sure=False))
    return found


def similar_column(header: str, taken: Collection[str] = ()) -> str | None:
    """Return the canonical column whose known headers look most like this one, for a person to decide on.

    A Chinese header says at its end what it is (操作者岗位 is a 岗位), so known endings come first.
    """
    text, known = normal(header), header_table()
    endings = sorted((name for name in known if len(name) > 1 and text.endswith(name)), key=len, reverse=True)
    alike = difflib.get_close_matches(text, known, n=5, cutoff=_LIKE)
    return next((known[name][0] for name in [*endings, *alike] if known[name][0] not in taken), None)


def _settled(column: str, grade: Iterable[tuple[ColumnSample, str, bool]]) -> list[Suggestion]:
    """Return suggestions for one column from graded candidates: one that is sure alone is, two say both."""
    graded = list(grade)
    sure = [one for one in graded if one[2]]
    if len(sure) == 1:
        return [Suggestion(column, sure[0][0].header, sure[0][1], is_sure=True)]
    both = sure or graded
    why = "rivals" if len(sure) > 1 else None
    return [Suggestion(column, sample.header, why or reason, is_sure=False) for sample, reason, _ in both]


def _patients(evidence: ColumnEvidence) -> list[Suggestion]:
    if not evidence.is_open("patient_id"):
        return _fuller(evidence)
    visit = evidence.of("visit_id")
    candidates = [one for one in evidence.unused if _may_be_patient(evidence, one)]
    graded = []
    for sample in candidates:
        why, sure = _patient_grade(evidence, sample, is_only=len(candidates) == 1)
        graded.append((sample, why, sure))
    if visit is not None and visit.filled and not any(sure for _, _, sure in graded):
        graded.append((visit, "visit", False))
    return _settled("patient_id", graded)


def _fuller(evidence: ColumnEvidence) -> list[Suggestion]:
    """Suggest another known header where most rows have no value in the one that is taken."""
    taken = evidence.of("patient_id")
    if taken is None or taken.filled * 2 > evidence.sample.rows:
        return []
    return [
        Suggestion("patient_id", one.header, "fuller", is_sure=False)
        for one in evidence.unused
        if canonical_column(one.header) == "patient_id" and one.filled >= 2 * taken.filled
    ]


def _may_be_patient(evidence: ColumnEvidence, sample: ColumnSample) -> bool:
    """Return whether a column holds identifiers that behave like patients': many, coming again, of no one account."""
    if sample.share(*_IDENTIFIERS) < 0.9 or speaks_of(sample.header, OTHER_THINGS):
        return False
    if normal(sample.header) in ROW_NUMBERS:
        return False
    if len(sample.counts) < _LEAST_VALUES and evidence.sample.rows >= _FEW_ROWS:
        return False
    speaks = speaks_of(sample.header, (*PATIENT_WORDS, *RECORD_WORDS, *VISIT_WORDS))
    if not speaks and sample.share(Form.IDENTIFIER) < 0.5:
        return False
    if sample.filled >= _FEW_ROWS and len(sample.counts) > _ROW_NUMBER * sample.filled and not speaks:
        return False
    user = evidence.of("user_id")
    if user is None:
        return True
    shared = len(user.counts.keys() & sample.counts.keys())
    alone = evidence.sample.single_valued(user.index, sample.index)
    return shared < 0.2 * len(sample.counts) and (alone is None or alone < 0.5)


def _patient_grade(evidence: ColumnEvidence, sample: ColumnSample, *, is_only: bool) -> tuple[str, bool]:
    """Return why a candidate is the patient's, and whether that is sure."""
    if _within(sample, evidence.patients):
        return "patients", True
    if speaks_of(sample.header, VISIT_WORDS) and not speaks_of(sample.header, RECORD_WORDS):
        return "visit", False
    is_whole = normal(sample.header) in PATIENT_WORDS
    if is_whole or (speaks_of(sample.header, PATIENT_WORDS) and speaks_of(sample.header, NUMBER_WORDS)):
        is_row_number = sample.filled >= _MANY_ROWS and len(sample.counts) > _ROW_NUMBER * sample.filled
        least = _LEAST_VALUES if sample.filled < _MANY_ROWS else _LEAST_PATIENTS
        return "patient_header", len(sample.counts) >= least and not is_row_number
    user = evidence.of("user_id")
    if is_only and speaks_of(sample.header, RECORD_WORDS) and user is not None:
        comes_again = sample.filled >= 1.5 * len(sample.counts)
        alone = evidence.sample.single_valued(sample.index, user.index)
        return "record_header", comes_again and alone is not None and alone < ALL_BUT
    return "identifiers", False


def _within(sample: ColumnSample, known: Collection[str]) -> bool:
    """Return whether the identifiers of a table are what a column holds."""
    if not known or len(sample.counts) < _LEAST_VALUES:
        return False
    return sum(value in known for value in sample.counts) >= ALL_BUT * len(sample.counts)


def _accounts(evidence: ColumnEvidence) -> list[Suggestion]:
    name, current = evidence.of("user_name"), evidence.of("user_id")
    stands_in = name is not None and current is not None and name.index == current.index
    if not evidence.is_open("user_id") and not stands_in:
        return []
    graded = []
    for sample in evidence.unused:
        if _within(sample, evidence.accounts):
            graded.append((sample, "staff", True))
        elif _may_be_account(evidence, sample):
            graded.append((sample, *_account_grade(evidence, sample, name)))
    return _settled("user_id", graded)


def _may_be_account(evidence: ColumnEvidence, sample: ColumnSample) -> bool:
    """Return whether a column holds identifiers that come again, under a header that speaks of staff or users."""
    if sample.share(*_IDENTIFIERS) < 0.9 or speaks_of(sample.header, PATIENT_WORDS):
        return False
    speaks = speaks_of(sample.header, (*USER_WORDS, *STAFF_WORDS)) and speaks_of(sample.header, NUMBER_WORDS)
    return (speaks or _ends_like(sample.header, "user_id")) and 2 * len(sample.counts) <= evidence.sample.rows


def _account_grade(evidence: ColumnEvidence, sample: ColumnSample, name: ColumnSample | None) -> tuple[str, bool]:
    """Return why a column is the account's: its header speaks of the user, or it goes with the user's name."""
    if name is not None:
        return _name_grade(evidence, sample, name)
    is_users = speaks_of(sample.header, USER_WORDS) and speaks_of(sample.header, NUMBER_WORDS)
    is_others = speaks_of(sample.header, (*OTHER_ACTORS, *STAFF_WORDS))
    return ("user_header", len(sample.counts) > 1) if is_users and not is_others else ("alike", False)


def _name_grade(evidence: ColumnEvidence, sample: ColumnSample, name: ColumnSample) -> tuple[str, bool]:
    """Return whether a number and the user's name go together, one to one."""
    there, back = (evidence.sample.single_valued(*pair) for pair in
                   ((sample.index, name.index), (name.index, sample.index)))  # fmt: skip
    one_to_one = there is not None and back is not None and there >= ALL_BUT and back >= 0.9
    return ("with_name", True) if one_to_one and len(sample.counts) >= _LEAST_VALUES else ("alike", False)


def _times(evidence: ColumnEvidence) -> list[Suggestion]:
    if not evidence.is_open("event_time"):
        return []
    candidates = [one for one in evidence.unused if one.share(Form.TIME) >= ALL_BUT or _is_epoch(one)]
    return _settled("event_time", [(one, "times", one.filled >= ALL_BUT * evidence.sample.rows) for one in candidates])


def _is_epoch(sample: ColumnSample) -> bool:
    """Return whether numbers are instants: within 400 days, more than an hour apart."""
    if sample.share(Form.EPOCH) < ALL_BUT:
        return False
    seconds = [float(value) / (1000 if len(value.partition(".")[0]) == 13 else 1) for value in sample.counts]
    return 3600 < max(seconds) - min(seconds) < 400 * 86_400


def _addresses(evidence: ColumnEvidence) -> list[Suggestion]:
    if not evidence.is_open("client_ip"):
        return []
    workstation = evidence.of("workstation")
    possible = [*evidence.unused, *([workstation] if workstation is not None else [])]
    candidates = [
        one for one in possible if one.share(Form.ADDRESS) >= ALL_BUT and not speaks_of(one.header, NOT_CLIENT_WORDS)
    ]
    return _settled("client_ip", [(one, "addresses", True) for one in candidates])


def _enums(evidence: ColumnEvidence) -> list[Suggestion]:
    """Suggest columns by the words in them; a header that is contradicted is free for what its values say."""
    open_columns = [column for column in ENUMS if evidence.is_open(column)]
    free = [*evidence.unused, *(one for column in open_columns if (one := evidence.of(column)) and one.filled)]
    found: dict[str, list[Suggestion]] = {}
    for column in open_columns:
        application = evidence.of("application") if column == "category" else None
        possible = [one for one in [*free, *([application] if application else [])] if _best_enum(one) == column]
        graded = [(one, "words", _is_sure_enum(evidence, one, column)) for one in possible]
        found[column] = [replace(one, words=_words(evidence, one)) for one in _settled(column, graded)]
    return [_freed(evidence, one, found) for column in open_columns for one in found[column]]


def _freed(evidence: ColumnEvidence, one: Suggestion, found: Mapping[str, list[Suggestion]]) -> Suggestion:
    """Return the suggestion, unsure where it would leave a needed column without any header."""
    for column in REQUIRED_COLUMNS:
        current = evidence.mapping.columns.get(column)
        if column != one.column and current is not None and current.header == one.header:
            has_other = any(other.is_sure for other in found.get(column, []))
            return one if has_other else replace(one, is_sure=False)
    return one


def _best_enum(sample: ColumnSample) -> str | None:
    """Return the enum column that knows most of a column's rows, None where it knows few or another knows as many."""
    if not sample.filled:
        return None
    shares = {column: sample.known(column, {}) for column in ENUMS}
    column = max(shares, key=lambda one: shares[one])
    is_tied = any(share == shares[column] for other, share in shares.items() if other != column)
    meanings = {*sample.known_values(column).values()} - {"other"}
    if column == "outcome":
        return column if fits(sample, column) else None
    is_possible = shares[column] >= (MAY_FIT if len(meanings) >= 2 else ALL_BUT) and meanings
    return column if is_possible and not is_tied else None


def _is_sure_enum(evidence: ColumnEvidence, sample: ColumnSample, column: str) -> bool:
    if not fits(sample, column):
        return False
    if column != "query_by":
        return True
    action = evidence.of("action")
    if action is None or evidence.is_open("action"):
        return False
    mapping = evidence.values.get("action", {})
    searches = [value for value in action.counts if canonical_value("action", value, mapping) == "search"]
    return evidence.sample.rows_where(sample.index, action.index, searches) >= 0.8


def _words(evidence: ColumnEvidence, suggestion: Suggestion) -> tuple[str, ...]:
    """Return the commonest known values behind a suggestion; words of the tables, so nothing of a patient."""
    sample = next(one for one in evidence.sample.columns if one.header == suggestion.header)
    return tuple(sample.known_values(suggestion.column))[:3]


def _attributes(evidence: ColumnEvidence) -> Iterator[Suggestion]:
    """Yield the user's name, department and role by the end of a header, where each account has one value of it."""
    user = evidence.of("user_id")
    for column in ("user_name", "user_department", "user_role"):
        if not evidence.is_open(column):
            continue
        graded = []
        for sample in evidence.unused:
            if not sample.filled or not _ends_like(sample.header, column):
                continue
            share = evidence.sample.single_valued(user.index, sample.index) if user is not None else None
            alone = share is not None and share >= ALL_BUT
            graded.append((sample, "per_account" if alone else "alike", alone and _is_actors(sample)))
        yield from _settled(column, graded)


def _is_actors(sample: ColumnSample) -> bool:
    return not speaks_of(sample.header, OTHER_ACTORS) and len(sample.counts) >= 2


def _ends_like(header: str, column: str) -> bool:
    """Return whether a header ends with a known header of a column."""
    text = normal(header)
    endings = [name for name in header_table() if len(name) > 1 and text.endswith(name)]
    return bool(endings) and header_table()[max(endings, key=len)][0] == column


def _is_structure(sample: ColumnSample) -> bool:
    """Return whether the values are lists or objects in JSON, whose inner keys are columns themselves."""
    return all(value.startswith(("{", "[")) for value in list(sample.counts)[:10])


def _look_alike(evidence: ColumnEvidence, sample: ColumnSample, taken: Collection[str]) -> str | None:
    """Return the column that a header looks like, unless the values speak against it."""
    column = similar_column(sample.header, taken)
    if column in {None, "patient_id"} or (column.startswith("user_") and speaks_of(sample.header, OTHER_ACTORS)):
        return None
    user = evidence.of("user_id")
    if column == "user_name" and user is not None and sample.share(Form.NAME) >= 0.5:
        alone = evidence.sample.single_valued(user.index, sample.index)
        if alone is not None and alone < 0.5:
            return None  # a name that changes under one account is the patient's
    if sample.rows and (not sample.filled or _is_structure(sample)):
        return None
    if not sample.rows:
        return column
    if column in ENUMS:
        return column if sample.known(column, {}) > 0 else None
    needed = {
        "event_time": (Form.TIME, Form.EPOCH), "client_ip": (Form.ADDRESS,),
        "user_id": (*_IDENTIFIERS, Form.TEXT), "visit_id": _IDENTIFIERS, "event_id": _IDENTIFIERS,
        "record_count": (Form.IDENTIFIER,), "user_name": (Form.NAME, Form.TEXT),
        "user_department": (Form.TEXT, Form.IDENTIFIER), "user_role": (Form.TEXT, Form.IDENTIFIER),
    }.get(column)  # fmt: skip
    if needed is not None and sample.share(*needed) < 0.5:
        return None
    return column
