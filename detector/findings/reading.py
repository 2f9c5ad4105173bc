"""Findings as the contract writes them: read from the store, with texts in the reader's language."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.database.rows import select
from detector.detection.features import BY_ID
from detector.detection.patterns import patterns
from detector.errors import UsageError
from detector.findings.wording import explained_text, reason_text, summary_text
from detector.model.findings import Margin
from detector.texts.language import Language

KEYS: Final = (
    "finding_id", "subject", "patient_id", "source", "case_id", "detected_on", "alerted_on", "last_seen_on", "user_id",
    "user_name", "department", "role", "account_type", "window_start", "window_end", "risk", "severity", "alert",
    "patterns", "reasons", "policies", "patients", "records", "accesses", "event_ids", "explained", "sampled", "status",
    "previous_finding_id", "method",
)  # fmt: skip
"""The keys of a finding, in the order of the contract; `method` is how it was rated, for whoever recomputes it."""


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """One finding with what a reader needs to judge it: its days, its events, and what to check next."""

    finding: dict[str, Any]
    days: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    checks: list[str]
    summary: str
    case: list[str]


def read_findings(
    connection: duckdb.DuckDBPyConnection,
    language: Language,
    since: dt.date | None = None,
    status: str | None = None,
    alerts_only: bool = False,
    identity: str | None = None,
) -> list[dict[str, Any]]:
    """Return the findings, highest risk first; ``since`` is the date they were last seen on or after.

    ``identity`` is the id of the only one that is wanted.
    """
    rows = select(
        connection,
        """
        select findings.*, coalesce(events.event_ids, []) as event_ids
        from findings
        left join (
            select finding_id, list(event_id order by rank) as event_ids
            from finding_events
            where $identity is null or finding_id = $identity
            group by finding_id
        ) as events using (finding_id)
        where
            ($since is null or last_seen_on >= $since)
            and ($status is null or status = $status)
            and (alert or not $alerts_only)
            and ($identity is null or finding_id = $identity)
        order by risk desc, detected_on, finding_id
        """,
        {"since": since, "status": status, "alerts_only": alerts_only, "identity": identity},
    )
    return [finding(row, language) for row in rows]


def resolve(connection: duckdb.DuckDBPyConnection, prefix: str) -> str:
    """Return the id that begins with ``prefix``; raises UsageError where none or several do."""
    found = [
        str(row[0])
        for row in connection.execute(
            "select finding_id from findings where starts_with(lower(finding_id), lower(?)) order by finding_id",
            [prefix],
        ).fetchall()
    ]
    if not found or not prefix:
        raise UsageError(f"no finding begins with {prefix!r}; `detector findings` lists them")
    if len(found) > 1 and prefix not in found:
        raise UsageError(f"{prefix!r} begins {len(found)} findings: {', '.join(found[:6])}; give more of the id")
    return prefix if prefix in found else found[0]


def read_finding(connection: duckdb.DuckDBPyConnection, prefix: str, language: Language) -> FindingDetail:
    """Return the finding whose id begins with ``prefix``; raises UsageError where none or several do."""
    identity = resolve(connection, prefix)
    one = read_findings(connection, language, identity=identity)[0]
    days = select(
        connection, "select * exclude (finding_id) from finding_days where finding_id = ? order by 1", [identity]
    )
    evidence = select(
        connection, "select * exclude (finding_id) from finding_events where finding_id = ? order by rank", [identity]
    )
    case = [
        str(row[0])
        for row in connection.execute(
            "select finding_id from findings where case_id = ? and finding_id <> ? order by risk desc, finding_id",
            [one["case_id"], identity],
        ).fetchall()
    ]
    known = patterns()
    checks = [check for name in one["patterns"][:2] if name in known for check in known[name].checks[language]]
    return FindingDetail(
        finding=one,
        days=days,
        evidence=evidence,
        checks=list(dict.fromkeys(checks))[:5],
        summary=summary_text(one, language),
        case=case,
    )


def finding(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Turn a stored finding into the contract's keys, dates as ISO texts."""
    result = dict(row)
    result["reasons"] = [
        {
            "feature": reason["feature"],
            "value": reason["value"],
            "own_baseline": reason["own_baseline"],
            "peer_baseline": reason["peer_baseline"],
            "contribution": reason["contribution"],
            "text": reason_text(reason, language, BY_ID),
        }
        for reason in json.loads(row["reasons"])
    ]
    result["explained"] = [
        {"text": explained_text(one, language), "share": one.get("share")} for one in json.loads(row["explained"])
    ]
    result["method"] = _method(json.loads(row["method"]))
    for key in ("detected_on", "alerted_on", "last_seen_on", "window_start", "window_end"):
        result[key] = None if row[key] is None else str(row[key])
    return {key: result[key] for key in KEYS}


def _method(document: dict[str, Any]) -> dict[str, Any]:
    """Return how a finding was rated in the words of this version, also where an earlier one wrote it."""
    margin = document.get("margin")
    return document if margin is None else document | {"margin": Margin.read(margin).document()}
