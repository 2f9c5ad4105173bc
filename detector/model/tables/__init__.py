"""Every table of the house, declared: the store's, the context's, a night's, and those that policies read.

``sql/schema`` creates the store's tables, ``sql/night`` those of a night; tests compare both with what stands here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from detector.model.tables.context import (
    CONTEXT,
    CONTEXT_DAYS,
    CONTEXT_SUMS,
    IDENTITY_TABLES,
    LOADED_CONTEXT,
)
from detector.model.tables.events import EVENTS
from detector.model.tables.history import HISTORY
from detector.model.tables.ledger import LEDGER
from detector.model.tables.night import NIGHT, PATIENT_DAYS
from detector.model.tables.policies import (
    ADDRESSES,
    APPROVALS_ON,
    CLOCK_STEPS,
    KNOWN_SPANS,
    NIGHT_EVENTS,
    NIGHT_PATIENT_DAYS,
    NUMBER_HOLES,
    ORDERS_OF_SOURCE,
    PLANNED_SILENCES,
    POLICY_EVENTS,
    POLICY_TABLES,
    RECENT_PATIENT_DAYS,
    SEALED_RECORDS,
    SOURCE_DATES,
    SOURCE_HABITS,
)  # fmt: skip
from detector.model.tables.results import RESULTS
from detector.model.tables.table import Column, Table

__all__ = ["CONTEXT", "EVENTS", "PATIENT_DAYS", "POLICY_TABLES", "STORED", "TABLES", "TEMPORARY", "Column", "Table"]

STORED: Final = (
    *LEDGER,
    LOADED_CONTEXT,
    CONTEXT_DAYS,
    *CONTEXT,
    *IDENTITY_TABLES,
    *HISTORY,
    *RESULTS,
)
"""Tables of the store's database."""

TEMPORARY: Final = (
    *NIGHT, NIGHT_EVENTS, NIGHT_PATIENT_DAYS, RECENT_PATIENT_DAYS, APPROVALS_ON, ADDRESSES, KNOWN_SPANS,
    POLICY_EVENTS, PLANNED_SILENCES, NUMBER_HOLES, CLOCK_STEPS, ORDERS_OF_SOURCE, SOURCE_HABITS, SOURCE_DATES,
    SEALED_RECORDS, CONTEXT_SUMS,
)  # fmt: skip
"""Tables that a night makes and leaves to the end of its connection."""

TABLES: Final = MappingProxyType({table.name: table for table in (*STORED, *TEMPORARY, EVENTS, PATIENT_DAYS)})
"""Every table by name; `events` and `patient_days` are views over Parquet parts."""
