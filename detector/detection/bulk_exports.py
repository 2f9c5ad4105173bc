"""Judges bulk exports: how rare it is that somebody of this unit exports so much on one day.

The tail probability of the day's number of exported records is estimated from the last weeks, from everybody to the
account's peers, each drawn towards the wider group; beyond the largest export seen it falls off like the inverse of the
size (a Pareto tail of index one, the heaviest that counts of this kind show).
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

import polars as pl

from detector.detection.likelihood import APPROVED_FACTOR, MICRO

LEAST_RECORDS: Final = 20
"""A list of a ward is no bulk export."""
DUTY_FACTOR: Final = 0.3
"""What is left of the evidence where an authorised office exports at the turn of the month."""
ALLOWANCE: Final = 2.5
"""Nats taken off the negative log of the tail probability: an unusual export alone is no evidence of theft."""
MAXIMUM_PRIOR_DAYS: Final = 5_000.0
HISTORY_DAYS: Final = 56
KNOWN_DAYS: Final = 21
"""Lists are drawn by the week and by the month: a history shorter than this does not know who draws them."""
AGAIN_FACTOR: Final = 0.5
"""What is left where the account exported in the last two weeks as well: the second list is no second coincidence."""
AGAIN_DAYS: Final = 14
OWN_LAG_DAYS: Final = 7
"""What the account did in the last week is no habit of its own yet."""


def export_evidence(exports: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Return ``business_date, user_id, evidence`` (millionths of a nat) for the days of ``exports``.

    ``exports``: rows of the night table ``export_days``. ``history``: ``business_date, user_id, department, role,
    exported_records, on_duty_export`` of people's account-days before the judged dates; exports by duty left out.
    """
    rows = []
    first = history["business_date"].min()
    large = exports.filter((pl.col("records") >= LEAST_RECORDS) & (pl.col("account_type") == "human"))
    for row in large.sort("business_date", "user_id").iter_rows(named=True):
        known = history.filter(
            (pl.col("business_date") < row["business_date"])
            & (pl.col("business_date") >= row["business_date"] - dt.timedelta(days=HISTORY_DAYS))
        )
        nats = max(0.0, -math.log(tail_probability(row["records"], row, known)) - ALLOWANCE)
        if row["month_end"]:
            nats *= DUTY_FACTOR
        nats *= 0.0 if first is None else min(1.0, (row["business_date"] - first).days / KNOWN_DAYS)
        if exported_before(row, known):
            nats *= AGAIN_FACTOR
        patterns = row["approved_patterns"]
        if patterns is not None and (patterns == "" or "bulk-export" in patterns.split("|")):
            nats *= APPROVED_FACTOR
        rows.append((row["business_date"], row["user_id"], round(nats * MICRO)))
    schema = pl.Schema({"business_date": pl.Date, "user_id": pl.String, "evidence": pl.Int64})
    return pl.DataFrame(rows, schema=schema, orient="row")


def exported_before(account: dict[str, Any], history: pl.DataFrame) -> bool:
    """Tell whether the account exported lists in the two weeks before."""
    since = account["business_date"] - dt.timedelta(days=AGAIN_DAYS)
    own = (pl.col("user_id") == account["user_id"]) & (pl.col("business_date") >= since)
    return not history.filter(own & (pl.col("exported_records") >= LEAST_RECORDS)).is_empty()


def tail_probability(records: int, account: dict[str, Any], history: pl.DataFrame) -> float:
    """Return the chance that a day of such an account brings at least so many exported records."""
    others = history.filter(pl.col("user_id") != account["user_id"])
    share = tail(others, records, 1.0 / (others.height + 1))
    for keys in (("role",), ("department",), ("department", "role")):
        peers = others.filter(pl.all_horizontal(pl.col(key) == account[key] for key in keys))
        weight = min(1.0 / share, MAXIMUM_PRIOR_DAYS)
        share = (float((peers["exported_records"] >= records).sum()) + weight * share) / (peers.height + weight)
    before = account["business_date"] - dt.timedelta(days=OWN_LAG_DAYS)
    own = history.filter((pl.col("user_id") == account["user_id"]) & (pl.col("business_date") < before))
    if own.height:
        usual = tail(own, records, share)
        share = max(share, usual / 2)
    return min(1.0, max(share, 1e-9))


def tail(history: pl.DataFrame, records: int, nothing: float) -> float:
    """Return the share of days with at least ``records``; beyond the largest the Pareto tail, ``nothing`` if none."""
    largest = int(history["exported_records"].max() or 0)  # type: ignore[arg-type]
    if largest <= 0:
        return nothing / records
    beyond = float((history["exported_records"] >= records).sum())
    if beyond > 0:
        return beyond / (history.height + 1)
    return largest / records / (history.height + 1)
