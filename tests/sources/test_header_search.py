"""Where the header of a delimited file stands."""

from __future__ import annotations

import pytest

from detector.sources.header_search import find_header

HEADER = "日志序号,操作时间,工号,病历号,操作类型"
NAMES = tuple(HEADER.split(","))
ROW = "1,2026/7/3 9:00:05,01001,20300000,浏览"


@pytest.mark.parametrize(("above", "skipped"), [
    ((), 0), (("",), 0), ((",,,,",), 0), (("示例医院",), 1), (("示例医院,,,,", "导出时间：,2026-07-04 01:00,导出人：,周,"), 2),
    (("查询条件,2026-07-01 00:00:00,2026-07-02 00:00:00,,",), 1), (('科室"急诊',), 1), (('"两行\n标题",,,,', ""), 2), (("a", "b", "c"), 3),
    (("sep=,",), 0),
])  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_above(above: tuple[str, ...], skipped: int, end: str) -> None:
    text = end.join([*above, HEADER, ROW, ""])
    found = find_header(text, None, {})
    assert (found.fields, found.delimiter, found.above) == (NAMES, ",", skipped)
    assert found.rows == (NAMES, tuple(ROW.split(",")))
    assert text.split(end)[found.end :] == [ROW, ""] or "\n" in above[0]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_separator_is_that_of_the_header(delimiter: str) -> None:
    text = f"某院, 日志; 清单|表\n{HEADER.replace(',', delimiter)}\n"
    assert (find_header(text, None, {}).fields, find_header(text, None, {}).delimiter) == (NAMES, delimiter)


@pytest.mark.parametrize(("upper", "lower", "expected"), [
    ("日志序号,操作时间,操作人,患者,操作类型", ",,工号,病历号,", NAMES), ("日志序号,操作时间,工号,患者,操作类型", ",,,病历号,", NAMES),
    ("某院日志,,,,", ",操作时间,工号,病历号,操作类型", ("", *NAMES[1:])), (HEADER, ",,,,", NAMES), (HEADER, ROW, NAMES),
])  # fmt: skip
def test_two_rows(upper: str, lower: str, expected: tuple[str, ...]) -> None:
    assert find_header(f"{upper}\n{lower}\n{ROW}\n", None, {}).fields == expected


def test_a_row_above_a_header_means_that_the_file_begins_without_one() -> None:
    assert find_header(f"{ROW}\n{HEADER}\n{ROW}\n", None, {}).rows[0] == tuple(ROW.split(","))


def test_names_of_the_configuration_count() -> None:
    text = "清单\n时刻,谁,干什么\n2026-07-03 09:00:05,1,浏览\n"
    configured = {"event_time": "时刻", "user_id": "谁", "action": "干什么"}
    assert find_header(text, None, configured).fields == ("时刻", "谁", "干什么")


def test_the_likeliest_line_where_none_names_all() -> None:
    assert find_header(f"员工名单\n工号,姓名,科室\n{ROW}\n", None, {}).fields == ("工号", "姓名", "科室")
    assert find_header("名单\nid_x,b,c\n1,2,3\n4,5,6\n", None, {}).fields == ("id_x", "b", "c")
    assert find_header("", None, {}).fields == ()
