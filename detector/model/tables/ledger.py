"""The store's ledger: what was read, where it lies, what was set aside and what was purged."""

from __future__ import annotations

from typing import Final

from detector.model.tables.table import BUSINESS_DATE, BYTE_POSITION, FILE_ID, ROW_NUMBER, SOURCE, Column, Table

SCHEMA_STEPS: Final = Table(
    "schema_steps", "schema step that was applied", (Column("name", "varchar", "File of the step."),)
)

FILES: Final = Table(
    "files",
    "content that was read",
    (
        FILE_ID.renamed("file_id", "Number of the content."),
        SOURCE,
        Column("path", "varchar", "Where the content was seen last."),
        Column("format", "varchar", "Format of the file: `csv`, `ndjson`, `parquet`."),
        Column("encoding", "varchar", "As detected or configured; null for binary formats."),
        Column("delimiter", "varchar", "Separator of the fields; null where the format has none."),
        Column("size_bytes", "bigint", "Size of the file on disk when it was read last.", "bytes"),
        Column("modified_ns", "bigint", "Time of its last change.", "ns since 1970"),
        Column("inode", "bigint", "Inode of the file."),
        Column("head_bytes", "integer", "Length of the head that `head_digest` covers.", "bytes"),
        Column("head_digest", "varchar", "SHA-256 of the first bytes, uncompressed."),
        Column("bytes_read", "bigint", "Complete rows read so far, uncompressed.", "bytes"),
        Column("prefix_digest", "varchar", "SHA-256 of those bytes."),
        Column("tail_bytes", "bigint", "Length of a last line without line end, read provisionally.", "bytes"),
        Column("tail_digest", "varchar", "SHA-256 of that line."),
        Column("tail_part_id", "integer", "Event part that its event lies in."),
        Column("tail_rows", "bigint", "What `rows_read` owes to that line.", "rows"),
        Column("tail_accepted", "bigint", "What `accepted` owes to it.", "rows"),
        Column("tail_duplicates", "bigint", "What `duplicates` owes to it.", "rows"),
        Column("tail_quarantined", "bigint", "What `quarantined` owes to it.", "rows"),
        Column("tail_renamed", "bigint", "What `renamed_ids` owes to it.", "rows"),
        Column("rows_read", "bigint", "Records of the file: accepted, duplicates and quarantined.", "rows"),
        Column("accepted", "bigint", "Rows that became events.", "rows"),
        Column("duplicates", "bigint", "Rows whose event was there already.", "rows"),
        Column("quarantined", "bigint", "Rows that were not understood.", "rows"),
        Column("renamed_ids", "bigint", "Accepted rows whose id was taken by other content: `~2`, `~3`.", "rows"),
        Column("first_date", "date", "First business date of its events."),
        Column("last_date", "date", "Last business date of its events."),
        Column("mapping_digest", "varchar", "Digest of the source's settings when it was read."),
        Column("problem", "varchar", "Why the file, or its rest, could not be read."),
        Column("header", "varchar", "JSON: the header that its last rows were read by; null: not known, or none."),
        Column("skipped", "bigint", "Lines or entries that are no records: of other programs, say.", "lines"),
        Column("tail_skipped", "bigint", "What `skipped` owes to the last line without line end.", "lines"),
    ),
)

FILE_PROBLEMS: Final = Table(
    "file_problems",
    "file of the last run that could not be read, or not whole",
    (
        SOURCE,
        Column("path", "varchar", "The file, or the pattern where none could be looked at."),
        Column("problem", "varchar", "Why; it stays until the file is mended or taken away."),
    ),
)

STORE_OWNER: Final = Table(
    "store_owner",
    "deployment that the store belongs to",
    (
        Column("site_name", "varchar", "Name of the site; null where the configuration never gave one."),
        Column("timezone", "varchar", "Zone in which business dates begin."),
    ),
)

SOURCE_NAMES: Final = Table(
    "source_names",
    "former name of a source",
    (
        Column("former", "varchar", "What the source was called when events were loaded."),
        Column("source", "varchar", "What it is called now."),
    ),
)

QUARANTINE: Final = Table(
    "quarantine",
    "row of a log or context table that was not understood",
    (
        SOURCE.renamed("source", "Name of the log, or `context:` and the context table."),
        FILE_ID.renamed("file_id", "The file in the table `files`; null for context tables."),
        Column("path", "varchar", "The file."),
        ROW_NUMBER,
        BYTE_POSITION,
        Column("reason", "varchar", "What is wrong with the row."),
        Column("raw", "varchar", "The row, cut after 1 MiB."),
    ),
)

EVENT_PARTS: Final = Table(
    "event_parts",
    "immutable Parquet part of events",
    (
        Column("part_id", "integer", "Number of the part; later parts came later."),
        SOURCE,
        FILE_ID,
        Column("path", "varchar", "The part, relative to the store's folder."),
        Column("rows", "bigint", "Events in it.", "rows"),
        Column("first_date", "date", "First business date in it."),
        Column("last_date", "date", "Last business date in it."),
        Column("first_time", "timestamp", "First `event_time` in it, UTC."),
        Column("last_time", "timestamp", "Last `event_time` in it, UTC."),
        Column("lowest_id", "varchar", "Smallest `event_id` in it."),
        Column("highest_id", "varchar", "Largest `event_id` in it."),
        Column("derived_ids", "bigint", "Events whose id was derived from their content.", "rows"),
        Column("renamed_ids", "bigint", "Events whose id was taken by other content.", "rows"),
        Column(
            "log_rows",
            "bigint",
            "Rows of the log that its events are of: a row that names several patients is several events. Empty in"
            " older parts: as many as events.",
            "rows",
        ),
    ),
)

REPEATS: Final = Table(
    "repeats",
    "row without an id that was a duplicate: the n-th identical row of one file is the n-th event",
    (FILE_ID, Column("event_id", "varchar", "The event that it repeats.")),
)

UNKNOWN_VALUES: Final = Table(
    "unknown_values",
    "value of a file that its column does not know",
    (
        SOURCE,
        FILE_ID,
        Column("column_name", "varchar", "The column of an event."),
        Column("value", "varchar", "Taken as `other`, or as unknown where the column has no `other`."),
        Column("rows", "bigint", "Rows that have it.", "rows"),
    ),
)

WAITING_ROWS: Final = Table(
    "waiting_rows",
    "quarantined row of a log that is an event as soon as what it waits for is so",
    (
        SOURCE,
        FILE_ID,
        ROW_NUMBER,
        Column("waits_for", "varchar", "`time`: its own time has come; `order`: that of day and month is settled."),
        Column("base_id", "varchar", "Identity before it is made unique."),
        Column("event_time", "timestamp", "Time of the event, UTC; null while its order is open."),
        Column("user_id", "varchar", "The account."),
        Column("workstation", "varchar", "Where it was."),
        Column("record", "varchar", "JSON: the row's canonical texts."),
    ),
)

TIME_ORDERS: Final = Table(
    "time_orders",
    "first row of a source that settles the order of day and month; two contradict each other",
    (
        SOURCE,
        Column("time_order", "varchar", "`day_first` or `month_first`."),
        FILE_ID,
        Column("path", "varchar", "Where the file was when the row was read."),
        ROW_NUMBER,
        Column("event_time", "varchar", "The time as the log wrote it."),
    ),
)

PATIENT_DAY_PARTS: Final = Table(
    "patient_day_parts",
    "Parquet part of patient-days, all of one business date",
    (
        BUSINESS_DATE,
        Column("path", "varchar", "The part, relative to the store's folder."),
        Column("rows", "bigint", "Patient-days in it.", "rows"),
    ),
)

PURGED_PARTS: Final = Table(
    "purged_parts",
    "part of events that was purged, whole or the older rows of it",
    (
        Column("purged_before", "date", "Business dates before it were purged."),
        Column("part_id", "integer", "The part."),
        FILE_ID,
        Column("path", "varchar", "The part, relative to the store's folder."),
        Column("rows", "bigint", "Rows of the log whose events went.", "rows"),
        Column("first_date", "date", "First business date of them."),
    ),
)

PURGED_QUARANTINE: Final = Table(
    "purged_quarantine",
    "file whose quarantined rows were purged",
    (
        Column("purged_before", "date", "Business dates before it were purged."),
        FILE_ID,
        Column("rows", "bigint", "Rows that went.", "rows"),
    ),
)

LEDGER: Final = (
    SCHEMA_STEPS, FILES, QUARANTINE, EVENT_PARTS, REPEATS, UNKNOWN_VALUES, PATIENT_DAY_PARTS, PURGED_PARTS,
    PURGED_QUARANTINE, FILE_PROBLEMS, STORE_OWNER, SOURCE_NAMES, WAITING_ROWS, TIME_ORDERS,
)  # fmt: skip
