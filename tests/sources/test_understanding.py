"""What of a log is understood, and what of it may be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.sources.understanding import MOST_VALUES, Understanding, shown_headers, understand, value_guess
from tests.sources.logs import BASIC, PATIENTS, ROWS, repeated, sampled


def test_unknown_values_are_counted_and_the_commonest_named(tmp_path: Path) -> None:
    words = [f"词{chr(0x4E00 + place)}" for place in range(20)]
    action = ["查看"] * 100 + ["封存"] * 100 + [words[place % 20] for place in range(ROWS - 200)]
    found = understand(sampled(tmp_path, BASIC | {"操作": action}), {}, {}).unknown
    assert [one.column for one in found] == ["action"]
    assert (found[0].values[0].value, found[0].values[0].rows, found[0].rows) == ("封存", 100, ROWS - 100)
    assert (len(found[0].values), found[0].more, found[0].hidden) == (MOST_VALUES, 21 - MOST_VALUES, 0)
    mapped = understand(sampled(tmp_path, BASIC | {"操作": action}), {}, {"action": {"封存": "other"}}).unknown
    assert mapped[0].rows == ROWS - 200


@pytest.mark.parametrize(
    "persons", [("王芳", "李娜"), ("20300001", "20300002"), ("Smith, John", "Wu, Li"), ("13812345678",)]
)
def test_nothing_of_a_person_is_named(tmp_path: Path, persons: tuple[str, ...]) -> None:
    action = repeated("查看", "打印", "封存", *(f'"{one}"' for one in persons))
    sample = sampled(tmp_path, BASIC | {"操作": action, "病历号": PATIENTS, "患者姓名": repeated("王芳", "李娜")})
    found = understand(sample, {}, {})
    assert [one.value for one in found.unknown[0].values] == ["封存"]
    assert found.unknown[0].hidden == len(persons)
    assert not any(one in repr(found) for one in (*persons, *PATIENTS[:9]))
    only = sampled(tmp_path, BASIC | {"操作": repeated(*(f'"{one}"' for one in persons))})
    assert understand(only, {}, {}).unknown[0].values == ()


def test_a_value_in_a_headers_place_is_numbered() -> None:
    assert shown_headers(("工号", "20300001", "王芳", "Patient Phone")) == ("工号", "#2", "王芳", "Patient Phone")
    assert shown_headers(("工号", "操作时间", "患者编号2026")) == ("工号", "操作时间", "患者编号2026")
    assert shown_headers(("01001", "王芳", "甲")) == ("#1", "#2", "甲")


def test_what_stands_in_and_what_means_the_same(tmp_path: Path) -> None:
    found = understand(
        sampled(tmp_path, BASIC | {"操作": repeated("查看"), "住院号": PATIENTS, "门诊号": PATIENTS}), {}, {}
    )
    used = found.columns["patient_id"]
    assert (used.header, used.stands_in, used.beside) == ("住院号", "visit_id", "门诊号")
    found = understand(sampled(tmp_path, BASIC | {"病历号": PATIENTS, "登记号": PATIENTS}), {}, {})
    assert found.columns["patient_id"].rivals == ("登记号",)
    assert found.sees_patients


def test_an_empty_column_is_none(tmp_path: Path) -> None:
    found = understand(sampled(tmp_path, BASIC | {"病历号": [""] * ROWS}), {}, {})
    assert not found.sees_patients
    assert found.empty == {"patient_id": "病历号"}
    assert Understanding().sees_patients


def test_forms_of_unused_columns(tmp_path: Path) -> None:
    columns = BASIC | {"联系电话": [f"138{place:08d}" for place in range(ROWS)], "患者姓名": repeated("王芳", "李娜")}
    unused = {one.header: one.form for one in understand(sampled(tmp_path, columns), {}, {}).unused}
    assert unused == {"联系电话": "phone", "患者姓名": "name"}


@pytest.mark.parametrize(("value", "guess"), [
    ("查看病历", ("view", True)), ("医嘱打印", ("print", True)), ("导出检查结果", ("export", True)),
    ("删除患者信息", ("delete", True)), ("取消打印", ("print", False)), ("打印预览", (None, False)),
    ("登录页面", ("login", False)), ("查阅一下", ("view", False)), ("封存", (None, False)),
])  # fmt: skip
def test_guesses(value: str, guess: tuple[str | None, bool]) -> None:
    assert value_guess("action", value) == guess
