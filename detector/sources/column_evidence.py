"""What is known of the columns of a log: their headers, their values, and where the two contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from detector.model.event_columns import ENUMS
from detector.sources.aliases import (
    TELLING_OUTCOMES,
)
from detector.sources.file_sample import ColumnSample, FileSample
from detector.sources.headers import HeaderMapping
from detector.sources.value_forms import Form

FITS: Final = 0.6
"""Least share of the rows whose value an enum column knows where the values decide."""
CONTRADICTS: Final = 0.2
"""Below this share of values of its kind a column is not what its header says, if it is something else."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``header`` is probably ``column``. ``why`` names the reason; ``words`` are known values that bear it out."""

    column: str
    header: str
    why: str
    is_sure: bool
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A header is taken for ``column``, and its values are something else: an enum column's, or of another form."""

    column: str
    header: str
    holds: str


@dataclass(frozen=True)
class ColumnEvidence:
    """All that suggestions rest on; ``accounts`` and ``patients`` are identifiers of the site's own tables."""

    sample: FileSample
    mapping: HeaderMapping
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    accounts: Collection[str] = frozenset()
    patients: Collection[str] = frozenset()

    def of(self, column: str) -> ColumnSample | None:
        """Return the sample of a canonical column."""
        one = self.mapping.columns.get(column)
        return None if one is None else self.sample.columns[one.index]

    @property
    def unused(self) -> list[ColumnSample]:
        """The columns that nothing is made of."""
        used = self.mapping.indexes
        return [one for one in self.sample.columns if one.index not in used and one.header]

    def is_open(self, column: str) -> bool:
        """Return whether a canonical column is missing, empty in all rows, or contradicted."""
        sample = self.of(column)
        if sample is None or (self.sample.rows and not sample.filled):
            return True
        return self.mapping.columns[column].how != "mapped" and self.contradiction(column) is not None

    def contradiction(self, column: str) -> Contradiction | None:
        """Return how the values of a column contradict its header."""
        sample = self.of(column)
        if sample is None or not sample.filled or (column == "event_time" and self.mapping.beside is not None):
            return None
        holds = _other_kind(sample, column, self.values)
        if holds is None and column in ENUMS and sample.known(column, self.values.get(column, {})) < CONTRADICTS:
            holds = "unknown" if any(fits(one, column) for one in self.unused) else None
        return None if holds is None else Contradiction(column, sample.header, holds)


def fits(sample: ColumnSample, column: str) -> bool:
    """Return whether most rows, and most values, are words of an enum column, of two meanings at least."""
    known = sample.known_values(column)
    meanings = {*known.values()} - {"other"}
    if column == "outcome":
        enough = sample.known(column, {}) >= 0.9 and sample.known(column, {}, only=TELLING_OUTCOMES) >= 0.5
        return enough and sample.is_word_list
    return sample.known(column, {}) >= FITS and 2 * len(known) >= len(sample.counts) and len(meanings) >= 2


def _other_kind(sample: ColumnSample, column: str, values: Mapping[str, Mapping[str, str]]) -> str | None:
    """Return what a column holds in place of what it is taken for."""
    if column in ENUMS:
        if sample.known(column, values.get(column, {})) >= CONTRADICTS:
            return None
        return next((other for other in ENUMS if other != column and fits(sample, other)), None)
    if column == "event_time":
        forms = (Form.CLOCK, Form.DATE, Form.ADDRESS, Form.NAME)
        return next((form.value for form in forms if sample.share(form) >= FITS), None)
    if column == "client_ip":
        return None if sample.share(Form.ADDRESS) >= CONTRADICTS else "no_address"
    if column in {"patient_id", "visit_id"}:
        forms = (Form.PHONE, Form.NAME, Form.TIME, Form.ADDRESS)
        return next((form.value for form in forms if sample.share(form) >= FITS), None)
    return None
