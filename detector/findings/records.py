"""One record opened by many: a case about the record, not about thirty people.

For every patient the accounts are counted that opened the record within a week without a reason. Beyond one such viewer
each further one is as unlikely as it is for a record that already had one to get another (a geometric tail fitted on
the last four weeks); a person of public interest needs fewer. Of other records those viewers count less who may be
about to look after the patient, which a booking tells tomorrow: colleagues of one unit, and whoever opened it on the
date of the night, which is judged again tomorrow.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, Final

import duckdb
import polars as pl

from detector import __version__
from detector.database.queries import frame
from detector.detection import thresholds
from detector.detection.scoring import SUSPICIOUS_MICRONATS
from detector.findings.changes import FindingChanges
from detector.findings.finding_data import NO_EVENTS, finding_events
from detector.findings.finding_writer import (
    join_record_case,
    new_finding_id,
    store_days,
    store_evidence,
    store_finding,
    with_kept_events,
)
from detector.findings.holders import Holders
from detector.findings.open_findings import open_findings
from detector.findings.scoring_context import ScoringContext
from detector.model.findings import Assessment, Explanation, Exposure, Finding, Identity, Reason, Subject
from detector.model.methods import RecordMethod
from detector.model.severities import Severity

WINDOW_DAYS: Final = 7
RATIO_DAYS: Final = 28
THRESHOLD: Final = 8.0
"""Nats for an alert."""
LISTED_FROM: Final = 0.8
"""Evidence, in units of the threshold, from which a record is listed."""
VIP_NATS: Final = 3.0
LEAST_VIEWERS: Final = 5
COLLEAGUE: Final = 0.5
"""What a further viewer of a unit counts beside its first one."""
FRESH: Final = 0.5
"""What a viewer counts whose date has been judged once."""
VIEWER_EVIDENCE: Final = 1_000_000
"""Millionths of a nat that an access must add for its account to count as a viewer without a reason."""
RATIO_RANGE: Final = (0.04, 0.5)
PATTERNS: Final = ("vip-snooping", "no-care-relationship")


def update_records(
    connection: duckdb.DuckDBPyConnection, context: ScoringContext
) -> tuple[FindingChanges, dict[str, str]]:
    """Raise or update the findings about records that several accounts opened without a reason.

    Returns what changed, and account → case for the accounts whose access belongs to an alert about a record.
    """
    night = context.date
    viewed = viewed_records(connection, context)
    changes, cases = FindingChanges(), dict[str, str]()
    if viewed.is_empty():
        return changes, cases
    earlier = {finding.patient_id: finding for finding in open_findings(connection, Subject.RECORD, night)}
    step = -math.log(further_viewer_ratio(connection, night))
    for row in viewed.iter_rows(named=True):
        viewers = row["viewers"] if row["vip"] else row["weight"]
        nats = (viewers - 1) * step + (VIP_NATS if row["vip"] else 0.0)
        standing = round(nats / THRESHOLD, 6)
        known = earlier.get(row["patient_id"])
        has_more = row["new_viewers"] or (known is None and row["settled_viewers"])
        if standing >= LISTED_FROM and viewers >= LEAST_VIEWERS and has_more:
            change, joined = update_record(connection, context, row, standing, known)
            changes += change
            cases |= joined
    return changes, cases


def viewed_records(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> pl.DataFrame:
    """Return the records with many viewers within a week, once each: the week of the night, or one of late rows."""
    week = dt.timedelta(days=WINDOW_DAYS - 1)
    weeks = {context.date} | {day + week for day in context.late if day + week < context.date}
    viewed = [
        frame(
            connection,
            "findings",
            "viewed_records.sql",
            since=until - week,
            until=until,
            night=context.date,
            new_dates=list(context.new_dates),
            evidence=VIEWER_EVIDENCE,
            least=LEAST_VIEWERS,
            colleague=COLLEAGUE,
            fresh=FRESH,
        )
        for until in sorted(weeks, reverse=True)
    ]
    return pl.concat(viewed).unique("patient_id", keep="first", maintain_order=True).sort("patient_id")


def further_viewer_ratio(connection: duckdb.DuckDBPyConnection, night: dt.date) -> float:
    """Return how often a record with one unexplained viewer gets a second one within four weeks."""
    values = {"since": night - dt.timedelta(days=RATIO_DAYS), "night": night, "evidence": VIEWER_EVIDENCE}
    viewed, again = frame(connection, "findings", "viewers_per_record.sql", **values).row(0)
    return float(min(max((again + 1) / (viewed + 10), RATIO_RANGE[0]), RATIO_RANGE[1]))


def update_record(
    connection: duckdb.DuckDBPyConnection,
    context: ScoringContext,
    viewed: Mapping[str, Any],
    standing: float,
    earlier: Finding | None,
) -> tuple[FindingChanges, dict[str, str]]:
    """Raise or update the finding about one record (a row of ``viewed_records``).

    ``standing`` is the evidence in units of the threshold. Returns the change, and holder → case for the viewers where
    the finding is an alert.
    """
    night, patient = context.date, viewed["patient_id"]
    start = min(viewed["first_on"], earlier.window_start) if earlier else viewed["first_on"]
    end = max(viewed["last_new_on"], earlier.window_end) if earlier else viewed["last_new_on"]
    span = {"patient": patient, "start": start, "night": end}
    views = frame(connection, "findings", "views_of_record.sql", least=SUSPICIOUS_MICRONATS, **span)
    explained = frame(connection, "findings", "explained_viewers.sql", **span)["accounts"].item()
    assessment = assess(context, views, explained, start, end, standing, earlier)
    identity = Identity(Subject.RECORD, patient_id=patient)
    if earlier:
        finding = earlier.continued(night, identity, assessment)
    else:
        finding = Finding.raised(
            new_finding_id(connection, Subject.RECORD, patient, night), night, identity, assessment
        )
    store_finding(connection, finding)
    events = finding_events(connection, views.with_columns(weight=pl.col("surprisal")), NO_EVENTS)
    store_evidence(connection, finding.finding_id, with_kept_events(connection, finding.finding_id, events))
    store_days(connection, finding.finding_id, frame(connection, "findings", "record_days.sql", **span))
    join_record_case(connection, finding.case_id, patient, views["user_id"].unique().sort().to_list())
    holders = Holders.read(connection).by_holder(views)["user_id"].unique().sort()
    return FindingChanges.between(earlier, finding), dict.fromkeys(holders, finding.case_id) if finding.alert else {}


def assess(
    context: ScoringContext,
    views: pl.DataFrame,
    explained_viewers: int,
    start: dt.date,
    end: dt.date,
    standing: float,
    earlier: Finding | None,
) -> Assessment:
    """Return what the night makes of a record; ``views`` are its suspicious patient-days since ``start``.

    ``end`` is the last date with a new viewer.
    """
    risk = round(max(thresholds.risk(standing), earlier.risk if earlier else 0.0), 1)
    dates = views.group_by("user_id").agg(pl.col("business_date").n_unique())
    viewers = Reason(
        feature="distinct_viewers",
        value=float(views["user_id"].n_unique()),
        own_baseline=None,
        peer_baseline=1.0,
        contribution=1.0,
        patients=1,
        values={
            "returned": dates.filter(pl.col("business_date") > 1).height,
            "printed": views.filter(pl.col("access_type") == "export")["user_id"].n_unique(),
        },
    )
    return Assessment(
        window_start=start,
        window_end=end,
        risk=risk,
        severity=Severity.of_risk(risk),
        alert=standing >= 1 and not context.is_learning,
        alerted_by=("ranking",) if standing >= 1 and not context.is_learning else (),
        patterns=PATTERNS,
        reasons=(viewers,),
        policies=(),
        exposure=Exposure(patients=1, records=1, accesses=int(views["accesses"].sum())),
        explained=(Explanation("explained_viewers", parameters={"viewers": explained_viewers}),),
        method=RecordMethod(
            version=__version__,
            configuration=context.settings.digest,
            history=context.history,
            combined=round(standing, 4),
            thresholds={"record": THRESHOLD},
            policies=(),
            context=context.tables,
        ),
    )
