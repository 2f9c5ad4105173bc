"""The canonical event: its columns, which of them a log must have, and the values of its enums.

Declared once; configuration, readers and the reference documentation all look here.
"""

from __future__ import annotations

from typing import Final

COLUMNS: Final[tuple[str, ...]] = (
    "event_id", "event_time", "user_id", "user_name", "user_department", "user_role", "patient_id",
    "patient_department", "visit_id", "action", "category", "record_count", "query_by", "client_ip", "workstation",
    "application", "session_id", "outcome", "reason",
)  # fmt: skip
"""Canonical column names, in the order of the reference."""

REQUIRED_COLUMNS: Final[tuple[str, ...]] = ("event_time", "user_id", "action")
"""Columns without which a row is not an event."""

ENUMS: Final[dict[str, tuple[str, ...]]] = {
    "action": (
        "login", "logout", "search", "view", "create", "update", "delete", "print", "export", "break_glass", "other",
    ),
    "category": (
        "demographics", "obstetric", "newborn", "note", "order", "medication", "result", "imaging", "billing", "list",
        "psychiatric", "reproductive", "infectious", "other",
    ),
    "query_by": ("patient_id", "name", "id_number", "phone", "bed", "worklist", "other"),
    "outcome": ("success", "failure"),
}  # fmt: skip
"""Allowed values of each enum column."""
