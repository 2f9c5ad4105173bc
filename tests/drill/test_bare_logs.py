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
from tests.drill.bare_log import DAYS, FIRST, TWO_UNITS, empty_log, write


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty log and empty tables."""
    connection = empty_log()
    yield connection
    connection.close()


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
    write(connection, **TWO_UNITS)
    found = planted(connection)
    wanted = {"maternity-slow", "cover-traffic", "no-care-browsing", "external-network", "shared-credentials"}
    assert wanted <= set(found)
    assert not {"bulk-export", "break-glass", "self-lookup", "decoy-access", "scope-violation"} & set(found)
    assert set(found["maternity-slow"].events["category"]) == {"demographics"}
    assert found["maternity-slow"].events["patient_id"].str.starts_with("m").all()
    assert found["no-care-browsing"].events["workstation"].null_count() == 0
