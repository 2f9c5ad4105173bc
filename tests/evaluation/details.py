"""The finer figures of an evaluation: each kind of attack by itself, and what a store tells of its nights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from detector.deployment.settings import load_settings
from detector.detection import thresholds
from detector.detection.accumulation import accumulate
from detector.store import open_published
from tests.evaluation.scoring import INTENSITIES, RANKING_BUDGETS, Outcome, mean, median

TOP: Final = 10
"""How many accounts of a night's ranking are compared with the next night's."""


def scenario_heads() -> tuple[str, ...]:
    """Return the heads of `scenario_rows`."""
    within = (f"@{budget}" for budget in RANKING_BUDGETS)
    return ("kind of attack", *INTENSITIES, *within, "delay, days", "exposed", "pattern right")


def scenario_rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Return one row per kind of attack: found of planted by intensity, by ranking alone, delay, exposure, pattern."""
    rows = []
    for name in sorted({one.attack.scenario for one in outcomes}):
        of = [one for one in outcomes if one.attack.scenario == name]
        cells = [name]
        for intensity in INTENSITIES:
            some = [one.caught for one in of if one.attack.intensity == intensity]
            cells.append(f"{sum(some)}/{len(some)}" if some else "")
        cells += [f"{sum(one.within[place] for one in of)}/{len(of)}" for place in range(len(RANKING_BUDGETS))]
        caught = [one for one in of if one.caught]
        cells += [_figure(median(one.delay_days for one in of)), _figure(median(one.exposed for one in of))]
        cells.append(f"{sum(one.pattern_right for one in caught)}/{len(caught)}" if caught else "")
        rows.append(cells)
    return rows


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


NIGHT_HEADS: Final = ("hospital", "accesses explained", "same ten on top the next night", "innocent alerts /1,000/week")


def night_figures(folder: Path) -> tuple[float, float | None]:
    """Return two shares of a deployment's nights, read from its published store.

    The first: of people's patient-days, how many care, an approved task or habit explains. The second, for nights after
    the learning days: how many of the ten accounts with the most evidence are among the ten of the next night as well.
    """
    with open_published(load_settings(folder / "detector.toml")) as published:
        connection = published.connection
        explained = connection.execute(
            "select avg((state = 'explained')::integer) from patient_days where account_type = 'human'"
        ).fetchall()[0][0]
        days = connection.sql("from evidence_days order by business_date, user_id").pl()
        nights = connection.execute(
            "select business_date, thresholds from dates where thresholds is not null order by business_date"
        ).fetchall()
    tops: list[set[str]] = []
    for night, limits in nights[14:]:
        standing = accumulate(days.filter(days["business_date"] <= night), night, {})
        needed = json.loads(limits)
        total = thresholds.combined({name: values / needed[name] for name, values in standing.values.items()})
        order = np.argsort(-total, kind="stable")[:TOP]
        tops.append({standing.users[place] for place in order if total[place] > 0})
    kept = [len(one & other) / len(one) for one, other in pairwise(tops) if one]
    return float(explained), mean(kept)
