"""Context tables: from CSV into the store, replaced at each run."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.loading.context import load_context
from detector.loading.context_versions import ContextCount
from detector.store import open_store
from tests.site_folder import Deployment


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def give(site: Deployment, name: str, text: str, encoding: str = "utf-8") -> None:
    if "[context]" not in site.context:
        site.context = "[context]\n"
    site.context += f'{name} = "{name}.csv"\n'
    (site.folder / f"{name}.csv").write_bytes(text.encode(encoding))


def load(site: Deployment) -> dict[str, ContextCount]:
    settings = site.settings()
    with open_store(settings) as store:
        return {count.name: count for count in load_context(store, settings)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def rows(site: Deployment, name: str) -> list[tuple[Any, ...]]:
    return site.query(f"select * from {name}")


def test_tables_that_are_not_configured_exist_and_are_empty(site: Deployment) -> None:
    counts = load(site)
    assert len(counts) == 10
    assert all(not one.configured and not one.rows for one in counts.values())
    assert all(rows(site, name) == [] for name in counts)


def test_date_only_ends_are_inclusive(site: Deployment) -> None:
    give(site, "staff", "user_id,name,department,role,account_type,status,start_date,end_date,patient_id,manager_id,"
         "allowed_categories,employment\n01,王,OB,nurse,,,2026-06-01,2026-06-30,,02, note | order |, Intern\n"
         '02,李,OB,doctor,Service,LEFT,2026/6/1 8:00:00,2026-06-30T12:00:00+08:00,"","",,\n')  # fmt: skip
    load(site)
    assert rows(site, "staff") == [
        ("01", "王", "OB", "nurse", "human", "active", at("2026-06-01"), at("2026-07-01"), None, "02", "note|order",
         "intern"),
        ("02", "李", "OB", "doctor", "service", "left", at("2026-06-01 08:00:00"), at("2026-06-30 12:00:00"),
         None, None, None, None),
    ]  # fmt: skip


def test_every_table(site: Deployment) -> None:
    give(site, "patients", "patient_id,birth_date,sex,flags,household_id\n1,1980-02-03,F,vip|staff,F1\n")
    give(site, "encounters", "visit_id,patient_id,department,kind,start,end\nV1,1,OB,Inpatient,2026-06-01 08:00,\n")
    give(site, "care_team", "patient_id,user_id,start,end,relation\n1,01,2026-06-01,2026-06-02,attending\n")
    give(site, "roster", "user_id,start,end\n01,2026-06-01 20:00:00,2026-06-02 08:00:00\n")
    give(
        site, "approvals", "user_id,patterns,start,end,approved_by,reason\n01,bulk-export,2026-06-01,2026-06-02,QC,x\n"
    )
    load(site)
    assert rows(site, "patients") == [("1", date(1980, 2, 3), "F", "vip|staff", "F1")]
    assert rows(site, "encounters") == [("V1", "1", "OB", "inpatient", at("2026-06-01 08:00:00"), None)]
    assert rows(site, "care_team")[0][3] == at("2026-06-03")
    assert rows(site, "roster") == [("01", at("2026-06-01 20:00:00"), at("2026-06-02 08:00:00"))]
    assert rows(site, "approvals")[0][1:4] == ("bulk-export", at("2026-06-01"), at("2026-06-03"))


def test_chinese_headers_and_gb18030(site: Deployment) -> None:
    give(site, "staff", "工号,姓名,科室,岗位\n01,王芳,产科,护士\n", "gb18030")
    load(site)
    assert rows(site, "staff")[0][:6] == ("01", "王芳", "产科", "护士", "human", "active")


def test_rows_that_are_not_understood_are_kept(site: Deployment) -> None:
    give(site, "roster", "user_id,start,end\n01,2026-06-31,2026-07-01\n,2026-06-01,2026-06-02\n01,2026-06-01\n"
         "01,2026-06-05,2026-06-01\n01,2026-06-01,2026-06-02\n")  # fmt: skip
    assert load(site)["roster"].rows == 1
    assert load(site)["roster"].quarantined == 4
    assert site.query("select source, row_number, reason from quarantine order by row_number") == [
        ("context:roster", 1, "start is not a date: 2026-06-31"),
        ("context:roster", 2, "no user_id"),
        ("context:roster", 3, "2 columns instead of 3"),
        ("context:roster", 4, "end lies before start"),
    ]


def test_an_end_shortly_before_the_start_is_the_start(site: Deployment) -> None:
    give(
        site,
        "encounters",
        "visit_id,patient_id,department,kind,start,end\nV1,1,ER,emergency,2026-05-26 23:56:08,2026-05-26 23:54:00\n",
    )
    load(site)
    assert rows(site, "encounters")[0][4:] == (at("2026-05-26 23:56:08"), at("2026-05-26 23:56:08"))


def test_a_table_is_replaced(site: Deployment) -> None:
    give(site, "roster", "user_id,start,end\n01,2026-06-01,2026-06-02\n")
    load(site)
    (site.folder / "roster.csv").write_text("user_id,start,end\n02,2026-06-01,2026-06-02\n")
    load(site)
    assert [one[0] for one in rows(site, "roster")] == ["02"]


def test_a_table_that_cannot_be_used_stops_no_other(site: Deployment) -> None:
    give(site, "roster", "foo,bar\n1,2\n")
    give(site, "care_team", "")
    (site.folder / "care_team.csv").unlink()
    give(site, "staff", "user_id\n01\n")
    counts = load(site)
    roster, care_team = counts["roster"].failure, counts["care_team"].failure
    assert roster is not None
    assert care_team is not None
    assert roster.problem == f"{site.folder}/roster.csv has no column user_id, start, end"
    assert care_team.problem == f"{site.folder}/care_team.csv cannot be read: No such file or directory"
    assert not roster.has_good
    assert not roster.acceptable
    assert rows(site, "roster") == []
    assert (counts["staff"].rows, counts["staff"].failure) == (1, None)


def test_an_empty_file_is_an_empty_table(site: Deployment) -> None:
    give(site, "roster", "")
    assert load(site)["roster"] == ContextCount(
        "roster", configured=True, path=site.folder / "roster.csv", rows=0, quarantined=0
    )
