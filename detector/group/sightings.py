"""What only several hospitals together show, as of one date: three questions to the sums that left them.

*Accounts* of one person: evidence is a sum of log likelihood ratios, so what an account does in one hospital and what
it does in another adds up like two days of one hospital do. The sums of a date are added, bounded as those of one
account are, run through the same sequential statistic and set against thresholds of the same calibration, with the
group's budget. What any single hospital could have seen is no business of the group: at least two must have evidence.

*Addresses* outside every hospital's networks, from which accounts of several hospitals worked without approval.

*Records*: one person's, looked up without a ground in several hospitals within weeks, and more often than the rates of
these hospitals make by chance.

Each is a function of rows up to the date, whatever came later, so that nights that are caught up give what nightly runs
gave.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.detection import thresholds
from detector.detection.accumulation import WINDOW_DAYS, accumulate
from detector.detection.streams import COMPONENTS, FORGETTING
from detector.findings.risk import POLICY_RISK
from detector.findings.standing import FRESH_NATS, STANDS, relative_evidence
from detector.group.leaving import HospitalState
from detector.model.findings import QUIET_DAYS

LEAST_HOSPITALS: Final = 2
RECORD_HOSPITALS: Final = 3
"""Patients are treated in two hospitals now and then, and asked for in both; in three at once hardly."""
CHANCE: Final = 0.05
"""Records that the hospitals' own rates may bring together by chance, at most."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the group sees of one token at the end of a date.

    ``shares`` are what each hospital brings: nats of the leading stream (accounts), accounts (addresses, records).
    ``streams`` are those of accounts, in units of the group's threshold, ``limits`` the thresholds in nats. ``is_new``:
    the date itself brought some of it.
    """

    kind: str
    token: str
    date: dt.date
    since: dt.date
    risk: float
    shares: Mapping[str, float]
    is_new: bool
    streams: Mapping[str, float]
    limits: Mapping[str, float]


def account_sightings(
    days: Mapping[str, pl.DataFrame],
    states: Mapping[str, HospitalState],
    date: dt.date,
    budget: float,
    resets: Mapping[str, dt.date],
) -> list[Sighting]:
    """Return the accounts whose evidence in several hospitals together passes the group's threshold.

    ``days``: hospital → rows of ``account_days``; ``resets``: token → the date up to which its evidence belongs to a
    finding of the group that has ended.
    """
    seen = within(days, date, WINDOW_DAYS)
    if seen.is_empty():
        return []
    places = seen.group_by("user_id").agg(pl.col("hospital").n_unique())
    shared = places.filter(pl.col("hospital") >= LEAST_HOSPITALS)["user_id"]
    seen = seen.filter(pl.col("user_id").is_in(shared.implode()))
    ended = {token: reset for token, reset in resets.items() if reset < date}
    pooled = seen.group_by("business_date", "user_id").agg(pl.col(COMPONENTS).sum()).sort("business_date", "user_id")
    cumulative = accumulate(pooled, date, ended)
    taking_part = [states[name] for name in sorted(days)]
    limits = thresholds.calibrated(
        cumulative,
        [True] * len(cumulative.users),
        budget,
        min((date - state.first).days for state in taking_part),
        encounters_known=all(state.encounters_known for state in taking_part),
    )
    relative = relative_evidence(cumulative, limits)
    totals = thresholds.combined(relative)
    found = []
    for place, token in enumerate(cumulative.users):
        if totals[place] < 1:
            continue
        streams = {name: float(values[place]) for name, values in relative.items() if values[place] > 0}
        leading = max(streams, key=streams.__getitem__)
        own = seen.filter(pl.col("user_id") == token)
        shares = {
            str(hospital): float(accumulate(rows, date, ended).values[leading][0])
            for (hospital,), rows in own.group_by("hospital", maintain_order=True)
        }
        shares = {name: round(nats, 4) for name, nats in sorted(shares.items()) if nats >= FRESH_NATS}
        if len(shares) < LEAST_HOSPITALS:
            continue
        since = int(cumulative.since[leading][place])
        found.append(
            Sighting(
                kind="account",
                token=token,
                date=date,
                since=dt.date.fromordinal(since) if since else date,
                risk=round(thresholds.risk(float(totals[place])), 1),
                shares=shares,
                is_new=_gained(pooled.filter(pl.col("user_id") == token), date, ended, streams),
                streams=streams,
                limits=limits,
            )
        )
    return found


def address_sightings(days: Mapping[str, pl.DataFrame], date: dt.date) -> list[Sighting]:
    """Return the addresses outside from which accounts of several hospitals worked."""
    seen = within(days, date, QUIET_DAYS)
    return list(_together("address", seen, date, LEAST_HOSPITALS, POLICY_RISK["high"]))


def record_sightings(
    days: Mapping[str, pl.DataFrame], states: Mapping[str, HospitalState], date: dt.date
) -> list[Sighting]:
    """Return the records that were looked up without a ground in several hospitals, beyond chance."""
    seen = within(days, date, QUIET_DAYS)
    if seen.is_empty():
        return []
    looked_up = dict(seen.group_by("hospital").agg(pl.col("user_id").n_unique()).iter_rows())
    return [
        sighting
        for sighting in _together("record", seen, date, RECORD_HOSPITALS, POLICY_RISK["medium"])
        if by_chance(looked_up, states, sighting.shares) <= CHANCE
    ]


def by_chance(
    looked_up: Mapping[str, int], states: Mapping[str, HospitalState], hospitals: Mapping[str, float]
) -> float:
    """Return how many records these hospitals' rates would bring together if each looked up its own at random.

    ``looked_up``: hospital → records looked up in the window. At most as many patients can be known to all of them as
    the smallest knows.
    """
    known = {name: max(1, states[name].known_records) for name in hospitals}
    rates = (min(1.0, looked_up.get(name, 0) / known[name]) for name in hospitals)
    return min(known.values()) * math.prod(rates)


def within(days: Mapping[str, pl.DataFrame], date: dt.date, window: int) -> pl.DataFrame:
    """Return the rows of all hospitals of a window that ends with a date, the token as ``user_id``, with ``hospital``.

    In an empty group there are none, but the columns.
    """
    since = date - dt.timedelta(days=window)
    parts = [
        rows.filter((pl.col("business_date") <= date) & (pl.col("business_date") > since))
        .rename({"token": "user_id"})
        .with_columns(hospital=pl.lit(name, dtype=pl.String))
        for name, rows in sorted(days.items())
    ]
    empty = pl.DataFrame(schema={"user_id": pl.String, "business_date": pl.Date, "hospital": pl.String})
    return pl.concat(parts) if parts else empty


def _together(kind: str, seen: pl.DataFrame, date: dt.date, least: int, risk: float) -> Iterator[Sighting]:
    """Yield the tokens that so many hospitals have rows of."""
    places = seen.group_by("user_id").agg(pl.col("hospital").n_unique()).filter(pl.col("hospital") >= least)
    for token in sorted(places["user_id"]):
        own = seen.filter(pl.col("user_id") == token)
        shares = own.group_by("hospital").agg(pl.col("accounts").max()).sort("hospital")
        first = own["business_date"].min()
        yield Sighting(
            kind=kind,
            token=token,
            date=date,
            since=first if isinstance(first, dt.date) else date,
            risk=risk,
            shares={name: float(count) for name, count in shares.iter_rows()},
            is_new=own["business_date"].max() == date,
            streams={},
            limits={},
        )


def _gained(pooled: pl.DataFrame, date: dt.date, ended: Mapping[str, dt.date], streams: Mapping[str, float]) -> bool:
    """Tell whether the date itself added to a stream of an account that stands."""
    if pooled.filter(pl.col("business_date") == date).is_empty():
        return False
    after = accumulate(pooled, date, dict(ended))
    earlier = pooled.filter(pl.col("business_date") < date)
    if earlier.is_empty():
        return True
    before = accumulate(earlier, date - dt.timedelta(days=1), dict(ended))
    return any(
        float(after.values[name][0]) - FORGETTING * float(before.values[name][0]) >= FRESH_NATS
        for name, standing in streams.items()
        if standing >= STANDS
    )
