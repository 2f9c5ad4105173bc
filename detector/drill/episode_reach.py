"""What measures would have kept out of an episode's reach, seen in the copy in which it was replayed.

A measure is the one of the exposure report, the same statement: it runs on views that show only what one episode did up
to the first alert about it, and how the copy's nights judged that. Every date up to then has been replayed: the nights
that a copy skips come after all its episodes are decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from detector.database.queries import create_table, rows
from detector.database.rows import registered
from detector.database.site_rules import create_site_rules
from detector.deployment.settings import Settings
from detector.model.tables import EVENTS, PATIENT_DAYS
from detector.reports.preventive_controls import CONTROLS
from detector.store import Store
from detector.store.parts import events_sql, quoted


@dataclass(frozen=True, slots=True)
class Reach:
    """What an episode reached up to its alert: ``patients`` opened, ``records`` on lists that it exported.

    ``fewer`` and ``usual``, by measure: how many of them it would have kept out of reach for certain, or if what is
    only usual for the unit is stopped as well. A closed account reaches nobody, whatever ground there seems to be;
    other measures let pass what looks like care. Patients for a measure about opened records, records for one about
    lists.
    """

    patients: int
    records: int
    fewer: Mapping[str, int] = field(default_factory=dict)
    usual: Mapping[str, int] = field(default_factory=dict)


def episode_reach(
    store: Store,
    settings: Settings,
    planted: Sequence[str],
    labels: pl.DataFrame,
    first: dt.date,
    last: dt.date,
) -> dict[str, Reach]:
    """Return label → what its episode reached, and what measures would have kept out of reach.

    ``planted`` are the paths of the parts with planted events; ``labels`` has ``event_id``, ``label`` and
    ``counts_until`` (the date of the alert; null where there was none) of each of them. Views of the store are narrowed
    to the copy's dates, from ``first`` to ``last``, and as before afterwards.
    """
    connection = store.connection
    create_site_rules(connection, settings.detection)
    with store.views(first, last):
        connection.execute(
            f"create or replace temp view planted_rows as {events_sql(connection, store.folder, planted)}"
        )
        with registered(connection, episode_labels=labels):
            create_table(connection, "drill", "episode_events.sql")
        create_table(connection, "drill", "episode_patient_days.sql", first=first, last=last)
        found = {}
        for row in rows(connection, "drill", "episode_exposure.sql"):
            _show_only(connection, row["label"])
            effects = {control.id: control.effect(connection, first, last, first) for control in CONTROLS}
            found[row["label"]] = Reach(
                row["patients"],
                row["records"],
                {name: int(effect["fewer"] + effect.get("grounded", 0)) for name, effect in effects.items()},
                {name: int(effect["usual"]) for name, effect in effects.items()},
            )
    return found


def _show_only(connection: duckdb.DuckDBPyConnection, label: str) -> None:
    """Let the views ``events`` and ``patient_days`` show what one episode did."""
    for name, table in (("events", EVENTS), ("patient_days", PATIENT_DAYS)):
        connection.execute(
            f"create or replace temp view {name} as"
            f" select {', '.join(table.names)} from episode_{name} where label = {quoted(label)}"
        )
