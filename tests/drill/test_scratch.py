"""The copy: private, rewound, gone afterwards; the store is what it was, also after a kill."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from detector.deployment.settings import Settings
from detector.detection.streams import COMPONENTS
from detector.drill.campaign import read_history
from detector.drill.replay import replay_night
from detector.drill.scratch import PREFIX, copy_published, private_folder, reading, scratch_store
from detector.errors import StoreError
from detector.files.scratch_folder import LOCK
from detector.policies.catalogue import load_policies
from tests.drill.conftest import fingerprint

CHECKOUT = Path(__file__).parents[2]
CALL = [sys.executable, "-m", "detector", "--lang", "en", "drill", "--pattern", "maternity-slow", "--repeats", "1"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_folder_is_private_and_goes(temporary: Path) -> None:
    with private_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(temporary.iterdir()) == [folder]
    assert not list(temporary.iterdir())
    with pytest.raises(RuntimeError, match="anything"), private_folder():
        raise RuntimeError("anything")
    assert not list(temporary.iterdir())


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Handle the signals as a program in the foreground does: tests may run under nohup, where some are ignored."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_handlers_come_back(temporary: Path, number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with pytest.raises(KeyboardInterrupt), private_folder():
        signal.raise_signal(number)
    assert not list(temporary.iterdir())
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.usefixtures("usual_signals")
@pytest.mark.heavy
def test_a_signal_within_a_query_ends_it_too(temporary: Path) -> None:
    """DuckDB answers a signal with an error of its own."""
    connection = duckdb.connect()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(KeyboardInterrupt), private_folder():
        connection.execute("select sum(hash(a.range + b.range)) from range(1000000) a, range(1000) b").fetchall()
    assert not list(temporary.iterdir())


def test_an_ignored_signal_stays_ignored(temporary: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with private_folder() as folder:
            signal.raise_signal(signal.SIGHUP)
            assert folder.exists()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_a_killed_drill_left_is_removed_and_what_another_uses_stays(temporary: Path) -> None:
    abandoned = temporary / f"{PREFIX}old"
    abandoned.mkdir()
    (abandoned / LOCK).touch()
    stranger = temporary / "other"
    stranger.mkdir()
    with private_folder() as used:
        with private_folder() as second:
            assert set(temporary.iterdir()) == {used, second, stranger}
        assert used.exists()
    assert list(temporary.iterdir()) == [stranger]


@pytest.mark.heavy
def test_a_copy_holds_the_same_in_private_files(judged: Settings, tmp_path: Path) -> None:
    before = fingerprint(judged.folder)
    copied = copy_published(judged, tmp_path / "copy")
    assert stat.S_IMODE(copied.stat().st_mode) == 0o600
    assert stat.S_IMODE(copied.parent.stat().st_mode) == 0o700
    with reading(copied) as connection:
        history = read_history(connection)
        connection.execute("delete from findings")
        assert connection.execute("select count(*) from events").fetchall()[0][0] > 1000
    assert history.days >= 17
    assert set(history.limits) == {history.first + dt.timedelta(days=number) for number in range(history.days)}
    assert fingerprint(judged.folder) == before


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs a second file system")
@pytest.mark.heavy
def test_a_copy_on_another_disk_leads_to_the_same_parts(judged: Settings) -> None:
    before = fingerprint(judged.folder)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        base = copy_published(judged, Path(other) / "base")
        with reading(base) as connection:
            first = read_history(connection).last
        with scratch_store(judged, base.parent, Path(other) / "copy", first) as store:
            assert replay_night(store, judged, load_policies(judged), first, None) == []
            assert store.connection.execute("select count(*) from events").fetchall()[0][0] > 1000
    assert fingerprint(judged.folder) == before


def test_without_a_run_there_is_nothing_to_copy(loaded: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run yet"):
        copy_published(loaded, tmp_path / "copy")


@pytest.mark.heavy
def test_nights_done_again_without_plants_find_the_same(judged: Settings, tmp_path: Path) -> None:
    """Rewinding is true enough: thresholds and evidence of the last nights come out as they were."""
    before = fingerprint(judged.folder)
    base = copy_published(judged, tmp_path / "base")
    evidence = "select * from evidence_days where business_date >= ? order by business_date, user_id"
    findings = "select finding_id, user_id, alert, alerted_on from findings order by finding_id"
    with reading(base) as connection:
        history = read_history(connection)
        first = history.last - dt.timedelta(days=2)
        known_evidence = connection.sql(evidence, params=[first]).pl()
        known_findings = connection.sql(findings).pl()
    with scratch_store(judged, base.parent, tmp_path / "again", first) as store:
        dated = store.connection.execute("select max(business_date) from dates").fetchall()
        assert dated == [(first - dt.timedelta(days=1),)]
        for number in range(3):
            replay_night(store, judged, load_policies(judged), first + dt.timedelta(days=number), None)
        again = read_history(store.connection)
        new_evidence = store.connection.sql(evidence, params=[first]).pl()
        new_findings = store.connection.sql(findings).pl()
    assert new_findings["user_id"].to_list() == known_findings["user_id"].to_list()
    assert new_findings.equals(known_findings)
    assert again.limits[history.last] == pytest.approx(history.limits[history.last], rel=0.02)
    pair = known_evidence.join(new_evidence, on=["business_date", "user_id"], suffix="_again")
    assert pair.height == known_evidence.height
    again_names = [f"{name}_again" for name in COMPONENTS]
    moved = (pl.sum_horizontal(COMPONENTS) - pl.sum_horizontal(again_names)).abs() / 1e6
    assert pair.select((moved > 0.25).mean()).item() < 0.03
    assert not (tmp_path / "again").exists()
    assert fingerprint(judged.folder) == before


def started(settings: Settings, temporary: Path) -> subprocess.Popen[str]:
    """Start a drill and wait until it judges nights."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "TMPDIR": str(temporary)}
    process = subprocess.Popen(CALL, cwd=settings.folder, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if re.search(r"  night  \d", line):
            return process
    raise AssertionError("the drill ended before it judged a night")


@pytest.mark.slow
@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.heavy
def test_a_drill_that_is_killed_leaves_the_store_as_it_was(
    judged: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    before = fingerprint(judged.folder)
    process = started(judged, tmp_path)
    (folder,) = tmp_path.glob(PREFIX + "*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert fingerprint(judged.folder) == before
    if number is signal.SIGKILL:
        assert folder.exists()
    else:
        assert process.returncode == 130
        assert "Traceback" not in told
        assert not list(tmp_path.iterdir())
