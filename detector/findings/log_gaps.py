"""Findings about sources that fell silent: events are missing, and nobody can be named."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import duckdb
import polars as pl

from detector import __version__
from detector.findings.accounts import POLICY_RISK, QUIET_DAYS, Night, Raised, finding_id
from detector.findings.finding_writer import store_evidence, store_finding


def update_sources(connection: duckdb.DuckDBPyConnection, night: Night, raised: Raised) -> None:
    """Raise or update the findings of policies whose subject is a source."""
    fired = connection.sql(
        "from policy_days where subject = 'source' and business_date = $night order by source, policy_id",
        params={"night": night.date},
    ).pl()
    for row in fired.iter_rows(named=True):
        known = _open(connection, night, row["source"], row["pattern"])
        identity = (
            known["finding_id"] if known else finding_id("source", row["source"], row["pattern"], str(night.date))
        )
        alert = bool(row["alert"] or (known and known["alert"]))
        reason = {
            "feature": f"policy:{row['policy_id']}",
            "value": 1.0,
            "own_baseline": None,
            "peer_baseline": None,
            "contribution": 1.0,
            "patients": 0,
            "texts": {"zh": row["reason_zh"], "en": row["reason_en"]},
        }
        store_finding(
            connection,
            {
                "finding_id": identity,
                "subject": "source",
                "user_id": None,
                "patient_id": None,
                "source": row["source"],
                "case_id": known["case_id"] if known else identity,
                "detected_on": known["detected_on"] if known else night.date,
                "alerted_on": (known["alerted_on"] if known else None) or (night.date if alert else None),
                "last_seen_on": night.date,
                "user_name": None,
                "department": None,
                "role": None,
                "account_type": None,
                "window_start": known["window_start"] if known else night.date,
                "window_end": night.date,
                "risk": round(POLICY_RISK[row["severity"]], 1),
                "severity": row["severity"],
                "alert": alert,
                "patterns": [row["pattern"]],
                "reasons": json.dumps([reason], ensure_ascii=False),
                "policies": [row["policy_id"]],
                "patients": 0,
                "records": 0,
                "accesses": 0,
                "explained": json.dumps([{"kind": "innocent_causes", "share": None, "pattern": row["pattern"]}]),
                "sampled": False,
                "status": known["status"] if known else "open",
                "previous_finding_id": None,
                "method": json.dumps({"version": __version__, "configuration": night.settings.digest}),
            },
        )
        store_evidence(connection, identity, pl.DataFrame(schema=EVIDENCE_SCHEMA))
        (raised.updated if known else raised.new).append(identity)
        if alert and not (known and known["alert"]):
            raised.alerts.append(identity)


EVIDENCE_SCHEMA = pl.Schema(
    {
        "event_id": pl.String(),
        "local_time": pl.Datetime("us"),
        "patient_id": pl.String(),
        "action": pl.String(),
        "category": pl.String(),
        "source": pl.String(),
        "path": pl.String(),
        "row_number": pl.Int64(),
        "byte_position": pl.Int64(),
        "raw": pl.String(),
        "explanation": pl.String(),
        "surprisal": pl.Int32(),
    }
)


def _open(connection: duckdb.DuckDBPyConnection, night: Night, source: str, pattern: str) -> dict[str, Any] | None:
    rows = connection.sql(
        "from findings where subject = 'source' and source = $source and list_contains(patterns, $pattern)"
        " and status not in ('confirmed', 'justified', 'false_alarm') and last_seen_on >= $since"
        " order by detected_on desc",
        params={"source": source, "pattern": pattern, "since": night.date - dt.timedelta(days=QUIET_DAYS)},
    ).pl()
    return rows.row(0, named=True) if rows.height else None
