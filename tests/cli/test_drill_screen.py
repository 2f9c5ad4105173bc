"""What a drill shows a person, compared as a whole with the files in ``golden``."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from detector.cli.progress_display import TimeLeft
from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import table
from detector.cli.render.text import cells
from detector.cli.render.text_charts import beside, power_curve
from detector.cli.screens import drill_screen as screen
from detector.drill.campaign import EpisodeOutcome, History, Result
from detector.drill.planters import PLANTERS
from detector.drill.power import curves, powers
from detector.texts import load_texts
from detector.texts.language import Language
from tests.cli.test_screens import LANGUAGES, agrees
from tests.drill.test_power import DAY, episode


def found() -> Result:
    outcomes = [EpisodeOutcome(episode("maternity-slow", "low", label=str(number))) for number in range(3)]
    outcomes += [
        EpisodeOutcome(episode("maternity-slow", "medium"), DAY + dt.timedelta(days=days)) for days in (1, 2, 5, 1, 3)
    ]
    outcomes += [EpisodeOutcome(episode("shared-out", "high"), DAY, ("maternity-harvesting",))]
    outcomes += [
        EpisodeOutcome(episode("self-lookup", "medium"), DAY),
        EpisodeOutcome(episode("external-network", "low"), DAY),
    ]
    history = History(DAY, DAY + dt.timedelta(days=88), {}, frozenset())
    return Result(history, 311, 4, 77, outcomes, Counter({(PLANTERS["celebrity"], "low"): 2}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drill(language: Language) -> None:
    texts, result = load_texts(language), found()
    rows = powers(result)
    lines = [
        *screen.heading(result, texts, 80, Paint()),
        *table(screen.columns(texts, rows), screen.table_rows(rows, texts), width=80),
        *screen.ending(result, rows, curves(result.outcomes), texts, 80, Paint()),
    ]
    agrees(f"drill.{language}.txt", lines)
    assert max(map(cells, lines)) <= 80


def test_few_episodes_say_nothing_about_nine_in_ten() -> None:
    texts, result = load_texts("en"), found()
    result.outcomes = [EpisodeOutcome(episode("self-lookup", "medium"), DAY)]
    lines = screen.ending(result, powers(result), curves(result.outcomes), texts, 80, Paint())
    assert "too few to tell which is caught nine times in ten" in " ".join(" ".join(lines).split())


def test_machine_rows_have_every_key() -> None:
    rows = screen.rows(powers(found()))
    assert all(tuple(row) == screen.KEYS for row in rows)
    by_kind = {(row["episode"], row["intensity"]): row for row in rows}
    assert by_kind["maternity-slow", "medium"] | {"share_low": 0, "share_high": 0} == {
        "pattern": "maternity-harvesting", "episode": "maternity-slow", "family": "harvest", "intensity": "medium",
        "patients_per_day": 3.5, "days": 28, "accounts": 1, "planted": 5, "caught": 5, "share": 1.0, "share_low": 0,
        "share_high": 0, "delay_days": 2, "exposed": 3, "named_right": 0, "smallest_caught": True,
    }  # fmt: skip
    assert by_kind["celebrity", "low"]["share"] is None


def test_a_curve_goes_through_its_points() -> None:
    lines = power_curve("all", [("low", 0.0, 0.0, 0.4), ("high", 1.0, 0.6, 1.0)])
    assert lines == [
        "all",
        "100% ┤         ●",
        " 75% ┤         │",
        " 50% ┤   │     │",
        " 25% ┤   │",
        "  0% ┤   ●",
        "        low  high",
    ]


def test_blocks_stand_beside_each_other_as_far_as_they_fit() -> None:
    blocks = [["aaaa", "a"], ["bbb"], ["cccccc"]]
    assert beside(blocks, 10, 2) == ["aaaa  bbb", "a", "", "cccccc"]
    assert beside(blocks, 40, 1) == ["aaaa bbb cccccc", "a"]
    assert beside([], 40, 1) == []


class Listener:
    def __init__(self) -> None:
        self.details: list[str] = []

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        self.details.append(detail)


def test_the_time_left_follows_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 120.0, 240.0, 270.0])
    monkeypatch.setattr("detector.cli.progress_display.time.monotonic", lambda: next(clock))
    listener = Listener()
    left = TimeLeft(listener, "night", lambda minutes: f"{minutes} min")
    left.step("plant", 1, 5, "x")
    for done in (0, 2, 4, 5):
        left.step("night", done, 5, "d")
    assert listener.details == ["x", "d", "d  3 min", "d  1 min", "d"]
