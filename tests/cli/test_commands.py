"""Commands that read the published copy, on a small hospital."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from detector.cli.render.text import cells
from detector.night.last_run import record_end, record_start
from tests.cli.conftest import Done
from tests.cli.findings import FINDING

Detector = Callable[..., Done]


def narrow(text: str) -> bool:
    return all(cells(line) <= 80 for line in text.splitlines())


def test_findings(hospital: Path, detector: Detector) -> None:
    done = detector("findings")
    assert (done.code, done.err) == (0, "")
    assert "3f9ac2" in done.out
    assert "detector show 3f9ac2" in done.out
    assert narrow(done.out)
    assert detector("--lang", "en", "findings", "--status", "confirmed").out.splitlines() == [
        "No finding matches. Of how much: this speaks of the 0 accesses judged (0",
        "accounts, 2 business dates: 2026-06-01 to 2026-06-02); 20 patterns are not seen;",
        "learning until 2026-06-14, with alerts of rules alone.",
    ]


def test_findings_for_machines(hospital: Path, detector: Detector) -> None:
    lines = detector("findings", "--format", "ndjson").out.splitlines()
    assert [json.loads(line) for line in lines] == [FINDING]
    rows = list(csv.DictReader(io.StringIO(detector("findings", "--format", "csv").out)))
    assert list(rows[0]) == list(FINDING)
    assert rows[0]["patterns"] == "maternity-harvesting|contact-harvesting"
    assert detector("findings", "--since", "2027-01-01", "--format", "ndjson").out == ""
    assert detector("findings", "--since", "2027-01-01", "--format", "csv").out.splitlines() == [",".join(FINDING)]


def test_show(hospital: Path, detector: Detector) -> None:
    assert "刘晓燕" in detector("show", "3f9").out
    assert json.loads(detector("show", "3f9", "--format", "ndjson").out) == FINDING
    assert "his:29" in detector("show", "3f9", "--events").out
    assert "2026-07-03" in detector("show", "3f9", "--timeline").out
    done = detector("--lang", "en", "show", "zzz")
    assert done.code == 2
    assert done.err == "detector: no finding begins with 'zzz'; `detector findings` lists them\n"


def test_sources(hospital: Path, detector: Detector) -> None:
    rows = [json.loads(line) for line in detector("sources", "--format", "ndjson").out.splitlines()]
    assert list(rows[0])[:7] == ["source", "file", "rows_read", "accepted", "duplicates", "quarantined", "skipped"]
    counts = {row["source"]: (row["rows_read"], row["accepted"], row["duplicates"], row["quarantined"]) for row in rows}
    assert counts == {"his": (60, 60, 0, 0), "emr": (3, 2, 0, 1)}
    table = detector("--lang", "en", "sources").out
    assert "2 files: 63 rows read = 62 accepted + 0 duplicates + 1 quarantined" in table
    assert narrow(table)


def test_files_that_are_gone_are_said_to_be(hospital: Path, detector: Detector) -> None:
    (hospital / "logs" / "emr-1.csv").rename(hospital / "kept.csv")
    try:
        rows = [json.loads(line) for line in detector("sources", "--format", "ndjson").out.splitlines()]
        table = " ".join(detector("--lang", "en", "sources").out.split())
    finally:
        (hospital / "kept.csv").rename(hospital / "logs" / "emr-1.csv")
    assert {row["source"]: row["present"] for row in rows} == {"his": True, "emr": False}
    assert "logs/emr-1.csv (gone)" in table
    assert "1 files are not where they were read any more, such as logs/emr-1.csv" in table


def test_commands_to_type_next_name_the_deployment_that_was_named(
    hospital: Path, detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = ("--config", str(hospital))
    for language in ("en", "zh"):
        done = detector(*config, "--lang", language, "show", "zzz")
        assert f"`detector --config {hospital} findings`" in done.err
        done = detector(*config, "--lang", language, "show", "3f9")
        assert f"detector --config {hospital} show 3f9" in " ".join(done.out.split()), done.out
    done = detector("--lang", "en", *config, "shw")
    assert done.err == "detector: No such command 'shw'. Did you mean 'show'?; see `detector --help`\n"


def test_quarantine(hospital: Path, detector: Detector) -> None:
    row = json.loads(detector("quarantine", "--source", "emr", "--format", "ndjson").out)
    assert row["source"] == "emr"
    assert row["row_number"] == 2
    assert row["raw"].rstrip("\n").startswith("e2,not a time,n1")
    assert row["byte_position"] == EMR_SECOND_ROW
    assert detector("quarantine", "--source", "his", "--format", "csv").out.count("\n") == 1
    assert narrow(detector("quarantine").out)
    done = detector("--lang", "en", "quarantine", "--source", "hsi")
    assert (done.code, done.err) == (2, "detector: no source 'hsi'; did you mean 'his'?\n")


EMR_SECOND_ROW = len(
    "event_id,event_time,user_id,user_name,user_department,user_role,patient_id,action,category\n"
    "e1,2026-06-02 02:10:00,n1,\u202e=cmd|x,OB,nurse,P3,export,list\n".encode()
)


def test_events_have_their_place_and_their_explanation(hospital: Path, detector: Detector) -> None:
    out = detector("events", "--user", "n1", "--patient", "P3", "--format", "ndjson").out
    rows = [json.loads(line) for line in out.splitlines()]
    assert all((row["user_id"], row["patient_id"]) == ("n1", "P3") for row in rows)
    export = next(row for row in rows if row["event_id"] == "emr:e1")
    assert export["file"].endswith("logs/emr-1.csv")
    assert export["row_number"] == 1
    assert export["event_time"] == "2026-06-01T18:10:00.000Z"
    assert export["local_time"] == "2026-06-02 02:10:00.000"
    assert export["state"] == "suspicious"
    assert export["surprise_bits"] == 9.0
    assert export["reason"] is None
    assert "\u202e" not in out


def test_events_formats_agree(hospital: Path, detector: Detector, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in detector("events", "--format", "ndjson").out.splitlines()]
    assert len(rows) == 62
    table = list(csv.DictReader(io.StringIO(detector("events", "--format", "csv").out)))
    assert len(table) == 62
    assert list(table[0]) == list(rows[0])
    target = tmp_path / "events.parquet"
    done = detector("--lang", "en", "events", "--format", "parquet", "--out", str(target))
    assert done.out == f"62 events written to {target}\n"
    parquet = pq.read_table(target).to_pylist()
    assert [row["event_id"] for row in parquet] == [row["event_id"] for row in rows]
    assert parquet == rows


def test_events_filters_and_table(hospital: Path, detector: Detector) -> None:
    def count(*filters: str) -> int:
        return len(detector("events", "--format", "ndjson", *filters).out.splitlines())

    assert count("--since", "2026-06-02", "--until", "2026-06-02") == 21
    assert count("--source", "emr") == 2
    assert count("--user", "nobody") == 0
    table = detector("--lang", "en", "events", "--limit", "5").out
    assert "The first 5 of 62 events." in table
    assert narrow(table)
    assert detector("events", "--format", "parquet").code == 2
    assert detector("events", "--out", "x").code == 2


def test_a_csv_for_people_is_understood_by_a_spreadsheet(hospital: Path, detector: Detector, tmp_path: Path) -> None:
    target = tmp_path / "events.csv"
    assert detector("events", "--out", str(target)).code == 0
    content = target.read_bytes()
    assert content.startswith(codecs.BOM_UTF8)
    assert content.decode("utf-8-sig") == detector("events", "--format", "csv").out, "programs get no mark"


def test_a_limit_holds_in_every_format(hospital: Path, detector: Detector, tmp_path: Path) -> None:
    for row_format, heading in (("ndjson", 0), ("csv", 1)):
        assert detector("events", "--limit", "5", "--format", row_format).out.count("\n") == 5 + heading
        assert detector("quarantine", "--limit", "1", "--format", row_format).out.count("\n") == 1 + heading
    target = tmp_path / "events.parquet"
    assert detector("events", "--limit", "5", "--out", str(target)).code == 0
    assert pq.read_table(target).num_rows == 5


@pytest.mark.parametrize("row_format", ["table", "csv", "ndjson"])
def test_verify_speaks_one_language(hospital: Path, detector: Detector, row_format: str) -> None:
    chinese = detector("--lang", "zh", "verify", "--format", row_format).out
    english = detector("--lang", "en", "verify", "--format", row_format).out
    assert not re.search("[\u4e00-\u9fff]", english)
    if row_format == "table":
        assert not re.search("[a-z]{3,} [a-z]{3,}", chinese)
    else:
        assert chinese == english


def test_a_name_of_many_pages_is_cut_on_screens(hospital: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch,
                                                 ) -> None:  # fmt: skip
    usual = len(detector("findings").out.splitlines())
    for key in ("user_name", "department", "role"):
        monkeypatch.setitem(FINDING, key, "王" * 70_000)
    assert len(detector("findings").out.splitlines()) < usual + 30
    shown = detector("show", FINDING["finding_id"]).out
    assert "王王王" in shown
    assert len(shown) < 20_000
    assert json.loads(detector("findings", "--format", "ndjson").out)["user_name"] == "王" * 70_000


def test_what_stands_in_brackets_stays_in_the_help(detector: Detector) -> None:
    for language in ("en", "zh"):
        assert "[[export]]" in detector("--lang", language, "export", "--help").out
        assert "[[report]]" in detector("--lang", language, "run", "--help").out


def test_events_to_a_file_that_cannot_be_written(hospital: Path, detector: Detector) -> None:
    done = detector("events", "--format", "csv", "--out", "nowhere/x.csv")
    assert done.code == 2
    assert "nowhere" in done.err
    assert done.err.count("\n") == 1


def test_formulas_in_names_are_defused(hospital: Path, detector: Detector) -> None:
    rows = list(csv.DictReader(io.StringIO(detector("patient", "P3", "--format", "csv").out)))
    names = {row["user_id"]: row["user_name"] for row in rows}
    assert names["n0"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_user(hospital: Path, detector: Detector, language: str) -> None:
    done = detector("--lang", language, "user", "n1")
    assert (done.code, done.err) == (0, "")
    assert "NEO" in done.out
    assert "OB" in done.out
    assert "2026-05-31" in done.out
    assert narrow(done.out)
    known = json.loads(detector("user", "n1", "--format", "ndjson").out)
    assert known["user_id"] == "n1"
    assert [day["business_date"] for day in known["days"]] == ["2026-06-01", "2026-06-02"]
    assert known["explanations"] == [], "both days are of the learning: nothing was judged"
    days = detector("user", "n1", "--format", "csv").out
    assert days.startswith("business_date,patients,explained,usual,unexplained,suspicious\n")


def test_an_account_that_only_the_log_knows(hospital: Path, detector: Detector) -> None:
    assert "护士2" in detector("user", "n2").out


def test_an_unknown_account(hospital: Path, detector: Detector) -> None:
    done = detector("--lang", "en", "user", "n9")
    assert (done.code, done.err) == (2, "detector: no account 'n9' in the logs or the staff table\n")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_patient(hospital: Path, detector: Detector, language: str) -> None:
    done = detector("--lang", language, "patient", "P3")
    assert (done.code, done.err) == (0, "")
    assert done.out.index("n1") < done.out.index("n0")
    assert narrow(done.out)
    rows = [json.loads(line) for line in detector("patient", "P3", "--format", "ndjson").out.splitlines()]
    assert rows[0]["user_id"] == "n1"
    assert rows[0]["suspicious_days"] == rows[0]["days"]
    assert rows[0]["exported"] is True
    assert "P4" not in done.out


def test_a_patient_nobody_opened_and_an_unknown_one(hospital: Path, detector: Detector) -> None:
    assert detector("patient", "P99").code == 0
    assert detector("patient", "P100").code == 2


def test_status_before_after_and_when_stale(hospital: Path, detector: Detector) -> None:
    state = hospital / "state"
    (state / "last-run.json").unlink(missing_ok=True)
    done = detector("--lang", "en", "status")
    assert done.code == 1
    assert "Nothing has run yet" in done.out
    record_start(state, datetime.now(UTC))
    assert json.loads(detector("status", "--format", "ndjson").out)["attention"] == ["stale", "failed"]
    record_end(state, datetime.now(UTC), exit_code=0, through=None)
    done = detector("status", "--format", "ndjson")
    row = json.loads(done.out)
    assert done.code == 0
    assert row["through"] == "2026-06-02"
    assert row["backlog"] == [], "too few accounts worked after 2026-06-03"
    assert row["open_alerts"] == 1
    record_start(state, datetime.now(UTC))
    record_end(state, datetime.now(UTC), exit_code=4, message="the disk is full")
    done = detector("--lang", "en", "status")
    assert done.code == 1
    assert "failed: the disk is full" in done.out
    record_end(state, datetime.now(UTC) - timedelta(hours=31), exit_code=0)
    done = detector("--lang", "en", "status")
    assert done.code == 1
    assert "31 h ago (limit 30 h)" in done.out
    assert narrow(done.out)


def test_status_of_a_deployment_that_never_ran(tmp_path: Path, detector: Detector) -> None:
    (tmp_path / "detector.toml").write_text('[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\n')
    done = detector("-c", str(tmp_path), "status")
    assert done.code == 1
    assert not (tmp_path / "state").exists()


def test_commands_before_the_first_run_exit_4(tmp_path: Path, detector: Detector, hospital: Path) -> None:
    (tmp_path / "detector.toml").write_text('[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\n')
    for command in (
        ["findings"],
        ["show", "x"],
        ["user", "x"],
        ["patient", "x"],
        ["events"],
        ["sources"],
        ["quarantine"],
    ):
        done = detector("--lang", "en", "--config", str(tmp_path), *command)
        assert done.code == 4
        assert "no run yet" in done.err
        assert done.err.count("\n") == 1


def test_machine_output_is_utf8_whatever_the_locale(hospital: Path) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "detector", "sources", "--format", "csv"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "gb18030", "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
    )
    assert done.stdout.decode("utf-8").startswith("source,file,")


def test_reading_is_quick(hospital: Path, detector: Detector) -> None:
    started = time.process_time()
    detector("findings")
    assert time.process_time() - started < 2


def test_check_says_what_a_run_would_load(hospital: Path, detector: Detector) -> None:
    done = detector("--lang", "en", "check")
    assert done.code == 1  # one of three rows of the EMR log is not understood
    assert "Source emr" in done.out
    assert "event_time is not a time (1)" in done.out
    assert narrow(done.out)
    rows = [json.loads(line) for line in detector("check", "--format", "ndjson").out.splitlines()]
    assert {row["kind"] for row in rows} == {"visibility", "site", "source", "context"}


def test_check_exit_codes(tmp_path: Path, detector: Detector) -> None:
    toml = tmp_path / "detector.toml"
    toml.write_text('[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "a.csv"\n')
    done = detector("--lang", "en", "-c", str(tmp_path), "check")
    assert (done.code, done.err) == (3, "detector: no source has any file; see [[source]] path\n")
    (tmp_path / "a.csv").write_text("event_time,user_id,action\n2026-06-01 08:00:00,n1,login\n")
    done = detector("-c", str(tmp_path), "--lang", "en", "check")
    assert done.code == 1
    assert done.out.startswith("The logs name no patient: no access can be judged")
    (tmp_path / "a.csv").write_text("event_time,user_id,patient_id,action\n2026-06-01 08:00:00,n1,p1,view\n")
    assert detector("-c", str(tmp_path), "check").code == 0
    toml.write_text(toml.read_text() + '[[source]]\nname = "b"\npath = "b.csv"\n')
    assert detector("-c", str(tmp_path), "check").code == 1
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    done = detector("--lang", "en", "-c", str(tmp_path), "check")
    assert done.code == 2
    assert "1 problem, the first: b.csv: no column for event_time" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "detector.toml"]
