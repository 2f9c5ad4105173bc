"""A small hospital is a part of a larger one: the accounts that attack, their units, and nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from detector.deployment.settings import load_settings
from detector.loading.events import load_events
from detector.simulator.plan import SimulationPlan
from detector.simulator.simulation import simulate
from detector.store import open_store
from tests.evaluation.small_sites import cut


def test_a_part_keeps_who_attacks_and_so_many_others(tmp_path: Path) -> None:
    whole, truth = tmp_path / "whole", tmp_path / "whole-truth"
    simulate(whole, SimulationPlan(seed=3, days=5, staff=50, attacks=1), truth)
    before = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
    site, known = cut(whole, truth, tmp_path / "part", 15)
    assert cut(whole, truth, tmp_path / "part", 15) == (site, known)
    after = json.loads((known / "truth.json").read_text(encoding="utf-8"))
    assert (after["staff"], after["attacks"]) == (15, before["attacks"])
    settings = load_settings(site)
    with open_store(settings) as store:
        load_events(store, settings)
        users = store.connection.sql("select distinct user_id from events").pl()["user_id"]
        assert store.connection.sql("select count(*) from quarantine").fetchall() == [(0,)]
    assert len(users) == 15
    assert {user for one in before["attacks"] for user in one["user_ids"]} <= set(users)
    assert set(pl.read_csv(site / "context" / "staff.csv", infer_schema=False)["user_id"]) <= set(users)
    assert not (tmp_path / "part" / "scratch").exists()
