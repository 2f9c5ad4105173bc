"""Findings that an earlier version wrote told of a policy's last date alone: their sentences are told anew, once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import duckdb
import polars as pl

from detector.database.queries import rows
from detector.findings.finding_data import FindingWindow, fired_policies
from detector.findings.finding_writer import store_finding
from detector.findings.reasons import policy_reason
from detector.model.findings import Finding


def tell_earlier_findings(connection: duckdb.DuckDBPyConnection, sentences: Mapping[str, str]) -> tuple[str, ...]:
    """Tell the reasons of policies over all dates of their findings, where these do not; return the findings' ids.

    ``sentences``: policy → its words, as ``policy_days`` keeps them.
    """
    told = []
    for row in rows(connection, "findings", "told_by_date.sql"):
        finding = Finding.of_row(row)
        user, start, end = str(finding.user_id), finding.window_start, finding.last_seen_on
        fired = fired_policies(connection, [user], end, sentences).filter(pl.col("business_date") >= start)
        together = FindingWindow(user, start, end, fired, fired).fired
        reasons = tuple(
            policy_reason(together[policy], reason.contribution)
            if (policy := reason.feature.removeprefix("policy:")) in together and policy != reason.feature
            else reason
            for reason in finding.reasons
        )
        if reasons != finding.reasons:
            store_finding(connection, dataclasses.replace(finding, reasons=reasons))
            told.append(finding.finding_id)
    return tuple(told)
