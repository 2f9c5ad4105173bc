"""One episode: suitable accounts are drawn, their accesses planned, and written as events in the accounts' own dialect.

Everything is drawn from the site's own log: patients, hours, workstations, the columns that each system fills. The only
things invented are which patient is opened at which moment, and addresses outside the hospital.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from detector.drill.access_templates import Row
from detector.drill.planter import Intensity, Level, Planter
from detector.drill.row_writer import in_dialect
from detector.drill.site_profile import Account, Ground

ATTEMPTS: Final = 12
"""Accounts that are tried before an episode is given up."""
WORKED_SHARE: Final = 0.25
"""Share of the episode's days on which an account must work to suit."""
UNIT_ACCOUNTS: Final = 10
EXPORT_SPREAD: Final = 0.25
"""Standard deviation of the logarithm of an export's size."""


@dataclass(slots=True)
class Cast:
    """Which accounts already play a part in this copy, and how many episodes each unit holds.

    No account plays two parts; a unit holds one episode, a large one another for every ``UNIT_ACCOUNTS`` accounts.
    """

    accounts: set[str] = field(default_factory=set)
    episodes: Counter[str] = field(default_factory=Counter)

    def free(self, suitable: pl.DataFrame, ground: Ground) -> pl.DataFrame:
        """Return those of the suitable accounts that may still play a part."""
        sizes = dict(ground.accounts.group_by("department").len().iter_rows())
        full = [unit for unit, count in self.episodes.items() if count >= max(1, sizes.get(unit, 0) // UNIT_ACCOUNTS)]
        return suitable.filter(
            ~pl.col("user_id").is_in(sorted(self.accounts)) & ~pl.col("department").is_in(sorted(full))
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An episode to plant: ``first`` is its first date, ``label`` makes its event ids unique."""

    planter: Planter
    intensity: Intensity
    level: Level
    first: dt.date
    label: str

    @property
    def dates(self) -> list[dt.date]:
        """The dates that the episode may fill."""
        return [self.first + dt.timedelta(days=number) for number in range(self.level.days)]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one episode is planted: the ground, what was ordered, and the source of chance."""

    ground: Ground
    order: Order
    rng: np.random.Generator
    internal_networks: Sequence[str] = ()

    def outside_address(self) -> str:
        """Return an address outside the site's networks."""
        networks = [ipaddress.ip_network(one) for one in self.internal_networks]
        while True:
            address = ipaddress.ip_address(int(self.rng.integers(0x2D000000, 0xDF000000)))
            if address.is_global and not any(address in one for one in networks if one.version == 4):
                return str(address)


@dataclass(frozen=True, slots=True)
class Episode:
    """A planted episode. ``events`` are canonical events without file and position, in the order of time."""

    order: Order
    accounts: tuple[str, ...]
    events: pl.DataFrame

    @property
    def start(self) -> dt.date:
        """The date of its first event."""
        return self.events["business_date"].min()  # type: ignore[return-value]

    @property
    def end(self) -> dt.date:
        """The date of its last event."""
        return self.events["business_date"].max()  # type: ignore[return-value]

    def exposed(self, until: dt.date | None = None) -> int:
        """Count the patients touched up to a date: those opened, and as many as lists exported."""
        rows = self.events if until is None else self.events.filter(pl.col("business_date") <= until)
        exported = rows.filter(pl.col("patient_id").is_null() & (pl.col("action") == "export"))["record_count"].sum()
        return rows["patient_id"].drop_nulls().n_unique() + int(exported or 0)


def plant(stage: Stage, cast: Cast) -> Episode | None:
    """Plant what was ordered into suitable accounts that the cast leaves free, or return None where nobody suits."""
    planter, level, ground = stage.order.planter, stage.order.level, stage.ground
    if not all(ground.offers(need) for need in planter.needs):
        return None
    suitable = cast.free(planter.who(ground), ground)
    drawn = suitable.sort("user_id")["user_id"].to_list()
    drawn = [drawn[place] for place in stage.rng.permutation(len(drawn)).tolist()]
    for leader in drawn[:ATTEMPTS]:
        members = _members(stage, ground.account(leader), suitable)
        if members is None:
            continue
        used: set[str] = set()
        shared = None if planter.together or level.accounts == 1 else _one_patient(stage, members[0])
        frames = [_events(stage, account, used, shared) for account in members]
        if any(frame is None or frame.is_empty() for frame in frames):
            continue
        events = pl.concat([frame for frame in frames if frame is not None]).sort("local_time", "user_id", "action")
        events = events.with_columns(
            event_id=pl.format(
                "{}:drill-{}-{}",
                "source",
                pl.lit(stage.order.label),
                pl.int_range(pl.len()).cast(pl.String).str.zfill(5),
            )
        )
        cast.accounts.update(account.user_id for account in members)
        cast.episodes.update({account.department for account in members})
        return Episode(stage.order, tuple(account.user_id for account in members), events)
    return None


def _members(stage: Stage, leader: Account, suitable: pl.DataFrame) -> list[Account] | None:
    """Return the accounts of an episode around its first one: of its unit, or each of another one."""
    if not _eligible_dates(stage, leader):
        return None
    members = [leader]
    same = pl.col("department") == leader.department
    others = suitable.filter((same if stage.order.planter.together else ~same) & (pl.col("user_id") != leader.user_id))
    names = others.sort("user_id")["user_id"].to_list()
    for place in stage.rng.permutation(len(names)).tolist():
        if len(members) == stage.order.level.accounts:
            break
        account = stage.ground.account(names[place])
        apart = stage.order.planter.together or account.department not in {one.department for one in members}
        if apart and _eligible_dates(stage, account):
            members.append(account)
    return members if len(members) == stage.order.level.accounts else None


def _eligible_dates(stage: Stage, account: Account) -> list[dt.date]:
    """Return the dates on which the account may act, or none where they are too few."""
    dates = stage.order.dates
    if not stage.order.planter.on_duty:
        return dates
    worked = sorted(set(dates) & set(account.worked))
    return worked if len(worked) >= max(1, math.ceil(WORKED_SHARE * len(dates))) else []


def _one_patient(stage: Stage, account: Account) -> str | None:
    """Return the one record that several accounts open."""
    found = sorted(stage.order.planter.whom(stage.ground, account, stage.order.first).to_list())
    return found[int(stage.rng.integers(len(found)))] if found else None


def _counts(stage: Stage, dates: list[dt.date]) -> dict[dt.date, int]:
    """Return how many patients are taken on each date; at least one in all."""
    level, planter = stage.order.level, stage.order.planter
    if planter.consecutive:
        return {dates[int(stage.rng.integers(len(dates)))]: round(level.per_day * stage.rng.uniform(0.85, 1.15))}
    if planter.list_export:
        return dict.fromkeys(dates, 1)
    counts = dict(zip(dates, stage.rng.poisson(level.per_day, len(dates)).tolist(), strict=True))
    if not any(counts.values()):
        counts[dates[int(stage.rng.integers(len(dates)))]] = 1
    return {date: count for date, count in counts.items() if count}


def _patients(
    stage: Stage, account: Account, counts: dict[dt.date, int], used: set[str], shared: str | None
) -> dict[dt.date, list[str | None]]:
    """Return the patients taken on each date, none of them twice unless the planter says so."""
    planter = stage.order.planter
    found: dict[dt.date, list[str | None]] = {}
    known = set() if planter.again else set(stage.ground.opened_by(account.user_id).to_list())
    for date, count in counts.items():
        if planter.list_export:
            found[date] = [None] * count
            continue
        if shared is not None:
            found[date] = [shared] * count
            continue
        market = planter.whom(stage.ground, account, date)
        if planter.consecutive:
            numbers = market.to_list()
            begin = int(stage.rng.integers(max(1, len(numbers) - count)))
            found[date] = list(numbers[begin : begin + count])
            continue
        free = sorted(set(market.to_list()) - known - (set() if planter.again else used))
        if planter.again:
            found[date] = [free[place] for place in stage.rng.integers(len(free), size=count)] if free else []
        else:
            found[date] = [free[place] for place in stage.rng.permutation(len(free))[:count].tolist()]
            used.update(one for one in found[date] if one is not None)
    return {date: patients for date, patients in found.items() if patients}


def _events(stage: Stage, account: Account, used: set[str], shared: str | None) -> pl.DataFrame | None:
    """Return the events of one account's part of the episode; None where it finds nobody to open."""
    planter = stage.order.planter
    patients = _patients(stage, account, _counts(stage, _eligible_dates(stage, account)), used, shared)
    if not patients:
        return None
    times = planter.when(stage, account, {date: len(some) for date, some in patients.items()})
    planned = pl.DataFrame(
        [(date, place, one) for date, some in patients.items() for place, one in enumerate(some)],
        schema={"business_date": pl.Date, "place": pl.UInt32, "patient_id": pl.String},
        orient="row",
    )
    at = (
        times.to_frame()
        .with_columns(business_date=pl.col("local_time").dt.date())
        .with_columns(place=pl.int_range(pl.len(), dtype=pl.UInt32).over("business_date"))
    )
    accesses = planned.join(at, on=["business_date", "place"]).sort("local_time", "place")
    if accesses.is_empty():
        return None
    rows = [frame for row in planter.page if (frame := _rows(stage, account, accesses, row)) is not None]
    return in_dialect(stage, account, pl.concat(rows)) if rows else None


def _rows(stage: Stage, account: Account, accesses: pl.DataFrame, row: Row) -> pl.DataFrame | None:
    """Return one row of the page for each access that has it; None where the site's systems write no such row."""
    written = stage.ground.sources.filter(pl.col("action") == row.action)
    if written.is_empty():
        return None
    there = set(written["category"].drop_nulls().to_list())
    categories = [one for one in row.categories if one in there and one not in account.allowed_categories]
    if not categories and there:
        return None
    size = accesses.height
    drawn = stage.rng.random(size) < row.chance
    late = row.after_seconds * stage.rng.uniform(0.6, 1.6, size)
    records = (
        np.exp(stage.rng.normal(math.log(stage.order.level.per_day), EXPORT_SPREAD, size)).round()
        if row.listed
        else np.ones(size)
    )
    return (
        accesses.select(
            pl.col("local_time") + pl.Series("late", (late * 1e6).astype(np.int64)).cast(pl.Duration("us")),
            patient_id=pl.lit(None, dtype=pl.String) if row.listed else pl.col("patient_id"),
            action=pl.lit(row.action),
            category=_drawn(stage, categories, size),
            query_by=_drawn(stage, row.query_by, size),
            reason=_drawn(stage, row.reasons, size),
            record_count=pl.Series("record_count", records.astype(np.int64)),
        )
        .filter(pl.Series(drawn))
        .with_columns(pl.col("local_time").dt.truncate("1s"))
    )


def _drawn(stage: Stage, words: Sequence[str], size: int) -> pl.Series:
    """Return one of the words for each row; an empty word, or no words, is nothing."""
    if not words:
        return pl.Series([None] * size, dtype=pl.String)
    drawn = [words[place] or None for place in stage.rng.integers(len(words), size=size).tolist()]
    return pl.Series(drawn, dtype=pl.String)
