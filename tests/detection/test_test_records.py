"""Records that exist for tests: everybody opens them every day, which is nobody's habit and no evidence."""

from __future__ import annotations

import random

import pytest

from detector.database.queries import rows
from detector.model.tables import PATIENT_DAYS
from detector.policies import tables
from detector.policies.tables import create_policy_tables
from tests.detection.test_scoring import FIRST, Nights, at, days
from tests.detection.worlds import NIGHT, Hospital, hospital

TEST = "99999999"
WARDS = ("OB", "GYN", "PED", "NEO", "SUR", "MED")
COMPARED = ("label_days", "account_days", "evidence_days", "suspicions")


def wards(*, everybody_opens: str | None, listed: bool = False) -> Hospital:
    """Six wards and an office at work for eleven days; one nurse looks up a stranger on the last day.

    Others open one record daily, the office too, whose task is the records of everybody; on the last day few do.
    """
    chance = random.Random(3)
    world = hospital().staff("q1", "质控科", "officer")
    for ward in WARDS:
        for number in range(3):
            world.nurse(f"{ward}{number}", ward)
        for number in range(8):
            world.patient(f"{ward}-p{number}").admitted(ward, at(FIRST, "00:00"))
    for date in days():
        world.opens("q1", "OB-p2", at(date, "08:00"))
        if everybody_opens:
            world.opens("q1", everybody_opens, at(date, "08:00"))
        for ward in WARDS:
            for number in range(3):
                for patient in chance.sample(range(8), 4):
                    world.opens(f"{ward}{number}", f"{ward}-p{patient}", at(date, "09:00"), "update")
                if everybody_opens and number and (date < NIGHT or ward == "OB"):
                    world.opens(f"{ward}{number}", everybody_opens, at(date, "07:00"))
    world.opens("OB0", "stranger", "11:00", query_by="phone", action="search").opens("OB0", "stranger", "11:01")
    return world.with_rules(test_patients=(TEST,)) if listed else world


def judged(world: Hospital) -> Nights:
    nights = Nights(world)
    for night in days():
        world.prepare(nights.connection, night, [night])
        nights.score(night)
    return nights


@pytest.fixture(scope="module")
def without() -> dict[str, list[dict[str, object]]]:
    nights = judged(wards(everybody_opens=None))
    assert nights.nats("OB0", NIGHT, "lookup") > 1
    return {table: nights.rows(table) for table in COMPARED}


@pytest.mark.parametrize("listed", [pytest.param(True, marks=pytest.mark.heavy), False])
def test_nights_are_as_if_nobody_had_opened_it(without: dict[str, list[dict[str, object]]], listed: bool) -> None:
    nights = judged(wards(everybody_opens=TEST, listed=listed))
    assert {table: nights.rows(table) for table in COMPARED} == without
    known = [TEST] if listed else []
    found = rows(nights.connection, "cli", "test_like_records.sql", known=known)
    assert [row["patient_id"] for row in found] == ([] if listed else [TEST])
    assert nights.state("OB1", TEST, NIGHT)[0] == "neither"


def test_no_policy_asks_about_a_listed_record(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.findings.worlds import settings

    world = wards(everybody_opens=TEST, listed=True)
    connection = world.connection()
    world.prepare(connection)
    connection.execute(PATIENT_DAYS.create_temporary())
    tables.create_known_spans(connection, NIGHT)
    create_policy_tables(connection, NIGHT, settings(tmp_path_factory.mktemp("site")))
    asked = "select count(*) filter (patient_id = ?), count(*) from night_events"
    of_test, every = connection.execute(asked, [TEST]).fetchall()[0]
    assert (of_test, every > 0) == (0, True)


@pytest.mark.heavy
def test_a_record_with_a_visit_or_for_some_days_is_evidence() -> None:
    """A celebrity whom many look up is no test record, whatever the number of wards."""
    for world in (wards(everybody_opens="OB-p1"), wards(everybody_opens=None)):
        if not any(row["patient_id"] == "star" for row in world.events):
            world.patient("star")
        for ward in WARDS:
            world.opens(f"{ward}1", "star", "12:00")
        nights = judged(world)
        assert not rows(nights.connection, "cli", "test_like_records.sql", known=[])
        assert any(row["patient_id"] == "star" for row in nights.rows("suspicions"))
