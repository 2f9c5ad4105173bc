"""Habits and surprise: who counts as a peer, and what a label's share is drawn towards."""

from __future__ import annotations

import polars as pl
import pytest

from detector.detection.hypotheses import HYPOTHESES
from detector.detection.surprise import FLOOR, expected_shares

SCHEMA = {
    "user_id": pl.String, "department": pl.String, "role": pl.String, "view": pl.String, "label": pl.String,
    "recent": pl.Int64, "past": pl.Int64,
}  # fmt: skip


def habit(*rows: tuple[str, str, int, int]) -> pl.DataFrame:
    """Rows of (account, label, recent, past) in one ward."""
    data = [(user, "OB", "nurse", "relation", label, recent, past) for user, label, recent, past in rows]
    return pl.DataFrame(data, schema=SCHEMA, orient="row")


def share(habits: pl.DataFrame, user: str, label: str, column: str = "share") -> float:
    wanted = pl.DataFrame(
        [(user, "OB", "nurse", label)], schema=["user_id", "department", "role", "label"], orient="row"
    )
    return float(expected_shares(habits, wanted)[column][0])


ORDINARY = [(f"n{number}", "inpatient/unit/write", 200, 200) for number in range(8)]


def test_weights_of_a_hypothesis_are_a_distribution() -> None:
    for hypothesis in HYPOTHESES:
        assert sum(hypothesis.weights.values()) == pytest.approx(1)


def test_an_account_is_not_its_own_peer() -> None:
    without = share(habit(*ORDINARY), "n0", "stranger/none/contact", "peer_share")
    own = share(habit(*ORDINARY, ("n0", "stranger/none/contact", 80, 0)), "n0", "stranger/none/contact", "peer_share")
    assert own == pytest.approx(without, rel=0.2)


def test_two_who_do_the_same_are_not_each_others_excuse() -> None:
    label = "stranger/none/contact"
    pair = habit(*ORDINARY, ("n0", label, 80, 0), ("n1", label, 80, 0))
    three = habit(*ORDINARY, ("n0", label, 80, 0), ("n1", label, 80, 0), ("n2", label, 80, 0))
    assert share(pair, "n0", label, "peer_share") < share(three, "n0", label, "peer_share") / 3


def test_what_all_colleagues_do_is_no_surprise() -> None:
    label = "discharged_14/none/contact"
    all_do = habit(*ORDINARY, *((f"n{number}", label, 20, 20) for number in range(8)))
    assert share(all_do, "n0", label) > 0.05


def test_own_habit_counts_when_it_is_old_and_not_when_it_is_new() -> None:
    label = "visited_30/none/contact"
    old = habit(*ORDINARY, ("n0", label, 0, 60))
    new = habit(*ORDINARY, ("n0", label, 60, 0))
    assert share(old, "n0", label) > 10 * share(new, "n0", label)


def test_nothing_is_rarer_than_the_floor() -> None:
    assert share(habit(*ORDINARY), "n0", "former/none/export") >= FLOOR


def test_a_newcomer_leans_on_the_peers() -> None:
    assert share(habit(*ORDINARY), "nobody", "inpatient/unit/write") > 0.5
