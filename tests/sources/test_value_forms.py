"""What values look like, and which of them may be shown."""

from __future__ import annotations

import pytest

from detector.sources.aliases import ENUMS, value_table
from detector.sources.value_forms import Form, form_of, is_word_list, may_be_header, may_be_shown


@pytest.mark.parametrize(("value", "form"), [
    ("2026-06-01 08:00:00", Form.TIME), ("2026/6/1 8:00", Form.TIME), ("2026年6月1日 15时05分", Form.TIME),
    ("2026/6/1 下午 3:05:12", Form.TIME), ("01-JUN-26 03.05.12.000000 PM", Form.TIME), ("6/1/2026, 3:05 PM", Form.TIME),
    ("01-6月 -26 03.05.12 下午", Form.TIME), ("Mon Jun 01 15:05:12 CST 2026", Form.TIME),
    ("20260601150512", Form.TIME), ("2026-06-01T08:00:00.123+08:00", Form.TIME), ("1990-06-01", Form.DATE),
    ("15:05:12", Form.CLOCK), ("10.1.0.5", Form.ADDRESS), ("10.1.0.5:443", Form.ADDRESS), ("fe80::1", Form.ADDRESS),
    ("13812345678", Form.PHONE), ("138-1234-5678", Form.PHONE), ("0571-87654321", Form.PHONE),
    ("11010519491231002X", Form.ID_CARD), ("1780300800000", Form.EPOCH), ("20300001", Form.IDENTIFIER),
    ("P-0001", Form.IDENTIFIER), ("王芳", Form.NAME), ("欧阳晓燕", Form.NAME), ("王*", Form.NAME), ("张某某", Form.NAME),
    ("王芳(01001)", Form.NAME), ("Smith, John", Form.NAME), ("Wang Fang", Form.NAME), ("查看", Form.TEXT),
    ("高危", Form.TEXT), ("方案", Form.TEXT), ("浏览", Form.TEXT), ("１３８１２３４５６７８", Form.PHONE),
])  # fmt: skip
def test_forms(value: str, form: Form) -> None:
    assert form_of(value) is form


@pytest.mark.parametrize("value", [
    "王芳", "李小明", "13812345678", "20300001", "王芳(01001)", "11010519491231002X", "2026-06-01", "10.1.0.5",
    "杭州市西湖区文三路12号", "患者:王", "Smith, John", "Wang Fang", "要求修改病历内容因为患者本人对记录的内容有异议并且投诉", "查看20300001",
    "查询王芳", "王芳病历", "查看李小明病历", "导出欧阳晓燕",
])  # fmt: skip
def test_what_may_be_a_persons_is_not_shown(value: str) -> None:
    assert not may_be_shown(value)


@pytest.mark.parametrize(
    "value",
    ["查阅一下", "封存", "审方", "0", "A01", "chart opened", "手麻记录单", "导出(批量)", "查看方案", "高危药品查询"],
)
def test_words_are_shown(value: str) -> None:
    assert may_be_shown(value)


def test_every_known_value_may_be_shown() -> None:
    assert all(may_be_shown(value) for column in ENUMS for value in value_table(column))


def test_an_english_title_is_told_from_a_name_by_coming_often() -> None:
    assert may_be_shown("Chart Review", 5)
    assert not may_be_shown("Chart Review", 4)
    assert not may_be_shown("Smith, John", 500)


def test_word_lists() -> None:
    assert is_word_list({"封存": 1, "审方": 1})
    assert is_word_list({f"词{chr(0x4E00 + place)}": 2 for place in range(100)})
    assert not is_word_list({f"词{chr(0x4E00 + place)}": 1 for place in range(100)})
    assert not is_word_list({f"词{chr(0x4E00 + place)}": 9 for place in range(300)})
    assert not is_word_list({"王芳": 100, "李娜": 100, "查看": 100})
    assert not is_word_list({"20300001": 100, "20300002": 100, "20300003": 100})
    assert not is_word_list({})


def test_headers() -> None:
    assert all(map(may_be_header, ("操作时间", "Patient Phone", "温度", "")))
    assert not any(map(may_be_header, ("20300001", "2026-06-01 08:00", "10.1.0.5", "13812345678")))
