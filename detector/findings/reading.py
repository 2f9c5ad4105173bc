"""Findings as the contract writes them: read from the store, with texts in the reader's language."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.database.queries import rows
from detector.database.rows import select
from detector.detection.features import BY_ID
from detector.detection.patterns import patterns
from detector.errors import UsageError
from detector.findings.decoys import decoy_records
from detector.findings.told_reasons import parts_of_reasons, told_reasons, usual_reasons
from detector.findings.wording import explained_text, reason_text, summary_text
from detector.model.findings import ALERTED_BY
from detector.model.methods import Margin
from detector.texts import load_texts
from detector.texts.language import Language

KEYS: Final = (
    "finding_id", "subject", "patient_id", "source", "case_id", "detected_on", "alerted_on", "last_seen_on", "user_id",
    "user_name", "department", "role", "account_type", "window_start", "window_end", "risk", "severity", "alert",
    "patterns", "reasons", "policies", "patients", "records", "accesses", "event_ids", "explained", "sampled", "status",
    "previous_finding_id", "method", "alerted_by", "decoys",
)  # fmt: skip
"""The keys of a finding, in the order of the contract; `method` is how it was rated, for whoever recomputes it."""

PATTERNS_CHECKED: Final = 2
"""The next steps of the most probable patterns are listed, of so many."""
CHECKS_LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class FindingDetail:
    """One finding with what a reader needs to judge it: its days, its events, and what to check next.

    ``evidence`` says of each event whether its record ``is_decoy``. ``reasons`` are those that a reader is told
    (:func:`told_reasons`), ``reason_parts`` what each of them counts in other words; ``finding`` has all of them.
    ``account_now`` is what its account stands for since a rule of identity or a crosswalk changed. ``cleared`` says
    that what it was raised for has been explained since.
    """

    finding: dict[str, Any]
    reasons: list[dict[str, Any]]
    reason_parts: list[list[dict[str, Any]]]
    days: list[dict[str, Any]]
    evidence: list[dict[str, Any]]
    checks: list[str]
    summary: str
    case: list[str]
    account_now: str | None = None
    cleared: str | None = None


def read_findings(
    connection: duckdb.DuckDBPyConnection,
    language: Language,
    since: dt.date | None = None,
    status: str | None = None,
    alerts_only: bool = False,
    identity: str | None = None,
) -> list[dict[str, Any]]:
    """Return the findings, highest risk first; ``since`` is the date they were last seen on or after.

    ``identity`` is the id of a finding: then it is read alone.
    """
    values = {"since": since, "status": status, "alerts_only": alerts_only, "identity": identity}
    return [finding(row, language) for row in rows(connection, "findings", "listed_findings.sql", **values)]


def resolve(connection: duckdb.DuckDBPyConnection, prefix: str) -> str:
    """Return the id that begins with ``prefix``; raises UsageError where none or several do."""
    found = select(
        connection,
        "select finding_id from findings where starts_with(lower(finding_id), lower($prefix)) order by finding_id",
        {"prefix": prefix},
    )
    ids = [str(row["finding_id"]) for row in found]
    if not ids or not prefix:
        raise UsageError(f"no finding begins with {prefix!r}; `detector findings` lists them")
    if len(ids) > 1 and prefix not in ids:
        raise UsageError(f"{prefix!r} begins {len(ids)} findings: {', '.join(ids[:6])}; give more of the id")
    return prefix if prefix in ids else ids[0]


def read_finding(connection: duckdb.DuckDBPyConnection, prefix: str, language: Language) -> FindingDetail:
    """Return the finding whose id begins with ``prefix``; raises UsageError where none or several do."""
    identity = resolve(connection, prefix)
    found = read_findings(connection, language, identity=identity)[0]
    days = select(
        connection, "select * exclude (finding_id) from finding_days where finding_id = ? order by 1", [identity]
    )
    evidence = select(
        connection, "select * exclude (finding_id) from finding_events where finding_id = ? order by rank", [identity]
    )
    decoys = decoy_records(connection)
    case = select(
        connection,
        "select finding_id from findings where case_id = ? and finding_id <> ? order by risk desc, finding_id",
        [found["case_id"], identity],
    )
    ((stored, explained),) = connection.execute(
        "select reasons, explained from findings where finding_id = ?", [identity]
    ).fetchall()
    wrote = any(one.get("written") for one in json.loads(explained))
    cleared = (explained_text(one, language) for one in json.loads(explained) if one["kind"] == "cleared")
    named = [patterns()[name] for name in found["patterns"][:PATTERNS_CHECKED] if name in patterns()]
    checks = dict.fromkeys(check for pattern in named for check in pattern.next_steps(language, wrote=wrote))
    if not found["patterns"]:
        checks = {load_texts(language)("show.check_days"): None}
    return FindingDetail(
        finding=found,
        reasons=told_reasons(json.loads(stored), language),
        reason_parts=parts_of_reasons(json.loads(stored), language),
        days=days,
        evidence=[{**event, "is_decoy": event["patient_id"] in decoys} for event in evidence],
        checks=list(checks)[:CHECKS_LISTED],
        summary=summary_text(found, language),
        case=[str(row["finding_id"]) for row in case],
        account_now=_account_now(connection, found["user_id"]),
        cleared=next(cleared, None),
    )


def _account_now(connection: duckdb.DuckDBPyConnection, user: str | None) -> str | None:
    known = "select 1 from duckdb_tables() where table_name = 'rekeyed_accounts'"
    if user is None or not connection.execute(known).fetchall():  # a copy that an earlier version published
        return None
    found = connection.execute("select canonical_id from rekeyed_accounts where user_id = ?", [user]).fetchall()
    return str(found[0][0]) if found else None


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
    stored = json.loads(row["explained"])
    covered = [one for one in stored if one.get("share") is not None]
    usual = [{"text": text, "share": None} for text in usual_reasons(json.loads(row["reasons"]), language)]
    result["explained"] = [
        *({"text": explained_text(one, language), "share": one["share"]} for one in covered),
        *usual,
        *({"text": explained_text(one, language), "share": None} for one in stored if one not in covered),
    ]
    result["method"] = _method(json.loads(row["method"]))
    result["alerted_by"] = alerted_by(row, result["method"])
    result["decoys"] = row.get("decoys") or 0
    for key in ("detected_on", "alerted_on", "last_seen_on", "window_start", "window_end"):
        result[key] = None if row[key] is None else str(row[key])
    return {key: result[key] for key in KEYS}


def alerted_by(row: Mapping[str, Any], method: Mapping[str, Any]) -> list[str]:
    """Return what made a finding an alert; of one that an earlier version raised, as far as it shows."""
    if row["alerted_by"] is not None or not row["alert"]:
        return list(row["alerted_by"] or ())
    by_ranking = method.get("combined", 0.0) >= 1 and not row["sampled"]
    found = {"policy": bool(row["policies"]), "ranking": by_ranking, "draw": bool(row["sampled"])}
    return [name for name in ALERTED_BY if found[name]]


def _method(document: dict[str, Any]) -> dict[str, Any]:
    """Return how a finding was rated in the words of this version, also where an earlier one wrote it."""
    margin = document.get("margin")
    return document if margin is None else document | {"margin": Margin.read(margin).document()}
