"""One episode: suitable accounts are drawn, their accesses planned, and written as events in the accounts' own dialect.

Everything is drawn from the site's own log: patients, hours, workstations, the columns that each system fills. The only
things invented are which patient is opened at which moment, and addresses outside the hospital.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from detector.drill.access_templates import TemplateRow
from detector.drill.order import Cast, Episode, EpisodeOrder
from detector.drill.row_writer import completed_rows
from detector.drill.site_profile import SiteAccount
from detector.drill.stage import Stage

ATTEMPTS: Final = 12
"""Accounts that are tried before an episode is given up."""
WORKED_SHARE: Final = 0.25
"""Share of the episode's days on which an account must work to suit."""
EXPORT_SPREAD: Final = 0.25
"""Standard deviation of the logarithm of an export's size."""

Taken = dict[dt.date, list[str | None]]
"""The patients taken on each date, one entry an access; null where a list is exported."""


def plant(stage: Stage, order: EpisodeOrder, cast: Cast) -> Episode | None:
    """Plant what was ordered into suitable accounts that the cast leaves free, or return None where nobody suits."""
    site = stage.site
    if not all(site.offers(need) for need in order.planter.needs):
        return None
    suitable = cast.available(order.planter.actors(site), site)
    for leader in _shuffled(stage, suitable["user_id"].sort().to_list())[:ATTEMPTS]:
        members = _members(stage, order, _account(stage, suitable, leader), suitable)
        if members is None:
            continue
        events = _episode_events(stage, order, members)
        if events is None:
            continue
        cast.assign({account.user_id for account in members}, {account.department for account in members})
        return Episode(order, tuple(account.user_id for account in members), events)
    return None


def _shuffled(stage: Stage, names: Sequence[str]) -> list[str]:
    return [names[position] for position in stage.rng.permutation(len(names)).tolist()]


def _account(stage: Stage, suitable: pl.DataFrame, user: str) -> SiteAccount:
    return stage.site.account_of(suitable.row(by_predicate=pl.col("user_id") == user, named=True))


def _members(
    stage: Stage, order: EpisodeOrder, leader: SiteAccount, suitable: pl.DataFrame
) -> list[SiteAccount] | None:
    """Return the accounts of an episode around its first one: of its unit, or each of another one."""
    if not _eligible_dates(order, leader):
        return None
    members = [leader]
    together = order.planter.together
    same_unit = pl.col("department") == leader.department
    others = suitable.filter((same_unit if together else ~same_unit) & (pl.col("user_id") != leader.user_id))
    for user in _shuffled(stage, others["user_id"].sort().to_list()):
        if len(members) == order.level.accounts:
            break
        account = _account(stage, suitable, user)
        fits = together or account.department not in {member.department for member in members}
        if fits and _eligible_dates(order, account):
            members.append(account)
    return members if len(members) == order.level.accounts else None


def _eligible_dates(order: EpisodeOrder, account: SiteAccount) -> list[dt.date]:
    """Return the dates on which the account may act, or none where they are too few."""
    dates = order.dates
    if not order.planter.on_duty:
        return dates
    worked = sorted(set(dates) & set(account.worked))
    return worked if len(worked) >= max(1, math.ceil(WORKED_SHARE * len(dates))) else []


def _episode_events(stage: Stage, order: EpisodeOrder, members: Sequence[SiteAccount]) -> pl.DataFrame | None:
    """Return the events of all accounts with their ids; None where one of them finds nobody to open."""
    used: set[str] = set()
    record = None if order.planter.together or order.level.accounts == 1 else _one_patient(stage, order, members[0])
    frames = [_account_events(stage, order, account, used, record) for account in members]
    written = [frame for frame in frames if frame is not None and not frame.is_empty()]
    if len(written) < len(frames):
        return None
    events = pl.concat(written).sort("local_time", "user_id", "action")
    number = pl.int_range(pl.len()).cast(pl.String).str.zfill(5)
    return events.with_columns(event_id=pl.format("{}:drill-{}-{}", "source", pl.lit(order.label), number))


def _one_patient(stage: Stage, order: EpisodeOrder, account: SiteAccount) -> str | None:
    """Return the one record that several accounts open."""
    patients = sorted(order.planter.targets(stage.site, account, order.first).to_list())
    return patients[int(stage.rng.integers(len(patients)))] if patients else None


def _counts(stage: Stage, order: EpisodeOrder, dates: list[dt.date]) -> dict[dt.date, int]:
    """Return how many patients are taken on each date; at least one in all."""
    level, planter = order.level, order.planter
    if planter.consecutive:
        return {dates[int(stage.rng.integers(len(dates)))]: round(level.per_day * stage.rng.uniform(0.85, 1.15))}
    if planter.list_export:
        return dict.fromkeys(dates, 1)
    drawn = stage.rng.poisson(level.per_day, len(dates))
    counts = dict(zip(dates, np.maximum(drawn, 1 if planter.familiar else 0).tolist(), strict=True))
    if not any(counts.values()):
        counts[dates[int(stage.rng.integers(len(dates)))]] = 1
    return {date: count for date, count in counts.items() if count}


def _patients(
    stage: Stage, order: EpisodeOrder, account: SiteAccount, counts: dict[dt.date, int], used: set[str]
) -> Taken:
    """Return the patients taken on each date, none of them twice unless the planter allows it.

    Patients of the account's own work, unless they are wanted, and those of ``used`` are left out; what is taken is
    added to ``used``.
    """
    planter = order.planter
    own_too = planter.again or planter.familiar
    excluded = set() if own_too else set(stage.site.opened_by(account.user_id).to_list())
    taken: Taken = {}
    for date, count in counts.items():
        candidates = planter.targets(stage.site, account, date)
        if planter.consecutive:
            taken[date] = _run_of(stage, candidates.to_list(), count)
        elif planter.again:
            free = sorted(set(candidates.to_list()))
            taken[date] = [free[position] for position in stage.rng.integers(len(free), size=count)] if free else []
        else:
            free = sorted(set(candidates.to_list()) - excluded - used)
            drawn = _shuffled(stage, free)[:count]
            if planter.familiar and len(drawn) < count:
                drawn += _shuffled(stage, sorted(set(candidates.to_list()) - set(drawn)))[: count - len(drawn)]
            taken[date] = list(drawn)
            used.update(drawn)
    return taken


def _run_of(stage: Stage, numbers: list[str | None], count: int) -> list[str | None]:
    """Return ``count`` record numbers that follow each other."""
    begin = int(stage.rng.integers(max(1, len(numbers) - count)))
    return numbers[begin : begin + count]


def _taken(
    stage: Stage, order: EpisodeOrder, account: SiteAccount, used: set[str], record: str | None
) -> Taken:  # fmt: skip
    """Return what one account takes on each date: rows of lists, the one ``record``, or patients of its own."""
    counts = _counts(stage, order, _eligible_dates(order, account))
    if order.planter.list_export:
        taken: Taken = {date: [None] * count for date, count in counts.items()}
    elif record is not None:
        taken = {date: [record] * count for date, count in counts.items()}
    else:
        taken = _patients(stage, order, account, counts, used)
    return {date: patients for date, patients in taken.items() if patients}


def _account_events(
    stage: Stage, order: EpisodeOrder, account: SiteAccount, used: set[str], record: str | None
) -> pl.DataFrame | None:
    """Return the events of one account's part of the episode; None where it finds nobody to open."""
    taken = _taken(stage, order, account, used, record)
    if not taken:
        return None
    times = order.planter.schedule(stage, account, {date: len(patients) for date, patients in taken.items()})
    planned = pl.DataFrame(
        [(date, rank, patient) for date, patients in taken.items() for rank, patient in enumerate(patients)],
        schema={"business_date": pl.Date, "rank": pl.UInt32, "patient_id": pl.String},
        orient="row",
    )
    timed = (
        times.to_frame()
        .with_columns(business_date=pl.col("local_time").dt.date())
        .with_columns(rank=pl.int_range(pl.len(), dtype=pl.UInt32).over("business_date"))
    )
    accesses = planned.join(timed, on=["business_date", "rank"]).sort("local_time", "rank")
    if accesses.is_empty():
        return None
    rows = [_rows(stage, order, account, accesses, row) for row in order.planter.template]
    written = [frame for frame in rows if frame is not None]
    if not written:
        return None
    session = f"{account.user_id}-{order.label}"
    return completed_rows(stage, account, pl.concat(written), location=order.planter.location, session=session)


def _rows(
    stage: Stage, order: EpisodeOrder, account: SiteAccount, accesses: pl.DataFrame, row: TemplateRow
) -> pl.DataFrame | None:
    """Return one row of the template for each access that has it; None where the site's systems write no such row."""
    written = stage.site.sources.filter(pl.col("action") == row.action)
    if written.is_empty():
        return None
    in_use = set(written["category"].drop_nulls().to_list())
    pages = _own_pages(stage, account, row.action) if order.planter.own_pages else in_use - account.allowed_categories
    categories = [name for name in row.categories if name in pages]
    if not categories and in_use:
        return None
    size = accesses.height
    is_written = stage.rng.random(size) < row.chance
    late = row.after_seconds * stage.rng.uniform(0.6, 1.6, size)
    records = (
        np.exp(stage.rng.normal(math.log(order.level.per_day), EXPORT_SPREAD, size)).round()
        if row.is_list
        else np.ones(size)
    )
    return (
        accesses.select(
            pl.col("local_time") + pl.Series("late", (late * 1e6).astype(np.int64)).cast(pl.Duration("us")),
            patient_id=pl.lit(None, dtype=pl.String) if row.is_list else pl.col("patient_id"),
            action=pl.lit(row.action),
            category=_drawn(stage, categories, size),
            query_by=_drawn(stage, row.query_by, size),
            reason=_drawn(stage, row.reasons, size),
            record_count=pl.Series("record_count", records.astype(np.int64)),
        )
        .filter(pl.Series(is_written))
        .with_columns(pl.col("local_time").dt.truncate("1s"))
    )


def _own_pages(stage: Stage, account: SiteAccount, action: str) -> set[str]:
    """Return the categories in which an account does such a thing, of those that it was approved for."""
    rows = stage.site.rows_of(account.user_id)
    pages = set(rows.filter(pl.col("action") == action)["category"].drop_nulls().to_list())
    return pages & account.allowed_categories if account.allowed_categories else pages


def _drawn(stage: Stage, words: Sequence[str], size: int) -> pl.Series:
    """Draw one of the words for each row; an empty word, or no words, is null."""
    if not words:
        return pl.Series([None] * size, dtype=pl.String)
    drawn = [words[position] or None for position in stage.rng.integers(len(words), size=size).tolist()]
    return pl.Series(drawn, dtype=pl.String)
