"""The list of findings, highest risk first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detector.cli.render.table import Column
from detector.detection import patterns
from detector.texts import Texts

Finding = Mapping[str, Any]


def columns(texts: Texts) -> list[Column]:
    """Return the columns of the table."""

    def severity_style(row: Finding) -> tuple[str, ...]:
        return {"critical": ("bold", "red"), "high": ("red",), "medium": ("yellow",)}.get(str(row["severity"]), ())

    return [
        Column("finding_id", texts("findings.id")),
        Column("risk", texts("findings.risk"), align="right", text=lambda risk: f"{risk:.0f}"),
        Column("severity_name", texts("findings.severity"), style=severity_style),
        Column("who", texts("findings.who"), fit="wrap"),
        Column("department", texts("findings.department"), fit="clip"),
        Column("pattern", texts("findings.pattern"), fit="wrap"),
        Column("patients", texts("findings.patients"), align="right"),
        Column("last_seen", texts("findings.seen")),
    ]


def table_rows(findings: Sequence[Finding], texts: Texts) -> list[dict[str, Any]]:
    """Return the findings with the words that the table shows."""
    return [
        {
            **finding,
            "severity_name": ("! " if finding["alert"] else "  ") + texts.name("severity", finding["severity"]),
            "who": who(finding, texts),
            "pattern": pattern_words(finding, texts, most=1),
            "last_seen": str(finding["last_seen_on"])[5:],
        }
        for finding in findings
    ]


def who(finding: Finding, texts: Texts) -> str:
    """Name the subject of a finding in a few words: the account, the record or the source."""
    if finding["subject"] == "record":
        return texts("findings.record", patient=finding["patient_id"])
    if finding["subject"] == "source":
        return texts("findings.source", source=finding["source"])
    name = finding.get("user_name")
    return f"{finding['user_id']} {name}" if name else str(finding["user_id"])


def pattern_words(finding: Finding, texts: Texts, most: int = 3) -> str:
    """Name the most probable patterns in words."""
    return patterns.pattern_words(finding["patterns"], texts.language, most)
