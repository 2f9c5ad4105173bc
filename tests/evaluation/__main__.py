"""Measures all that a change to detection is judged by, with one command: a quick look, or the whole table.

    python -m tests.evaluation quick --work DIR     about ten minutes on two processors
    python -m tests.evaluation whole --work DIR     a night and more

Each part is a call of one of the modules beside this one, with what it prints in `DIR/PART.md`. A part that is there is
printed and not measured again, and neither is a hospital that lies judged in `DIR`: ended in the middle, the same
command goes on. `DIR` belongs to one version of the code; with another one the command says so and measures nothing.
The seeds are those that other figures of the project come from; `--shift N` takes others, for hospitals that nobody has
looked at yet.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import detector
from tests.evaluation.measure import LISTS, TABLES

CODE: Final = "code.sha256"
BARE: Final = ("--without", "+".join(TABLES + LISTS))


@dataclass(frozen=True, slots=True)
class Part:
    """One table: the module that measures it, the seeds of its hospitals (counted from the first) and other words."""

    name: str
    module: str
    seeds: tuple[int, ...]
    words: tuple[str, ...]

    def call(self, shift: int, work: Path) -> list[str]:
        """Return the command line that measures the part in ``work``."""
        numbers = [str(seed + shift) for seed in self.seeds]
        seeds = ["--first", numbers[0], "--hospitals", str(len(numbers))] if self.module == "fairness" else [
            "--seeds", *numbers,
        ]  # fmt: skip
        return [sys.executable, "-m", f"tests.evaluation.{self.module}", *seeds, *self.words, "--work", str(work)]


def sizes(staff: int, days: int, attacks: int | None = None, kind: str = "maternity") -> tuple[str, ...]:
    """Return the words for a simulated hospital."""
    planted = () if attacks is None else ("--attacks", str(attacks))
    return ("--staff", str(staff), "--days", str(days), "--kind", kind, *planted)


QUICK: Final = (
    Part("maternity", "measure", (11,), (*sizes(120, 42, 6), *BARE, "--details", "--attacks-table")),
    Part("general", "measure", (21,), (*sizes(120, 42, 6, "general"), "--details", "--attacks-table")),
    Part("trace", "leaks", (11,), (*sizes(120, 42, 6), "--lists", "2")),
    Part("fairness", "fairness", (201, 202), sizes(80, 35)),
)
"""A look at every kind of figure: too few hospitals to tell small differences."""

WHOLE: Final = (
    Part("maternity", "measure", (11, 12, 13, 14), (*sizes(600, 75, 8), "--ablate", "--details", "--attacks-table")),
    Part("general", "measure", (21, 22, 23, 24), (*sizes(600, 75, 8, "general"), *BARE, "--details")),
    Part("planted", "measure", (31, 32), (*sizes(600, 75, 8), "--perturb", "12", "--details", "--attacks-table")),
    Part("15 accounts", "measure", (41, 42, 43, 44), (*sizes(60, 28, 2), "--accounts", "15", *BARE, "--attacks-table")),
    Part("40 accounts", "measure", (51, 52, 53, 54), (*sizes(60, 28, 2), "--accounts", "40", *BARE, "--attacks-table")),
    Part("100 accounts", "measure", (61, 62, 63, 64), (*sizes(100, 42, 4), *BARE, "--attacks-table")),
    Part("trace", "leaks", (11, 12, 13, 14), sizes(600, 75, 8)),
    Part("fairness", "fairness", tuple(range(201, 221)), sizes(120, 42)),
    Part("fairness of general hospitals", "fairness", tuple(range(301, 321)), sizes(120, 42, None, "general")),
)
"""Everything, with intervals."""

LOOKS: Final = {"quick": QUICK, "whole": WHOLE}


def code_digest() -> str:
    """Return what tells one version of the measured code from another."""
    root = Path(detector.__path__[0]).parent
    files = sorted(one for folder in ("detector", "sql") for one in (root / folder).rglob("*") if one.is_file())
    digest = hashlib.sha256()
    for file in files:
        if file.suffix in {".py", ".sql", ".toml"}:
            digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def of_one_version(work: Path) -> None:
    """Make the folder, or see that it holds measures of the same code; exits otherwise."""
    work.mkdir(parents=True, exist_ok=True)
    noted, now = work / CODE, code_digest()
    if not noted.exists():
        noted.write_text(now, encoding="utf-8")
    elif noted.read_text(encoding="utf-8") != now:
        raise SystemExit(f"{work} holds measures of another version of the code: give another folder to --work")


def measured(part: Part, shift: int, work: Path) -> str:
    """Return what a part prints, measured unless it is there."""
    result = work / f"{part.name.replace(' ', '-')}.md"
    if not result.exists():
        done = subprocess.run(part.call(shift, work), stdout=subprocess.PIPE, text=True, check=False, encoding="utf-8")
        if done.returncode:
            raise SystemExit(f"{part.name}: not measured (exit code {done.returncode})")
        result.write_text(done.stdout, encoding="utf-8")
    return result.read_text(encoding="utf-8")


def look(parts: tuple[Part, ...], shift: int, work: Path) -> Iterator[str]:
    """Yield the tables of the parts, each under its name."""
    of_one_version(work)
    for part in parts:
        yield f"## {part.name}\n\n{measured(part, shift, work)}"


def main() -> None:
    """Measure what is not measured yet, and print each part when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.evaluation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("look", choices=sorted(LOOKS))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--shift", type=int, default=0, metavar="N", help="added to every seed")
    options = parser.parse_args()
    work = options.work.resolve() / f"{options.look}-{options.shift}"
    for table in look(LOOKS[options.look], options.shift, work):
        print(table, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
