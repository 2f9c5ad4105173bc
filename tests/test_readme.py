"""The README is the door: short, Chinese first, with the two commands and what anybody needs to begin."""

from __future__ import annotations

import re
import tomllib

from tests.guide.markdown import CHECKOUT, README, blocks, read

TEXT = read(README)
MOST_LINES = 250

RUN_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet . "
    "&& .venv/bin/detector --config sample_logs/detector.toml run"
)
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet '.[test]' && .venv/bin/python -m pytest -q -n auto"
)


def test_the_two_commands_are_there_each_a_block_of_its_own() -> None:
    assert RUN_COMMAND + "\n" in blocks(TEXT, "sh")
    assert TEST_COMMAND + "\n" in blocks(TEXT, "sh")


def test_what_ci_takes_for_the_test_command_is_it() -> None:
    matching = [line for line in TEXT.splitlines() if re.match(r"[^#|]*pytest", line)]
    assert matching[0] == TEST_COMMAND


def test_it_is_short_and_chinese_comes_first() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES
    assert TEXT.index("## 中文") < TEXT.index("## English")


def test_it_has_one_excerpt_and_one_cron_line() -> None:
    assert len(blocks(TEXT, "console")) == 1
    assert len(blocks(TEXT, "cron")) == 1
    assert blocks(TEXT, "cron")[0].count("\n") == 1


def test_its_figures_are_those_of_the_guide() -> None:
    told = read(CHECKOUT / "detector/guide/detection.en.md")
    for chinese, english in (
        ("本工具，有背景表", "detector"),
        ("本工具，只有日志", "detector, logs alone (no context table)"),
        ("按每日访问量偏离程度（z 分数）", "per-day volume z-score"),
        ("对计数用孤立森林", "isolation forest on counts"),
    ):
        short = next(line for line in TEXT.splitlines() if line.startswith(f"| {chinese} |")).split(" | ")[1:]
        whole = next(line for line in told.splitlines() if line.startswith(f"| {english} |")).split(" | ")[1:]
        assert [one.replace("/", " of ").rstrip(" |") for one in short] == whole[:6]


def test_it_and_the_project_agree() -> None:
    project = tomllib.loads(read(CHECKOUT / "pyproject.toml"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in TEXT
    assert "Python 3.11 以上" in TEXT
    assert "test" in project["optional-dependencies"]
    assert project["scripts"] == {"detector": "detector.cli:main"}
