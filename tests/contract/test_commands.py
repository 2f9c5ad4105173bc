"""CONTRACT section 4, line by line: commands, formats, exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import duckdb
import pytest

from detector.cli import shell
from detector.cli.command import discover
from detector.files.lock import FileLock
from tests.contract.conftest import Deployment

FINDING_KEYS = [
    "finding_id",
    "subject",
    "patient_id",
    "source",
    "case_id",
    "detected_on",
    "alerted_on",
    "last_seen_on",
    "user_id",
    "user_name",
    "department",
    "role",
    "account_type",
    "window_start",
    "window_end",
    "risk",
    "severity",
    "alert",
    "patterns",
    "reasons",
    "policies",
    "patients",
    "records",
    "accesses",
    "event_ids",
    "explained",
    "sampled",
    "status",
    "previous_finding_id",
    "method",
    "alerted_by",
    "decoys",
]
LISTS = ("findings", "sources", "quarantine", "events", "status", "verify", "check")


def is_one_line(text: str) -> bool:
    return text.startswith("detector: ") and text.count("\n") == 1 and "Traceback" not in text


def test_the_commands_exist() -> None:
    assert {
        "init", "check", "run", "findings", "show", "user", "patient", "events", "quarantine", "sources", "status",
        "verify", "simulate", "export",
    } <= {command.name for command in discover()}  # fmt: skip


@pytest.mark.parametrize("command", LISTS)
def test_lists_take_the_three_formats(worked: Deployment, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    for row_format in ("table", "ndjson", "csv"):
        with pytest.raises(SystemExit) as stop:
            shell.main(["--config", str(worked.folder), command, "--format", row_format])
        done = capsys.readouterr()
        assert stop.value.code in {0, 1}, done.err
        assert done.out
        if row_format == "ndjson":
            assert all(isinstance(json.loads(line), dict) for line in done.out.splitlines())
        if row_format == "csv":
            assert list(csv.reader(io.StringIO(done.out)))


def test_the_default_date_is_the_newest_complete_one(worked: Deployment) -> None:
    row = json.loads(worked.detector("status", "--format", "ndjson").stdout)
    assert (row["through"], row["backlog"]) == ("2026-06-03", [])


def test_sources_account_for_every_row(worked: Deployment) -> None:
    files = worked.rows("sources")
    assert len(files) == 8
    assert list(files[0])[:6] == ["source", "file", "rows_read", "accepted", "duplicates", "quarantined"]
    for one in files:
        assert one["rows_read"] == one["accepted"] + one["duplicates"] + one["quarantined"]
    assert sum(one["quarantined"] for one in files) == 1


def test_quarantine_keeps_file_row_reason_and_text(worked: Deployment) -> None:
    (row,) = worked.rows("quarantine")
    assert row["source"] == "emr"
    assert row["file"].endswith("emr-20260602.csv")
    assert row["row_number"] == 3
    assert row["reason"]
    assert row["raw"].startswith("bad,never")


def test_findings_have_every_key_in_order(worked: Deployment) -> None:
    findings = worked.rows("findings")
    assert findings
    assert all(list(finding) == FINDING_KEYS for finding in findings)
    risks = [finding["risk"] for finding in findings]
    assert risks == sorted(risks, reverse=True)


def test_a_decoy_alerts_on_the_same_night(worked: Deployment) -> None:
    (finding,) = [one for one in worked.rows("findings", "--alerts") if "decoy-access" in one["patterns"]]
    assert (finding["user_id"], finding["alerted_on"], finding["subject"]) == ("n2", "2026-06-02", "account")
    assert "emr:d1" in finding["event_ids"]
    assert finding["policies"] == ["decoy-access"]
    assert finding["alert"] is True


@pytest.mark.parametrize("language", ["zh", "en"])
def test_show_takes_any_unambiguous_prefix(worked: Deployment, language: str) -> None:
    finding = worked.rows("findings")[0]["finding_id"]
    whole = worked.detector("--lang", language, "show", finding).stdout
    assert finding in whole
    known = [one["finding_id"] for one in worked.rows("findings")]
    prefix = next(finding[:size] for size in range(1, 40) if sum(one.startswith(finding[:size]) for one in known) == 1)
    assert worked.detector("--lang", language, "show", prefix).stdout == whole


def test_user_patient_and_events_agree(worked: Deployment) -> None:
    assert "n2" in worked.detector("patient", "D1").stdout
    assert worked.detector("user", "n2").returncode == 0
    (event,) = worked.rows("events", "--patient", "D1")
    assert event["event_id"] == "emr:d1"
    assert event["row_number"] == 2


def test_a_second_run_finds_nothing_new(worked: Deployment) -> None:
    before = worked.detector("findings", "--format", "ndjson").stdout
    done = worked.detector("run", "--json", "--quiet")
    assert done.returncode in {0, 1}, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["rows_read"], summary["dates"], summary["findings_new"]) == (0, [], 0)
    assert worked.detector("findings", "--format", "ndjson").stdout == before


def test_a_second_instance_is_turned_away_and_readers_are_not(worked: Deployment) -> None:
    lock = FileLock(worked.folder / "state" / "detector.lock")
    lock.acquire()
    try:
        done = worked.process("run")
        assert done.returncode == 4
        assert is_one_line(done.stderr)
        assert re.search(r"(process|进程) \d+", done.stderr)
        assert worked.process("findings").returncode == 0
        assert json.loads(worked.process("status", "--format", "ndjson").stdout)["running_process"]
    finally:
        lock.release()


def test_nights_one_by_one_and_one_catch_up_agree(deployment: Deployment, worked: Deployment) -> None:
    deployment.day("2026-06-01")
    deployment.day(
        "2026-06-02", "d1,2026-06-02 23:10:00,n2,护士2,OB,nurse,D1,view,demographics", "bad,never,n2,,,,,view,"
    )
    assert deployment.detector("run", "--quiet").returncode in {0, 1}
    deployment.day("2026-06-03")
    assert deployment.detector("run", "--quiet").returncode in {0, 1}
    deployment.day("2026-06-04")
    assert deployment.detector("run", "--quiet", "--through", "2026-06-03").returncode in {0, 1}
    findings = ("findings", "--format", "ndjson")
    assert deployment.detector(*findings).stdout == worked.detector(*findings).stdout


def test_exit_2_for_a_wrong_configuration(deployment: Deployment) -> None:
    path = deployment.folder / "detector.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("timezone", "timezome"), encoding="utf-8")
    for command in ("run", "check", "findings", "status"):
        done = deployment.detector(command)
        assert done.returncode == 2
        assert is_one_line(done.stderr)
        assert "detector.toml:3: site.timezome" in done.stderr
        assert "您要写的是不是 'timezone'" in done.stderr
        assert "did you mean 'timezone'" in deployment.detector("--lang", "en", command).stderr


def test_exit_3_without_any_file(deployment: Deployment) -> None:
    for command in ("run", "check"):
        done = deployment.detector(command)
        assert done.returncode == 3
        assert is_one_line(done.stderr.splitlines(keepends=True)[-1])
    done = deployment.detector("--lang", "en", "status")
    assert done.returncode == 1


def test_exit_1_where_one_source_has_no_file(deployment: Deployment) -> None:
    deployment.day("2026-06-01")
    for path in (deployment.folder / "logs").glob("emr-*"):
        path.unlink()
    done = deployment.detector("run", "--quiet", "--json")
    assert done.returncode == 1
    assert any("emr" in sentence for sentence in json.loads(done.stdout)["attention"])


def test_exit_1_for_too_much_quarantine(deployment: Deployment) -> None:
    deployment.day("2026-06-01", "bad,never,n2,,,,,view,")
    assert deployment.detector("run", "--quiet").returncode == 1


def test_exit_1_with_fail_on_findings(deployment: Deployment) -> None:
    deployment.day("2026-06-01", "d1,2026-06-01 23:10:00,n2,护士2,OB,nurse,D1,view,demographics")
    deployment.day("2026-06-02")
    assert deployment.detector("run", "--quiet", "--fail-on-findings").returncode == 1
    assert deployment.detector("run", "--quiet", "--fail-on-findings").returncode == 0


def test_exit_4_for_a_damaged_store(deployment: Deployment) -> None:
    deployment.day("2026-06-01")
    state = deployment.folder / "state"
    state.mkdir()
    (state / "detector.duckdb").write_bytes(b"this is no database" * 1000)
    (state / "published.duckdb").write_bytes(b"nor is this" * 1000)
    for command in ("run", "findings", "sources"):
        done = deployment.detector(command)
        assert done.returncode == 4, command
        assert is_one_line(done.stderr.splitlines(keepends=True)[-1])


def test_exit_4_before_the_first_run(deployment: Deployment) -> None:
    done = deployment.detector("findings")
    assert done.returncode == 4
    assert is_one_line(done.stderr)
    assert f"`detector --config {deployment.folder / 'detector.toml'} run`" in done.stderr


def test_exit_4_for_a_store_of_a_newer_version(deployment: Deployment) -> None:
    deployment.day("2026-06-01")
    assert deployment.detector("run", "--quiet").returncode in {0, 1}
    path = deployment.folder / "state" / "detector.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into schema_steps values ('999_of_the_future.sql')")
    done = deployment.detector("run")
    assert done.returncode == 4
    assert is_one_line(done.stderr.splitlines(keepends=True)[-1])
    assert "更新的版本" in done.stderr
    assert "newer" in deployment.detector("--lang", "en", "run").stderr


def test_no_command_writes_outside_the_store(deployment: Deployment) -> None:
    deployment.day("2026-06-01")
    before = set(deployment.folder.rglob("*"))
    deployment.detector("check")
    assert set(deployment.folder.rglob("*")) == before
    deployment.detector("run", "--quiet")
    new = {path.relative_to(deployment.folder).parts[0] for path in deployment.folder.rglob("*") if path not in before}
    assert new == {"state"}


def test_what_the_store_holds_is_for_its_owner_alone(worked: Deployment) -> None:
    for path in (worked.folder / "state").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_verify(worked: Deployment, tmp_path: Path) -> None:
    assert all(row["passed"] for row in worked.rows("verify"))
