"""What can be seen of a site and what not: from its events and tables, and said in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from detector.database.connection import create_macros
from detector.database.queries import sql_text
from detector.database.rows import registered
from detector.deployment.settings import Settings, load_settings
from detector.detection.patterns import patterns
from detector.detection.prerequisites import Prerequisite
from detector.detection.source_days import note_source_days, source_days
from detector.detection.visibility import Visibility, read_visibility
from detector.model.tables import EVENTS
from detector.store.schema import create_tables
from detector.texts import load_texts

LAST = dt.date(2026, 6, 20)
ZH, EN = load_texts("zh"), load_texts("en")
NOTHING = Visibility(
    last=LAST, events=100, operations=80, without_patient=0, blind_sources=(), limit=0.5,
    present=frozenset(Prerequisite), first=dt.date(2026, 1, 1), days=171, accesses=1000, accounts=200,
    known_accounts=200, learning_days=14,
)  # fmt: skip
"""A site that sees everything."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "detector.toml").write_text('[site]\ntimezone = "UTC"\n[[source]]\nname = "his"\npath = "*"\n')
    return load_settings(tmp_path)


@pytest.fixture
def store() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    create_macros(connection)
    create_tables(connection)
    create_macros(connection)
    connection.execute(EVENTS.create_temporary())
    yield connection
    connection.close()


def event(
    store: duckdb.DuckDBPyConnection, patient: str | None = None, action: str = "view", day: dt.date = LAST,
    outcome: str = "success", **more: object,
) -> None:  # fmt: skip
    values = {
        "source": "his", "user_id": "u1", "patient_id": patient, "action": action, "business_date": day,
        "outcome": outcome, **more,
    }  # fmt: skip
    names = ", ".join(values)
    marks = ", ".join(f"${name}" for name in values)
    store.execute(f"insert into events ({names}) values ({marks})", values)


def test_the_statement_has_a_column_for_each_prerequisite(store: duckdb.DuckDBPyConnection) -> None:
    with registered(store, seen_source_days=source_days(store, LAST, LAST)):
        result = store.execute(sql_text("detection", "visible.sql"), {"first": LAST, "last": LAST, "limit": 0.5})
        names = {column[0] for column in result.description or ()}
        result.fetchall()
    assert set(Prerequisite) - names == {Prerequisite.WEEK_OF_HISTORY}


def test_every_prerequisite_is_named_and_used() -> None:
    for texts in (ZH, EN):
        assert {f"visible.lacks_{one}" for one in Prerequisite} <= texts.entries.keys()
    declared = {one for pattern in patterns().values() for one in (*pattern.required, *pattern.helpful)}
    assert set(Prerequisite) - declared == {Prerequisite.EXPORTS, Prerequisite.WORKSTATIONS}  # for drills


@pytest.mark.parametrize(
    ("rows", "blind", "share"),
    [
        ([("p1", "view")], False, 0.0),
        ([(None, "login"), (None, "search"), (None, "export"), ("p1", "view")], False, 0.0),
        ([(None, "view"), ("p1", "view")], False, 0.5),
        ([(None, "view"), (None, "print"), ("p1", "update")], True, 2 / 3),
        ([(None, "view")], True, 1.0),
        ([(None, "login")], True, None),
        ([], False, None),
    ],
)
def test_a_site_is_blind_where_too_few_operations_name_a_patient(
    store: duckdb.DuckDBPyConnection, settings: Settings, rows: list[tuple[str | None, str]], blind: bool,
    share: float | None,
) -> None:  # fmt: skip
    for patient, action in rows:
        event(store, patient, action)
    seen = read_visibility(store, settings)
    assert (seen.is_blind, seen.share_without_patient) == (blind, share)
    assert (seen.verdict(ZH) is None) is not blind


def test_lists_failures_and_earlier_dates_do_not_count(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    event(store, "p1")
    event(store, category="list")
    event(store, outcome="failure")
    event(store, day=LAST - dt.timedelta(days=7))
    seen = read_visibility(store, settings, LAST)
    assert (seen.operations, seen.without_patient, seen.events) == (1, 0, 4)
    event(store, day=LAST - dt.timedelta(days=6))
    assert read_visibility(store, settings, LAST).share_without_patient == 0.5


def test_the_limit_is_the_sites(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    event(store, "p1")
    event(store)
    strict = replace(settings, detection=replace(settings.detection, blind_share=0.4))
    assert read_visibility(store, strict).is_blind
    assert "50%" in (read_visibility(store, strict).verdict(EN) or "")


def test_a_blind_source_beside_one_that_sees_is_named(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for number in range(3):
        event(store, f"p{number}")
    event(store, source="emr")
    seen = read_visibility(store, settings)
    assert (seen.is_blind, seen.blind_sources) == (False, ("emr",))
    assert any("emr" in sentence for sentence in seen.sentences(ZH))


def test_columns_and_tables_open_the_eyes(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    event(store, "p1")
    blind = read_visibility(store, settings).blind_patterns
    assert {"decoy-access", "targeted-lookup", "contact-harvesting", "external-network", "self-lookup"} <= blind.keys()
    event(store, "p1", "search", query_by="phone", client_ip="8.8.8.8")
    event(store, "p1", category="demographics")
    store.execute("insert into decoy_patients values ('d1')")
    store.execute("insert into staff by name select 'u1' as user_id, 'p9' as patient_id, 'human' as account_type,"
                  " 'active' as status")  # fmt: skip
    seen = read_visibility(store, settings).blind_patterns
    assert not seen.keys() & {
        "decoy-access", "targeted-lookup", "contact-harvesting", "external-network", "self-lookup",
        "shared-credentials",
    }  # fmt: skip


def judge(store: duckdb.DuckDBPyConnection, *days: dt.date) -> None:
    for day in days:
        values = dict.fromkeys(("part_watermark", "accounts", "accesses", "patient_days", "explained"), 1)
        values |= dict.fromkeys(("suspicious", "events", "events_without_patient"), 1)
        names = ", ".join(f"{value} as {name}" for name, value in values.items())
        store.execute(f"insert into dates by name select $day as business_date, {names}", {"day": day})


def test_what_nights_noted_is_seen_without_the_events(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """What is told of the notes is what is told of the events, of every date that a report may end with."""
    for day in (LAST - dt.timedelta(days=9), LAST - dt.timedelta(days=1), LAST):
        event(store, "p1", "search", day=day, query_by="phone", source="emr")
        event(store, "p1" if day < LAST else None, day=day, category="demographics", client_ip="10.0.0.1")
        event(store, day=day, action="print", category="list")
        event(store, "p1", "break_glass", day=day, reason="x")
    lasts = [LAST - dt.timedelta(days=number) for number in (0, 1, 5)]
    of_events = [read_visibility(store, settings, last) for last in lasts]
    judge(store, LAST - dt.timedelta(days=9), LAST - dt.timedelta(days=1), LAST)
    note_source_days(store, [LAST, LAST - dt.timedelta(days=1), LAST - dt.timedelta(days=9)])
    assert store.execute("select count(*) from source_days").fetchall() == [(6,)]
    store.execute("delete from events")
    for last, seen in zip(lasts, of_events, strict=True):
        told = read_visibility(store, settings, last)
        assert (told.events, told.operations, told.without_patient) == (
            seen.events, seen.operations, seen.without_patient,
        )  # fmt: skip
        assert told.present | {Prerequisite.WEEK_OF_HISTORY} == seen.present | {Prerequisite.WEEK_OF_HISTORY}
        assert told.blind_sources == seen.blind_sources
    assert of_events[0].blind_sources == ()
    assert (of_events[0].operations, of_events[0].without_patient) == (2, 1)


def test_a_date_that_no_night_noted_is_read_from_its_events(
    store: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    before = LAST - dt.timedelta(days=1)
    event(store, "p1", day=before)
    event(store)
    judge(store, before, LAST)
    note_source_days(store, [LAST])
    event(store, "p1")  # came after its night: the next one takes it in
    seen = read_visibility(store, settings)
    assert (seen.operations, seen.without_patient, seen.events) == (2, 1, 2)


def test_a_renamed_source_is_called_as_it_is_now(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    event(store, "p1", source="his")
    event(store, source="old")
    event(store, source="emr")
    store.execute("insert into source_names values ('old', 'emr')")
    assert read_visibility(store, settings).blind_sources == ("emr",)


def test_a_roster_of_last_year_is_none(store: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    event(store, "p1")
    store.execute("insert into roster by name select 'u1' as user_id, timestamp '2025-06-01' as starts_at,"
                  " timestamp '2025-06-01 08:00' as ends_at")  # fmt: skip
    assert Prerequisite.ROSTER in read_visibility(store, settings).missing
    store.execute("update roster set ends_at = $last", {"last": LAST})
    assert Prerequisite.ROSTER not in read_visibility(store, settings).missing


def test_a_site_that_sees_everything_says_how_much_alone() -> None:
    assert len(NOTHING.sentences(ZH)) == 1
    assert not NOTHING.blind_patterns
    assert NOTHING.scope(EN) == (
        "Of how much: this speaks of the 1,000 accesses judged (200 accounts, 171 business dates: 2026-01-01 to"
        " 2026-06-20)."
    )


def test_learning_lasts_until_models_may_alert() -> None:
    first = LAST - dt.timedelta(days=13)
    young = replace(NOTHING, first=first, days=14)
    assert young.learning_until == LAST
    assert any(str(LAST) in sentence for sentence in young.sentences(EN))
    older = replace(young, last=LAST + dt.timedelta(days=1))
    assert older.learning_until is None
    assert older.learned_until == older.learning_end
    assert any(str(older.learning_end) in sentence for sentence in older.sentences(EN))
    assert replace(older, since=older.last).learned_until is None
    assert young.learned_until is None
    assert replace(older, since=LAST).learning_until == LAST  # a period that reaches back into it


def test_short_history_and_few_accounts_are_said() -> None:
    small = replace(NOTHING, first=LAST - dt.timedelta(days=18), days=19, accounts=15, known_accounts=15)
    told = " ".join(small.sentences(EN))
    assert "19 days only" in told
    assert "15 accounts only" in told


def test_a_blind_site_does_not_call_its_patterns_learning() -> None:
    blind = replace(NOTHING, without_patient=80, first=LAST)
    assert "no-care-relationship" in blind.blind_patterns
    assert blind.scope(EN).endswith("too few of them name a patient, so that nothing was judged in truth.")
    assert blind.brief(ZH) == "（日志没有患者编号，无法判断）"
    assert blind.keys(ZH)["blind"] is True
