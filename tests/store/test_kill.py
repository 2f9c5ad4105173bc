"""A load that is killed anywhere, and started again, leaves the same store as one that was never disturbed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from detector.sources import text_chunks
from tests.site_folder import NO_ID_HEADER, Deployment, row

SCRIPT = """
import sys
from pathlib import Path
from detector.sources import text_chunks
text_chunks.WINDOW_BYTES, text_chunks.HEAD_BYTES = 6000, 3000
from detector.loading.events import load_events
from detector.deployment.settings import load_settings
from detector.store import open_store
settings = load_settings(Path(sys.argv[1]))
with open_store(settings, threads=1) as store:
    print("open", flush=True)
    load_events(store, settings)
    store.publish()
"""


def fill(site: Deployment) -> None:
    draw = random.Random(3)
    rows = [row(draw.randrange(900), patient=f"p{draw.randrange(2)}", minute=5) for _ in range(1500)]
    rows[::211] = ["broken"] * len(rows[::211])
    site.write("a.csv", *rows)
    site.write("b.csv.gz", *reversed(rows[:700]), end="\r\n")
    identical = [f"2026-06-01 08:{draw.randrange(30):02d}:00,u1,p1,view" for _ in range(900)]
    site.write("c.csv", *identical, header=NO_ID_HEADER)
    site.write("d.csv", *identical[:500], *identical[:300], header=NO_ID_HEADER)
    site.put("e.csv", (site.folder / "logs" / "a.csv").read_bytes()[:9000])


def content(site: Deployment) -> list[list[tuple[Any, ...]]]:
    return [
        site.query("select * from events order by event_id"),
        site.query("select * exclude (modified_ns, inode) from files order by file_id"),
        site.query("select * from quarantine order by file_id, row_number"),
        site.query("select * from event_parts order by part_id"),
        site.query("select * from repeats order by all"),
        site.query("select * from unknown_values order by all"),
    ]


@pytest.mark.heavy
@pytest.mark.slow
def test_killed_at_any_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed, killed = Deployment(tmp_path / "calm"), Deployment(tmp_path / "killed")
    for site in (undisturbed, killed):
        fill(site)
        site.settings()
    with monkeypatch.context() as patch:
        patch.setattr(text_chunks, "WINDOW_BYTES", 6000)
        patch.setattr(text_chunks, "HEAD_BYTES", 3000)
        undisturbed.load()
    draw = random.Random(11)
    kills = 0
    for _ in range(200):
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(killed.folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(draw.uniform(0, 0.25 + 0.15 * kills))
            process.send_signal(signal.SIGKILL)
        if process.returncode == 0:
            break
        kills += 1
    assert kills > 3
    killed.load()
    expected, found = content(undisturbed), content(killed)
    calm, other = str(undisturbed.folder), str(killed.folder)
    assert str(found).replace(other, calm) == str(expected)


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    sites = [Deployment(tmp_path / str(threads), threads=threads) for threads in (1, 4)]
    for site in sites:
        fill(site)
        site.load()
    one, four = map(content, sites)
    assert str(four).replace(str(sites[1].folder), str(sites[0].folder)) == str(one)


@pytest.mark.parametrize("name", ["a.csv", "c.csv"])
def test_nights_on_a_growing_file_and_one_run_give_the_same_events(tmp_path: Path, name: str) -> None:
    nightly, late = Deployment(tmp_path / "nightly"), Deployment(tmp_path / "late")
    fill(late)
    whole = (late.folder / "logs" / name).read_bytes()
    for path in (late.folder / "logs").iterdir():
        if path.name != name:
            path.unlink()
    late.load()
    for night in range(1, 6):
        nightly.put(name, whole[: len(whole) * night // 5])
        nightly.load()
    for query in (
        "select * from events order by event_id",
        "select row_number, byte_position, reason, raw from quarantine order by row_number",
        "select rows_read, accepted, duplicates, quarantined, renamed_ids, prefix_digest from files",
    ):
        assert nightly.query(query) == late.query(query)


def test_growing_files_lose_and_double_nothing(tmp_path: Path) -> None:
    nightly, late = Deployment(tmp_path / "nightly"), Deployment(tmp_path / "late")
    fill(late)
    late.load()
    whole = {path.name: path.read_bytes() for path in (late.folder / "logs").iterdir() if path.suffix == ".csv"}
    for night in range(1, 6):
        for name, text in whole.items():
            nightly.put(name, text[: len(text) * night // 5])
        nightly.load()
    count = "select count(*), count(distinct event_id) from events"
    assert nightly.query(count) == late.query(count)
