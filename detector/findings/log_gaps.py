"""Findings about sources that fell silent: events are missing, and nobody can be named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from detector import __version__
from detector.database.queries import frame
from detector.findings.changes import FindingChanges
from detector.findings.finding_writer import store_finding
from detector.findings.open_findings import open_findings
from detector.findings.reasons import innocent_causes, policy_reason
from detector.findings.risk import POLICY_RISK
from detector.findings.scoring_context import ScoringContext
from detector.model.findings import Assessment, Exposure, Finding, Identity, SourceMethod, Subject, finding_id
from detector.model.severities import Severity


def update_sources(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> FindingChanges:
    """Raise or update the findings of policies whose subject is a source: one per source and pattern."""
    night = context.date
    earlier = {
        (finding.source, finding.patterns[0]): finding for finding in open_findings(connection, Subject.SOURCE, night)
    }
    fired = frame(connection, "findings", "fired_on.sql", subject=Subject.SOURCE.value, dates=[night])
    changes = FindingChanges()
    for row in fired.iter_rows(named=True):
        source, pattern = row["source"], row["pattern"]
        before = earlier.get((source, pattern))
        assessment = assess(context, row)
        identity = Identity(Subject.SOURCE, source=source)
        if before:
            finding = before.continued(night, identity, assessment)
        else:
            new_id = finding_id(Subject.SOURCE, source, pattern, str(night))
            finding = Finding.raised(new_id, night, identity, assessment)
        store_finding(connection, finding)
        earlier[source, pattern] = finding  # another policy of the pattern may have fired as well
        changes += FindingChanges.between(before, finding)
    return changes


def assess(context: ScoringContext, fired: Mapping[str, Any]) -> Assessment:
    """Return what a fired policy (a row of ``policy_days``) makes of a source."""
    return Assessment(
        window_start=context.date,
        risk=POLICY_RISK[fired["severity"]],
        severity=Severity(fired["severity"]),
        alert=fired["alert"],
        patterns=(fired["pattern"],),
        reasons=(policy_reason(fired, contribution=1.0, value=1.0),),
        policies=(fired["policy_id"],),
        exposure=Exposure(patients=0, records=0, accesses=0),
        explained=(innocent_causes(fired["pattern"]),),
        method=SourceMethod(__version__, context.settings.digest),
    )
