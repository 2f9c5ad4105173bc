"""Which version of a context table is used: night by night, with files that are right and files that failed."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import Site
from detector.loading.context import load_context, read_context
from detector.loading.context_failure import (
    COLUMNS,
    FELL,
    LOST,
    NOT_UNDERSTOOD,
    SHORT,
    UNREADABLE,
    ContextFailure,
    failures_noted,
)
from detector.loading.context_versions import like_days
from detector.store import open_store
from detector.texts import load_texts
from tests.site_folder import Deployment

ONE_DAY = dt.timedelta(days=1)
STAFF = "user_id,name,status,start_date,end_date\n"
ROSTER = "user_id,start,end\n"
MONDAY = dt.date(2026, 6, 1)
CHINA = Site(name="x", timezone="Asia/Shanghai", calendar="CN")


class Nights:
    """A deployment whose context files change from night to night."""

    def __init__(self, folder: Path) -> None:
        self.site = Deployment(folder)
        self.tables: dict[str, str] = {}
        self.on_duty: dict[dt.date, int] = {}
        self.store = open_store(self.site.settings(), threads=1)

    def give(self, name: str, content: str | bytes) -> Path:
        path = self.site.folder / f"{name}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.tables[name] = path.name
        lines = "".join(
            f'{table} = "{file}"\n' for table, file in self.tables.items() if not table.endswith("_patients")
        )
        self.site.context = f"[context]\n{lines}"
        self.site.site |= {table: file for table, file in self.tables.items() if table.endswith("_patients")}
        return path

    def night(self, date: dt.date | None, *, accept: Iterable[str] = ()) -> dict[str, ContextFailure]:
        """Load for one night; return what failed."""
        return self.catch_up([date], accept)

    def catch_up(self, dates: Iterable[dt.date | None], accept: Iterable[str] = ()) -> dict[str, ContextFailure]:
        """Load once for many dates; return what failed on any."""
        versions = read_context(self.store, self.site.settings())
        versions.accepted |= set(accept)
        for date in dates:
            with self.store.transaction():
                versions.settle(date)
            if date is not None and "roster" in self.tables:
                self.on_duty[date] = self.query(f"select count(*) from roster where starts_at::date = '{date}'")[0][0]
        assert set(versions.failures) >= {one.table for one in failures_noted(self.store.connection)}
        return versions.failures

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.store.connection.execute(sql).fetchall()

    def used(self, name: str) -> int:
        return int(self.query(f"select count(*) from {name}")[0][0])


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    made = Nights(tmp_path)
    with made.store:
        yield made


def staff(count: int, left: int = 0) -> str:
    return STAFF + "".join(f"u{number},Li,{'left' if number < left else ''},,\n" for number in range(count))


def shifts(first: dt.date, last: dt.date, count: int = 6, weekend: int | None = None) -> str:
    """A row per account and day; the last begins in the evening and ends the next morning."""
    lines = []
    for number in range((last - first).days + 1):
        day = first + ONE_DAY * number
        on_duty = count if day.weekday() < 5 or weekend is None else weekend
        lines += [f"n{one},{day} 08:00,{day} 17:00" for one in range(on_duty - 1)]
        lines.append(f"n{on_duty - 1},{day} 20:00,{day + ONE_DAY} 08:00")
    return ROSTER + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("content", [
    STAFF, staff(19), "u1,Li,,,\nu2,Wang,,,\n", "user_id,na\n" + staff(40).partition("\n")[2], "",
    staff(40).replace("user_id", "???"), staff(40)[:200], staff(40).encode("utf-16")[:-700],
    gzip.compress(staff(40).encode(), mtime=0)[:-20], staff(40, left=30),
    staff(40).replace(",end_date", "").replace(",,\n", ",\n"),
    staff(40).replace(",,\n", ",soon,\n", 30), b"\0" * 5000, staff(40).replace("\n", " "),
])  # fmt: skip
def test_a_staff_file_that_failed_does_not_replace_the_good_one(nights: Nights, content: str | bytes) -> None:
    nights.give("staff", staff(40))
    assert nights.night(MONDAY) == {}
    nights.give("staff", content)
    for date in (MONDAY + ONE_DAY, MONDAY + 2 * ONE_DAY):
        failure = nights.night(date)["staff"]
        assert (failure.date, failure.good_on, failure.has_good) == (MONDAY + ONE_DAY, MONDAY, True)
        assert nights.used("staff") == 40
        assert nights.query("select count(*) from staff where status = 'active'") == [(40,)]
    nights.give("staff", staff(41))
    assert nights.night(MONDAY + 3 * ONE_DAY) == {}
    assert nights.used("staff") == 41


@pytest.mark.parametrize("content", [
    staff(20), staff(80), staff(40, left=20), staff(40).encode("gb18030"), gzip.compress(staff(40).encode(), mtime=0),
    staff(38).replace(",,\n", ",soon,\n", 10), STAFF + "\n" + staff(30).partition("\n")[2],
    "科室,工号,姓名,状态,入职日期,离职日期\n" + "".join(f"OB,u{number},,,,\n" for number in range(39)),
])  # fmt: skip
def test_a_staff_file_that_changed_much_is_used(nights: Nights, content: str | bytes) -> None:
    nights.give("staff", staff(40))
    nights.night(MONDAY)
    nights.give("staff", content)
    assert nights.night(MONDAY + ONE_DAY) == {}


def test_contracts_that_end_are_no_loss(nights: Nights) -> None:
    nights.give("staff", STAFF + "".join(f"u{number},Li,,,2026-06-01\n" for number in range(40)))
    assert nights.night(MONDAY) == {}
    assert nights.night(MONDAY + 2 * ONE_DAY) == {}


def test_small_tables_may_lose_rows_but_no_hospital_is_without_staff(nights: Nights) -> None:
    nights.give("staff", staff(15))
    nights.give("decoy_patients", "patient_id\n" + "".join(f"p{one}\n" for one in range(19)))
    nights.give("patients", "patient_id,sex\np1,F\n")
    nights.night(MONDAY)
    nights.give("staff", staff(3))
    nights.give("decoy_patients", "patient_id\n")
    nights.give("patients", "patient_id,sex\n")
    assert nights.night(MONDAY + ONE_DAY) == {}
    assert (nights.used("staff"), nights.used("decoy_patients")) == (3, 0)
    nights.give("staff", STAFF)
    assert nights.night(MONDAY + 2 * ONE_DAY)["staff"].kind == LOST
    assert nights.used("staff") == 3


@pytest.mark.parametrize("name", ["patients", "vip_patients", "decoy_patients"])
def test_an_undated_table_that_lost_more_than_half(nights: Nights, name: str) -> None:
    nights.give(name, "patient_id\n" + "".join(f"p{one}\n" for one in range(20)))
    nights.night(None)
    nights.give(name, "patient_id\n" + "".join(f"p{one}\n" for one in range(10)))
    assert nights.night(None) == {}
    nights.give(name, "patient_id\n" + "".join(f"p{one}\n" for one in range(20)))
    nights.night(None)
    nights.give(name, "patient_id\n" + "".join(f"p{one}\n" for one in range(9)))
    failure = nights.night(None)[name]
    assert (failure.kind, failure.found, failure.usual) == (LOST, 9, 20)
    assert nights.used(name) == 20


@pytest.mark.parametrize(("kind", "detail"), [
    ("missing", "No such file or directory"), ("folder", "is a folder"), ("pipe", ""), ("forbidden", "denied"),
    ("cut", "gzip stream is cut off"),
])  # fmt: skip
def test_files_that_cannot_be_read(nights: Nights, kind: str, detail: str) -> None:
    path = nights.give("roster", shifts(MONDAY, MONDAY))
    nights.night(MONDAY)
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "forbidden":
        path.write_text(shifts(MONDAY, MONDAY))
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("root may read everything")
    elif kind == "cut":
        path.write_bytes(gzip.compress(shifts(MONDAY, MONDAY).encode())[:-9])
    failure = nights.night(MONDAY + ONE_DAY)["roster"]
    assert failure.kind == UNREADABLE
    assert detail in failure.detail
    assert not failure.acceptable
    assert nights.night(MONDAY + ONE_DAY, accept=["roster"])["roster"].kind == UNREADABLE
    assert nights.used("roster") == 6


def test_without_a_good_version_the_night_runs_without_the_table(nights: Nights) -> None:
    nights.give("roster", "a,b\n1,2\n")
    failure = nights.night(MONDAY)["roster"]
    assert (failure.kind, failure.has_good, failure.good_on) == (COLUMNS, False, None)
    assert not nights.night(MONDAY + ONE_DAY)["roster"].has_good
    assert nights.used("roster") == 0
    nights.give("roster", shifts(MONDAY, MONDAY))
    assert nights.night(MONDAY + ONE_DAY) == {}
    assert nights.used("roster") == 6


def test_approvals_may_be_empty(nights: Nights) -> None:
    header = "user_id,patterns,start,end,approved_by,reason\n"
    rows = "".join(f"u{one},,2026-06-01,2026-06-30,QC,x\n" for one in range(60))
    for content in (header + rows, header, header + rows, header + rows[:100], ""):
        nights.give("approvals", content)
        assert nights.night(MONDAY) == {}
    assert nights.used("approvals") == 0
    nights.give("approvals", "a,b\n")
    assert nights.night(MONDAY)["approvals"].kind == COLUMNS


@pytest.mark.heavy
def test_monthly_rosters_over_the_end_of_a_year_are_no_failures(nights: Nights) -> None:
    months = [(dt.date(2026, 11, 1), dt.date(2026, 11, 30)), (dt.date(2026, 12, 1), dt.date(2026, 12, 31)),
              (dt.date(2027, 1, 1), dt.date(2027, 1, 31))]  # fmt: skip
    date = months[0][0]
    for number, (first, last) in enumerate(months):
        nights.give("roster", shifts(first, last, 12, weekend=4))
        until = last - 3 * ONE_DAY * (number < 2)  # the next month's comes three days before
        assert nights.night(date) == {}
        assert nights.catch_up(date + ONE_DAY * days for days in range((until - date).days + 1)) == {}
        date = until + ONE_DAY
    assert set(nights.on_duty.values()) == {4, 12}


def test_a_roster_that_comes_a_day_late_is_a_failure_of_that_night_alone(nights: Nights) -> None:
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30), 12, weekend=4))
    first = dt.date(2026, 7, 1)
    assert nights.catch_up(MONDAY + ONE_DAY * number for number in range(30)) == {}
    failure = nights.night(first)["roster"]
    assert (failure.kind, failure.found, failure.usual, failure.date) == (SHORT, 1, 13, first)
    nights.give("roster", shifts(first, dt.date(2026, 7, 31), 12, weekend=4))
    assert nights.night(first + ONE_DAY) == {}


@pytest.mark.parametrize("content", [
    ROSTER, shifts(MONDAY, dt.date(2026, 6, 9), 12), shifts(MONDAY, dt.date(2026, 6, 30), 5),
    shifts(MONDAY, dt.date(2026, 6, 30), 12).replace("2026-06", "2031-06"),
])  # fmt: skip
@pytest.mark.parametrize("days", [1, 2, 9])
def test_a_roster_that_failed_does_not_replace_the_good_one(nights: Nights, content: str, days: int) -> None:
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30), 12))
    nights.catch_up(MONDAY + ONE_DAY * number for number in range(days))
    nights.give("roster", content)
    date = max(MONDAY + ONE_DAY * days, dt.date(2026, 6, 10))
    failures = nights.night(date)
    if days < 9 and content.count("\n") > 200:
        return  # half a file on a first Wednesday: nothing to compare it with
    assert failures["roster"].kind == FELL
    assert nights.used("roster") == 12 * 30
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30), 11))
    assert nights.night(date) == {}


@pytest.mark.heavy
def test_weekends_and_holidays_are_measured_by_their_like(nights: Nights) -> None:
    date, last = dt.date(2026, 9, 1), dt.date(2026, 10, 31)
    off = {*(dt.date(2026, 10, day) for day in range(1, 8)), dt.date(2026, 9, 25)}
    text = ROSTER
    while date <= last:
        working = date not in off and (date.weekday() < 5 or date in {dt.date(2026, 9, 20), dt.date(2026, 10, 10)})
        text += shifts(date, date, 40 if working else 12).removeprefix(ROSTER)
        date += ONE_DAY
    nights.give("roster", text)
    nights.night(dt.date(2026, 9, 1))
    assert nights.catch_up(dt.date(2026, 9, 2) + ONE_DAY * number for number in range(60)) == {}


def test_like_days() -> None:
    days = [dt.date(2026, 9, 1) + ONE_DAY * number for number in range(30)]
    assert [one.day for one in like_days(dt.date(2026, 10, 12), days, CHINA)] == [7, 14, 21, 28]
    assert [one.day for one in like_days(dt.date(2026, 10, 1), days, CHINA)] == [6, 13, 25, 27]
    assert [one.day for one in like_days(dt.date(2026, 10, 10), days, CHINA)][:5] == [1, 2, 3, 4, 7]
    assert [one.day for one in like_days(dt.date(2026, 10, 11), days, CHINA)] == [6, 13, 27]
    assert [one.day for one in like_days(dt.date(2026, 10, 1), days, None)] == [3, 10, 17, 24]


def test_a_quiet_day_of_a_tiny_hospital_is_no_failure(nights: Nights) -> None:
    counts = [2, 3, 1, 4, 2, 1, 0, 3, 1, 0, 2, 2, 0, 1, 1, 5, 3, 0, 1, 1, 2, 2, 0, 3, 0, 1, 2, 1, 0, 2, 1]
    text = "visit_id,patient_id,start,end\n"
    nights.give("encounters", text + f"V,p,{MONDAY} 08:00,{MONDAY} 17:00\n")
    nights.night(MONDAY)
    for number, count in enumerate(counts):
        day = MONDAY + ONE_DAY * number
        text += "".join(f"V{number}-{one},p{one},{day} 08:0{one},{day} 17:00\n" for one in range(count))
    nights.give("encounters", text)
    assert nights.catch_up(MONDAY + ONE_DAY * number for number in range(len(counts))) == {}


def test_rows_that_come_by_their_start_are_used_however_few_they_are(nights: Nights) -> None:
    """A strike: few new stays, but nothing is gone; the night says so and works with what there is."""
    text = "visit_id,patient_id,start,end\n"
    for number in range(15):
        day = MONDAY + ONE_DAY * number
        text += "".join(f"V{number}-{one},p{one},{day} 09:00,{day} 17:00\n" for one in range(30 if number < 14 else 3))
        nights.give("encounters", text)
        failures = nights.night(day) if number > 6 else {}
    assert (failures["encounters"].kind, failures["encounters"].found, failures["encounters"].usual) == (SHORT, 3, 30)
    assert nights.used("encounters") == 14 * 30 + 3


def test_stays_that_end_are_no_loss_of_rows(nights: Nights) -> None:
    stays = [f"V{one},p{one},2026-06-01 09:00" for one in range(40)]
    header = "visit_id,patient_id,start,end\n"
    nights.give("encounters", header + "".join(f"{stay},\n" for stay in stays))
    assert nights.catch_up(MONDAY + ONE_DAY * number for number in range(14)) == {}
    nights.give("encounters", header + "".join(f"{stay},2026-06-14 10:00\n" for stay in stays))
    assert nights.night(MONDAY + 14 * ONE_DAY)["encounters"].kind == SHORT
    assert nights.query("select count(*) from encounters where ends_at is null") == [(0,)]


def test_one_run_over_many_dates_decides_as_nightly_runs_do(nights: Nights) -> None:
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30), 12))
    nights.catch_up(MONDAY + ONE_DAY * number for number in range(25))
    nights.give("roster", shifts(dt.date(2026, 7, 1), dt.date(2026, 7, 31), 12))
    assert nights.catch_up(MONDAY + ONE_DAY * number for number in range(25, 35)) == {}
    assert set(nights.on_duty.values()) == {12}


def test_acceptance_takes_the_file_and_measures_from_then_on(nights: Nights) -> None:
    nights.give("staff", staff(40))
    nights.give("roster", shifts(MONDAY, dt.date(2026, 7, 31), 12))
    nights.catch_up(MONDAY + ONE_DAY * number for number in range(28))
    nights.give("staff", staff(12))
    nights.give("roster", shifts(MONDAY, dt.date(2026, 7, 31), 3))
    date = MONDAY + 28 * ONE_DAY
    assert set(nights.night(date)) == {"staff", "roster"}
    assert set(nights.night(date, accept=["roster"])) == {"staff"}
    assert nights.used("roster") == 3 * 61
    assert nights.night(date, accept=["staff"]) == {}
    assert nights.used("staff") == 12
    assert nights.night(date + ONE_DAY) == {}
    assert nights.catch_up(MONDAY + ONE_DAY * number for number in range(29, 50)) == {}


def test_acceptance_takes_a_file_that_lacks_a_column_it_can_do_without(nights: Nights) -> None:
    nights.give("staff", staff(40))
    nights.night(MONDAY)
    nights.give("staff", "user_id,name\n" + "".join(f"u{one},Li\n" for one in range(40)))
    failure = nights.night(MONDAY)["staff"]
    assert (failure.kind, failure.detail, failure.acceptable) == (COLUMNS, "status, start_date, end_date", True)
    assert nights.night(MONDAY, accept=["staff"]) == {}
    assert nights.night(MONDAY + ONE_DAY) == {}


def test_a_file_that_was_never_understood_does_not_begin_to_fail(nights: Nights) -> None:
    nights.give("roster", ROSTER + "01,2026-06-31,2026-07-01\n" * 9 + "01,2026-06-01,2026-06-02\n")
    for number in range(3):
        assert nights.night(MONDAY + ONE_DAY * number) == {}
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30)))
    assert nights.night(MONDAY + 3 * ONE_DAY) == {}
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30)).replace("2026", "yesterday", 240))
    assert nights.night(MONDAY + 4 * ONE_DAY)["roster"].kind == NOT_UNDERSTOOD


def test_a_table_taken_out_of_the_configuration_is_empty_and_begins_anew(nights: Nights) -> None:
    nights.give("staff", staff(40))
    nights.night(MONDAY)
    del nights.tables["staff"]
    nights.give("vip_patients", "patient_id\np1\n")
    assert nights.night(MONDAY + ONE_DAY) == {}
    assert nights.used("staff") == 0
    nights.give("staff", staff(5))
    assert nights.night(MONDAY + 2 * ONE_DAY) == {}


def test_a_store_of_an_earlier_version_has_good_tables(nights: Nights) -> None:
    nights.give("staff", staff(40))
    nights.give("roster", shifts(MONDAY, dt.date(2026, 6, 30), 12))
    nights.night(None)
    nights.query("update context_tables set digest = null, good_on = null, columns = null")
    nights.query("delete from context_days")
    nights.give("staff", STAFF)
    nights.give("roster", ROSTER)
    for number in range(2):
        failures = nights.night(MONDAY + ONE_DAY * number)
        assert {name: (one.kind, one.has_good) for name, one in failures.items()} == {
            "staff": (LOST, True), "roster": (FELL, True),
        }  # fmt: skip
    assert (nights.used("staff"), nights.used("roster")) == (40, 360)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentences_say_what_is_used_and_what_to_do(language: str) -> None:
    texts = load_texts("zh" if language == "zh" else "en")
    for kind in (UNREADABLE, COLUMNS, NOT_UNDERSTOOD, LOST, FELL, SHORT):
        failure = ContextFailure("staff", kind, "staff.csv", "x", 1, 2, MONDAY, MONDAY - ONE_DAY)
        sentence = failure.sentence(texts)
        assert "detector run --accept-context staff" in sentence
        assert "staff.csv" in sentence
        assert (str(MONDAY - ONE_DAY) in sentence) == (kind != SHORT)
    never = ContextFailure("staff", UNREADABLE, "staff.csv", "x", has_good=False, acceptable=False).sentence(texts)
    assert "--accept-context" not in never


def test_a_load_leaves_no_tables_behind(nights: Nights) -> None:
    nights.give("staff", staff(40))
    load_context(nights.store, nights.site.settings(), MONDAY)
    names = nights.query("select table_name from duckdb_tables() where temporary")
    assert not [name for (name,) in names if name.startswith("read_")]


UNREADABLE_START = "u9,Li,,soon,\n"
VARIANTS = (staff(30), staff(30) + UNREADABLE_START, staff(29), staff(5), "")


def test_a_file_in_use_that_did_not_change_is_not_read_again(nights: Nights) -> None:
    nights.give("staff", staff(30) + UNREADABLE_START)
    for date, is_in_use in ((MONDAY, False), (MONDAY + ONE_DAY, True)):
        versions = read_context(nights.store, nights.site.settings())
        assert versions.files["staff"].is_in_use == is_in_use
        with nights.store.transaction():
            versions.settle(date)
        (count,) = (one for one in versions.counts if one.name == "staff")
        assert (count.rows, count.quarantined, nights.used("staff")) == (30, 1, 30)
        assert nights.query("select source, row_number, reason from quarantine")[0][:2] == ("context:staff", 31)
    nights.give("staff", staff(31))
    assert not read_context(nights.store, nights.site.settings()).files["staff"].is_in_use


def test_a_file_that_failed_is_read_again(nights: Nights) -> None:
    nights.give("staff", staff(30))
    nights.night(MONDAY)
    nights.give("staff", staff(2))
    for ahead in (1, 2):
        assert "staff" in nights.night(MONDAY + ahead * ONE_DAY)
    nights.give("staff", staff(30))
    assert nights.night(MONDAY + 3 * ONE_DAY) == {}
    assert nights.used("staff") == 30


def test_what_is_not_read_again_is_as_if_it_were(tmp_path: Path) -> None:
    """Files change, fail, come back and get other numbers: the tables and what is noted of them are the same."""
    crosswalks = ("", "u1,e1,\n", "u1,e1,\nu2,e2,\n", "", None, "u1,e2,\n")
    chance = random.Random(6)
    contents = [staff(30), *chance.choices(VARIANTS, k=3)]
    changes = [(content, crosswalks[chance.randrange(len(crosswalks))]) for content in contents for _ in range(3)]
    states = []
    for forgets in (False, True):
        nights = Nights(tmp_path / str(forgets))
        with nights.store:
            states.append([_after(nights, number, *change, forgets=forgets) for number, change in enumerate(changes)])
    assert states[0] == states[1]


def _after(nights: Nights, number: int, content: str, crosswalk: str | None, *, forgets: bool) -> tuple[Any, ...]:
    """Return the state after a night; ``forgets``: nothing is known of the files before."""
    nights.give("staff", content)
    nights.tables.pop("user_ids", None)
    if crosswalk is not None:
        nights.give("user_ids", "id,canonical_id,source\n" + crosswalk)
    if forgets:
        nights.store.connection.execute("update context_tables set fingerprint = null")
    failed = nights.night(MONDAY + number * ONE_DAY)
    tables = ("staff", "user_ids", "context_days")
    rows = [nights.query(f"from {table} order by all") for table in tables]
    noted = nights.query("select * exclude (fingerprint, path) from context_tables order by name")
    return failed.keys(), rows, noted, nights.query("select source, row_number, reason from quarantine order by all")
