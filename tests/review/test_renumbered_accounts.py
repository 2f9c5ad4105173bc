"""Accounts that got other numbers: by the crosswalk person, decisions and commands go on."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.progress import Silent
from tests.program import called
from tests.sentences.site import NOW, STAFF, TOML, write

LATER = dt.date(2026, 6, 4)
"""From this date on account n1 is A1."""


def call(folder: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    done = called(["--config", str(folder), "--lang", "en", *arguments])
    assert done.returncode == code, done.stderr
    return done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def renumbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hospital in which n1 opened a decoy before and after; an officer decided in between."""
    folder = write(tmp_path_factory.mktemp("renumbered") / "site")
    (folder / "user_ids.csv").write_text(f"source,id,canonical_id,start,end\n,A1,n1,{LATER},\n", encoding="utf-8")
    (folder / "detector.toml").write_text(f'{TOML}user_ids = "user_ids.csv"\n', encoding="utf-8")
    until, since = LATER - dt.timedelta(days=1), LATER
    n1 = "n1,刘晓燕,产科,护士,2025-01-01,,,n5"
    dated = n1.replace("01,,,", f"01,{until},,"), n1.replace("n1,", "A1,").replace("2025-01-01", str(since))
    (folder / "staff.csv").write_text(STAFF.replace(n1, "\n".join(dated)), encoding="utf-8")
    for path in sorted(folder.glob("his-*.csv"))[3:]:
        path.write_text(path.read_text(encoding="utf-8").replace(",n1,", ",A1,"), encoding="utf-8")
    run_nights(load_settings(folder), until, Silent(), now=NOW)
    (before,) = of_person(folder)
    call(folder, "triage", before["finding_id"], "--disposition", "confirmed", "--note", "asked", "--by", "officer")
    run_nights(load_settings(folder), None, Silent(), now=NOW)
    return folder


def of_person(folder: Path) -> list[dict[str, str]]:
    found = map(json.loads, call(folder, "findings", "--format", "ndjson")[0].splitlines())
    return sorted((one for one in found if one["user_name"] == "刘晓燕"), key=lambda one: one["window_start"])


def test_findings_are_the_person_s_and_decisions_stay(renumbered: Path) -> None:
    before, after = of_person(renumbered)
    assert (before["user_id"], before["status"], before["window_end"]) == ("n1", "confirmed", "2026-06-02")
    assert (after["user_id"], after["window_start"]) == ("n1", str(LATER))


def test_either_number_shows_the_account(renumbered: Path) -> None:
    shown, note = call(renumbered, "user", "A1")
    assert "A1 is another number of account n1" in note
    assert shown == call(renumbered, "user", "n1")[0]
    listed, note = call(renumbered, "events", "--user", "A1", "--since", str(LATER), "--format", "csv")
    assert "A1 is another number of account n1" in note
    assert listed == call(renumbered, "events", "--user", "n1", "--since", str(LATER), "--format", "csv")[0]
    assert str(LATER) in listed


def test_a_trace_explains_either_number(renumbered: Path, tmp_path: Path) -> None:
    complaints = tmp_path / "complaints.csv"
    complaints.write_text("patient_id\nP0\nP1\n", encoding="utf-8")
    asked = ("trace", "--patients", str(complaints), "--format", "ndjson", "--explain")
    assert call(renumbered, *asked, "A1")[0] == call(renumbered, *asked, "n1")[0]


def test_a_number_of_nobody_is_none(renumbered: Path) -> None:
    assert "no account 'A9' in the logs or the staff table" in call(renumbered, "user", "A9", code=2)[1]
