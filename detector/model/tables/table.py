"""What a declaration of a table holds, and the columns that many tables share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its DuckDB type, what it means in one sentence, and its unit where it counts or measures."""

    name: str
    type: str
    text: str
    unit: str = ""

    def renamed(self, name: str, text: str = "") -> Column:
        """Return the column under another name, and with another sentence if one is given."""
        return replace(self, name=name, text=text or self.text)


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view: what there is one row per (``row``), and its columns in order.

    ``more`` says which columns are added as other parts of the detector declare them; it is empty for most tables.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    more: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def types(self) -> dict[str, str]:
        """The types of the columns by name, in order."""
        return {column.name: column.type for column in self.columns}

    def pick(self, *names: str) -> tuple[Column, ...]:
        """Return some columns, in the order of ``names``; raises KeyError for a name that is none."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in names)

    def omit(self, *names: str) -> tuple[Column, ...]:
        """Return the columns but for some; raises KeyError for a name that is none."""
        self.pick(*names)
        return tuple(column for column in self.columns if column.name not in names)

    def definition(self) -> str:
        """Return the columns as the list of a ``create table`` statement."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)

    def create_temporary(self) -> str:
        """Return the statement that makes it an empty temporary table."""
        return f"create or replace temp table {self.name} ({self.definition()})"

    def empty_select(self) -> str:
        """Return a select with these columns and no row."""
        return f"select {', '.join(f'null::{column.type} as {column.name}' for column in self.columns)} where false"


BUSINESS_DATE: Final = Column("business_date", "date", "Date of the events by the site's clock.")
USER_ID: Final = Column("user_id", "varchar", "The account.")
PATIENT_ID: Final = Column("patient_id", "varchar", "The patient's record number.")
DEPARTMENT: Final = Column("department", "varchar", "Department of the account; `?` where nothing names one.")
ROLE: Final = Column("role", "varchar", "Role of the account; `?` where nothing names one.")
ACCOUNT_TYPE: Final = Column("account_type", "varchar", "`human`, `service`, `vendor` or `kiosk`.")
SOURCE: Final = Column("source", "varchar", "Name of the log in the configuration.")
FILE_ID: Final = Column("file_id", "integer", "The file in the table `files`.")
ROW_NUMBER: Final = Column("row_number", "bigint", "Record of the file, from 1; the header does not count.")
BYTE_POSITION: Final = Column("byte_position", "bigint", "Where the record starts in the uncompressed file.", "bytes")
RAW: Final = Column("raw", "varchar", "The record as it stands in the file.")
STARTS_AT: Final = Column("starts_at", "timestamp", "Begin by the site's clock; null: always.")
ENDS_AT: Final = Column("ends_at", "timestamp", "End by the site's clock, exclusive; null: none.")
