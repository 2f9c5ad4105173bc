"""A hospital of a few days in which somebody opens a planted record, and the real program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.program import called

CHECKOUT = Path(__file__).parents[2]
HEADER = "event_id,event_time,user_id,user_name,user_department,user_role,patient_id,action,category\n"
TOML = """\
[site]
name = "测试医院"
timezone = "Asia/Shanghai"
language = "zh"
decoy_patients = "context/decoys.csv"
[[source]]
name = "his"
path = "logs/his-*.csv"
[[source]]
name = "emr"
path = "logs/emr-*.csv"
"""


@dataclass(frozen=True)
class Deployment:
    """A folder with a detector.toml, and the program that works on it."""

    folder: Path

    def detector(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line; the caller looks at the exit code."""
        done = called(self._given(arguments), COLUMNS="80")
        written = {name: getattr(done, name).decode().replace("\r\n", "\n") for name in ("stdout", "stderr")}
        return subprocess.CompletedProcess(done.args, done.returncode, **written)

    def process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program in a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "detector", *self._given(arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "COLUMNS": "80", "PYTHONPATH": str(CHECKOUT)},
        )

    def _given(self, arguments: tuple[str, ...]) -> list[str]:
        return ["--config", str(self.folder / "detector.toml"), *arguments]

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what a command lists in NDJSON."""
        done = self.detector(*arguments, "--format", "ndjson")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def day(self, date: str, *more: str) -> None:
        """Write one day of ordinary work of both systems, and further lines of the EMR log."""
        compact = date.replace("-", "")
        his = "".join(
            f"h{compact}{number},{date} {8 + number // 6:02d}:{number % 6 * 10:02d}:00,n{number % 4},护士{number % 4},"
            f"OB,nurse,P{number % 10},{'update' if number % 5 == 0 else 'view'},obstetric\n"
            for number in range(40)
        )
        emr = f"e{compact},{date} 07:58:00,n1,护士1,OB,nurse,,login,\n" + "".join(f"{line}\n" for line in more)
        (self.folder / "logs").mkdir(exist_ok=True)
        (self.folder / "logs" / f"his-{compact}.csv").write_text(HEADER + his, encoding="utf-8")
        (self.folder / "logs" / f"emr-{compact}.csv").write_text(HEADER + emr, encoding="utf-8")


def deployment_at(folder: Path) -> Deployment:
    (folder / "context").mkdir(parents=True)
    (folder / "detector.toml").write_text(TOML, encoding="utf-8")
    (folder / "context" / "decoys.csv").write_text("patient_id\nD1\n", encoding="utf-8")
    return Deployment(folder)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A deployment without any log."""
    return deployment_at(tmp_path / "site")


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """Four days, three of them complete; on the second n2 opens the decoy. Worked through once; only to be read."""
    site = deployment_at(tmp_path_factory.mktemp("worked") / "site")
    site.day("2026-06-01")
    site.day("2026-06-02", "d1,2026-06-02 23:10:00,n2,护士2,OB,nurse,D1,view,demographics", "bad,never,n2,,,,,view,")
    site.day("2026-06-03")
    site.day("2026-06-04")
    done = site.process("run", "--quiet")
    assert done.returncode in {0, 1}, done.stderr
    return site
