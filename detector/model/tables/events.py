"""The canonical event, as parts hold it and every statement about events reads it."""

from __future__ import annotations

from typing import Final

from detector.model.tables.table import (
    BUSINESS_DATE,
    BYTE_POSITION,
    FILE_ID,
    PATIENT_ID,
    RAW,
    ROW_NUMBER,
    SOURCE,
    USER_ID,
    Column,
    Table,
)  # fmt: skip

EVENTS: Final = Table(
    "events",
    "row of a log",
    (
        SOURCE,
        FILE_ID,
        ROW_NUMBER,
        BYTE_POSITION,
        RAW,
        Column("event_id", "varchar", "Identity: the log's name with its own id, or with a digest of the row."),
        Column("event_time", "timestamp", "When it happened, UTC."),
        Column("local_time", "timestamp", "When it happened, by the site's clock."),
        BUSINESS_DATE,
        USER_ID,
        Column("user_name", "varchar", "Name of the account's holder, as the log has it."),
        Column("user_department", "varchar", "Department of the account, as the log has it."),
        Column("user_role", "varchar", "Role of the account, as the log has it."),
        PATIENT_ID.renamed("patient_id", "The patient's record number; null where a row names no patient."),
        Column("patient_department", "varchar", "Department that the patient is in, as the log has it."),
        Column("visit_id", "varchar", "The visit or stay that the row belongs to."),
        Column("action", "varchar", "What was done: `view`, `search`, `print` …."),
        Column("category", "varchar", "Kind of data: `demographics`, `note`, `list` …."),
        Column("record_count", "bigint", "Records that the row stands for: more than 1 for lists.", "records"),
        Column("query_by", "varchar", "What a search looked for: `phone`, `name` …."),
        Column("client_ip", "varchar", "Network address of the client."),
        Column("workstation", "varchar", "Name of the computer."),
        Column("application", "varchar", "Program that wrote the row."),
        Column("session_id", "varchar", "Session between login and logout."),
        Column("outcome", "varchar", "`success` or `failure`."),
        Column("reason", "varchar", "What the user gave as the reason, for instance when breaking the glass."),
    ),
)

EVENT_PLACE: Final = EVENTS.pick("source", "file_id", "row_number", "byte_position", "raw")
"""Where in which file an event stands, and its text."""
