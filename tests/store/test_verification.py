"""Every way to change what the detector keeps is found, before and after the next night; what is allowed is not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from detector.deployment.settings import load_settings
from detector.errors import DetectorError
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import verify_store
from detector.trail import Trail
from tests.review.conftest import NOW, call, found, judged, night, put, site

__all__ = ["call", "found", "judged", "site"]

Call = Callable[..., tuple[int, str, str]]


def wrong(folder: Path) -> dict[str, str]:
    """The checks that fail, with what they say."""
    return {one.name: one.detail for one in verify_store(load_settings(folder)) if not one.passed}


def store_of(folder: Path) -> Path:
    return folder / "state" / "detector.duckdb"


def sql(*statements: str, copy: bool = False) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for path in (store_of(folder), folder / "state" / "published.duckdb")[: 2 if copy else 1]:
            with duckdb.connect(str(path)) as connection:
                for statement in statements:
                    connection.execute(statement)

    return change


def truncate(folder: Path) -> None:
    path = store_of(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero(folder: Path) -> None:
    store_of(folder).write_bytes(bytes(store_of(folder).stat().st_size))


def empty(folder: Path) -> None:
    store_of(folder).write_bytes(b"")


def delete(folder: Path) -> None:
    store_of(folder).unlink()


def empty_tables(folder: Path) -> None:
    with duckdb.connect(str(store_of(folder))) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            if table != "schema_steps":
                connection.execute(f"delete from {table}")


def another_store(folder: Path) -> None:
    """A store that is whole, of other logs."""
    other = folder / "other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("state", "other"))
    put(other, 1, 2, 3, decoys={1: [("n3", "D3")]})
    run_nights(load_settings(other), dt.date(2026, 6, 1), Silent(), now=NOW)
    shutil.copy(store_of(other), store_of(folder))


def edit_part(kind: str, change: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        with duckdb.connect(str(store_of(folder)), read_only=True) as connection:
            table = "event_parts" if kind == "events" else "patient_day_parts"
            part = folder / "state" / connection.execute(f"select max(path) from {table}").fetchall()[0][0]
        with duckdb.connect() as connection:
            connection.execute(f"create table rows as from read_parquet('{part}')")
            connection.execute(f"update rows set {change}")
            connection.execute(f"copy rows to '{part}' (format parquet)")

    return edit


GIVEN_AWAY = "update findings set user_id = 'n2' where user_id = 'n1'"
LOWERED = "update findings set risk = 1, severity = 'low', alert = false where user_id = 'n1'"
DELETED = "delete from findings where user_id = 'n1'"
RENEWED = "update finding_digests set row_sha256 = 'x' where finding_id = (select min(finding_id) from finding_digests)"
LOST = (truncate, zero, empty, delete)
CHANGES: dict[str, Callable[[Path], None]] = {
    "another store": another_store,
    "deleted finding": sql(DELETED),
    "deleted finding, copy too": sql(DELETED, copy=True),
    "lowered finding": sql(LOWERED, copy=True),
    "finding of a colleague": sql(GIVEN_AWAY, copy=True),
    "finding and its digest": sql(DELETED, "delete from finding_digests", copy=True),
    "a digest alone": sql(RENEWED),
    "evidence of a finding": sql("delete from finding_events where rank = 1", copy=True),
    "days of a finding": sql("update finding_days set patients = 0", copy=True),
    "evidence of a night": sql("update evidence_days set unusual = 7, no_care_any_2 = -9"),
    "a night": sql("delete from dates where business_date = '2026-06-01'"),
    "what fired": sql("delete from policy_days"),
    "a policy's text": sql("update policy_texts set content = content || ' '", copy=True),
    "no policy's text": sql("delete from policy_texts", copy=True),
    "a policy's name": sql("update policy_texts set policy_id = 'self-lookup'", copy=True),
    "account in an events part": edit_part("events", "user_id = 'n2' where user_id = 'n1'"),
    "part and its digest": lambda folder: (
        edit_part("events", "user_id = 'n2' where user_id = 'n1'")(folder),
        sql("update part_digests set sha256 = 'x'", copy=True)(folder),
    )[0],
    "an events part": lambda folder: min((folder / "state" / "events").glob("*.parquet")).unlink(),
    "a listed part": sql("delete from event_parts where part_id = 1"),
}  # fmt: skip

QUICK = {"finding of a colleague", "evidence of a night", "a policy's text", "account in an events part"}
"""One of each kind of what is sealed."""
HEALED: dict[str, Callable[[Path], None]] = {
    "emptied tables": empty_tables,
    "account in patient-days": edit_part("patient_days", "user_id = 'n2' where user_id = 'n1'"),
}


@pytest.mark.parametrize("change", LOST, ids=lambda one: one.__name__)
def test_a_store_that_is_lost_is_found(site: Path, call: Call, change: Callable[[Path], None]) -> None:
    change(site)
    assert "the store opens" in wrong(site)
    code, out, err = call("verify")
    assert (code, "detector repair" in out) == (1, True), err
    put(site, 4, decoys={})
    with pytest.raises(DetectorError):
        night(site)
    assert "the store opens" in wrong(site)


@pytest.mark.parametrize(
    "change",
    [pytest.param(CHANGES[name], id=name, marks=() if name in QUICK else pytest.mark.heavy) for name in CHANGES],
)
def test_a_change_is_found_before_and_after_the_next_night(site: Path, change: Callable[[Path], None]) -> None:
    assert wrong(site) == {}
    change(site)
    before = wrong(site)
    assert before
    put(site, 4, decoys={})
    message = ""
    try:
        summary = night(site)
    except DetectorError as error:
        message = str(error)
    else:
        assert summary.attention or set(before) <= {"event parts are complete"}
    assert not message or "events/00000001.parquet is missing or damaged" in message
    assert wrong(site)


@pytest.mark.parametrize("change", HEALED.values(), ids=HEALED)
def test_what_the_next_night_makes_anew_is_found_before(site: Path, change: Callable[[Path], None]) -> None:
    change(site)
    assert wrong(site)
    put(site, 4, decoys={})
    night(site)
    assert wrong(site) == {}


def test_the_published_copy_alone_is_compared_too(site: Path) -> None:
    with duckdb.connect(str(site / "state" / "published.duckdb")) as copy:
        copy.execute(LOWERED)
    assert list(wrong(site)) == ["findings in the published copy are as noted"]
    (site / "state" / "published.duckdb").write_bytes(b"")
    assert list(wrong(site)) == ["the published copy opens"]


@pytest.mark.heavy
def test_whoever_renews_every_digest_is_found_by_the_trail(site: Path) -> None:
    from detector.store.digests import note_findings, seal_parts

    for name in ("detector.duckdb", "published.duckdb"):
        with duckdb.connect(str(site / "state" / name)) as connection:
            connection.execute(GIVEN_AWAY)
            note_findings(connection)
            seal_parts(connection)
    assert set(wrong(site)) == {"the store is as the last night left it", "the published copy is as a night left it"}
    put(site, 4, decoys={})
    assert any("not as any night left it" in line for line in night(site).attention)
    assert set(wrong(site)) == {"every night began with what one had left"}
    put(site, 5, decoys={})
    night(site)
    assert set(wrong(site)) == {"every night began with what one had left"}


@pytest.mark.heavy
def test_an_earlier_state_is_found_and_settled_by_the_next_run(site: Path) -> None:
    state = site / "state"
    backup = shutil.copytree(state, site / "backup")
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    assert wrong(site) == {}
    for name in ("detector.duckdb", "published.duckdb", "events", "patient_days"):
        kept = backup / name
        (shutil.copytree if kept.is_dir() else shutil.copy)(
            kept, state / name, **({"dirs_exist_ok": True} if kept.is_dir() else {})
        )  # type: ignore[operator]
    assert "the store is as the last night left it" in wrong(site)
    night(site)
    assert wrong(site) == {}


@pytest.mark.heavy
def test_restoring_a_backup_settles_what_a_night_noted(site: Path) -> None:
    state = site / "state"
    backup = shutil.copytree(state, site / "backup")
    sql(DELETED, copy=True)(site)
    put(site, 4, decoys={})
    assert any("findings" in line for line in night(site).attention)
    assert "every night began with what one had left" in wrong(site)
    trail = {name: (state / name).read_bytes() for name in ("trail.jsonl", "trail.head")}
    shutil.rmtree(state)
    shutil.copytree(backup, state)
    for name, content in trail.items():
        (state / name).write_bytes(content)
    night(site)
    assert wrong(site) == {}


@pytest.mark.heavy
def test_decisions_purges_and_late_rows_are_no_changes(site: Path, call: Call, tmp_path: Path) -> None:
    finding = json.loads(call("findings", "--format", "ndjson")[1].splitlines()[0])["finding_id"]
    assert call("triage", finding, "--disposition", "confirmed", "--note", "told")[0] == 0
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    assert not any("left" in line for line in night(site).attention)
    assert wrong(site) == {}
    (site / "his-02-late.csv").write_text(
        "event_time,user_id,patient_id,action,category\n2026-06-02 21:30:00,n2,D4,view,note\n", encoding="utf-8"
    )
    put(site, 6, decoys={})
    night(site)
    assert wrong(site) == {}
    short = load_settings(site)
    short = dataclasses.replace(short, store=dataclasses.replace(short.store, keep_events_days=1))
    put(site, 7, decoys={})
    assert not any("part" in line for line in run_nights(short, None, Silent(), now=NOW).attention)
    assert wrong(site) == {}


@pytest.mark.heavy
def test_a_run_that_was_killed_after_a_date_is_no_change(site: Path) -> None:
    from detector.night import job

    put(site, 4, 5, decoys={4: [("n1", "D4")]})

    class KilledError(Exception):
        pass

    def die(*_: object) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "record_purge", die)
        with pytest.raises(KilledError):
            night(site)
    assert set(wrong(site)) <= {"the published copy is as a night left it"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job.Store, "publish", die)
        with pytest.raises(KilledError):
            night(site)
    assert set(wrong(site)) <= {"the published copy is as a night left it"}
    assert night(site).attention == []
    assert wrong(site) == {}


def test_a_busy_store_leaves_copy_parts_and_trail_to_check(site: Path, call: Call) -> None:
    from detector.files.lock import FileLock

    lock = FileLock(site / "state" / "detector.lock")
    lock.acquire()
    try:
        checks = {one.name: one for one in verify_store(load_settings(site))}
        assert all(one.passed for one in checks.values())
        assert "not checked" in checks["the store opens"].detail
        assert call("verify")[0] == 0
        sql(DELETED, copy=True)(site)
        assert "findings are as noted" in wrong(site)
    finally:
        lock.release()


def test_nothing_to_read_is_another_error(site: Path, call: Call) -> None:
    shutil.rmtree(site / "state")
    assert call("verify")[0] == 4


def test_every_night_notes_what_it_left(site: Path) -> None:
    entries = Trail.of(load_settings(site)).entries()
    assert [one.kind for one in entries] == ["seal", "seal", "night"]
    assert [one.details["store"]["origin"] for one in entries] == [0, 1, 2]
    with duckdb.connect(str(store_of(site)), read_only=True) as connection:
        assert connection.execute("select count(*), bool_and(sealed) from part_digests").fetchall() == [(5, True)]


def test_an_emptied_store_whose_logs_are_gone_stays_found(site: Path) -> None:
    empty_tables(site)
    for log in site.glob("his-0*.csv"):
        log.unlink()
    put(site, 4, 5, decoys={})
    night(site)
    assert "deleted" in wrong(site)["findings are as noted"]


def damage(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-100])


def test_commands_that_do_not_need_a_damaged_part_work_and_others_name_it(site: Path, call: Call) -> None:
    damage(site / "state" / "events" / "00000001.parquet")
    for command in ("status", "verify", "findings", "sources", "quarantine", "export --format ndjson --to -"):
        code, _, err = call(*command.split())
        assert code in {0, 1}, (command, err)
        assert "IO Error" not in err
    code, _, err = call("events")
    assert code == 4
    assert "events/00000001.parquet is missing or damaged" in err
    assert "detector repair" in err


@pytest.mark.heavy
def test_the_next_run_goes_on_where_it_does_not_need_the_part(site: Path) -> None:
    put(site, *range(4, 21), decoys={})
    night(site)
    damage(site / "state" / "events" / "00000001.parquet")
    put(site, 21, decoys={})
    (line,) = night(site).attention
    assert "events/00000001.parquet" in line
    assert "detector repair" in line


def test_status_works_without_a_published_copy_that_can_be_read(site: Path, call: Call) -> None:
    (site / "state" / "published.duckdb").write_bytes(b"no database")
    code, out, err = call("status")
    assert code == 1, err
    assert "detector repair" in out
