"""Whether innocent people of every role, unit and shift are as likely to be looked at, over many hospitals.

    python -m tests.evaluation.fairness --work DIR [--hospitals 20] [--staff 120] [--days 42] [--kind …] [--gate]

Alerts are too few to compare groups in one hospital. Counted are person-weeks above the 95 % quantile of the
hospital's own evidence (the combined evidence at the end of a week, as a night ranks by it), in simulated hospitals
without any attack but with unusual innocent work. A group's ratio is its share above the quantile by that of
everybody; the interval is a bootstrap over hospitals. A hospital that lies judged in `--work` is not run again, so
that the command goes on where it was ended. With `--gate` it exits 1 where the upper end of a group's interval lies
above 1.5, and names the groups; those of fewer than 500 person-weeks, whose intervals say nothing, are taken together
for that. Read them all the same: one engineer in each hospital may be looked at every week.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from detector.database.rows import frame
from detector.deployment.settings import load_settings
from detector.findings.late_evidence import keep_earlier_evidence
from detector.findings.scoring_context import ScoringContext
from detector.findings.standing import standing_evidence
from detector.store import open_published
from tests.evaluation.measure import call_detector

QUANTILE: Final = 0.95
DRAWS: Final = 2000
MOST: Final = 1.5
"""The ratio that no group may exceed."""
SMALL_UNIT: Final = 20
"""Units of so many people or fewer are pooled."""
KINDS: Final = ("role", "unit", "night")
TOGETHER: Final = "those of few, together"
FEW: Final = 500
"""Person-weeks below which a group's interval is too wide to hold it to a ratio."""


def judged(work: Path, number: int, options: argparse.Namespace) -> Path:
    """Return a simulated hospital, judged, and what it gave beside it; one that is there stays."""
    folder = work / f"{options.kind}-{options.staff}-{options.days}-{number}"
    weeks = folder / "weeks.parquet"
    if not weeks.exists():
        site = folder / "site"
        sizes = ("--staff", str(options.staff), "--days", str(options.days), "--kind", options.kind)
        folder.mkdir(parents=True, exist_ok=True)
        if not (site / "detector.toml").exists():
            call_detector("simulate", str(site), "--seed", str(number), "--attacks", "0", *sizes, folder=folder)
        call_detector("--config", str(site), "run", "--quiet", folder=folder, accepted=(0, 1))
        person_weeks(site).with_columns(hospital=pl.lit(number)).write_parquet(weeks)
    return weeks


def person_weeks(site: Path) -> pl.DataFrame:
    """Return one row per person and week: ``week, user_id, role, unit, night, evidence, above, alert``."""
    settings = load_settings(site)
    with open_published(settings) as published:
        connection = published.connection
        keep_earlier_evidence(connection, ())
        first, last = connection.execute("select min(business_date), max(business_date) from dates").fetchall()[0]
        people = frame(connection, PEOPLE)
        worked = frame(
            connection, "select distinct user_id, business_date from account_days where account_type = 'human'"
        )
        alerted = frame(connection, "select user_id, alerted_on from findings where alert and user_id is not null")
        weeks = [
            _week(
                worked,
                end,
                standing_evidence(connection, ScoringContext(end, (end,), first, settings)).totals_by_user(),
            )
            for end in _ends(first, last, settings.alerting.learning_days)
        ]
    rows = pl.concat(weeks).join(people, on="user_id", how="left")
    alert = alerted.with_columns(
        week=pl.col("alerted_on") + pl.duration(days=(last - pl.col("alerted_on")).dt.total_days() % 7)
    )
    rows = rows.join(alert.select("user_id", "week", alert=True).unique(), on=["user_id", "week"], how="left")
    limit = float(rows["evidence"].quantile(QUANTILE) or 0.0)
    return rows.with_columns(above=pl.col("evidence") > limit, alert=pl.col("alert").fill_null(value=False))


PEOPLE: Final = """
with last_days as (
    select user_id, arg_max(department, business_date) as department, arg_max(role, business_date) as role
    from account_days
    where account_type = 'human'
    group by user_id
)
select
    user_id,
    role,
    case when count(*) over (partition by department) <= 20 then 'unit of up to 20' else department end as unit,
    exists (
        from roster where roster.user_id = last_days.user_id and roster.starts_at::date < roster.ends_at::date
    ) as night
from last_days
order by user_id
"""


def _ends(first: dt.date, last: dt.date, learning: int) -> Iterator[dt.date]:
    """Yield the last dates of the weeks after learning, counted back from the end."""
    end = last
    while end - dt.timedelta(days=6) >= first + dt.timedelta(days=learning):
        yield end
        end -= dt.timedelta(days=7)


def _week(worked: pl.DataFrame, end: dt.date, totals: dict[str, float]) -> pl.DataFrame:
    began = end - dt.timedelta(days=6)
    users = worked.filter(pl.col("business_date").is_between(began, end))["user_id"].unique().sort()
    return pl.DataFrame(
        {"week": [end] * len(users), "user_id": users, "evidence": [totals.get(user, 0.0) for user in users]}
    )


def ratios(rows: pl.DataFrame, kind: str) -> list[dict[str, object]]:
    """Return of each group: person-weeks, share above, ratio with its interval, alerts per 1,000 person-weeks."""
    counts = rows.group_by("hospital", group=kind).agg(
        people=pl.len(), above=pl.col("above").sum(), alerts=pl.col("alert").sum()
    )
    hospitals = sorted(set(rows["hospital"]))
    generator = np.random.default_rng(1)
    draws = generator.integers(0, len(hospitals), size=(DRAWS, len(hospitals)))
    total = _by_hospital(rows.group_by("hospital").agg(people=pl.len(), above=pl.col("above").sum()), hospitals)
    found = []
    for group in sorted({str(one) for one in counts["group"].cast(pl.String)}):
        own = counts.filter(pl.col("group").cast(pl.String) == group)
        part = _by_hospital(own, hospitals)
        ratio = _ratio(part.sum(axis=0), total.sum(axis=0))
        drawn = sorted(_ratio(part[draw].sum(axis=0), total[draw].sum(axis=0)) for draw in draws)
        weeks = int(own["people"].sum())
        found.append(
            {
                "kind": kind, "group": group, "person_weeks": weeks, "above": int(own["above"].sum()) / weeks,
                "ratio": ratio, "low": drawn[int(DRAWS * 0.025)], "high": drawn[int(DRAWS * 0.975)],
                "alerts": 1000 * int(own["alerts"].sum()) / weeks,
            }
        )  # fmt: skip
    return found


def with_few_together(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the rows with all groups of fewer than ``FEW`` person-weeks as one."""
    size = pl.len().over(kind)
    return rows.with_columns(
        pl.when(size < FEW).then(pl.lit(TOGETHER)).otherwise(pl.col(kind).cast(pl.String)).alias(kind)
    )


def _by_hospital(counts: pl.DataFrame, hospitals: Sequence[int]) -> np.ndarray:
    known = {row[0]: row[1:] for row in counts.select("hospital", "people", "above").iter_rows()}
    return np.array([known.get(one, (0, 0)) for one in hospitals], dtype=float)


def _ratio(part: np.ndarray, total: np.ndarray) -> float:
    return float((part[1] / part[0]) / (total[1] / total[0])) if part[0] and total[1] else 0.0


def table(found: Sequence[dict[str, object]]) -> str:
    """Return the Markdown table of groups, as :func:`ratios` returns them."""
    lines = [
        "| kind | group | person-weeks | above the quantile | ratio | 95 % interval | alerts per 1,000 and week |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one['kind']} | {one['group']} | {one['person_weeks']:,} | {one['above']:.1%} | {one['ratio']:.2f} |"
        f" {one['low']:.2f}–{one['high']:.2f} | {one['alerts']:.2f} |"
        for one in found
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the hospitals that are missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--hospitals", type=int, default=20)
    parser.add_argument("--first", type=int, default=101, help="seed of the first hospital")
    parser.add_argument("--staff", type=int, default=120)
    parser.add_argument("--days", type=int, default=42)
    parser.add_argument("--kind", default="maternity")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--gate", action="store_true")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.hospitals)
    with ProcessPoolExecutor(options.jobs) as pool:
        weeks = list(pool.map(judged, [options.work] * len(seeds), seeds, [options] * len(seeds)))
    rows = pl.concat([pl.read_parquet(one) for one in weeks])
    print(json.dumps({"hospitals": len(weeks), "person_weeks": rows.height}))  # noqa: T201
    found = [one for kind in KINDS for one in ratios(rows, kind)]
    pooled = [one for kind in KINDS for one in ratios(with_few_together(rows, kind), kind)]
    print(table([*found, *(one for one in pooled if one["group"] == TOGETHER)]))  # noqa: T201
    above = [one for one in pooled if float(str(one["high"])) > MOST]
    if options.gate and above:
        named = ", ".join(f"{one['group']} ({one['high']:.2f})" for one in above)
        raise SystemExit(f"more often looked at than {MOST} times as others, or not shown to be less: {named}")


if __name__ == "__main__":
    main()
