"""Stores that earlier versions left: read as they are, brought up to date, and continued as if from the beginning."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detector.cli import main
from detector.deployment.settings import Settings, load_settings
from detector.errors import StoreNewer
from detector.findings.reading import read_findings
from detector.model.tables import PATIENT_DAYS, STORED
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import open_published, open_store, verify_store
from tests.model.test_tables import described
from tests.store.archive import LAST, MIDDLE, STRANGER, unpack
from tests.store.release import archives, changes, present, released

KEPT = (
    "dates", "label_days", "account_days", "suspicions", "suspicion_events", "evidence_days", "policy_days", "findings",
    "finding_events", "finding_days", "account_spans", "source_hours", "source_days", "record_writes",
    "patient_days",
)  # fmt: skip
"""Tables that depend on the logs alone."""
OF_THE_RUN = {
    "findings": ("method", "alerted_by", "reasons", "explained", "decoys"), "dates": ("part_watermark",),
    "finding_events": ("path",),
    "finding_days": ("suspicious_accesses", "suspicious_patients"),
    "policy_days": ("version", "sha256", "events", "returned", "first_at", "last_at", "patient_ids", "sentence",
                    "reason_values", "reason_zh", "reason_en"),
}  # fmt: skip
"""Columns of them that depend on the run, where the logs lay, and what a version says of nights that it judged."""


@pytest.fixture(params=archives(), ids=lambda path: path.name.partition(".")[0])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpack(request.param, tmp_path)


def settings_of(folder: Path) -> Settings:
    return load_settings(folder / "detector.toml")


def test_released_schema_steps_do_not_change() -> None:
    broken = changes(released(), present())
    assert not broken, "\n".join(broken)


def test_a_step_that_is_edited_gone_or_in_between_is_named_with_what_to_do() -> None:
    locked = {"001_a.sql": "1", "003_b.sql": "2"}
    assert changes(locked, locked | {"004_c.sql": "3"}) == []
    (edited,) = changes(locked, {"001_a.sql": "1", "003_b.sql": "9"})
    assert "003_b.sql was released and is changed" in edited
    assert "a step of its own" in edited
    (gone,) = changes(locked, {"001_a.sql": "1"})
    assert "003_b.sql was released and is gone" in gone
    (between,) = changes(locked, locked | {"002_c.sql": "3"})
    assert "002_c.sql comes before 003_b.sql" in between


def test_there_is_a_store_of_every_set_of_steps_that_was_released(tmp_path: Path) -> None:
    had = set()
    for archive in archives():
        path = unpack(archive, tmp_path / archive.name) / "state" / "detector.duckdb"
        with duckdb.connect(str(path), read_only=True) as connection:
            had |= {name for (name,) in connection.execute("select name from schema_steps").fetchall()}
    assert had == set(released()), "`python -m tests.store.release` keeps the steps and a store together"


def test_a_published_copy_is_read_with_the_tables_of_this_version(site: Path) -> None:
    path = site / "state" / "published.duckdb"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with duckdb.connect(str(path), read_only=True) as connection:
        kept = connection.execute("select finding_id, risk, status from findings order by all").fetchall()
    with open_published(settings_of(site)) as store:
        for table in STORED:
            if table.name != "findings":
                own = described(store.connection, table.name)[: len(table.columns)]
                assert own == list(table.types.items()), table.name
        assert described(store.connection, "patient_days") == list(PATIENT_DAYS.types.items())
        read = [(one["finding_id"], one["risk"], one["status"]) for one in read_findings(store.connection, "en")]
        assert sorted((finding, risk) for finding, risk, _ in read) == [(finding, risk) for finding, risk, _ in kept]
        assert "escalated" in {status for _, _, status in read}
    assert all(check.passed for check in verify_store(settings_of(site)))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_commands_work_before_the_next_night(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_published(settings_of(site)) as store:
        finding = next(one["finding_id"] for one in read_findings(store.connection, "en") if one["user_id"] == STRANGER)
    for command in (
        f"show {finding} --method", f"user {STRANGER}", "patient p-OB-01", f"events --user {STRANGER} --limit 3",
        "report --period week --format md", "status", "export --format ndjson --to -",
    ):  # fmt: skip
        with pytest.raises(SystemExit) as stop:
            main(["--config", str(site / "detector.toml"), *command.split()])
        assert stop.value.code in {0, None} or command == "status", command
        assert capsys.readouterr().out, command
    for part in (site / "state" / "events").glob("*.parquet"):
        part.write_bytes(b"")
    for command in ("findings", "status"):  # how much was judged is read from the events until a night has noted it
        with pytest.raises(SystemExit) as stop:
            main(["--config", str(site / "detector.toml"), command])
        assert stop.value.code in {0, 1, None}, command
        assert capsys.readouterr().out, command


def test_a_copy_of_a_newer_version_is_none(site: Path) -> None:
    with duckdb.connect(str(site / "state" / "published.duckdb")) as connection:
        connection.execute("insert into schema_steps values ('999_future.sql')")
    with pytest.raises(StoreNewer, match="newer version"):
        open_published(settings_of(site))


def rows_kept(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the store holds of the logs, but for what a finding says of the run that wrote it last."""
    with open_store(settings_of(folder)) as store:
        return {
            table: store.connection.sql(f"from {table} order by all").pl().drop(OF_THE_RUN.get(table, ())).to_dicts()
            for table in KEPT
        }


def worked_anew(site: Path, folder: Path) -> Path:
    """Return the same deployment, worked through by this version from the first night on; officers did the same."""
    for name in ("detector.toml", "staff.csv", "encounters.csv"):
        shutil.copy(site / name, folder)
    for logs in ("logs", "later"):
        shutil.copytree(site / logs, folder / logs)
    (folder / "state").mkdir()
    for name in ("trail.jsonl", "trail.head"):
        shutil.copy(site / "state" / name, folder / "state")
    run_nights(settings_of(folder), MIDDLE, Silent())
    return folder


def rest_of_the_nights(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Let the logs of the last nights come, one night at a time; return what the store holds then."""
    for date in (MIDDLE + dt.timedelta(days=1), LAST):
        shutil.copy(folder / "later" / f"{date}.csv", folder / "logs")
        run_nights(settings_of(folder), date, Silent())
    return rows_kept(folder)


def alike(dates: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    """Whether dates are as expected: those of a version that told no grounds from habit but for these figures."""
    told_apart = ("explained", "judged", "usual")
    older = {date["business_date"] for date in dates if date["judged"] is None}

    def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {key: value for key, value in row.items() if key not in told_apart or row["business_date"] not in older}
            for row in rows
        ]

    return told(dates) == told(expected) and len(older) < len(dates)


@pytest.mark.heavy
def test_a_store_is_continued_as_if_from_the_beginning(tmp_path: Path) -> None:
    """All archives are of one deployment: it is worked through from the beginning once."""
    sites = {archive.name: unpack(archive, tmp_path / archive.name) for archive in archives()}
    (tmp_path / "anew").mkdir()
    expected = rest_of_the_nights(worked_anew(next(iter(sites.values())), tmp_path / "anew"))
    assert len(expected["findings"]) >= 2
    assert expected["suspicions"]
    for name, site in sites.items():
        continued = rest_of_the_nights(site)
        noted_anew = alike(continued.pop("dates"), expected["dates"])
        assert noted_anew, f"{name}: dates"
        for table in continued:
            assert continued[table] == expected[table], f"{name}: {table}"
        assert all(check.passed for check in verify_store(settings_of(site))), name
