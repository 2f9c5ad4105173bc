"""``detector export``, and ``detector run`` with ``[[export]]``: what they say, and with which exit code they end."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from tests.export.parsers import parse_cef, parse_leef
from tests.export.receivers import free_port
from tests.export.site import Site, lines

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


@pytest.mark.parametrize("form", ["cef", "leef", "ecs", "ocsf", "ndjson"])
def test_the_standard_output_gets_lines_alone_and_all_of_them_each_time(site: Site, form: str) -> None:
    site.fill(4)
    done = site.detector("export", "--format", form)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"\n")
    assert len(done.stdout.splitlines()) == 4
    for line in done.stdout.decode().splitlines():
        {"cef": parse_cef, "leef": parse_leef}.get(form, json.loads)(line)
    assert site.detector("export", "--format", form, "--to", "-").stdout == done.stdout


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
    done = site.detector("export")
    assert done.returncode == 5
    assert b"a: 1 refused; see detector export --status" in done.stderr
    assert site.status("a")["dead_letters"][0]["id"] == "F00000000000"
    assert "after mending the cause: detector export --retry" in site.detector("export", "--status").stdout.decode()
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
def test_wrong_usage_is_exit_code_2(site: Site, arguments: tuple[str, ...], said: str) -> None:
    site.fill(1)
    done = site.detector("export", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_before_the_first_run_there_is_nothing_to_send(site: Site) -> None:
    done = site.detector("export", "--format", "cef")
    assert done.returncode == 4
    assert b"no run yet" in done.stderr
    assert site.detector("export", "--format", "cef", "--test").returncode == 0
