"""Excerpts of output in README and guide: what the commands say when they work through the sample.

An excerpt is a ``console`` block that begins with ``$ detector --config sample_logs …``. ``python -m tests.guide
excerpts`` runs the sample and writes all of them anew; needed when a finding of it changes.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.guide.markdown import CHECKOUT, README, pages, read
from tests.sample import copy_sample

PROMPT: Final = "$ detector --config sample_logs "
BLOCK: Final = re.compile(
    rf"^```console\n{re.escape(PROMPT)}(?P<command>[^\n]*)\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL
)
SHORTENED: Final = (
    (r"run", [0, 1, 2, 3, 4]),
    (r"--lang en show \w+", [0, 1, 2, 3, 5, 6]),
    (r"show \w+", [0, 1, 2, 3, 5, 6]),
)
"""Of the output of these commands only some paragraphs are shown, counted from 0."""
ACTING: Final = ("triage", "report", "evidence", "verify")
"""Commands that write; they come last, in the order in which the pages show them, with both streams."""
QUIET: Final = ("drill",)


def texts() -> dict[Path, str]:
    """Return the pages that may hold excerpts."""
    return {path: read(path) for path in (README, *pages())}


def excerpts() -> dict[str, str]:
    """Return the excerpts that stand in the pages, by command."""
    return {one["command"]: one["output"] for text in texts().values() for one in BLOCK.finditer(text)}


def sample_output(folder: Path, commands: list[str]) -> dict[str, str]:
    """Run the sample in a copy; return what each command of an excerpt writes."""
    copy_sample(folder / "sample_logs")

    def name(command: str) -> str:
        return next(word for word in shlex.split(command.removeprefix("--lang en ")))

    ordered = sorted(commands, key=lambda one: (name(one) != "run", name(one) in ACTING))
    return {command: shown(command, _output(folder, command, name(command))) for command in ordered}


def _output(folder: Path, command: str, name: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "detector",
            "--config",
            "sample_logs",
            *shlex.split(command),
            *["--quiet"] * (name in QUIET),
        ],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if name in ACTING else subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def shown(command: str, output: str) -> str:
    """Return an output as a page shows it: paragraphs left out, and hashes, which hang on the hour."""
    output = re.sub(r"[0-9a-f]{16,}", "…", output).rstrip("\n") + "\n" if _acts(command) else output
    kept = next((kept for pattern, kept in SHORTENED if re.fullmatch(pattern, command)), None)
    if kept is None:
        return output
    paragraphs = output.rstrip("\n").split("\n\n")
    parts: list[str] = []
    expected = 0
    for number in kept:
        parts += ["…"] * (number != expected) + [paragraphs[number]]
        expected = number + 1
    return "\n\n".join(parts + ["…"] * (expected != len(paragraphs))) + "\n"


def _acts(command: str) -> bool:
    return any(word in ACTING for word in shlex.split(command))


def write() -> None:
    """Put what the sample gives now into the pages."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = sample_output(Path(folder), list(excerpts()))
    for path, text in texts().items():
        path.write_text(
            BLOCK.sub(lambda one: f"```console\n{PROMPT}{one['command']}\n{fresh[one['command']]}```", text),
            encoding="utf-8",
        )
