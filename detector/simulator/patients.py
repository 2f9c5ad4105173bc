"""Patients and their encounters as columns; times in seconds from the start's midnight, local."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.simulator.vocabulary import DAY, NONE, Floats, Ints

OUTPATIENT, INPATIENT, EMERGENCY = 0, 1, 2
ENCOUNTER_KINDS: Final = ("outpatient", "inpatient", "emergency")
_SPAN: Final = 1 << 40


@dataclass
class Patients:
    """All patients; the position is the patient's index.

    `born` and `registered` are days from the start, `sex` is 0 for women and 1 for men, `flags` a
    bit set, `household` a number shared by people who live together, `due` the expected day of
    delivery (NONE * 10^6 where there is none), `mother` the index of a newborn's mother, `number`
    the rank of the record number (consecutive numbers were registered one after the other).
    """

    born: Ints
    sex: Ints
    flags: Ints
    household: Ints
    due: Ints
    mother: Ints
    registered: Floats
    number: Ints

    def __len__(self) -> int:
        return len(self.born)

    def has(self, bit: int) -> Ints:
        """Return the patients that carry a flag."""
        return np.flatnonzero(self.flags & bit)


@dataclass
class Encounters:
    """All visits, sorted by start; the position is the visit's index.

    `doctor` is the account responsible (attending or clinic doctor), `resident` the second one,
    `bed` a number on the ward. `end` of a stay may lie beyond the simulation.
    """

    patient: Ints
    department: Ints
    kind: Ints
    start: Ints
    end: Ints
    doctor: Ints
    resident: Ints
    bed: Ints

    def __len__(self) -> int:
        return len(self.patient)

    def take(self, rows: Ints) -> Encounters:
        """Return the encounters at the given positions."""
        return Encounters(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def extended(self, other: Encounters) -> Encounters:
        """Return both sets of encounters, sorted by start."""
        both = Encounters(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__dataclass_fields__))
        return both.take(np.lexsort((both.patient, both.start)))


class VisitIndex:
    """Finds the visit that a record was opened under: the patient's latest one that had begun."""

    def __init__(self, encounters: Encounters) -> None:
        self._order = np.lexsort((encounters.start, encounters.patient))
        self._patient = encounters.patient[self._order]
        shifted = encounters.start[self._order] + _SPAN // 2
        self._keys = self._patient * _SPAN + shifted

    def at(self, patient: Ints, time: Ints) -> Ints:
        """Return a visit index for each patient and time, the next visit where none had begun, or NONE."""
        if not len(self._keys):
            return np.full(len(patient), NONE, dtype=np.int64)
        position = np.searchsorted(self._keys, patient * _SPAN + (time + _SPAN // 2), side="right") - 1
        known = (position >= 0) & (self._patient[np.maximum(position, 0)] == patient)
        following = np.minimum(position + 1, len(self._keys) - 1)
        later = ~known & (self._patient[following] == patient)
        found = np.where(known, position, np.where(later, following, NONE))
        return np.where(found >= 0, self._order[np.maximum(found, 0)], NONE)


def still_in(encounters: Encounters, time: int, department: int | None = None) -> Ints:
    """Return the stays that are open at a time, of one department where it is given."""
    open_now = (encounters.kind == INPATIENT) & (encounters.start <= time) & (encounters.end > time)
    if department is not None:
        open_now &= encounters.department == department
    return np.flatnonzero(open_now)


def day_of(time: Ints) -> Ints:
    """Return the day number of times in seconds."""
    return np.floor_divide(time, DAY)
