"""Small hospitals, simulated once a session."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.simulator import SimulationPlan, Truth, simulate
from detector.simulator.attacks import scenarios
from detector.simulator.plan import AttackOrder

PLAN = SimulationPlan(staff=140, days=40, start=dt.date(2026, 6, 1), seed=11)


@dataclass(frozen=True)
class Simulated:
    """A deployment on disk, its plan and its truth."""

    folder: Path
    plan: SimulationPlan
    truth: Truth

    @property
    def truth_folder(self) -> Path:
        return self.folder.with_name(self.folder.name + "-truth")

    def logs(self, source: str) -> list[Path]:
        return sorted((self.folder / "logs").glob(f"{source}-*"))

    def text(self, path: Path) -> str:
        encoding = "gb18030" if path.name.startswith("his") else "utf-8"
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return raw.decode(encoding)

    def rows(self, path: Path) -> list[dict[str, str]]:
        return list(csv.DictReader(self.text(path).splitlines()))

    def context(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "context" / f"{name}.csv").open(encoding="utf-8") as stream:
            return list(csv.DictReader(stream))


def made(folder: Path, plan: SimulationPlan) -> Simulated:
    return Simulated(folder, plan, simulate(folder, plan))


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """A maternity hospital with one attack of every scenario."""
    orders = tuple(AttackOrder(name, ("low", "medium", "high")[i % 3]) for i, name in enumerate(scenarios()))
    plan = SimulationPlan(staff=160, days=45, seed=11, attacks=orders, compress=False)
    return made(tmp_path_factory.mktemp("maternity") / "hospital", plan)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """A small general hospital in which nothing happens."""
    plan = SimulationPlan(kind="general", staff=60, days=24, seed=5, clean=True)
    return made(tmp_path_factory.mktemp("clean") / "hospital", plan)
