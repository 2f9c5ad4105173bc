"""Records that were merged: by the crosswalk a former number is the record it went into, in logs and in tables."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

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
[[source]]
name = "his"
path = "his.csv"
daily = true
[context]
staff = "staff.csv"
patients = "patients.csv"
patient_ids = "patient_ids.csv"
"""
OLD, NEW = "P9", "P100"


def site(folder: Path, *, logged: str, listed: str, walk: str) -> Path:
    """A nurse opens her own record: the log writes the one number, the tables have the other."""
    (folder / "detector.toml").write_text(TOML)
    (folder / "staff.csv").write_text(
        f"user_id,name,department,role,patient_id\nn1,Ann One,OB,nurse,{listed}\nn2,Bea Two,OB,nurse,\n"
    )
    (folder / "patients.csv").write_text(f"patient_id,flags\n{listed},staff\nP1,\n")
    (folder / "patient_ids.csv").write_text("source,id,canonical_id,start,end\n" + walk)
    (folder / "his.csv").write_text(
        "event_time,user_id,patient_id,action,category\n"
        "2026-06-01 09:00:00,n1,P1,update,note\n2026-06-01 09:10:00,n2,P1,update,note\n"
        f"2026-06-01 21:00:00,n1,{logged},view,result\n2026-06-02 09:00:00,n2,P1,update,note\n"
    )
    run_nights(load_settings(folder), None, Silent(), now=dt.datetime(2026, 6, 4, tzinfo=dt.UTC))
    return folder


def call(folder: Path, *arguments: str) -> tuple[str, str]:
    done = called(["--config", str(folder), *arguments], COLUMNS="100")
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("logged", "listed", "walk"),
    [
        pytest.param(OLD, NEW, f",{OLD},{NEW},,\n", id="the log has the old number"),
        pytest.param(NEW, OLD, f",{OLD},{NEW},,\n", id="the tables have the old number"),
        pytest.param(OLD, NEW, f"his,{OLD},{NEW},,\n", id="the crosswalk says it of the log"),
    ],
)
def test_the_own_record_is_found_under_any_number(tmp_path: Path, logged: str, listed: str, walk: str) -> None:
    folder = site(tmp_path, logged=logged, listed=listed, walk=walk)
    (found,) = map(json.loads, call(folder, "findings", "--format", "ndjson")[0].splitlines())
    assert (found["user_id"], found["patterns"][:1]) == ("n1", ["self-lookup"])
    out, err = call(folder, "patient", OLD)
    assert f"Record {NEW}: who opened it" in out
    assert "n1 Ann One" in out
    assert found["finding_id"] in out
    assert f"{OLD} was merged: by the crosswalk it stands for {NEW}" in err
    assert not call(folder, "patient", NEW)[1]
    events = call(folder, "events", "--patient", OLD, "--format", "csv")[0]
    assert events == call(folder, "events", "--patient", NEW, "--format", "csv")[0]
    assert "result" in events


def test_what_one_log_calls_a_record_is_no_number_of_the_tables(tmp_path: Path) -> None:
    folder = site(tmp_path, logged=NEW, listed=OLD, walk=f"pacs,{OLD},{NEW},,\n")
    assert not call(folder, "findings", "--format", "ndjson")[0]


@pytest.mark.heavy
def test_a_finding_keeps_the_number_that_was_logged(tmp_path: Path) -> None:
    folder = site(tmp_path, logged=OLD, listed=OLD, walk="")
    (before,) = map(json.loads, call(folder, "findings", "--format", "ndjson")[0].splitlines())
    (folder / "patient_ids.csv").write_text(f"source,id,canonical_id,start,end\n,{OLD},{NEW},,\n")
    run_nights(load_settings(folder), None, Silent(), now=dt.datetime(2026, 6, 5, tzinfo=dt.UTC))
    (after,) = map(json.loads, call(folder, "findings", "--format", "ndjson")[0].splitlines())
    assert after["event_ids"] == before["event_ids"]
    assert before["finding_id"] in call(folder, "patient", OLD)[0]
    assert OLD in call(folder, "show", before["finding_id"])[0]
