"""Measures the trace on simulated leaks of labelled hospitals, beside plain overlap and the hypergeometric p-value.

    python -m tests.evaluation.leaks --hospital DIR --truth DIR-truth [--hospital … --truth …]
    python -m tests.evaluation.leaks --seeds 11 12 --staff 600 --days 75

A deployment that has no published store yet is copied to `--work` and worked through (minutes). Then leaks are drawn
from its logs, `--lists` of each class and size:

- *outsider*, *insider*: planted harvesters, who opened more records than their work needed, in another department than
  the patients' or in the same one; the list is drawn from what they harvested;
- *ward nurse*, *head nurse*, *front desk*, *technician*: anybody of the same department and role as the truth's
  examples; the list is drawn from what the work of the 30 days before showed them of the obstetric wards' patients.

A fifth of each list (of three patients none) are other patients of these wards. Dates: *one* for the whole list (a
harvest's last day; else a day of the second half of the logs), *each* patient's own (some days after it was opened),
or *none*. With `--own` the truth's own leaks are traced instead.

Prints Markdown: per class and size the share of lists with the right account first, and among the first five; pooled
over those who passed on what their work showed them; and how often the first account is right by its posterior.
Accounts that tie share their places. The baselines know the same accesses: those before the date.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl
from scipy import stats

from detector.deployment.settings import load_settings
from detector.store import open_published
from detector.tracing.exposure import AccessHistory
from detector.tracing.trace import trace_complaints
from tests.evaluation.measure import FULL, Hospital, Variant, run_variant, simulated

SIZES: Final = (3, 5, 8, 12, 20)
DUTY: Final = ("ward-nurse", "head-nurse", "front-desk", "technician")
HARVEST: Final = ("outsider", "insider")
ELSEWHERE: Final = 0.2
DUTY_DAYS: Final = 30
METHODS: Final = ("trace", "hypergeometric", "overlap")
PLACES: Final = ("first", "among five")
BINS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0001)


@dataclass(frozen=True, slots=True)
class Traced:
    """How one leak was traced: by method the chance to stand first and among five; and how the first account stands."""

    leak: Leak
    hits: dict[str, tuple[float, float]]
    posterior: float
    right: bool
    told_apart: bool


def traced(logs: Logs, leak: Leak) -> Traced:
    """Trace one leak by every method."""
    frame = pl.DataFrame(
        {"patient_id": leak.patients, "known_on": leak.known_on}, schema={"patient_id": pl.String, "known_on": pl.Date}
    )
    found = trace_complaints(logs.history, frame)
    scores = {"trace": {row["user_id"]: -float(row["rank"]) for row in found.rows}, **baselines(logs, frame)}
    hits = {
        method: (chance(scores[method], leak.culprits, 1), chance(scores[method], leak.culprits, 5))
        for method in METHODS
    }
    best = found.rows[0]
    alike = set(best["indistinguishable_from"])
    return Traced(leak, hits, best["posterior"], best["user_id"] in leak.culprits, not alike)


def baselines(logs: Logs, frame: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Return by method a score for every account: how many of the list it had opened, and how improbable that is."""
    dated = frame.with_columns(pl.col("known_on").fill_null(logs.last))
    before = logs.opened.filter(pl.col("business_date") <= dated["known_on"].max())
    breadth = before.group_by("user_id").agg(pl.col("patient_id").n_unique())
    overlap = dict(
        before.join(dated, on="patient_id")
        .filter(pl.col("business_date") <= pl.col("known_on"))
        .group_by("user_id")
        .agg(pl.col("patient_id").n_unique())
        .iter_rows()
    )
    population = before["patient_id"].n_unique()
    counts = {user: (overlap.get(user, 0), patients) for user, patients in breadth.iter_rows()}
    return {
        "overlap": {user: float(hits) for user, (hits, _) in counts.items()},
        "hypergeometric": {
            user: -float(stats.hypergeom.logsf(hits - 1, population, patients, dated.height))
            for user, (hits, patients) in counts.items()
        },
    }


def chance(scores: dict[str, float], culprits: Iterable[str], first: int) -> float:
    """Return the chance that the best of the culprits stands among the first, where ties are drawn by lot."""
    own = max((scores[user] for user in culprits if user in scores), default=-math.inf)
    better = sum(score > own for score in scores.values())
    ties = sum(score == own for score in scores.values())
    return 0.0 if not ties else min(1.0, max(0.0, (first - better) / ties))


def markdown(found: Sequence[Traced]) -> str:
    """Return the tables."""
    groups: dict[tuple[str, int], list[Traced]] = defaultdict(list)
    for one in found:
        groups[one.leak.kind, len(one.leak.patients)].append(one)
        if one.leak.kind in DUTY:
            groups["~ all who passed on what work showed", len(one.leak.patients)].append(one)
        else:
            groups["~ all harvesters", len(one.leak.patients)].append(one)
    lines = [
        "| "
        + " | ".join(("who", "complaints", "lists", *(f"{one}: {place}" for one in METHODS for place in PLACES)))
        + " |",
        "| --- |" + " ---: |" * (2 + len(METHODS) * len(PLACES)),
    ]
    for (kind, size), rows in sorted(groups.items()):
        shares = [np.mean([row.hits[method][place] for row in rows]) for method in METHODS for place in (0, 1)]
        cells = [kind.removeprefix("~ "), str(size), str(len(rows)), *(f"{share:.2f}" for share in shares)]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| posterior of the first account | lists | right |", "| --- | ---: | ---: |"]
    for low, high in itertools.pairwise(BINS):
        rows = [one for one in found if low <= one.posterior < high]
        if rows:
            lines.append(f"| {low:.1f}–{min(high, 1):.1f} | {len(rows)} | {np.mean([one.right for one in rows]):.2f} |")
    apart = [one.right for one in found if one.told_apart]
    if apart:
        lines.append(f"| told apart from all others | {len(apart)} | {np.mean(apart):.2f} |")
    return "\n".join(lines)


def measured(hospital: Path, truth: Path, options: argparse.Namespace) -> list[Traced]:
    """Trace the leaks of one judged hospital."""
    with open_published(load_settings(hospital)) as published:
        logs = Logs(published.connection, truth)
        leaks = (
            own_leaks(logs, options.dates)
            if options.own
            else drawn_leaks(logs, options.lists, options.sizes, options.dates, options.seed)
        )
        return [traced(logs, leak) for leak in sorted(leaks, key=lambda leak: str(leak.known_on[0]))]


def judged(hospital: Hospital, work: Path) -> Path:
    """Return a deployment that the nightly job has worked through: this one, or a copy."""
    if load_settings(hospital.folder).store.path.with_name("published.duckdb").exists():
        return hospital.folder
    return run_variant(hospital, Variant(FULL), work).parent / "hospital"


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hospital", type=Path, action="append", default=[], metavar="DIR", help="repeatable")
    parser.add_argument("--truth", type=Path, action="append", default=[], metavar="DIR", help="one a hospital")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="hospitals to simulate")
    parser.add_argument("--kind", default="maternity")
    parser.add_argument("--staff", type=int, default=600)
    parser.add_argument("--days", type=int, default=75)
    parser.add_argument("--attacks", type=int, default=8)
    parser.add_argument("--lists", type=int, default=5, help="leaks of each class and size")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--dates", choices=("one", "each", "none"), default="one")
    parser.add_argument("--own", action="store_true", help="the truth's own leaks")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing")
    parser.add_argument("--work", type=Path, help="keeps what was run")
    options = parser.parse_args()
    if len(options.hospital) != len(options.truth):
        parser.error("one --truth for each --hospital")
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        hospitals = [Hospital(one.name, one, truth) for one, truth in zip(options.hospital, options.truth, strict=True)]
        hospitals += [simulated(seed, options, work) for seed in options.seeds]
        found = [one for hospital in hospitals for one in measured(judged(hospital, work), hospital.truth, options)]
    print(markdown(found))  # noqa: T201


if __name__ == "__main__":
    main()
