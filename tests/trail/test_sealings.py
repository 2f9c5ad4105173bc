"""From when to when a record is sealed, against what each minute would say."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from detector.trail.sealings import LIFT, SEAL, Sealing, end_of, sealed_spans

ZONE = ZoneInfo("Asia/Shanghai")
START = dt.datetime(2026, 6, 1, tzinfo=ZONE)
HOUR = dt.timedelta(hours=1)
HOURS = 24 * 12


def acting(act: str, hour: int, until: int | None = None, through: int | None = None) -> Sealing:
    days = [None if one is None else (START + dt.timedelta(days=one)).date() for one in (until, through)]
    return Sealing(1, "", "", "liu", "liu", "P1", act, START + hour * HOUR, days[0], "", days[1])


def sealed_hours(acts: list[Sealing]) -> set[int]:
    """Walk through the hours: what was done last says how it stands."""
    found, end = set[int](), dt.datetime.min.replace(tzinfo=dt.UTC)
    forever = dt.datetime.max.replace(tzinfo=dt.UTC)
    for hour in range(HOURS):
        now = START + hour * HOUR
        for act in acts:
            if act.holds_from(ZONE) == now:
                lasts = forever if act.until is None else end_of(act.until, ZONE)
                end = now if act.act == LIFT and end > now else end if act.act == LIFT else max(end, lasts)
        if now < end:
            found.add(hour)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_any_acts_in_the_order_of_time(seed: int) -> None:
    draw = random.Random(seed)
    hours = sorted(draw.sample(range(24 * 8), draw.randint(1, 7)))
    acts = [
        acting(LIFT, hour)
        if draw.random() < 0.35
        else acting(SEAL, hour, draw.choice([None, hour // 24, hour // 24 + draw.randint(0, 3)]))
        for hour in hours
    ]
    spans = sealed_spans([("P1", act) for act in acts], ZONE)
    told = {
        hour
        for hour in range(HOURS)
        if any(span.starts_at <= START + hour * HOUR and span.stands(START + hour * HOUR) for span in spans)
    }
    assert told == sealed_hours(acts)
    assert [span.starts_at for span in spans] == sorted(span.starts_at for span in spans)


def test_dates_that_were_worked_through_stay_as_they_were() -> None:
    (span,) = sealed_spans([("P1", acting(SEAL, 10, through=2))], ZONE)
    assert span.starts_at == dt.datetime(2026, 6, 4, tzinfo=ZONE)
    (span,) = sealed_spans([("P1", acting(SEAL, 10)), ("P1", acting(LIFT, 20, through=0))], ZONE)
    assert span.ends_at == dt.datetime(2026, 6, 2, tzinfo=ZONE), "what its night alerted came under the seal"


def test_two_numbers_of_one_record_are_one_seal() -> None:
    other = Sealing(2, "", "", "wang", "wang", "P7", LIFT, START + 30 * HOUR)
    (span,) = sealed_spans([("P1", acting(SEAL, 10)), ("P1", other)], ZONE)
    assert (span.ends_at, span.lifted_by) == (START + 30 * HOUR, "wang")


def test_a_seal_that_was_lifted_before_it_began_is_none() -> None:
    assert sealed_spans([("P1", acting(SEAL, 10)), ("P1", acting(LIFT, 5))], ZONE) == []
