"""Evidence adds up over the days, forgets, is bounded, and begins anew after an episode."""

from __future__ import annotations

import datetime as dt
import math
import random

import numpy as np
import polars as pl
import pytest

from detector.detection.accumulation import MICRO, SETTLED_DAYS, CumulativeEvidence, accumulate, caps
from detector.detection.streams import BY_ID, COMPONENTS, FORGETTING, STREAMS, offset

NIGHT = dt.date(2026, 3, 20)
PLACES = [stream.id for stream in STREAMS]
SIZES = (-3, -0.4, 0, 0.2, 1.7, 6, 30)


def day(ago: int) -> dt.date:
    return NIGHT - dt.timedelta(days=ago)


def frame(rows: list[tuple[dt.date, str, list[int]]]) -> pl.DataFrame:
    types = {"business_date": pl.Date, "user_id": pl.String, "increments": pl.List(pl.Int64)}
    return pl.DataFrame(rows, schema=types, orient="row")


def only(stream: str, *nats: float) -> list[int]:
    """Increments that add to one stream."""
    values = [0] * COMPONENTS
    for number in range(BY_ID[stream].components):
        values[offset(stream) + number] = round(nats[min(number, len(nats) - 1)] * MICRO)
    return values


def standing(
    *rows: tuple[int, list[int]], resets: dict[str, dt.date] | None = None, night: dt.date = NIGHT
) -> CumulativeEvidence:
    """Return the standing of one account with increments some days ago."""
    return accumulate(frame([(day(ago), "u", values) for ago, values in rows]), night, resets or {})


def value(found: CumulativeEvidence, stream: str = "export") -> float:
    return float(found.values[0, PLACES.index(stream)])


def since(found: CumulativeEvidence, stream: str = "export") -> dt.date | None:
    ordinal = int(found.since[0, PLACES.index(stream)])
    return dt.date.fromordinal(ordinal) if ordinal else None


def oracle(
    rows: list[tuple[dt.date, str, list[int]]], night: dt.date, resets: dict[str, dt.date]
) -> dict[str, list[tuple[float, int]]]:
    """The statistic of every account, day by calendar day, in plain Python."""
    result = {}
    for user in sorted({row[1] for row in rows}):
        mine = {date: values for date, who, values in rows if who == user}
        standing, began = [0.0] * COMPONENTS, [0] * COMPONENTS
        date = min(mine)
        while date <= night:
            standing = [one * FORGETTING for one in standing]
            if date in mine and not (user in resets and date <= resets[user]):
                place = 0
                for stream in STREAMS:
                    cap = stream.fresh_cap if (night - date).days < SETTLED_DAYS else stream.daily_cap
                    for component in range(place, place + stream.components):
                        before = standing[component]
                        standing[component] = max(0.0, before + min(mine[date][component] / MICRO, cap))
                        if standing[component] <= 0:
                            began[component] = 0
                        elif before <= 0:
                            began[component] = date.toordinal()
                    place += stream.components
            date += dt.timedelta(days=1)
        place, streams = 0, []
        for stream in STREAMS:
            part = standing[place : place + stream.components]
            mean = sum(math.exp(one) for one in part) / len(part)
            streams.append((math.log(mean), began[place + part.index(max(part))]))
            place += stream.components
        result[user] = streams
    return result


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_a_slow_count_gives(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        (day(ago), f"u{user}", [round(chance.choice(SIZES) * MICRO * chance.random()) for _ in range(COMPONENTS)])
        for user in range(5)
        for ago in range(60)
        if chance.random() < 0.4
    ]
    resets = {"u1": day(20), "u2": day(0), "nobody": day(3)}
    shuffled = chance.sample(rows, len(rows))
    found = accumulate(frame(shuffled), NIGHT, resets)
    expected = oracle(rows, NIGHT, resets)
    assert found.users == sorted(expected)
    for place, user in enumerate(found.users):
        for number, (nats, began) in enumerate(expected[user]):
            assert found.values[place, number] == pytest.approx(nats, abs=2e-5), (user, number)
            if nats > 0.01:
                assert found.since[place, number] == began, (user, number)


def test_a_drip_adds_up_where_a_day_is_nothing() -> None:
    one, many = standing((5, only("export", 0.5))), standing(*((5 + n, only("export", 0.5)) for n in range(30)))
    assert value(one) < 0.5
    assert value(many) > 10


def test_innocence_bounds_at_nothing_and_cannot_be_saved_up() -> None:
    good = [(10 + n, only("export", -3)) for n in range(20)]
    assert value(standing(*good)) == 0
    assert value(standing(*good, (5, only("export", 4)))) == value(standing((5, only("export", 4))))


def test_it_forgets_half_in_about_46_days() -> None:
    now = value(standing((46, only("export", 8))))
    assert now == pytest.approx(4, abs=0.05)
    later = standing((46, only("export", 8)), night=NIGHT + dt.timedelta(days=46))
    assert value(later) == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.id)
def test_a_day_is_bounded_and_a_fresh_one_more(stream: object) -> None:
    stream = BY_ID[stream.id]
    fresh = value(standing((SETTLED_DAYS - 1, only(stream.id, 1000))), stream.id)
    settled = value(standing((SETTLED_DAYS, only(stream.id, 1000))), stream.id)
    assert fresh == pytest.approx(stream.fresh_cap * FORGETTING ** (SETTLED_DAYS - 1), abs=1e-4)
    assert settled == pytest.approx(stream.daily_cap * FORGETTING**SETTLED_DAYS, abs=1e-4)
    assert caps(0).shape == caps(99).shape == (COMPONENTS,)


def test_an_ended_episode_is_over_and_later_evidence_begins_anew() -> None:
    rows = ((10, only("export", 6)), (5, only("export", 2)))
    whole, after = standing(*rows), standing(*rows, resets={"u": day(10)})
    assert value(after) == value(standing((5, only("export", 2))))
    assert (since(whole), since(after)) == (day(10), day(5))
    assert value(standing(*rows, resets={"u": day(5)})) == 0


def test_since_is_when_what_counts_now_began() -> None:
    found = standing(
        (30, only("export", 2)), (25, only("export", -9)), (20, only("export", 1)), (10, only("export", 1))
    )
    assert since(found) == day(20)
    assert since(standing((20, only("export", -1)))) is None
    assert since(found, "harvest") is None


def test_components_of_a_stream_are_averaged_as_ratios() -> None:
    found = standing((0, only("lookup", 0, 0, 4)))
    assert value(found, "lookup") == pytest.approx(math.log((1 + 1 + math.exp(4)) / 3), abs=1e-5)


def test_streams_do_not_mix() -> None:
    found = standing((0, only("lookup", 4)))
    assert [name for name, nats in zip(PLACES, found.values[0], strict=True) if nats > 0] == ["lookup"]


def test_nobody_has_no_standing() -> None:
    found = accumulate(frame([]).head(0), NIGHT, {})
    assert found.users == []
    assert found.values.shape == (0, len(STREAMS))


def test_enormous_evidence_stays_a_number() -> None:
    found = standing(*((n, only("harvest", 1e6)) for n in range(100)))
    assert np.isfinite(found.values).all()
