"""Files that begin without a header: read by the last one of their source, or put aside whole until settled."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from detector.sources.headerless import MISFIT, UNKNOWN
from tests.site_folder import HEADER, Deployment, row

OTHER = "event_id,event_time,patient_id,user_id,action"


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def swapped(number: int) -> str:
    return f"e{number},2026-06-01 00:{number:02d}:00,p1,u1,view"


def persons(site: Deployment) -> set[tuple[str, str]]:
    return set(site.query("select user_id, patient_id from events"))


def problems(site: Deployment) -> list[str | None]:
    return [file.problem for file in site.load().files]


def test_a_log_that_is_cut_while_it_goes_on(site: Deployment) -> None:
    """The way of `copytruncate`: the file is copied and emptied, its writer goes on in it; same inode."""
    path = site.write("his.csv", row(1), row(2))
    site.load()
    with path.open("a") as stream:
        stream.write(row(3) + "\n")
    (site.folder / "logs" / "his.csv.1").write_bytes(path.read_bytes())
    inode = path.stat().st_ino
    os.truncate(path, 0)
    with path.open("a") as stream:
        stream.write(f"{row(4)}\n{row(5)}\n")
    assert path.stat().st_ino == inode
    summary = site.load()
    assert [(Path(file.path).name, file.rows_read, file.borrowed_header) for file in summary.files] == [
        ("his.csv", 2, True), ("his.csv.1", 1, False),
    ]  # fmt: skip
    for number in range(6, 9):
        with path.open("a") as stream:
            stream.write(row(number) + "\n")
        assert (site.load().rows_read, site.load().files) == (1, [])
    packed = site.folder / "logs" / "his.csv.1"
    packed.with_name("his.csv.1.gz").write_bytes(gzip.compress(packed.read_bytes(), mtime=0))
    packed.unlink()
    assert site.load().files == []
    assert site.ids() == [f"e{number}" for number in range(1, 9)]
    assert persons(site) == {("u1", "p1")}
    assert site.quarantine() == []


def test_the_last_header_is_taken_not_the_first(site: Deployment) -> None:
    path = site.write("his.csv", row(1), OTHER, swapped(2))
    site.load()
    path.write_text(swapped(3) + "\n")
    site.load()
    assert persons(site) == {("u1", "p1")}
    assert site.ids() == ["e1", "e2", "e3"]


def test_the_first_line_may_be_the_rest_of_a_row(site: Deployment) -> None:
    path = site.write("his.csv", row(1))
    site.load()
    path.write_text(f"1,view\n{row(2)}\n{row(3)}\n")
    assert problems(site) == [None]
    assert [one[2:] for one in site.quarantine()] == [("2 columns instead of 5", "1,view")]
    assert site.ids() == ["e1", "e2", "e3"]


def test_on_the_first_run_the_header_is_found_in_a_file_beside(site: Deployment) -> None:
    site.write("his.csv", row(2), row(3), header=None)
    site.write("his.csv.1", row(1))
    assert problems(site) == [None, None]
    assert site.ids() == ["e1", "e2", "e3"]


def test_another_separator_and_encoding(site: Deployment) -> None:
    header = "日志序号\t操作时间\t工号\t病历号\t操作类型\t备注"
    path = site.write(
        "a.csv", "e1\t2026-06-01 08:00:00\tu1\tp1\t浏览\ta,b,c,d,e,f,g", header=header, encoding="gb18030"
    )
    site.load()
    path.write_bytes("e2\t2026-06-01 08:01:00\tu1\tp1\t浏览\ta,b,c,d,e,f,g\n".encode("gb18030"))
    assert problems(site) == [None]
    assert site.ids() == ["e1", "e2"]


def test_no_header_anywhere_puts_the_file_aside_until_one_is_known(site: Deployment) -> None:
    site.write("a.csv", row(1), row(2), header=None)
    site.write("b.csv", "1,2,3,4,5", header="this,is,no,log,file")
    first = site.load()
    assert (first.files[0].problem, first.files[0].rows_read, first.files[0].quarantined) == (UNKNOWN, 2, 2)
    assert [one[2:] for one in site.quarantine()][:2] == [(UNKNOWN, row(1)), (UNKNOWN, row(2))]
    assert problems(site)[0] == UNKNOWN
    site.write("a.csv", row(1), row(2), row(3), header=None)
    again = site.load()
    assert (again.files[0].problem, again.files[0].rows_read) == (UNKNOWN, 1)
    (site.folder / "logs" / "b.csv").unlink()
    site.write("c.csv", row(4))
    settled = site.load()
    assert [file.problem for file in settled.files] == [None, None]
    assert site.ids() == ["e1", "e2", "e3", "e4"]
    assert [one[3] for one in site.quarantine()] == ["1,2,3,4,5"]
    assert site.load().files == []


@pytest.mark.parametrize("line", [
    "e2,u1,2026-06-01 00:02:00,p1,view", "e2,2026-06-01 00:02:00,u1,p1,view,more", "e2,2026-06-01 00:02:00,u1,view,p1",
])  # fmt: skip
def test_rows_that_do_not_fit_are_put_aside_whole_until_settled(site: Deployment, line: str) -> None:
    path = site.write("his.csv", row(1))
    site.load()
    path.write_text(f"{line}\n{line}\n")
    assert problems(site) == [MISFIT]
    assert problems(site) == [MISFIT]
    assert site.query("select problem from file_problems") == [(MISFIT,)]
    assert [(one[0], one[3]) for one in site.quarantine()] == [(1, line), (2, line)]
    path.write_text(f"{HEADER}\n{row(2)}\n")
    assert problems(site) == [None]
    assert site.query("select problem from file_problems") == []
    assert site.ids() == ["e1", "e2"]


def test_a_header_further_down_is_followed(site: Deployment) -> None:
    site.write("a.csv", "e1,u1,2026-06-01 00:02:00,p1,view", HEADER, row(2), header=None)
    assert problems(site) == [UNKNOWN]
    assert site.ids() == ["e2"]
