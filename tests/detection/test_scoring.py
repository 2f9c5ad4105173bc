"""Nights of judging on a small ward: order of the log, second looks, approvals and what is stored."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl
import pytest

from detector.detection import likelihood
from detector.detection.accumulation import MICRO
from detector.detection.evidence_days import write_evidence
from detector.detection.interface_reading import UNKNOWN_CAP
from detector.detection.night_tables import REJUDGE_AFTER_DAYS
from detector.detection.scoring import (
    APPROVED_DAILY,
    CALLS_DAILY,
    SUSPICIOUS_NATS,
    daily_sums,
    score_dates,
)
from detector.detection.streams import BY_ID, COMPONENTS
from detector.policies import tables
from tests.detection.worlds import NIGHT, Hospital, hospital, prepare

EVE = NIGHT - dt.timedelta(days=1)
FIRST = NIGHT - dt.timedelta(days=10)
TABLES = (
    "label_days", "account_days", "suspicions", "suspicion_events", "evidence_days", "record_writes", "account_spans",
    "judged",
)  # fmt: skip


@dataclass
class Nights:
    """What judging needs of a store, and the nightly order of its steps without policies and findings."""

    world: Hospital
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = self.world.connection()

    def write_patient_days(self, date: dt.date, relation_sql: str) -> None:
        self.connection.execute(f"create table if not exists judged as select * {relation_sql} where false")
        self.connection.execute("delete from judged where business_date = ?", [date])
        self.connection.execute(f"insert into judged {relation_sql}")

    def judge(self, night: dt.date, dates: list[dt.date], *, first_time: bool = True) -> None:
        prepare(self.connection, night, dates)
        self.score(night, dates, first_time=first_time)

    def score(self, night: dt.date, dates: list[dt.date] | None = None, *, first_time: bool = True) -> None:
        """Judge dates whose night tables are there, by default the night's own."""
        dates = dates or [night]
        write_evidence(self.connection, score_dates(self, dates, FIRST), night if first_time else None)
        tables.update_account_spans(self.connection)

    def run(self, last: dt.date = NIGHT) -> Nights:
        """Judge the past at once (quick), then the last two nights as they come, with second looks."""
        past = EVE - dt.timedelta(days=1)
        self.judge(past, days(past))
        for night in days(last)[len(days(past)) :]:
            again = {night - dt.timedelta(days=days) for days in REJUDGE_AFTER_DAYS}
            self.judge(night, sorted({night, *again}))
        return self

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.connection.sql(f"from {table} order by all").pl().to_dicts()

    def state(self, user: str, patient: str, date: dt.date) -> tuple[str, str | None]:
        sql = "select state, explanation from judged where (user_id, patient_id, business_date) = (?, ?, ?)"
        (row,) = self.connection.execute(sql, [user, patient, date]).fetchall()
        return row

    def nats(self, user: str, date: dt.date, stream: str = "harvest") -> float:
        components = ", ".join(BY_ID[stream].components)
        sql = f"select greatest({components}) from evidence_days where user_id = ? and business_date = ?"
        return float(self.connection.execute(sql, [user, date]).fetchall()[0][0] / MICRO)


def days(last: dt.date = NIGHT) -> list[dt.date]:
    """Every date up to the last."""
    return [FIRST + dt.timedelta(days=number) for number in range((last - FIRST).days + 1)]


def at(date: dt.date, time: str) -> str:
    return f"{date:%m-%d} {time}"


def ward(seed: int = 1) -> Hospital:
    """Ten days of six nurses who write and read in their own ward, and now and then open a page by mistake."""
    chance = random.Random(seed)
    world = hospital()
    for number in range(6):
        world.nurse(f"n{number}", "OB" if number < 4 else "GYN")
    for number in range(30):
        department = "OB" if number < 20 else "GYN"
        world.patient(f"p{number}", household=f"h{number // 2}").admitted(department, at(FIRST, "00:00"))
    world.patient("far")
    for date in days():
        for number in range(6):
            patients = range(20) if number < 4 else range(20, 30)
            for patient in chance.sample(patients, 6):
                time = f"{chance.randint(7, 18):02d}:{chance.randint(0, 59):02d}"
                world.opens(f"n{number}", f"p{patient}", at(date, time), chance.choice(["view", "update"]))
        if chance.random() < 0.4:
            world.opens(
                f"n{chance.randrange(6)}", f"p{chance.randrange(30)}", at(date, "20:00"), category="demographics"
            )
    return world


@pytest.mark.heavy
def test_the_order_of_the_log_changes_nothing() -> None:
    straight, shuffled = ward(), ward()
    for world in (straight, shuffled):
        for number in range(8):
            world.patient(f"x{number}").opens("n1", f"x{number}", "10:00", category="demographics")
    random.Random(9).shuffle(shuffled.events)
    one, other = (Nights(world).run() for world in (straight, shuffled))
    for table in TABLES:
        assert one.rows(table) == other.rows(table), table
    assert one.nats("n1", NIGHT) > 5
    assert one.nats("n2", NIGHT) < 1


@pytest.fixture(scope="module")
def late_booking() -> tuple[Nights, Nights]:
    """Yesterday n1 read the record of somebody who is booked today; before and after the second look."""

    def world() -> Hospital:
        built = ward().opens("n1", "booked", at(EVE, "15:00"))
        built.patient("booked").admitted("OB", at(NIGHT, "08:00"))
        return built.opens("n1", "far", at(EVE, "15:10"))

    return Nights(world()).run(EVE), Nights(world()).run()


def test_a_late_booking_clears_at_the_second_look(late_booking: tuple[Nights, Nights]) -> None:
    before, after = late_booking
    assert before.state("n1", "booked", EVE) == ("suspicious", None)
    assert after.state("n1", "booked", EVE) == ("explained", "admission_soon")
    assert [row["patient_id"] for row in before.rows("suspicions") if row["business_date"] == EVE] == ["booked", "far"]
    assert [row["patient_id"] for row in after.rows("suspicions") if row["business_date"] == EVE] == ["far"]
    assert after.nats("n1", EVE, "no_care") < before.nats("n1", EVE, "no_care")


def test_what_is_not_explained_stays(late_booking: tuple[Nights, Nights]) -> None:
    for nights in late_booking:
        assert nights.state("n1", "far", EVE) == ("suspicious", None)


def test_the_rows_behind_a_suspicion_are_kept(late_booking: tuple[Nights, Nights]) -> None:
    before, _ = late_booking
    kept = [(row["event_id"], row["raw"]) for row in before.rows("suspicion_events") if row["patient_id"] == "far"]
    assert kept == [(row["event_id"], "raw") for row in before.world.events if row["patient_id"] == "far"]


def test_the_first_week_surprises_nobody() -> None:
    world = ward()
    for number in range(8):
        world.patient(f"x{number}").opens("n1", f"x{number}", at(FIRST, "10:00"), category="demographics")
    nights = Nights(world)
    week = FIRST + dt.timedelta(days=likelihood.MINIMUM_DAYS - 1)
    nights.judge(week, days(week))
    assert nights.rows("suspicions") == []
    assert {row["state"] for row in nights.rows("judged")} <= {"explained", "neither"}
    assert all(row[name] == 0 for row in nights.rows("evidence_days") for name in COMPONENTS)


@pytest.mark.heavy
def test_judging_a_date_twice_is_judging_it_once() -> None:
    once, twice = Nights(ward()).run(), Nights(ward()).run()
    twice.judge(NIGHT, [EVE, NIGHT], first_time=False)
    for table in TABLES:
        assert twice.rows(table) == once.rows(table), table


def test_what_approvals_cover_is_bounded_by_the_day_and_stays_visible() -> None:
    def world(*, approved: bool) -> Hospital:
        built = ward()
        for number in range(8):
            built.patient(f"x{number}").opens("n1", f"x{number}", "10:00", category="demographics")
        return built.approved("n1", "contact-harvesting", at(NIGHT, "00:00")) if approved else built

    free, covered = (Nights(world(approved=approved)).run() for approved in (False, True))
    assert free.nats("n1", NIGHT) > 5
    assert 0 < covered.nats("n1", NIGHT) <= APPROVED_DAILY
    assert covered.state("n1", "x0", NIGHT) == ("explained", "approval")
    listed = [row for row in covered.rows("suspicions") if row["user_id"] == "n1" and row["business_date"] == NIGHT]
    assert listed
    assert all(row["approved"] for row in listed)


def test_a_machine_that_nobody_knows_yet_has_no_habit_to_depart_from() -> None:
    world = ward().staff("svc", "IT", "interface", kind="service")
    for number in range(40):
        world.opens("svc", f"z{number}", "10:00", category="demographics")
    nights = Nights(world).run()
    assert nights.state("svc", "z0", NIGHT) == ("neither", None)
    assert not [row for row in nights.rows("suspicions") if row["user_id"] == "svc"]
    assert 0 < nights.nats("svc", NIGHT, "interface") <= UNKNOWN_CAP
    assert nights.nats("svc", NIGHT) == 0
    kept = [
        (row["view"], row["label"], row["patients"]) for row in nights.rows("label_days") if row["user_id"] == "svc"
    ]
    assert kept == [("recency", "archive", 40)]


def test_a_kiosk_that_is_fed_numbers_is_seen_and_its_hall_is_not() -> None:
    world = ward()
    for kiosk in ("k1", "k2", "k3"):
        world.staff(kiosk, "REG", "kiosk", kind="kiosk")
        for date in days():
            for number in range(12):
                world.opens(kiosk, f"p{number}", at(date, "10:00"), category="result")
    for number in range(40):
        world.opens("k1", f"z{number}", "11:00", category="result")
    nights = Nights(world).run()
    assert nights.state("k1", "z0", NIGHT) == ("suspicious", None)
    assert nights.state("k1", "p0", NIGHT) == ("neither", None)
    kept = {(row["user_id"], row["business_date"]) for row in nights.rows("suspicions") if row["user_id"][0] == "k"}
    assert kept == {("k1", NIGHT)}
    assert nights.nats("k1", NIGHT, "interface") > BY_ID["interface"].fresh_cap
    assert nights.nats("k2", NIGHT, "interface") <= 0


def test_contact_pages_in_care_are_kept_and_stay_explained() -> None:
    world = ward()
    for date in days()[-3:]:
        for number in range(4):
            world.opens("n1", f"p{number}", at(date, "19:00"), category="demographics")
    nights = Nights(world).run()
    pages = [row for row in nights.rows("suspicions") if row["user_id"] == "n1" and row["steady_4"] > 0]
    unsuspected = [row for row in pages if row["largest_evidence"] <= SUSPICIOUS_NATS * MICRO]
    assert unsuspected
    for row in unsuspected:
        assert nights.state("n1", row["patient_id"], row["business_date"]) == ("explained", "inpatient")


def test_a_note_for_somebody_discharged_bounds_what_the_day_adds() -> None:
    """The first of a week's calls: the others are written down tomorrow."""
    harvested = {}
    for noted in (False, True):
        world = ward()
        for number in range(9):
            world.patient(f"x{number}").admitted("OB", at(FIRST - dt.timedelta(days=9), "00:00"), "03-02 10:00")
            world.opens("n1", f"x{number}", "10:00", category="demographics")
        if noted:
            world.writes("n1", "x0", "10:01")
        harvested[noted] = Nights(world).run().nats("n1", NIGHT)
    assert harvested[True] <= CALLS_DAILY < harvested[False]


def test_a_day_s_sum_bounds_only_what_is_covered_and_positive() -> None:
    rows = [("", "read", 2 * MICRO), ("", "read", 2 * MICRO), ("", "read", -MICRO), (None, "read", 3 * MICRO)]
    types = {"approved_patterns": pl.String, "access_type": pl.String, "harvest_0": pl.Int64}
    unnoted = {"user_id": "n1", "relation": "stranger", "without_care": True, "wrote": False}
    frame = pl.DataFrame(rows, schema=types, orient="row").with_columns(
        **{key: pl.lit(one) for key, one in unnoted.items()}
    )
    expected = 3 * MICRO - MICRO + int(APPROVED_DAILY * MICRO)
    assert daily_sums(frame, ["user_id"], ["harvest_0"]).rows() == [("n1", expected)]


def test_list_exports_reach_the_day_s_count() -> None:
    world = ward().opens("n1", None, "10:00", "export", "list", record_count=400)
    world.opens("quiet", None, "10:00", "export", "list", record_count=30)
    nights = Nights(world).run()
    found = {
        row["user_id"]: row["exported_records"] for row in nights.rows("account_days") if row["business_date"] == NIGHT
    }
    assert (found["n1"], found["quiet"], found["n2"]) == (400, 30, 0)
    assert nights.nats("n1", NIGHT, "export") > 0
