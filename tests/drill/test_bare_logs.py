"""Logs alone, and logs that say little: what cannot be planted is left out, what can be is written as they write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pytest

from detector.drill.order import Cast, Episode, EpisodeOrder
from detector.drill.planters import PLANTERS
from detector.drill.planting import plant
from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Stage
from detector.model.tables import EVENTS
from detector.store.schema import create_tables

FIRST = dt.date(2026, 3, 2)
DAYS = 30


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty log and empty tables."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"create table events ({EVENTS.definition()})")
    create_tables(connection)
    yield connection
    connection.close()


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


def planted(connection: duckdb.DuckDBPyConnection) -> dict[str, Episode]:
    site = SiteProfile(connection, FIRST + dt.timedelta(days=12), FIRST + dt.timedelta(days=DAYS - 1))
    found: dict[str, Any] = {}
    for planter in PLANTERS.values():
        level = replace(planter.levels["medium"], days=min(10, planter.levels["medium"].days))
        order = EpisodeOrder(planter, "medium", level, site.first, "00001")
        found[planter.id] = plant(Stage(site, np.random.default_rng(1), ("10.0.0.0/8",)), order, Cast())
    return {name: episode for name, episode in found.items() if episode is not None}


def test_an_empty_log_offers_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    assert planted(connection) == {}


def test_a_log_of_times_accounts_and_patients_offers_a_little(connection: duckdb.DuckDBPyConnection) -> None:
    write(connection)
    found = planted(connection)
    assert {"contact-harvesting", "record-enumeration", "after-hours-reading"} <= set(found)
    for episode in found.values():
        told = {name for name in episode.events.columns if episode.events[name].null_count() < episode.events.height}
        assert not told & {"category", "workstation", "client_ip", "visit_id", "query_by", "session_id", "user_name"}
        assert set(episode.events["action"]) == {"view"}


def test_departments_categories_and_addresses_offer_more(connection: duckdb.DuckDBPyConnection) -> None:
    write(
        connection,
        user_department="case when number % 2 = 0 then 'OB' else 'IM' end",
        patient_id="case when number % 2 = 0 then 'm' else 'p' end || (1000 + hash(number) % 900)",
        category="case when number % 3 = 0 then 'demographics' when number % 2 = 0 then 'obstetric' else 'note' end",
        client_ip="'10.0.0.' || number % 20",
        workstation="'ws' || number % 20",
    )
    found = planted(connection)
    wanted = {"maternity-slow", "cover-traffic", "no-care-browsing", "external-network", "shared-credentials"}
    assert wanted <= set(found)
    assert not {"bulk-export", "break-glass", "self-lookup", "decoy-access", "scope-violation"} & set(found)
    assert set(found["maternity-slow"].events["category"]) == {"demographics"}
    assert found["maternity-slow"].events["patient_id"].str.starts_with("m").all()
    assert found["no-care-browsing"].events["workstation"].null_count() == 0
