"""NDJSON: the finding by the contract's keys, for receivers that read any JSON (Wazuh, Vector, Fluent Bit, scripts)."""

from __future__ import annotations

from typing import Final

from detector.export.export_format import ExportFormat, Field, instant, nested
from detector.export.notice import PRODUCT, VERSION, Kind, Notice

COMMON: Final = (
    Field("kind", "`finding`, `health` or `test`", lambda notice: notice.kind),
    Field("change", "what happened: `created`, `updated`, `decided`; `health`, `test`", lambda notice: notice.change),
    Field("id", "the finding or the night, stable: update by it", lambda notice: notice.key),
    Field("revision", "number of its state; `id` and `revision` are equal only for a repeated delivery",
          lambda notice: notice.revision),
    Field("recorded_at", "when the change was recorded", lambda notice: instant(notice, "at")),
    Field("title", "the most probable pattern in words", lambda notice: notice.title),
    Field("message", "one sentence", lambda notice: notice.message),
    Field("site", "the hospital", lambda notice: notice.origin.site),
    Field("host", "the machine that checked", lambda notice: notice.origin.host),
    Field("product", "the sender", lambda _: PRODUCT),
    Field("version", "the sender's version", lambda _: VERSION),
    Field("test", "`true` in test events only", lambda notice: True if notice.kind == "test" else None),
    Field("shortened", "`true` where evidence was left out for a size limit", lambda notice: notice.shortened or None),
    Field("trail_head", "hash of the trail's newest entry when it was sent; `detector verify` uses it",
          lambda notice: notice.origin.trail_head),
)  # fmt: skip


def _of(name: str) -> Field:
    """Return the field of one key of the body."""
    return Field(name, MEANINGS[name], lambda notice: notice[name])


MEANINGS: Final = {
    "subject": "`account`, `record` or `source`",
    "user_id": "the account",
    "user_name": "its holder",
    "department": "the holder's department",
    "role": "the holder's role",
    "account_type": "`human`, `service`, `vendor`, `kiosk`",
    "patient_id": "the record, where it is the subject: a pseudonym unless `patient_numbers`",
    "source": "the log source, where it is the subject",
    "case_id": "findings of one cause share it",
    "detected_on": "business date that first listed it",
    "alerted_on": "business date that first made it an alert",
    "last_seen_on": "last business date that added to it",
    "window_start": "first day that the evidence covers",
    "window_end": "last day that the evidence covers",
    "risk": "0 to 100, 50 = the alert threshold",
    "severity": "`low`, `medium`, `high`, `critical`",
    "alert": "whether it is an alert",
    "patterns": "what it looks like, most probable first; empty: no pattern fits",
    "policies": "policies that fired",
    "reasons": "up to five, strongest first, with own and peer baseline",
    "explained": "what speaks for the person",
    "patients": "distinct patients touched",
    "decoys": "decoy records touched, which are no patients",
    "records": "records touched, exports counted in full",
    "accesses": "accesses (account, patient, minute)",
    "event_ids": "up to 20 events behind it",
    "patient_ids": "up to 20 records behind it, as pseudonyms unless `patient_numbers`",
    "sampled": "drawn at random",
    "status": "`open`, or the officer's decision",
    "previous_finding_id": "the earlier episode",
    "business_date": "the day that was checked",
    "events": "events of the day",
    "accounts": "accounts with events",
    "events_without_patient": "events that name no patient",
    "findings_open": "open findings",
    "alerts_open": "open alerts",
    "findings_changed": "findings that this night changed",
    "silent_sources": "sources whose log has a gap",
    "sources": "events by source",
}
FINDING: Final = (
    "subject", "user_id", "user_name", "department", "role", "account_type", "patient_id", "source", "case_id",
    "detected_on", "alerted_on", "last_seen_on", "window_start", "window_end", "risk", "severity", "alert", "patterns",
    "policies", "reasons", "explained", "patients", "decoys", "records", "accesses", "event_ids", "patient_ids",
    "sampled", "status", "previous_finding_id",
)  # fmt: skip
HEALTH: Final = (
    "business_date", "events", "accounts", "accesses", "events_without_patient", "findings_open", "alerts_open",
    "findings_changed", "silent_sources", "sources",
)  # fmt: skip
FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    "finding": (*COMMON, *map(_of, FINDING)),
    "health": (*COMMON, *map(_of, HEALTH)),
    "test": COMMON,
}


def document(notice: Notice) -> dict[str, object]:
    """Return the notice as one object."""
    return nested(FIELDS[notice.kind], notice)


FORMAT = ExportFormat("ndjson", document, FIELDS)
