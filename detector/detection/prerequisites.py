"""What a pattern needs to be seen: columns that the logs fill, context tables, history. Each is declared once, here.

``sql/detection/visible.sql`` has a column of the same name for each that logs and tables decide.
"""

from __future__ import annotations

from enum import StrEnum


class Prerequisite(StrEnum):
    """One thing without which a pattern is not seen, or less sharply; its words are ``visible.lacks_<name>``."""

    PATIENTS = "patients"
    CONTACT_PAGES = "contact_pages"
    CATEGORIES = "categories"
    OBSTETRICS = "obstetrics"
    SEARCHES = "searches"
    COPIES = "copies"
    EXPORTS = "exports"
    RECORD_COUNTS = "record_counts"
    ADDRESSES = "addresses"
    WORKSTATIONS = "workstations"
    WORKPLACES = "workplaces"
    BREAK_GLASS = "break_glass"
    REASONS = "reasons"
    DEPARTMENTS = "departments"
    STAFF = "staff"
    OWN_RECORDS = "own_records"
    RELATIVES = "relatives"
    SCOPES = "scopes"
    ENCOUNTERS = "encounters"
    CARE_TEAM = "care_team"
    ROSTER = "roster"
    PROTECTED_PERSONS = "protected_persons"
    DECOYS = "decoys"
    DATABASE_LOGS = "database_logs"
    WEEK_OF_HISTORY = "week_of_history"
