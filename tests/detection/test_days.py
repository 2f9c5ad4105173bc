"""Evidence of whole days: exports, models; thresholds, windows, the draw."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import polars as pl
import pytest

from detector.deployment.settings import PRIVATE_NETWORKS, Alerting
from detector.detection import thresholds
from detector.detection.accumulation import CumulativeEvidence
from detector.detection.anomalous_days import DAILY, unusual_evidence
from detector.detection.bulk_exports import tail_probability
from detector.detection.night_tables import judge_addresses
from detector.detection.streams import STREAMS
from detector.detection.windows import windowed
from detector.findings.sampling import drawn_accounts

DAY = dt.date(2026, 7, 1)


def account(user: str, department: str, role: str) -> dict[str, object]:
    return {"user_id": user, "department": department, "role": role, "business_date": DAY}


def export_history(rows: list[tuple[str, str, str, int]]) -> pl.DataFrame:
    data = [
        (DAY - dt.timedelta(days=age), user, department, role, records if age % 3 == 0 else 0)
        for user, department, role, records in rows
        for age in range(1, 40)
    ]
    names = ["business_date", "user_id", "department", "role", "exported_records"]
    return pl.DataFrame(data, schema=names, orient="row")


def test_an_export_is_rare_where_nobody_exports_and_usual_where_all_do() -> None:
    rows = [(f"b{number}", "BILL", "clerk", 300) for number in range(5)]
    rows += [(f"n{number}", "OB", "nurse", 0) for number in range(20)]
    history = export_history(rows)
    nurse = tail_probability(300, account("n0", "OB", "nurse"), history)
    clerk = tail_probability(300, account("b0", "BILL", "clerk"), history)
    assert nurse < 0.01
    assert clerk > 0.2
    assert tail_probability(3000, account("b0", "BILL", "clerk"), history) < clerk / 5


def test_more_is_never_more_likely() -> None:
    history = export_history([(f"b{number}", "BILL", "clerk", 20 * (number + 1)) for number in range(6)])
    sizes = [20, 50, 100, 500, 5000]
    found = [tail_probability(size, account("b1", "BILL", "clerk"), history) for size in sizes]
    assert found == sorted(found, reverse=True)


def model_days(users: int = 12, days: int = 30) -> pl.DataFrame:
    draw = random.Random(4)
    rows = []
    for age in range(days):
        for user in range(users):
            values = {name: draw.choice([0, 0, 0, 1, 2]) for name in DAILY}
            rows.append(
                {"business_date": DAY - dt.timedelta(days=age), "user_id": f"u{user:02}", "department": "OB",
                 "role": "nurse", "account_type": "human", **values}
            )  # fmt: skip
    return pl.DataFrame(rows)


def test_models_judge_a_row_without_regard_to_the_others_of_the_day() -> None:
    days = model_days()
    whole = unusual_evidence(days, DAY)
    alone = unusual_evidence(days.filter((pl.col("business_date") < DAY) | (pl.col("user_id") == "u03")), DAY)
    assert alone["evidence"].to_list() == whole.filter(pl.col("user_id") == "u03")["evidence"].to_list()


def test_an_extreme_day_stands_out_to_the_models_and_an_ordinary_one_does_not() -> None:
    days = model_days().with_columns(
        pl.when((pl.col("business_date") == DAY) & (pl.col("user_id") == "u05"))
        .then(40)
        .otherwise(pl.col(name))
        .alias(name)
        for name in DAILY
    )
    evidence = dict(unusual_evidence(days, DAY).select("user_id", "evidence").iter_rows())
    assert evidence["u05"] == max(evidence.values()) > 0
    assert sorted(evidence.values())[len(evidence) // 2] < evidence["u05"] / 2


def test_windows_are_means_per_working_day() -> None:
    days = pl.DataFrame(
        {
            "business_date": [DAY - dt.timedelta(days=age) for age in (8, 6, 0)],
            "user_id": ["u"] * 3,
            "patients": [9, 2, 4],
        }
    )
    last = windowed(days, ["patients"], (1, 7, 28)).row(-1, named=True)
    assert last["patients"] == 4
    assert last["patients_7d"] == 3  # the day eight days ago is outside
    assert last["patients_28d"] == 5


def test_thresholds_stay_near_their_base_and_follow_the_budget() -> None:
    chance = np.random.default_rng(1)
    values = {stream.id: np.abs(chance.normal(0, 1, 400)) for stream in STREAMS}
    standing = CumulativeEvidence([f"u{n}" for n in range(400)], values, dict.fromkeys(values, np.zeros(400, np.int64)))
    strict = thresholds.calibrated(standing, [True] * 400, 0.5, 90)
    usual = thresholds.calibrated(standing, [True] * 400, 2.0, 90)
    young = thresholds.calibrated(standing, [True] * 400, 2.0, 14)
    for stream in STREAMS:
        low, high = thresholds.RANGE
        assert low * stream.threshold - 1e-3 <= usual[stream.id] <= high * stream.threshold + 1e-3
        assert strict[stream.id] > usual[stream.id]
        assert young[stream.id] > usual[stream.id]


def test_risk_of_the_threshold_is_fifty() -> None:
    assert thresholds.risk(1) == pytest.approx(50)
    assert thresholds.risk(0) == 0
    assert thresholds.risk(9) > 99


def test_the_draw_is_the_same_every_time_and_about_as_large_as_its_share() -> None:
    active = [f"u{n}" for n in range(2000)]
    alerting = Alerting(budget=50.0, random_share=0.5)
    drawn = [drawn_accounts(active, DAY + dt.timedelta(days=n), alerting) for n in range(70)]
    assert drawn[0] == drawn_accounts(active, DAY, alerting)
    # 10 weeks × 2,000 accounts × 25 per 1,000: 500 expected, standard deviation 22
    assert 400 < sum(map(len, drawn)) < 600
    assert not drawn_accounts(active, DAY, Alerting(random_share=0.0))


def test_addresses() -> None:
    given = ["10.1.2.3", "185.1.2.3", "::ffff:10.0.0.1", "2001:db8::1", "not an address", "fd00::1"]
    assert [address for address, external in judge_addresses(given, PRIVATE_NETWORKS) if external] == [
        "185.1.2.3",
        "2001:db8::1",
    ]
