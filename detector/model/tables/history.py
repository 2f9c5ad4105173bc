"""What the store keeps of every night: habits, features, evidence and what policies fired on, by business date."""

from __future__ import annotations

from typing import Final

from detector.model.tables.events import EVENTS
from detector.model.tables.night import FACTS, HOURS_OF_INTERFACES, HOURS_OF_SOURCE, WRITES
from detector.model.tables.table import (
    ACCOUNT_TYPE,
    BUSINESS_DATE,
    DEPARTMENT,
    PATIENT_ID,
    ROLE,
    SOURCE,
    USER_ID,
    Column,
    Table,
)

DATES: Final = Table(
    "dates",
    "business date that was worked through",
    (
        BUSINESS_DATE,
        Column("part_watermark", "integer", "Newest event part when the date was scored last: later ones are late."),
        Column("accounts", "bigint", "Accounts with any event.", "accounts"),
        Column("accesses", "bigint", "Distinct minutes of account and patient.", "accesses"),
        Column("patient_days", "bigint", "Pairs of account and patient.", "patient-days"),
        Column("explained", "bigint", "Judged patient-days with a ground (before `judged`: or usual).", "patient-days"),
        Column("suspicious", "bigint", "Patient-days that are suspicious.", "patient-days"),
        Column("events", "bigint", "Rows of the logs.", "events"),
        Column("events_without_patient", "bigint", "Rows that name no patient, logins left out.", "events"),
        Column("thresholds", "varchar", "JSON: evidence needed for an alert by stream, in nats, as calibrated then."),
        Column("late", "boolean", "Before the history: judged for late rows alone."),
        Column("judged", "bigint", "Patient-days of people; none while models learn; null: not kept.", "patient-days"),
        Column("usual", "bigint", "Judged ones that are only usual for the unit; null: not kept.", "patient-days"),
    ),
)

RECORD_WRITES: Final = Table("record_writes", WRITES.row, WRITES.columns)

LABEL_DAYS: Final = Table(
    "label_days",
    "label of a view that an account's accesses had on a business date",
    (
        BUSINESS_DATE,
        USER_ID,
        DEPARTMENT,
        ROLE,
        Column("view", "varchar", "What is labelled: `relation`, `kind` or `object`."),
        Column("label", "varchar", "The label, for instance relation/corroboration/access type."),
        Column("patients", "integer", "Patients with it.", "patients"),
    ),
)

BUSY_RECORDS: Final = Table(
    "busy_records",
    "record without a visit that accounts of many departments opened on a business date",
    (BUSINESS_DATE, PATIENT_ID),
)

SUSPICIONS: Final = Table(
    "suspicions",
    "account and patient on a business date whose access added evidence",
    (
        BUSINESS_DATE,
        USER_ID,
        PATIENT_ID,
        DEPARTMENT,
        ROLE,
        *FACTS.pick("relation", "corroboration", "access_type", "accesses", "records"),
        Column("features", "varchar[]", "Features that the access counts for."),
        Column("surprisal", "integer", "How unusual it is for the account and its peers.", "thousandths of a bit"),
        Column("approved", "boolean", "An approval covers it."),
        Column("largest_evidence", "bigint", "The most that it adds to any component.", "millionths of a nat"),
    ),
    more="one bigint per component of a hypothesis: what the access adds to it, in millionths of a nat; null: nothing",
)

SUSPICION_EVENTS: Final = Table(
    "suspicion_events",
    "row of a log behind a suspicion, kept while it may become part of a finding: logs rotate away",
    (
        BUSINESS_DATE,
        USER_ID,
        PATIENT_ID,
        *EVENTS.pick(
            "event_id", "local_time", "action", "category", "source", "file_id", "row_number", "byte_position", "raw"
        ),
    ),
)

EVIDENCE_DAYS: Final = Table(
    "evidence_days",
    "account on a business date and the evidence that the date adds",
    (
        BUSINESS_DATE,
        USER_ID,
        DEPARTMENT,
        ROLE,
    ),
    more="one bigint per component of a stream: what the date adds to it, in millionths of a nat; null: nothing",
)

ACCOUNT_DAYS: Final = Table(
    "account_days",
    "account with accesses to patients, or exports of lists, on a business date",
    (BUSINESS_DATE, USER_ID, DEPARTMENT, ROLE, ACCOUNT_TYPE),
    more="one bigint per feature, named by its id, added as features are declared",
)

SOURCE_HOURS: Final = Table("source_hours", "log in a clock hour of a business date", HOURS_OF_SOURCE.columns)

INTERFACE_HOURS: Final = Table("interface_hours", "interface in a log and clock hour", HOURS_OF_INTERFACES.columns)

SOURCE_ORDERS: Final = Table(
    "source_orders",
    "log on a business date: how its rows are numbered, and how they follow one another in time",
    (
        SOURCE,
        BUSINESS_DATE,
        Column(
            "numbered", "bigint", "Pairs of rows that follow one another by the log's own running numbers.", "pairs"
        ),
        Column("consecutive", "bigint", "Those between which no number is missing.", "pairs"),
        Column("missing", "bigint", "Numbers that are missing between the others, jumps left out.", "numbers"),
        Column("followed", "bigint", "Pairs of rows that follow one another in a file.", "pairs"),
        Column("in_order", "bigint", "Those whose time goes on, or back by a minute at most.", "pairs"),
        Column("set_back", "bigint", "Those whose time goes back by an hour or more.", "pairs"),
    ),
)

SOURCE_DAYS: Final = Table(
    "source_days",
    "log on a business date: its rows, and whether any of them names or fills what patterns need",
    (
        BUSINESS_DATE,
        SOURCE.renamed("source", "Name of the log when the date was judged."),
        Column("events", "bigint", "Rows of the log.", "events"),
        Column("operations", "bigint", "Successful views, entries, changes, deletions and prints, no lists.", "events"),
        Column("without_patient", "bigint", "Operations that name no patient.", "events"),
        Column("patients", "boolean", "A row names a patient."),
        Column("contact_pages", "boolean", "A patient's contact page was opened."),
        Column("categories", "boolean", "A row names a category beside `list` and `other`."),
        Column("obstetrics", "boolean", "A row is of the category `obstetric` or `newborn`."),
        Column("searches", "boolean", "A row says by what was searched."),
        Column("copies", "boolean", "There is an export or a print."),
        Column("exports", "boolean", "There is an export."),
        Column("record_counts", "boolean", "A row returned more than one record."),
        Column("addresses", "boolean", "A row names a network address."),
        Column("workstations", "boolean", "A row names a workstation."),
        Column("break_glass", "boolean", "There is an emergency access."),
        Column("reasons", "boolean", "An emergency access has a reason."),
        Column("departments", "boolean", "A row names the account's department."),
    ),
)

SOURCE_DELAYS: Final = Table(
    "source_delays",
    "log and business date of which a good part of the rows came after it had been judged",
    (SOURCE, BUSINESS_DATE, Column("days", "integer", "By how many judged dates the rows were late.", "days")),
)

SOURCE_GAPS: Final = Table(
    "source_gaps",
    "log and business date on which it was silent beyond its habit",
    (
        SOURCE,
        Column("pattern", "varchar", "Pattern of the policy that fired."),
        BUSINESS_DATE,
        Column("since", "timestamp", "End of the last clock hour with rows, where the date ended in silence."),
        Column("hours", "integer[]", "Clock hours that are missing; empty: the whole date."),
        Column("filled_on", "date", "Business date of the night in which its rows were there; null: they are not."),
    ),
)

ACCOUNT_SPANS: Final = Table(
    "account_spans",
    "account that any log has shown so far",
    (
        USER_ID,
        Column("first_seen_on", "date", "First business date with an event."),
        Column("last_seen_on", "date", "Last business date with an event."),
        Column("name", "varchar", "Name of the holder, as known last."),
        Column("department", "varchar", "Department, as known last."),
        Column("role", "varchar", "Role, as known last."),
        Column("account_type", "varchar", "`human`, `service`, `vendor` or `kiosk`, as known last."),
    ),
)

POLICY_DAYS: Final = Table(
    "policy_days",
    "subject that a policy fired on at a business date",
    (
        BUSINESS_DATE,
        Column("policy_id", "varchar", "The policy."),
        Column("pattern", "varchar", "Pattern that the policy stands for."),
        Column("severity", "varchar", "`low`, `medium`, `high` or `critical`."),
        Column("alert", "boolean", "The policy alerts by itself; otherwise it adds to the account's evidence."),
        Column("subject", "varchar", "Kind of the subject: `account`, `record` or `source`."),
        Column("user_id", "varchar", "The account; null where the subject is none."),
        Column("source", "varchar", "The log; null where the subject is none."),
        Column("patients", "bigint", "Distinct patients.", "patients"),
        Column("records", "bigint", "Records.", "records"),
        Column("accesses", "bigint", "Distinct minutes of account and patient.", "accesses"),
        Column("approval", "varchar", "Why an approval covers it; null: none does."),
        Column("event_ids", "varchar[]", "The events it rests on."),
        Column("reason_values", "varchar", "JSON: the columns that the policy's reason names."),
        Column("reason_zh", "varchar", "The policy's sentence in Chinese, as worded when it fired."),
        Column("reason_en", "varchar", "The policy's sentence in English, as worded when it fired."),
        Column("version", "integer", "Version of the policy that fired; null: it fired before versions were kept."),
        Column("sha256", "varchar", "Digest of the policy that fired; null: it fired before digests were kept."),
        Column("events", "bigint", "Events that it fired on.", "events"),
        Column("returned", "bigint", "Records that their prints and exports returned.", "records"),
        Column("first_at", "timestamp", "Time of the first of the events, by the site's clock."),
        Column("last_at", "timestamp", "Time of the last of the events, by the site's clock."),
        Column("patient_ids", "varchar[]", "Distinct patients of the events."),
        Column("sentence", "varchar", "JSON: the reason's words by language, how its columns are told over dates."),
    ),
)

POLICY_TEXTS: Final = Table(
    "policy_texts",
    "policy, as it was when it fired for the first time",
    (
        Column("sha256", "varchar", "SHA-256 of the text."),
        Column("policy_id", "varchar", "The policy."),
        Column("version", "integer", "Its version."),
        Column("content", "varchar", "The text of its file: without blanks at line ends, lines ended by LF."),
    ),
)

HISTORY: Final = (
    DATES, RECORD_WRITES, LABEL_DAYS, BUSY_RECORDS, SUSPICIONS, SUSPICION_EVENTS, EVIDENCE_DAYS, ACCOUNT_DAYS,
    SOURCE_HOURS, INTERFACE_HOURS, SOURCE_ORDERS, SOURCE_DAYS, SOURCE_DELAYS, SOURCE_GAPS, ACCOUNT_SPANS, POLICY_DAYS,
    POLICY_TEXTS,
)  # fmt: skip
