"""Attacks as a perturbation of given logs: accounts of a labelled hospital get accesses added to their own log.

    python -m tests.evaluation.perturb HOSPITAL TRUTH TARGET [--episodes 8] [--seed 1]

The planters of `detector.drill` draw accounts, patients, hours and columns from the hospital's own log, so these
attacks owe nothing to the simulator. `TARGET/site` is a copy of the deployment whose logs are loaded and not judged,
with the planted rows as further parts of its store; `TARGET/truth` is the hospital's truth with the planted episodes
added, in the form of the development hospital's. Accounts that attack or are unusual already take no part.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from detector.deployment.settings import load_settings
from detector.drill.order import Cast, Episode, EpisodeOrder
from detector.drill.planters import PLANTERS
from detector.drill.planting import plant
from detector.drill.scratch import write_events
from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Stage
from detector.loading.context import load_context
from detector.loading.events import load_events
from detector.model.scenarios import INTENSITIES
from detector.store import open_store

PEACEFUL_DAYS: Final = 21
"""Days at the beginning without a planted episode: habits are learned from them."""
ATTEMPTS: Final = 40
"""Draws for each episode asked for, until one suits the hospital."""
TRUTH_COLUMNS: Final = ("attack_id", "event_id", "event_time", "user_id", "patient_id")


def perturbed(hospital: Path, truth: Path, target: Path, *, episodes: int, seed: int) -> list[Episode]:
    """Write the perturbed copy of a labelled hospital; return what was planted, as many as suit up to ``episodes``."""
    site = target / "site"
    shutil.copytree(hospital, site, ignore=shutil.ignore_patterns("state"), copy_function=shutil.copyfile)
    for folder in (site, *(one for one in site.rglob("*") if one.is_dir())):
        folder.chmod(0o755)
    settings = load_settings(site)
    known = json.loads((truth / "truth.json").read_text(encoding="utf-8"))
    with open_store(settings) as store:
        load_events(store, settings)
        load_context(store, settings)
        bounds = "select min(first_date), max(last_date) from event_parts"
        first, last = store.connection.execute(bounds).fetchall()[0]
        begin, end = first + dt.timedelta(days=PEACEFUL_DAYS), last - dt.timedelta(days=1)
        profile = SiteProfile(store.connection, begin, end, frozenset(_taken(known)))
        found = list(itertools.islice(_planted(profile, settings.site.internal_networks, seed, episodes), episodes))
        if found:
            write_events(store, pl.concat([one.events for one in found]), settings.site.timezone)
    write_truth(truth, known, found, target / "truth")
    return found


def _taken(known: dict[str, Any]) -> set[str]:
    """Return the accounts that play a part already."""
    return {user for one in (*known["attacks"], *known["hard_negatives"]) for user in one["user_ids"]}


def _planted(profile: SiteProfile, networks: Sequence[str], seed: int, episodes: int) -> Iterator[Episode]:
    """Yield episodes: planters in turn, in an order drawn by the seed, each with a drawn intensity and start."""
    rng = np.random.default_rng([seed, 20260601])
    planters = list(PLANTERS.values())
    turn = itertools.cycle(rng.permutation(len(planters)).tolist())
    cast = Cast()
    stage = Stage(profile, rng, networks)
    for number in range(ATTEMPTS * episodes):
        planter = planters[next(turn)]
        intensity = INTENSITIES[int(rng.integers(len(INTENSITIES)))]
        room = (profile.last - profile.first).days + 1
        level = replace(planter.levels[intensity], days=min(planter.levels[intensity].days, room))
        start = profile.first + dt.timedelta(days=int(rng.integers(room - level.days + 1)))
        episode = plant(stage, EpisodeOrder(planter, intensity, level, start, f"{number:05d}"), cast)
        if episode is not None:
            yield episode


def write_truth(source: Path, known: dict[str, Any], episodes: Sequence[Episode], folder: Path) -> None:
    """Write the truth of a hospital with the episodes added."""
    folder.mkdir(parents=True)
    events_csv = source / known.get("events_csv", "truth-events.csv")
    rows = pl.concat([_truth_rows(one) for one in episodes]) if episodes else pl.DataFrame(schema=TRUTH_COLUMNS)
    before = pl.read_csv(events_csv, infer_schema=False).select(TRUTH_COLUMNS) if events_csv.exists() else rows.clear()
    pl.concat([before, rows.cast(pl.String)]).write_csv(folder / "truth-events.csv")
    text = json.dumps(
        {**known, "events_csv": "truth-events.csv", "attacks": known["attacks"] + [_attack(one) for one in episodes]},
        ensure_ascii=False, indent=1,
    )  # fmt: skip
    (folder / "truth.json").write_text(text, encoding="utf-8")


def attack_id(episode: Episode) -> str:
    """Return the name of a planted episode among the attacks."""
    return f"planted-{episode.order.planter.id}-{episode.order.intensity}-{episode.order.label}"


def _attack(episode: Episode) -> dict[str, Any]:
    planter = episode.order.planter
    return {
        "id": attack_id(episode),
        "scenario": planter.id,
        "start": str(episode.start),
        "end": str(episode.end),
        "intensity": episode.order.intensity,
        "expected_patterns": list(planter.scenario.patterns),
        "user_ids": list(episode.accounts),
        "n_events": episode.events.height,
        "n_patients": episode.events["patient_id"].drop_nulls().n_unique(),
        "n_records": int(episode.events["record_count"].sum()),
    }


def _truth_rows(episode: Episode) -> pl.DataFrame:
    return episode.events.select(
        attack_id=pl.lit(attack_id(episode)),
        event_id=pl.col("event_id").str.strip_prefix(pl.col("source") + ":"),
        event_time=pl.col("local_time").dt.strftime("%Y-%m-%d %H:%M:%S"),
        user_id=pl.col("user_id"),
        patient_id=pl.col("patient_id").fill_null(""),
    )


def main() -> None:
    """Write one perturbed hospital."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hospital", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--episodes", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for one in perturbed(options.hospital, options.truth, options.target, episodes=options.episodes, seed=options.seed):
        print(attack_id(one), *one.accounts, one.start, one.end, one.exposed())  # noqa: T201


if __name__ == "__main__":
    main()
