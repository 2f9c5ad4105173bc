"""A public case, from the first hour on: a record is sealed in the middle of a week, through the command line alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.trail import Trail
from tests.program import called

STAR = "P77"
TOML = """\
[site]
name = "Test Hospital"
timezone = "Asia/Shanghai"
language = "en"
[[source]]
name = "his"
path = "his-*.csv"
daily = true
[context]
staff = "staff.csv"
patients = "patients.csv"
encounters = "encounters.csv"
care_team = "care_team.csv"
patient_ids = "patient_ids.csv"
"""
STRANGERS = [f"s{number:02d}" for number in range(1, 15)]
CARERS = ["c1", "c2", "d1"]
SEALED = "2026-06-04T10:00"
LIFTED = "2026-06-06T12:00"
Open = tuple[str, str, str]
"""Time of day, account, action: what was done with the record that is in the news."""
OPENED: dict[int, list[Open]] = {
    3: [("09:00", "s01", "view"), ("09:10", "c1", "view")],
    4: [
        ("09:59", "s02", "view"), ("09:30", "d1", "view"), ("10:00", "s03", "view"), ("11:00", "c1", "view"),
        ("11:10", "d1", "view"), *((f"12:{place:02d}", user, "view") for place, user in enumerate(STRANGERS[3:9])),
    ],
    5: [("08:00", "s10", "view"), ("08:01", "s11", "print"), ("08:30", "c2", "view"), ("09:00", "d1", "print")],
    6: [("11:59", "s12", "view"), ("12:00", "s13", "view"), ("13:00", "c1", "view")],
    7: [("09:00", "s13", "view")],
}  # fmt: skip
LATE = "2026-06-04 15:00:00,s14,{patient},view,note\n"
HEADER = "event_time,user_id,patient_id,action,category\n"


def day(number: int, patient: str) -> str:
    """A day's log: everybody at work with the own patients, and the record in the news."""
    date = f"2026-06-{number:02d}"
    rows = [
        f"{date} {8 + turn:02d}:{place % 60:02d}:30,{user},{user}-p{turn},update,note\n"
        for place, user in enumerate([*STRANGERS, *CARERS])
        for turn in range(3)
    ]
    rows += [f"{date} {at}:00,{user},{patient},{action},note\n" for at, user, action in OPENED.get(number, ())]
    return HEADER + "".join(rows)


def put(folder: Path, days: Iterable[int], patient: str = STAR) -> None:
    for number in days:
        (folder / f"his-{number:02d}.csv").write_text(day(number, patient), encoding="utf-8")


def call(folder: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    done = called(["--config", str(folder), *arguments], COLUMNS="110")
    assert done.returncode == code, (arguments, done.stderr.decode())
    return done.stdout.decode(), done.stderr.decode()


def night(folder: Path, number: int) -> None:
    call(folder, "--now", f"2026-06-{number + 1:02d}T02:00", "run", "--quiet", "--through", f"2026-06-{number:02d}")


def found(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call(folder, "findings", "--format", "ndjson")[0].splitlines()]


def alerted(folder: Path) -> dict[str, str]:
    """Account → the date that made it an alert, of those that the policy names."""
    return {
        one["user_id"]: one["alerted_on"]
        for one in found(folder)
        if "sealed-record" in one["policies"] and one["alert"]
    }  # fmt: skip


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seal") / "site"
    folder.mkdir()
    (folder / "detector.toml").write_text(TOML, encoding="utf-8")
    staff = "user_id,name,department,role,account_type,status\n"
    staff += "".join(f"{user},Name {user},{'PED' if user[0] == 's' else 'CAR'},nurse,human,active\n"
                     for user in (*STRANGERS, *CARERS))  # fmt: skip
    (folder / "staff.csv").write_text(staff, encoding="utf-8")
    (folder / "patients.csv").write_text(f"patient_id,flags\n{STAR},\n", encoding="utf-8")
    stays = f"visit_id,patient_id,department,kind,start,end\nv1,{STAR},CAR,inpatient,2026-05-30 08:00:00,\n"
    (folder / "encounters.csv").write_text(stays, encoding="utf-8")
    team = f"patient_id,user_id,start,end,relation\n{STAR},d1,2026-05-30 08:00:00,,attending\n"
    (folder / "care_team.csv").write_text(team, encoding="utf-8")
    (folder / "patient_ids.csv").write_text("source,id,canonical_id,start,end\n,P7,P77,,\n", encoding="utf-8")
    put(folder, (1, 2, 3))
    night(folder, 3)
    return folder


@pytest.fixture
def site(three_days: Path, tmp_path: Path) -> Callable[..., Path]:
    """Give copies of a deployment: of the one with three days where no other is named."""

    def copy(name: str, of: Path = three_days) -> Path:
        return shutil.copytree(of, tmp_path / name)

    return copy


@pytest.fixture(scope="module")
def five_days(three_days: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sealed on the fourth day and judged night by night."""
    folder = shutil.copytree(three_days, tmp_path_factory.mktemp("seal") / "five")
    call(folder, "--now", SEALED, "seal", STAR, "--note", "in the news")
    for number in (4, 5):
        put(folder, [number])
        night(folder, number)
    return folder


@pytest.fixture(scope="module")
def week(five_days: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lifted on the sixth day; the week goes on."""
    folder = shutil.copytree(five_days, tmp_path_factory.mktemp("seal") / "week")
    put(folder, [6])
    call(folder, "--now", LIFTED, "seal", STAR, "--lift")
    night(folder, 6)
    put(folder, [7])
    night(folder, 7)
    return folder


def test_everybody_without_ground_is_alerted_the_same_night_and_those_in_care_are_not(five_days: Path) -> None:
    assert alerted(five_days) == dict.fromkeys(STRANGERS[2:9], "2026-06-04") | dict.fromkeys(
        ("s10", "s11"), "2026-06-05"
    ), "s02 came a minute before the sealing; the tenth viewer as well"
    printed = next(one for one in found(five_days) if one["user_id"] == "s11")
    assert "prints and exports among them: 1" in " ".join(one["text"] for one in printed["reasons"])
    assert printed["patterns"][0] == "vip-snooping"
    cases = {one["case_id"] for one in found(five_days) if "sealed-record" in one["policies"]}
    assert len(cases) == 1, "one record in the news is one case"


def test_lifting_ends_it_at_its_moment(week: Path) -> None:
    assert alerted(week) == (
        dict.fromkeys(STRANGERS[2:9], "2026-06-04") | dict.fromkeys(("s10", "s11"), "2026-06-05")
        | {"s12": "2026-06-06"}
    )  # fmt: skip


@pytest.mark.heavy
def test_one_run_that_catches_up_finds_what_nights_one_by_one_find(site: Callable[..., Path], week: Path) -> None:
    caught_up = site("caught-up")
    call(caught_up, "--now", SEALED, "seal", STAR, "--note", "in the news")
    call(caught_up, "--now", LIFTED, "seal", STAR, "--lift")
    put(caught_up, (4, 5, 6, 7))
    night(caught_up, 7)
    assert found(caught_up) == found(week)
    again = site("again")  # the trail of the week, and a store as it was before: a restore
    for name in ("trail.jsonl", "trail.head"):
        shutil.copy(week / "state" / name, again / "state")
    put(again, (4, 5, 6, 7))
    night(again, 7)
    assert found(again) == found(week)
    call(again, "verify")


@pytest.mark.heavy
def test_a_sealing_that_falls_into_a_run_counts_from_its_next_night_on(site: Callable[..., Path]) -> None:
    class Sealing:
        """A listener that seals when the run has judged two days, of which readers have the first."""

        def step(self, name: str, _done: int, _total: int, detail: str = "") -> None:
            if (name, detail) == ("night", "2026-06-06"):
                call(folder, "--now", SEALED, "seal", STAR)

    folder = site("during")
    put(folder, (4, 5, 6))
    now = dt.datetime(2026, 6, 7, 2, tzinfo=dt.UTC)
    run_nights(load_settings(folder), dt.date(2026, 6, 6), Sealing(), now=now)
    assert alerted(folder) == dict.fromkeys(("s12", "s13"), "2026-06-06")
    told = [entry.details["sealings"] for entry in Trail(folder / "state").entries() if "sealings" in entry.details]
    assert [[one["counted_after"] for one in some] for some in told] == [["2026-06-05"]]
    again = site("rebuilt")
    for name in ("trail.jsonl", "trail.head"):
        shutil.copy(folder / "state" / name, again / "state")
    put(again, (4, 5, 6))
    night(again, 6)
    assert found(again) == found(folder)


def test_late_rows_are_judged_by_the_run_that_loads_them(site: Callable[..., Path], five_days: Path) -> None:
    folder = site("late", five_days)
    assert "s14" not in alerted(folder)
    (folder / "his-late.csv").write_text(HEADER + LATE.format(patient=STAR), encoding="utf-8")
    call(folder, "--now", "2026-06-06T03:00", "run", "--quiet")
    assert alerted(folder)["s14"] == "2026-06-05", "no date is due: the last one that was judged"


@pytest.mark.heavy
def test_the_last_day_ends_it_by_itself_and_a_later_one_extends_it(site: Callable[..., Path]) -> None:
    folder = site("until")
    out, _ = call(folder, "--now", SEALED, "seal", STAR, "--until", "2026-06-04")
    assert "to the end of 2026-06-04" in out
    assert alerted_after(folder, 5).keys() == set(STRANGERS[2:9])
    longer = site("longer")
    call(longer, "--now", SEALED, "seal", STAR, "--until", "2026-06-04")
    out, _ = call(longer, "--now", "2026-06-04T11:00", "seal", STAR, "--until", "2026-06-05")
    assert "was under seal already, since 2026-06-04 10:00; now it is to the end of 2026-06-05" in out
    out, _ = call(longer, "--now", "2026-06-04T11:00", "seal", STAR, "--until", "2026-06-05")
    assert "nothing was added" in out
    out, _ = call(longer, "--now", "2026-06-04T11:00", "seal", STAR, "--until", "2026-06-05", "--note", "on the radio")
    assert "to the end of 2026-06-05; the note is in the trail" in out
    kinds = [entry.kind for entry in Trail(longer / "state").entries()]
    assert kinds.count("sealing") == 3
    assert alerted_after(longer, 6).keys() == {*STRANGERS[2:9], "s10", "s11"}


def alerted_after(folder: Path, last: int) -> dict[str, str]:
    for number in range(4, last + 1):
        put(folder, [number])
        night(folder, number)
    return alerted(folder)


@pytest.mark.parametrize(
    ("sealed", "logged"),
    [
        ("P7", STAR),
        pytest.param(STAR, "P7", marks=pytest.mark.heavy),
        pytest.param("P7", "P7", marks=pytest.mark.heavy),
    ],
)
def test_a_merged_record_is_sealed_under_both_numbers(site: Callable[..., Path], sealed: str, logged: str) -> None:
    folder = site("merged")
    call(folder, "--now", SEALED, "seal", sealed)
    put(folder, [4], logged)
    night(folder, 4)
    assert alerted(folder).keys() == set(STRANGERS[2:9])
    call(folder, "--now", "2026-06-05T01:00", "seal", "P7" if sealed == STAR else STAR, "--lift")
    assert call(folder, "seal")[0].strip() == "No record is under seal."


def test_the_list_shows_who_opened_it_so_far_and_is_on_record_first(site: Callable[..., Path]) -> None:
    folder = site("list")
    put(folder, [4, 5])
    night(folder, 5)
    out, err = call(folder, "--now", "2026-06-06T09:00", "seal", STAR, "--note", "in the news")
    assert f"Record {STAR} is under seal since 2026-06-06 09:00, until it is lifted." in out
    printed = next(line for line in out.splitlines() if line.startswith("s11"))
    assert "yes" in printed
    assert "patient on own ward" in out
    *_, sealing, look = Trail(folder / "state").entries()
    assert (sealing.kind, sealing.details["patient"], sealing.details["note"]) == ("sealing", STAR, "in the news")
    assert sealing.details["moment"] == "2026-06-06T01:00:00+00:00"
    assert (look.kind, look.details["command"], look.details["patients"]) == ("view", "seal", [STAR])
    listed = [json.loads(line) for line in call(folder, "seal", "--format", "ndjson")[0].splitlines()]
    assert [(one["patient_id"], one["sealed_at"], one["note"]) for one in listed] == [
        (STAR, "2026-06-06 09:00", "in the news")
    ]
    assert not err


@pytest.mark.heavy
def test_dates_that_were_judged_before_stay_as_they_were_judged(site: Callable[..., Path]) -> None:
    folder = site("judged")
    put(folder, [4])
    night(folder, 4)
    out, _ = call(folder, "--now", SEALED, "seal", STAR)
    assert "have worked through 2026-06-04" in out
    assert alerted_after(folder, 5).keys() == {"s10", "s11"}


def test_a_list_is_handed_over_without_names_unless_they_are_asked_for(site: Callable[..., Path]) -> None:
    folder = site("handed")
    put(folder, [4])
    night(folder, 4)
    listed = folder / "records.csv"
    listed.write_text(f"patient_id\n{STAR}\nP404\n", encoding="utf-8")
    out, err = call(folder, "--now", SEALED, "seal", "--patients", str(listed), "--out", str(folder / "list.json"))
    assert "Record P404 is under seal" in out
    assert "NOTE: neither a log nor the patients table has record P404" in out
    assert "written to" in err
    text = (folder / "list.json").read_text(encoding="utf-8")
    assert "Name s03" not in text
    assert "PED · nurse" in text
    call(folder, "seal", STAR, "--out", str(folder / "named.html"), "--names")
    page = (folder / "named.html").read_text(encoding="utf-8")
    assert "Name s03" in page
    assert "Under seal since 2026-06-04" in page or "Under seal since 2026-06-05 00:00" in page


def test_who_hands_the_list_over_hears_of_findings_that_are_not_settled(
    site: Callable[..., Path], five_days: Path
) -> None:
    folder = site("warned", five_days)
    waiting = next(one["finding_id"] for one in found(folder) if one["user_id"] == "s03")
    _, err = call(folder, "seal", STAR, "--out", str(folder / "list.md"))
    assert "CAUTION" in err
    assert waiting in err.replace("\n", " ")


def test_the_list_can_be_had_again_after_the_seal_was_lifted(site: Callable[..., Path], week: Path) -> None:
    folder = site("again", week)
    before = len(Trail(folder / "state").entries())
    out, _ = call(folder, "seal", STAR, "--list")
    assert f"Record {STAR} was under seal from 2026-06-04 10:00 to 2026-06-06 12:00, and is not any more." in out
    assert "s11" in out
    call(folder, "seal", STAR, "--list", "--out", str(folder / "list.json"), "--names")
    report = json.loads((folder / "list.json").read_text(encoding="utf-8"))
    held = report["parts"][0]["sections"][0]["blocks"][0]
    assert held["rows"] == [{
        "record": STAR, "since": "2026-06-04 10:00", "end": "lifted 2026-06-06 12:00", "by": held["rows"][0]["by"],
        "note": "in the news",
    }]  # fmt: skip
    call(folder, "seal", STAR, "--list", "--out", str(folder / "unnamed.json"))
    assert "in the news" not in (folder / "unnamed.json").read_text(encoding="utf-8"), "a note may name people"
    kinds = [entry.kind for entry in Trail(folder / "state").entries()[before:]]
    assert kinds == ["view"] * 3
    out, _ = call(folder, "seal", "P404", "--list")
    assert "Record P404 is not under seal." in out


def test_the_list_as_a_workbook_has_the_moment_of_the_seal_and_how_to_read_it(
    site: Callable[..., Path], five_days: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    folder = site("workbook", five_days)
    call(folder, "seal", STAR, "--list", "--out", str(folder / "list.xlsx"), "--names")
    book = openpyxl.load_workbook(folder / "list.xlsx")
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "2026-06-04 10:00" in cells
    assert "in the news" in cells
    assert any("accuses nobody" in one for one in cells)


def test_a_note_given_again_is_kept_and_told(site: Callable[..., Path]) -> None:
    folder = site("noted")
    call(folder, "--now", SEALED, "seal", STAR, "--note", "in the news")
    out, _ = call(folder, "--now", SEALED, "seal", STAR, "--note", "the ministry asks")
    assert "the note is in the trail" in out
    out, _ = call(folder, "--now", SEALED, "seal", STAR, "--note", "in the news")
    assert "nothing was added" in out
    listed = json.loads(call(folder, "seal", "--format", "ndjson")[0])
    assert (listed["note"], listed["sealed_at"]) == ("in the news / the ministry asks", "2026-06-04 10:00")
    acts = [entry.details["note"] for entry in Trail(folder / "state").entries() if entry.kind == "sealing"]
    assert acts == ["in the news", "the ministry asks"]
    assert alerted_after(folder, 4).keys() == set(STRANGERS[2:9]), "the first sealing counts"


def test_an_alert_is_titled_by_the_seal_and_keeps_its_pattern(five_days: Path) -> None:
    printed = next(one for one in found(five_days) if one["user_id"] == "s11")
    assert printed["patterns"][0] == "vip-snooping"
    shown = " ".join(call(five_days, "show", printed["finding_id"])[0].split())
    assert "Record under seal opened without a ground" in shown
    assert "prominent person" not in shown
    report = call(five_days, "report", "--period", "week", "--format", "md")[0]
    assert "Record under seal opened without a ground" in report
    assert report.count("prominent person") == 1, "among what cannot be seen without a list of persons to protect"
    assert "封存期间无依据打开病历" in call(five_days, "--lang", "zh", "findings")[0].replace("\n", "")


def test_records_sealed_together_stand_in_one_finding_that_names_each(site: Callable[..., Path]) -> None:
    folder = site("together")
    (folder / "involved.csv").write_text(f"patient_id\n{STAR}\nP88\n", encoding="utf-8")
    call(folder, "--now", SEALED, "seal", "--patients", str(folder / "involved.csv"))
    rows = "2026-06-04 13:00:00,s03,P88,view,note\n2026-06-04 13:05:00,s12,P88,view,note\n"
    (folder / "his-04.csv").write_text(day(4, STAR) + rows, encoding="utf-8")
    night(folder, 4)
    sealed = {one["user_id"]: one for one in found(folder) if "sealed-record" in one["policies"]}
    assert sealed.keys() == {*STRANGERS[2:9], "s12"}
    texts = {user: one["reasons"][0]["text"] for user, one in sealed.items()}
    named = {user: {name for name in (STAR, "P88") if name in text} for user, text in texts.items()}
    assert named == {user: {STAR} for user in STRANGERS[2:9]} | {"s03": {STAR, "P88"}, "s12": {"P88"}}
    assert len({one["case_id"] for one in sealed.values()}) == 1, "one account opened both: one case"


@pytest.mark.heavy
def test_a_record_is_sealed_before_the_first_run_and_counts_in_it(three_days: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(three_days, tmp_path / "first", ignore=shutil.ignore_patterns("state"))
    assert not (folder / "state").exists()
    call(folder, "seal", STAR, "--out", str(folder / "list.html"), code=2)
    call(folder, "seal", STAR, "--lift", code=2)
    assert not (folder / "state").exists() or not Trail(folder / "state").entries()
    out, _ = call(folder, "--now", SEALED, "seal", STAR, "--note", "in the news")
    assert f"Record {STAR} is under seal since 2026-06-04 10:00, until it is lifted." in out
    assert "no run has read any log yet" in " ".join(out.split())
    out, err = call(folder, "--now", SEALED, "seal", STAR, "--format", "ndjson")
    assert (out, "nothing was added" in err) == ("", True)
    call(folder, "seal", STAR, "--list", code=4)
    put(folder, [4, 5])
    night(folder, 5)
    assert alerted(folder) == dict.fromkeys((*STRANGERS[2:9], "s10", "s11"), "2026-06-05") | dict.fromkeys(
        STRANGERS[2:9], "2026-06-04"
    )
    call(folder, "verify")


def test_machine_formats_have_every_account(site: Callable[..., Path]) -> None:
    folder = site("rows")
    out, _ = call(folder, "--now", SEALED, "seal", STAR, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out.lstrip("\ufeff"))))
    assert {row["user_id"]: row["explained_days"] for row in rows} == {"s01": "0", "c1": "1"}


def test_pseudonyms_stand_for_numbers_and_may_be_given(site: Callable[..., Path]) -> None:
    folder = site("tokens")
    out, _ = call(folder, "--now", SEALED, "seal", STAR, "--pseudonymise", "--format", "ndjson")
    token = json.loads(out.splitlines()[0])["patient_id"]
    assert token != STAR
    out, _ = call(folder, "seal", token, "--lift")
    assert "ended at" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("seal", "--lift"), "name a record"),
        (("seal", STAR, "--lift"), "none of these records is sealed"),
        (("seal", STAR, "--lift", "--until", "2027-01-01"), "--until goes with sealing"),
        (("--now", SEALED, "seal", STAR, "--until", "2026-06-03"), "before the day of the sealing"),
        (("seal", STAR, "--out", "list.txt"), "must end in one of"),
        (("seal", STAR, "--patients", "list.csv"), "either PATIENT or --patients"),
    ],
)
def test_what_does_not_fit_together_is_refused_and_leaves_no_entry(
    site: Callable[..., Path], arguments: tuple[str, ...], said: str
) -> None:
    folder = site("refused")
    before = len(Trail(folder / "state").entries())
    _, err = call(folder, *arguments, code=2)
    assert said in err
    assert err.count("\n") == 1
    assert len(Trail(folder / "state").entries()) == before


def test_the_weekly_report_tells_of_records_under_seal(site: Callable[..., Path], week: Path) -> None:
    folder = site("report", week)
    call(folder, "report", "--period", "week", "--out", str(folder / "week.json"))
    text = json.loads((folder / "week.json").read_text(encoding="utf-8"))
    sealed = next(section for part in text["parts"] for section in part["sections"] if section["id"] == "sealed")
    (row,) = sealed["blocks"][0]["rows"]
    counts = {name: row[name] for name in ("grounded", "ungrounded", "systems", "copies", "accounts")}
    assert counts == {"grounded": 4, "ungrounded": 10, "systems": 0, "copies": 2, "accounts": 10}
    assert (row["since"], row["end"]) == ("2026-06-04 10:00", "lifted 2026-06-06 12:00")
    assert STAR not in json.dumps(sealed)
    for period, told in (("week", "Records under seal in the period: 1."), ("2026-06-01..2026-06-02", "no record")):
        paper = folder / "paper.md"
        call(folder, "report", "--kind", "supervision", "--period", period, "--out", str(paper))
        assert told in paper.read_text(encoding="utf-8")
    call(folder, "report", "--period", "2026-06-01..2026-06-02", "--out", str(folder / "before.json"))
    assert '"sealed"' not in (folder / "before.json").read_text(encoding="utf-8")


def test_lifting_tells_what_was_opened_meanwhile(site: Callable[..., Path], five_days: Path) -> None:
    folder = site("lifted", five_days)
    out, _ = call(folder, "--now", "2026-06-06T08:00", "seal", STAR, "--lift")
    told = " ".join(out.split())
    assert "4 accesses of people with a ground, 9 without one (people: 9)" in told
    assert "prints and exports: 2" in told


def test_the_list_says_which_hours_no_night_has_read(site: Callable[..., Path]) -> None:
    folder = site("hours")
    place = folder / "list.json"
    told = " ".join(call(folder, "--now", SEALED, "seal", STAR, "--out", str(place))[0].split())
    assert "the list ends with 2026-06-03. Accesses from 2026-06-04 00:00 to the sealing at 2026-06-04 10:00" in told
    assert "the list ends with 2026-06-03" in place.read_text(encoding="utf-8")
    assert "the list ends with" not in call(site("early"), "--now", "2026-06-04T00:00", "seal", STAR)[0]


def test_a_refused_look_opened_nothing(site: Callable[..., Path]) -> None:
    folder = site("refused")
    rows = day(4, STAR).splitlines()
    logged = [f"{rows[0]},outcome", *(f"{row},success" for row in rows[1:])]
    logged.append(f"2026-06-04 16:00:00,s14,{STAR},view,note,failure")
    (folder / "his-04.csv").write_text("\n".join([*logged, ""]), encoding="utf-8")
    night(folder, 4)
    place = folder / "list.json"
    call(folder, "--now", "2026-06-05T09:00", "seal", STAR, "--out", str(place), "--names")
    told = json.loads(place.read_text(encoding="utf-8"))
    listed = [row for block in blocks(told) for row in block["rows"]]
    refused = [row for row in listed if row.get("done") == "refused by the system, nothing opened"]
    assert [row["who"].split()[0] for row in refused] == ["s14"]


def blocks(told: Any) -> list[dict[str, Any]]:
    """Return every object of a document that has rows."""
    if isinstance(told, list):
        return [one for part in told for one in blocks(part)]
    if not isinstance(told, dict):
        return []
    return [*([told] if "rows" in told else []), *(one for part in told.values() for one in blocks(part))]


def test_a_number_that_lost_its_zeros_is_asked_about(site: Callable[..., Path]) -> None:
    told = call(site("zeros"), "--now", SEALED, "seal", f"00{STAR}")[0]
    assert f"Is {STAR} meant?" in told


def test_an_end_before_the_seal_holds_is_refused(site: Callable[..., Path]) -> None:
    """What is sealed for a date that was judged holds from the date after it."""
    _, problem = call(site("past"), "--now", "2026-06-02T10:00", "seal", STAR, "--until", "2026-06-03", code=2)
    assert "--until 2026-06-03 is before 2026-06-04" in problem
