"""Evidence adds up over the days, forgets, is bounded, and begins anew after an episode."""

from __future__ import annotations

import datetime as dt
import math
import random

import numpy as np
import polars as pl
import pytest

from detector.detection.accumulation import MICRO, SETTLED_DAYS, CumulativeEvidence, accumulate, caps
from detector.detection.streams import BY_ID, COMPONENTS, FORGETTING, STREAMS

NIGHT = dt.date(2026, 3, 20)
SIZES = (-3, -0.4, 0, 0.2, 1.7, 6, 30)


def day(ago: int) -> dt.date:
    return NIGHT - dt.timedelta(days=ago)


Increments = dict[str, int]
"""By component, in millionths of a nat; absent ones are nothing."""


def frame(rows: list[tuple[dt.date, str, Increments]]) -> pl.DataFrame:
    types = {"business_date": pl.Date, "user_id": pl.String} | dict.fromkeys(COMPONENTS, pl.Int64)
    values = [(date, user, *(added.get(name) for name in COMPONENTS)) for date, user, added in rows]
    return pl.DataFrame(values, schema=types, orient="row")


def only(stream: str, *nats: float) -> Increments:
    """Increments that add to one stream."""
    return {
        name: round(nats[min(number, len(nats) - 1)] * MICRO) for number, name in enumerate(BY_ID[stream].components)
    }


def standing(
    *rows: tuple[int, Increments], resets: dict[str, dt.date] | None = None, night: dt.date = NIGHT
) -> CumulativeEvidence:
    """Return the standing of one account with increments some days ago."""
    return accumulate(frame([(day(ago), "u", values) for ago, values in rows]), night, resets or {})


def value(found: CumulativeEvidence, stream: str = "export") -> float:
    return float(found.values[stream][0])


def since(found: CumulativeEvidence, stream: str = "export") -> dt.date | None:
    ordinal = int(found.since[stream][0])
    return dt.date.fromordinal(ordinal) if ordinal else None


def oracle(
    rows: list[tuple[dt.date, str, Increments]], night: dt.date, resets: dict[str, dt.date]
) -> dict[str, dict[str, tuple[float, int]]]:
    """The statistic of every account, day by calendar day, in plain Python."""
    result = {}
    for user in sorted({row[1] for row in rows}):
        mine = {date: values for date, who, values in rows if who == user}
        standing, began = dict.fromkeys(COMPONENTS, 0.0), dict.fromkeys(COMPONENTS, 0)
        date = min(mine)
        while date <= night:
            standing = {name: one * FORGETTING for name, one in standing.items()}
            if date in mine and not (user in resets and date <= resets[user]):
                for stream in STREAMS:
                    cap = stream.fresh_cap if (night - date).days < SETTLED_DAYS else stream.daily_cap
                    for component in stream.components:
                        before = standing[component]
                        standing[component] = max(0.0, before + min(mine[date][component] / MICRO, cap))
                        if standing[component] <= 0:
                            began[component] = 0
                        elif before <= 0:
                            began[component] = date.toordinal()
            date += dt.timedelta(days=1)
        result[user] = {}
        for stream in STREAMS:
            mean = sum(math.exp(standing[name]) for name in stream.components) / len(stream.components)
            result[user][stream.id] = (math.log(mean), began[max(stream.components, key=standing.__getitem__)])
    return result


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_a_slow_count_gives(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        (day(ago), f"u{user}", {name: round(chance.choice(SIZES) * MICRO * chance.random()) for name in COMPONENTS})
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
        for stream, (nats, began) in expected[user].items():
            assert found.values[stream][place] == pytest.approx(nats, abs=2e-5), (user, stream)
            if nats > 0.01:
                assert found.since[stream][place] == began, (user, stream)


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
    assert caps(0).shape == caps(99).shape == (len(COMPONENTS),)


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
    assert [name for name, nats in found.values.items() if nats[0] > 0] == ["lookup"]


def test_nobody_has_no_standing() -> None:
    found = accumulate(frame([]).head(0), NIGHT, {})
    assert found.users == []
    assert {name: len(values) for name, values in found.values.items()} == dict.fromkeys(BY_ID, 0)


def test_enormous_evidence_stays_a_number() -> None:
    found = standing(*((n, only("harvest", 1e6)) for n in range(100)))
    assert all(np.isfinite(values).all() for values in found.values.values())


def test_evidence_is_found_by_name_alone() -> None:
    """Columns may stand in any order; those that nobody declares are left out, those that are absent are nothing."""
    rows = frame([(day(3), "u", {name: (number + 1) * MICRO for number, name in enumerate(COMPONENTS)})])
    keys = ["business_date", "user_id"]
    turned = rows.select(*reversed(COMPONENTS), *keys).with_columns(former_any_2=pl.lit(9 * MICRO))
    whole = accumulate(rows, NIGHT, {})
    assert {name: values.tolist() for name, values in accumulate(turned, NIGHT, {}).values.items()} == {
        name: values.tolist() for name, values in whole.values.items()
    }
    young = accumulate(turned.drop("unusual", *BY_ID["lookup"].components), NIGHT, {})
    assert {name for name, values in young.values.items() if values[0] == 0} == {"lookup", "unusual"}
