"""ECS (Elastic Common Schema): nested JSON, for Elastic, OpenSearch, and whatever else knows its field names.

Own fields stand under one root, ``access_audit``, as the schema asks. Sigma rules for these fields ship with the
detector (``detector/export/sigma``).
"""

from __future__ import annotations

from typing import Final

from detector.export.export_format import LEVELS, ExportFormat, Field, instant, nested
from detector.export.notice import PRODUCT, VENDOR, VERSION, Kind, Notice

ECS_VERSION: Final = "8.17.0"

COMMON: Final = (
    Field("@timestamp", "when the change was recorded", lambda notice: instant(notice, "at")),
    Field("ecs.version", "the schema's version", lambda _: ECS_VERSION),
    Field("message", "one sentence", lambda notice: notice.message),
    Field("event.id", "the finding or the night, stable: take it as the document's id", lambda notice: notice.key),
    Field("event.sequence", "number of its state; with `event.id` equal only for a repeated delivery",
          lambda notice: notice.revision),
    Field("event.code", "the most probable pattern; `health`, `test`", lambda notice: notice.signature),
    Field("event.action", "what happened: `finding-created`, `finding-updated`, `finding-decided`; `health`, `test`",
          lambda notice: f"finding-{notice.change}" if notice.kind == "finding" else notice.change),
    Field("event.module", "`access_audit`", lambda _: "access_audit"),
    Field("event.dataset", "`access_audit.finding`, `access_audit.health`, `access_audit.test`",
          lambda notice: f"access_audit.{notice.kind}"),
    Field("event.provider", "the sender", lambda _: PRODUCT),
    Field("observer.vendor", "the sender's vendor", lambda _: VENDOR),
    Field("observer.product", "the sender", lambda _: PRODUCT),
    Field("observer.type", "`access-audit`", lambda _: "access-audit"),
    Field("observer.version", "the sender's version", lambda _: VERSION),
    Field("host.name", "the machine that checked", lambda notice: notice.origin.host),
    Field("organization.name", "the hospital", lambda notice: notice.origin.site),
    Field("access_audit.shortened", "`true` where evidence was left out for a size limit",
          lambda notice: notice.shortened or None),
    Field("access_audit.trail_head",
          "hash of the trail's newest entry when it was sent; `detector verify` uses it",
          lambda notice: notice.origin.trail_head),
)  # fmt: skip


def _own(name: str, meaning: str) -> Field:
    return Field(f"access_audit.{name}", meaning, lambda notice: notice[name])


FINDING: Final = (
    *COMMON,
    Field("event.kind", "`alert`; `event` where it is no alert",
          lambda notice: "alert" if notice["alert"] else "event"),
    Field("event.category", "`iam`, `intrusion_detection`", lambda _: ["iam", "intrusion_detection"]),
    Field("event.type", "`info`", lambda _: ["info"]),
    Field("event.severity", "0 to 100 as in Elastic's own rules: 21, 47, 73, 99",
          lambda notice: LEVELS[notice.severity].elastic),
    Field("event.risk_score", "0 to 100, 50 = the alert threshold", lambda notice: float(notice["risk"])),
    Field("event.risk_score_norm", "the same", lambda notice: float(notice["risk"])),
    Field("event.start", "begin of the evidence", lambda notice: instant(notice, "start")),
    Field("event.end", "end of the evidence", lambda notice: instant(notice, "end")),
    Field("event.reason", "the strongest reason in words", lambda notice: next(iter(notice.reasons), None)),
    Field("rule.id", "the most probable pattern", lambda notice: notice.signature),
    Field("rule.name", "its title", lambda notice: notice.title),
    Field("rule.category", "all patterns but the first, if any",
          lambda notice: ", ".join(notice["patterns"][1:]) or None),
    Field("rule.ruleset", "policies that fired", lambda notice: ", ".join(notice["policies"]) or None),
    Field("user.id", "the account", lambda notice: notice["user_id"]),
    Field("user.name", "the account", lambda notice: notice["user_id"]),
    Field("user.full_name", "its holder", lambda notice: notice["user_name"]),
    Field("user.roles", "the holder's role", lambda notice: [notice["role"]] if notice["role"] else None),
    Field("user.group.name", "the holder's department", lambda notice: notice["department"]),
    Field("user.risk.calculated_score_norm", "the risk, where an account is the subject",
          lambda notice: float(notice["risk"]) if notice["user_id"] else None),
    Field("related.user", "the account", lambda notice: [notice["user_id"]] if notice["user_id"] else None),
    Field("threat.framework", "`MITRE ATT&CK`, where a technique fits",
          lambda notice: "MITRE ATT&CK" if notice.techniques else None),
    Field("threat.technique.id", "its technique",
          lambda notice: list(notice.techniques) or None),
    Field("tags", "`access-audit`, and `decided` once the officer has settled it",
          lambda notice: ["access-audit", *(["decided"] if notice.closed else [])]),
    _own("subject", "`account`, `record` or `source`"),
    _own("account_type", "`human`, `service`, `vendor`, `kiosk`"),
    _own("case_id", "findings of one cause share it"),
    _own("patterns", "what it looks like, most probable first; empty: no pattern fits"),
    _own("policies", "policies that fired"),
    _own("status", "`open`, or the officer's decision"),
    _own("alert", "whether it is an alert"),
    _own("severity", "`low`, `medium`, `high`, `critical`"),
    _own("detected_on", "business date that first listed it"),
    _own("alerted_on", "business date that first made it an alert"),
    _own("last_seen_on", "last business date that added to it"),
    _own("patients", "distinct patients touched"),
    _own("decoys", "decoy records touched, which are no patients"),
    _own("records", "records touched, exports counted in full"),
    _own("accesses", "accesses (account, patient, minute)"),
    _own("patient_id", "the record, where it is the subject: a pseudonym unless `patient_numbers`"),
    _own("patient_ids", "up to 20 records behind it, as pseudonyms unless `patient_numbers`"),
    _own("source", "the log source, where it is the subject"),
    Field("access_audit.reasons", "the strongest reasons in words", lambda notice: notice.reasons),
    Field("access_audit.explained", "what speaks for the person", lambda notice: notice.explained),
    _own("event_ids", "up to 20 events behind it"),
    _own("sampled", "drawn at random"),
    _own("previous_finding_id", "the earlier episode"),
)  # fmt: skip
HEALTH: Final = (
    *COMMON,
    Field("event.kind", "`state`", lambda _: "state"),
    Field("event.category", "`process`", lambda _: ["process"]),
    Field("event.type", "`info`", lambda _: ["info"]),
    Field("event.outcome", "`success`: the day was checked", lambda _: "success"),
    Field("event.start", "begin of the day", lambda notice: instant(notice, "start")),
    Field("event.end", "end of the day", lambda notice: instant(notice, "end")),
    Field("tags", "`access-audit`", lambda _: ["access-audit"]),
    _own("business_date", "the day that was checked"),
    _own("events", "events of the day"),
    _own("accounts", "accounts with events"),
    _own("accesses", "accesses (account, patient, minute)"),
    _own("events_without_patient", "events that name no patient"),
    _own("findings_open", "open findings"),
    _own("alerts_open", "open alerts"),
    _own("findings_changed", "findings that this night changed"),
    _own("silent_sources", "sources whose log has a gap"),
    _own("sources", "events by source"),
)
TEST: Final = (
    *COMMON,
    Field("event.kind", "`event`", lambda _: "event"),
    Field("event.category", "`process`", lambda _: ["process"]),
    Field("event.type", "`info`", lambda _: ["info"]),
    Field("tags", "`access-audit`, `test`", lambda _: ["access-audit", "test"]),
)
FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {"finding": FINDING, "health": HEALTH, "test": TEST}


def document(notice: Notice) -> dict[str, object]:
    """Return the notice as one object."""
    return nested(FIELDS[notice.kind], notice)


FORMAT = ExportFormat("ecs", document, FIELDS)
