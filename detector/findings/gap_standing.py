"""What is known of a gap by now: rows that came later, planned silence, rows that come again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import duckdb

from detector.database.queries import rows
from detector.deployment.outages import Outage
from detector.findings.risk import POLICY_RISK
from detector.model.findings import Explanation, Finding
from detector.model.severities import Severity

DAY_HOURS: Final = tuple(range(24))


@dataclass(frozen=True, slots=True)
class GapStanding:
    """How a finding about a source stands: the severity of what is still missing, and what lowers or ends it."""

    severity: Severity
    explained: tuple[Explanation, ...]


def gap_standing(
    connection: duckdb.DuckDBPyConnection, finding: Finding, night: dt.date, planned: Sequence[Outage]
) -> GapStanding | None:
    """Return how the finding stands at the end of a night; None where nothing is known of its gap.

    A date of which all rows that are missing came later, or are missing by plan, counts no more.
    """
    gaps = rows(
        connection,
        "findings",
        "gaps_of_finding.sql",
        source=finding.source,
        pattern=finding.patterns[0],
        first=finding.window_start,
        last=finding.window_end,
    )
    if not gaps:
        return None
    outages = [one for one in planned if one.source == finding.source]
    filled = [gap for gap in gaps if gap["filled_on"] is not None]
    by_plan = {gap["business_date"]: covering(connection, finding, gap, outages) for gap in gaps if outages}
    missing = [gap for gap in gaps if gap["filled_on"] is None and not by_plan.get(gap["business_date"])]
    known = [Severity(gap["severity"]) for gap in missing if gap["severity"] is not None]
    severity = max(known, key=POLICY_RISK.__getitem__) if known else finding.severity if missing else Severity.LOW
    used = dict.fromkeys(one for found in by_plan.values() for one in found)
    explained = [*filled_dates(filled), *(planned_silence(one) for one in used)]
    again = rows_again(connection, finding, gaps[-1], night)
    return GapStanding(severity, (*explained, again) if again else tuple(explained))


def covering(
    connection: duckdb.DuckDBPyConnection, finding: Finding, gap: Mapping[str, Any], outages: Sequence[Outage]
) -> tuple[Outage, ...]:
    """Return the outages that cover all that is missing on a date; none, where something is missing besides."""
    date: dt.date = gap["business_date"]
    hours = gap["hours"] or _usual_hours(connection, finding)
    midnight = dt.datetime.combine(date, dt.time())
    found: dict[Outage, None] = {}
    for hour in hours:
        start = midnight + dt.timedelta(hours=hour)
        end = start + dt.timedelta(hours=1)
        over = [one for one in outages if one.start < end and (one.end is None or one.end > start)]
        if not over:
            return ()
        found |= dict.fromkeys(over)
    return tuple(found)


def filled_dates(filled: Sequence[Mapping[str, Any]]) -> list[Explanation]:
    """Return one explanation per night that brought rows of a gap."""
    told = []
    for night, gaps in groupby(sorted(filled, key=lambda gap: gap["filled_on"]), lambda gap: gap["filled_on"]):
        dates = sorted(gap["business_date"] for gap in gaps)
        parameters = {"first": str(dates[0]), "last": str(dates[-1]), "dates": len(dates), "on": str(night)}
        told.append(Explanation("late_rows", parameters=parameters))
    return told


def planned_silence(outage: Outage) -> Explanation:
    """Return the explanation that an outage, or the end of a source, is."""
    if outage.retired:
        return Explanation("retired_source", parameters={"until": str(outage.last_date)})
    start = f"{outage.start:%Y-%m-%d %H:%M}"
    if outage.end is None:
        return Explanation("lasting_outage", parameters={"start": start, "reason": outage.reason or "–"})
    end = f"{outage.end:%Y-%m-%d %H:%M}"
    return Explanation("planned_outage", parameters={"start": start, "end": end, "reason": outage.reason or "–"})


def rows_again(
    connection: duckdb.DuckDBPyConnection, finding: Finding, last: Mapping[str, Any], night: dt.date
) -> Explanation | None:
    """Return the date on which rows came again, where the ``last`` date of the gap ended in silence."""
    if last["since"] is None or last["filled_on"] is not None:
        return None
    found = connection.execute(
        "select min(business_date) from source_hours where source = ? and business_date > ? and business_date <= ?",
        [finding.source, last["business_date"], night],
    ).fetchall()[0][0]
    if found is None:
        return None
    return Explanation("rows_again", parameters={"on": str(found), "since": f"{last['since']:%Y-%m-%d %H:%M}"})


def _usual_hours(connection: duckdb.DuckDBPyConnection, finding: Finding) -> Sequence[int]:
    """Return the clock hours in which the source had rows before the gap, all where nothing is known."""
    values = {"source": finding.source, "date": finding.window_start}
    return [row["hour"] for row in rows(connection, "findings", "usual_hours.sql", **values)] or DAY_HOURS
