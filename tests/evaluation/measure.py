"""Measures detection on labelled hospitals: the real nightly job, without look-ahead, beside baselines.

    python -m tests.evaluation.measure --hospital DIR --truth DIR-truth [--ablate] [--without TABLE ...]
    python -m tests.evaluation.measure --seeds 11 12 13 --staff 600 --days 75 --attacks 8 [--kind general] [--ablate]

Each hospital is copied to a scratch folder, or written there by `detector simulate`; `detector run` works through it
as a process of its own, night by night; its findings are scored by `tests.evaluation.scoring`. Variants:

- *full context*: the deployment as it is, and on the same events the rankings of `tests.evaluation.baselines`, at
  2 alerts per 1,000 accounts a week, and with at least as many alerts as the full context raised, since
  policies alert beyond the budget;
- `--without TABLE` (repeatable; several joined by `+` go at once): without these tables in `detector.toml`;
- `--perturb N`: before all, N episodes of `detector.drill`'s planters are planted into each hospital's own logs (see
  `tests.evaluation.perturb`) and scored beside the attacks that it has;
- `--accounts N`: each hospital cut down to N accounts, those who attack among them (`tests.evaluation.small_sites`);
- `--ablate`: each context table taken out alone, and *logs alone*: all of them, celebrities and decoys too.

Prints one Markdown table, then the attacks one by one (`--attacks-table`), and with `--details` each kind of attack by
itself, also by ranking alone at 1, 2 and 5 per 1,000 accounts a week, the share of accesses that is explained, and how
much of a night's ranking stands the next night. What each step of the concept is worth: `tests.evaluation.ablation`.
Where several hospitals are measured, their attacks are pooled and recall has a 95 % interval (Wilson). Rates are per
1,000 accounts a week after the first 14 days; exposed = patients touched by an attack before its first alert, all of
them where there is none.

`--work DIR` keeps the copies and findings: what is there already is not run again. `--jobs` runs work at a time; each
takes one or two processors, two minutes for 300 accounts and 60 days. The code that runs is the one that this process
imports: started from a copy of `detector`, `sql` and `tests`, it does not mind a checkout that changes meanwhile.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import detector
from detector.review.precision import wilson
from tests.evaluation.baselines import baseline_findings, read_behaviour
from tests.evaluation.details import NIGHT_HEADS, night_figures, scenario_heads, scenario_rows
from tests.evaluation.perturb import perturbed
from tests.evaluation.scoring import INTENSITIES, Outcome, Score, mean, median, read_findings, read_truth, score
from tests.evaluation.small_sites import cut

TABLES: Final = ("staff", "patients", "encounters", "care_team", "roster", "approvals")
LISTS: Final = ("vip_patients", "decoy_patients")
CONFIG: Final = "detector.toml"
FULL: Final = "full context"
AS_MANY: Final = ", at least as many alerts as ours"
BUDGET: Final = 2.0


@dataclass(frozen=True, slots=True)
class Hospital:
    """A labelled deployment; ``loaded`` tells that its store holds the logs, and rows planted among them."""

    name: str
    folder: Path
    truth: Path
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to run a hospital: without some of its tables."""

    name: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: the same variant or baseline on every hospital."""

    name: str
    scores: tuple[Score, ...]

    @property
    def outcomes(self) -> list[Outcome]:
        """The attacks of all hospitals."""
        return [outcome for one in self.scores for outcome in one.outcomes]


def without_tables(config: str, names: Iterable[str]) -> str:
    """Return a configuration without the lines that name these context tables or lists of patients."""
    keys = "|".join(map(re.escape, names))
    changed = re.sub(rf"^(?:{keys})\s*=.*\n?", "", config, flags=re.MULTILINE) if keys else config
    tomllib.loads(changed)
    return changed


def variants(without: Sequence[str], *, ablate: bool) -> list[Variant]:
    """Return the variants to run, full context first."""
    chosen = [Variant(FULL)]
    if ablate:
        chosen += [Variant(f"without {table}", (table,)) for table in TABLES]
        chosen.append(Variant("logs alone", TABLES + LISTS))
    for names in without:
        unknown = set(names.split("+")) - {*TABLES, *LISTS}
        if unknown:
            raise SystemExit(f"--without {names}: no such table; there are {', '.join(TABLES + LISTS)}")
        chosen.append(Variant(f"without {names}", tuple(names.split("+"))))
    return list(dict.fromkeys(chosen))


def run_variant(hospital: Hospital, variant: Variant, work: Path) -> Path:
    """Run the nightly job on a copy; return the file of its findings, which is there only after a full run."""
    place = _place(hospital, variant.name, work)
    findings = place / "findings.ndjson"
    if findings.exists():
        return findings
    shutil.rmtree(place, ignore_errors=True)
    deployment = place / "hospital"
    place.mkdir(parents=True)
    left_out = () if hospital.loaded else ("state",)
    shutil.copytree(
        hospital.folder, deployment, ignore=shutil.ignore_patterns(*left_out), copy_function=shutil.copyfile
    )
    for folder in (deployment, *(one for one in deployment.rglob("*") if one.is_dir())):
        folder.chmod(0o755)
    config = deployment / CONFIG
    config.write_text(without_tables(config.read_text(encoding="utf-8"), variant.without), encoding="utf-8")
    call_detector("run", "--quiet", folder=deployment, accepted=(0, 1))
    draft = findings.with_suffix(".draft")
    draft.write_text(call_detector("findings", "--format", "ndjson", folder=deployment), encoding="utf-8")
    return draft.rename(findings)


def call_detector(*words: str, folder: Path, accepted: tuple[int, ...] = (0,)) -> str:
    """Run the command line in a deployment's folder; return its standard output."""
    call = [sys.executable, "-m", "detector", *words]
    done = subprocess.run(
        call, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8", env=_environment()
    )
    if done.returncode not in accepted:
        raise SystemExit(f"{' '.join(call)} in {folder}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Let the process find the same code wherever it starts."""
    return {**os.environ, "PYTHONPATH": str(Path(detector.__path__[0]).parent), "NO_COLOR": "1"}


def simulated(seed: int, options: argparse.Namespace, work: Path) -> Hospital:
    """Write a hospital with the project's own simulator, unless it is there."""
    name = f"{options.kind}-{options.staff}-{options.days}-{options.attacks}-{seed}"
    folder = work / name / "written"
    truth = work / name / "written-truth"
    if not (truth / "truth.json").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        sizes = ("--staff", str(options.staff), "--days", str(options.days), "--kind", options.kind)
        attacks = () if options.attacks is None else ("--attacks", str(options.attacks))
        call_detector(
            *("simulate", str(folder), "--seed", str(seed), "--force", "--truth", str(truth)), *sizes, *attacks,
            folder=folder.parent,
        )  # fmt: skip
    return Hospital(name, folder, truth)


def part_of(hospital: Hospital, accounts: int, work: Path) -> Hospital:
    """Return a hospital of so many of its accounts, written unless it is there."""
    name = f"{hospital.name}-of-{accounts}"
    folder, truth = cut(hospital.folder, hospital.truth, work / name / "part", accounts)
    return Hospital(name, folder, truth)


def with_planted(hospital: Hospital, episodes: int, seed: int, work: Path) -> Hospital:
    """Return a hospital with episodes planted into its own logs, written unless it is there."""
    name = f"{hospital.name}-planted-{episodes}-{seed}"
    target = work / name
    if not (target / "truth" / "truth.json").exists():
        shutil.rmtree(target, ignore_errors=True)
        perturbed(hospital.folder, hospital.truth, target, episodes=episodes, seed=seed)
    return Hospital(name, target / "site", target / "truth", loaded=True)


def measured(hospitals: Sequence[Hospital], chosen: Sequence[Variant], work: Path, jobs: int) -> list[Line]:
    """Run every variant of every hospital and score it, the baselines after the full context."""
    pairs = [(variant, hospital) for variant in chosen for hospital in hospitals]
    with ThreadPoolExecutor(jobs) as pool:
        files = list(pool.map(lambda pair: run_variant(pair[1], pair[0], work), pairs))
    scores: dict[str, list[Score]] = {}
    for (variant, hospital), file in zip(pairs, files, strict=True):
        truth = read_truth(hospital.truth)
        scores.setdefault(variant.name, []).append(score(read_findings(file.read_text(encoding="utf-8")), truth))
        if variant.name == FULL:
            behaviour = read_behaviour(file.parent / "hospital" / CONFIG)
            budgets = {
                "": math.ceil(BUDGET * truth.staff / 1000),
                AS_MANY: math.ceil(scores[FULL][-1].cases / truth.weeks),
            }
            for name, findings in baseline_findings(behaviour, budgets).items():
                scores.setdefault(name, []).append(score(findings, truth))
    return [Line(name, tuple(found)) for name, found in scores.items()]


def markdown(lines: Sequence[Line]) -> str:
    """Return the table of all lines."""
    columns: dict[str, Callable[[Line], str]] = {
        **{f"recall {intensity}": _recall_of(intensity) for intensity in INTENSITIES},
        "recall all": _recall_of(None),
        "delay, days (median)": lambda line: _number(median(one.delay_days for one in line.outcomes), 1),
        "exposed (median)": lambda line: _number(median(one.exposed for one in line.outcomes), 0),
        "alerts": lambda line: str(sum(one.cases for one in line.scores)),
        "innocent alerts /1,000/week": lambda line: _number(_innocent_rate(line), 2),
        "precision": lambda line: _number(_precision(line), 2),
        "average precision": lambda line: _number(mean(one.average_precision for one in line.scores), 2),
    }
    return _table(("", *columns), ([line.name, *(cell(line) for cell in columns.values())] for line in lines))


def attacks_markdown(line: Line) -> str:
    """Return one line for each attack."""
    heads = ("attack", "caught", "delay, days", "exposed", "patterns")
    return _table(
        heads,
        (
            (
                outcome.attack.id,
                "yes" if outcome.caught else "no",
                _number(outcome.delay_days, 0),
                str(outcome.exposed),
                ", ".join(outcome.first_alert.patterns[:2]) if outcome.first_alert else "",
            )
            for outcome in line.outcomes
        ),
    )


def details_markdown(line: Line, hospitals: Sequence[Hospital], work: Path) -> str:
    """Return one line for each kind of attack, then one for each hospital's nights."""
    nights = []
    for hospital, one in zip(hospitals, line.scores, strict=True):
        explained, stable = night_figures(_place(hospital, line.name, work) / "hospital")
        nights.append([hospital.name, _number(explained, 2), _number(stable, 2), _number(one.innocent_rate, 2)])
    return _table(scenario_heads(), scenario_rows(line.outcomes)) + "\n\n" + _table(NIGHT_HEADS, nights)


def _place(hospital: Hospital, variant: str, work: Path) -> Path:
    return work / hospital.name / variant.replace(" ", "-")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    aligned = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, aligned, *rows))


def _recall_of(intensity: str | None) -> Callable[[Line], str]:
    def cell(line: Line) -> str:
        caught = [one.caught for one in line.outcomes if intensity in {None, one.attack.intensity}]
        share = mean(caught)
        if share is None or len(line.scores) == 1:
            return f"{_number(share, 2)} ({sum(caught)}/{len(caught)})" if caught else "–"
        low, high = wilson(sum(caught), len(caught))
        return f"{share:.2f} [{low:.2f}–{high:.2f}]"

    return cell


def _innocent_rate(line: Line) -> float:
    return sum(one.wrong for one in line.scores) / sum(one.account_weeks for one in line.scores)


def _precision(line: Line) -> float | None:
    cases = sum(one.cases for one in line.scores)
    return sum(one.cases * (one.precision or 0) for one in line.scores) / cases if cases else None


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def main() -> None:
    """Measure what the command line asks for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hospital", type=Path, action="append", default=[], metavar="DIR", help="repeatable")
    parser.add_argument("--truth", type=Path, action="append", default=[], metavar="DIR", help="one per hospital")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="hospitals to simulate")
    parser.add_argument("--staff", type=int, default=300)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--kind", default="maternity")
    parser.add_argument("--accounts", type=int, metavar="N", help="cut each hospital down to so many accounts")
    parser.add_argument("--attacks", type=int, help="attacks to plant; default: by size")
    parser.add_argument(
        "--perturb", type=int, default=0, metavar="N", help="episodes to plant into the logs themselves"
    )
    parser.add_argument("--perturb-seed", type=int, default=1, metavar="SEED", help="another seed, other episodes")
    parser.add_argument("--without", action="append", default=[], metavar="TABLE[+TABLE]", help="repeatable")
    parser.add_argument("--ablate", action="store_true", help="leave out each table alone, and all")
    parser.add_argument("--attacks-table", action="store_true", help="the attacks one by one, full context")
    parser.add_argument("--details", action="store_true", help="kinds of attack, shares explained, stability")
    parser.add_argument("--work", type=Path, help="keep the runs in this folder; default: a scratch folder")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if len(options.hospital) != len(options.truth) or not (options.hospital or options.seeds):
        parser.error("--hospital and --truth in pairs, or --seeds")
    with tempfile.TemporaryDirectory() as scratch:
        work = (options.work or Path(scratch)).resolve()
        hospitals = [
            Hospital(folder.resolve().name, folder.resolve(), truth.resolve())
            for folder, truth in zip(options.hospital, options.truth, strict=True)
        ]
        hospitals += [simulated(seed, options, work) for seed in options.seeds]
        if options.accounts:
            hospitals = [part_of(one, options.accounts, work) for one in hospitals]
        if options.perturb:
            hospitals = [with_planted(one, options.perturb, options.perturb_seed, work) for one in hospitals]
        lines = measured(hospitals, variants(options.without, ablate=options.ablate), work, options.jobs)
        print(markdown(lines))  # noqa: T201
        if options.details:
            details = details_markdown(lines[0], hospitals, work)
    if options.attacks_table:
        print("\n" + attacks_markdown(lines[0]))  # noqa: T201
    if options.details:
        print("\n" + details)  # noqa: T201


if __name__ == "__main__":
    main()
