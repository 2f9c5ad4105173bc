"""Contact pages by their number: duty that changes hands on a ward, the daily work of a desk, and who takes more."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable

import polars as pl
import pytest

from detector.detection import contact_counts
from detector.detection.accumulation import accumulate
from detector.detection.contact_counts import COUNTS, EDGES, MIDDLES, score, shared_out, transitions
from detector.detection.likelihood import MICRO
from detector.detection.streams import BY_ID, COMPONENTS, COUNTED_COMPONENTS, STEADY_COMPONENTS, STEADY_SIZES

FIRST = dt.date(2026, 3, 2)
LENGTH = 68
NURSES = 8
YOUNG = FIRST + dt.timedelta(days=32)
SINCE = 38
"""The day from which on evidence is added up: habits are older than four weeks."""
Work = Callable[[int, int], int]
"""Nurse and day → contact pages of that day."""


def desk(nurse: int, day: int) -> int:
    """One nurse a day works the desk, by turns; now and then somebody else looks a number up."""
    chance = random.Random(1000 * nurse + day)
    on_desk = day % NURSES == nurse
    return chance.randint(8, 14) if on_desk else chance.choice([0, 0, 0, 0, 0, 0, 1, 2])


def account_days(rows: list[tuple[dt.date, str, str, str, int]], counted: str) -> pl.DataFrame:
    """Days of accounts of which one count is given, and the other is none."""
    schema = {"business_date": pl.Date, "user_id": pl.String, "department": pl.String, "role": pl.String}
    days = pl.DataFrame(rows, schema=schema | {counted: pl.Int64}, orient="row")
    return days.with_columns(
        pl.lit(0, dtype=pl.Int64).alias(one.feature.id) for one in COUNTS if one.feature.id != counted
    )


def ward(extra: Work = lambda nurse, day: 0, nurses: int = NURSES) -> pl.DataFrame:
    rows = [
        (FIRST + dt.timedelta(days=day), f"n{nurse}", "OB", "nurse", desk(nurse, day) + extra(nurse, day))
        for day in range(LENGTH)
        for nurse in range(nurses)
        if (day + nurse) % 7 < 5
    ]
    return account_days(rows, "contact_in_care")


def registration(extra: Work = lambda clerk, day: 0, clerks: int = 5) -> pl.DataFrame:
    """A registration desk: clerks open some contact pages of strangers on every shift, now and then twice as many."""
    chance = random.Random(7)
    rows = [
        (
            FIRST + dt.timedelta(days=day),
            f"c{clerk}",
            "REG",
            "clerk",
            chance.choice([3, 4, 5, 6, 7, 12]) + extra(clerk, day),
        )
        for day in range(LENGTH)
        for clerk in range(clerks)
        if (day + clerk) % 7 < 5
    ]
    return account_days(rows, "contact_unexplained")


def accesses(days: pl.DataFrame, date: dt.date, approved: str | None = None) -> pl.DataFrame:
    """One contact page of a patient on the ward, or of a stranger, per count, and one record of each read."""
    today = days.filter(pl.col("business_date") == date)
    pages = pl.concat(
        today.select(
            "business_date",
            "user_id",
            page=pl.int_ranges(pl.col(name) + 1),
            relation=pl.lit(relation),
            without_care=pl.lit(relation == "stranger"),
        ).explode("page")
        for name, relation in {"contact_in_care": "inpatient", "contact_unexplained": "stranger"}.items()
    )
    return pages.select(
        "business_date",
        "user_id",
        "relation",
        "without_care",
        patient_id=pl.format("{}{}", pl.col("relation").str.head(1), "page"),
        access_type=pl.when(pl.col("page") == 0).then(pl.lit("read")).otherwise(pl.lit("contact")),
        approved_patterns=pl.lit(approved, dtype=pl.String),
    )


def evidence(days: pl.DataFrame, since: int = SINCE, stream: str = "steady") -> dict[str, list[float]]:
    """What stands against each account in a stream at the end of each date from ``since`` on."""
    rows, standing = [], {user: [] for user in days["user_id"].unique().sort()}
    for number in range(since, (days["business_date"].max() - FIRST).days + 1):
        date = FIRST + dt.timedelta(days=number)
        before = days.filter(pl.col("business_date") <= date)
        rows.append(score(accesses(days, date), before, date, FIRST).drop(one.feature.id for one in COUNTS))
        found = accumulate(
            pl.concat(rows).with_columns(
                pl.lit(0).alias(name) for name in COMPONENTS if name not in COUNTED_COMPONENTS
            ),
            date,
            {},
        )
        for user, nats in zip(found.users, found.values[stream].tolist(), strict=True):
            standing[user].append(nats)
    return standing


def first_over(standing: Iterable[float]) -> int | None:
    return next((place for place, nats in enumerate(standing) if nats >= BY_ID["steady"].threshold), None)


@pytest.mark.parametrize("size", [4, pytest.param(8, marks=pytest.mark.heavy)])
def test_who_takes_a_few_on_every_shift_is_seen_within_weeks(size: int) -> None:
    """From the 40th day on, in four weeks (20 shifts); the colleagues stay below, each with the desk by turns."""
    standing = evidence(ward(lambda nurse, day: size if nurse == 3 and day >= 40 else 0))
    found = first_over(standing.pop("n3"))
    assert found is not None
    assert 40 - SINCE < found <= 40 - SINCE + 21
    assert all(first_over(nats) is None for nats in standing.values())


def test_the_desk_by_turns_is_nobody_s_evidence() -> None:
    assert all(max(nats) < BY_ID["steady"].threshold / 2 for nats in evidence(ward()).values())


def test_a_week_of_duty_stays_below() -> None:
    """Five shifts in a row at the desk, and none before: as much as a day may add, five times."""
    standing = evidence(ward(lambda nurse, day: 10 if nurse == 3 and 50 <= day < 57 else 0))
    assert all(first_over(nats) is None for nats in standing.values())


@pytest.mark.heavy
def test_where_all_do_it_nobody_stands_out() -> None:
    """A registration desk: contact pages are the work."""
    standing = evidence(ward(lambda nurse, day: 40))
    assert all(first_over(nats) is None for nats in standing.values())


def test_a_duty_of_long_standing_is_a_habit() -> None:
    standing = evidence(ward(lambda nurse, day: 4 if nurse == 3 else 0))
    assert first_over(standing["n3"]) is None


def test_a_duty_known_from_ten_days_alone_waits() -> None:
    standing = evidence(
        ward(lambda nurse, day: 4 if nurse == 3 else 0).filter(pl.col("business_date") < YOUNG), since=10
    )
    assert first_over(standing["n3"]) is None


def night(extra: int, approved: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The last date on which nurse 3 works and has no duty at the desk, with so many pages more."""
    days = ward(lambda nurse, day: extra if nurse == 3 and day >= 60 else 0)
    date = days.filter((pl.col("user_id") == "n3") & (pl.col("contact_in_care") == extra))["business_date"].max()
    assert isinstance(date, dt.date)
    opened = accesses(days, date, approved)
    return opened, score(opened, days, date, FIRST)


def test_an_approval_lowers_what_a_day_adds() -> None:
    plain, lowered = (
        night(4, approved)[1].filter(pl.col("user_id") == "n3") for approved in (None, "contact-harvesting")
    )
    assert 0 < lowered["steady_4"][0] < plain["steady_4"][0] / 4


def test_the_pages_share_what_their_day_adds_and_what_is_read_has_none() -> None:
    opened, days = night(4)
    shared = shared_out(opened, days).filter(pl.col("user_id") == "n3")
    whole = days.filter(pl.col("user_id") == "n3")["steady_4"][0]
    assert whole > 0
    assert shared.filter(pl.col("access_type") == "read")["steady_4"].to_list() == [0, 0]
    pages = shared.filter(pl.col("access_type") == "contact")["steady_4"]
    assert pages.n_unique() == 1
    assert whole - len(pages) <= pages.sum() <= whole


def test_a_day_that_adds_nothing_leaves_no_trace() -> None:
    opened, days = night(0)
    quiet = days.filter(pl.max_horizontal(STEADY_COMPONENTS) < contact_counts.KEEP_NATS * MICRO)["user_id"]
    kept = shared_out(opened, days).filter(pl.col("user_id").is_in(quiet.implode()))
    assert quiet.len() > 0
    assert kept.select(pl.sum_horizontal(STEADY_COMPONENTS).sum()).item() == 0


def test_dates_from_before_the_count_was_kept_are_left_out() -> None:
    days = ward()
    early = days.with_columns(
        pl.when(pl.col("business_date") >= FIRST + dt.timedelta(days=30)).then(one.feature.id).alias(one.feature.id)
        for one in COUNTS
    )
    date = FIRST + dt.timedelta(days=LENGTH - 1)
    opened = accesses(days, date)
    late = days.filter(pl.col("business_date") >= FIRST + dt.timedelta(days=30))
    assert score(opened, early, date, FIRST).equals(score(opened, late, date, FIRST))


@pytest.mark.parametrize("size", STEADY_SIZES)
def test_a_day_with_something_added_is_of_its_own_class_or_a_higher_one(size: int) -> None:
    chances = transitions(size)
    assert chances.shape == (len(EDGES), len(EDGES)) == (len(MIDDLES), len(MIDDLES))
    assert chances.sum(axis=1) == pytest.approx([1] * len(EDGES))
    assert all(chances[row, column] == 0 for row in range(len(EDGES)) for column in range(row))


@pytest.mark.parametrize("size", [8, pytest.param(16, marks=pytest.mark.heavy)])
def test_who_copies_at_the_desk_is_seen_within_weeks(size: int) -> None:
    """Twice the work or more, from the 40th day on; in three weeks (15 shifts)."""
    standing = evidence(registration(lambda clerk, day: size if clerk == 2 and day >= 40 else 0), stream="rising")
    found = first_over(standing.pop("c2"))
    assert found is not None
    assert 40 - SINCE < found <= 40 - SINCE + 21
    assert all(max(nats) < BY_ID["rising"].threshold / 2 for nats in standing.values())


def test_the_desk_s_own_work_is_nobody_s_evidence() -> None:
    standing = evidence(registration(), stream="rising")
    assert all(max(nats) < BY_ID["rising"].threshold / 2 for nats in standing.values())


def test_a_rush_that_the_desk_shares_is_nobody_s_evidence() -> None:
    """A campaign of two weeks that three of five work at: what the peers do in these days is usual."""
    rush = registration(lambda clerk, day: 8 if clerk < 3 and 45 <= day < 59 else 0)
    assert all(first_over(nats) is None for nats in evidence(rush, stream="rising").values())


def test_a_rise_has_a_before() -> None:
    """Somebody who comes with more work than the others have has no habit to rise above."""
    desk = registration(lambda clerk, day: 12 if clerk == 2 else 0)
    joined = desk.filter((pl.col("user_id") != "c2") | (pl.col("business_date") >= FIRST + dt.timedelta(days=40)))
    assert max(evidence(joined, stream="rising")["c2"]) == 0
