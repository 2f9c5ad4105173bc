"""What ``check`` finds out without writing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.errors import ConfigError
from detector.loading import log_beginnings
from detector.loading.events import load_events
from detector.loading.survey import survey
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import open_store

HEADER = "event_id,event_time,user_id,patient_id,action,不相干\n"


def row(number: int, patient: str = "P1", action: str = "view") -> str:
    return f"{number},2026-06-01 08:{number % 60:02d}:00,n{number % 2},{patient},{action},x\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "detector.toml").write_text(
        '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "his*.csv*"\n'
        '[context]\nstaff = "staff.csv"\ncare_team = "care.csv"\n'
    )
    (tmp_path / "his.csv").write_text(HEADER + "".join(row(number) for number in range(10)) + row(11, "") + "broken\n")
    (tmp_path / "staff.csv").write_text("user_id\nn0\n")
    (tmp_path / "care.csv").write_text("patient_id,user_id,start,end\nP1,n0,2026-06-01,2026-06-01\n")
    return tmp_path


def tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_it_counts_explains_and_writes_nothing(folder: Path) -> None:
    before = tree(folder)
    found = survey(load_settings(folder))
    assert tree(folder) == before
    source = found.sources[0]
    assert (len(source.files), source.sample_rows, source.quarantined, source.problems) == (1, 12, 1, [])
    assert source.ignored == ["不相干"]
    assert found.events == 11
    assert found.without_patient == pytest.approx(1 / 11)
    assert found.without_person == pytest.approx(6 / 11)
    tables = {table.name: table for table in found.tables}
    assert tables["care_team"].share == 0.5
    assert tables["roster"].path is None


def test_a_large_array_is_cut_behind_a_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_beginnings, "SAMPLE_BYTES", 4000)
    rows = [dict(zip(HEADER.strip().split(","), row(number).strip().split(","), strict=True)) for number in range(500)]
    (folder / "his.csv").write_text(json.dumps(rows))
    source = survey(load_settings(folder)).sources[0]
    assert (source.formats, source.problems, source.unreadable, source.quarantined) == (["ndjson"], [], [], 0)
    assert 10 < source.sample_rows < 500


def test_a_large_file_is_cut_at_a_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_beginnings, "SAMPLE_BYTES", 1000)
    text = HEADER + "".join(row(number) for number in range(500))
    (folder / "his.csv").unlink()
    with gzip.open(folder / "his.csv.gz", "wb") as stream:
        stream.write(text.encode("utf-16"))
    source = survey(load_settings(folder)).sources[0]
    assert 5 < source.sample_rows < 20
    assert source.quarantined == 0


def test_every_problem_is_listed(folder: Path) -> None:
    (folder / "his-2.csv").write_text("a,b\n1,2\n")
    (folder / "his-3.csv").mkdir()
    (folder / "care.csv").write_text("patient_id\nP1\n")
    (folder / "staff.csv").unlink()
    found = survey(load_settings(folder))
    text = "\n".join(found.problems)
    assert "his-2.csv: no column for event_time, user_id, action" in text
    assert found.sources[0].unreadable == ["his-3.csv: cannot be read: is a folder, not a file"]
    assert "context.care_team" in text
    assert "user_id" in text
    assert "context.staff" in text
    assert found.events == 0


def test_no_file_at_all(folder: Path) -> None:
    (folder / "his.csv").unlink()
    assert survey(load_settings(folder)).sources[0].files == []


def test_an_unknown_format_names_its_place(folder: Path) -> None:
    path = folder / "detector.toml"
    path.write_text(path.read_text().replace('name = "his"', 'name = "his"\nformat = "csw"'))
    with pytest.raises(ConfigError, match=r"detector\.toml:5: source\[1\]\.format"):
        survey(load_settings(folder))


def test_the_order_of_day_and_month_is_that_of_earlier_runs_and_of_the_sample(folder: Path) -> None:
    def line(number: int, time: str) -> str:
        return f"{number},{time},n1,P1,view,x\n"

    (folder / "his.csv").write_text(HEADER + line(1, "06/07/2026 14:05"))
    (source,) = survey(load_settings(folder)).sources
    assert source.order is not None
    assert (source.order.settled, source.order.waiting, source.order.rows) == (None, 1, ())
    (folder / "his.csv").write_text(HEADER + line(1, "06/07/2026 14:05") + line(2, "13/06/2026 14:05"))
    (source,) = survey(load_settings(folder)).sources
    assert source.order is not None
    assert (source.order.settled, source.order.waiting) == ("day_first", 0)
    assert [(Path(row.path).name, row.row_number) for row in source.order.rows] == [("his.csv", 2)]
    settings = load_settings(folder)
    with open_store(settings) as store:
        load_events(store, settings)
    (folder / "his2.csv").write_text(HEADER + line(3, "06/07/2026 14:05"))
    (source,) = survey(load_settings(folder)).sources
    assert source.order is not None
    assert (source.order.settled, source.order.rows[0].event_time) == ("day_first", "13/06/2026 14:05")
    assert source.quarantined == 0


def test_a_broken_table_is_measured_by_the_version_that_tonight_works_with(folder: Path) -> None:
    """A staff table that lost most of its rows is not used tonight, and says nothing of the sample either."""
    staff = [f"n{number}" for number in range(40)]
    (folder / "staff.csv").write_text("user_id\n" + "\n".join(staff) + "\n")
    settings = load_settings(folder)
    run_nights(settings, None, Silent())
    whole = survey(settings)
    assert (whole.without_person, whole.known_accounts) == (0, 2)
    for broken in ("user_id\nn30\n", "", "name\nx\n"):
        (folder / "staff.csv").write_text(broken)
        found = survey(settings)
        (table,) = (one for one in found.tables if one.name == "staff")
        assert table.failure is not None
        assert (found.without_person, found.known_accounts, table.share) == (0, 2, 1), broken


def test_the_first_hours_of_a_month_are_no_sample(folder: Path) -> None:
    whole = HEADER + "".join(row(number) for number in range(200))
    (folder / "his.csv").write_text(whole)
    (folder / "his-07.csv").write_text(HEADER + row(300, patient="", action="login"))
    source = survey(load_settings(folder)).sources[0]
    assert (source.sampled, source.sample_rows) == (folder / "his.csv", 200)
    assert source.understanding.sees_patients
