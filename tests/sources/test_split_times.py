"""Date and time of day in two columns: joined by what their values are."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.model.event_columns import JOINED
from detector.sources.headers import map_header
from detector.sources.split_times import joined_time
from tests.site_folder import Deployment


@pytest.mark.parametrize(("time", "date", "joined"), [
    ("15:05:12", "2026-06-01", "2026-06-01 15:05:12"), ("9:05", "2026/6/1", "2026/6/1 9:05"),
    ("15:05:12", "2026-06-01 00:00:00", "2026-06-01 15:05:12"), ("15:05:12", "2026/6/1 0:00", "2026/6/1 15:05:12"),
    ("15:05:12", "2026-06-01T00:00:00.000", "2026-06-01 15:05:12"), ("150512", "20260601", "20260601 150512"),
    ("90512", "20260601", "20260601 090512"), ("下午 3:05:12", "2026年6月1日", "2026年6月1日 下午 3:05:12"),
    ("3:05:12 PM", "6/13/2026 12:00:00 AM", "6/13/2026 3:05:12 PM"), ("15時05分12秒", "2026-06-01", "2026-06-01 15時05分12秒"),
    ("1899-12-30 15:05:12", "2026-06-01", "2026-06-01 15:05:12"), ("15:05:12", "01-JUN-26", "01-JUN-26 15:05:12"),
    ("1900-01-01 15:05:12", "2026-06-01", "2026-06-01 15:05:12"), ("１５：０５", "2026-06-01", "2026-06-01 15:05"),
    ("15:05:12", "2026-06-01 星期一", "2026-06-01 星期一 15:05:12"), ("15:05:12+08:00", "2026-06-01", "2026-06-01 15:05:12+08:00"),
    ("2026-06-01 15:05:12", "2026-06-01", "2026-06-01 15:05:12"), ("2026-06-01", "15:05:12", "2026-06-01 15:05:12"),
    ("15:05:12", "2026-06-01 15:05:12", "2026-06-01 15:05:12"), ("", "2026-06-01 15:05:12", "2026-06-01 15:05:12"),
    ("2026-06-01 00:00:00", "2026-06-01", "2026-06-01 00:00:00"), ("15:05:12", "", "15:05:12"), ("", "", ""),
    ("1780297512000", "2026-06-01", "1780297512000"),
])  # fmt: skip
def test_two_texts_make_one_time(time: str, date: str, joined: str) -> None:
    assert joined_time(time, date) == joined


@pytest.mark.parametrize(("header", "time", "beside"), [
    (("操作日期", "操作时间"), "操作时间", "操作日期"), (("日期", "时间"), "时间", "日期"), (("date", "time"), "date", "time"),
    (("event_date", "event_time"), "event_time", "event_date"), (("操作日期", "时间"), "操作日期", "时间"),
    (("操作日期", "登录时间"), "操作日期", None), (("操作时间", "登录时间"), "操作时间", None), (("操作时间", "出生日期"), "操作时间", None),
])  # fmt: skip
def test_headers_that_speak_of_the_same_thing_stand_together(
    header: tuple[str, ...], time: str, beside: str | None
) -> None:
    mapping = map_header((*header, "工号", "操作类型"), {})
    assert mapping.columns["event_time"].header == time
    assert (mapping.beside.header if mapping.beside else None) == beside
    assert mapping.ignored == tuple(one for one in header if one not in {time, beside})


def test_the_configuration_may_name_both() -> None:
    header = ("D", "T", "工号", "操作类型")
    mapping = map_header(header, {"event_time": f"D{JOINED}T"})
    assert mapping.beside is not None
    assert (mapping.columns["event_time"].index, mapping.beside.index, mapping.problem) == (1, 0, None)
    missing = map_header(header, {"event_time": f"X{JOINED}T"}).problem
    assert missing == "no column 'X', which the configuration takes for event_time"


@pytest.mark.parametrize("is_told", [True, False])
def test_rows_are_read_from_two_columns(tmp_path: Path, *, is_told: bool) -> None:
    site = Deployment(tmp_path)
    names = ("D", "T") if is_told else ("操作日期", "操作时间")
    if is_told:
        site.source += '[source.columns]\nevent_time = ["D", "T"]\n'
    header = f"序号,{names[0]},{names[1]},工号,病历号,操作类型"
    site.write(
        "a.csv", "1,2026-06-01 00:00:00,15:05:12,u1,p1,查看", "2,2026/6/1,2026/6/1 9:05,u1,p1,查看", header=header
    )
    site.load()
    assert site.query("select strftime(local_time, '%m-%d %H:%M:%S') from events order by all") == [
        ("06-01 09:05:00",), ("06-01 15:05:12",),
    ]  # fmt: skip
