"""The trail as a file: durable appends by many at once, kills, full disks, cut ends, rights."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.errors import DiskFull, StoreBusy, StoreError
from detector.trail import Fault, Head, Officer, Trail, trail_file
from detector.trail.chain import TORN, check_chain

NOW = datetime(2026, 7, 13, 8, 0, tzinfo=UTC)
LIU = Officer("liu", "liu")
APPENDING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from detector.trail import Officer, Trail
trail, name, count = Trail(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for number in range(count):
    trail.append(Officer(name, name), "view", [{"n": number}], datetime.now(UTC))
    print(number, flush=True)
"""


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(tmp_path)


def write(trail: Trail, count: int = 1, **known: Any) -> list[Any]:
    return trail.append(LIU, "view", [{"finding": f"F{number}"} for number in range(count)], NOW, **known)


def kinds(trail: Trail) -> list[str]:
    return [entry.kind for entry in trail.entries()]


def test_entries_are_appended_and_read_back(trail: Trail) -> None:
    assert trail.entries() == []
    assert trail.head() is None
    assert trail.check() == ([], [])
    first, second = write(trail, 2)
    (third,) = write(trail)
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert trail.entries() == [first, second, third]
    assert trail.check() == ([first, second, third], [])
    assert trail.head() == third.head
    assert trail.entries(second.head, second.end) == [third]
    assert trail.entries(Head(2, "0" * 64), second.end) == [first, second, third]
    assert third.at == "2026-07-13T08:00:00+00:00"


def test_it_is_private(trail: Trail) -> None:
    write(trail)
    for file in trail.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_group_may_append_but_adds_no_files(tmp_path: Path) -> None:
    import grp

    trail = Trail(tmp_path, grp.getgrgid(os.getgid()).gr_name)
    trail.prepare()
    assert {file.name for file in tmp_path.iterdir()} == {"trail.jsonl", "trail.head"}
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o660
    write(trail)
    trail.prepare()
    assert trail.check()[1] == []


def test_two_officers_at_once(trail: Trail) -> None:
    count = 40
    officers = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDING, str(trail.folder), name, str(count)], stdout=subprocess.DEVNULL
        )
        for name in ("liu", "wang")
    ]
    assert [officer.wait() for officer in officers] == [0, 0]
    entries, faults = trail.check()
    assert not faults
    for name in ("liu", "wang"):
        assert [entry.details["n"] for entry in entries if entry.officer == name] == list(range(count))


def test_kills_lose_nothing_that_was_acknowledged_and_break_nothing(trail: Trail) -> None:
    told = 0
    for delay in (0.0, 0.011, 0.023, 0.05):
        line = [sys.executable, "-c", APPENDING, str(trail.folder), "liu", "100000"]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            told += len(process.stdout.read().splitlines())
    entries, faults = trail.check()
    assert not faults
    assert told <= len(entries) <= told + 4
    write(trail)
    assert trail.check()[1] == []


@pytest.mark.parametrize("left", [1, 30, -1])
def test_a_write_cut_off_by_a_kill_is_told_not_alarmed(trail: Trail, left: int) -> None:
    write(trail, 2)
    whole = trail.read()
    line = whole.splitlines(keepends=True)[0]
    trail.path.write_bytes(whole + line[:left])
    assert trail.check()[1] == []
    assert len(trail.entries()) == 2
    write(trail)
    entries, faults = trail.check()
    assert not faults
    assert [entry.kind for entry in entries] == ["view", "view", TORN, "view"]
    assert trail.read().startswith(whole + line[:left] + b"\n")


def test_an_entry_that_lacks_its_line_end_alone_counts(trail: Trail) -> None:
    write(trail, 2)
    trail.path.write_bytes(trail.read()[:-1])
    write(trail)
    assert trail.check()[1] == []
    assert [entry.number for entry in trail.entries()] == [1, 2, 3]


def test_a_full_disk_is_told_and_what_was_written_of_it_stays_torn(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    write(trail)
    size = trail.path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
        with pytest.raises(DiskFull, match="disk is full"):
            write(trail)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert trail.path.stat().st_size == size + 50
    write(trail)
    assert trail.check()[1] == []
    assert kinds(trail) == ["view", TORN, "view"]


def test_a_cut_end_is_found_and_work_that_goes_on_does_not_cover_it(trail: Trail) -> None:
    write(trail, 3)
    lines = trail.read().splitlines(keepends=True)
    trail.path.write_bytes(b"".join(lines[:-1]))
    assert trail.check()[1] == [Fault("removed", 3, 3, "2026-07-13T08:00:00+00:00")]
    write(trail)
    assert kinds(trail) == ["view", "view", "broken", "view"]
    assert [fault.kind for fault in trail.check()[1]] == ["broken"]
    assert trail.entries()[2].details["expected"] == 3
    write(trail)
    assert kinds(trail)[2:] == ["broken", "view", "view"]


def test_an_end_that_was_rewritten_stays_visible(trail: Trail) -> None:
    write(trail, 3)
    other = Trail(trail.folder / "other")
    other.folder.mkdir()
    write(other, 2)
    other.append(Officer("wang", "wang"), "view", [{}], NOW)
    trail.path.write_bytes(other.read())
    assert [fault.kind for fault in trail.check()[1]] == ["rewritten"]
    write(trail)
    assert [fault.kind for fault in trail.check()[1]] == ["broken"]


def test_the_whole_file_gone(trail: Trail) -> None:
    write(trail, 3)
    trail.path.unlink()
    assert [(fault.kind, fault.first, fault.last) for fault in trail.check()[1]] == [("removed", 1, 3)]
    write(trail)
    assert "broken" in {fault.kind for fault in trail.check()[1]}


def test_what_the_store_noted_tells_of_both_files_rolled_back(trail: Trail) -> None:
    entries = write(trail, 3)
    saved = {file: file.read_bytes() for file in trail.folder.iterdir()}
    later = write(trail, 2)
    noted = {entry.number: entry.hash for entry in (*entries, *later)}
    for file, content in saved.items():
        file.write_bytes(content)
    assert trail.check()[1] == []
    assert [(one.kind, one.first, one.last) for one in trail.check(noted=noted)[1]] == [("removed", 4, 5)]
    assert [one.kind for one in trail.check(known=later[-1].hash)[1]] == ["head_lost"]
    write(trail, noted=later[-1].head)
    assert kinds(trail)[-2:] == ["broken", "view"]


def test_the_head_gone_or_damaged_is_told(trail: Trail) -> None:
    write(trail, 2)
    head = trail.folder / "trail.head"
    for content in (b"", b"{}", b"[]", b"\xff"):
        head.write_bytes(content)
        assert [fault.kind for fault in trail.check()[1]] == ["head"]
    head.unlink()
    assert [fault.kind for fault in trail.check()[1]] == ["head"]
    write(trail)
    assert trail.check()[1] == []


def test_a_head_that_a_kill_left_behind_is_no_fault(trail: Trail) -> None:
    write(trail)
    behind = (trail.folder / "trail.head").read_bytes()
    write(trail, 2)
    (trail.folder / "trail.head").write_bytes(behind)
    assert trail.check()[1] == []
    write(trail)
    assert kinds(trail) == ["view"] * 4
    assert trail.check()[1] == []


def test_long_entries_are_found_from_the_end(trail: Trail) -> None:
    trail.append(LIU, "night", [{"files": ["x" * 90] * 3000}], NOW)
    trail.append(LIU, "night", [{"files": ["x" * 90] * 30}], NOW)
    assert [entry.number for entry in write(trail)] == [3]
    assert trail.check()[1] == []


def test_a_lock_that_is_kept_is_told(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    write(trail)
    monkeypatch.setattr(trail_file, "LOCK_SECONDS", 0.05)
    with trail.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="locked"):
            write(trail)
    write(trail)


def test_a_lock_that_is_given_back_is_waited_for(trail: Trail) -> None:
    import fcntl

    write(trail)
    held = trail.path.open("rb")
    fcntl.flock(held, fcntl.LOCK_EX)
    threading.Timer(0.1, held.close).start()
    write(trail)
    assert len(trail.entries()) == 2


def test_where_it_cannot_be_written_is_told(trail: Trail) -> None:
    trail.path.mkdir()
    with pytest.raises(StoreError, match="nothing is shown or decided without a record"):
        write(trail)
    trail.path.rmdir()
    trail.path.symlink_to(trail.folder / "elsewhere")
    with pytest.raises(StoreError, match="nothing is shown or decided without a record"):
        write(trail)
    assert not (trail.folder / "elsewhere").exists()


def test_lines_are_json_and_hold_the_chain(trail: Trail) -> None:
    write(trail, 2)
    first, second = map(json.loads, trail.read().splitlines())
    assert second["previous"] == first["hash"]
    assert list(first) == ["number", "at", "officer", "account", "kind", "finding", "previous", "hash"]
    assert check_chain(trail.read())[1] == []


def test_details_are_asked_for_once_nobody_else_can_append(trail: Trail) -> None:
    write(trail, 2)

    def details() -> list[dict[str, Any]]:
        with trail.path.open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return [{"seen": len(trail.entries())}]

    (entry,) = trail.append(LIU, "view", details, NOW)
    assert (entry.number, entry.details["seen"]) == (3, 2)


def test_an_entry_of_which_the_caller_hears_that_it_failed_is_none(trail: Trail) -> None:
    write(trail)
    before = trail.read()
    (trail.folder / "trail.head").unlink()
    (trail.folder / "trail.head").mkdir()
    with pytest.raises(StoreError, match=r"trail\.head cannot be written"):
        write(trail)
    assert trail.read() == before


def test_a_break_is_told_once(trail: Trail) -> None:
    lost = write(trail, 5)[-1].head
    lines = trail.read().splitlines(keepends=True)
    trail.path.write_bytes(b"".join(lines[:2]))
    for _ in range(3):
        write(trail, noted=lost)
    assert kinds(trail) == ["view", "view", "broken", "view", "view", "view"]
    assert {fault.kind for fault in trail.check(noted={5: lost.hash})[1]} == {"broken", "rewritten"}


def test_the_newest_entry_is_read_from_the_end(trail: Trail) -> None:
    assert trail.newest() is None
    newest = write(trail, 3)[-1]
    with trail.path.open("ab") as file:
        file.write(b'{"number": 4')
    assert trail.newest() == newest.head
