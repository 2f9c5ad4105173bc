"""The store: one writer, readers on a copy, damage and a full disk told in one line, nothing lost."""

from __future__ import annotations

import errno
import grp
import os
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from detector.errors import DetectorError, DiskFull, StoreBusy, StoreDamaged, StoreError, StoreNewer
from detector.files.lock import lock_holder
from detector.loading.events import load_events
from detector.model.tables import PATIENT_DAYS
from detector.store import open_published, open_store, verify_store
from detector.store.store import Store
from tests.site_folder import Deployment, row


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    site = Deployment(tmp_path)
    site.write("a.csv", *(row(number) for number in range(10)))
    return site


def published(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        store.publish()


def one_line(error: pytest.ExceptionInfo[DetectorError]) -> str:
    assert error.value.exit_code == 4
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_second_writer_is_told_who_has_the_store(site: Deployment) -> None:
    settings = site.settings()
    with open_store(settings):
        assert lock_holder(settings.store.path.with_suffix(".lock")) == os.getpid()
        with pytest.raises(StoreBusy) as error:
            open_store(settings)
        assert f"process {os.getpid()}" in one_line(error)
    assert lock_holder(settings.store.path.with_suffix(".lock")) is None
    open_store(settings).__exit__(None, None, None)


def test_another_program_with_the_database_open(site: Deployment) -> None:
    published(site)
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('select 1');"
        " print('open', flush=True); sys.stdin.read()"
    )
    path = str(site.settings().store.path)
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreBusy) as error:
            open_store(site.settings())
        assert f"process {other.pid}" in one_line(error)
        other.communicate("")
    assert site.load().rows_read == 0


def test_readers_see_what_was_published_while_a_run_works(site: Deployment) -> None:
    published(site)
    settings = site.settings()
    site.write("b.csv", row(100))
    with open_store(settings) as store:
        load_events(store, settings)
        with open_published(settings) as copy:
            assert copy.connection.execute("select count(*) from events").fetchall() == [(10,)]
        store.publish()
        with open_published(settings) as copy:
            assert copy.connection.execute("select count(*) from events").fetchall() == [(11,)]


def test_no_run_yet(site: Deployment) -> None:
    with pytest.raises(StoreError) as error:
        open_published(site.settings())
    assert "no run yet" in one_line(error)


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000])
def test_garbage_is_damage_and_the_parts_stay(site: Deployment, content: bytes) -> None:
    published(site)
    path = site.settings().store.path
    path.write_bytes(content)
    with pytest.raises(StoreDamaged) as error:
        open_store(site.settings())
    assert str(path) in one_line(error)
    assert len(list((path.parent / "events").iterdir())) == 1


def test_a_truncated_database_is_damage(site: Deployment) -> None:
    published(site)
    path = site.settings().store.path
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(StoreError) as error:
        site.load()
    one_line(error)


def test_another_program_s_database_is_not_touched(site: Deployment) -> None:
    path = site.settings().store.path
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table mine (x integer)")
    with pytest.raises(StoreDamaged) as error:
        open_store(site.settings())
    assert "not a store of the detector" in one_line(error)


def test_a_store_of_a_newer_version(site: Deployment) -> None:
    published(site)
    with duckdb.connect(str(site.settings().store.path)) as connection:
        connection.execute("insert into schema_steps values ('999_future.sql')")
    with pytest.raises(StoreNewer) as error:
        open_store(site.settings())
    assert "newer version" in one_line(error)


def test_a_missing_part_is_damage(site: Deployment) -> None:
    published(site)
    next((site.folder / "state" / "events").glob("*.parquet")).unlink()
    wrong = next(check for check in verify_store(site.settings()) if not check.passed)
    assert wrong.name == "event parts are complete"
    with pytest.raises(StoreDamaged) as error:
        site.query("select count(*) from events")
    one_line(error)


def test_a_damaged_part_is_found(site: Deployment) -> None:
    published(site)
    part = next((site.folder / "state" / "events").glob("*.parquet"))
    content = bytearray(part.read_bytes())
    content[: len(content) // 2] = bytes(len(content) // 2)
    part.write_bytes(content)
    assert not all(check.passed for check in verify_store(site.settings()))


def test_a_good_store_passes(site: Deployment) -> None:
    site.write("b.csv", row(1), "broken", row(1, patient="p7"))
    published(site)
    assert [check for check in verify_store(site.settings()) if not check.passed] == []


@pytest.mark.parametrize("change", [
    "update files set accepted = accepted + 1", "delete from quarantine", "update event_parts set rows = rows + 1",
])  # fmt: skip
def test_wrong_counts_are_found(site: Deployment, change: str) -> None:
    site.write("b.csv", "broken")
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        store.connection.execute(change)
        store.publish()
    assert not all(check.passed for check in verify_store(settings))


def test_a_full_disk_loses_nothing(site: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    published(site)
    site.write("b.csv", row(100))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Store, "write_table", full)
        with pytest.raises(DiskFull) as error:
            site.load()
        assert "disk is full" in one_line(error)
    assert site.query("select count(*) from events") == [(10,)]
    assert site.load().accepted == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(site: Deployment) -> None:
    (site.folder / "state").mkdir(mode=0o500)
    with pytest.raises(StoreError) as error:
        open_store(site.settings())
    one_line(error)


def test_a_file_where_the_folder_should_be(site: Deployment) -> None:
    (site.folder / "state").write_text("")
    with pytest.raises(StoreError) as error:
        open_store(site.settings())
    one_line(error)


def test_everything_is_private(site: Deployment) -> None:
    before = os.umask(0o022)
    try:
        published(site)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    for path in (site.folder / "state").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_group_may_read(site: Deployment) -> None:
    group = grp.getgrgid(os.getegid()).gr_name
    site.context = f'[store]\ngroup = "{group}"\n'
    published(site)
    state = site.folder / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o750
    assert stat.S_IMODE((state / "published.duckdb").stat().st_mode) == 0o640
    assert all(stat.S_IMODE(part.stat().st_mode) == 0o640 for part in (state / "events").iterdir())


def test_an_unknown_group_is_named(site: Deployment) -> None:
    site.context = '[store]\ngroup = "no-such-group"\n'
    with pytest.raises(StoreError) as error:
        open_store(site.settings())
    assert "no-such-group" in one_line(error)


def test_orphans_are_removed(site: Deployment) -> None:
    published(site)
    events = site.folder / "state" / "events"
    (events / "00000099.parquet").write_bytes(b"orphan")
    (events / "00000100.parquet.tmp").write_bytes(b"draft")
    site.load()
    assert [path.name for path in events.iterdir()] == ["00000001.parquet"]


def test_accesses_of_a_date_are_replaced(site: Deployment) -> None:
    settings = site.settings()
    day = date(2026, 6, 1)
    with open_store(settings) as store:
        for rows in (3, 5):
            with store.transaction():
                assert store.write_patient_days(day, f"select * from range({rows})") == rows
        assert store.connection.execute("select business_date, rows from patient_day_parts").fetchall() == [(day, 5)]
        with pytest.raises(duckdb.Error), store.transaction():  # noqa: PT012  (the block is what is rolled back)
            store.write_patient_days(day, "select 1")
            store.connection.execute("select nonsense")
        assert store.connection.execute("select rows from patient_day_parts").fetchall() == [(5,)]
    with open_store(settings) as store:
        assert len(list((store.folder / "patient_days").iterdir())) == 1


def test_views_can_be_limited_to_dates(site: Deployment) -> None:
    site.write("b.csv", "x,2026-07-01 08:00:00,u1,p1,view")
    settings = site.settings()
    with open_store(settings) as store:
        load_events(store, settings)
        store.refresh_views(date(2026, 6, 20), date(2026, 7, 2))
        assert store.connection.execute("select event_id from events").fetchall() == [("his:x",)]
        store.refresh_views(date(2027, 1, 1))
        assert store.connection.execute("select count(*) from events").fetchall() == [(0,)]
        store.refresh_views()
        assert store.connection.execute("select count(*) from events").fetchall() == [(11,)]


def test_views_limited_for_a_block_are_as_before_afterwards(site: Deployment) -> None:
    site.write("b.csv", "x,2026-07-01 08:00:00,u1,p1,view", "y,2026-07-03 08:00:00,u1,p1,view")
    site.write("c.csv", "z,2026-08-01 08:00:00,u1,p1,view")
    settings = site.settings()

    def events(store: Store) -> int:
        return int(store.connection.execute("select count(*) from events").fetchall()[0][0])

    with open_store(settings) as store:
        load_events(store, settings)
        everything = events(store)
        with store.transaction(), store.views(date(2026, 7, 1), date(2026, 8, 1)):
            assert events(store) == 3
            with store.views(date(2026, 7, 1), date(2026, 7, 2)):
                assert events(store) == 2
            assert events(store) == 3
        assert events(store) == everything
        with pytest.raises(KeyError), store.transaction(), store.views(date(2026, 7, 1), date(2026, 7, 2)):
            raise KeyError
        assert events(store) == everything


def test_readers_keep_their_parts_while_the_run_after_a_killed_one_is_at_work(site: Deployment) -> None:
    """A night that was not published has replaced a part that the copy still names."""
    settings, day = site.settings(), date(2026, 6, 1)
    columns = ", ".join(f"null::{kind} as {name}" for name, kind in PATIENT_DAYS.types.items())

    def write() -> None:
        with open_store(settings) as store, store.transaction():
            store.write_patient_days(day, f"select {columns} limit 0")

    def parts() -> list[str]:
        return sorted(path.name for path in (settings.store.path.parent / "patient_days").iterdir())

    write()
    with open_store(settings) as store:
        store.publish()
    write()
    with open_store(settings) as store:
        assert parts() == ["20260601-1.parquet", "20260601-2.parquet"]
        with open_published(settings) as copy:
            assert copy.connection.execute("select count(*) from patient_days").fetchall() == [(0,)]
        store.publish()
    open_store(settings).__exit__(None, None, None)
    assert parts() == ["20260601-2.parquet"]
