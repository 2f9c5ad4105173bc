"""The findings and what happens to them: their rows and days, the outbox, officers' decisions, the trail as noted."""

from __future__ import annotations

from typing import Final

from detector.model.tables.events import EVENTS
from detector.model.tables.night import PATIENT_DAYS
from detector.model.tables.table import BUSINESS_DATE, FILE_ID, Column, Table

FINDING_ID: Final = Column("finding_id", "varchar", "The finding.")

FINDINGS: Final = Table(
    "findings",
    "finding, in its newest state",
    (
        FINDING_ID.renamed("finding_id", "Identity of the finding: a digest of subject and first day."),
        Column("subject", "varchar", "Kind of the subject: `account`, `record` or `source`."),
        Column("user_id", "varchar", "The account; null where the subject is none."),
        Column("patient_id", "varchar", "The patient; null where the subject is no record."),
        Column("source", "varchar", "The log; null where the subject is none."),
        Column("case_id", "varchar", "Findings of one matter share it."),
        Column("detected_on", "date", "Business date of the night that found it."),
        Column("alerted_on", "date", "Business date of the night in which it became an alert; null: it is none."),
        Column("last_seen_on", "date", "Last business date that added to it."),
        Column("user_name", "varchar", "Name of the account's holder."),
        Column("department", "varchar", "Department of the account."),
        Column("role", "varchar", "Role of the account."),
        Column("account_type", "varchar", "`human`, `service`, `vendor` or `kiosk`."),
        Column("window_start", "date", "First business date of the period."),
        Column("window_end", "date", "Last business date of the period."),
        Column("risk", "double", "0 to 100; an alert begins at 50."),
        Column("severity", "varchar", "`low`, `medium`, `high` or `critical`."),
        Column("alert", "boolean", "Whether somebody has to look at it."),
        Column("patterns", "varchar[]", "Patterns, the strongest first."),
        Column("reasons", "varchar", "JSON: feature, value, own and peer baseline, contribution, parameters."),
        Column("policies", "varchar[]", "Policies that fired."),
        Column("patients", "bigint", "Distinct patients, decoys left out.", "patients"),
        Column("records", "bigint", "Records.", "records"),
        Column("accesses", "bigint", "Distinct minutes of account and patient.", "accesses"),
        Column("explained", "varchar", "JSON: what explains part of the accesses: kind, share, parameters."),
        Column("sampled", "boolean", "Drawn by lot for a look although it is no alert."),
        Column("status", "varchar", "`open`, `closed` or what an officer decided."),
        Column("previous_finding_id", "varchar", "The finding of an earlier period of the same subject."),
        Column("method", "varchar", "JSON: version, digest of the configuration, thresholds, evidence."),
        Column("alerted_by", "varchar[]", "What made it an alert: `policy`, `ranking`, `draw`; null: not kept then."),
        Column("decoys", "bigint", "Distinct decoy records, which are no patients; null: not told apart.", "records"),
    ),
)

FINDING_EVENTS: Final = Table(
    "finding_events",
    "row of a log that a finding rests on",
    (
        FINDING_ID,
        Column("rank", "integer", "Place in the finding, from 1."),
        *EVENTS.pick("event_id", "local_time"),
        Column("patient_id", "varchar", "The patient; null where the row names none."),
        *EVENTS.pick("action", "category", "source"),
        Column("path", "varchar", "The file."),
        *EVENTS.pick("row_number", "byte_position", "raw"),
        *PATIENT_DAYS.pick("explanation", "surprisal"),
    ),
)

FINDING_DAYS: Final = Table(
    "finding_days",
    "business date of a finding",
    (
        FINDING_ID,
        BUSINESS_DATE,
        Column("accesses", "bigint", "Distinct minutes of account and patient.", "accesses"),
        Column("patients", "bigint", "Distinct patients.", "patients"),
        Column("suspicious_accesses", "bigint", "Accesses of suspicious patient-days.", "accesses"),
        Column("suspicious_patients", "bigint", "Patients of suspicious patient-days.", "patients"),
        Column("evidence", "double", "Evidence that the day added.", "nats"),
    ),
)

OUTBOX: Final = Table(
    "outbox",
    "message for SIEMs: a finding in its newest state, or the health of a night",
    (
        Column("key", "varchar", "The finding, or `health:` and the date."),
        Column("sequence", "bigint", "Order of the changes: a later change has a larger number."),
        Column("kind", "varchar", "`finding` or `health`."),
        Column("revision", "integer", "Revision of the finding, from 1."),
        Column("business_date", "date", "Business date of the night that brought the change."),
        Column("recorded_at", "timestamp", "When the change was brought, UTC."),
        Column("status", "varchar", "Status of the finding."),
        Column("alert", "boolean", "Whether the finding is an alert."),
        Column("digest", "varchar", "SHA-256 of what is exported: equal digests need no second delivery."),
        Column("content", "varchar", "JSON: the night's health; null for findings."),
        Column("decisions", "integer", "Decisions about the finding that the row took into account.", "decisions"),
    ),
)

DECISIONS: Final = Table(
    "decisions",
    "decision of an officer about a finding",
    (
        Column("number", "integer", "Number of the entry in the trail."),
        Column("hash", "varchar", "Hash of the entry."),
        Column("decided_at", "timestamp", "When it was taken, UTC."),
        Column("officer", "varchar", "Who took it."),
        Column("account", "varchar", "Account of the system that it was taken with."),
        FINDING_ID.renamed(
            "finding_id",
            "The finding it applies to: the one named, or what a restored store has in its place.",
        ),
        Column("disposition", "varchar", "`confirmed`, `justified`, `false_alarm`, `escalated`; `open`: taken back."),
        Column("note", "varchar", "The officer's note."),
        Column("through", "date", "It counts after this business date: the last one judged when a run first read it."),
        Column("patterns", "varchar[]", "Scope of a justification; empty: all patterns."),
        Column("until", "date", "Last day of a justification; null: without end."),
        Column("undoes", "integer", "Number of the decision that it takes back."),
        Column("state", "varchar", "JSON: risk, patients, window … of the finding that was decided on."),
        Column("sequence", "bigint", "Order in which runs read the decisions, that of the trail: the last one stands."),
        Column("decided_finding_id", "varchar", "The finding that the officer's entry names."),
        Column("decided_through", "date", "Last business date worked through when it was taken."),
        Column("noted", "boolean", "An entry of the trail tells after which date it counts."),
    ),
)

OFFICER_LOOKS: Final = Table(
    "officer_looks",
    "time that an officer saw the whole list of findings",
    (
        Column("officer", "varchar", "Who looked."),
        Column("through", "date", "Last business date worked through then."),
        Column("looked_at", "timestamp", "When, UTC."),
        Column("number", "integer", "Number of the entry in the trail."),
        Column("seen", "varchar", "JSON: finding → accesses, of those last seen on that date; null: not known."),
    ),
)

RECORD_SEALINGS: Final = Table(
    "record_sealings",
    "act of an officer that seals a record, or lifts its seal",
    (
        Column("number", "integer", "Number of the entry in the trail."),
        Column("hash", "varchar", "Hash of the entry."),
        Column("acted_at", "timestamp", "When it was entered, UTC."),
        Column("officer", "varchar", "Who did it."),
        Column("account", "varchar", "Account of the system that it was done with."),
        Column("patient_id", "varchar", "The record, as the officer named it."),
        Column("act", "varchar", "`seal` or `lift`."),
        Column("moment", "timestamp", "From which it holds, UTC."),
        Column("until", "date", "Last day of a sealing; null: until it is lifted."),
        Column("note", "varchar", "The officer's note."),
        Column("through", "date", "It counts after this business date: the last one judged when a run first read it."),
        Column("sequence", "bigint", "Order in which runs read the acts, that of the trail."),
        Column("noted", "boolean", "An entry of the trail tells after which date it counts."),
    ),
)

TRAIL_ENTRIES: Final = Table(
    "trail_entries",
    "entry of the trail that a night has read",
    (
        Column("number", "integer", "Number of the entry."),
        Column("hash", "varchar", "Hash of the entry."),
        Column("end_byte", "bigint", "Where its line ends in the trail.", "bytes"),
    ),
)

NOTED_FILES: Final = Table(
    "noted_files",
    "content that an entry of the trail names with its hash",
    (
        FILE_ID,
        Column("bytes_read", "bigint", "Length that the hash covers.", "bytes"),
        Column("prefix_digest", "varchar", "SHA-256 of these bytes."),
    ),
)

NOTED_DATES: Final = Table("noted_dates", "business date that an entry of the trail records", (BUSINESS_DATE,))

PART_DIGESTS: Final = Table(
    "part_digests",
    "part of events or patient-days, as a night left it",
    (
        Column("path", "varchar", "The part, relative to the store's folder."),
        Column("sha256", "varchar", "SHA-256 of the file."),
        Column("bytes", "bigint", "Its length.", "bytes"),
        Column("sealed", "boolean", "Whether an entry of the trail covers it; false: loaded since."),
    ),
)

FINDING_DIGESTS: Final = Table(
    "finding_digests",
    "finding, as a night left it",
    (
        FINDING_ID,
        Column("row_sha256", "varchar", "SHA-256 of its row in `findings`, the status left out."),
        Column("evidence_sha256", "varchar", "SHA-256 of its rows in `finding_days` and `finding_events`."),
    ),
)

DATE_DIGESTS: Final = Table(
    "date_digests",
    "business date, as a night left it",
    (
        BUSINESS_DATE,
        Column("sha256", "varchar", "SHA-256 of the date's rows in the tables that nights keep by date."),
    ),
)

RESULTS: Final = (
    FINDINGS, FINDING_EVENTS, FINDING_DAYS, OUTBOX, DECISIONS, OFFICER_LOOKS, RECORD_SEALINGS,
    TRAIL_ENTRIES, NOTED_FILES, NOTED_DATES,
    PART_DIGESTS, FINDING_DIGESTS, DATE_DIGESTS,
)  # fmt: skip
