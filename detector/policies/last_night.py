"""The tables of the last night, made anew on the published copy: what a policy could read of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from detector.database.rows import select
from detector.detection.night_tables import prepare_accounts
from detector.errors import StoreError
from detector.model.tables import POLICY_TABLES, Table
from detector.model.tables.policies import NIGHT_EVENTS
from detector.policies import tables
from detector.store.judged_dates import last_judged

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.privacy.pseudonyms import Pseudonyms
    from detector.store import Published

TOKENS: Final = {"patient_id": "patient", "own_patient_id": "patient", "household_id": "patient", "visit_id": "visit"}
"""Columns that name a patient, and the kind of token that stands for the number."""
LEFT_OUT: Final = ("raw", "reason", "approval", "birth_date", "before_id", "after_id")
"""Columns that may name a patient in somebody's own words, or in a number that the row does not name."""
NAMING: Final = ("event_id", "first_event_id")
"""Columns whose value may hold the number of the row's patient."""


@dataclass(frozen=True, slots=True)
class TableSample:
    """One table of the night: how many ``rows`` it has, and the first of them."""

    table: Table
    rows: int
    sample: list[dict[str, Any]]


def last_night(published: Published) -> dt.date:
    """Return the last business date that was judged. Raises StoreError where there is none."""
    date = last_judged(published.connection)
    if date is None:
        raise StoreError("no night yet: `detector run` judges the first one")
    return date


def night_samples(
    published: Published,
    settings: Settings,
    date: dt.date,
    wanted: Sequence[Table] = POLICY_TABLES,
    *,
    limit: int,
    pseudonyms: Pseudonyms | None = None,
) -> list[TableSample]:
    """Return the tables of a judged date, each with its first rows; ``pseudonyms`` stand in for numbers of patients."""
    create_tables_of(published, settings, date)
    samples = []
    for table in wanted:
        (counted,) = published.connection.execute(f"select count(*) from {table.name}").fetchall()
        order = "local_time, event_id" if table is NIGHT_EVENTS else "all"
        found = select(published.connection, f"from {table.name} order by {order} limit {limit:d}")
        rows = [{name: row.get(name) for name in table.names} for row in found]
        hide = None if pseudonyms is None else partial(hidden_row, pseudonyms=pseudonyms)
        samples.append(TableSample(table, int(counted[0]), rows if hide is None else [hide(row) for row in rows]))
    return samples


def create_tables_of(published: Published, settings: Settings, date: dt.date) -> None:
    """Create the tables that policies read, as the night of ``date`` had them, as temporary tables."""
    connection = published.connection
    published.refresh_views(date - dt.timedelta(days=tables.RECENT_DAYS), date)
    prepare_accounts(connection, date, settings.detection)
    tables.update_source_habits(connection, date)
    if tables.create_known_spans(connection, date):
        published.refresh_views(dt.date.min, date)
        tables.create_known_spans(connection, date)
        published.refresh_views(date - dt.timedelta(days=tables.RECENT_DAYS), date)
    tables.create_policy_tables(connection, date, settings)


def hidden_row(row: dict[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Return a row with tokens for the numbers of patients and visits, and without words that may name a patient."""
    token_of: Callable[[str, str], str] = pseudonyms
    hidden = {
        name: token_of(value, TOKENS[name]) if name in TOKENS and value is not None else value
        for name, value in row.items()
        if name not in LEFT_OUT
    }
    number = row.get("patient_id")
    for name in NAMING:
        if number and hidden.get(name):
            hidden[name] = str(hidden[name]).replace(number, str(hidden["patient_id"]))
    return {name: hidden.get(name) for name in row}
