"""Intervals, the smallest intensity that is caught, and the rows that the report is made of."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.drill.campaign import EpisodeOutcome, History, Result
from detector.drill.order import Episode, EpisodeOrder
from detector.drill.planters import PLANTERS
from detector.drill.power import Share, curves, powers, share_of, smallest_caught
from detector.model.scenarios import INTENSITIES, Family, Intensity

DAY = dt.date(2026, 6, 10)


def episode(
    planter: str = "maternity-slow", intensity: Intensity = "low", patients: int = 4, label: str = "0"
) -> Episode:
    """One patient a day."""
    level = PLANTERS[planter].levels[intensity]
    dates = [DAY + dt.timedelta(days=number) for number in range(patients)]
    events = pl.DataFrame({
        "business_date": dates, "patient_id": [f"p{number}" for number in range(patients)],
        "action": "view", "record_count": 1,
    })  # fmt: skip
    return Episode(EpisodeOrder(PLANTERS[planter], intensity, level, DAY, label), ("u1",), events)


def result(*outcomes: EpisodeOutcome, left_out: Counter[tuple[object, str]] | None = None) -> Result:
    history = History(DAY, DAY, {}, frozenset())
    return Result(history, 100, 1, 1, list(outcomes), left_out or Counter())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caught", "planted", "low", "high"), [(8, 10, 0.490, 0.943), (0, 5, 0.0, 0.434), (5, 5, 0.566, 1.0), (0, 0, 0, 1)]
)
def test_the_interval_is_wilsons(caught: int, planted: int, low: float, high: float) -> None:
    assert Share(caught, planted).interval == pytest.approx((low, high), abs=0.001)


@given(st.integers(0, 50), st.integers(1, 50))
def test_an_interval_holds_its_share_and_narrows(caught: int, more: int) -> None:
    share, tenfold = Share(caught, caught + more), Share(10 * caught, 10 * (caught + more))
    low, high = share.interval
    assert 0 <= low <= share.value <= high <= 1
    assert tenfold.interval[1] - tenfold.interval[0] < high - low


def test_the_smallest_intensity_is_one_from_which_on_all_are_caught() -> None:
    def smallest(low: int, medium: int, high: int) -> Intensity | None:
        return smallest_caught(dict(zip(INTENSITIES, (Share(n, 10) for n in (low, medium, high)), strict=True)))

    assert smallest(9, 9, 10) == "low"
    assert smallest(8, 9, 10) == "medium"
    assert smallest(10, 5, 10) == "high"
    assert smallest(10, 10, 8) is None
    assert smallest_caught({"medium": Share(5, 5)}) == "medium"
    assert smallest_caught({"medium": Share(4, 4)}) is None, "four say nothing about nine in ten"
    assert smallest_caught({"low": Share(5, 5), "high": Share(4, 4)}) is None
    assert smallest_caught({"low": Share(0, 0), "high": Share(9, 10)}) == "high"


def test_delay_and_exposure_count_up_to_the_alert() -> None:
    late = EpisodeOutcome(episode(), DAY + dt.timedelta(days=2), ("maternity-harvesting",))
    missed = EpisodeOutcome(episode())
    assert (late.delay_days, late.exposed, late.named_right) == (2, 3, True)
    assert (missed.delay_days, missed.exposed, missed.caught) == (None, 4, False)
    assert not EpisodeOutcome(episode(), DAY, ("bulk-export", "self-lookup", "maternity-harvesting")).named_right


def test_exports_expose_what_they_returned() -> None:
    one = episode("bulk-export")
    rows = pl.DataFrame({
        "business_date": [DAY, DAY, DAY + dt.timedelta(days=1)], "patient_id": [None, None, None],
        "action": ["search", "export", "export"], "record_count": [500, 400, 30],
    }, schema_overrides={"patient_id": pl.String})  # fmt: skip
    exported = Episode(one.order, one.accounts, rows)
    assert (exported.exposed(DAY), exported.exposed()) == (400, 430)


def test_rows_are_medians_over_episodes_in_the_order_of_the_table() -> None:
    caught = [EpisodeOutcome(episode(label=str(days)), DAY + dt.timedelta(days=days), ("x",)) for days in (0, 1, 3)]
    bulk = [EpisodeOutcome(episode("bulk-export", "high"), DAY, ("bulk-export",))] * 5
    nobody = Counter({(PLANTERS["celebrity"], "low"): 2})
    found = powers(result(*bulk, *caught, EpisodeOutcome(episode()), left_out=nobody))
    assert [(one.planter.id, one.intensity) for one in found] == [
        ("maternity-slow", "low"), ("bulk-export", "high"), ("celebrity", "low"),
    ]  # fmt: skip
    slow, export, none = found
    assert (slow.share, slow.delay_days, slow.exposed, slow.named.caught) == (Share(3, 4), 1, 3, 0)
    assert not slow.smallest
    assert (export.smallest, export.named) == (True, Share(5, 5))
    assert (none.share, none.delay_days, none.exposed, none.smallest) == (Share(0, 0), None, None, False)


def test_curves_pool_a_family() -> None:
    outcomes = [
        EpisodeOutcome(episode(), DAY),
        EpisodeOutcome(episode("low-and-slow")),
        EpisodeOutcome(episode("self-lookup", "high"), DAY),
    ]
    points = curves(outcomes)
    assert points[Family.HARVEST] == {"low": Share(1, 2)}
    assert points[Family.CURIOSITY] == {"high": Share(1, 1)}
    assert points[Family.MISUSE] == {}
    assert share_of(outcomes) == Share(2, 3)
