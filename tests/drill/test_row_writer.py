"""Planted rows as the account's own systems write them: nearest wording, and nothing that a source leaves empty."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from detector.drill.row_writer import EVENT_COLUMNS, completed_rows
from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Location, Stage

AT = dt.datetime.combine(dt.date(2026, 3, 20), dt.time(9, 30))


def completed(site: SiteProfile, location: Location = Location.OWN) -> dict[str, Any]:
    planned = pl.DataFrame(
        {
            "local_time": [AT], "patient_id": ["m1001"], "action": ["view"], "category": ["obstetric"],
            "query_by": ["name"], "reason": ["because"], "record_count": [1],
        },
        schema_overrides={"local_time": pl.Datetime("us")},
    )  # fmt: skip
    stage = Stage(site, np.random.default_rng(3), ("10.0.0.0/8",))
    rows = completed_rows(stage, site.account("u04"), planned, location=location, session="u04-7")
    assert tuple(rows.columns) == EVENT_COLUMNS
    return rows.row(0, named=True)


def test_a_row_looks_like_the_accounts_own(two_units: SiteProfile) -> None:
    row = completed(two_units)
    assert (row["source"], row["user_id"], row["user_department"]) == ("log", "u04", "OB")
    assert (row["client_ip"], row["workstation"]) == ("10.0.0.4", "ws4")
    assert (row["local_time"], row["business_date"]) == (AT, AT.date())


def test_what_a_source_leaves_empty_stays_empty(two_units: SiteProfile) -> None:
    row = completed(two_units)
    assert [row[column] for column in ("query_by", "reason", "session_id", "user_name", "visit_id")] == [None] * 5


def test_elsewhere_is_a_workstation_of_another_unit(two_units: SiteProfile) -> None:
    row = completed(two_units, Location.ELSEWHERE)
    assert int(row["workstation"].removeprefix("ws")) % 2 == 1
    assert row["client_ip"] == "10.0.0." + row["workstation"].removeprefix("ws")


def test_outside_has_an_address_and_no_workstation(two_units: SiteProfile) -> None:
    row = completed(two_units, Location.OUTSIDE)
    assert row["workstation"] is None
    assert not row["client_ip"].startswith("10.")
