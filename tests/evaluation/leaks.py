"""Measures the trace on simulated leaks of labelled hospitals, beside plain overlap and the hypergeometric p-value.

    python -m tests.evaluation.leaks --hospital DIR --truth DIR-truth [--hospital … --truth …]
    python -m tests.evaluation.leaks --seeds 11 12 --staff 600 --days 75

A deployment that has no published store yet is copied to `--work` and worked through (minutes). Then leaks are drawn
from its logs (`leak_lists`), `--lists` of each class and size, of each of the `--mixes`:

- *one* culprit: a planted harvester, who opened more records than work needed, in another department than the patients'
  (*outsider*) or in the same one (*insider*), and anybody with the jobs of the truth's other leaks (*ward nurse*, *head
  nurse*, *front desk*, *technician*), who passes on what 30 days of work showed of the obstetric wards' patients. A
  fifth of each list (of three patients none) are other patients of these wards;
- *half*: the same with half of the list from elsewhere;
- *two* culprits, each with half of what does not come from elsewhere;
- *none*: patients of whom nobody here passed on anything.

Dates: *one* for the whole list (a harvest's last day; else a day of the second half of the logs), *each* patient's own
(some days after it was opened), or *none*. With `--own` the truth's own leaks are traced instead.

Prints Markdown. By class and size, of one culprit: the share of lists with the right account first, and among the first
five. By mix and size: the right one first, all culprits among the first three, an account told with a probability of
half or more, and what is believed of nobody on average. Then the calibration curve: by the probability of the first
account, how often it was a culprit, with 95 % intervals (Wilson), over all mixes and by mix; and the same of every
account of every list. A culprit of two can have half at most, for the probability is shared between them. Accounts that
tie share their places. The baselines know the same accesses: those before the date.
"""

from __future__ import annotations

import argparse
import itertools
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from scipy import stats

from detector.deployment.settings import load_settings
from detector.review.precision import wilson
from detector.store import open_published
from detector.tracing.trace import trace_complaints
from tests.evaluation.leak_lists import DUTY, Drawing, Leak, Logs, own_leaks
from tests.evaluation.measure import FULL, Hospital, Variant, run_variant, simulated

SIZES: Final = (3, 5, 8, 12, 20)
MIXES: Final = ("one", "half", "two", "none")
METHODS: Final = ("trace", "hypergeometric", "overlap")
PLACES: Final = ("first", "among five")
BINS: Final = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0001)
NAMED: Final = 0.5
"""Probability from which an account counts as named."""


@dataclass(frozen=True, slots=True)
class Traced:
    """How one leak was traced.

    `hits`: by method the chance to stand first and among five. `told`: the probability of every account, best first,
    and whether it is a culprit; `none` that of nobody; `told_apart`: the first has no rival.
    """

    leak: Leak
    hits: dict[str, tuple[float, float]]
    told: tuple[tuple[float, bool], ...]
    none: float
    told_apart: bool

    @property
    def posterior(self) -> float:
        """The first account's probability."""
        return self.told[0][0]

    @property
    def right(self) -> bool:
        """Whether the first account is a culprit."""
        return self.told[0][1]

    @property
    def among_three(self) -> bool:
        """Whether all culprits are among the first three."""
        return sum(right for _, right in self.told[:3]) == len(self.leak.culprits)


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
    told = tuple((row["posterior"], row["user_id"] in leak.culprits) for row in found.rows)
    return Traced(leak, hits, told, found.none, not found.rows[0]["indistinguishable_from"])


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
    return "\n".join([*_by_class(found), "", *_by_mix(found), "", *_calibration(found), "", *_every_account(found)])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> list[str]:
    rule = "| " + " | ".join(["---"] * texts + ["---:"] * (len(heads) - texts)) + " |"
    return ["| " + " | ".join(heads) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows)]


def _by_class(found: Sequence[Traced]) -> list[str]:
    groups: dict[tuple[str, int], list[Traced]] = defaultdict(list)
    for one in (one for one in found if one.leak.mix == "one"):
        size = len(one.leak.patients)
        groups[one.leak.kind, size].append(one)
        groups["~ all who passed on what work showed" if one.leak.kind in DUTY else "~ all harvesters", size].append(
            one
        )
    rows = []
    for (kind, size), leaks in sorted(groups.items()):
        shares = [np.mean([one.hits[method][place] for one in leaks]) for method in METHODS for place in (0, 1)]
        rows.append([kind.removeprefix("~ "), str(size), str(len(leaks)), *(f"{share:.2f}" for share in shares)])
    heads = ["who", "complaints", "lists", *(f"{one}: {place}" for one in METHODS for place in PLACES)]
    return _table(heads, rows, 1)


def _by_mix(found: Sequence[Traced]) -> list[str]:
    rows = []
    for mix, size in sorted({(one.leak.mix, len(one.leak.patients)) for one in found}):
        leaks = [one for one in found if (one.leak.mix, len(one.leak.patients)) == (mix, size)]
        named = sum(one.posterior >= NAMED for one in leaks)
        right = ["–", "–"] if mix == "none" else [
            f"{np.mean([one.hits['trace'][0] for one in leaks]):.2f}",
            f"{np.mean([one.among_three for one in leaks]):.2f}",
        ]  # fmt: skip
        nobody = f"{np.mean([one.none for one in leaks]):.2f}"
        rows.append([mix, str(size), str(len(leaks)), *right, _interval(named, len(leaks)), nobody])
    heads = ["culprits", "complaints", "lists", "first", "all among three", "an account at ½ or more", "nobody"]
    return _table(heads, rows, 1)


def _calibration(found: Sequence[Traced]) -> list[str]:
    """How often the first account is a culprit, by its probability."""
    mixes = [mix for mix in MIXES if any(one.leak.mix == mix for one in found)]
    rows = []
    for name, low, high in _bins():
        leaks = [one for one in found if low <= one.posterior < high]
        if leaks:
            by_mix = [[one.right for one in leaks if one.leak.mix == mix] for mix in mixes]
            told = f"{np.mean([one.posterior for one in leaks]):.2f}"
            right = _interval(sum(one.right for one in leaks), len(leaks))
            rows.append([name, str(len(leaks)), told, right, *(f"{sum(one)}/{len(one)}" for one in by_mix)])
    apart = [one for one in found if one.told_apart and one.posterior >= NAMED]
    if apart:
        by_mix = [[one.right for one in apart if one.leak.mix == mix] for mix in mixes]
        told, right = np.mean([one.posterior for one in apart]), _interval(sum(one.right for one in apart), len(apart))
        cells = [str(len(apart)), f"{told:.2f}", right, *(f"{sum(one)}/{len(one)}" for one in by_mix)]
        rows.append([f"told apart, {NAMED} or more", *cells])
    return _table(["posterior of the first account", "lists", "told", "right", *mixes], rows, 1)


def _every_account(found: Sequence[Traced]) -> list[str]:
    """How often any account is a culprit, by its probability."""
    pooled = [pair for one in found for pair in one.told]
    rows = []
    for name, low, high in _bins():
        told = [(share, right) for share, right in pooled if low <= share < high]
        if told:
            right = _interval(sum(right for _, right in told), len(told))
            rows.append([name, str(len(told)), f"{np.mean([share for share, _ in told]):.3f}", right])
    return _table(["posterior of any account", "accounts", "told", "right"], rows, 1)


def _bins() -> list[tuple[str, float, float]]:
    return [(f"{low:.1f}–{min(high, 1):.1f}", low, high) for low, high in itertools.pairwise(BINS)]


def _interval(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{count / of:.2f} ({low:.2f}–{high:.2f})"


def drawn_leaks(logs: Logs, options: argparse.Namespace) -> Iterator[Leak]:
    """Yield what the command line asks for; lists of nobody are as many as those of a mix with culprits."""
    drawing = Drawing(logs, options.dates, options.seed)
    for mix in options.mixes:
        if mix == "none":
            yield from drawing.without_culprit(options.lists + 2, options.sizes)
        else:
            sizes = [size for size in options.sizes if size > 3 or mix != "two"]
            yield from drawing.with_culprits(options.lists, sizes, mix)


def measured(hospital: Path, truth: Path, options: argparse.Namespace) -> list[Traced]:
    """Trace the leaks of one judged hospital."""
    with open_published(load_settings(hospital)) as published:
        logs = Logs(published.connection, truth)
        leaks = own_leaks(logs, options.dates) if options.own else drawn_leaks(logs, options)
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
    parser.add_argument("--mixes", nargs="*", choices=MIXES, default=list(MIXES))
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
