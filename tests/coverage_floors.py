"""Holds what the tests ran of each room of ``detector/`` against its floor in ``pyproject.toml``, ``[tool.floors]``.

``python -m tests.coverage_floors`` reads the data that ``coverage run`` and ``coverage combine`` left; ``poe coverage``
does all of it. Exit code 1 where a room is below its floor, or has none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def floors() -> dict[str, float]:
    """Return the floor of every room in percent; ``""`` stands for the modules outside all rooms."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(project["tool"]["floors"])


def room(path: str) -> str:
    """``detector/store/parts.py`` lies in the room ``store``."""
    parts = Path(path).parts
    below = parts[parts.index("detector") + 1 :]
    return below[0] if len(below) > 1 else ""


def shares(files: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """Return the share of statements that ran, in percent, of each room; from statements and those run, by file."""
    statements: Counter[str] = Counter()
    ran: Counter[str] = Counter()
    for path, (all_of_it, run) in files.items():
        statements[room(path)] += all_of_it
        ran[room(path)] += run
    return {name: 100 * ran[name] / statements[name] for name in sorted(statements) if statements[name]}


def complaints(found: Mapping[str, float], wanted: Mapping[str, float]) -> list[str]:
    """Return one line for each room that is below its floor, has no floor, or is gone."""
    lines = []
    for name in sorted(found.keys() | wanted.keys()):
        place = f"detector/{name}"
        if name not in wanted:
            lines.append(f"{place} has no floor: {found[name]:.1f} % of it ran; give it one in pyproject.toml")
        elif name not in found:
            lines.append(f"{place} has a floor and no statement that could run: take it out of pyproject.toml")
        elif found[name] < wanted[name]:
            lines.append(f"{place}: {found[name]:.1f} % of its statements ran, its floor is {wanted[name]} %")
    return lines


def measured() -> dict[str, tuple[int, int]]:
    """Return statements and those run of every module, from coverage's data."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        line = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(report)]
        subprocess.run(line, cwd=CHECKOUT, check=True)
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {path: (one["summary"]["num_statements"], one["summary"]["covered_lines"]) for path, one in files.items()}


def main() -> None:
    """Print the share of every room beside its floor, then what is wrong."""
    found, wanted = shares(measured()), floors()
    for name, share in found.items():
        sys.stdout.write(f"detector/{name:<12} {share:5.1f} %  floor {wanted.get(name, '-')}\n")
    wrong = complaints(found, wanted)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
