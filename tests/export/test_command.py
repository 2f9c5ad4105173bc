"""``detector export``, and ``detector run`` with ``[[export]]``: what they say, and with which exit code they end."""

from __future__ import annotations

import json
import re
import socket
import threading
from pathlib import Path

import pytest

from detector.cli import shell
from tests.export.parsers import parse_cef, parse_leef
from tests.export.receivers import free_port
from tests.export.site import Site, lines
from tests.program import called

LOG = "event_id,event_time,user_id,patient_id,action\n" + "".join(
    f"e{number},2026-07-{1 + number // 40:02d} {8 + number % 10:02d}:{number % 60:02d}:00,n{number % 4},P{number % 9},"
    "view\n"
    for number in range(130)
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path, language="en")
    site.settings()
    return site


def night(site: Site) -> None:
    (site.folder / "logs").mkdir()
    (site.folder / "logs" / "his.csv").write_text(LOG, encoding="utf-8")


def without_head(lines: bytes) -> bytes:
    return re.sub(rb" fileHash=[0-9a-f]{64}", b"", lines)


def test_the_standard_output_gets_lines_alone_and_all_of_them_each_time(site: Site) -> None:
    site.fill(4)
    messages = {}
    for form, read in (("cef", parse_cef), ("leef", parse_leef), ("ocsf", json.loads)):
        done = site.detector("export", "--format", form)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.endswith(b"\n")
        messages[form] = done.stdout
        assert len([read(line) for line in done.stdout.decode().splitlines()]) == 4
    again = site.detector("export", "--format", "cef", "--to", "-").stdout
    assert [without_head(one) for one in (again, messages["cef"])] == [without_head(again)] * 2
    assert again != messages["cef"], "the trail has gone on, and its newest hash goes out"


def test_a_file_is_brought_up_to_date(site: Site) -> None:
    site.fill(2)
    site.fill(1, alerts=False, first=2)
    site.health()
    path = site.folder / "out.cef"
    first = site.detector("export", "--format", "cef", "--to", str(path))
    assert (first.returncode, first.stdout.decode().strip()) == (0, f"{path}: 2 delivered, 0 waiting")
    assert len(lines(path)) == 2
    second = site.detector("export", "--format", "cef", "--to", str(path), "--all", "--health", "--quiet")
    assert (second.returncode, second.stdout) == (0, b"")
    assert [b"health" in line for line in lines(path)] == [False, False, False, True]


def test_a_receiver_with_a_long_name_leaves_the_state_of_the_others_readable(site: Site) -> None:
    site.fill(2)
    path = site.folder / "a folder with a long name" / "another one below it" / "out.cef"
    path.parent.mkdir(parents=True)
    assert site.detector("export", "--format", "cef", "--to", str(path)).returncode == 0
    screen = called(("--config", str(site.folder / "detector.toml"), "status"), COLUMNS="80").stdout.decode()
    assert "0 waiting, 0 refused; last complete delivery" in screen
    assert re.search(r"^  Last run +never$", screen, re.MULTILINE)


def test_a_dead_receiver_is_exit_code_5_and_loses_nothing(site: Site) -> None:
    site.fill(2)
    port = free_port()
    site.exports = f'[[export]]\nname = "siem"\nformat = "cef"\nto = "tcp://127.0.0.1:{port}"\ntime_limit = 1\n'
    done = site.detector("export")
    assert done.returncode == 5
    assert done.stderr.decode().count("\n") == 1
    assert "stays queued: siem: tcp://127.0.0.1" in done.stderr.decode()
    state = site.status("siem")
    assert (state["waiting"], state["failures"]) == (2, 1)
    assert "Connection refused" in state["last_error"]
    text = site.detector("export", "--status").stdout.decode()
    assert "2 waiting, 0 refused; last complete delivery: never" in text
    assert "last delivery failed (1 in a row)" in text


def test_the_night_delivers_and_a_dead_receiver_does_not_fail_it(site: Site) -> None:
    night(site)
    port = free_port()
    dead = f'[[export]]\nname = "dead"\nformat = "cef"\nto = "tcp://127.0.0.1:{port}"\ntime_limit = 1\n'
    alive = '[[export]]\nname = "alive"\nformat = "ecs"\nto = "out.ndjson"\nall = true\n'
    site.exports = dead + alive
    done = site.detector("run", "--json")
    assert done.returncode == 5, done.stderr
    summary = json.loads(done.stdout)
    assert {one["name"]: bool(one["error"]) for one in summary["delivery"]} == {"dead": True, "alive": False}
    rows = [json.loads(line) for line in lines(site.folder / "out.ndjson")]
    health = [row for row in rows if row["event"]["dataset"] == "access_audit.health"]
    assert [row["access_audit"]["business_date"] for row in health] == [summary["through"]]
    status = site.detector("status", "--format", "ndjson")
    assert status.returncode == 0, status.stdout
    row = json.loads(status.stdout)
    assert (row["last_exit_code"], row["good_through"]) == (0, summary["through"])
    assert [(one["name"], one["waiting"] > 0) for one in row["outbox"]] == [("dead", True), ("alive", False)]
    assert site.detector("findings").returncode == 0
    assert "Delivery dead" in site.detector("status").stdout.decode()


def test_a_receiver_that_never_answers_holds_nothing_up_for_long(site: Site) -> None:
    site.fill(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []
        threading.Thread(target=lambda: taken.append(server.accept()[0]), daemon=True).start()
        port = server.getsockname()[1]
        site.exports = f'[[export]]\nname = "siem"\nformat = "cef"\nto = "tcp://127.0.0.1:{port}"\ntime_limit = 1\n'
        done = site.detector("export")
        assert done.returncode == 5
        assert site.status("siem")["waiting"] == 1
        for connection in taken:
            connection.close()


def test_a_configured_target_keeps_its_keys(site: Site) -> None:
    site.fill(1)
    site.fill(1, alerts=False, first=1)
    site.exports = '[[export]]\nname = "a"\nformat = "cef"\nto = "a.cef"\nall = true\n'
    path = str(site.folder / "a.cef")
    assert site.detector("export", "--format", "cef", "--to", path).returncode == 0
    assert len(lines(site.folder / "a.cef")) == 2
    done = site.detector("--lang", "en", "export", "--format", "cef", "--to", path, "--patient-numbers")
    assert done.returncode == 2
    assert b"delivers there already, with keys of its own" in done.stderr


def test_check_tells_what_keeps_a_receiver_from_being_reached(site: Site) -> None:
    night(site)
    site.exports = (
        '[[export]]\nname = "a"\nformat = "cef"\nto = "tls://h"\nca_file = "missing.pem"\n'
        '[[export]]\nname = "b"\nformat = "ecs"\nto = "https://h"\n'
    )
    done = site.detector("check", DETECTOR_HEC_TOKEN="")
    assert done.returncode == 1, done.stderr
    text = " ".join(done.stdout.decode().split())
    assert "a: cef to tls://h" in text
    assert "missing.pem cannot be used: No such file" in text
    assert "there is no token in the environment variable DETECTOR_HEC_TOKEN" in text
    rows = [json.loads(line) for line in site.detector("check", "--format", "ndjson").stdout.splitlines()]
    assert [len(row["problems"]) for row in rows if row["kind"] == "export"] == [1, 1]


def test_the_test_event_goes_to_every_export_and_is_not_kept(site: Site) -> None:
    site.fill(1)
    site.exports = '[[export]]\nname = "a"\nformat = "cef"\nto = "a.cef"\n[[export]]\nformat = "ocsf"\nto = "b.json"\n'
    done = site.detector("export", "--test")
    assert done.returncode == 0, done.stderr
    assert b"|test|Test event|0|" in (site.folder / "a.cef").read_bytes()
    assert json.loads((site.folder / "b.json").read_bytes())["metadata"]["labels"] == ["test"]
    assert site.detector("export").returncode == 0
    assert len(lines(site.folder / "a.cef")) == 2


def test_refused_messages_are_told_and_sent_again(site: Site) -> None:
    site.fill(1)
    site.exports = '[[export]]\nname = "a"\nformat = "cef"\nto = "a.cef"\nmax_message_bytes = 50\n'
    done = site.detector("--lang", "en", "export")
    assert done.returncode == 5
    assert f"a: 1 refused; see detector --config {site.folder} export --status" in done.stderr.decode()
    assert site.status("a")["dead_letters"][0]["id"] == "F00000000000"
    told = site.detector("export", "--status").stdout.decode()
    assert f"after mending the cause: detector --config {site.folder} export --retry" in told
    site.exports = site.exports.replace("max_message_bytes = 50", "")
    assert site.detector("export").returncode == 0
    assert site.detector("export", "--retry").returncode == 0
    assert len(lines(site.folder / "a.cef")) == 1


def test_a_name_of_the_configuration_is_a_target(site: Site) -> None:
    site.fill(1)
    site.exports = (
        '[[export]]\nname = "a"\nformat = "cef"\nto = "a.cef"\n[[export]]\nname = "b"\nformat = "ecs"\nto = "b"\n'
    )
    assert site.detector("export", "--to", "b").returncode == 0
    assert (site.folder / "b").exists()
    assert not (site.folder / "a.cef").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "there is no [[export]] in detector.toml"),
        (("--to", "x.cef"), "needs --format"),
        (("--format", "cfe"), "no format 'cfe'; did you mean 'cef'?"),
        (("--format", "cef", "--to", "http://siem"), "use https://"),
        (("--all",), "--all needs --to"),
        (("--status", "--format", "cef"), "--status takes --format table, ndjson or csv"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    site: Site, arguments: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        shell.main(["--config", str(site.folder), "--lang", "en", "export", *arguments])
    assert ended.value.code == 2
    assert said in capfd.readouterr().err


def test_before_the_first_run_there_is_nothing_to_send(site: Site) -> None:
    done = site.detector("--lang", "en", "export", "--format", "cef")
    assert done.returncode == 4
    assert b"no run yet" in done.stderr
    assert site.detector("export", "--format", "cef", "--test").returncode == 0


def test_created_updated_decided_from_night_to_receiver(tmp_path: Path) -> None:
    """A planted record is opened, opened again, and the officer decides: three nights, three messages."""
    site = Site(tmp_path, language="en")
    site.exports = '[[export]]\nname = "siem"\nformat = "ndjson"\nto = "out.ndjson"\n'
    (tmp_path / "decoys.csv").write_text("patient_id\nP8\n", encoding="utf-8")
    text = site.settings().path.read_text(encoding="utf-8")
    (tmp_path / "detector.toml").write_text(
        text.replace("[[source]]", 'decoy_patients = "decoys.csv"\n[[source]]', 1), encoding="utf-8"
    )
    (tmp_path / "logs").mkdir()
    days = ["2026-07-01", "2026-07-02", "2026-07-03"]
    rows = [f"e{day}{number},{date} 1{number}:00:00,n{number},P{number},view\n" for day, date in enumerate(days)
            for number in range(5)]  # fmt: skip

    def run(*extra: str) -> list[tuple[str, int, str]]:
        with (tmp_path / "logs" / "his.csv").open("a", encoding="utf-8") as log:
            log.writelines(extra)
        done = called(site.command("run", "--quiet")[3:])
        assert done.returncode == 0, done.stderr
        messages = [json.loads(line) for line in lines(tmp_path / "out.ndjson")]
        return [(row["change"], row["revision"], row["status"]) for row in messages if row["kind"] == "finding"]

    assert run("event_id,event_time,user_id,patient_id,action\n", *rows[:5], "d1,2026-07-01 12:00:00,n3,P8,view\n",
               *rows[5:10]) == [("created", 1, "open")]  # fmt: skip
    assert run("d2,2026-07-02 12:00:00,n3,P8,view\n", *rows[10:])[1:] == [("updated", 2, "open")]
    (finding,) = {json.loads(line)["id"] for line in lines(tmp_path / "out.ndjson") if b'"kind": "finding"' in line}
    note = "to the data protection officer"
    decided = called(site.command("triage", finding, "--disposition", "escalated", "--note", note)[3:])
    assert decided.returncode == 0, decided.stderr
    assert run()[2:] == [("decided", 3, "escalated")]
    assert run()[3:] == []
