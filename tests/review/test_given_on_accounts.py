"""An account is not a person: a leaver's account that is given on keeps what was done with it apart, by its holders."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.progress import Silent
from tests.program import called

TOML = """\
[site]
name = "Test Hospital"
timezone = "Asia/Shanghai"
language = "en"
decoy_patients = "decoys.csv"
[[source]]
name = "his"
path = "his-*.csv"
daily = true
[context]
staff = "staff.csv"
"""
STAFF = """\
user_id,name,department,role,manager_id,status,start_date,end_date,patient_id
n1,Ann One,OB,nurse,m1,active,,,
n2,Bea Two,OB,nurse,m1,active,,,
n3,Cat Three,PED,nurse,m2,active,,,
n4,Dot Four,PED,nurse,m2,active,,,
m1,Mia Head,OB,head nurse,,active,,,
m2,Noa Chief,PED,head nurse,,active,,,
"""
LEAVER = "n7,Li Na,OB,nurse,m1,left,2020-01-01,2026-06-08,P90"
NURSE = "n7,Wang Fang,PED,ward nurse,m2,active,2026-07-01,,P91"
HEADER = "event_time,user_id,patient_id,action,category\n"
FIRST, LAST = dt.date(2026, 6, 25), dt.date(2026, 7, 4)
MISUSED = [dt.date(2026, 6, 25 + number) for number in range(4)]
HIRED = dt.date(2026, 7, 1)


def log(date: dt.date, *more: str) -> str:
    """A day's log: the wards at work, the leaver's account misused, the new nurse at work and, one day, on a decoy."""
    rows = [
        f"{date} {8 + turn:02d}:10:00,{user},P{turn},update,note"
        for user in ("n1", "n2", "n3", "n4", "m1", "m2")
        for turn in range(3)
    ]
    if date in MISUSED:
        rows += [f"{date} 20:0{number}:00,n7,P8{number},view,demographics" for number in range(3)]
    if date >= HIRED:
        rows += [f"{date} 09:2{number}:00,n7,P{number},update,note" for number in range(5)]
    if date == dt.date(2026, 7, 4):
        rows.append(f"{date} 11:00:00,n7,D1,view,note")
    return HEADER + "".join(f"{row}\n" for row in [*rows, *more])


class Site:
    """A small deployment, run night by night or at once."""

    def __init__(self, folder: Path, *rows: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "detector.toml").write_text(TOML, encoding="utf-8")
        (folder / "decoys.csv").write_text("patient_id\nD1\nD2\n", encoding="utf-8")
        self.staff(*rows)

    def staff(self, *rows: str) -> None:
        text = STAFF + "".join(f"{row}\n" for row in rows)
        (self.folder / "staff.csv").write_text(text, encoding="utf-8")

    def days(self, first: dt.date, last: dt.date) -> None:
        for number in range((last - first).days + 1):
            date = first + dt.timedelta(days=number)
            (self.folder / f"his-{date}.csv").write_text(log(date), encoding="utf-8")

    def run(self) -> None:
        run_nights(load_settings(self.folder), None, Silent(), now=dt.datetime(2026, 8, 1, tzinfo=dt.UTC))

    def nightly(self, first: dt.date = FIRST, last: dt.date = LAST) -> None:
        for number in range((last - first).days + 1):
            date = first + dt.timedelta(days=number)
            self.days(date, date)
            self.run()

    def call(self, *arguments: str) -> tuple[str, str]:
        done = called(["--config", str(self.folder), *arguments], COLUMNS="100")
        assert done.returncode == 0, done.stderr
        return done.stdout.decode(), done.stderr.decode()

    def findings(self) -> dict[str, dict[str, Any]]:
        """Return the findings about the account by the name they say; one about each holder."""
        lines = self.call("findings", "--format", "ndjson")[0].splitlines()
        found = [one for one in map(json.loads, lines) if one["user_id"] == "n7"]
        assert len({one["user_name"] for one in found}) == len(found), found
        return {one["user_name"]: one for one in found}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The leaver's account, given to a new nurse; all nights have run."""
    site = Site(tmp_path_factory.mktemp("given"), LEAVER, NURSE)
    site.days(FIRST, LAST)
    site.run()
    return site


def copied(site: Site, folder: Path) -> Site:
    """Return a copy of a site that goes on by itself."""
    return Site(shutil.copytree(site.folder, folder / "copy"), LEAVER, NURSE)


@pytest.mark.heavy
def test_a_finding_is_about_the_holder_in_the_holders_time(given: Site) -> None:
    leaver, nurse = (given.findings()[name] for name in ("Li Na", "Wang Fang"))
    assert [leaver[key] for key in ("department", "role", "window_start", "window_end", "accesses", "policies")] == [
        "OB", "nurse", "2026-06-25", "2026-06-28", 12, ["inactive-account"],
    ]  # fmt: skip
    assert [nurse[key] for key in ("department", "role", "window_start", "window_end", "policies")] == [
        "PED", "ward nurse", "2026-07-04", "2026-07-04", ["decoy-access"],
    ]  # fmt: skip
    assert nurse["previous_finding_id"] is None
    assert leaver["finding_id"] != nurse["finding_id"]


def test_a_letter_asks_the_manager_of_the_time_about_accesses_of_the_holder(given: Site) -> None:
    found = given.findings()
    letter, _ = given.call("inquiry", found["Li Na"]["finding_id"])
    assert "To: Mia Head (m1, OB)" in letter
    assert "Li Na" in letter
    assert not any(word in letter for word in ("Wang Fang", "PED", "2026-07"))
    assert sum(f"{date}" in letter for date in MISUSED) == 4
    letter, _ = given.call("inquiry", found["Wang Fang"]["finding_id"])
    assert "To: Noa Chief (m2, PED)" in letter
    assert not any(word in letter for word in ("Li Na", "2026-06"))


def test_who_opened_a_record_is_named_as_of_the_day(given: Site) -> None:
    names = {
        patient: {row["user_name"] for row in map(json.loads, given.call(
            "patient", patient, "--format", "ndjson")[0].splitlines()) if row["user_id"] == "n7"}
        for patient in ("P80", "P4")
    }  # fmt: skip
    assert names == {"P80": {"Li Na"}, "P4": {"Wang Fang"}}


@pytest.mark.heavy
def test_the_nights_one_by_one_say_what_one_run_says(given: Site, tmp_path: Path) -> None:
    nightly = Site(tmp_path, LEAVER, NURSE)
    nightly.nightly()
    assert nightly.call("findings", "--format", "ndjson")[0] == given.call("findings", "--format", "ndjson")[0]


def test_late_rows_are_the_earlier_holders(given: Site, tmp_path: Path) -> None:
    late, before = copied(given, tmp_path), given.findings()
    (late.folder / "his-late.csv").write_text(HEADER + "2026-06-28 21:00:00,n7,P88,view,demographics\n")
    late.run()
    after = late.findings()
    assert after["Li Na"]["accesses"] == 13
    assert after["Li Na"]["finding_id"] == before["Li Na"]["finding_id"]
    assert after["Wang Fang"] == before["Wang Fang"]


@pytest.mark.heavy
def test_a_table_that_tells_later_ends_the_episode_all_the_same(tmp_path: Path) -> None:
    """Until the new row comes, the account of somebody who left is at work; then it is another person's."""
    site = Site(tmp_path, LEAVER)
    site.days(FIRST, dt.date(2026, 7, 1))
    site.run()
    (found,) = site.findings().values()
    assert (found["user_name"], found["window_end"]) == ("Li Na", "2026-07-01")
    site.staff(LEAVER, NURSE)
    site.days(dt.date(2026, 7, 2), LAST)
    site.run()
    found = site.findings()["Li Na"]
    assert (found["window_start"], found["window_end"], found["accesses"]) == ("2026-06-25", "2026-06-28", 12)
    assert "2026-07" not in site.call("inquiry", found["finding_id"])[0]
    assert site.findings()["Wang Fang"]["window_start"] == "2026-07-04"
