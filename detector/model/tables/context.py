"""The context tables: what a site says of its staff, patients and care, replaced from CSV files at each run."""

from __future__ import annotations

from typing import Final

from detector.model.tables.table import ACCOUNT_TYPE, ENDS_AT, PATIENT_ID, STARTS_AT, USER_ID, Column, Table

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
    ),
)

PATIENTS: Final = Table(
    "patients",
    "patient",
    (
        PATIENT_ID,
        Column("birth_date", "date", "Date of birth."),
        Column("sex", "varchar", "Sex, in the site's words."),
        Column("flags", "varchar", "Marks separated by `|`: `maternity`, `newborn`, `vip`, `staff`."),
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

VIP_PATIENTS: Final = Table("vip_patients", "patient in the public eye", (PATIENT_ID,))
DECOY_PATIENTS: Final = Table("decoy_patients", "invented patient whom nobody treats", (PATIENT_ID,))

CONTEXT: Final = (STAFF, PATIENTS, ENCOUNTERS, CARE_TEAM, ROSTER, APPROVALS, VIP_PATIENTS, DECOY_PATIENTS)
"""The context tables, in the order in which they are loaded."""

LOADED_CONTEXT: Final = Table(
    "context_tables",
    "context table, as the last run loaded it",
    (
        Column("name", "varchar", "Name of the context table."),
        Column("configured", "boolean", "Whether the configuration names a file for it."),
        Column("path", "varchar", "The file."),
        Column("rows", "bigint", "Rows that were understood.", "rows"),
        Column("quarantined", "bigint", "Rows that were not understood.", "rows"),
    ),
)
