"""Late rows change what a finding's period holds, also where they add nothing to what stands against the person.

The figures of open findings that the night did not rate are counted anew, so that they agree with the log; dates, risk
and what the finding rests on stay.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Sequence

import duckdb
import polars as pl

from detector.database.queries import frame
from detector.database.rows import frame as stored
from detector.findings.changes import FindingChanges
from detector.findings.finding_data import DAYS_BEFORE, FindingData, FindingWindow
from detector.findings.finding_writer import store_days, store_finding
from detector.findings.open_findings import open_findings
from detector.findings.reasons import figures, only_usual, relation_shares
from detector.findings.scoring_context import ScoringContext
from detector.model.findings import Explanation, Finding, Reason, Subject
from detector.model.relations import WITH_CARE

OF_PERIOD = frozenset({*WITH_CARE, "habit"})
"""What speaks for the person and is a share of the period's patients."""


def recount(connection: duckdb.DuckDBPyConnection, context: ScoringContext, rated: Collection[str]) -> FindingChanges:
    """Count the figures of open findings anew whose days hold a late date; ``rated`` are those that tonight rated."""
    changes = FindingChanges()
    if not context.late:
        return changes
    accounts = list(_concerned(connection, Subject.ACCOUNT, context, rated))
    holder_of = dict(connection.execute("select finding_id, holder from finding_holders").fetchall())
    data = FindingData(connection, context.date, (holder_of[one.finding_id] for one in accounts), context.sentences)
    for finding in accounts:
        if finding.window_start >= data.oldest:
            changes += _recount_account(connection, data, finding, holder_of[finding.finding_id])
    for finding in _concerned(connection, Subject.RECORD, context, rated):
        changes += _recount_record(connection, finding)
    return changes


def _concerned(
    connection: duckdb.DuckDBPyConnection, subject: Subject, context: ScoringContext, rated: Collection[str]
) -> Iterator[Finding]:
    before = dt.timedelta(days=DAYS_BEFORE)
    for finding in open_findings(connection, subject, context.date):
        days = (finding.window_start - before, finding.window_end)
        if finding.finding_id not in rated and any(days[0] <= date <= days[1] for date in context.late):
            yield finding


def _recount_account(
    connection: duckdb.DuckDBPyConnection, data: FindingData, finding: Finding, holder: str
) -> FindingChanges:
    window = data.window(holder, finding.window_start, (), finding.window_end)
    counted = dataclasses.replace(
        finding,
        reasons=tuple(_reasons(data, window, finding.reasons)),
        explained=tuple(_explained(data, window, finding.explained)),
    )
    store_finding(connection, counted)
    _store_days(connection, data, window, finding.finding_id)
    return FindingChanges() if counted == finding else FindingChanges.between(finding, counted)


def _reasons(data: FindingData, window: FindingWindow, reasons: Sequence[Reason]) -> Iterator[Reason]:
    means = data.means(window)
    for reason in reasons:
        found = means.get(reason.feature)
        if found is None or reason.values is None or "total" not in reason.values:
            yield reason
        else:
            values = {**reason.values, **figures(reason.feature, found)}
            yield dataclasses.replace(reason, value=found.value, values=values)


def _explained(data: FindingData, window: FindingWindow, explained: Sequence[Explanation]) -> list[Explanation]:
    others = [one for one in explained if one.kind not in OF_PERIOD]
    if len(others) == len(explained):
        return others
    return [*relation_shares(data, window), *only_usual(data, window), *others]


def _store_days(
    connection: duckdb.DuckDBPyConnection, data: FindingData, window: FindingWindow, finding_id: str
) -> None:
    """Store the finding's days with what the account opened on them now; what the finding is about stays."""
    kept = stored(
        connection, "select * exclude (finding_id) from finding_days where finding_id = $id", {"id": finding_id}
    )
    first = window.start - dt.timedelta(days=DAYS_BEFORE)
    now = data.account_days.filter(
        (pl.col("user_id") == window.user_id) & pl.col("business_date").is_between(first, window.end)
    ).select("business_date", accesses_now="accesses", patients_now="patients")
    days = kept.join(now, on="business_date", how="full", coalesce=True).with_columns(
        accesses=pl.max_horizontal("accesses_now", "suspicious_accesses"),
        patients=pl.max_horizontal("patients_now", "suspicious_patients"),
    )
    store_days(connection, finding_id, days.select(kept.columns).fill_null(0).cast(kept.schema).sort("business_date"))


def _recount_record(connection: duckdb.DuckDBPyConnection, finding: Finding) -> FindingChanges:
    span = {"patient": finding.patient_id, "start": finding.window_start, "night": finding.window_end}
    viewers = frame(connection, "findings", "explained_viewers.sql", **span)["accounts"].item()
    explained = tuple(
        dataclasses.replace(one, parameters={"viewers": viewers}) if one.kind == "explained_viewers" else one
        for one in finding.explained
    )
    counted = dataclasses.replace(finding, explained=explained)
    store_finding(connection, counted)
    store_days(connection, finding.finding_id, frame(connection, "findings", "record_days.sql", **span))
    return FindingChanges() if counted == finding else FindingChanges.between(finding, counted)
