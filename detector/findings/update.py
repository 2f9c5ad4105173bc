"""The findings of a night: the steps that raise them and bring them up to date, in their order."""

from __future__ import annotations

import duckdb

from detector.findings.accounts import update_accounts
from detector.findings.cases import join_shared_harvests, join_viewers
from detector.findings.changes import FindingChanges
from detector.findings.log_gaps import update_sources
from detector.findings.records import update_records
from detector.findings.recounting import recount
from detector.findings.scoring_context import ScoringContext


def update_findings(
    connection: duckdb.DuckDBPyConnection, context: ScoringContext
) -> tuple[FindingChanges, dict[str, float]]:
    """Bring the findings up to date with the evidence and the fired policies of a night.

    Returns what changed, and stream → evidence (nats) that the night needed for an alert.

    The order of the steps matters:

    1. Records first: an account that opened a record as many others did is listed within the record's case, so the
       accounts need the cases of tonight's records.
    2. Accounts.
    3. Cases of several accounts: they compare findings as tonight rated them, with the alerts of tonight.
    4. Log sources. They read and change no finding of another subject, and would stand anywhere as well.
    5. What late rows change in findings that none of the steps rated.
    """
    records, record_cases = update_records(connection, context)
    accounts, limits = update_accounts(connection, context, record_cases)
    join_shared_harvests(connection, context.date)
    join_viewers(connection, context.date)
    sources = update_sources(connection, context)
    changes = records + accounts + sources
    return changes + recount(connection, context, {*changes.new, *changes.updated}), limits
