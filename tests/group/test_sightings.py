"""What only several hospitals together show, against sums that are easy to follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl
import pytest

from detector.detection.streams import COMPONENTS
from detector.group.group_findings import GroupLedger
from detector.group.leaving import ACCOUNT_SCHEMA, DAY_SCHEMA, HospitalState
from detector.group.sightings import (
    Sighting,
    account_sightings,
    address_sightings,
    by_chance,
    record_sightings,
)
from detector.model.findings import QUIET_DAYS

FIRST = dt.date(2026, 1, 1)
NIGHT = dt.date(2026, 6, 20)
LOOKUP = tuple(name for name in COMPONENTS if name.startswith("lookup_"))
STATE = HospitalState(FIRST, NIGHT, encounters_known=True, known_records=10_000, learning_days=14)


def day(date: dt.date, token: str, nats: float) -> dict[str, object]:
    """A date that adds so much to every size of looking people up, and nothing else."""
    return {"token": token, "business_date": date} | {
        name: int(nats * 1e6) if name in LOOKUP else 0 for name in COMPONENTS
    }


def account_days(**hospitals: list[tuple[int, str, float]]) -> dict[str, pl.DataFrame]:
    """Rows by hospital: days before the night, token, nats."""
    return {
        name: pl.DataFrame(
            [day(NIGHT - dt.timedelta(days=ago), token, nats) for ago, token, nats in found], schema=ACCOUNT_SCHEMA
        ).sort("business_date", "token")
        for name, found in hospitals.items()
    }


def seen(days: Mapping[str, pl.DataFrame], resets: Mapping[str, dt.date] | None = None) -> list[Sighting]:
    return account_sightings(days, dict.fromkeys(days, STATE), NIGHT, 2.0, resets or {})


def test_a_little_in_each_of_three_hospitals_adds_up() -> None:
    (found,) = seen(account_days(a=[(6, "broker", 2.5)], b=[(4, "broker", 2.5)], c=[(3, "broker", 2.5)]))
    assert found.token == "broker"
    assert set(found.shares) == {"a", "b", "c"}
    assert found.since == NIGHT - dt.timedelta(days=6)
    assert found.risk > 50
    assert not found.is_new


def test_the_same_in_one_hospital_is_that_hospital_s_business() -> None:
    assert not seen(account_days(a=[(6, "one", 2.5), (4, "one", 2.5), (3, "one", 2.5)], b=[(3, "other", 0.1)]))
    assert not seen(account_days(a=[(ago, "one", 2.5) for ago in (6, 5, 4)], b=[(3, "one", 0.2)]))


def test_below_the_threshold_nothing_is_said() -> None:
    assert not seen(account_days(a=[(6, "two", 2.0)], b=[(4, "two", 2.0)]))
    assert not seen({})
    assert not seen(account_days(a=[], b=[]))


def test_innocent_work_in_both_hospitals_speaks_for_the_person() -> None:
    heavy = [(ago, "nurse", 2.5) for ago in (8, 6)]
    assert seen(account_days(a=heavy, b=heavy))
    quiet = [(ago, "nurse", -1.0) for ago in range(1, 8) if ago != 6]
    assert not seen(account_days(a=[*heavy, *quiet], b=[*heavy, *quiet]))


def test_a_date_is_bounded_as_that_of_one_account_is() -> None:
    assert not seen(account_days(a=[(0, "loud", 30.0)], b=[(0, "loud", 30.0)]))


def test_evidence_of_a_finding_that_ended_counts_no_more() -> None:
    days = account_days(a=[(6, "broker", 4.0)], b=[(4, "broker", 4.0)])
    assert seen(days)
    assert not seen(days, {"broker": NIGHT - dt.timedelta(days=5)})


def test_the_more_hospitals_an_innocent_has_the_less_it_takes_nobody_by_surprise() -> None:
    """Twenty hospitals with the small noise of innocent work: their sum is no evidence."""
    rows = {f"h{number:02d}": [(ago, "rota", -0.05 + 0.4 * (ago % 20 == number)) for ago in range(1, 60)]
            for number in range(20)}  # fmt: skip
    assert not seen(account_days(**rows))


def token_days(**hospitals: list[tuple[int, str]]) -> dict[str, pl.DataFrame]:
    return {
        name: pl.DataFrame(
            [{"token": token, "business_date": NIGHT - dt.timedelta(days=ago), "accounts": 1} for ago, token in found],
            schema=DAY_SCHEMA,
        )
        for name, found in hospitals.items()
    }


def test_an_address_outside_counts_once_two_hospitals_have_it_within_weeks() -> None:
    (found,) = address_sightings(token_days(a=[(9, "N-1"), (2, "N-2")], b=[(0, "N-1")], c=[(3, "N-3")]), NIGHT)
    assert (found.token, dict(found.shares), found.is_new) == ("N-1", {"a": 1.0, "b": 1.0}, True)
    assert not address_sightings(token_days(a=[(QUIET_DAYS, "N-1")], b=[(0, "N-1")]), NIGHT)


def test_a_record_counts_in_three_hospitals_beyond_chance() -> None:
    states = dict.fromkeys("abc", STATE)
    three = token_days(a=[(9, "P-1")], b=[(5, "P-1")], c=[(1, "P-1")])
    (found,) = record_sightings(three, states, NIGHT)
    assert found.token == "P-1"
    assert not record_sightings(token_days(a=[(9, "P-1")], b=[(5, "P-1")], c=[(1, "P-2")]), states, NIGHT)
    busy = {
        name: pl.concat([days, *token_days(x=[(3, f"P-{name}{number}") for number in range(400)]).values()])
        for name, days in three.items()
    }
    assert by_chance(dict.fromkeys("abc", 401), states, {"a": 1, "b": 1, "c": 1}) == pytest.approx(0.6448, abs=1e-4)
    assert not record_sightings(busy, states, NIGHT)


def sighting(date: dt.date, *, is_new: bool = True, risk: float = 60.0) -> Sighting:
    return Sighting("account", "broker", date, date, risk, {"a": 4.0, "b": 4.0}, is_new, {"lookup": 1.2}, {"lookup": 7})


def test_an_episode_goes_on_until_it_is_quiet_and_keeps_its_dates_and_highest_risk() -> None:
    ledger = GroupLedger()
    ledger.take_in(NIGHT, [sighting(NIGHT)])
    later = NIGHT + dt.timedelta(days=QUIET_DAYS)
    ledger.take_in(later, [sighting(later, risk=55.0)])
    ledger.take_in(later + dt.timedelta(days=1), [sighting(later + dt.timedelta(days=1), is_new=False, risk=52.0)])
    (one,) = ledger.findings
    assert (one.detected_on, one.last_seen_on, one.window_start, one.risk) == (NIGHT, later, NIGHT, 60.0)
    again = later + dt.timedelta(days=QUIET_DAYS + 1)
    assert ledger.resets(again) == {"broker": later}
    ledger.take_in(again, [sighting(again)])
    first, second = ledger.findings
    assert (second.previous_finding_id, second.detected_on) == (first.finding_id, again)
    assert first.finding_id != second.finding_id
