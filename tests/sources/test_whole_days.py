"""Whether files bring whole days is seen from their beginnings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.sources.log_format import ReadOptions
from detector.sources.whole_days import bring_whole_days

HEADER = "操作时间,工号,患者ID,操作\n"


def written(folder: Path, *days: tuple[dt.date, ...], form: str = "%Y-%m-%d %H:%M:%S") -> list[Path]:
    """Write one file for each tuple of dates, two rows a date."""
    paths = []
    for number, dates in enumerate(days):
        rows = [f"{dt.datetime.combine(date, dt.time(hour)):{form}},u,p,查看\n" for date in dates for hour in (8, 20)]
        path = folder / f"his-{number:02d}.csv"
        path.write_text(HEADER + "".join(rows), encoding="gb18030")
        paths.append(path)
    return paths


def june(day: int) -> dt.date:
    return dt.date(2026, 6, day)


@pytest.mark.parametrize(
    ("days", "whole"),
    [
        ([(1,), (2,), (3,)], True),
        ([(5,), (8,)], True),
        ([(1,), (2, 3), (4,)], False),
        ([(1,), (8,), (15,)], False),
        ([(1,), (1,)], False),
        ([(1,)], False),
        ([], False),
    ],
    ids=[
        "a file a day",
        "over a weekend",
        "two dates in one",
        "weekly files",
        "the same day twice",
        "one file",
        "none",
    ],
)
def test_files_of_one_date_each(tmp_path: Path, days: list[tuple[int, ...]], whole: bool) -> None:
    paths = written(tmp_path, *(tuple(map(june, dates)) for dates in days))
    assert bring_whole_days(paths, "csv", ReadOptions()) is whole


@pytest.mark.parametrize("form", ["%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H:%M:%S"])
def test_any_form_of_the_date(tmp_path: Path, form: str) -> None:
    assert bring_whole_days(written(tmp_path, (june(1),), (june(2),), form=form), "csv", ReadOptions())


def test_only_the_last_files_decide(tmp_path: Path) -> None:
    paths = written(tmp_path, (june(1), june(2)), *((june(day),) for day in range(3, 9)))
    assert bring_whole_days(paths, "csv", ReadOptions())


def test_what_cannot_be_read_or_dated_decides_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path, (june(1),), (june(2),))
    paths[1].write_text(HEADER + "gestern,u,p,查看\n", encoding="utf-8")
    assert not bring_whole_days(paths, "csv", ReadOptions())
    assert not bring_whole_days([*paths[:1], tmp_path / "gone.csv"], "csv", ReadOptions())
