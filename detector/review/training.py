"""What may be told of a finding to people who are to learn from it: no name, number or date, and nobody recognisable.

A case is made of a decided finding alone: what is not settled is an accusation, and no lesson. It is refused where the
unit is too small to hide in, by the rule of the reports; where the account is the only one of its role there, or no
finding about another account looked like it, since whoever heard of the matter would know whom it is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import duckdb

from detector.database.queries import rows
from detector.errors import UsageError
from detector.model.findings import Status

LEAST_ACCOUNTS: Final = 5
"""Accounts that a unit must have, as in reports (:data:`detector.reports.suppression.K`)."""
LEAST_UNITS: Final = 5
"""Units of a kind, so that the kind may be named."""
LEAST_ALIKE: Final = 2
DAYS_BEFORE: Final = 27
"""Days before the finding's first one in which somebody of the unit may have worked."""
MOST: Final = 0.6
"""Share of the events from which on a part of the day is named."""
LEARNT_FROM: Final = (Status.CONFIRMED, Status.JUSTIFIED)
RECORDS: Final = ((1, "none"), (2, "one"), (10, "few"), (50, "tens"), (250, "fifty"))
"""Records below a number, and the word for so many; of more it is "many"."""
SPANS: Final = ((2, "day"), (8, "week"), (61, "weeks"))
"""Days below a number, and the word for so long; of more it is "months"."""
DELAYS: Final = ((2, "night"), (8, "week"), (32, "month"))


@dataclass(frozen=True, slots=True)
class TrainingCase:
    """A finding without anything by which it could be known: words for bands, keys of the catalogue.

    ``patterns`` are at most two, the most probable first; ``policies`` are ids. ``unit`` is "clinical", "office" or
    "unit"; ``part`` of the day "day", "evening", "night" or "mixed". ``delay`` is from the first access to the listing.
    """

    status: Status
    patterns: tuple[str, ...]
    policies: tuple[str, ...]
    unit: str
    records: str
    span: str
    part: str
    delay: str
    alert: bool
    sampled: bool


def training_case(connection: duckdb.DuckDBPyConnection, finding: Mapping[str, Any]) -> TrainingCase:
    """Return what may be told of a finding; raises UsageError where that is nothing."""
    identity = str(finding["finding_id"])
    status = Status(str(finding["status"]))
    _refuse_undecided(identity, status)
    if finding["subject"] != "account" or finding["account_type"] != "human" or not finding["patterns"]:
        raise UsageError(f"{identity}: a case for training tells what a person did, and looks like a known pattern")
    start, end, listed = (_day(finding[name]) for name in ("window_start", "window_end", "detected_on"))
    unit = rows(
        connection, "review", "unit_to_hide_in.sql", department=finding["department"], role=finding["role"],
        first=start - dt.timedelta(days=DAYS_BEFORE), last=max(end, listed),
    )[0]  # fmt: skip
    _refuse_recognisable(connection, finding, unit)
    records = max(int(finding["records"]), int(finding["patients"]) + int(finding.get("decoys") or 0))
    kind = ("clinical" if unit["clinical"] else "office") if unit["units"] >= LEAST_UNITS else "unit"
    return TrainingCase(
        status=status,
        patterns=tuple(finding["patterns"][:2]),
        policies=tuple(finding["policies"]),
        unit=kind,
        records=band(records, RECORDS, "many"),
        span=band((end - start).days + 1, SPANS, "months"),
        part=_part(connection, identity),
        delay=band((listed - start).days, DELAYS, "later"),
        alert=bool(finding["alert"]),
        sampled=bool(finding["sampled"]),
    )


def band(value: int, bands: tuple[tuple[int, str], ...], most: str) -> str:
    """Return the word of the band that a number lies in."""
    assert all(one[0] < other[0] for one, other in pairwise(bands))  # noqa: S101 - the constants above
    return next((word for below, word in bands if value < below), most)


def _refuse_undecided(identity: str, status: Status) -> None:
    if status not in LEARNT_FROM:
        raise UsageError(
            f"{identity} is {status.value}: a case for training is made of what was decided, confirmed or justified"
        )


def _refuse_recognisable(
    connection: duckdb.DuckDBPyConnection, finding: Mapping[str, Any], unit: Mapping[str, Any]
) -> None:
    identity = str(finding["finding_id"])
    if unit["accounts"] < LEAST_ACCOUNTS:
        raise UsageError(f"{identity}: the unit is too small to hide in; it takes {LEAST_ACCOUNTS} accounts")
    if unit["alike"] < LEAST_ALIKE:
        raise UsageError(f"{identity}: nobody else of the unit has this role, so the person could be recognised")
    others = connection.execute(
        "select count(distinct user_id) from findings where patterns[1] = ? and user_id <> ?",
        [finding["patterns"][0], finding["user_id"]],
    ).fetchall()[0][0]
    if not others:
        raise UsageError(f"{identity}: no finding about anybody else looks like it, so the person could be recognised")


def _part(connection: duckdb.DuckDBPyConnection, identity: str) -> str:
    """Return the part of the day in which most of the events are."""
    found = rows(connection, "review", "parts_of_day.sql", finding=identity)
    every = sum(int(row["events"]) for row in found)
    return str(found[0]["part"]) if found and found[0]["events"] >= MOST * every else "mixed"


def _day(value: object) -> dt.date:
    return dt.date.fromisoformat(str(value)[:10])
