"""What a report says of the last drill: where it is from, whether it is old, and nothing that no drill has shown."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from detector import __version__
from detector.reports.document import Block, Items, Paragraph, ReportTable
from detector.reports.drill_record import DrilledKind, DrillRecord, keep_drill
from detector.reports.drilled_controls import OLD_DAYS, drilled_blocks
from detector.reports.periods import Period
from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language

LAST = dt.date(2026, 6, 30)
NONE = dict.fromkeys(("mask", "limit_50", "limit_250", "close", "reason"), 0)
SLOW = DrilledKind(1, 5, False, 15, 15, 90, 0, 0, NONE | {"mask": 40, "reason": 50}, NONE | {"mask": 3, "reason": 5})
LISTS = DrilledKind(
    1, 5, False, 10, 0, 0, 10, 4000, NONE | {"limit_50": 3500, "limit_250": 1500}, NONE | {"limit_50": 50}
)
SELF = DrilledKind(2, 1, True, 1, 1, 2, 0, 0, NONE | {"reason": 2}, NONE)
EMPTY = DrilledKind(1, 5, False, 0, 0, 0, 0, 0, NONE, NONE)
DRILL = DrillRecord(
    __version__, "abc", dt.date(2026, 1, 1), LAST,
    {"maternity-slow": SLOW, "bulk-export": LISTS, "self-lookup": SELF, "celebrity": EMPTY},
)  # fmt: skip


def blocks(folder: Path, drill: DrillRecord | None, language: Language = "en", last: dt.date = LAST) -> list[Block]:
    if drill is not None:
        keep_drill(folder, drill, None)
    month = Period("month", last.replace(day=1), last, (last, last))
    return drilled_blocks(folder, month, load_texts(language))


def sentences(told: list[Block]) -> str:
    return "\n".join(line for block in told if isinstance(block, Items) for line in block.items)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_for_each_family_and_measure_that_touches_something(tmp_path: Path, language: Language) -> None:
    say = load_texts(language)
    table = next(one for one in blocks(tmp_path, DRILL, language) if isinstance(one, ReportTable))
    names = ("episodes", "exposed", "fewer", "usual", "rest")
    rows = {(row["kind"], row["control"]): tuple(row[name] for name in names) for row in table.rows}
    harvest, curiosity = say("drill.family_harvest"), say("drill.family_curiosity")
    assert rows == {
        (harvest, say("reach.measure_mask")): (15, 90, 40, 3, 47),
        (harvest, say("reach.measure_limit_50")): (10, 4000, 3500, 50, 450),
        (harvest, say("reach.measure_limit_250")): (10, 4000, 1500, 0, 2500),
        (harvest, say("reach.measure_close")): (15, 90, 0, 0, 90),
        (harvest, say("reach.measure_reason")): (15, 90, 50, 5, 35),
        (curiosity, say("reach.measure_mask")): (1, 2, 0, 0, 2),
        (curiosity, say("reach.measure_close")): (1, 2, 0, 0, 2),
        (curiosity, say("reach.measure_reason")): (1, 2, 2, 0, 0),
    }
    assert [row["kind"] for row in table.rows] == [harvest] * 5 + [curiosity] * 3


def test_it_says_which_drill_it_is_from_and_what_it_does_not_show(tmp_path: Path) -> None:
    told = sentences(blocks(tmp_path, DRILL))
    assert (
        "From detector drill: 26 invented episodes (kinds: 3), hidden in copies of the history from 2026-01-01 to"
        f" 2026-06-30 (version {__version__}; episodes of each kind and intensity: 1, 5; seed: 1, 2)." in told
    )
    assert "or the logs lack what it takes: 1." in told
    assert "two weeks at most): 1." in told
    assert "upper bound" in told
    assert "old" not in told
    assert "by version" not in told


def test_a_drill_that_is_old_or_of_another_version_is_called_so(tmp_path: Path) -> None:
    on_time = LAST + dt.timedelta(days=OLD_DAYS)
    assert "is old" not in sentences(blocks(tmp_path, DRILL, last=on_time))
    assert "This drill is old: its history ends on 2026-06-30, more than 90 days" in sentences(
        blocks(tmp_path, DRILL, last=on_time + dt.timedelta(days=1))
    )
    other = sentences(blocks(tmp_path, replace(DRILL, version="0.0.1")))
    assert f"made by version 0.0.1 of the program, the report by {__version__}" in other


@pytest.mark.parametrize(
    "drill", [None, replace(DRILL, kinds={"celebrity": EMPTY}), replace(DRILL, kinds={"gone": EMPTY})]
)
def test_without_a_drill_it_says_how_to_get_one(tmp_path: Path, drill: DrillRecord | None) -> None:
    (told,) = blocks(tmp_path, drill, "zh")
    assert isinstance(told, Paragraph)
    assert "尚未保存演练结果" in told.text
    assert "detector drill" in told.text
