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
from detector.database.queries import sql_names, sql_text
from detector.deployment.settings import Settings, load_settings
from detector.errors import StoreNewer
from detector.findings.reading import read_findings
from detector.model.tables import PATIENT_DAYS, STORED
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import open_published, open_store, verify_store
from detector.store.schema import missing_steps
from tests.model.test_tables import described
from tests.store.archive import FIRST, LAST, MIDDLE, STRANGER, unpack

DATA = Path(__file__).parents[1] / "data" / "stores"
ARCHIVES = sorted(DATA.glob("*.tar.xz"))
STEPS = DATA / "schema_steps.sha256"
KEPT = (
    "dates", "label_days", "account_days", "suspicions", "suspicion_events", "evidence_days", "policy_days", "findings",
    "finding_events", "finding_days", "account_spans", "source_hours", "record_writes", "patient_days",
)  # fmt: skip
"""Tables that depend on the logs alone."""
OF_THE_RUN = {
    "findings": ("method",), "dates": ("part_watermark",), "finding_events": ("path",), "policy_days": ("version",),
}  # fmt: skip
"""Columns of them that depend on the run, and on where the logs lay."""


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.partition(".")[0])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return unpack(request.param, tmp_path)


def settings_of(folder: Path) -> Settings:
    return load_settings(folder / "detector.toml")


def test_released_schema_steps_do_not_change() -> None:
    released = dict(reversed(line.split()) for line in STEPS.read_text(encoding="utf-8").splitlines())
    changed = {
        name
        for name, digest in released.items()
        if hashlib.sha256(sql_text("schema", name).encode()).hexdigest() != digest
    }
    assert not changed, "a store that has the step would not get the change: write another step"
    assert sorted(released) == list(sql_names("schema"))[: len(released)], "a new step comes after the released ones"


def test_a_published_copy_is_read_with_the_tables_of_this_version(site: Path) -> None:
    path = site / "state" / "published.duckdb"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with duckdb.connect(str(path), read_only=True) as connection:
        assert missing_steps(connection, path)
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


@pytest.fixture
def anew(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same deployment, worked through by this version from the first night on; officers did the same."""
    folder = tmp_path_factory.mktemp("anew")
    for name in ("detector.toml", "staff.csv", "encounters.csv"):
        shutil.copy(site / name, folder)
    shutil.copytree(site / "logs", folder / "logs")
    (folder / "state").mkdir()
    for name in ("trail.jsonl", "trail.head"):
        shutil.copy(site / "state" / name, folder / "state")
    return folder


@pytest.mark.slow
def test_a_store_is_continued_as_if_from_the_beginning(site: Path, anew: Path) -> None:
    nights = [FIRST + dt.timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    for date in nights[: nights.index(MIDDLE) + 1]:
        run_nights(settings_of(anew), date, Silent())
    for folder in (site, anew):
        for log in sorted((site / "later").glob("*.csv")):
            shutil.copy(log, folder / "logs")
        for date in nights[nights.index(MIDDLE) + 1 :]:
            run_nights(settings_of(folder), date, Silent())
    continued, expected = rows_kept(site), rows_kept(anew)
    for table in KEPT:
        assert continued[table] == expected[table], table
    assert len(expected["findings"]) >= 2
    assert expected["suspicions"]
    assert all(check.passed for check in verify_store(settings_of(site)))
