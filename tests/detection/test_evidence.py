"""Evidence that adds up, against a slow and obvious re-implementation."""

from __future__ import annotations

import datetime as dt
import math
import random

import polars as pl
import pytest

from detector.detection.channels import BY_ID, CHANNELS, COMPONENTS, FORGETTING, offset
from detector.detection.evidence import MICRO, SETTLED_DAYS, accumulate

NIGHT = dt.date(2026, 7, 1)


def days(rows: list[tuple[dt.date, str, list[float]]]) -> pl.DataFrame:
    schema = {"business_date": pl.Date, "user_id": pl.String, "increments": pl.List(pl.Int64)}
    data = [(date, user, [round(value * MICRO) for value in values]) for date, user, values in rows]
    return pl.DataFrame(data, schema=schema, orient="row").sort("business_date", "user_id")


def harvest(*values: float) -> list[float]:
    """Increments with the harvest channel's components set and all others nothing."""
    result = [0.0] * COMPONENTS
    start = offset("harvest")
    result[start : start + len(values)] = values
    return result


def slowly(rows: list[tuple[dt.date, str, list[float]]], user: str, reset: dt.date | None = None) -> list[float]:
    """One account's channel values, computed day by day with plain numbers."""
    state, last = [0.0] * COMPONENTS, None
    for date, name, values in sorted(rows, key=lambda row: row[0]):
        if name != user or (reset is not None and date <= reset):
            continue
        place = 0
        for channel in CHANNELS:
            cap = channel.fresh_cap if (NIGHT - date).days < SETTLED_DAYS else channel.daily_cap
            for component in range(place, place + channel.components):
                faded = state[component] * (FORGETTING ** (date - last).days if last else 1)
                state[component] = max(0.0, faded + min(round(values[component] * MICRO) / MICRO, cap))
            place += channel.components
        last = date
    fade = FORGETTING ** (NIGHT - last).days if last else 1
    result, place = [], 0
    for channel in CHANNELS:
        part = [value * fade for value in state[place : place + channel.components]]
        result.append(math.log(sum(map(math.exp, part)) / len(part)))
        place += channel.components
    return result


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_the_obvious_way(seed: int) -> None:
    draw = random.Random(seed)
    rows = [
        (NIGHT - dt.timedelta(days=age), f"u{user}", [draw.uniform(-2, 3) for _ in range(COMPONENTS)])
        for user in range(5)
        for age in range(40)
        if draw.random() < 0.7
    ]
    standing = accumulate(days(rows), NIGHT, {"u1": NIGHT - dt.timedelta(days=10)})
    for place, user in enumerate(standing.users):
        reset = NIGHT - dt.timedelta(days=10) if user == "u1" else None
        assert standing.values[place].tolist() == pytest.approx(slowly(rows, user, reset), abs=1e-4)


def test_order_of_rows_does_not_matter() -> None:
    rows = [(NIGHT - dt.timedelta(days=age), f"u{age % 3}", harvest(0.5, 1.0, 0.2)) for age in range(30)]
    one, other = accumulate(days(rows), NIGHT, {}), accumulate(days(rows[::-1]), NIGHT, {})
    assert one.users == other.users
    assert (one.values == other.values).all()
    assert (one.since == other.since).all()


def test_a_drip_gets_there_as_well_as_a_burst() -> None:
    drip = [(NIGHT - dt.timedelta(days=age), "drip", harvest(0.7, 0.7, 0.7)) for age in range(60)]
    burst = [(NIGHT - dt.timedelta(days=age), "burst", harvest(9, 9, 9)) for age in (4, 5)]
    standing = accumulate(days(drip + burst), NIGHT, {})
    place = [channel.id for channel in CHANNELS].index("harvest")
    values = dict(zip(standing.users, standing.values[:, place].tolist(), strict=True))
    assert min(values.values()) > BY_ID["harvest"].threshold


def test_one_day_is_bounded_and_a_fresh_one_more_tightly() -> None:
    fresh = accumulate(days([(NIGHT, "u", harvest(50, 50, 50))]), NIGHT, {})
    settled = accumulate(days([(NIGHT - dt.timedelta(days=SETTLED_DAYS), "u", harvest(50, 50, 50))]), NIGHT, {})
    place = [channel.id for channel in CHANNELS].index("harvest")
    assert fresh.values[0, place] == pytest.approx(BY_ID["harvest"].fresh_cap)
    assert settled.values[0, place] > fresh.values[0, place]


def test_the_episode_began_where_the_evidence_rose_from_nothing() -> None:
    quiet = [(NIGHT - dt.timedelta(days=age), "u", harvest(-5, -5, -5)) for age in range(10, 20)]
    loud = [(NIGHT - dt.timedelta(days=age), "u", harvest(2, 2, 2)) for age in range(5)]
    standing = accumulate(days(quiet + loud), NIGHT, {})
    place = [channel.id for channel in CHANNELS].index("harvest")
    assert dt.date.fromordinal(int(standing.since[0, place])) == NIGHT - dt.timedelta(days=4)
