"""Outbox, ledger and the file target: what is sent, when, in which order, and what a kill costs."""

from __future__ import annotations

import datetime as dt
import json
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.exports import Export
from detector.errors import ConfigError, StoreBusy, StoreDamaged, UsageError
from detector.export import delivery, ledger
from detector.export.targets import configured, parse, target
from detector.export.transports.file import numbered
from detector.privacy.pseudonyms import pseudonymiser
from tests.export.site import NIGHT, PATIENT, Site, lines, now


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def to_file(site: Site, name: str = "out.ndjson", **values: Any) -> Export:
    return Export(to=str(site.folder / name), format="ndjson", name=name, **values)


def deliver(site: Site, export: Export, *, health: bool = False, **options: Any) -> delivery.DeliveryOutcome:
    return delivery.deliver(site.settings(), target(export, health=health), now, "zh", **options)


def messages(site: Site, name: str = "out.ndjson") -> list[tuple[str, int, str]]:
    """Return what the file holds: id, revision and change of each line."""
    rows = [json.loads(line) for line in lines(site.folder / name)]
    return [(row["id"], row["revision"], row["change"]) for row in rows]


def test_alerts_are_told_once_in_order(site: Site) -> None:
    ids = site.fill(7)
    site.fill(3, alerts=False, first=7)
    outcome = deliver(site, to_file(site))
    assert (outcome.sent, outcome.waiting, outcome.failed) == (7, 0, False)
    assert messages(site) == [(identity, 1, "created") for identity in ids]
    assert deliver(site, to_file(site)).sent == 0
    assert len(messages(site)) == 7


def test_all_tells_every_finding(site: Site) -> None:
    site.fill(2)
    site.fill(3, alerts=False, first=2)
    assert deliver(site, to_file(site, all=True)).sent == 5


def test_the_newest_state_is_told_and_what_it_is_to_this_target(site: Site) -> None:
    first, second, third = site.fill(3)
    deliver(site, to_file(site))
    site.change(f"update findings set risk = 80 where finding_id = '{second}'")
    site.change(f"update findings set risk = 85 where finding_id = '{second}'")
    site.change(f"update findings set status = 'confirmed' where finding_id = '{first}'")
    assert deliver(site, to_file(site)).sent == 2
    assert messages(site)[3:] == [(second, 3, "updated"), (first, 2, "decided")]
    other = to_file(site, "late.ndjson")
    deliver(site, other)
    assert messages(site, "late.ndjson") == [(third, 1, "created"), (second, 3, "created"), (first, 2, "decided")]


def test_an_unchanged_finding_is_not_told_again(site: Site) -> None:
    site.fill(2)
    deliver(site, to_file(site))
    site.change("update findings set method = '{\"combined\": 3}'")
    assert deliver(site, to_file(site)).sent == 0


def test_a_finding_that_becomes_an_alert_is_created_for_the_target(site: Site) -> None:
    (identity,) = site.fill(1, alerts=False)
    assert deliver(site, to_file(site)).sent == 0
    site.change("update findings set alert = true")
    deliver(site, to_file(site))
    assert messages(site) == [(identity, 2, "created")]


def test_since_leaves_older_changes_waiting(site: Site) -> None:
    site.fill(1)
    site.change("update findings set risk = 99", night=NIGHT + dt.timedelta(days=2))
    site.fill(1, first=1)
    assert deliver(site, to_file(site), since=NIGHT + dt.timedelta(days=1)).sent == 1
    assert deliver(site, to_file(site)).sent == 1


def test_health_is_told_each_night_from_the_newest_on(site: Site) -> None:
    for days in range(3):
        site.health(NIGHT + dt.timedelta(days=days))
    deliver(site, to_file(site), health=True)
    site.health(NIGHT + dt.timedelta(days=3))
    deliver(site, to_file(site), health=True)
    assert [one[0] for one in messages(site)] == ["health:2026-07-14", "health:2026-07-15"]
    row = json.loads(lines(site.folder / "out.ndjson")[0])
    assert (row["events"], row["sources"]) == (2362, [{"source": "his", "events": 2362}])


@pytest.mark.parametrize("form", ["cef", "ecs", "leef", "ndjson", "ocsf"])
def test_patient_numbers_stay_here_unless_asked_for(site: Site, form: str) -> None:
    site.fill(3)
    hidden = Export(to=str(site.folder / "hidden"), format=form, name="hidden")
    shown = Export(to=str(site.folder / "shown"), format=form, name="shown", patient_numbers=True)
    deliver(site, hidden)
    deliver(site, shown)
    token = pseudonymiser(site.settings())(PATIENT)
    hidden_text, shown_text = ((site.folder / name).read_text(encoding="utf-8") for name in ("hidden", "shown"))
    assert (PATIENT in hidden_text, token in hidden_text) == (False, True)
    assert (PATIENT in shown_text, token in shown_text) == (True, False)


def test_what_people_typed_is_not_told(site: Site) -> None:
    site.fill(1)
    reason = {
        "feature": "policy:break-glass-misuse", "value": 1, "own_baseline": None, "peer_baseline": None,
        "contribution": 1, "texts": {"zh": "理由：抢救张三丰", "en": "reason: saving 张三丰"},
    }  # fmt: skip
    typed = json.dumps([reason], ensure_ascii=False)
    site.change(f"update findings set reasons = '{typed}'")
    deliver(site, to_file(site))
    text = (site.folder / "out.ndjson").read_text(encoding="utf-8")
    assert "张三丰" not in text


def test_files_are_private_and_rotated(site: Site) -> None:
    site.fill(60)
    deliver(site, to_file(site, batch=5, max_file_bytes=20_000, keep_files=9))
    path = site.folder / "out.ndjson"
    files = [path, *(numbered(path, number) for number in range(1, 10))]
    found = [json.loads(line)["id"] for file in reversed(files) if file.exists() for line in lines(file)]
    assert found == [f"F{number:011d}" for number in range(60)]
    assert len([file for file in files if file.exists()]) > 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files if file.exists()} == {0o600}
    assert all(file.stat().st_size <= 20_000 for file in files if file.exists())
    private = list((site.folder / "state" / "delivery").iterdir())
    assert private
    assert {stat.S_IMODE(file.stat().st_mode) for file in private} == {0o600}


def test_a_rotated_file_is_readable_by_the_same_people(site: Site) -> None:
    site.fill(20)
    path = site.folder / "out.ndjson"
    path.touch(0o640)
    path.chmod(0o640)
    deliver(site, to_file(site, batch=5, max_file_bytes=9_000))
    assert numbered(path, 1).exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_older_files_beyond_the_limit_go(site: Site) -> None:
    site.fill(60)
    deliver(site, to_file(site, batch=5, max_file_bytes=9_000, keep_files=2))
    assert sorted(file.name for file in site.folder.glob("out.ndjson*")) == [
        "out.ndjson", "out.ndjson.1", "out.ndjson.2",
    ]  # fmt: skip


def test_half_a_line_of_a_killed_writer_is_removed(site: Site) -> None:
    ids = site.fill(3)
    path = site.folder / "out.ndjson"
    path.write_bytes(b'{"whole": 1}\n{"half": "' + b"x" * 200_000)
    deliver(site, to_file(site))
    rows = [json.loads(line) for line in lines(path)]
    assert rows[0] == {"whole": 1}
    assert [row["id"] for row in rows[1:]] == ids


def test_a_folder_that_is_missing_is_told_and_nothing_is_lost(site: Site) -> None:
    site.fill(2)
    export = Export(to=str(site.folder / "no" / "out"), format="cef", name="siem")
    outcome = deliver(site, export)
    assert (outcome.sent, outcome.waiting) == (0, 2)
    assert "there is no folder" in str(outcome.error)
    (site.folder / "no").mkdir()
    assert deliver(site, export).sent == 2


def test_a_message_that_cannot_be_short_is_a_dead_letter_until_retried(site: Site) -> None:
    (identity,) = site.fill(1)
    outcome = deliver(site, to_file(site, max_message_bytes=100))
    assert (outcome.refused, outcome.waiting, outcome.failed) == (1, 0, True)
    (state,) = delivery.states(site.settings())
    assert [(one.key, one.revision) for one in state.dead_letters] == [(identity, 1)]
    assert "even without evidence" in state.dead_letters[0].reason
    assert deliver(site, to_file(site)).sent == 0
    assert deliver(site, to_file(site), retry=True).sent == 1
    assert delivery.states(site.settings())[0].dead_letters == []


def test_a_dead_letter_s_newer_state_is_tried(site: Site) -> None:
    site.fill(1)
    deliver(site, to_file(site, max_message_bytes=100))
    site.change("update findings set risk = 90")
    assert deliver(site, to_file(site)).sent == 1


def test_two_deliveries_to_one_target_exclude_each_other(site: Site) -> None:
    site.fill(1)
    one = target(to_file(site))
    with ledger.open_ledger(site.settings(), one.key):
        outcome = deliver(site, to_file(site))
        assert "another delivery to this target is at work" in str(outcome.error)
        with pytest.raises(StoreBusy), ledger.open_ledger(site.settings(), one.key):
            pass
        assert deliver(site, to_file(site, "other.ndjson")).sent == 1
    assert deliver(site, to_file(site)).sent == 1


def test_a_damaged_ledger_is_told(site: Site) -> None:
    site.fill(1)
    deliver(site, to_file(site))
    path = site.folder / "state" / "delivery" / "ledger.sqlite"
    path.write_bytes(b"no database at all" * 100)
    assert "remove it" in str(deliver(site, to_file(site)).error)
    with pytest.raises(StoreDamaged), ledger.read_ledger(site.settings()):
        pass
    path.unlink()
    assert deliver(site, to_file(site)).sent == 1


def test_a_delivery_needs_no_night_s_lock(site: Site) -> None:
    site.fill(1)
    from detector.store import open_store

    with open_store(site.settings()):
        assert deliver(site, to_file(site)).sent == 1


def test_the_store_of_an_older_version_gets_its_outbox(site: Site) -> None:
    """Until its next night the copy of an older version has nothing to send; then everything is sent."""
    site.fill(2)
    from detector.store import open_store

    with open_store(site.settings()) as store:
        store.connection.execute("drop table outbox")
        store.connection.execute("delete from schema_steps where name in ('020_outbox.sql', '051_outbox.sql')")
        store.publish()
    assert [state.waiting for state in delivery.states(site.settings())] == []
    done = site.detector("export", "--format", "cef")
    assert (done.returncode, done.stdout) == (0, b"")
    site.change("update findings set risk = risk")
    assert deliver(site, to_file(site)).sent == 2


KILLED = """
import sys
from pathlib import Path
from detector.export import delivery
from detector.export.targets import target
from tests.export.site import Site, now
from tests.export.test_delivery import to_file
site = Site(Path(sys.argv[1]))
acknowledge = delivery.Ledger.acknowledge
def slow(self, *values):
    print("sent", flush=True)
    sys.stdin.readline()
    acknowledge(self, *values)
delivery.Ledger.acknowledge = slow
delivery.deliver(site.settings(), target(to_file(site, batch=10)), now, "zh")
"""


@pytest.mark.parametrize("batches", [0, 2])
def test_a_killed_sender_repeats_at_most_one_batch(site: Site, batches: int) -> None:
    ids = site.fill(50)
    process = subprocess.Popen(
        [*site.command()[:1], "-c", KILLED, str(site.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for _ in range(batches):
        assert process.stdout.readline() == b"sent\n"
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert process.stdout.readline() == b"sent\n"
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    deliver(site, to_file(site, batch=10))
    found = [one[0] for one in messages(site)]
    start = batches * 10
    assert found == ids[: start + 10] + ids[start:]


def test_kills_at_any_time_lose_nothing(site: Site) -> None:
    ids = site.fill(400)
    site.settings()
    command = site.command("export", "--format", "cef", "--to", str(site.folder / "out.cef"))
    site.exports = f'[[export]]\nname = "siem"\nformat = "cef"\nto = "{site.folder}/out.cef"\nbatch = 10\n'
    site.settings()
    for number in range(4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.7 + number * 0.17)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert site.detector("export").returncode == 0
    found = [line.split(b"externalId=")[1].split(b" ")[0].decode() for line in lines(site.folder / "out.cef")]
    assert list(dict.fromkeys(found)) == ids
    assert len(found) <= len(ids) + 4 * 10


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("http://siem", "is not for findings; use https://"),
        ("syslog://siem", "use tls://"),
        ("ftp://siem", "unknown kind of target ftp://"),
        ("udp://", "names no host"),
        ("tcp://siem:99999", "has no valid port"),
        ("tls://siem:6514/path", "write tls://HOST:PORT"),
        ("https://user:secret@siem", "holds a user or a password"),
        ("https://siem?x=1", "holds a query; a token belongs into token_file"),
        ("https://siem/#x", "holds a query"),
        ("udp://u:p@?x", "holds a user"),
        ("tcp://?x", "names no host"),
        ("file://host/x", "write file:///FOLDER/NAME"),
    ],
)
def test_addresses_that_make_no_sense(to: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        target(Export(to=to, format="cef", name="x"))


@pytest.mark.parametrize("to", ["https://h/x?token=s3cret", "tls://h/x?token=s3cret", "udp://a:s3cret@h:99999",
                                "file://h/x?token=s3cret", "ftp://h/#s3cret", "https://?token=s3cret"])  # fmt: skip
def test_no_token_of_an_address_is_told(site: Site, to: str) -> None:
    for arguments in (("--to", to), ("--to", to, "--format", "cef")):
        done = site.detector("export", *arguments)
        assert done.returncode == 2
        assert b"s3cret" not in done.stdout + done.stderr
    site.exports = f'[[export]]\nformat = "cef"\nto = "{to}"\n'
    done = site.detector("check")
    assert done.returncode == 2
    assert b"s3cret" not in done.stdout + done.stderr


def test_addresses() -> None:
    assert [parse(to).port for to in ("udp://h", "tcp://h", "tls://h", "https://h", "tcp://[::1]:601")] == [
        514, 514, 6514, 8088, 601,
    ]  # fmt: skip
    assert parse("file:///var/log/x").path == "/var/log/x"
    assert target(Export("TCP://Siem:514", "cef", "a")).key == target(Export("tcp://siem", "cef", "b")).key


@pytest.mark.parametrize(("key", "value"), [("format", "cefx"), ("to", "ftp://x")])
def test_a_wrong_export_is_an_error_of_the_configuration(site: Site, key: str, value: str) -> None:
    good = {"format": "cef", "to": "out"} | {key: value}
    site.exports = "[[export]]\n" + "".join(f'{name} = "{one}"\n' for name, one in good.items())
    with pytest.raises(ConfigError, match=rf"export\[1\].{key}"):
        configured(site.settings())
    assert site.detector("run").returncode == 2


def test_the_environment_is_not_needed_for_files(site: Site) -> None:
    site.fill(1)
    site.exports = '[[export]]\nname = "wazuh"\nformat = "ecs"\nto = "out.json"\n'
    done = site.detector("export", DETECTOR_HEC_TOKEN="")
    assert done.returncode == 0, done.stderr
    assert site.status("wazuh")["waiting"] == 0
