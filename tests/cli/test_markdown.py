"""Markdown on a terminal."""

from __future__ import annotations

from detector.cli.render.markdown import rendered
from detector.cli.render.paint import Paint
from detector.cli.render.text import cells
from tests.guide.markdown import pages, read


def lines(text: str, width: int = 40) -> list[str]:
    return rendered(text, width, Paint())


def test_headings_are_underlined_as_wide_as_they_are() -> None:
    assert lines("# 手册\n\n## Part\n\n### Small\n") == ["手册", "════", "", "Part", "────", "", "Small"]


def test_chinese_lines_are_joined_without_a_space_and_others_with_one() -> None:
    assert lines("一行\n二行\n") == ["一行二行"]
    assert lines("one\ntwo\n") == ["one two"]
    assert lines("见下；\n`user` 看\n") == ["见下；`user` 看"]


def test_code_is_never_broken() -> None:
    long = "x" * 60
    assert lines(f"```sh\n{long}\n```\n") == [long]
    assert lines("```sh\nshort\n\nlines\n```\n") == ["  short", "", "  lines"]


def test_lists_keep_their_numbers_and_hang() -> None:
    text = "1. one two three four five six seven eight\n2. b\n   - inner\n"
    assert lines(text, 30) == ["1. one two three four five six", "   seven eight", "2. b", "  - inner"]


def test_a_link_to_a_page_is_the_command_that_shows_it() -> None:
    assert lines("see [siem](siem.en.md#fields)") == ["see `detector guide siem`"]
    assert lines("a [context table](formats.en.md#x)", 80) == ["a context table (`detector guide formats`)"]
    assert lines("[here](#below), [uv](https://uv.example)", 80) == ["here, uv (https://uv.example)"]


def test_tables_wrap_by_cells() -> None:
    shown = lines("| key | 含义 |\n| --- | --- |\n| `a` | " + "很长" * 20 + " |\n| b | |\n")
    assert shown[0].startswith("key")
    assert all(cells(line) <= 40 for line in shown)
    assert sum("很长" in line for line in shown) > 1


def test_no_line_of_the_guide_but_code_is_wider_than_the_terminal() -> None:
    for page in pages():
        code = {line.strip() for line in read(page).splitlines()}
        text = read(page).split("-->\n", 1)[1]
        wide = [line for line in lines(text, 80) if cells(line) > 80 and line.strip() not in code]
        assert not wide, page.name
