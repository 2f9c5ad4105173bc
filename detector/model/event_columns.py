"""The canonical event: its columns, which of them a log must have, and the values of its enums.

Declared once; configuration, readers and the reference documentation all look here.
"""

from __future__ import annotations

from typing import Final

from detector.model.tables import EVENTS

LOADED: Final = ("source", "file_id", "row_number", "byte_position", "raw", "local_time", "business_date")
"""Columns that loading adds to what a log says."""

COLUMNS: Final[tuple[str, ...]] = tuple(name for name in EVENTS.names if name not in LOADED)
"""Canonical column names that a log may have, in the order of the reference."""

REQUIRED_COLUMNS: Final[tuple[str, ...]] = ("event_time", "user_id", "action")
"""Columns without which a row is not an event."""

JOINED: Final = "\x1f"
"""Between the two headers that `[source.columns] event_time` may name: of the date and of the time of day."""

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
