"""What logs and parts allow is rebuilt as it was; what cannot be is said, and nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from detector.deployment.settings import load_settings
from detector.night import repair
from detector.night.repair import repair_store
from detector.store import verify_store
from detector.texts import load_texts
from detector.trail import Trail
from tests.review.conftest import NOW, call, found, judged, put, site

__all__ = ["call", "found", "judged", "site"]

Call = Callable[..., tuple[int, str, str]]


def wrong(folder: Path) -> list[str]:
    return [one.name for one in verify_store(load_settings(folder)) if not one.passed]


def listed(folder: Path, table: str) -> list[Path]:
    with duckdb.connect(str(folder / "state" / "detector.duckdb"), read_only=True) as connection:
        return [
            folder / "state" / row[0] for row in connection.execute(f"select path from {table} order by 1").fetchall()
        ]


def mended(folder: Path) -> dict[str, bool]:
    return {one.what: one.whole for one in repair_store(load_settings(folder), load_texts("en"), NOW)}


def test_nothing_to_repair_changes_nothing(site: Path) -> None:
    before = Trail.of(load_settings(site)).read()
    assert mended(site) == {}
    assert Trail.of(load_settings(site)).read() == before


@pytest.mark.parametrize("content", [b"", pytest.param(b"damage", marks=pytest.mark.heavy)])
@pytest.mark.parametrize("table", ["event_parts", "patient_day_parts"])
def test_parts_are_rebuilt_as_they_were(site: Path, table: str, content: bytes, call: Call) -> None:
    before = {path.name: path.read_bytes() for path in listed(site, table)}
    for path in listed(site, table):
        path.write_bytes(content)
    assert wrong(site)
    code, out, err = call("repair", "--format", "ndjson")
    assert code == 0, err
    assert all(row["whole"] for row in map(json.loads, out.splitlines()))
    after = [path.read_bytes() for path in listed(site, table)]
    assert sorted(after) == sorted(before.values())
    assert wrong(site) == []
    assert Trail.of(load_settings(site)).entries()[-1].kind == "repair"
    assert mended(site) == {}


def test_a_changed_account_in_a_part_is_put_right(site: Path) -> None:
    part = listed(site, "event_parts")[0]
    before = part.read_bytes()
    with duckdb.connect() as connection:
        connection.execute(f"create table rows as from read_parquet('{part}')")
        connection.execute("update rows set user_id = 'n2' where user_id = 'n1'")
        connection.execute(f"copy rows to '{part}' (format parquet)")
    assert mended(site) == {f"events/{part.name}": True}
    assert part.read_bytes() == before


def test_events_and_patient_days_lost_together_come_back_where_the_log_is(site: Path) -> None:
    for table in ("event_parts", "patient_day_parts"):
        for path in listed(site, table):
            path.unlink()
    (site / "his-02.csv").unlink()
    assert not all(mended(site).values())
    assert wrong(site)


@pytest.mark.parametrize("log", [True, False])
def test_a_part_without_its_log_cannot_be_rebuilt(site: Path, call: Call, log: bool) -> None:
    listed(site, "event_parts")[0].unlink()
    if log:
        text = (site / "his-01.csv").read_text(encoding="utf-8")
        (site / "his-01.csv").write_text(text.replace("n1", "n2"), encoding="utf-8")
    else:
        (site / "his-01.csv").unlink()
    code, out, err = call("repair")
    assert code == 1
    assert "cannot be rebuilt" in " ".join(out.split())
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [b"", None])
def test_a_lost_store_comes_back_from_its_copy(site: Path, content: bytes | None) -> None:
    path = site / "state" / "detector.duckdb"
    path.unlink() if content is None else path.write_bytes(content)
    assert mended(site) == {"detector.duckdb": True}
    assert wrong(site) == []
    put(site, 4, decoys={})
    assert mended(site) == {}


def test_a_lost_copy_comes_back_from_the_store(site: Path) -> None:
    (site / "state" / "published.duckdb").write_bytes(b"")
    assert mended(site) == {"published.duckdb": True}
    assert wrong(site) == []


def test_a_copy_that_was_changed_is_not_put_in_the_stores_place(site: Path, call: Call) -> None:
    with duckdb.connect(str(site / "state" / "published.duckdb")) as copy:
        copy.execute("delete from findings")
    (site / "state" / "detector.duckdb").unlink()
    code, _, err = call("repair")
    assert code == 4
    assert "restore the folder from a backup" in err


def test_the_tables_of_nights_are_rebuilt_and_findings_are_not(site: Path) -> None:
    with duckdb.connect(str(site / "state" / "detector.duckdb")) as store:
        store.execute("delete from account_days")
        (finding,) = store.execute("select min(finding_id) from findings").fetchall()[0]
        store.execute("delete from findings where finding_id = ?", [finding])
    found = mended(site)
    assert found.pop(finding) is False
    assert found
    assert all(found.values())
    assert "night tables are as noted" not in wrong(site)
    assert "findings are as noted" in wrong(site)


def test_a_repair_that_is_killed_goes_on(site: Path) -> None:
    for path in listed(site, "event_parts"):
        path.unlink()

    class KilledError(Exception):
        pass

    def die(*_: object) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair, "record_repair", die)
        with pytest.raises(KilledError):
            mended(site)
    mended(site)
    assert wrong(site) == []
