"""Small hospitals for the tables of a night, written in sentences: ``hospital().nurse("n1").opens("n1", "p1")``."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Self

import duckdb
import polars as pl

from detector.database.connection import create_macros
from detector.deployment.detection import DEFAULTS, DetectionSettings
from detector.detection import night_tables
from detector.model.tables import EVENTS
from detector.model.tables.history import SUSPICIONS
from detector.policies import tables
from detector.store.schema import create_tables

NIGHT = dt.date(2026, 3, 20)


def moment(text: str) -> dt.datetime:
    """Read ``HH:MM`` of the night, ``MM-DD`` or ``MM-DD HH:MM`` of its year, or a whole ISO time."""
    if len(text) == 5 and text[2] == ":":
        text = f"{NIGHT} {text}"
    elif len(text) in {5, 11}:
        text = f"{NIGHT.year}-{text}"
    return dt.datetime.fromisoformat(text)


def until(text: str | None) -> dt.datetime | None:
    """Read an end; a date alone is inclusive, as in the context tables."""
    if text is None:
        return None
    return moment(text) + (dt.timedelta(days=1) if len(text) in {5, 10} and ":" not in text else dt.timedelta())


class Hospital:
    """Rows of context and log, and the tables that a night makes of them. ``admitted`` … speak of the last patient."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.context: dict[str, list[tuple[Any, ...]]] = {}
        self.named = ""
        self.rules = DEFAULTS

    def with_rules(self, **rules: Any) -> Self:
        """Let the site say something in ``[detection]``."""
        self.rules = replace(self.rules, **rules)
        return self

    def _add(self, table: str, *values: Any) -> Self:
        self.context.setdefault(table, []).append(values)
        return self

    def staff(
        self, user: str, department: str | None = "OB", role: str | None = "nurse", *, kind: str = "human",
        status: str = "active", since: str | None = None, end: str | None = None, patient: str | None = None,
    ) -> Self:  # fmt: skip
        """A row of the staff table; several per account are versions."""
        start = moment(since) if since else None
        return self._add(
            "staff", user, user.upper(), department, role, kind, status, start, until(end), patient, None, None, None
        )

    def nurse(self, user: str, department: str = "OB", **more: Any) -> Self:
        return self.staff(user, department, "nurse", **more)

    def patient(
        self, patient: str, *, flags: str | None = None, household: str | None = None, born: str | None = None
    ) -> Self:
        self.named = patient
        birth = dt.date.fromisoformat(born) if born else None
        return self._add("patients", patient, birth, "F", flags, household)

    def admitted(self, department: str, since: str, end: str | None = None, kind: str = "inpatient") -> Self:
        visit = f"V{len(self.context.get('encounters', ()))}"
        return self._add("encounters", visit, self.named, department, kind, moment(since), until(end))

    def visited(self, department: str, at: str, end: str | None = None) -> Self:
        return self.admitted(department, at, end or at, "outpatient")

    def cared_by(self, user: str, since: str | None = None, end: str | None = None) -> Self:
        return self._add("care_team", self.named, user, moment(since) if since else None, until(end), "nurse")

    def on_duty(self, user: str, since: str, end: str) -> Self:
        return self._add("roster", user, moment(since), moment(end))

    def approved(self, user: str, patterns: str | None, since: str, end: str | None = None) -> Self:
        return self._add("approvals", user, patterns, moment(since), until(end), "chief", "a reason")

    def opens(
        self, user: str, patient: str | None, at: str = "10:00", action: str = "view", category: str | None = "note",
        **columns: Any,
    ) -> Self:  # fmt: skip
        time = moment(at)
        row = dict.fromkeys(EVENTS.names) | {
            "source": "log", "file_id": 1, "row_number": len(self.events) + 1, "byte_position": 0, "raw": "raw",
            "event_id": f"log:{len(self.events):05d}", "event_time": time, "local_time": time,
            "business_date": time.date(), "user_id": user, "patient_id": patient, "action": action,
            "category": category, "record_count": 1, "outcome": "success",
        }  # fmt: skip
        self.events.append(row | columns)
        return self

    def writes(self, user: str, patient: str, at: str = "10:00", category: str = "note", **columns: Any) -> Self:
        return self.opens(user, patient, at, "update", category, **columns)

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return a connection with log and context, before any night."""
        connection = duckdb.connect(config={"threads": 1})
        create_macros(connection)
        connection.execute(f"create table events ({EVENTS.definition()})")
        create_tables(connection)
        self.load(connection, self.events)
        for table, rows in self.context.items():
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into {table} values ({marks})", rows)
        return connection

    @staticmethod
    def load(connection: duckdb.DuckDBPyConnection, events: list[dict[str, Any]]) -> None:
        """Add rows to the log of a connection."""
        if events:
            frame = pl.DataFrame(
                [list(row.values()) for row in events], schema=EVENTS.names, orient="row", infer_schema_length=None
            )
            connection.register("given", frame.to_arrow())
            connection.execute("insert into events by name from given")
            connection.unregister("given")

    def dates(self, night: dt.date) -> list[dt.date]:
        return sorted({row["business_date"] for row in self.events if row["business_date"] <= night} | {night})

    def facts(self, night: str | None = None, dates: list[dt.date] | None = None) -> list[dict[str, Any]]:
        """Return the facts of ``dates`` (default: every date of the log up to the night) as the night sees them."""
        return self.table("facts", night, dates)

    def table(self, name: str, night: str | None = None, dates: list[dt.date] | None = None) -> list[dict[str, Any]]:
        date = moment(night).date() if night else NIGHT
        connection = self.connection()
        try:
            self.prepare(connection, date, dates)
            return connection.sql(f"from {name} order by all").pl().to_dicts()
        finally:
            connection.close()

    def prepare(
        self, connection: duckdb.DuckDBPyConnection, night: dt.date = NIGHT, dates: list[dt.date] | None = None
    ) -> None:
        """Make the night's tables on a connection, with the site's own rules."""
        prepare(connection, night, dates or self.dates(night), self.rules)

    def fact(self, user: str, patient: str, on: str | None = None, night: str | None = None) -> dict[str, Any]:
        """Return what is known of one access."""
        date = moment(on).date() if on else NIGHT
        (found,) = [
            row
            for row in self.facts(night)
            if (row["user_id"], row["patient_id"], row["business_date"]) == (user, patient, date)
        ]
        return found

    def relation(self, user: str, patient: str, on: str | None = None, night: str | None = None) -> str:
        return str(self.fact(user, patient, on, night)["relation"])


def prepare(
    connection: duckdb.DuckDBPyConnection, night: dt.date, dates: list[dt.date], rules: DetectionSettings = DEFAULTS
) -> None:
    """Make the night's tables, as the nightly job does."""
    night_tables.prepare(connection, night, dates, rules=rules)
    tables.update_source_hours(connection, night)


def add_suspicion(connection: duckdb.DuckDBPyConnection, date: str, user: str, patient: str, **components: int) -> None:
    """Add a nurse's access to a stranger, with its evidence in millionths of a nat by component."""
    connection.execute(
        f"insert into suspicions ({', '.join(SUSPICIONS.names)}, {', '.join(components)})"
        f" values (?, ?, ?, 'OB', 'nurse', 'stranger', 'none', 'targeted', 1, 1, [], 9, false, ?"
        f"{', ?' * len(components)})",
        [date, user, patient, max(components.values()), *components.values()],
    )


def hospital() -> Hospital:
    """An empty hospital; its night is 20 March 2026, a Friday."""
    return Hospital()
