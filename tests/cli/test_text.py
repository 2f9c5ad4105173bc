from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import UNSAFE, cells, clip, pad, shown, wrap
from detector.cli.render.text_charts import heat_map, sparkline


def test_every_cell_is_cut() -> None:
    columns = [ScreenColumn(fit, fit, fit=fit) for fit in ("keep", "clip", "wrap")]
    lines = table(columns, [dict.fromkeys(("keep", "clip", "wrap"), "名" * 70_000)], width=80)
    assert len(lines) < 100
    assert max(map(len, lines)) < 500
    assert "…" in "".join(lines)


def test_control_characters_and_direction_overrides_become_visible() -> None:
    assert shown("a\x1b[31mb\x07") == "a\\x1b[31mb\\x07"
    assert shown("line\nbreak\r\ttab") == "line\\nbreak\\r\\ttab"
    assert shown("abc\u202egpj.exe") == "abc\\u202egpj.exe"
    assert shown("\u2066x\u2069\ufeff\x9b") == "\\u2066x\\u2069\\ufeff\\x9b"
    assert shown("刘晓燕（01077）") == "刘晓燕（01077）"


@given(st.text())
def test_nothing_unsafe_is_ever_shown(text: str) -> None:
    safe = shown(text)
    assert not UNSAFE.search(safe)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in safe)


def test_wide_characters_count_two_cells() -> None:
    assert cells("ab") == 2
    assert cells("产科") == 4
    assert cells("e\u0301") == 1
    assert cells("👩\u200d⚕\ufe0f") == 2
    assert clip("病👩\u200d⚕\ufe0f区", 5) == "病👩\u200d⚕\ufe0f…"
    assert pad("产科", 6) == "产科  "
    assert pad("7", 3, "right") == "  7"


@given(st.text(), st.integers(1, 30))
def test_clipped_text_fits(text: str, width: int) -> None:
    assert cells(clip(shown(text), width)) <= width


@given(st.text(st.sampled_from("ab 产科，。")), st.integers(4, 20))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_chinese_is_wrapped_between_characters_and_not_before_punctuation() -> None:
    assert wrap("甲乙丙丁，戊己", 8) == ["甲乙丙", "丁，戊己"]
    assert wrap("甲乙丙（丁戊）", 8) == ["甲乙丙", "（丁戊）"]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("查看了患者的基本信息", 18, ["查看了患者的", "基本信息"]),
        ("甲乙丙丁由杜飞（81001）打开", 16, ["甲乙丙丁", "由杜飞（81001）", "打开"]),
        ("甲乙丙丁由 杜飞 81001 打开", 16, ["甲乙丙丁由", "杜飞 81001 打开"]),
        ("甲乙丙丁戊己共 1,234 人次", 16, ["甲乙丙丁戊己共", "1,234 人次"]),
        ("甲乙丙丁 2026-07-04 07:45 首次", 20, ["甲乙丙丁", "2026-07-04 07:45", "首次"]),
        ("甲乙丙丁戊 18 个账号", 14, ["甲乙丙丁戊", "18 个账号"]),
        ("甲乙丙丁见his-2026-06-01.csv", 20, ["甲乙丙丁见", "his-2026-06-01.csv"]),
    ],
)
def test_names_numbers_dates_and_words_stay_whole(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


def test_a_table_is_cut_to_the_width_and_stays_aligned() -> None:
    rows = [
        {"id": "3f9ac21b", "name": "刘晓燕在一个名字很长的科室里工作", "count": 1234},
        {"id": "0000aaaa", "name": "Liu\x1b[2J", "count": None},
    ]
    columns = [
        ScreenColumn("id", "线索"),
        ScreenColumn("name", "姓名", fit="clip"),
        ScreenColumn("count", "患者", align="right"),
    ]
    lines = table(columns, rows, width=32)
    assert lines == [
        "线索      姓名              患者",
        "────────  ───────────────  ─────",
        "3f9ac21b  刘晓燕在一个名…  1,234",
        "0000aaaa  Liu\\x1b[2J           -",
    ]
    assert all(cells(line) <= 32 for line in lines)


def test_charts() -> None:
    assert sparkline([0, 1, 4, 8]) == "·▁▄█"
    assert sparkline([]) == ""
    assert heat_map(["周一", "Tue"], [[0, 1], [4, 2]]) == ["周一 ·░", "Tue  █▒"]


def test_an_account_with_its_name_parts_between_the_two() -> None:
    assert wrap("81046 杨磊莉", 10) == ["81046", "杨磊莉"]
    assert wrap("见 81046 杨磊莉", 12) == ["见", "81046 杨磊莉"]
