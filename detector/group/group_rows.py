"""Findings of the group by the keys that the hospitals' own findings have, with sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from detector import __version__
from detector.findings.reading import KEYS
from detector.findings.reasons import rounded_shares
from detector.group.group_findings import SUBJECT, GroupFinding
from detector.model.findings import CLOSED_STATUSES, FindingRow, Status
from detector.model.severities import Severity
from detector.texts import Texts

GROUP_KEYS: Final = ("hospital", *KEYS, "members")


def hospital_row(finding: FindingRow, hospital: str) -> dict[str, Any]:
    """Return a hospital's own finding as the group lists it."""
    return {"hospital": hospital, **finding, "members": None}


def group_row(finding: GroupFinding, texts: Texts, statuses: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Return a finding of the group; ``statuses``: hospital and finding → what was decided there."""
    told: dict[str, Any] = {
        "subject": SUBJECT,
        "case_id": finding.finding_id,
        "alerted_on": str(finding.detected_on),
        "severity": Severity.of_risk(finding.risk).value,
        "alert": True,
        "patterns": list(finding.patterns),
        "reasons": _reasons(finding, texts),
        "policies": [],
        "event_ids": [],
        "explained": [{"text": texts(f"group.explained_{finding.kind}"), "share": None}],
        "sampled": False,
        "status": _status(statuses.get((one.hospital, one.finding_id or "")) for one in finding.members),
        "method": {
            "version": __version__,
            "kind": finding.kind,
            "token": finding.token,
            "standing": dict(finding.streams),
            "thresholds": dict(finding.limits),
        },
        "alerted_by": ["ranking" if finding.kind == "account" else "policy"],
        "decoys": 0,
    }
    for key in KEYS:
        if key not in told:
            value = getattr(finding, key, None)
            told[key] = str(value) if key.endswith(("_on", "_start", "_end")) and value is not None else value
    members = [
        {"hospital": one.hospital, "finding_id": one.finding_id, "user_id": one.user_id} for one in finding.members
    ]
    return {"hospital": None} | {key: told[key] for key in KEYS} | {"members": members}


def _reasons(finding: GroupFinding, texts: Texts) -> list[dict[str, Any]]:
    """Return one reason a hospital, that which brings most first."""
    parts = rounded_shares(dict(finding.shares))
    limit = 1.0
    if finding.kind == "account":
        limit = finding.limits[max(finding.streams, key=lambda name: finding.streams[name])]
    ordered = sorted(finding.shares.items(), key=lambda item: (-item[1], item[0]))
    return [
        {
            "feature": f"group:{finding.kind}",
            "value": share,
            "own_baseline": None,
            "peer_baseline": None,
            "contribution": parts[hospital],
            "text": texts(
                f"group.reason_{finding.kind}", hospital=hospital, part=f"{share / limit:.2f}", accounts=f"{share:.0f}"
            ),
        }
        for hospital, share in ordered
    ]


def _status(decided: Iterable[str | None]) -> str:
    """Return what was decided: once every hospital has closed its own finding, the gravest of the decisions."""
    found = [status or Status.OPEN.value for status in decided]
    if found and all(status in CLOSED_STATUSES for status in found):
        return next(one.value for one in (Status.CONFIRMED, Status.JUSTIFIED, Status.FALSE_ALARM) if one in found)
    return Status.ESCALATED.value if Status.ESCALATED.value in found else Status.OPEN.value
