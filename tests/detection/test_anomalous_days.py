"""The models: deterministic, trained on the past alone, and a day is judged the same in any company."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector.detection import anomalous_days
from detector.detection.anomalous_days import (
    LEAST_TRAINING_ROWS,
    OWN_LAG_DAYS,
    ROLE_DAYS,
    Groups,
    tail_probabilities,
    thinned,
    unusual_evidence,
)
from detector.detection.features import FEATURES
from detector.detection.likelihood import MICRO
from detector.detection.windows import column

DATE = dt.date(2026, 3, 20)
NAMES = [feature.id for feature in FEATURES]


def account_day(user: str, ago: int, **features: int) -> dict[str, object]:
    unit = "OB" if int(user[1:]) % 2 else "GYN"
    keys = {"business_date": DATE - dt.timedelta(days=ago), "user_id": user, "department": unit, "role": "nurse"}
    return keys | dict.fromkeys(NAMES, 0) | {"patients": 20, "accesses": 40} | features


def frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(NAMES, pl.Int64))


@pytest.fixture(scope="module")
def past() -> list[dict[str, object]]:
    chance = random.Random(4)
    return [
        account_day(
            f"u{user}", ago, contact_only=chance.choice([0, 0, 1, 2]), name_searches=chance.choice([0, 0, 0, 1]),
            read_only_unexplained=chance.choice([0, 1, 2, 3]), unexplained_patients=chance.choice([0, 1, 2, 3, 4]),
        )
        for user in range(14)
        for ago in range(1, 29)
        if chance.random() < 0.8
    ]  # fmt: skip


@pytest.fixture(scope="module")
def today() -> list[dict[str, object]]:
    loud = {"contact_only": 25, "contact_unexplained": 20, "unexplained_patients": 30, "night_unexplained": 12}
    ordinary = [
        account_day(f"u{user}", 0, contact_only=user % 2, unexplained_patients=user % 4) for user in range(1, 9)
    ]
    return [account_day("u0", 0, **loud), *ordinary]


def evidence(rows: list[dict[str, object]]) -> dict[str, int]:
    found = unusual_evidence(frame(rows), DATE)
    assert found["business_date"].unique().to_list() in ([DATE], [])
    return dict(zip(found["user_id"], found["evidence"], strict=True))


def test_the_rare_day_stands_out_and_ordinary_ones_count_for_the_account(past: list, today: list) -> None:
    found = evidence(past + today)
    assert found["u0"] == max(found.values())
    assert found["u0"] > 1.0 * MICRO
    others = [value for user, value in found.items() if user != "u0"]
    assert sum(others) / len(others) < 0.5 * MICRO
    assert min(others) >= round(-0.7 * MICRO)


def test_a_trade_is_not_rare_by_itself() -> None:
    """What few clerks do every day is rare among the days of many nurses, and usual for clerks."""
    chance = np.random.default_rng(3)
    nurses, clerks = chance.poisson(1.0, (900, 6)), chance.poisson(6.0, (90, 6))
    known = np.vstack([nurses, clerks]).astype(np.float64)
    roles = np.array(["nurse"] * 900 + ["clerk"] * 90, dtype=object)
    days = chance.poisson(6.0, (60, 6)).astype(np.float64)
    as_clerk, as_nurse = (
        tail_probabilities(known, days, [Groups(roles, np.array([role] * 60, dtype=object), ROLE_DAYS)])
        for role in ("clerk", "nurse")
    )
    assert np.median(as_nurse) < 0.05  # few of a nurse's days are so
    assert np.median(as_clerk) > 0.25  # half of 90 days lie beyond, 50 of everybody's days draw it down


def test_who_works_in_another_way_is_not_unusual_anew_each_day(past: list, today: list) -> None:
    """Of two with the same loud day one has done so for weeks, of which the last does not count, and one has not."""
    loud = {name: today[0][name] for name in ("contact_only", "contact_unexplained", "night_unexplained")}
    before = [row | loud if row["user_id"] == "u2" else row for row in past]
    week = [row | loud if row["user_id"] == "u4" and recent(row) else row for row in before]
    days = [account_day(user, 0, **loud) for user in ("u2", "u4")]
    found = evidence(week + days)
    assert found["u2"] < 0.1 * MICRO
    assert found["u4"] > 0.4 * MICRO


def test_what_is_unusual_for_somebody_new_is_hardly_known(past: list, today: list) -> None:
    """Of two with the same loud day one has been there for weeks, the other for one, and a third since today."""
    loud = {name: today[0][name] for name in ("contact_only", "contact_unexplained", "night_unexplained")}
    before = [row for row in past if row["user_id"] != "u4" or row["business_date"] >= DATE - dt.timedelta(days=10)]
    found = evidence([*before, *(account_day(user, 0, **loud) for user in ("u2", "u4", "u16"))])
    assert found["u2"] > 2 * found["u4"] > 0
    assert found["u16"] == 0


def recent(row: dict[str, Any]) -> bool:
    return bool(row["business_date"] >= DATE - dt.timedelta(days=OWN_LAG_DAYS))


def test_it_is_deterministic_and_does_not_mind_the_order(past: list, today: list) -> None:
    mixed = past + today
    random.Random(1).shuffle(mixed)
    assert evidence(mixed) == evidence(past + today)


def test_a_feature_that_history_does_not_have_is_left_out(past: list, today: list) -> None:
    new, *_ = (name for name in anomalous_days.DAILY if not any(row[name] for row in past))
    declared = DATE - dt.timedelta(days=20)
    with_new = [
        row | {new: None if row["business_date"] < declared else int(str(row["user_id"])[1:]) % 3} for row in past
    ]
    assert evidence(with_new + [row | {new: 40} for row in today]) == evidence(past + today)


def test_a_day_is_judged_the_same_in_any_company(past: list, today: list) -> None:
    together = evidence(past + today)
    for company in ([0], [3], [0, 3, 5]):
        chosen = [today[place] for place in company]
        assert evidence(past + chosen) == {str(row["user_id"]): together[str(row["user_id"])] for row in chosen}


def test_days_after_the_date_are_not_looked_at(past: list, today: list) -> None:
    later = [account_day(f"u{user}", -1, contact_only=50) for user in range(9)]
    assert evidence(past + today + later) == evidence(past + today)


def test_too_little_history_gives_no_evidence(past: list, today: list) -> None:
    assert evidence(past[: LEAST_TRAINING_ROWS - 1] + today) == {}
    assert evidence(past) == {}
    assert evidence(today) == {}


def test_features_that_never_move_are_no_trouble(today: list) -> None:
    flat = [account_day(f"u{user}", ago) for user in range(10) for ago in range(1, 29)]
    assert len(set(evidence(flat + today).values())) == 1


def test_thinning_keeps_the_same_rows_in_the_same_order(past: list, monkeypatch: pytest.MonkeyPatch) -> None:
    assert thinned(frame(past)).height == len(past)
    monkeypatch.setattr(anomalous_days, "TRAINING_ROWS", 100)
    chosen = thinned(frame(past))
    shuffled = random.Random(2).sample(past, len(past))
    assert chosen.height == 100
    assert thinned(frame(shuffled)).equals(chosen)
    assert chosen.select("business_date", "user_id").is_sorted("business_date")
    assert len(set(chosen["business_date"])) > 20


def test_peer_means_do_not_depend_on_the_order_of_rows_at_any_size() -> None:
    """A hospital of 5,200 accounts and four weeks; means per working day are fractions, whose float sums differ."""
    chance, size = np.random.default_rng(3), 146_000
    columns = [column(name, window) for window in anomalous_days.MODEL_WINDOWS for name in anomalous_days.DAILY]
    history = pl.DataFrame(
        {"department": chance.integers(0, 20, size), "role": chance.integers(0, 6, size)}
        | {name: chance.integers(0, 400, size) / chance.integers(1, 28, size) for name in columns},
    )
    results = [
        anomalous_days.peer_means(frame, columns).sort("department", "role")
        for frame in (history, history.reverse(), history.sample(fraction=1, shuffle=True, seed=5))
    ]
    assert all(result.equals(results[0]) for result in results)
    exact = history.filter(pl.col("department") == 3, pl.col("role") == 2)["contact_only"]
    drawn = (exact.sum() + 30 * history["contact_only"].mean()) / (len(exact) + 30)
    row = results[0].row(by_predicate=(pl.col("department") == 3) & (pl.col("role") == 2), named=True)
    assert row["usual_contact_only"] == pytest.approx(drawn, abs=1e-5)


@pytest.mark.heavy
@pytest.mark.heavy
def test_a_lean_installation_without_numba_judges_the_same() -> None:
    program = (
        "import sys\nimport numpy as np\n"
        "sys.modules.update(dict.fromkeys(sys.argv[1:]))\n"
        "from detector.detection.anomalous_days import Groups, tail_probabilities\n"
        "rows = np.random.default_rng(7).poisson(1.5, (260, 8)).astype(np.float64)\n"
        "roles = np.array(['nurse', 'clerk'] * 130, dtype=object)\n"
        "found = tail_probabilities(rows[:240], rows[240:], [Groups(roles[:240], roles[240:], 50.0)])\n"
        "print(found.tolist(), 'llvmlite' in sys.modules)"
    )
    whole, lean = (
        subprocess.run([sys.executable, "-c", program, *left_out], capture_output=True, text=True, check=True).stdout
        for left_out in ([], ["numba"])
    )
    assert whole.split("] ") == [lean.split("] ")[0], "True\n"]
    assert lean.endswith("False\n")
