"""Findings with one cause are one case: two accounts that split a harvest, and the viewers of a record in the news.

Where exactly two accounts of a unit gather contacts beyond their patients in the same weeks, at least one of them to an
alert, and hardly ever open the same patient, their findings share a case: the officer sees the union of their patients
at once, and the budget counts one alert. Three or more who do the same look like a task of the unit, and stay apart.
Both findings must say of themselves that contacts were gathered: a leaver's account is no half of a harvest.

Accounts that a policy names for one record of a person in the public eye are one case as well: that of the first alert.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import frame, rows
from detector.detection.patterns import named_for
from detector.findings.finding_writer import store_finding
from detector.findings.open_findings import open_findings
from detector.model.findings import Finding, Subject
from detector.model.methods import AccountMethod

STREAM: Final = "harvest"
IN_PUBLIC_EYE: Final = "vip-snooping"
LEAST_EVIDENCE: Final = 0.5
"""What a partner's evidence must reach, in units of the alert threshold."""
COMMON_SHARE: Final = 0.1
"""Largest share of the smaller list that two who split the work may have in common."""


def join_shared_harvests(connection: duckdb.DuckDBPyConnection, night: dt.date) -> None:
    """Give the open findings of two accounts that share a harvest one case: that of the earlier alert."""
    units: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in open_findings(connection, Subject.ACCOUNT, night):
        if finding.department is not None and gathers_contacts(finding):
            units.setdefault((finding.department, finding.role), []).append(finding)
    for findings in units.values():
        if len(findings) == 2 and is_split(connection, *findings):
            store_in_one_case(connection, *findings)


def gathers_contacts(finding: Finding) -> bool:
    """Tell whether a finding has the evidence of a harvest and is named for it."""
    return harvest_evidence(finding) >= LEAST_EVIDENCE and STREAM in named_for(finding.patterns)


def join_viewers(connection: duckdb.DuckDBPyConnection, night: dt.date) -> None:
    """Give the open findings that policies alert for one record in the public eye one case: that of the first alert."""
    told = {
        finding.finding_id: finding
        for finding in open_findings(connection, Subject.ACCOUNT, night)
        if "policy" in finding.alerted_by and finding.patterns[:1] == (IN_PUBLIC_EYE,)
    }
    viewers: dict[str, list[Finding]] = {}
    for row in rows(connection, "findings", "main_records.sql", findings=sorted(told)) if told else ():
        viewers.setdefault(row["patient_id"], []).append(told[row["finding_id"]])
    for findings in viewers.values():
        first, *others = sorted(findings, key=lambda one: (one.alerted_on or dt.date.max, one.finding_id))
        for finding in others:
            if finding.case_id == finding.finding_id != first.case_id:
                store_finding(connection, dataclasses.replace(finding, case_id=first.case_id))


def harvest_evidence(finding: Finding) -> float:
    """Return the harvest evidence when the finding was last rated, in units of the alert threshold."""
    return finding.method.standing.get(STREAM, 0.0) if isinstance(finding.method, AccountMethod) else 0.0


def is_split(connection: duckdb.DuckDBPyConnection, one: Finding, other: Finding) -> bool:
    """Tell whether two findings look like two parts of one harvest."""
    together = one.window_start <= other.window_end and other.window_start <= one.window_end
    own_cases = all(finding.case_id == finding.finding_id for finding in (one, other))
    if not (together and own_cases and (one.alert or other.alert)):
        return False
    ids = [one.finding_id, other.finding_id]
    lists = frame(connection, "findings", "suspicious_lists.sql", findings=ids)
    sizes = lists["finding_id"].value_counts()["count"].to_list()
    common = lists.group_by("patient_id").len().filter(pl.col("len") > 1).height
    return len(sizes) == 2 and common <= COMMON_SHARE * min(sizes)


def store_in_one_case(connection: duckdb.DuckDBPyConnection, one: Finding, other: Finding) -> None:
    """Let both findings have the case of the one that alerted first."""
    first, second = sorted((one, other), key=lambda finding: (finding.alerted_on or dt.date.max, finding.finding_id))
    store_finding(connection, dataclasses.replace(second, case_id=first.case_id))
