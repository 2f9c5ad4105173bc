"""A log of twenty accounts that is written by one statement: as bare, or as rich, as a test says."""

from __future__ import annotations

import datetime as dt

import duckdb

from detector.model.tables import EVENTS
from detector.store.schema import create_tables

FIRST = dt.date(2026, 3, 2)
DAYS = 30
TWO_UNITS = {
    "user_department": "case when number % 2 = 0 then 'OB' else 'IM' end",
    "patient_id": "case when number % 2 = 0 then 'm' else 'p' end || (1000 + hash(number) % 900)",
    "category": "case when number % 3 = 0 then 'demographics' when number % 2 = 0 then 'obstetric' else 'note' end",
    "client_ip": "'10.0.0.' || number % 20",
    "workstation": "'ws' || number % 20",
}
"""Columns of a log of two departments: accounts of even numbers treat mothers, patients `m…`."""


def empty_log() -> duckdb.DuckDBPyConnection:
    """Return a database with an empty log and empty tables."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"create table events ({EVENTS.definition()})")
    create_tables(connection)
    return connection


def write(connection: duckdb.DuckDBPyConnection, **columns: str) -> None:
    """Let twenty people of two departments open four patients a day each, all columns as SQL, null unless given."""
    known = {
        "source": "'log'", "file_id": "1", "row_number": "number", "byte_position": "0", "raw": "'row'",
        "event_id": "'log:' || number", "event_time": "moment", "local_time": "moment", "business_date": "moment::date",
        "user_id": "'u' || lpad((number % 20)::varchar, 2, '0')", "patient_id": "'p' || (1000 + hash(number) % 900)",
        "action": "'view'", "record_count": "1", "outcome": "'success'",
    } | columns  # fmt: skip
    values = ", ".join(f"{known.get(name, 'null')} as {name}" for name in EVENTS.names)
    moment = "timestamp '2026-03-02 08:00:00' + to_days((number // 80)::integer) + to_minutes((number % 80) * 5)"
    connection.execute(
        f"insert into events by name select {values}"
        f" from (select number, {moment} as moment from range({DAYS * 80}) as numbers(number))"
    )
