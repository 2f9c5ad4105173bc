"""What policies read: one night, and what is known of its accounts and patients; never the whole history."""

from __future__ import annotations

from typing import Final

from detector.model.tables.context import CARE_TEAM, DECOY_PATIENTS, PATIENTS, ROSTER, STAFF, VIP_PATIENTS
from detector.model.tables.events import EVENTS
from detector.model.tables.history import ACCOUNT_SPANS, INTERFACE_HOURS, SOURCE_HOURS, SOURCE_ORDERS
from detector.model.tables.night import ACCOUNTS, APPROVAL_DATES, ENCOUNTERS_ON, PATIENT_DAYS, RELATION_NAMES
from detector.model.tables.table import BUSINESS_DATE, SOURCE, Column, Table

NIGHT_EVENTS: Final = Table(
    "night_events",
    "event of the night",
    (
        *EVENTS.columns,
        Column("is_access", "boolean", "No log-in, log-out or `other`: the account used a record or list."),
    ),
)
NIGHT_PATIENT_DAYS: Final = Table(
    "night_patient_days", "account and patient on the night, as scored", PATIENT_DAYS.columns
)
RECENT_PATIENT_DAYS: Final = Table(
    "recent_patient_days",
    "account and patient on the night or one of the six dates before, as scored",
    PATIENT_DAYS.columns,
)
APPROVALS_ON: Final = Table(
    "approvals_on", "account with approvals in force on the night", APPROVAL_DATES.omit("business_date")
)
ADDRESSES: Final = Table(
    "addresses",
    "network address in the night's events",
    (
        Column("client_ip", "varchar", "The address."),
        Column("external", "boolean", "It lies outside of the site's networks."),
    ),
)
PLANNED_SILENCES: Final = Table(
    "planned_silences",
    "planned silence of a log: an `[[outage]]`, or the time after a source was retired",
    (
        SOURCE,
        Column("starts_at", "timestamp", "Begin by the site's clock."),
        Column("ends_at", "timestamp", "End by the site's clock, exclusive; null: it lasts."),
        Column("reason", "varchar", "The reason given; null: none."),
        Column("retired", "boolean", "The source was retired: its `until` has passed."),
    ),
)
SEALED_RECORDS: Final = Table(
    "sealed_records",
    "time under seal of a record, `detector seal`",
    (
        Column("patient_id", "varchar", "The record; a merged one under each of its numbers that was sealed."),
        Column("starts_at", "timestamp", "Since when, UTC; compare it with `event_time`."),
        Column("ends_at", "timestamp", "When it ended or will end, exclusive, UTC; null: not yet known."),
    ),
)
SOURCE_HABITS: Final = Table(
    "source_habits",
    "log with rows, and how late they use to come",
    (
        SOURCE,
        Column("delay_days", "integer", "By how many dates its rows use to be late.", "days"),
        Column("due_on", "date", "Newest date of which rows are to be there by the end of the night."),
        Column("settled", "boolean", "The delay was seen on three of the last seven dates with rows, or often before."),
    ),
)
SOURCE_DATES: Final = Table(
    "source_dates",
    "log and date, from twelve weeks before its last rows to the night",
    (
        SOURCE,
        BUSINESS_DATE,
        Column("day_off", "boolean", "Weekend or public holiday; a make-up working day is none."),
        Column("events", "bigint", "Rows of the date.", "events"),
        Column("due", "boolean", "With the source's usual delay its rows are to be there by now."),
        Column("planned", "boolean", "A planned silence covers every hour in which the source ever has rows."),
    ),
)
ORDERS_OF_SOURCE: Final = Table("orders_of_source", "log with rows on the night", SOURCE_ORDERS.columns)
NUMBER_HOLES: Final = Table(
    "number_holes",
    "place at which running numbers of a log are missing on the night",
    (
        SOURCE,
        Column("missing", "bigint", "Numbers that are missing, and that no row in quarantine accounts for.", "numbers"),
        Column("starts_at", "timestamp", "Time of the row before, by the site's clock."),
        Column("ends_at", "timestamp", "Time of the row after."),
        Column("before_id", "varchar", "Event before."),
        Column("after_id", "varchar", "Event after."),
        Column("jump", "boolean", "Far more numbers than rows could be written meanwhile: a restart of the database."),
    ),
)
CLOCK_STEPS: Final = Table(
    "clock_steps",
    "place in a file at which the night's rows go back by an hour or more",
    (
        SOURCE,
        Column("before_id", "varchar", "Event before."),
        Column("after_id", "varchar", "Event after."),
        Column("before_at", "timestamp", "Time of the row before, by the site's clock."),
        Column("after_at", "timestamp", "Time of the row after."),
        Column("events", "bigint", "Rows that follow, up to the time that the file had reached.", "events"),
        Column("accounts", "bigint", "Their accounts.", "accounts"),
        Column("again", "bigint", "Accounts of them that had written in the same time before.", "accounts"),
        Column("repeated", "bigint", "Rows of them that an account had written to the second before.", "events"),
    ),
)
KNOWN_SPANS: Final = Table("known_spans", "account that any log has shown before the night", ACCOUNT_SPANS.columns)
POLICY_EVENTS: Final = Table(
    "policy_events",
    "event that a policy fired on",
    EVENTS.pick(
        "event_id", "local_time", "patient_id", "action", "category", "source", "file_id", "row_number",
        "byte_position", "raw",
    ),
)  # fmt: skip

POLICY_TABLES: Final = (
    NIGHT_EVENTS, NIGHT_PATIENT_DAYS, RECENT_PATIENT_DAYS, ACCOUNTS, APPROVALS_ON, ADDRESSES, SOURCE_HOURS,
    INTERFACE_HOURS, SOURCE_ORDERS, NUMBER_HOLES, CLOCK_STEPS, SOURCE_DATES, PLANNED_SILENCES, STAFF, PATIENTS,
    ENCOUNTERS_ON, CARE_TEAM, ROSTER, VIP_PATIENTS, DECOY_PATIENTS, SEALED_RECORDS, RELATION_NAMES,
)  # fmt: skip
"""What a policy's statement may name."""
