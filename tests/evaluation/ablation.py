"""Judges a hospital's stored accesses anew with one step of the concept switched off: what is each step worth?

    python -m tests.evaluation.ablation HOSPITAL TRUTH [HOSPITAL TRUTH ...]

HOSPITAL is a deployment that `detector run` has worked through (`tests.evaluation.measure --work` keeps them as
`DIR/NAME/full-context/hospital`). Every access is there with its relation and manner as the night saw it last; habits,
evidence and thresholds are computed from them again, night by night, once as they are and once per step with that step
off. Policies are left out, and so is what only they can see: the figures compare with one another, not with those of
`tests.evaluation.measure`. The evidence of exports, counts, interfaces, credentials,
break-glass and models is taken as stored.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

import duckdb
import numpy as np
import polars as pl

from detector.database.connection import RIGHT_SUMS
from detector.deployment.settings import load_settings
from detector.detection import likelihood, scoring, thresholds
from detector.detection.accumulation import accumulate
from detector.detection.streams import COMPONENTS, PEOPLE_COMPONENTS
from detector.findings.standing import relative_evidence
from detector.model.relations import WITHOUT_CARE
from detector.store import open_published
from tests.evaluation.scoring import Attack, Truth, median, read_truth

LEARNING_DAYS: Final = 14
BUDGET: Final = 2.0
STORED: Final = tuple(name for name in COMPONENTS if name not in PEOPLE_COMPONENTS)
"""Components whose daily evidence is taken as the nights stored it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the concept: ``facts`` changes the accesses, ``patches`` replace what the detector computes with."""

    name: str
    facts: Callable[[pl.DataFrame], pl.DataFrame] = lambda facts: facts
    patches: Mapping[str, Any] = field(default_factory=dict)
    pooled: bool = False


def merged(column: str, value: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return a change that makes one column say the same of every access."""
    return lambda facts: facts.with_columns(pl.lit(value).alias(column))


STEPS: Final = (
    Step("the concept as it is"),
    Step("no relation between account and patient", merged("relation", "stranger")),
    Step("manner of access unknown", merged("access_type", "read")),
    Step("no colleagues' notes around the access", merged("corroboration", "none")),
    Step(
        "no habit of the account itself",
        patches={"detector.detection.likelihood.OWN_LAG_DAYS": 400, "detector.detection.likelihood.FIRST_DAYS": 0},
    ),
    Step("no common movement of the unit", patches={"detector.detection.likelihood.CURRENT_DAYS": -400}),
    Step(
        "approvals not read", lambda facts: facts.with_columns(pl.lit(None, dtype=pl.String).alias("approved_patterns"))
    ),
    Step("every day by itself", patches={"detector.detection.accumulation.FORGETTING": 0.0}),
    Step("one pool for all families", pooled=True),
    Step("thresholds not calibrated on history", patches={"detector.detection.thresholds.RANGE": (1.0, 1.0)}),
)
"""Every step that can be switched off."""


@dataclass(frozen=True, slots=True)
class History:
    """What a hospital's nights stored: accesses of people, evidence of whole days."""

    facts: pl.DataFrame
    stored: pl.DataFrame
    truth: Truth


FACTS: Final = """
select
    patient_days.*,
    relation in (select unnest($without_care)) as without_care,
    (
        select coalesce(any_value(patterns), '')
        from approvals
        where
            approvals.user_id = patient_days.user_id
            and patient_days.business_date between starts_at::date and coalesce(ends_at::date, date '9999-01-01')
        having count(*) > 0
    ) as approved_patterns,
    coalesce(
        first_seen_on > (select min(first_seen_on) + 7 from account_spans)
        and business_date - first_seen_on < 30,
        false
    ) as new_account
from patient_days
left join account_spans using (user_id)
where patient_days.account_type = 'human'
order by business_date, user_id, patient_id
"""
"""The accesses of people, with what judging needs and the nights do not store."""


def read_history(folder: Path, truth: Path) -> History:
    """Read a deployment's published store: accesses as judged last, and the evidence of days."""
    with open_published(load_settings(folder / "detector.toml")) as published:
        facts = published.connection.sql(FACTS, params={"without_care": list(WITHOUT_CARE)}).pl()
        stored = published.connection.sql("from evidence_days order by business_date, user_id").pl()
    return History(facts, stored, read_truth(truth))


@contextmanager
def switched_off(step: Step) -> Iterator[None]:
    """Run the body with the step's patches in place."""
    with ExitStack() as stack:
        for name, value in step.patches.items():
            stack.enter_context(mock.patch(name, value))
        yield


def judged_accesses(history: History, step: Step) -> Iterator[pl.DataFrame]:
    """Yield the accesses of people of each date with shares and evidence, the step off; oldest first."""
    people = likelihood.labelled(
        step.facts(history.facts).with_columns(without_care=pl.col("relation").is_in(WITHOUT_CARE))
    )
    connection = duckdb.connect(config=RIGHT_SUMS)
    connection.register("counts", likelihood.label_counts(people).to_arrow())
    connection.execute("create table label_days as from counts")
    connection.execute("create table holders (user_id varchar, number integer, since date, until date)")  # one each
    first = history.facts["business_date"].min()
    assert isinstance(first, dt.date)
    seen = people.select("user_id", "patient_id", "business_date").head(0)
    for (date,), rows in people.group_by("business_date", maintain_order=True):
        assert isinstance(date, dt.date)
        if (date - first).days < likelihood.MINIMUM_DAYS:
            continue
        since = date - dt.timedelta(days=likelihood.REPEAT_DAYS)
        known = seen.filter(pl.col("business_date") >= since).select("user_id", "patient_id").unique()
        judged = likelihood.score(rows, likelihood.habits(connection, [date], first), known)
        telling = pl.max_horizontal(PEOPLE_COMPONENTS) > scoring.SUSPICIOUS_NATS * likelihood.MICRO
        seen = pl.concat([seen, judged.filter(telling).select(seen.columns)])
        yield judged


def judged_days(history: History, step: Step) -> pl.DataFrame:
    """Return the evidence of accounts and dates with the step off, with the columns of ``evidence_days``."""
    keys = ("business_date", "user_id")
    days = [scoring.daily_sums(judged, keys, PEOPLE_COMPONENTS) for judged in judged_accesses(history, step)]
    stored = history.stored.select("business_date", "user_id", *STORED)
    return (
        pl.concat(days)
        .join(stored, on=["business_date", "user_id"], how="full", coalesce=True)
        .with_columns(pl.col(COMPONENTS).fill_null(0))
        .sort("business_date", "user_id")
    )


def first_alerts(days: pl.DataFrame, *, pooled: bool) -> dict[str, dt.date]:
    """Return account → night on which its evidence first passes the threshold; ``pooled``: all streams are one."""
    first, last = days["business_date"].min(), days["business_date"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    alerts: dict[str, dt.date] = {}
    for number in range(LEARNING_DAYS, (last - first).days + 1):
        night = first + dt.timedelta(days=number)
        standing = accumulate(days.filter(pl.col("business_date") <= night), night, {})
        limits = thresholds.calibrated(standing, [user not in alerts for user in standing.users], BUDGET, number)
        relative = relative_evidence(standing, limits)
        total = sum(relative.values()) / np.sqrt(len(relative)) if pooled else thresholds.combined(relative)
        for place in np.flatnonzero(total >= 1):
            alerts.setdefault(standing.users[place], night)
    return alerts


def row(name: str, results: list[tuple[Truth, dict[str, dt.date]]]) -> list[str]:
    """Return one line of the table: recall by intensity, delay, exposure, innocent alerts."""
    outcomes: list[tuple[Attack, dt.date | None]] = []
    innocent, weeks = 0, 0.0
    for truth, alerts in results:
        for attack in truth.attacks:
            until = attack.end + dt.timedelta(days=14)
            hits = [
                alerts[user] for user in attack.user_ids if user in alerts and attack.start <= alerts[user] <= until
            ]
            outcomes.append((attack, min(hits, default=None)))
        innocent += len(alerts.keys() - truth.guilty)
        weeks += truth.staff / 1000 * (truth.days - LEARNING_DAYS) / 7
    cells = [name]
    for intensity in ("high", "medium", "low"):
        of = [hit for attack, hit in outcomes if attack.intensity == intensity]
        cells.append(f"{sum(hit is not None for hit in of)}/{len(of)}")
    delay = median((hit - attack.began).days for attack, hit in outcomes if hit)
    exposed = median(attack.exposed(hit) for attack, hit in outcomes)
    cells += ["–" if figure is None else f"{figure:.0f}" for figure in (delay, exposed)]
    cells.append(f"{innocent / weeks:.2f}")
    return cells


def ablation(histories: list[History], steps: tuple[Step, ...] = STEPS) -> list[list[str]]:
    """Return the table's lines, one a step."""
    lines = []
    for step in steps:
        results = []
        for history in histories:
            with switched_off(step):
                results.append((history.truth, first_alerts(judged_days(history, step), pooled=step.pooled)))
        lines.append(row(step.name, results))
    return lines


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="HOSPITAL TRUTH")
    paths = parser.parse_args().paths
    if len(paths) % 2:
        parser.error("hospitals and truths in pairs")
    histories = [read_history(folder, truth) for folder, truth in zip(paths[::2], paths[1::2], strict=True)]
    heads = ["switched off", "high", "medium", "low", "delay, days", "exposed", "innocent alerts /1,000/week"]
    for cells in (heads, ["---", *["---:"] * 6], *ablation(histories)):
        print("| " + " | ".join(cells) + " |")  # noqa: T201


if __name__ == "__main__":
    main()
