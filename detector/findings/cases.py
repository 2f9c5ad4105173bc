"""Two accounts of one unit that split a harvest are one case.

Where exactly two accounts of a unit gather contacts beyond their patients in the same weeks, at least one of them to an
alert, and hardly ever open the same patient, their findings share a case: the officer sees the union of their patients
at once, and the budget counts one alert. Three or more who do the same look like a task of the unit, and stay apart.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import duckdb
import polars as pl

STREAM: Final = "harvest"
STANDING: Final = 0.5
"""What a partner's evidence must reach, in units of the alert threshold."""
COMMON_SHARE: Final = 0.1
"""Largest share of the smaller list that two who split the work may have in common."""


def join_shared_harvests(connection: duckdb.DuckDBPyConnection, night: dt.date, quiet_days: int) -> None:
    """Give the open findings of two accounts that share a harvest one case: that of the earlier alert."""
    rows = connection.sql(
        "select finding_id, case_id, user_id, department, role, alert, alerted_on, window_start, window_end, method"
        " from findings where subject = 'account' and status in ('open', 'escalated') and last_seen_on >= $since"
        " and user_id is not null and department is not null order by finding_id",
        params={"since": night - dt.timedelta(days=quiet_days)},
    ).pl()
    harvests = [row for row in rows.iter_rows(named=True) if harvest_standing(row["method"]) >= STANDING]
    units: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in harvests:
        units.setdefault((row["department"], row["role"]), []).append(row)
    for pair in units.values():
        if len(pair) == 2 and splits(connection, *pair):
            join(connection, *pair)


def harvest_standing(method: str) -> float:
    """Return how far the harvest evidence reached when the finding was last rated; 1 is the alert threshold."""
    return float(json.loads(method).get("standing", {}).get(STREAM, 0.0))


def splits(connection: duckdb.DuckDBPyConnection, one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two findings look like two parts of one harvest."""
    together = one["window_start"] <= other["window_end"] and other["window_start"] <= one["window_end"]
    own_cases = all(row["case_id"] == row["finding_id"] for row in (one, other))
    if not (together and own_cases and (one["alert"] or other["alert"])):
        return False
    lists = connection.sql(
        "select distinct finding_id, patient_id from finding_events"
        " where finding_id in ($one, $other) and patient_id is not null and surprisal is not null",
        params={"one": one["finding_id"], "other": other["finding_id"]},
    ).pl()
    sizes = lists["finding_id"].value_counts()["count"].to_list()
    common = lists.group_by("patient_id").len().filter(pl.col("len") > 1).height
    return len(sizes) == 2 and common <= COMMON_SHARE * min(sizes)


def join(connection: duckdb.DuckDBPyConnection, one: dict[str, Any], other: dict[str, Any]) -> None:
    """Let both findings have the case of the one that alerted first."""
    never = dt.date.max
    first, second = sorted((one, other), key=lambda row: (row["alerted_on"] or never, row["finding_id"]))
    connection.execute(
        "update findings set case_id = $case where finding_id = $id",
        {"case": first["case_id"], "id": second["finding_id"]},
    )
