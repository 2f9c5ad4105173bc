"""Findings about sources that fell silent: events are missing, and nobody can be named.

A silence is one finding as long as it lasts: each silent date is new evidence. When rows come again the finding says
so and takes no further date. What several policies of the pattern say of a source is one finding with a reason of each.
Dates whose rows came later, and dates within a planned silence, lower it; nothing of it is withdrawn, and its status
stays the officer's.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import duckdb

from detector import __version__
from detector.database.queries import frame, rows
from detector.findings.changes import FindingChanges
from detector.findings.finding_writer import store_finding
from detector.findings.gap_standing import gap_standing
from detector.findings.open_findings import open_findings
from detector.findings.policies_used import policies_used
from detector.findings.reasons import innocent_causes, policy_reason
from detector.findings.risk import POLICY_RISK
from detector.findings.scoring_context import ScoringContext
from detector.model.findings import QUIET_DAYS, Assessment, Exposure, Finding, Identity, Reason, Subject, finding_id
from detector.model.methods import SourceMethod
from detector.model.policy_sentences import fired_together
from detector.model.severities import Severity

ONE_DAY: Final = dt.timedelta(days=1)
HOURS: Final = re.compile(r"(?:\d{4}-\d\d-\d\d )?(\d\d):00–(\d\d):00")
KEPT_OF_DATE: Final = ("business_date", "severity", "alert", "event_ids")
"""What a finding takes from the date for which it is raised or continued."""
DAYS: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d):00–\d{4}-\d\d-\d\d 24:00")


@dataclass(frozen=True, slots=True)
class SilentHours:
    """What a policy says is missing on a date.

    ``hours`` are the clock hours, none where it is the whole date; ``since`` is the end of the last hour with rows
    where the date ended in silence.
    """

    since: dt.datetime | None
    hours: tuple[int, ...]

    @property
    def first_date(self) -> dt.date | None:
        """The first date without rows, where whole dates are missing."""
        if self.since is None or self.hours:
            return None
        return (self.since - dt.timedelta(microseconds=1)).date() + ONE_DAY


WHOLE_DATE: Final = SilentHours(None, ())


def update_sources(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> FindingChanges:
    """Raise or update the findings of policies whose subject is a source: one per source and pattern.

    Reads ``policy_days`` and ``source_hours``; keeps the dates of each gap in ``source_gaps``.
    """
    mark_filled(connection, context)
    changes = raise_gaps(connection, context)
    rated = rate_anew(connection, context)
    known = {*changes.new, *changes.updated}
    return changes + FindingChanges(updated=tuple(identity for identity in rated if identity not in known))


def mark_filled(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> None:
    """Note the gaps of judged dates that are none any more, since their rows have come."""
    judged = [date for date in context.judged if date < context.date]
    for gap in rows(connection, "findings", "filled_gaps.sql", dates=judged) if judged else ():
        connection.execute(
            "update source_gaps set filled_on = ? where source = ? and pattern = ? and business_date = ?",
            [context.date, gap["source"], gap["pattern"], gap["business_date"]],
        )


def raise_gaps(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> FindingChanges:
    """Raise or continue the finding of each gap of the night, and of those that late rows showed on earlier dates."""
    night = context.date
    earlier = {
        (finding.source, finding.patterns[0]): finding for finding in open_findings(connection, Subject.SOURCE, night)
    }
    fired = frame(connection, "findings", "fired_on.sql", subject=Subject.SOURCE.value, dates=sorted(context.new_dates))
    changes = FindingChanges()
    for row in fired.sort("business_date", maintain_order=True).iter_rows(named=True):
        source, pattern, date = row["source"], row["pattern"], row["business_date"]
        if date < night and _is_known(connection, source, pattern, date):
            continue
        missing = silent_hours(connection, row)
        _keep_gap(connection, row, missing)
        before = earlier.get((source, pattern))
        start = min(before.window_start, date) if before else date
        assessment = assess(context, told(connection, row, start, night), missing, before)
        identity = Identity(Subject.SOURCE, source=source)
        if before:
            finding = before.continued(night, identity, assessment)
            finding = replace(finding, window_end=max(before.window_end, date))
        else:
            new_id = finding_id(Subject.SOURCE, source, pattern, str(night))
            finding = Finding.raised(
                new_id, night, identity, assessment, previous_finding_id=_previous(connection, source, pattern)
            )
            finding = replace(finding, window_end=date)
        store_finding(connection, finding)
        earlier[source, pattern] = finding  # another policy of the pattern may have fired as well
        changes += FindingChanges.between(before, finding)
    return changes


def rate_anew(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> Iterable[str]:
    """Rate the recent findings about sources by what is known of their gaps tonight; yield those that change."""
    since = context.date - dt.timedelta(days=QUIET_DAYS)
    changed = []
    for row in rows(connection, "findings", "recent_source_findings.sql", since=since):
        finding = Finding.of_row(row)
        standing = gap_standing(connection, finding, context.date, context.settings.planned_silences)
        if standing is None:
            continue
        rated = replace(
            finding,
            severity=standing.severity,
            risk=POLICY_RISK[standing.severity],
            explained=(*standing.explained, innocent_causes(finding.patterns[0])),
        )
        if rated != finding:
            store_finding(connection, rated)
            changed.append(finding.finding_id)
    return changed


def assess(
    context: ScoringContext, fired: Mapping[str, Any], missing: SilentHours, earlier: Finding | None
) -> Assessment:
    """Return what a fired policy (a row of ``policy_days``) makes of a source; ``earlier`` is its open finding."""
    return Assessment(
        window_start=missing.first_date or fired["business_date"],
        window_end=fired["business_date"],
        risk=POLICY_RISK[fired["severity"]],
        severity=Severity(fired["severity"]),
        alert=fired["alert"],
        alerted_by=("policy",) if fired["alert"] else (),
        patterns=(fired["pattern"],),
        reasons=_with_other_gaps(policy_reason(fired, contribution=1.0, value=1.0), earlier),
        policies=tuple(sorted({fired["policy_id"], *(earlier.policies if earlier else ())})),
        exposure=Exposure(patients=0, records=0, accesses=0),
        explained=(innocent_causes(fired["pattern"]),),
        method=SourceMethod(
            __version__,
            context.settings.digest,
            policies=policies_used([fired], earlier.method.policies if earlier else None),
            context=context.tables,
        ),
    )


def _with_other_gaps(reason: Reason, earlier: Finding | None) -> tuple[Reason, ...]:
    """Return a reason beside those of other policies that the finding has: the newest first, all of one weight."""
    others = [one for one in earlier.reasons if one.feature != reason.feature] if earlier else []
    return tuple(replace(one, contribution=round(1 / (1 + len(others)), 6)) for one in (reason, *others))


def told(
    connection: duckdb.DuckDBPyConnection, fired: Mapping[str, Any], start: dt.date, night: dt.date
) -> Mapping[str, Any]:
    """Return a fired policy (a row of ``policy_days``) with the words for all its dates since ``start``."""
    values = {"source": fired["source"], "policy": fired["policy_id"], "start": start, "night": night}
    days = rows(connection, "findings", "source_fired.sql", **values)
    together = fired_together(days)
    return {**fired, **{name: together[name] for name in together if name not in KEPT_OF_DATE}}


def silent_hours(connection: duckdb.DuckDBPyConnection, fired: Mapping[str, Any]) -> SilentHours:
    """Return what a fired policy (a row of ``policy_days``) says is missing; the whole date, if it names no hours."""
    named = json.loads(fired["reason_values"] or "{}").get("hours")
    spans = [str(span) for span in named] if isinstance(named, list) else []
    for span in spans:
        days = DAYS.fullmatch(span)
        if days:
            return SilentHours(dt.datetime.fromisoformat(days[1]) + dt.timedelta(hours=int(days[2])), ())
    found = [(int(match[1]), int(match[2])) for match in map(HOURS.fullmatch, spans) if match]
    if not found:
        return WHOLE_DATE
    if found == [(0, 24)]:
        return WHOLE_DATE
    date: dt.date = fired["business_date"]
    last = connection.execute(
        "select max(hour) + 1 from source_hours where source = ? and business_date = ?", [fired["source"], date]
    ).fetchall()[0][0]
    ended_silent = last is not None and last <= found[-1][0]
    since = dt.datetime.combine(date, dt.time()) + dt.timedelta(hours=last) if ended_silent else None
    return SilentHours(since, tuple(hour for start, end in found for hour in range(start, end)))


def _is_known(connection: duckdb.DuckDBPyConnection, source: str, pattern: str, date: dt.date) -> bool:
    return bool(
        connection.execute(
            "select 1 from source_gaps where source = ? and pattern = ? and business_date = ?", [source, pattern, date]
        ).fetchall()
    )


def _keep_gap(connection: duckdb.DuckDBPyConnection, fired: Mapping[str, Any], missing: SilentHours) -> None:
    """Note a date of a gap. A policy that names no hours takes nothing back of what another one names."""
    key = [fired["source"], fired["pattern"], fired["business_date"]]
    if missing == WHOLE_DATE and _is_known(connection, *key):
        return
    connection.execute("delete from source_gaps where source = ? and pattern = ? and business_date = ?", key)
    connection.execute(
        "insert into source_gaps values (?, ?, ?, ?, ?::integer[], null)", [*key, missing.since, list(missing.hours)]
    )


def _previous(connection: duckdb.DuckDBPyConnection, source: str, pattern: str) -> str | None:
    """Return the newest earlier finding about the source."""
    found = connection.execute(
        "select finding_id from findings where subject = 'source' and source = ? and patterns[1] = ?"
        " order by detected_on desc, finding_id limit 1",
        [source, pattern],
    ).fetchall()
    return str(found[0][0]) if found else None
