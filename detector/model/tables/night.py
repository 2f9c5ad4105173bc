"""The tables that a night makes of events and context, one row per account, patient or department on its dates.

They are temporary: ``sql/night`` has a file for each, but for those of dates and of the site, which are made in Python.
"""

from __future__ import annotations

from typing import Final

from detector.model.tables.context import APPROVALS, ENCOUNTERS, STAFF
from detector.model.tables.table import (
    ACCOUNT_TYPE,
    BUSINESS_DATE,
    DEPARTMENT,
    ENDS_AT,
    PATIENT_ID,
    ROLE,
    SOURCE,
    STARTS_AT,
    USER_ID,
    Column,
    Table,
)  # fmt: skip

JUDGED_DATES: Final = Table("judged_dates", "business date that the night works through", (BUSINESS_DATE,))

CALENDAR_DAYS: Final = Table(
    "calendar_days",
    "business date that the night works through",
    (BUSINESS_DATE, Column("day_off", "boolean", "Weekend or public holiday; a make-up working day is none.")),
)

SENSITIVE_DEPARTMENTS: Final = Table(
    "sensitive_departments",
    "department that the site calls sensitive",
    (Column("department", "varchar", "The department."),),
)

SITE_RULES: Final = Table(
    "site_rules",
    "night: what `[detection]` of the configuration says",
    (
        Column("office_codes", "varchar[]", "Departments that are authorised offices, in upper case."),
        Column("office_words", "varchar[]", "Words in their names, in lower case."),
        Column("kiosk_words", "varchar[]", "Words in the role or id of a kiosk's account, in lower case."),
        Column("vendor_words", "varchar[]", "Words in the role or id of a vendor's account, in lower case."),
        Column("service_words", "varchar[]", "Words in the role or id of a service account, in lower case."),
        Column("night_from", "integer", "First hour of the night.", "hours"),
        Column("night_to", "integer", "Hour at which the night is over.", "hours"),
        Column("month_end_from", "integer", "First day of the month at which offices export by duty.", "days"),
        Column("month_end_to", "integer", "Last day of the month at which they do.", "days"),
        Column("new_account_days", "integer", "How long an account is new.", "days"),
        Column("new_account_history_days", "integer", "History before an account not in staff can be new.", "days"),
        Column("staff_lag_days", "integer", "How long a new account may wait for the staff table.", "days"),
        Column("cover_days", "integer", "Days over which writing for another unit counts, the last included.", "days"),
        Column("cover_patients", "integer", "Inpatients of that unit written for, at least.", "patients"),
        Column("cover_share", "double", "Share of all patients written for, at least.", "share"),
        Column("follow_up_days_before", "integer", "How long before a call its note may be written.", "days"),
        Column("follow_up_days_after", "integer", "How long after a call its note may be written.", "days"),
        Column("follow_up_discharged_days", "integer", "How long discharged patients are followed up.", "days"),
        Column("follow_up_notes", "integer", "Patients with a note, at least.", "patients"),
        Column("follow_up_patients", "integer", "Discharged patients opened on the day, at least.", "patients"),
        Column("follow_up_patients_per_note", "integer", "Patients opened per one with a note, at most.", "patients"),
        Column("care_team_days_before", "integer", "How long before its start a care-team row counts.", "days"),
        Column("care_team_days_after", "integer", "How long after its end a care-team row counts.", "days"),
        Column("roster_minutes_before", "integer", "How long before its start a shift counts.", "minutes"),
        Column("roster_minutes_after", "integer", "How long after its end a shift counts.", "minutes"),
        Column("blind_share", "double", "Share of operations without patient above which a site is blind.", "share"),
        Column("test_patients", "varchar[]", "Records that exist for tests."),
        Column("policy_seconds", "integer", "How long a policy of the site may take on a date.", "seconds"),
    ),
)

RELATION_NAMES: Final = Table(
    "relation_names",
    "relation between account and patient",
    (
        Column("relation", "varchar", "Name of the relation: `inpatient`, `visited_7`, `stranger` and others."),
        Column("without_care", "boolean", "No ground for an access: only habit or work can explain it."),
        Column("present", "boolean", "The patient is in the hospital then, or expected."),
        Column("after_discharge", "boolean", "Follow-up duty accounts for such accesses."),
        Column("open_to_offices", "boolean", "The task of an authorised office accounts for such accesses."),
    ),
)

STAFF_ON: Final = Table(
    "staff_on",
    "account of the staff table on a business date: the row that is valid then",
    (
        BUSINESS_DATE,
        *STAFF.pick("user_id", "name", "department", "role", "account_type", "status"),
        Column("own_patient_id", "varchar", "The holder's own record as a patient."),
        *STAFF.pick("manager_id", "allowed_categories"),
        Column("in_post_since", "timestamp", "Since when the holder is in this department and role; null: always."),
        Column("left_at", "timestamp", "End of the row by the site's clock, where the night already knows of it."),
        Column("has_left", "boolean", "All rows of the account have ended, or its status is `left`."),
        Column("held_since", "date", "Since when the holder has the account; null: nobody had it before."),
    ),
)

LOG_ACCOUNTS: Final = Table(
    "log_accounts",
    "account with events on a business date, as the log itself describes it",
    (
        BUSINESS_DATE,
        USER_ID,
        Column("name", "varchar", "Most frequent name in its rows."),
        Column("department", "varchar", "Most frequent department in its rows."),
        Column("role", "varchar", "Most frequent role in its rows."),
        Column("events", "integer", "Rows of the log.", "events"),
        Column("active_hours", "integer", "Clock hours with any event.", "hours"),
        Column("patients", "integer", "Distinct patients in its rows.", "patients"),
    ),
)

ACCOUNT_DATES: Final = Table(
    "account_dates",
    "account with events on a business date: who it is, as of that date",
    (
        BUSINESS_DATE,
        USER_ID,
        Column("name", "varchar", "Name of the holder."),
        DEPARTMENT,
        ROLE,
        ACCOUNT_TYPE,
        Column("status", "varchar", "Status of the staff table; `active` for an account that is not in it."),
        *STAFF_ON.pick("has_left", "left_at", "own_patient_id", "manager_id", "allowed_categories"),
        Column("in_staff", "boolean", "The staff table has the account."),
        Column("new_account", "boolean", "The account began within the days before that the site calls new."),
        *LOG_ACCOUNTS.pick("events", "active_hours"),
        *STAFF_ON.pick("held_since"),
    ),
)

LOGGED_DAYS: Final = Table(
    "logged_days",
    "account and patient on a business date: what the account did with the record",
    (
        BUSINESS_DATE,
        USER_ID,
        PATIENT_ID,
        Column("log_department", "varchar", "Most frequent department of the patient in the rows."),
        Column("first_at", "timestamp", "First event by the site's clock."),
        Column("last_at", "timestamp", "Last event by the site's clock."),
        Column("events", "integer", "Rows of the log.", "events"),
        Column("accesses", "integer", "Distinct minutes with an event: one click writes many rows.", "accesses"),
        Column("records", "bigint", "Records printed or exported.", "records"),
        Column("contact", "boolean", "Read demographics: name, address, phone."),
        Column("clinical", "boolean", "Read or wrote clinical data."),
        Column("wrote", "boolean", "Created, changed or deleted something."),
        Column("ordered", "boolean", "Wrote an order, medication, result or imaging."),
        Column("listed", "boolean", "The patient was in a list."),
        Column("printed", "boolean", "Printed."),
        Column("exported", "boolean", "Exported."),
        Column("broke_glass", "boolean", "Used emergency access."),
        Column("searched", "boolean", "Searched."),
        Column("searched_by_identity", "boolean", "Searched by phone or identity number."),
        Column("searched_by_name", "boolean", "Searched by name."),
        Column("sensitive", "boolean", "Read psychiatric, reproductive or infectious data."),
        Column("failed", "boolean", "Some attempt was refused."),
        Column("breadth", "integer", "Distinct categories of data.", "categories"),
        Column("categories", "varchar", "The categories, separated by `|`."),
        Column("workstations", "varchar", "The workstations, separated by `|`."),
        Column("at_night", "boolean", "Some event in the hours of night by the site's clock."),
        Column("first_event_id", "varchar", "Smallest `event_id` of the rows."),
    ),
)

WRITES: Final = Table(
    "writes",
    "account that wrote to a patient's record on a business date",
    (
        BUSINESS_DATE,
        PATIENT_ID,
        USER_ID,
        DEPARTMENT,
        Column("log_department", "varchar", "Department of the patient in the log; empty where it has none."),
        ACCOUNT_TYPE,
    ),
)

RECENT_WRITES: Final = Table(
    "recent_writes",
    "account that wrote to a patient's record on a business date, from a week before the dates to the night",
    WRITES.columns,
)

VISITS: Final = Table(
    "visits",
    "stay or visit of a patient in a department, as the night knows it",
    (
        PATIENT_ID,
        Column("department", "varchar", "Department that the patient was in."),
        Column("inpatient", "boolean", "A stay; otherwise a visit."),
        STARTS_AT,
        ENDS_AT.renamed("ends_at", "End by the site's clock; null where the night does not know of it."),
    ),
)

WORKING_UNITS: Final = Table(
    "working_units",
    "department that an account works for on a business date",
    (
        BUSINESS_DATE,
        USER_ID,
        Column("department", "varchar", "The department."),
        Column("known_by", "varchar", "`staff`: its own unit; `work`: it wrote much for the unit's inpatients."),
    ),
)

RELATIONS: Final = Table(
    "relations",
    "account and patient on a business date: the strongest relation between the two",
    (BUSINESS_DATE, USER_ID, PATIENT_ID, *RELATION_NAMES.pick("relation")),
)

FOLLOW_UPS: Final = Table(
    "follow_ups",
    "account that follows up discharged patients on a business date",
    (BUSINESS_DATE, USER_ID),
)

AUTHORISED_OFFICES: Final = Table(
    "authorised_offices",
    "department whose task is the records of the whole hospital",
    (Column("department", "varchar", "The department."),),
)

CORROBORATIONS: Final = Table(
    "corroborations",
    "account and patient on a business date, where somebody else wrote to the record around that date",
    (BUSINESS_DATE, USER_ID, PATIENT_ID, Column("by_unit", "boolean", "The account's own unit wrote.")),
)

DUTIES: Final = Table(
    "duties",
    "account with a roster and a patient on a business date",
    (BUSINESS_DATE, USER_ID, PATIENT_ID, Column("on_duty", "boolean", "The first event lies in or near a shift.")),
)

AWAY_DAYS: Final = Table(
    "away_days",
    "account and patient on a business date, at workstations whose department is known",
    (BUSINESS_DATE, USER_ID, PATIENT_ID, Column("away", "boolean", "All of them belong to other departments.")),
)

APPROVALS_KNOWN: Final = Table(
    "approvals_known",
    "approval of the context table, or an officer's justification of an account's finding",
    APPROVALS.columns,
)

APPROVAL_DATES: Final = Table(
    "approval_dates",
    "account with approvals in force on a business date",
    (
        BUSINESS_DATE,
        USER_ID,
        Column("patterns", "varchar", "Patterns that are covered, separated by `|`; empty: all."),
        Column("reason", "varchar", "Why, of all approvals, separated by `; `."),
        Column("approved_by", "varchar", "Who approved, of all approvals, separated by `; `."),
    ),
)

EXPORT_DAYS: Final = Table(
    "export_days",
    "account that exported or printed lists on a business date",
    (
        BUSINESS_DATE,
        USER_ID,
        DEPARTMENT,
        ROLE,
        ACCOUNT_TYPE,
        Column("records", "bigint", "Records in all of its lists.", "records"),
        Column("largest", "bigint", "Records of the largest list.", "records"),
        Column("exports", "integer", "Lists.", "events"),
        Column("month_end", "boolean", "An authorised office at the turn of the month, when it exports by duty."),
        Column("approved_patterns", "varchar", "Patterns that an approval covers; empty: all; null: no approval."),
    ),
)

FACTS: Final = Table(
    "facts",
    "account and patient on a business date: all that is known before the access is scored",
    (
        BUSINESS_DATE,
        USER_ID,
        PATIENT_ID,
        DEPARTMENT,
        ROLE,
        ACCOUNT_TYPE,
        *ACCOUNT_DATES.pick("new_account"),
        Column("patient_department", "varchar", "Most frequent department of the patient in the rows."),
        *LOGGED_DAYS.pick(
            "first_at", "last_at", "events", "accesses", "records", "contact", "clinical", "wrote", "listed",
            "printed", "exported", "broke_glass", "searched", "searched_by_identity", "searched_by_name", "sensitive",
            "failed", "breadth", "categories", "workstations",
        ),
        Column("off_roster", "boolean", "Outside of the account's shifts; null for an account without a roster."),
        *LOGGED_DAYS.pick("at_night"),
        Column("away", "boolean", "All workstations belong to other departments."),
        *CALENDAR_DAYS.pick("day_off"),
        Column("sensitive_place", "boolean", "The patient's department or the data are of a sensitive department."),
        Column("vip", "boolean", "The patient is in the public eye."),
        Column("decoy", "boolean", "The patient is invented."),
        Column("colleague", "boolean", "The patient is a member of staff, but not the holder of the account."),
        Column("household", "boolean", "The patient lives with the holder of the account."),
        Column("own_record", "boolean", "The patient is the holder of the account."),
        Column("maternity", "boolean", "A maternity patient, or obstetric data."),
        Column("newborn", "boolean", "A newborn up to 28 days old, or data of newborns."),
        *RELATION_NAMES.pick("relation", "without_care"),
        Column("corroboration", "varchar", "Who else wrote to the record: the own `unit`, an `other` one, `none`."),
        Column("access_type", "varchar", "`write`, `targeted`, `export`, `sensitive`, `contact` or `read`."),
        Column("approval", "varchar", "Why an approval is in force; null: no approval."),
        Column("approved_patterns", "varchar", "Patterns that an approval covers; empty: all; null: no approval."),
        *LOGGED_DAYS.pick("first_event_id"),
    ),
)  # fmt: skip

PATIENT_DAYS: Final = Table(
    "patient_days",
    "account and patient on a business date, as scored",
    (
        *FACTS.omit(
            "new_account", "away", "day_off", "sensitive_place", "without_care", "approved_patterns",
            "first_event_id",
        ),
        Column("explanation", "varchar", "What explains it: a relation, `approval`, `habit`, `own_writing`; or null."),
        Column("surprisal", "integer", "How unusual it is for the account and its peers.", "thousandths of a bit"),
        Column("state", "varchar", "`explained`, `suspicious` or `neither`."),
        *FACTS.pick("first_event_id"),
    ),
)  # fmt: skip

TEST_RECORDS: Final = Table(
    "test_records",
    "record that is a test record on a business date, or looks like one",
    (
        BUSINESS_DATE,
        PATIENT_ID,
        Column("is_listed", "boolean", "The site says that it is one."),
        Column("is_busy", "boolean", "Accounts of many departments opened it, and nobody knows of a visit: no habit."),
        Column("is_test", "boolean", "It is listed, or was busy for days: opening it is no evidence."),
    ),
)

HOURS_OF_SOURCE: Final = Table(
    "hours_of_source",
    "log in a clock hour of a business date, of the dates that the night works through",
    (
        SOURCE,
        BUSINESS_DATE,
        Column("hour", "integer", "Hour by the site's clock, 0 to 23."),
        Column("events", "bigint", "Rows of the log.", "events"),
    ),
)

HOURS_OF_INTERFACES: Final = Table(
    "hours_of_interfaces",
    "interface (a service account, or one that writes around the clock) in a log and clock hour, of the dates that the "
    "night works through",
    (
        SOURCE,
        USER_ID,
        BUSINESS_DATE,
        Column("hour", "integer", "Hour by the site's clock, 0 to 23."),
        Column("events", "bigint", "Rows that the account wrote.", "events"),
    ),
)

ACCOUNTS: Final = Table(
    "accounts",
    "account known on the night, from the staff table or from any log so far",
    (
        USER_ID,
        *ACCOUNT_DATES.pick(
            "name", "department", "role", "account_type", "status", "has_left", "left_at", "own_patient_id",
            "manager_id", "allowed_categories",
        ),
        Column("in_staff", "boolean", "The staff table has the account, if only from a later date on."),
        Column("first_seen_on", "date", "First business date with an event; null: none yet."),
        Column("last_seen_on", "date", "Last business date with an event before the night; null: none yet."),
        Column("awaits_staff", "boolean", "Not in the staff table, and new enough to wait for it (`staff_lag_days`)."),
    ),
)  # fmt: skip

ENCOUNTERS_ON: Final = Table(
    "encounters_on",
    "stay or visit that has begun, as the night knows it",
    (
        *ENCOUNTERS.omit("ends_at"),
        ENDS_AT.renamed("ends_at", "End by the site's clock, exclusive; null where it has not passed yet."),
    ),
)

NIGHT: Final = (
    JUDGED_DATES, CALENDAR_DAYS, SENSITIVE_DEPARTMENTS, SITE_RULES, RELATION_NAMES, STAFF_ON, LOG_ACCOUNTS,
    ACCOUNT_DATES, LOGGED_DAYS, WRITES, RECENT_WRITES, VISITS, WORKING_UNITS, RELATIONS, FOLLOW_UPS, AUTHORISED_OFFICES,
    CORROBORATIONS, DUTIES, AWAY_DAYS, APPROVALS_KNOWN, APPROVAL_DATES, EXPORT_DAYS, FACTS, TEST_RECORDS,
    HOURS_OF_SOURCE,
    HOURS_OF_INTERFACES, ACCOUNTS,
    ENCOUNTERS_ON,
)  # fmt: skip
