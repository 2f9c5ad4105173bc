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
class Leak:
    """A list and whom it came from; `known_on` has a date per patient, or None."""

    kind: str
    patients: tuple[str, ...]
    known_on: tuple[dt.date | None, ...]
    culprits: frozenset[str]
    dates: str = "one"


@dataclass(frozen=True, slots=True)
class Traced:
    """How one leak was traced: by method the chance to stand first and among five; and how the first account stands."""

    leak: Leak
    hits: dict[str, tuple[float, float]]
    posterior: float
    right: bool
    told_apart: bool


class Logs:
    """What the logs and the truth of one hospital say, for drawing leaks."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, truth: Path) -> None:
        connection.execute("create temp table judged as from patient_days")  # each trace reads some of them
        connection.execute("create or replace temp view patient_days as from judged")
        self.history = AccessHistory(connection)
        self.truth: dict[str, Any] = json.loads(truth.joinpath("truth.json").read_text(encoding="utf-8"))
        opened = "select distinct user_id, patient_id, business_date from events where patient_id is not null"
        self.opened = connection.sql(f"{opened} and action not in ('login', 'logout', 'other')").pl().sort(pl.all())
        rows = connection.sql("select patient_id, department from encounters where department is not null").pl()
        self.stays = rows.unique().sort(pl.all())
        self.jobs = connection.sql(
            "select user_id, arg_max(department, business_date) as department, arg_max(role, business_date) as role"
            " from patient_days group by user_id order by user_id"
        ).pl()
        self.events = pl.read_csv(truth / "truth-events.csv", infer_schema=False).drop_nulls("patient_id")
        self.first, self.last = self.opened["business_date"].min(), self.opened["business_date"].max()

    def job_of(self, user: str) -> tuple[str, str]:
        """Return an account's department and role."""
        return self.jobs.filter(pl.col("user_id") == user).select("department", "role").row(0)

    def examples(self, kind: str) -> set[str]:
        """Return the culprits of the truth's leaks of a kind."""
        return {user for leak in self.truth["leaks"] if leak["kind"] == kind for user in leak["culprits"]}

    def market(self) -> list[str]:
        """Return the patients of the wards whose nurses the truth's leaks name."""
        wards = {self.job_of(user)[0] for user in self.examples("ward-nurse") | self.examples("head-nurse")}
        return self.stays.filter(pl.col("department").is_in(wards))["patient_id"].unique().sort().to_list()

    def holders(self, kind: str) -> list[str]:
        """Return the accounts with the same department and role as the truth's examples of a kind, attackers aside."""
        jobs = {self.job_of(user) for user in self.examples(kind)}
        attackers = {user for attack in self.truth["attacks"] for user in attack["user_ids"]}
        return [user for user, *job in self.jobs.iter_rows() if tuple(job) in jobs and user not in attackers]


def own_share(size: int) -> int:
    """Return how many patients of a list come from the culprit."""
    return size if size <= 3 else size - max(1, round(size * ELSEWHERE))


def drawn_leaks(logs: Logs, lists: int, sizes: Sequence[int], dates: str, seed: int) -> Iterator[Leak]:
    """Yield leaks of every class and size."""
    rng = np.random.default_rng(seed)
    market = logs.market()
    for kind in DUTY:
        holders = logs.holders(kind)
        for size in sizes:
            for _ in range(lists if holders else 0):
                leak = _by_duty(logs, rng, kind, holders, market, size, dates)
                if leak is not None:
                    yield leak
    harvests = [leak["name"] for leak in logs.truth["leaks"] if leak["kind"] == "harvest"]
    attacks = [one for one in logs.truth["attacks"] if any(f"leak-{one['id']}-" in name for name in harvests)]
    for size in sizes:
        for attack in attacks:
            for _ in range(max(1, math.ceil(2 * lists / len(attacks)))):
                leak = _by_harvest(logs, rng, attack, market, size, dates)
                if leak is not None:
                    yield leak


def _by_duty(
    logs: Logs, rng: np.random.Generator, kind: str, holders: list[str], market: list[str], size: int, dates: str
) -> Leak | None:
    days = (logs.last - logs.first).days + 1
    own = own_share(size)
    for _ in range(20):
        user = holders[int(rng.integers(len(holders)))]
        known_on = logs.first + dt.timedelta(days=int(rng.integers(days // 2, days)))
        seen = logs.opened.filter(
            (pl.col("user_id") == user)
            & pl.col("business_date").is_between(known_on - dt.timedelta(days=DUTY_DAYS), known_on, closed="left")
            & pl.col("patient_id").is_in(market)
        )
        names = seen["patient_id"].unique().sort().to_list()
        if len(names) >= own:
            opened_on = dict(seen.group_by("patient_id").agg(pl.col("business_date").min()).iter_rows())
            return _leak(rng, kind, names, opened_on, market, size, known_on, frozenset([user]), dates)
    return None


def _by_harvest(
    logs: Logs, rng: np.random.Generator, attack: dict[str, Any], market: list[str], size: int, dates: str
) -> Leak | None:
    events = logs.events.filter(pl.col("attack_id") == attack["id"])
    opened_on = {
        patient: dt.date.fromisoformat(at[:10]) for at, patient in events.select("event_time", "patient_id").iter_rows()
    }
    names = sorted(opened_on)
    if len(names) < own_share(size) or len(names) < 8:
        return None
    department = logs.job_of(attack["user_ids"][0])[0]
    own_patients = set(logs.stays.filter(pl.col("department") == department)["patient_id"])
    inside = sum(name in own_patients for name in names) > len(names) / 2
    known_on = dt.date.fromisoformat(attack["end"])
    kind = "insider" if inside else "outsider"
    return _leak(rng, kind, names, opened_on, market, size, known_on, frozenset(attack["user_ids"]), dates)


def _leak(
    rng: np.random.Generator,
    kind: str,
    names: list[str],
    opened_on: dict[str, dt.date],
    market: list[str],
    size: int,
    known_on: dt.date,
    culprits: frozenset[str],
    dates: str,
) -> Leak:
    """Draw a list from `names` and from elsewhere, with dates."""
    own = own_share(size)
    mine = [names[int(one)] for one in rng.choice(len(names), own, replace=False)]
    others = sorted(set(market) - set(mine))
    patients = mine + [others[int(one)] for one in rng.choice(len(others), size - own, replace=False)]
    own_dates = [opened_on[one] + dt.timedelta(days=1 + int(rng.exponential(4))) for one in mine]
    strangers = [own_dates[int(rng.integers(own))] for _ in patients[own:]]
    known = {"one": [known_on] * size, "each": own_dates + strangers, "none": [None] * size}[dates]
    return Leak(kind, tuple(patients), tuple(known), culprits, dates)


def own_leaks(logs: Logs, dates: str) -> Iterator[Leak]:
    """Yield the truth's own leaks, with the dates asked for where the truth has them."""
    for leak in logs.truth["leaks"]:
        size = len(leak["patients"])
        known = {"one": [leak["known_on"]] * size, "each": leak.get("dates"), "none": [None] * size}[dates]
        if known:
            days = tuple(None if one is None else dt.date.fromisoformat(one) for one in known)
            yield Leak(leak["kind"], tuple(leak["patients"]), days, frozenset(leak["culprits"]), dates)


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
