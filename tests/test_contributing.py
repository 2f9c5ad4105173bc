"""CONTRIBUTING says what is so: the rooms, the places to add something, the session in the debugger.

``python -m tests.test_contributing`` writes the rooms, the tasks and what the session prints anew.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

import detector
from tests.guide.markdown import CHECKOUT, CONTRIBUTING, DECISIONS, prose, read, rows, section, words
from tests.store.archive import unpack
from tests.test_imports import ANNEX, FLOW, LEAVES
from tests.test_readme import TEST_COMMAND
from tests.test_recipes import COPIED

TEXT = read(CONTRIBUTING)
ARCHIVE = CHECKOUT / "tests/data/stores/e06199c.tar.xz"
SITE = "/tmp/night"
ROOMS = re.compile(r"(?<=^\| room \| what it holds \|\n\| --- \| --- \|\n)(\|[^\n]*\n)+", re.MULTILINE)
TASKS = re.compile(r"(?<=^\| task \| what it does \|\n\| --- \| --- \|\n)(\|[^\n]*\n)+", re.MULTILINE)
SESSION = re.compile(r"(?<=^```pycon\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def rooms() -> str:
    """The rooms from left to right, each with the first sentence of its docstring."""
    lines = []
    for room in FLOW:
        (sentence, *_) = (importlib.import_module(f"detector.{room}").__doc__ or "").splitlines()
        lines.append(f"| `{room}/` | {sentence.replace('``', '`')} |\n")
    return "".join(lines)


def tasks() -> str:
    """The tasks of the project, as they say it themselves."""
    declared = project()["tool"]["poe"]["tasks"]
    return "".join(f"| `poe {name}` | {task['help']}. |\n" for name, task in declared.items())


def project() -> dict[str, Any]:
    return tomllib.loads(read(CHECKOUT / "pyproject.toml"))


def session(folder: Path) -> list[str]:
    """Run the blocks of the session on a copy of the archived store; return them with what they print."""
    (folder / "night").mkdir()
    unpack(ARCHIVE, folder / "night")
    known: dict[str, object] = {}
    written = []
    for block in SESSION.findall(TEXT):
        lines = []
        for example in doctest.DocTestParser().get_examples(block):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(example.source.replace(SITE, str(folder / "night")), "session", "single"), known)
            first, *more = example.source.splitlines()
            lines += [f">>> {first}", *(f"... {line}" for line in more), *printed.getvalue().splitlines()]
        written.append("\n".join(lines) + "\n")
    return written


def test_its_test_command_is_that_of_the_readme() -> None:
    assert f"```sh\n{TEST_COMMAND}\n```" in TEXT


def test_the_set_up_names_extras_that_exist() -> None:
    (extras,) = re.findall(r"--editable '\.\[([^]]+)\]'", TEXT)
    assert set(extras.split(",")) <= set(project()["project"]["optional-dependencies"])


def test_the_tasks_are_those_of_the_project() -> None:
    (shown,) = TASKS.finditer(TEXT)
    assert shown.group() == tasks(), "`python -m tests.test_contributing` writes them anew"
    named = set(re.findall(r"`poe ([a-z-]+)`", TEXT))
    assert named == set(project()["tool"]["poe"]["tasks"])


def test_the_sdist_holds_what_the_recipes_need() -> None:
    build = project()["tool"]["hatch"]["build"]
    assert {f"/{name}" for name in COPIED} - {"/pyproject.toml"} <= set(build["targets"]["sdist"]["include"])
    assert build["targets"]["wheel"]["packages"] == ["detector"]


def test_the_house_has_these_rooms_in_this_order() -> None:
    (shown,) = ROOMS.finditer(TEXT)
    assert shown.group() == rooms(), "`python -m tests.test_contributing` writes them anew"
    told = section(TEXT, "## The house")
    for other in {*LEAVES, ANNEX} - {""}:
        assert f"`detector/{other}" in told, other
    folders = {path.parent.name for path in Path(detector.__file__).parent.glob("*/__init__.py")}
    assert folders == {*FLOW, ANNEX}


def test_every_place_to_add_something_exists() -> None:
    places = [word for row in rows(section(TEXT, "## Adding to it")) for word in words(row[1]) if "/" in word]
    assert places
    for place in places:
        assert (CHECKOUT / place.split("<")[0]).exists(), place


def test_every_function_to_stop_in_exists() -> None:
    cells = [row[1] for row in rows(section(TEXT, "### Where to stop"))]
    named = [pair for cell in cells for pair in re.findall(r"`(\w+)` in `([^`]+\.py)`", cell)]
    assert len(named) >= 9
    for function, path in named:
        tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, path


def test_the_session_prints_what_the_page_shows(tmp_path: Path) -> None:
    assert session(tmp_path) == SESSION.findall(TEXT), "`python -m tests.test_contributing` writes it anew"


@pytest.mark.slow
@pytest.mark.heavy
def test_the_commands_of_the_debugger_stop_in_the_next_night(tmp_path: Path) -> None:
    unpacking, running = re.findall(
        r"^```sh\n(.*?)^```$", TEXT.split("\n## A night in the debugger\n")[1], re.MULTILINE | re.DOTALL
    )
    script = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\nset -e\n{unpacking}{running}'
    done = subprocess.run(
        ["bash", "-c", script.replace(SITE, str(tmp_path / "night"))],
        input="p str(date)\nq\n",
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"job\.py\(\d+\)judge_night\(\)", done.stdout), done.stdout + done.stderr
    assert "'2026-06-18'" in done.stdout


@pytest.mark.parametrize("word", sorted(set(re.findall(r"`python -m (tests\.[\w.]+)", TEXT))))
def test_every_module_that_is_run_exists(word: str) -> None:
    place = CHECKOUT / word.replace(".", "/")
    assert "__main__" in read(place / "__main__.py" if place.is_dir() else place.with_suffix(".py"))


def test_every_decision_is_listed_and_has_its_parts() -> None:
    index, *pages = sorted(DECISIONS, key=lambda path: path.name != "README.md")
    assert [int(path.name[:4]) for path in pages] == list(range(1, len(pages) + 1))
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \|", read(index), re.MULTILINE)
    assert [(path.name[:4], path.name) for path in pages] == listed
    for path in pages:
        text = read(path)
        assert text.startswith(f"# {path.name[:4]} "), path.name
        assert len(text.splitlines()) <= 60, path.name
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
            "Context", "Decision", "What else was tried or weighed", "What would change our mind"
        ], path.name  # fmt: skip


def test_files_that_decisions_and_this_page_name_exist() -> None:
    for page in (CONTRIBUTING, *DECISIONS):
        text = prose(read(page)).split("\n### Step by step\n")[0]
        for place in re.findall(r"`((?:detector|sql|tests|\.ci)/[^` ]*)`", text):
            assert (CHECKOUT / place.split("<")[0]).exists(), f"{page.name}: {place}"


def write() -> None:
    """Put the rooms, the tasks, and what the session prints, into the page."""
    with tempfile.TemporaryDirectory() as folder:
        blocks = iter(session(Path(folder)))
    text = SESSION.sub(lambda _: next(blocks), ROOMS.sub(lambda _: rooms(), TASKS.sub(lambda _: tasks(), TEXT)))
    CONTRIBUTING.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
