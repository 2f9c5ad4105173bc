"""What of a log file is understood, and what is not: columns, contradictions, values. `init` and `check` say it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from detector.model.event_columns import ENUMS
from detector.sources.aliases import (
    OBJECT_WORDS,
    RECORD_ACTIONS,
    canonical_column,
    canonical_value,
    header_table,
    normal,
    value_table,
)
from detector.sources.column_clashes import clashes
from detector.sources.column_evidence import ColumnEvidence, Contradiction, Suggestion
from detector.sources.column_suggestions import suggestions
from detector.sources.file_sample import ColumnSample, FileSample
from detector.sources.headers import HeaderMapping, map_layout
from detector.sources.log_format import REQUEST_ID
from detector.sources.value_forms import PERSONAL, Form, looks_like_name, may_be_header, may_be_shown

MOST_VALUES: Final = 8
"""How many unknown values of a column are named, the commonest."""
_LIKE: Final = 0.6
_FEW_VALUES: Final = 20
_REPEATED: Final = 3


@dataclass(frozen=True, slots=True)
class UsedColumn:
    """A canonical column: the header it is read from, the share of rows that have it, headers that mean it as well.

    ``stands_in`` names what the header means by itself where it is used for want of better: a user's name for the
    account, an admission's number for the patient; ``beside`` is another header that could stand in as well.
    ``differing`` is the share of rows in which another column of this name (``has_twin``), or a rival, says otherwise.
    """

    column: str
    header: str
    how: str
    filled: float
    rivals: tuple[str, ...] = ()
    stands_in: str | None = None
    beside: str | None = None
    differing: float = 0.0
    has_twin: bool = False


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that its column does not know; ``guess`` is the canonical value it may mean, sure or not."""

    value: str
    rows: int
    guess: str | None
    is_sure: bool


@dataclass(frozen=True, slots=True)
class UnknownValues:
    """The unknown values of one enum column that may be shown, the commonest first, and how much is not shown.

    ``hidden`` and ``hidden_rows`` are values, and their rows, that look like a person's; ``more`` are further values.
    """

    column: str
    header: str
    rows: int
    values: tuple[UnknownValue, ...]
    more: int = 0
    hidden: int = 0
    hidden_rows: int = 0


@dataclass(frozen=True, slots=True)
class UnusedColumn:
    """A header that nothing is made of, and the form of its values where that is a reason."""

    header: str
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """``rows`` were looked at. ``names`` are the headers as they may be shown; see :func:`shown_headers`.

    Suggestions and contradictions have the header itself, everything else what may be shown. ``empty`` are canonical
    columns whose header is there, and no row has a value.
    """

    rows: int = 0
    columns: Mapping[str, UsedColumn] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    unknown: tuple[UnknownValues, ...] = ()
    unused: tuple[UnusedColumn, ...] = ()
    problem: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)

    @property
    def sees_patients(self) -> bool:
        """Whether rows can name a patient; true where nothing was looked at."""
        return "patient_id" in self.columns or not self.names


def understand(
    sample: FileSample,
    columns: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    accounts: Collection[str] = frozenset(),
    patients: Collection[str] = frozenset(),
) -> Understanding:
    """Return what is understood of a sample by a source's ``columns`` and ``values`` and the tables of aliases."""
    mapping = map_layout(sample.layout, columns)
    evidence = ColumnEvidence(sample, mapping, values, accounts, patients)
    names = shown_headers(sample.layout.header)
    shown = {text for text, name in zip(sample.layout.header, names, strict=True) if text == name}
    suggested = tuple(one for one in suggestions(evidence) if one.header in shown)
    used = {
        column: UsedColumn(
            column, _shown_header(mapping, names, column), one.how,
            sample.columns[one.index].filled / sample.rows if sample.rows else 0.0,
            tuple(names[other.index] for other in evidence.unused if _is_rival(other, column)),
            _stands_in(column, one.header),
            _other_visit(evidence, names) if column == "patient_id" and _stands_in(column, one.header) else None,
            _differing(sample, mapping, column),
            column in mapping.twins,
        )
        for column, one in mapping.columns.items()
        if sample.columns[one.index].filled or not sample.rows
    }  # fmt: skip
    said = {one.header for one in suggested}
    found = (evidence.contradiction(column) for column in mapping.columns)
    return Understanding(
        sample.rows,
        used,
        suggested,
        tuple(one for one in found if one is not None),
        tuple(filter(None, (_unknown_values(evidence, column) for column in ENUMS))),
        tuple(
            UnusedColumn(names[one.index], _personal_form(one))
            for one in evidence.unused
            if one.header not in {*said, REQUEST_ID} and (one.filled or not sample.rows)
        ),
        mapping.problem,
        dict(zip(sample.layout.header, names, strict=True)),
        {column: names[one.index] for column, one in mapping.columns.items() if column not in used},
    )


def _shown_header(mapping: HeaderMapping, names: tuple[str, ...], column: str) -> str:
    """Return the header of a column as it may be shown; both where date and time of day stand apart."""
    name, beside = names[mapping.columns[column].index], mapping.beside
    return f"{names[beside.index]} + {name}" if column == "event_time" and beside is not None else name


def shown_headers(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return headers as they may be shown: a value in a header's place is only numbered, such as `#3`.

    Where two headers are known the line is a header for sure; where none is, what could be a name is not shown either.
    """
    known = sum(canonical_column(text) is not None for text in header if text)

    def is_shown(text: str) -> bool:
        if known > 1 or canonical_column(text) is not None:
            return True
        return may_be_header(text) and (known > 0 or not looks_like_name(text))

    return tuple(text if is_shown(text) else f"#{index + 1}" for index, text in enumerate(header))


def value_guess(column: str, value: str) -> tuple[str | None, bool]:
    """Return what an unknown value may mean, and whether that is sure: 查看 and 病历 together are a view."""
    text, table = normal(value), value_table(column)
    if column == "action":
        things = {*value_table("category"), *OBJECT_WORDS}
        words = {word: meaning for word, meaning in table.items() if len(word) > 1 and word in text}
        made = {
            meaning for word, meaning in words.items()
            if meaning in RECORD_ACTIONS and (
                (text.startswith(word) and text[len(word):] in things)
                or (text.endswith(word) and text[:-len(word)] in things)
            )
        }  # fmt: skip
        if len(made) == 1:
            return made.pop(), True
        if len(set(words.values())) == 1:
            return next(iter(words.values())), False
        if words:
            return None, False
    like = difflib.get_close_matches(text, table, n=1, cutoff=_LIKE)
    return (table[like[0]] if like else None), False


def _differing(sample: FileSample, mapping: HeaderMapping, column: str) -> float:
    """Return the largest share of the rows in which another column that means the same says something else."""
    found = clashes(sample.records, mapping, sample.layout.header) if sample.rows else []
    return max((one.rows / one.of for one in found if one.column == column), default=0.0)


def _is_rival(sample: ColumnSample, column: str) -> bool:
    return canonical_column(sample.header) == column and sample.filled > 0


def _stands_in(column: str, header: str) -> str | None:
    """Return what a header means by itself that is used for a patient or an account."""
    meant = header_table().get(normal(header)) if column in {"patient_id", "user_id"} else None
    return meant[0] if meant is not None and meant[0] != column else None


def _other_visit(evidence: ColumnEvidence, names: tuple[str, ...]) -> str | None:
    """Return the header of the visits' other numbers: rows without an admission's may have an outpatient's."""
    visit = evidence.of("visit_id")
    return names[visit.index] if visit is not None and visit.filled else None


def _personal_form(sample: ColumnSample) -> str | None:
    return next((form.value for form in Form if form in PERSONAL and sample.share(form) >= 0.5), None)


def _unknown_values(evidence: ColumnEvidence, column: str) -> UnknownValues | None:
    """Return the values that a column does not know; None where there are none."""
    sample = evidence.of(column)
    mapping = evidence.values.get(column, {})
    if sample is None:
        return None
    unknown = {value: rows for value, rows in sample.counts.items() if canonical_value(column, value, mapping) is None}
    if not unknown:
        return None
    is_known = sample.known(column, mapping) >= 0.5
    is_list = is_known or sample.is_word_list
    shown = {value: rows for value, rows in unknown.items() if is_list and may_be_shown(value, rows if is_known else 0)}
    first = list(shown.items())[:MOST_VALUES]
    return UnknownValues(
        column, shown_headers(evidence.sample.layout.header)[sample.index], sum(unknown.values()),
        tuple(UnknownValue(value, rows, *value_guess(column, value)) for value, rows in first),
        len(shown) - len(first), len(unknown) - len(shown), sum(unknown.values()) - sum(shown.values()),
    )  # fmt: skip
