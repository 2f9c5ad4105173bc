"""The tasks of ``pyproject.toml`` name what there is, every room has a floor, and a room below it is named."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

import detector
from tests.coverage_floors import complaints, floors, room, shares

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
TASKS = PROJECT["tool"]["poe"]["tasks"]


def commands(task: Any) -> list[str]:
    """Return the command lines of a task; a name in a sequence is another task's."""
    if isinstance(task, str):
        return commands(TASKS[task])
    return [task["cmd"]] if "cmd" in task else [line for step in task["sequence"] for line in commands(step)]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_names_what_there_is(name: str) -> None:
    assert TASKS[name]["help"]
    for command in commands(TASKS[name]):
        words = shlex.split(command)
        for word in words:
            if word.startswith("tests"):
                assert list(CHECKOUT.glob(word.replace(".", "/") + "*" if "/" not in word else word)), word


def test_the_test_task_is_what_the_readme_runs() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"&& \.venv/bin/(python -m pytest .*)$", readme, re.MULTILINE)[:1]
    assert commands(TASKS["test"]) == [line]


def test_every_room_has_a_floor() -> None:
    package = Path(detector.__file__).parent
    modules = (str(path.relative_to(package.parent)) for path in package.rglob("*.py") if path.stat().st_size > 200)
    assert set(floors()) == {room(path) for path in modules}


def test_a_room_below_its_floor_is_named() -> None:
    found = shares({"detector/store/a.py": (10, 5), "detector/store/b.py": (10, 10), "detector/errors.py": (4, 4)})
    assert found == {"": 100, "store": 75}
    assert complaints(found, {"": 90, "store": 75}) == []
    assert complaints(found, {"": 90, "store": 76}) == [
        "detector/store: 75.0 % of its statements ran, its floor is 76 %"
    ]
    assert "detector/store has no floor" in complaints(found, {"": 90})[0]
    assert "detector/cellar has a floor" in complaints(found, {"": 90, "store": 75, "cellar": 1})[0]
