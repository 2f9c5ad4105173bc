"""The tables of an example's night, made by the same statements as those of a real one.

Only the models are left out: an access is explained by a relation that gives a ground for it or by the account's own
writing, never by habit, of which a few lines of CSV have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from detector.database.queries import sql_text
from detector.detection import night_tables
from detector.model.tables import PATIENT_DAYS
from detector.policies import tables
from detector.policies.policy import Example

if TYPE_CHECKING:
    from detector.deployment.settings import Settings

_PATIENT_DAYS: Final = f"""
    create or replace temp table patient_days as
    select {", ".join(PATIENT_DAYS.names)}
    from (
        select
            *,
            case when not without_care then relation when wrote then 'own_writing' end as explanation,
            case when not without_care or wrote then 'explained' else 'neither' end as state,
            0 as surprisal
        from facts
    )
"""


def prepare_night(connection: duckdb.DuckDBPyConnection, settings: Settings, example: Example) -> None:
    """Create the policy tables of the example's night from its ``events`` and context tables."""
    for step in ("010_detection.sql", "030_decisions.sql"):
        connection.execute(sql_text("schema", step))
    earlier = connection.execute(
        "select distinct business_date from events where business_date < $night order by 1", {"night": example.night}
    ).fetchall()
    dates = [date for (date,) in earlier]
    if dates:
        night_tables.prepare(connection, example.night, dates)
        tables.update_source_hours(connection, example.night)
        tables.update_account_spans(connection)
    night_tables.prepare(connection, example.night, [*dates, example.night])
    tables.update_source_hours(connection, example.night)
    connection.execute(_PATIENT_DAYS)
    tables.create_policy_tables(connection, example.night, settings)
