"""The recipes of CONTRIBUTING do what they say: a copy of the house, exactly their edits, the tests over all of a kind.

A recipe is a section below "### Step by step". Its steps are read from it, so that text and test cannot part:
"Create `PATH`:" and a block; "In `PATH`, below the line `LINE`, add:" (or above) and a block; "In `PATH`, replace `OLD`
with `NEW`."; "Run `COMMAND`"; "Check with `COMMAND`". LINE, OLD and NEW stand in two backticks where they hold one.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sample import copy_sample

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = (CHECKOUT / ".github/CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ("detector", "sql", "tests", "README.md", ".github", "CHANGELOG.md", "pyproject.toml")
STEP = re.compile(
    r"Create `(?P<new>[^`]+)`:\n\n```\w*\n(?P<content>.*?)^```$"
    r"|In `(?P<path>[^`]+)`, (?P<side>below|above) the line (?P<line>`[^`]+`|``.+?``), add:\n\n"
    r"```\w*\n(?P<block>.*?)^```$"
    r"|In `(?P<edited>[^`]+)`, replace (?P<old>`[^`]+`|``.+?``)\s+with (?P<replacement>`[^`]+`|``.+?``)\."
    r"|(?:Run|Check with) `(?P<command>[^`]+)`",
    re.MULTILINE | re.DOTALL,
)


def recipes() -> dict[str, str]:
    """Return the text of every recipe by its heading."""
    section = re.split(r"^## ", PAGE.split("\n### Step by step\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    _, *parts = re.split(r"^#### ", section, flags=re.MULTILINE)
    return dict(part.split("\n", 1) for part in parts)


def code(span: str) -> str:
    """Return what a code span of Markdown holds."""
    return span.strip("`").strip()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of everything that the tests over all of a kind need."""
    copy_sample(tmp_path / "sample_logs")
    skipped = shutil.ignore_patterns(".*")  # what is compiled comes along: it counts while its source is as it was
    for name in COPIED:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=skipped)
        else:
            shutil.copyfile(CHECKOUT / name, tmp_path / name)
    return tmp_path


def edit(house: Path, step: re.Match[str]) -> None:
    """Do one step of a recipe that creates or changes a file."""
    if step["new"]:
        target = house / step["new"]
        assert not target.exists(), f"{step['new']} is there already"
        target.write_text(step["content"], encoding="utf-8")
        return
    if step["edited"]:
        target, old = house / step["edited"], code(step["old"])
        text = target.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{step['edited']} has {old!r} {text.count(old)} times"
        target.write_text(text.replace(old, code(step["replacement"])), encoding="utf-8")
        return
    target, wanted = house / step["path"], code(step["line"])
    lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line.strip() == wanted]
    assert len(places) == 1, f"{step['path']} has the line {wanted!r} {len(places)} times"
    place = places[0] + (step["side"] == "below")
    lines[place:place] = step["block"].splitlines(keepends=True)
    target.write_text("".join(lines), encoding="utf-8")


def run(house: Path, command: str) -> None:
    """Run a command of a recipe in the copy; ``python`` and ``pytest`` are those that run this test."""
    program, *arguments = shlex.split(command)
    module = {"python": [], "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"]}[program]
    done = subprocess.run(
        [sys.executable, *module, *arguments],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"


QUICK = ("A simulated attack",)
"""Recipes whose own check takes seconds."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.heavy) for name in recipes()]
)
def test_a_recipe_is_all_there_is_to_do(name: str, house: Path) -> None:
    steps = list(STEP.finditer(recipes()[name]))
    assert len(steps) >= 2
    assert steps[-1].group().startswith("Check with `pytest ")
    for step in steps:
        if step["command"]:
            run(house, step["command"])
        else:
            edit(house, step)


def test_the_table_of_what_can_be_added_leads_to_every_recipe() -> None:
    table = PAGE.split("\n## Adding to it\n", 1)[1].split("\n### ")[0]
    anchors = {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in recipes()}
    assert set(re.findall(r"\]\(#([^)]+)\)", table)) == anchors
