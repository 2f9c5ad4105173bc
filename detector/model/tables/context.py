"""The context tables: what a site says of its staff, patients and care, from CSV files that are read at each run."""

from __future__ import annotations

from typing import Final

from detector.model.tables.table import (
    ACCOUNT_TYPE,
    BUSINESS_DATE,
    ENDS_AT,
    PATIENT_ID,
    STARTS_AT,
    USER_ID,
    Column,
    Table,
)

STAFF: Final = Table(
    "staff",
    "account of the staff table, valid for a time; an account may have several",
    (
        USER_ID,
        Column("name", "varchar", "Name of the holder."),
        Column("department", "varchar", "Department that the account belongs to."),
        Column("role", "varchar", "Role or profession."),
        ACCOUNT_TYPE,
        Column("status", "varchar", "`active`, `left` or another word of the site."),
        STARTS_AT,
        ENDS_AT,
        PATIENT_ID.renamed("patient_id", "The holder's own record as a patient."),
        Column("manager_id", "varchar", "Account of the superior."),
        Column("allowed_categories", "varchar", "Categories that the account may read, separated by `|`; null: all."),
        Column(
            "employment",
            "varchar",
            "`permanent`, `agency`, `intern`, `temporary` or another word of the site; null: unknown.",
        ),
    ),
)

PATIENTS: Final = Table(
    "patients",
    "patient",
    (
        PATIENT_ID,
        Column("birth_date", "date", "Date of birth."),
        Column("sex", "varchar", "Sex, in the site's words."),
        Column(
            "flags",
            "varchar",
            "Marks separated by `|`: `vip`, `staff`, `psychiatric`, `reproductive`, `infectious`, `maternity`, "
            "`newborn`.",
        ),
        Column("household_id", "varchar", "Household: patients of one live together."),
    ),
)

ENCOUNTERS: Final = Table(
    "encounters",
    "stay or visit of a patient in a department",
    (
        Column("visit_id", "varchar", "Number of the visit."),
        PATIENT_ID,
        Column("department", "varchar", "Department that the patient was in."),
        Column("kind", "varchar", "`inpatient`, `outpatient` or another word of the site."),
        STARTS_AT,
        ENDS_AT,
    ),
)

CARE_TEAM: Final = Table(
    "care_team",
    "account that cares for a patient for a time",
    (PATIENT_ID, USER_ID, STARTS_AT, ENDS_AT, Column("relation", "varchar", "What the account is to the patient.")),
)

ROSTER: Final = Table(
    "roster",
    "shift of an account",
    (
        USER_ID,
        STARTS_AT.renamed("starts_at", "Begin of the shift by the site's clock."),
        ENDS_AT.renamed("ends_at", "End of the shift by the site's clock."),
    ),
)

APPROVALS: Final = Table(
    "approvals",
    "approval of unusual work of an account",
    (
        USER_ID,
        Column("patterns", "varchar", "Patterns that it covers, separated by `|`; null or empty: all."),
        STARTS_AT,
        ENDS_AT,
        Column("approved_by", "varchar", "Who approved."),
        Column("reason", "varchar", "Why."),
    ),
)

_CROSSWALK: Final = (
    Column("source", "varchar", "The log that writes it so; null: every log."),
    Column("id", "varchar", "The identifier as it is logged."),
    Column("canonical_id", "varchar", "The identifier that it stands for."),
    STARTS_AT,
    ENDS_AT,
)
USER_IDS: Final = Table("user_ids", "account of a log and the one that it stands for, valid for a time", _CROSSWALK)
PATIENT_IDS: Final = Table(
    "patient_ids", "record number of a log and the one that it stands for, valid for a time", _CROSSWALK
)

VIP_PATIENTS: Final = Table("vip_patients", "patient in the public eye", (PATIENT_ID,))
DECOY_PATIENTS: Final = Table("decoy_patients", "invented patient whom nobody treats", (PATIENT_ID,))

CONTEXT: Final = (
    STAFF,
    PATIENTS,
    ENCOUNTERS,
    CARE_TEAM,
    ROSTER,
    APPROVALS,
    USER_IDS,
    PATIENT_IDS,
    VIP_PATIENTS,
    DECOY_PATIENTS,
)
"""The context tables, in the order in which they are loaded."""

_COLUMN_NAME: Final = Column("column_name", "varchar", "`user_id` or `patient_id`.")

IDENTITY_RULES: Final = Table(
    "identity_rules",
    "rule of `[source.identity]`, as the last run applied it",
    (
        Column("source", "varchar", "The log, by its present or a former name."),
        _COLUMN_NAME,
        Column("strip_domain", "boolean", "Whether a domain in front of it or behind it goes."),
        Column("pattern", "varchar", "Its first group is the identifier; null: none."),
        Column("fold", "boolean", "Whether capitals are small letters."),
        Column("pad_to", "integer", "Digits that a number has at least, zeros in front.", "digits"),
    ),
)

IDENTITIES: Final = Table(
    "identities",
    "identifier of a log, the rule applied, that stands for another one, as the last run applied the crosswalk",
    (
        _COLUMN_NAME,
        Column("source", "varchar", "The log, by its present or a former name."),
        Column("id", "varchar", "The identifier."),
        Column("canonical_id", "varchar", "The one that it stands for."),
        Column("starts_at", "timestamp", "From when, by the site's clock."),
        Column("ends_at", "timestamp", "Until when, exclusive; the spans of one identifier do not overlap."),
    ),
)

REKEYED_DATES: Final = Table(
    "rekeyed_dates", "judged date that is judged again, since identifiers stand for others now", (BUSINESS_DATE,)
)

REKEYED_ACCOUNTS: Final = Table(
    "rekeyed_accounts",
    "account that stands for another one since a rule or crosswalk changed: earlier findings name it",
    (USER_ID, Column("canonical_id", "varchar", "The account that its baselines and evidence went to.")),
)

IDENTITY_TABLES: Final = (IDENTITY_RULES, IDENTITIES, REKEYED_DATES, REKEYED_ACCOUNTS)
"""Which account and patient an event is of, as the last run applied it, and what changed with it."""

LOADED_CONTEXT: Final = Table(
    "context_tables",
    "context table, as the last run loaded it",
    (
        Column("name", "varchar", "Name of the context table."),
        Column("configured", "boolean", "Whether the configuration names a file for it."),
        Column("path", "varchar", "The file."),
        Column("rows", "bigint", "Rows of the version in use.", "rows"),
        Column("quarantined", "bigint", "Rows of that version that were not understood.", "rows"),
        Column("digest", "varchar", "Digest of the file that the version in use comes from; null: none was ever good."),
        Column("good_on", "date", "Newest business date that the version in use was good for."),
        Column("failure", "varchar", "Why the newest file is not taken for the truth; null: it is in use."),
        Column("failed_on", "date", "First business date that it failed for."),
        Column("found", "bigint", "What the newest file has of what was counted.", "rows"),
        Column("usual", "bigint", "What it should have had.", "rows"),
        Column("detail", "varchar", "What the system said of the file, or the columns that it lacks."),
        Column("acceptable", "boolean", "Whether `run --accept-context` can accept the newest file."),
        Column("columns", "varchar", "Columns that the version in use has, separated by blanks."),
        Column(
            "fingerprint", "varchar", "Digest of that file's bytes and of how it is read: the same is not read again."
        ),
    ),
)

CONTEXT_SUMS: Final = Table(
    "context_sums",
    "context table and date from which on rows of the version in use count, for its digest of a night",
    (
        Column("name", "varchar", "Name of the context table."),
        Column("digest", "varchar", "Digest of the file that the version comes from."),
        Column("from_on", "date", "Business date on which the rows start, or their end is known."),
        Column("rows", "bigint", "Rows that are added.", "rows"),
        *(
            Column(name, "hugeint", f"Sum over the rows of the {name} quarter of the digest of each.")
            for name in ("first", "second", "third", "fourth")
        ),
    ),
)

CONTEXT_DAYS: Final = Table(
    "context_days",
    "dated context table on a business date that it was good for",
    (
        Column("name", "varchar", "Name of the context table."),
        BUSINESS_DATE,
        Column("rows", "bigint", "Rows valid on the date.", "rows"),
    ),
)
