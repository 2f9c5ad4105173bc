"""Whose a store is: another deployment's configuration ends the run before anything is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

import pytest

from detector.deployment.settings import Settings
from detector.errors import ForeignStore
from detector.loading.events import files_by_source, load_events
from detector.loading.ownership import check_store_folder, rename_source_hours, store_owner
from detector.loading.survey import survey
from detector.store import open_store
from tests.site_folder import HEADER, Deployment, row

HIS = '[[source]]\nname = "his"\npath = "logs/his*"\n'
EMR = '[[source]]\nname = "emr"\npath = "logs/emr*"\n'


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    """A deployment of two sources that has run once."""
    site = Deployment(tmp_path, {"timezone": "Asia/Shanghai", "name": "First"}, HIS.partition("\n")[2] + EMR)
    site.write("his.csv", row(1), row(2))
    site.write("emr.csv", row(3))
    site.load()
    return site


def state(site: Deployment) -> dict[str, str]:
    folder = site.folder / "state"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def sources(site: Deployment, *tables: str) -> None:
    site.source = "".join(tables).partition("\n")[2]


def refused(site: Deployment, *words: str) -> None:
    """Assert that a run and `check` refuse with these words, and write nothing."""
    before = state(site)
    settings = site.settings()
    with pytest.raises(ForeignStore) as error:
        check_store_folder(settings, files_by_source(settings))
    assert state(site) == before
    said = str(error.value)
    for word in words:
        assert word in said
    assert f"{site.folder / 'detector.toml'}:" in said
    assert survey(settings).store_problem == said.removeprefix(f"{site.folder}/")
    assert state(site) == before
    with open_store(settings) as store, pytest.raises(ForeignStore):
        load_events(store, settings)


def accepted(site: Deployment) -> Settings:
    settings = site.settings()
    check_store_folder(settings, files_by_source(settings))
    assert survey(settings).store_problem is None
    site.load()
    return settings


@pytest.mark.heavy
def test_another_site_is_refused_until_it_says_that_it_is_the_same(site: Deployment) -> None:
    site.site["name"] = "Second"
    refused(site, "belongs to 'First', not to 'Second'", 'former_names = ["First"]', "site.name")
    toml = site.folder / "detector.toml"
    text = toml.read_text().replace("[site]\n", '[site]\nformer_names = ["Zeroth", "First"]\n')
    with_former = site.settings
    site.settings = lambda: (with_former(), toml.write_text(text), load(toml))[2]  # type: ignore[method-assign]
    accepted(site)
    with open_store(site.settings()) as store:
        assert store_owner(store.connection).site_name == "Second"
    del site.settings  # type: ignore[method-assign]
    accepted(site)


def load(toml: Path) -> Settings:
    from detector.deployment.settings import load_settings

    return load_settings(toml)


def test_a_site_without_a_name_binds_nothing_and_a_first_name_is_taken(tmp_path: Path) -> None:
    site = Deployment(tmp_path / "one")
    site.write("a.csv", row(1))
    site.load()
    moved = Deployment((tmp_path / "one").rename(tmp_path / "two"))
    accepted(moved)
    moved.site["name"] = "First"
    accepted(moved)
    del moved.site["name"]
    accepted(moved)
    moved.site["name"] = "Second"
    refused(moved, "'First'")


@pytest.mark.parametrize(("zone", "same"), [
    ("PRC", True), ("Asia/Chongqing", True), ("Asia/Tokyo", False), ("Asia/Singapore", False), ("UTC", False),
])  # fmt: skip
def test_another_zone(site: Deployment, zone: str, same: bool) -> None:
    site.site["timezone"] = zone
    if same:
        accepted(site)
    else:
        refused(site, "Asia/Shanghai", zone, "site.timezone", "[store] path")


def test_no_source_of_the_store(site: Deployment) -> None:
    sources(site, HIS.replace('"his"', '"his-new"'), EMR.replace('"emr"', '"emr-new"'))
    refused(site, "'his', 'emr'", 'former_names = ["his"]', "source[1].name")


def test_a_missing_source_is_told_and_an_added_one_is_fine(site: Deployment) -> None:
    sources(site, HIS)
    assert site.load().sources_not_configured == ["emr"]
    sources(site, HIS, EMR, EMR.replace("emr", "lis"))
    site.write("lis.csv", row(3))  # a copy of a file of another source
    assert site.load().sources_not_configured == []
    assert accepted(site)


@pytest.mark.parametrize("tables", [
    (HIS.replace('"his"', '"his-new"'), EMR),
    (HIS.replace('"his"', '"emr"'), EMR.replace('"emr"', '"his"')),
    (HIS, EMR, HIS.replace('"his"', '"lis"')),
])  # fmt: skip
def test_a_file_that_another_name_loaded(site: Deployment, tables: tuple[str, ...]) -> None:
    sources(site, *tables)
    refused(site, "his.csv was loaded as source 'his'", 'former_names = ["his"]', ".path")


def test_a_file_that_another_name_loaded_and_that_was_moved_and_has_grown(site: Deployment) -> None:
    (site.folder / "logs" / "his.csv").unlink()
    site.write("his-1.csv", row(1), row(2), row(8))
    sources(site, HIS.replace('"his"', '"his-new"'), EMR)
    refused(site, "his-1.csv was loaded as source 'his'")


@pytest.mark.parametrize("content", ["", f"{HEADER}\n", f"{HEADER}\n{row(9)}\n"])
def test_empty_files_headers_and_other_content_are_nobodys(site: Deployment, content: str) -> None:
    """Also in the very place of the other source's file: it was rotated away."""
    for name in ("his.csv", "lis.csv", "emr.csv"):
        (site.folder / "logs" / name).write_text(content)
    sources(site, HIS.replace('"his"', '"lis"').replace("his*", "*is*"), EMR)
    accepted(site)


def test_two_sources_that_share_files_from_the_beginning_go_on(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    sources(site, HIS.replace("his*", "*"), EMR)
    site.write("emr-1.csv", row(1))
    site.load()
    site.write("emr-2.csv", row(2))
    accepted(site)
    accepted(site)


def test_a_restored_backup_is_the_deployments(site: Deployment) -> None:
    backup = site.folder / "backup"
    shutil.copytree(site.folder / "state", backup)
    site.write("his-2.csv", row(5))
    site.load()
    shutil.rmtree(site.folder / "state")
    backup.rename(site.folder / "state")
    accepted(site)
    assert site.ids() == ["emr:e3", "e1", "e2", "e5"]


@pytest.mark.heavy
def test_a_store_that_is_not_there_or_not_ours_says_nothing_here(site: Deployment) -> None:
    store = site.folder / "state" / "detector.duckdb"
    whole = store.read_bytes()
    settings = site.settings()
    for length in (len(whole) // 2, 13_000, 10, 0):
        store.write_bytes(whole[:length])
        assert "belongs to" not in (survey(settings).store_problem or "")
    store.write_bytes(b"no database")
    check_store_folder(settings, files_by_source(settings))
    (site.folder / "state" / "detector.duckdb").unlink()
    check_store_folder(settings, files_by_source(settings))


def test_a_renamed_source_goes_on(site: Deployment) -> None:
    """Files are known, ids are compared, hours count, under both names; events keep theirs."""
    with open_store(site.settings()) as store:
        store.connection.execute(
            "insert into source_hours values ('his', '2026-06-01', 8, 5), ('his', '2026-06-02', 8, 7),"
            " ('hospital', '2026-06-02', 8, 2)"
        )
    renamed = HIS.replace('"his"', '"hospital"') + 'former_names = ["his"]\n'
    sources(site, renamed, EMR)
    accepted(site)
    assert site.load().files == []
    site.write("his.csv", row(1), row(2), row(4), row(1), "e2,2026-06-01 09:00:00,u9,p9,view")
    site.write("his-again.csv", row(2), row(1, user="u7"))
    summary = site.load()
    assert [(file.source, file.accepted, file.duplicates) for file in summary.files] == [
        ("hospital", 1, 1), ("hospital", 2, 1),
    ]  # fmt: skip
    found = site.query("select event_id, source, user_id from events where source <> 'emr' order by event_id")
    assert found == [
        ("his:e1", "his", "u1"), ("his:e2", "his", "u1"), ("hospital:e1~2", "hospital", "u7"),
        ("hospital:e2~2", "hospital", "u9"), ("hospital:e4", "hospital", "u1"),
    ]  # fmt: skip
    with open_store(site.settings()) as store:
        days = [dt.date(2026, 6, 1), dt.date(2026, 6, 2)]
        assert rename_source_hours(store.connection) == days
        assert rename_source_hours(store.connection) == []
        hours = store.connection.execute("select * from source_hours order by all").fetchall()
    assert hours == [("hospital", days[0], 8, 5), ("hospital", days[1], 8, 9)]


def test_a_renamed_source_without_ids_goes_on(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    sources(site, HIS)
    line = "2026-06-01 08:00:00,u1,p1,view"
    header = "event_time,user_id,patient_id,action"
    site.write("his.csv", line, line, header=header)
    site.write("his-1.csv", line, header=header)
    site.load()
    sources(site, HIS.replace('"his"', '"hospital"') + 'former_names = ["his"]\n')
    site.write("his-1.csv", line, line, line, header=header)
    site.write("his-2.csv", line, line, header=header)
    assert [(file.accepted, file.duplicates) for file in site.load().files] == [(1, 1), (0, 2)]
    assert len(site.query("select event_id from events")) == 3


def test_former_names_are_of_one_source(site: Deployment) -> None:
    sources(site, HIS + 'former_names = ["emr"]\n', EMR)
    with pytest.raises(Exception, match=r"source\[1\]\.former_names: 'emr' is the name of source 'emr'"):
        site.settings()
