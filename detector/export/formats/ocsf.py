"""OCSF 1.5.0 (Open Cybersecurity Schema Framework): findings as Detection Finding (class 2004).

The health of a night is a Scan Activity (class 6007): what was scanned, how much, with how many detections.
"""

from __future__ import annotations

from typing import Any, Final

from detector.detection.patterns.pattern import TECHNIQUES
from detector.export.export_format import LEVELS, ExportFormat, Field, milliseconds, nested
from detector.export.notice import PRODUCT, VENDOR, VERSION, Kind, Notice

OCSF_VERSION: Final = "1.5.0"
ACTIVITIES: Final = {"created": (1, "Create"), "updated": (2, "Update"), "test": (1, "Create")}
RISK_LEVELS: Final = {"low": (1, "Low"), "medium": (2, "Medium"), "high": (3, "High"), "critical": (4, "Critical")}
STATUSES: Final = {
    "open": (1, "New"), "escalated": (2, "In Progress"), "justified": (3, "Suppressed"), "confirmed": (4, "Resolved"),
    "false_alarm": (3, "Suppressed"),
}  # fmt: skip
POLICY_ANALYTIC: Final = (1, "Rule")
MODEL_ANALYTIC: Final = (2, "Behavioral")


def activity(notice: Notice) -> tuple[int, str]:
    """Return the activity: a settled finding is closed, an escalated one updated."""
    return (3, "Close") if notice.closed else ACTIVITIES.get(notice.change, (2, "Update"))


def user(notice: Notice) -> dict[str, Any] | None:
    """Return the account as an object of the schema."""
    if notice["user_id"] is None:
        return None
    department, name = notice["department"], notice["user_name"]
    kind = 1 if notice["account_type"] == "human" else 3 if notice["account_type"] == "service" else 99
    return {
        "uid": notice["user_id"],
        "name": notice["user_id"],
        **({"full_name": name} if name else {}),
        **({"groups": [{"name": department}]} if department else {}),
        "type_id": kind,
        "type": {1: "User", 3: "System"}.get(kind, str(notice["account_type"] or "Other")),
    }


def evidences(notice: Notice) -> list[dict[str, Any]]:
    """Return who did it and what speaks for and against."""
    actor = user(notice)
    data = {
        "reasons": [dict(reason) for reason in notice["reasons"]],
        "explained": [dict(one) for one in notice["explained"]],
        "patients": notice["patients"],
        "decoys": notice["decoys"],
        "records": notice["records"],
        "accesses": notice["accesses"],
    }
    return [{**({"actor": {"user": actor}} if actor else {}), "data": data}]


def resources(notice: Notice) -> list[dict[str, Any]]:
    """Return the records and the log source that are concerned."""
    records = list(dict.fromkeys([*filter(None, [notice["patient_id"]]), *(notice["patient_ids"] or ())]))
    found = [{"uid": record, "type": "patient record"} for record in records]
    return found + ([{"name": notice["source"], "type": "audit log"}] if notice["source"] else [])


def observables(notice: Notice) -> list[dict[str, Any]]:
    """Return what a search may look for."""
    if notice["user_id"] is None:
        return []
    return [{"name": "evidences.actor.user.name", "type": "User Name", "type_id": 4, "value": notice["user_id"]}]


def anomalies(notice: Notice) -> list[dict[str, Any]] | None:
    """Return the reasons that have a baseline as analyses of anomalies."""
    compared = [
        reason for reason in notice["reasons"] if (reason["own_baseline"], reason["peer_baseline"]) != (None, None)
    ]
    if not compared or notice["user_id"] is None:
        return None
    targets = [{"name": notice["user_id"], "type": "account"}]
    return [
        {
            "analysis_targets": targets,
            "anomalies": [{"observation_parameter": one["feature"], "observations": [{"value": f"{one['value']:g}"}]}],
            "baselines": [
                {
                    "observation_parameter": one["feature"],
                    "observation_type": kind,
                    "observations": [{"value": f"{one[name]:g}"}],
                }
                for name, kind in (("own_baseline", "own history"), ("peer_baseline", "peers"))
                if one[name] is not None
            ],
        }
        for one in compared
    ]


def attacks(notice: Notice) -> list[dict[str, Any]] | None:
    """Return the techniques of MITRE ATT&CK that fit."""
    return [{"technique": {"uid": uid, "name": TECHNIQUES[uid]}} for uid in notice.techniques] or None


def unmapped(notice: Notice) -> dict[str, Any]:
    """Return what the class has no attribute for."""
    names = (
        "subject", "case_id", "patterns", "policies", "status", "account_type", "role", "window_start", "window_end",
        "detected_on", "alerted_on", "last_seen_on", "sampled", "previous_finding_id",
    )  # fmt: skip
    known = {name: notice[name] for name in names if notice[name] not in (None, [])}
    return known | ({"shortened": True} if notice.shortened else {}) | _trail_head(notice)


def _health_fields(notice: Notice) -> dict[str, Any]:
    names = (
        "business_date", "accounts", "accesses", "events_without_patient", "findings_open", "findings_changed",
        "silent_sources", "sources",
    )  # fmt: skip
    return {name: notice[name] for name in names} | _trail_head(notice)


def _trail_head(notice: Notice) -> dict[str, Any]:
    """Return the hash of the newest entry of the detector's trail when the notice was sent, where there is one."""
    head = notice.origin.trail_head
    return {} if head is None else {"trail_head": head}


METADATA: Final = (
    Field("metadata.version", "the schema's version", lambda _: OCSF_VERSION),
    Field("metadata.product.name", "the sender", lambda _: PRODUCT),
    Field("metadata.product.vendor_name", "the sender's vendor", lambda _: VENDOR),
    Field("metadata.product.version", "the sender's version", lambda _: VERSION),
    Field("metadata.uid", "finding or night, and revision: equal only for a repeated delivery",
          lambda notice: notice.identity),
    Field("metadata.event_code", "the most probable pattern; `health`, `test`", lambda notice: notice.signature),
    Field("metadata.log_name", "the hospital", lambda notice: notice.origin.site),
    Field("metadata.loggers", "the machine that checked",
          lambda notice: [{"name": PRODUCT, "device": {"hostname": notice.origin.host, "type_id": 1}}]),
    Field("time", "when the change was recorded, milliseconds since 1970", lambda notice: milliseconds(notice, "at")),
    Field("severity_id", "1 informational to 5 critical", lambda notice: LEVELS[notice.severity].ocsf),
    Field("severity", "the same in words", lambda notice: LEVELS[notice.severity].name),
    Field("message", "one sentence", lambda notice: notice.message),
)  # fmt: skip
DETECTION: Final = (
    Field("class_uid", "2004", lambda _: 2004),
    Field("class_name", "`Detection Finding`", lambda _: "Detection Finding"),
    Field("category_uid", "2", lambda _: 2),
    Field("category_name", "`Findings`", lambda _: "Findings"),
    Field("activity_id", "1 create, 2 update, 3 close (settled by the officer)", lambda notice: activity(notice)[0]),
    Field("activity_name", "the same in words", lambda notice: activity(notice)[1]),
    Field("type_uid", "200400 + activity", lambda notice: 200400 + activity(notice)[0]),
    Field("type_name", "the same in words", lambda notice: f"Detection Finding: {activity(notice)[1]}"),
    *METADATA,
    Field("finding_info.uid", "the finding, stable: update by it", lambda notice: notice.key),
    Field("finding_info.title", "the most probable pattern in words", lambda notice: notice.title),
)
FINDING: Final = (
    *DETECTION,
    Field(
        "finding_info.types", "what it looks like, most probable first; empty: no pattern fits",
        lambda notice: notice["patterns"],
    ),
    Field("finding_info.desc", "the strongest reason in words", lambda notice: next(iter(notice.reasons), None)),
    Field("finding_info.analytic.uid", "the policy that fired, else the most probable pattern",
          lambda notice: (notice["policies"] or [notice.signature])[0]),
    Field("finding_info.analytic.name", "the most probable pattern in words", lambda notice: notice.title),
    Field("finding_info.analytic.type_id", "1 rule (a policy fired), 2 behavioural",
          lambda notice: (POLICY_ANALYTIC if notice["policies"] else MODEL_ANALYTIC)[0]),
    Field("finding_info.analytic.type", "the same in words",
          lambda notice: (POLICY_ANALYTIC if notice["policies"] else MODEL_ANALYTIC)[1]),
    Field("finding_info.created_time", "begin of the business date that first listed it",
          lambda notice: milliseconds(notice, "first_seen")),
    Field("finding_info.modified_time", "when the change was recorded", lambda notice: milliseconds(notice, "at")),
    Field("finding_info.first_seen_time", "begin of the evidence", lambda notice: milliseconds(notice, "start")),
    Field("finding_info.last_seen_time", "end of the evidence", lambda notice: milliseconds(notice, "end")),
    Field("finding_info.attacks", "technique of MITRE ATT&CK, where one fits", attacks),
    Field("finding_info.related_events", "up to 20 events behind it",
          lambda notice: [{"uid": one, "type": "audit event"} for one in notice["event_ids"]]),
    Field("is_alert", "whether it is an alert", lambda notice: notice["alert"]),
    Field("status_id", "1 new, 2 in progress (escalated), 3 suppressed (justified, false alarm), 4 resolved",
          lambda notice: STATUSES[notice["status"]][0]),
    Field("status", "the same in words", lambda notice: STATUSES[notice["status"]][1]),
    Field("risk_score", "0 to 100, 50 = the alert threshold", lambda notice: round(notice["risk"])),
    Field("risk_level_id", "1 low to 4 critical", lambda notice: RISK_LEVELS[notice.severity][0]),
    Field("risk_level", "the same in words", lambda notice: RISK_LEVELS[notice.severity][1]),
    Field("start_time", "begin of the evidence", lambda notice: milliseconds(notice, "start")),
    Field("end_time", "end of the evidence", lambda notice: milliseconds(notice, "end")),
    Field("count", "accesses (account, patient, minute)", lambda notice: notice["accesses"]),
    Field("evidences", "the account (`actor.user`), the reasons, what speaks for the person, the exposure", evidences),
    Field("resources", "up to 20 records behind it, as pseudonyms unless `patient_numbers`; the silent log", resources),
    Field("observables", "the account", observables),
    Field("anomaly_analyses", "the reasons that have an own or a peer baseline", anomalies),
    Field("unmapped", "the contract's keys that the class has no attribute for, and `trail_head`", unmapped),
)  # fmt: skip
HEALTH: Final = (
    Field("class_uid", "6007", lambda _: 6007),
    Field("class_name", "`Scan Activity`", lambda _: "Scan Activity"),
    Field("category_uid", "6", lambda _: 6),
    Field("category_name", "`Application Activity`", lambda _: "Application Activity"),
    Field("activity_id", "2 completed", lambda _: 2),
    Field("activity_name", "the same in words", lambda _: "Completed"),
    Field("type_uid", "600702", lambda _: 600702),
    Field("type_name", "the same in words", lambda _: "Scan Activity: Completed"),
    *METADATA,
    Field("status_id", "1 success: the day was checked", lambda _: 1),
    Field("status", "the same in words", lambda _: "Success"),
    Field("scan.uid", "the night, stable", lambda notice: notice.key),
    Field("scan.name", "what it is", lambda notice: notice.title),
    Field("scan.type_id", "2 scheduled", lambda _: 2),
    Field("scan.type", "the same in words", lambda _: "Scheduled"),
    Field("start_time", "begin of the day", lambda notice: milliseconds(notice, "start")),
    Field("end_time", "end of the day", lambda notice: milliseconds(notice, "end")),
    Field("total", "events of the day", lambda notice: notice["events"]),
    Field("num_detections", "open alerts", lambda notice: notice["alerts_open"]),
    Field("unmapped", "more figures of the night, `sources` among them, and `trail_head`", _health_fields),
)
TEST: Final = (
    *DETECTION,
    Field("metadata.labels", "`test`", lambda _: ["test"]),
    Field("is_alert", "`false`", lambda _: False),
)
FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {"finding": FINDING, "health": HEALTH, "test": TEST}


def document(notice: Notice) -> dict[str, Any]:
    """Return the notice as one object."""
    return nested(FIELDS[notice.kind], notice)


FORMAT = ExportFormat("ocsf", document, FIELDS)
