"""Draws lists of leaked patients from a labelled hospital: with one culprit, with two, half from elsewhere, with none.

The sources of the first three are the truth's harvesters, and anybody with the jobs of the truth's other leaks who
passes on what 30 days of work showed of the obstetric wards' patients. Lists that nobody here leaked are random draws
that no account's accesses have a part in, of four kinds:

- *anybody*: patients of the hospital;
- *department*: patients of one department, chosen by size;
- *week*: patients of one department whose visit ended in one week, which became known within the ten days after;
- *district*: patients of the obstetric wards that live in one of twelve districts (by a hash, as no table names any).
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import duckdb
import numpy as np
import polars as pl

from detector.tracing.exposure import AccessHistory

DUTY: Final = ("ward-nurse", "head-nurse", "front-desk", "technician")
HARVEST: Final = ("outsider", "insider")
NOBODY: Final = ("anybody", "department", "week", "district")
ELSEWHERE: Final = 0.2
HALF: Final = 0.5
DUTY_DAYS: Final = 30
DISTRICTS: Final = 12


@dataclass(frozen=True, slots=True)
class Leak:
    """A list and whom it came from; `known_on` has a date per patient, or None.

    `mix`: one (culprit), half (of the list from elsewhere), two (culprits) or none.
    """

    kind: str
    patients: tuple[str, ...]
    known_on: tuple[dt.date | None, ...]
    culprits: frozenset[str]
    dates: str = "one"
    mix: str = "one"


class Logs:
    """What the logs and the truth of one hospital say, for drawing leaks."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, truth: Path) -> None:
        connection.execute("create temp table judged as from patient_days")  # each trace reads some of them
        connection.execute("create or replace temp view patient_days as from judged")
        self.history = AccessHistory(connection)
        self.truth: dict[str, Any] = json.loads(truth.joinpath("truth.json").read_text(encoding="utf-8"))
        opened = "select distinct user_id, patient_id, business_date from events where patient_id is not null"
        self.opened = connection.sql(f"{opened} and action not in ('login', 'logout', 'other')").pl().sort(pl.all())
        rows = connection.sql(
            "select patient_id, department, coalesce(ends_at, starts_at)::date as ended_on from encounters"
            " where department is not null"
        ).pl()
        self.stays = rows.select("patient_id", "department").unique().sort(pl.all())
        self.ends = rows.drop_nulls().unique().sort(pl.all())
        self.jobs = connection.sql(
            "select user_id, arg_max(department, business_date) as department, arg_max(role, business_date) as role"
            " from patient_days group by user_id order by user_id"
        ).pl()
        self.events = pl.read_csv(truth / "truth-events.csv", infer_schema=False).drop_nulls("patient_id")
        self.first, self.last = self.opened["business_date"].min(), self.opened["business_date"].max()

    def job_of(self, user: str) -> tuple[str, str]:
        """Return an account's department and role."""
        return self.jobs.filter(pl.col("user_id") == user).select("department", "role").row(0)

    def examples(self, kind: str) -> set[str]:
        """Return the culprits of the truth's leaks of a kind."""
        return {user for leak in self.truth["leaks"] if leak["kind"] == kind for user in leak["culprits"]}

    def market(self) -> list[str]:
        """Return the patients of the wards whose nurses the truth's leaks name."""
        wards = {self.job_of(user)[0] for user in self.examples("ward-nurse") | self.examples("head-nurse")}
        return self.stays.filter(pl.col("department").is_in(wards))["patient_id"].unique().sort().to_list()

    def holders(self, kind: str) -> list[str]:
        """Return the accounts with the same department and role as the truth's examples of a kind, attackers aside."""
        jobs = {self.job_of(user) for user in self.examples(kind)}
        attackers = {user for attack in self.truth["attacks"] for user in attack["user_ids"]}
        return [user for user, *job in self.jobs.iter_rows() if tuple(job) in jobs and user not in attackers]


@dataclass(frozen=True, slots=True)
class Source:
    """What an account may pass on at a date: the day on which it opened each record."""

    kind: str
    culprits: frozenset[str]
    opened_on: dict[str, dt.date]
    known_on: dt.date


def own_share(size: int, elsewhere: float = ELSEWHERE) -> int:
    """Return how many patients of a list come from the culprits; of three by one culprit all, of half of them two."""
    if size <= 3 and elsewhere == ELSEWHERE:
        return size
    return size - max(1, round(size * elsewhere))


class Drawing:
    """Draws lists of one hospital."""

    def __init__(self, logs: Logs, dates: str, seed: int) -> None:
        self.logs = logs
        self.dates = dates
        self.rng = np.random.default_rng(seed)
        self.market = logs.market()
        self.holders = {kind: logs.holders(kind) for kind in DUTY}
        harvests = [leak["name"] for leak in logs.truth["leaks"] if leak["kind"] == "harvest"]
        self.attacks = [one for one in logs.truth["attacks"] if any(f"leak-{one['id']}-" in name for name in harvests)]

    def with_culprits(self, lists: int, sizes: Sequence[int], mix: str = "one") -> Iterator[Leak]:
        """Yield lists of every class and size by one culprit, half from elsewhere, or by two."""
        draw = self._by_two if mix == "two" else self._by_one
        for size in sizes:
            for kind in DUTY:
                for _ in range(lists if self.holders[kind] else 0):
                    yield from draw(self.by_duty(kind, self._drawn_day(), size), size, mix)
            for attack in self.attacks:
                for _ in range(max(1, math.ceil(2 * lists / len(self.attacks)))):
                    yield from draw(self.by_harvest(attack), size, mix)

    def without_culprit(self, lists: int, sizes: Sequence[int]) -> Iterator[Leak]:
        """Yield lists of every kind and size that nobody here leaked."""
        for size in sizes:
            for kind in NOBODY:
                for _ in range(lists):
                    names, known_on = self._unrelated(kind, size)
                    patients = self._some(names, size)
                    known = [known_on if self.dates != "none" else None] * size
                    yield Leak(kind, tuple(patients), tuple(known), frozenset(), self.dates, "none")

    def by_duty(self, kind: str, known_on: dt.date, size: int) -> Source | None:
        """Return what the work of the days before showed somebody of these jobs, if it is enough for a list."""
        for _ in range(20):
            user = self._some(self.holders[kind], 1)[0]
            seen = self.logs.opened.filter(
                (pl.col("user_id") == user)
                & pl.col("business_date").is_between(known_on - dt.timedelta(days=DUTY_DAYS), known_on, closed="left")
                & pl.col("patient_id").is_in(self.market)
            )
            opened_on = dict(seen.group_by("patient_id").agg(pl.col("business_date").min()).iter_rows())
            if len(opened_on) >= own_share(size):
                return Source(kind, frozenset([user]), opened_on, known_on)
        return None

    def by_harvest(self, attack: dict[str, Any]) -> Source | None:
        """Return what a harvester took, if it is enough for a list."""
        events = self.logs.events.filter(pl.col("attack_id") == attack["id"]).select("event_time", "patient_id")
        opened_on = {patient: dt.date.fromisoformat(at[:10]) for at, patient in events.iter_rows()}
        if len(opened_on) < 8:
            return None
        department = self.logs.job_of(attack["user_ids"][0])[0]
        own_patients = set(self.logs.stays.filter(pl.col("department") == department)["patient_id"])
        inside = sum(name in own_patients for name in opened_on) > len(opened_on) / 2
        kind = "insider" if inside else "outsider"
        return Source(kind, frozenset(attack["user_ids"]), opened_on, dt.date.fromisoformat(attack["end"]))

    def _by_one(self, source: Source | None, size: int, mix: str) -> Iterator[Leak]:
        own = own_share(size, HALF if mix == "half" else ELSEWHERE)
        if source is not None and len(source.opened_on) >= own:
            yield self._leak(source, self._some(sorted(source.opened_on), own), size, mix)

    def _by_two(self, source: Source | None, size: int, mix: str) -> Iterator[Leak]:
        """Add a second culprit of another account, who passes on as much."""
        own = own_share(size)
        kinds = [kind for kind in DUTY if self.holders[kind]]
        if source is None or not kinds:
            return
        other = self.by_duty(self._some(kinds, 1)[0], source.known_on, own)
        if other is None or other.culprits & source.culprits or len(source.opened_on) < own:
            return
        mine = self._some(sorted(source.opened_on), own // 2)
        rest = sorted(set(other.opened_on) - set(mine))
        if len(rest) >= own - own // 2:
            both = Source(
                source.kind, source.culprits | other.culprits, source.opened_on | other.opened_on, source.known_on
            )
            yield self._leak(both, mine + self._some(rest, own - own // 2), size, mix)

    def _leak(self, source: Source, mine: list[str], size: int, mix: str) -> Leak:
        """Fill a list up from elsewhere, with dates."""
        patients = mine + self._some(sorted(set(self.market) - set(mine)), size - len(mine))
        own_dates = [source.opened_on[one] + dt.timedelta(days=1 + int(self.rng.exponential(4))) for one in mine]
        strangers = [own_dates[int(self.rng.integers(len(mine)))] for _ in patients[len(mine) :]]
        known = {"one": [source.known_on] * size, "each": own_dates + strangers, "none": [None] * size}[self.dates]
        return Leak(source.kind, tuple(patients), tuple(known), source.culprits, self.dates, mix)

    def _unrelated(self, kind: str, size: int) -> tuple[list[str], dt.date]:
        """Return the patients of whom a list is drawn, and when it becomes known."""
        stays, day = self.logs.stays, self._drawn_day()
        if kind == "anybody":
            return stays["patient_id"].unique().sort().to_list(), day
        if kind == "district":
            return self._district(size), day
        for _ in range(50):
            department = stays["department"][int(self.rng.integers(stays.height))]
            of_it = stays.filter(pl.col("department") == department)
            if kind == "week":
                first = day - dt.timedelta(days=6 + int(self.rng.integers(1, 11)))
                within = pl.col("ended_on").is_between(first, first + dt.timedelta(days=6))
                of_it = self.logs.ends.filter((pl.col("department") == department) & within)
            names = of_it["patient_id"].unique().sort().to_list()
            if len(names) >= size:
                return names, day
        return stays["patient_id"].unique().sort().to_list(), day

    def _district(self, size: int) -> list[str]:
        district = int(self.rng.integers(DISTRICTS))
        names = [one for one in self.market if crc32(one.encode()) % DISTRICTS == district]
        return names if len(names) >= size else self.market

    def _drawn_day(self) -> dt.date:
        days = (self.logs.last - self.logs.first).days + 1
        return self.logs.first + dt.timedelta(days=int(self.rng.integers(days // 2, days)))

    def _some(self, names: Sequence[str], count: int) -> list[str]:
        return [names[int(one)] for one in self.rng.choice(len(names), count, replace=False)]


def own_leaks(logs: Logs, dates: str) -> Iterator[Leak]:
    """Yield the truth's own leaks, with the dates asked for where the truth has them."""
    for leak in logs.truth["leaks"]:
        size = len(leak["patients"])
        known = {"one": [leak["known_on"]] * size, "each": leak.get("dates"), "none": [None] * size}[dates]
        if known:
            days = tuple(None if one is None else dt.date.fromisoformat(one) for one in known)
            yield Leak(leak["kind"], tuple(leak["patients"]), days, frozenset(leak["culprits"]), dates)
