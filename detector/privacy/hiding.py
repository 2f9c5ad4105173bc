"""Record numbers hidden behind keyed tokens wherever a view would show them, and tokens found again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from detector.database import queries
from detector.privacy.pseudonyms import Pseudonyms


def hidden_findings(
    connection: duckdb.DuckDBPyConnection, findings: Iterable[Mapping[str, Any]], pseudonyms: Pseudonyms
) -> list[dict[str, Any]]:
    """Return findings of the contract with tokens instead of record numbers, in their sentences as well."""
    findings = list(findings)
    numbers = numbers_in_findings(connection, [str(one["finding_id"]) for one in findings])
    return [_hidden(one, numbers[str(one["finding_id"])], pseudonyms) for one in findings]


def numbers_in_findings(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Return finding → the record numbers that its sentences and events may name; none is an empty list."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in queries.rows(connection, "privacy", "numbers_in_findings.sql", findings=list(ids)):
        numbers[str(row["finding_id"])].append(str(row["patient_id"]))
    return numbers


def hidden_events(events: Iterable[Mapping[str, Any]], pseudonyms: Pseudonyms) -> list[dict[str, Any]]:
    """Return a finding's events with tokens; raw rows are left out, since they hold whatever the system logged."""
    rows = []
    for event in events:
        number = event["patient_id"]
        rows.append(
            {
                **event,
                "patient_id": None if number is None else pseudonyms(str(number)),
                "event_id": pseudonyms.in_text(str(event["event_id"]), [str(number)] if number is not None else []),
                "raw": None,
            }
        )
    return rows


def number_of(connection: duckdb.DuckDBPyConnection, token: str, pseudonyms: Pseudonyms) -> str | None:
    """Return the record number that a token stands for, looked for among all that are known; None where none does."""
    for table in ("patient_days", "patients"):
        known = connection.execute(f"select distinct patient_id from {table}").fetchall()
        found = next((str(row[0]) for row in known if pseudonyms(str(row[0])) == token), None)
        if found is not None:
            return found
    return None


def _hidden(finding: Mapping[str, Any], numbers: Sequence[str], pseudonyms: Pseudonyms) -> dict[str, Any]:
    own = finding.get("patient_id")
    known = [*numbers, *([str(own)] if own is not None else [])]
    hidden = dict(finding)
    if own is not None:
        hidden["patient_id"] = pseudonyms(str(own))
    for key in ("reasons", "explained"):
        hidden[key] = [{**one, "text": pseudonyms.in_text(str(one["text"]), known)} for one in finding[key]]
    hidden["event_ids"] = [pseudonyms.in_text(str(one), known) for one in finding["event_ids"]]
    return hidden
