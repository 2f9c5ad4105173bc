"""What attacks and hard innocents have in common: a scene to act on, and the means to act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import Intensity
from detector.simulator.accesses import accesses
from detector.simulator.activities import activity
from detector.simulator.chance import spread
from detector.simulator.event_rows import Events
from detector.simulator.vocabulary import DAY, MINUTE, NONE, Flags, Ints

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital


@dataclass
class Scene:
    """Where one episode happens: the hospital, its days (inclusive), its own chance, its label.

    `taken` are the accounts that already play a part, of all episodes; no account plays two. `label` is the attack's
    number, NONE for innocents; `intensity` matters to attacks alone.
    """

    hospital: Hospital
    rng: np.random.Generator
    taken: set[int]
    first_day: int
    last_day: int
    intensity: Intensity = "medium"
    label: int = NONE
    _cared: dict[int, Flags] = field(default_factory=dict)

    def grade(self, low: float, medium: float, high: float) -> float:
        """Return the value that belongs to the intensity."""
        return {"low": low, "medium": medium, "high": high}[self.intensity]

    def pick(self, candidates: Ints, *, duties: int = 3) -> int | None:
        """Return a random account that is free, employed throughout and on duty on some of the days."""
        picked = self.pick_several(candidates, 1, duties=duties)
        return picked[0] if picked else None

    def pick_several(self, candidates: Ints, count: int, *, duties: int = 3) -> list[int]:
        """Return up to `count` such accounts."""
        accounts = self.hospital.accounts
        chosen: list[int] = []
        for account in self.rng.permutation(np.asarray(candidates, dtype=np.int64)).tolist():
            if len(chosen) == count:
                break
            if (
                account in self.taken
                or accounts.joined[account] > self.first_day - 7
                or accounts.ended[account] < self.last_day
            ):
                continue
            if len(self.hospital.duties.of(account, self.first_day, self.last_day)) < min(
                duties, self.last_day - self.first_day + 1
            ):
                continue
            chosen.append(account)
        self.taken.update(chosen)
        return chosen

    def shifts(self, account: int) -> Ints:
        """Return the positions of the account's duties within the episode."""
        duties = self.hospital.duties
        rows = duties.of(account, self.first_day, self.last_day)
        return rows[duties.end[rows] < self.hospital.end]

    def during(self, duty: Ints) -> Ints:
        """Return a moment within each duty, rarely in its first or last minutes."""
        duties = self.hospital.duties
        length = duties.end[duty] - duties.start[duty] - 20 * MINUTE
        length = np.minimum(length, 15 * 3600)  # nobody browses at the end of 24 hours
        return np.asarray(duties.start[duty] + 10 * MINUTE + (self.rng.random(len(duty)) * length).astype(np.int64))

    def seat(self, account: int, time: Ints) -> Ints:
        """Return where the account sits at each time: where its duty is, else in its department."""
        hospital = self.hospital
        time = np.asarray(time, dtype=np.int64)
        who = np.full(len(time), account)
        place = np.full(len(time), hospital.accounts.department[account])
        for back in (1, 0):  # a night begins on the day before
            duty = hospital.duty_of(who, np.floor_divide(time, DAY) - back)
            there = (duty >= 0) & (hospital.duties.start[duty] <= time) & (hospital.duties.end[duty] >= time)
            place = np.where(there, hospital.place_of(np.maximum(duty, 0)), place)
        return place

    def open(
        self,
        time: Ints,
        account: int,
        patient: Ints,
        name: str,
        place: Ints | int | None = None,
        *,
        lane: int = 0,
        visits: bool = True,
    ) -> Events:
        """Return the rows of opening the patients' records at the times, under their last visit.

        Where no place is given the account sits where it works at the time.
        """
        time, patient = np.asarray(time, dtype=np.int64), np.asarray(patient, dtype=np.int64)
        place = self.seat(account, time) if place is None else place
        visit = self.hospital.visits.at(patient, time) if visits else np.full(len(time), NONE)
        planned = accesses(time, account, patient, visit, activity(name), place, lane=lane, label=self.label)
        return self.hospital.scribe.write(planned, self.rng)

    def per_shift(self, account: int, mean: float, *, skip: float = 0.0) -> Ints:
        """Return duties of the account, each repeated as often as something is done in it (mean per duty)."""
        duty = self.shifts(account)
        duty = duty[self.rng.random(len(duty)) >= skip]
        return duty[spread(self.rng.poisson(mean, len(duty)))]

    def cared(self, account: int) -> Flags:
        """Return for each patient whether the care team, or the visits' doctors, include the account."""
        if account not in self._cared:
            hospital = self.hospital
            cared = np.zeros(len(hospital.patients), dtype=np.bool_)
            for patient, members, *_ in hospital.care:
                cared[patient[members == account]] = True
            cared[hospital.encounters.patient[hospital.encounters.doctor == account]] = True
            self._cared[account] = cared
        return self._cared[account]

    def strangers(self, account: int, patients: Ints) -> Ints:
        """Return those of the patients that the account has never cared for."""
        return np.asarray(patients[~self.cared(account)[patients]])
