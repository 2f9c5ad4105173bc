"""Views of real servers are pulled batch by batch: nothing is lost, nothing comes twice, whatever ends a pull."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy")

from detector.deployment.database_view import SPOOL
from detector.loading.events import LoadSummary, load_events
from detector.loading.view_pull import pull_views
from detector.store import open_store
from tests.loading.database_servers import PASSWORD, Server, mariadb, postgres, postgres_folder
from tests.program import called
from tests.site_folder import Deployment

BEGIN = datetime(2026, 6, 1, 8)  # noqa: DTZ001 - wall-clock time of a log


@pytest.fixture(scope="module", params=["postgresql", pytest.param("mariadb", marks=pytest.mark.heavy)])
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    is_there = postgres_folder() if request.param == "postgresql" else shutil.which("mariadb-install-db")
    if is_there is None:
        pytest.skip(f"{request.param} is not installed")
    with postgres() if request.param == "postgresql" else mariadb() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.fresh()
    return running


@pytest.fixture
def night(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    monkeypatch.setenv("HIS_PASSWORD", PASSWORD)
    return Night(server, tmp_path)


class Night:
    """A deployment whose one source is the view of the server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.spool = folder / "state" / SPOOL / "his"
        self.problems: dict[str, str] = {}
        self.deployment = Deployment(folder, source=self.source())

    def source(self, *, watermark: str = "at", more: str = 'password_env = "HIS_PASSWORD"', url: str = "") -> str:
        return (
            f'name = "his"\nformat = "database"\nurl = "{url or self.server.url}"\nview = "access_log"\n'
            f'watermark = "{watermark}"\n{more}\n[source.columns]\n'
            'event_time = "at"\nuser_id = "who"\npatient_id = "patient"\naction = "what"\n'
        )

    def pull(self, batch_rows: int = 5) -> dict[str, str]:
        self.problems = pull_views(self.deployment.settings(), batch_rows=batch_rows)
        return self.problems

    def run(self, batch_rows: int = 5) -> LoadSummary:
        self.pull(batch_rows)
        settings = self.deployment.settings()
        with open_store(settings, threads=1) as store:
            return load_events(store, settings, not_pulled=self.problems)

    def patients(self) -> list[str]:
        return [
            one for (one,) in self.deployment.query("select patient_id from events order by event_time, patient_id")
        ]


def row(number: int, *, second: int | None = None, patient: str | None = None) -> tuple[Any, ...]:
    at = BEGIN + timedelta(seconds=number if second is None else second, microseconds=1)
    return number, at, "01039", patient or f"p{number:03}", "view"


def test_each_row_comes_once_however_often_the_view_is_asked(night: Night) -> None:
    night.server.insert(*map(row, range(12)))
    first = night.run()
    assert (first.accepted, first.duplicates, night.problems) == (12, 0, {})
    assert len(list(night.spool.glob("*.ndjson.gz"))) > 1  # batch by batch
    again = night.run()
    assert (again.rows_read, len(list(night.spool.glob("*.ndjson.gz")))) == (0, len(list(night.spool.glob("*.gz"))))
    night.server.insert(row(12), row(13))
    later = night.run()
    assert (later.rows_read, later.accepted) == (2, 2)
    assert night.patients() == [f"p{number:03}" for number in range(14)]


@pytest.mark.heavy
def test_rows_of_one_watermark_that_are_more_than_a_batch(night: Night) -> None:
    night.server.insert(*(row(number, second=number // 9) for number in range(40)))
    assert night.run(batch_rows=4).accepted == 40
    night.server.insert(*(row(number, second=4) for number in range(40, 44)))
    assert (night.run(batch_rows=4).rows_read, len(set(night.patients()))) == (4, 44)


def test_rows_that_are_alike_are_counted(night: Night) -> None:
    alike = [row(1, patient="p1"), row(1, patient="p1")]
    night.server.insert(*alike, row(2))
    assert night.run().accepted == 3
    assert night.run().rows_read == 0
    night.server.insert(row(1, patient="p1"))
    third = night.run()
    assert (third.rows_read, third.accepted, third.duplicates) == (3, 1, 2)
    assert night.patients() == ["p1", "p1", "p1", "p002"]


def test_rows_that_are_committed_late_and_a_clock_that_is_years_ahead(night: Night) -> None:
    ahead = (99, BEGIN.replace(year=2099), "01039", "p-ahead", "view")
    night.server.insert(row(10), row(20), ahead)
    night.run()
    night.server.insert(row(15), row(30))
    assert night.run().rows_read == 2
    assert night.patients() == ["p010", "p015", "p020", "p030"]  # the one ahead waits


def test_a_pull_that_is_killed_is_gone_on_with(night: Night) -> None:
    night.server.insert(*map(row, range(23)))
    night.pull()
    files = sorted(night.spool.glob("*.ndjson.gz"))
    lines = b"".join(map(gzip.decompress, map(Path.read_bytes, files)))
    for kept in range(len(files)):
        shutil.rmtree(night.folder / "state", ignore_errors=True)
        night.pull()
        for path in files[kept:]:  # killed after the position of the next file was written
            path.unlink()
        for path in files[kept + 1 :]:
            Path(str(path).replace(".ndjson.gz", ".position")).unlink(missing_ok=True)
        (night.spool / ".00000009.ndjson.gz.x.tmp").write_bytes(b"half")
        if kept:
            earlier = Path(str(files[kept - 1]).replace(".ndjson.gz", ".position"))
            assert earlier.exists()
        night.pull()
        now = sorted(night.spool.glob("*.ndjson.gz"))
        assert sorted(b"".join(map(gzip.decompress, map(Path.read_bytes, now))).splitlines()) == sorted(
            lines.splitlines()
        )
        assert not list(night.spool.glob(".*"))


@pytest.mark.heavy
def test_a_view_that_was_filled_anew_is_read_anew(night: Night) -> None:
    night.deployment.source = night.source(watermark="id")
    night.server.execute("drop view access_log", "create view access_log as select * from log",
                         "grant select on access_log to audit", database="his")  # fmt: skip
    night.server.insert(*(row(number) for number in range(100, 108)))
    assert night.run().accepted == 8
    night.server.execute("delete from log", database="his")
    night.server.insert(row(1), row(2))
    assert night.run().accepted == 2


@pytest.mark.heavy
def test_a_column_that_comes_or_goes_brings_no_row_twice(night: Night) -> None:
    night.server.insert(*map(row, range(8)))
    night.run()
    for columns in ("at, who, patient, what, 'ward 3' as note", "at, who, patient, what, id", "at, who, patient, what"):
        night.server.execute("drop view access_log", f"create view access_log as select {columns} from log",
                             "grant select on access_log to audit", database="his")  # fmt: skip
        assert night.run().rows_read == 0
    night.server.insert(row(9))
    assert night.run().accepted == 1


@pytest.mark.heavy
def test_nothing_can_be_written(night: Night) -> None:
    from sqlalchemy.exc import DBAPIError

    from detector.loading.view_reader import open_view

    night.server.execute("grant all on log to audit", database="his")
    night.server.insert(row(1))
    (source,) = night.deployment.settings().sources
    with open_view(source) as reader, pytest.raises(DBAPIError, match=r"(?i)read.only"):
        reader._connection.exec_driver_sql("delete from log")


@pytest.mark.heavy
def test_what_is_kept_is_private(night: Night) -> None:
    night.server.insert(*map(row, range(3)))
    night.pull()
    kept = [night.spool.parent, night.spool, *night.spool.iterdir()]
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o700, 0o700, *[0o600] * (len(kept) - 2)]


def test_a_server_that_does_not_answer_is_the_problem_of_its_source(night: Night) -> None:
    other = night.folder / "logs" / "lis.csv"
    other.write_text("event_time,user_id,patient_id,action\n2026-06-01 08:00:00,u1,p1,view\n")
    source = night.source(url=night.server.url.replace(f":{night.server.port}", ":9"))
    night.deployment.source = source + '[[source]]\nname = "lis"\npath = "logs/*.csv"\n'
    loaded = night.run()
    (failed,) = [file for file in loaded.files if file.problem]
    assert (failed.source, loaded.accepted, loaded.sources_without_files) == ("his", 1, [])
    assert str(failed.problem).startswith("cannot be reached: ")
    assert night.deployment.query("select source from file_problems") == [("his",)]


def test_the_password_is_never_told(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = night.folder / "password"
    kept.write_text(f"{PASSWORD}\n")
    night.deployment.source = night.source(more=f'password_file = "{kept.name}"')
    night.server.insert(row(1))
    kept.chmod(0o640)
    assert "chmod 600" in night.pull()["his"]
    kept.chmod(0o600)
    assert night.run().accepted == 1
    kept.write_text("wrong-and-secret")
    assert "wrong-and-secret" not in night.pull()["his"]
    for path in night.folder.rglob("*"):
        assert path == kept or not path.is_file() or PASSWORD.encode() not in path.read_bytes()
    night.deployment.source = night.source()
    monkeypatch.delenv("HIS_PASSWORD")
    assert night.pull()["his"] == "the environment variable HIS_PASSWORD with the password is not set"


@pytest.mark.heavy
def test_a_view_or_watermark_that_is_not_there(night: Night) -> None:
    night.deployment.source = night.source(watermark="nummer")
    assert night.pull()["his"] == "the view has no column nummer; it has at, who, patient, what"
    night.server.execute("drop view access_log", database="his")
    assert "access_log" in night.pull()["his"]


@pytest.mark.heavy
def test_rows_without_watermark_are_told(night: Night) -> None:
    night.server.insert(row(1), (2, None, "01039", "p2", "view"))
    assert night.run().accepted == 1
    assert night.problems["his"] == "the view has rows without at, which are never read"


def test_values_of_all_kinds_are_read_as_the_log_means_them(night: Night) -> None:
    kinds = (
        "timestamptz '2026-06-01 08:00:00+08' as at, numeric '7' as id, true as ok, inet '10.0.0.7' as client_ip,"
        " null as n"
        if night.server.kind == "postgresql"
        else "timestamp '2026-06-01 08:00:00' as at, 7.0 as id, 1 = 1 as ok, x'4142' as client_ip, null as n"
    )
    night.server.execute("drop view access_log", f"create view access_log as select {kinds}",
                         "grant select on access_log to audit", database="his")  # fmt: skip
    night.pull()
    (path,) = night.spool.glob("*.ndjson.gz")
    expected = (
        {"at": "2026-06-01T00:00:00+00:00", "id": "7", "ok": "true", "client_ip": "10.0.0.7", "n": None}
        if night.server.kind == "postgresql"
        else {"at": "2026-06-01 08:00:00", "id": "7", "ok": "1", "client_ip": "AB", "n": None}
    )
    assert json.loads(gzip.decompress(path.read_bytes())) == expected


@pytest.mark.heavy
def test_old_files_are_removed(night: Night) -> None:
    night.server.insert(*map(row, range(12)))
    night.pull()
    files = sorted(night.spool.glob("*.ndjson.gz"))
    for path in files:
        os.utime(path, (0, 0))
    night.pull()
    assert sorted(night.spool.glob("*.ndjson.gz")) == files[-1:]
    night.server.insert(row(20))
    night.pull()
    assert len(list(night.spool.glob("*.ndjson.gz"))) == 2


@pytest.mark.heavy
def test_a_source_that_was_renamed_goes_on(night: Night) -> None:
    night.server.insert(*map(row, range(3)))
    night.run()
    night.deployment.source = night.source().replace('"his"\n', '"emr"\nformer_names = ["his"]\n', 1)
    night.server.insert(row(9))
    assert (night.run().accepted, len(night.patients())) == (1, 4)


@pytest.mark.heavy
def test_a_later_mapping_reads_rows_that_were_put_aside(night: Night) -> None:
    night.server.insert(row(1), (2, BEGIN, "01039", "p2", "封存"))
    assert night.run().quarantined == 1
    gone = night.source(url=night.server.url.replace(f":{night.server.port}", ":9"))  # what was pulled is enough
    night.deployment.source = gone + '[source.values.action]\n"封存" = "update"\n'
    night.run()
    assert len(night.patients()) == 2
    assert not night.deployment.quarantine()


@pytest.mark.heavy
def test_a_retired_source_is_asked_no_more(night: Night) -> None:
    night.deployment.source = night.source(more="until = 2026-06-01", url="postgresql://audit@127.0.0.1:9/his")
    assert night.pull() == {}


def test_the_commands(night: Night) -> None:
    """`check` shows the view, `run` loads it; a server that is gone is named by both, which exit 1."""
    night.server.insert(*map(row, range(30)))
    night.deployment.settings()
    config = ("--lang", "en", "--config", str(night.folder))
    checked = called([*config, "check"])
    shown = " ".join(checked.stdout.decode().split())
    assert "answers; its columns: at, who, patient, what" in shown
    assert "30 rows" in shown
    assert not (night.folder / "state").exists()
    assert called([*config, "run"]).returncode == 0
    assert len(night.patients()) == 30
    night.deployment.source = night.source(url=night.server.url.replace(f":{night.server.port}", ":9"))
    night.deployment.settings()
    for command in ("check", "run"):
        done = called([*config, command])
        assert done.returncode == 1
        assert "cannot be reached" in " ".join((done.stdout + done.stderr).decode().split())
        assert PASSWORD.encode() not in done.stdout + done.stderr
