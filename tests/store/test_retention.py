"""Purging: raw events go once kept long enough; counts still add up, evidence stays, old rows do not come back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.errors import ConfigError
from detector.loading.events import load_events
from detector.store import open_store, verify_store
from detector.store.retention import Purged, purge
from tests.site_folder import HEADER, Deployment

FIRST = dt.date(2026, 1, 1)


def rows(*days: int) -> list[str]:
    return [f"e{day}-{n},{FIRST + dt.timedelta(days=day)} 08:0{n}:00,u1,p{n},view" for day in days for n in range(3)]


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    site = Deployment(tmp_path)
    site.write("old.csv", *rows(0, 5, 9), "not a row")
    site.write("across.csv", *rows(*range(2, 60, 3)), header=HEADER)
    site.write("new.csv", *rows(90, 250), "not a row")
    return site


def purged(site: Deployment, through: int, keep: int) -> Purged | None:
    settings = site.settings()
    with open_store(settings, threads=1) as store:
        load_events(store, settings)
        store.connection.execute("delete from dates")
        store.connection.execute(
            "insert into dates select ?, 0, 0, 0, 0, 0, 0, 0, 0, null, false, 0, 0",
            [FIRST + dt.timedelta(days=through)],
        )
        with store.transaction():
            found = purge(store, keep)
        store.publish()
    return found


def days(site: Deployment) -> list[int]:
    return [(row[0] - FIRST).days for row in site.query("select distinct business_date from events order by all")]


def test_old_parts_go_whole_and_wide_ones_lose_their_older_rows(site: Deployment) -> None:
    found = purged(site, 250, 210)
    assert found == Purged(FIRST + dt.timedelta(days=40), 2, 6 + 13 * 3, 1)
    assert days(site) == [*range(41, 60, 3), 90, 250]
    assert all(check.passed for check in verify_store(site.settings()))
    assert purged(site, 250, 210) is None
    assert {row[0] for row in site.query("select path from quarantine")} == {str(site.folder / "logs" / "new.csv")}


def test_a_part_that_reaches_back_a_little_stays_whole(site: Deployment) -> None:
    found = purged(site, 250, 245)
    assert found is None
    assert purged(site, 250, 240) == Purged(FIRST + dt.timedelta(days=10), 1, 6, 1)
    assert days(site)[0] == 2


def test_the_files_disappear_and_their_numbers_are_not_used_again(site: Deployment) -> None:
    purged(site, 250, 1)
    before = {row[0]: row[1] for row in site.query("select part_id, path from event_parts")}
    assert {file.name for file in (site.folder / "state" / "events").iterdir()} == {
        Path(path).name for path in before.values()
    }
    site.write("again.csv", *rows(0, 5, 9))
    site.load()
    new = {row[0] for row in site.query("select part_id from event_parts")} - set(before)
    assert min(new) > 3


def test_a_file_that_is_read_anew_for_its_mapping_still_adds_up(site: Deployment) -> None:
    purged(site, 250, 210)
    site.source += '[source.values.action]\n"kaka" = "view"\n'
    site.load()
    purged(site, 250, 210)
    assert all(check.passed for check in verify_store(site.settings()))
    assert days(site) == [*range(41, 60, 3), 90, 250]


@pytest.mark.parametrize("given", [179, 0, -1, 180.5])
def test_no_shorter_than_the_law_allows(tmp_path: Path, given: Any) -> None:
    text = f'[site]\ntimezone = "Asia/Shanghai"\n[store]\nkeep_events_days = {given}\n'
    (tmp_path / "detector.toml").write_text(f'{text}[[source]]\nname = "his"\npath = "x"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="a whole number from 180"):
        load_settings(tmp_path)
