"""Stores of earlier versions, kept as archives: a small deployment with its logs, as a version left it after a night.

``python -m tests.store.release`` adds the one of the version that is checked out; ``python -m tests.store.archive
CHECKOUT tests/data/stores/NAME.tar.xz`` makes one with the version of another checkout: the nights up to ``MIDDLE`` and
one decision of an officer. The logs of the nights after it lie beside, in ``later``.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

FIRST = dt.date(2026, 6, 1)
MIDDLE = dt.date(2026, 6, 17)
"""The last night of the earlier version; the log goes on for two more."""
LAST = MIDDLE + dt.timedelta(days=2)
UNITS = ("OB", "ER")
NURSES = 8
"""In each unit."""
PATIENTS = 40
"""In each unit; nobody leaves."""
STRANGER = "ER-n7"
"""Reads contact data of the other unit's patients from the tenth day on."""
SELF = "OB-n1"
"""Opens its own record on the twelfth day."""
CONFIGURATION = """\
[site]
name = "Archive"
timezone = "Asia/Shanghai"
language = "en"

[store]
path = "state/detector.duckdb"

[[source]]
name = "his"
format = "csv"
path = "logs/*.csv"

[context]
staff = "staff.csv"
encounters = "encounters.csv"

[alerting]
budget = 2.0

[officers]
root = "OB-n0"
"""
HEADER = (
    "event_id", "event_time", "user_id", "user_department", "user_role", "patient_id", "patient_department", "action",
    "category", "record_count", "query_by", "workstation",
)  # fmt: skip


def write_site(folder: Path) -> None:
    """Write configuration, context and one log a day; those after ``MIDDLE`` into ``later``."""
    for name in ("logs", "later"):
        (folder / name).mkdir(parents=True)
    (folder / "detector.toml").write_text(CONFIGURATION, encoding="utf-8")
    staff = [("user_id", "name", "department", "role", "account_type", "patient_id")]
    staff += [
        (nurse, nurse.title(), nurse[:2], "nurse", "human", "p-self" if nurse == SELF else "") for nurse in nurses()
    ]
    write_rows(folder / "staff.csv", staff)
    stays = [("visit_id", "patient_id", "department", "kind", "start", "end")]
    stays += [(f"v-{patient}", patient, patient[2:4], "inpatient", str(FIRST), "") for patient in patients()]
    write_rows(folder / "encounters.csv", stays)
    chance = random.Random(1)
    for number in range((LAST - FIRST).days + 1):
        date = FIRST + dt.timedelta(days=number)
        place = "logs" if date <= MIDDLE else "later"
        write_rows(folder / place / f"{date}.csv", [HEADER, *rows_of(date, number, chance)])


def nurses() -> list[str]:
    return [f"{unit}-n{number}" for unit in UNITS for number in range(NURSES)]


def patients() -> list[str]:
    return [f"p-{unit}-{number:02d}" for unit in UNITS for number in range(PATIENTS)]


def write_rows(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def rows_of(date: dt.date, number: int, chance: random.Random) -> list[tuple[str, ...]]:
    """A day's log, in order of time: everybody sees patients of the own unit and writes to some of them."""
    opened = []
    for nurse in nurses():
        own = [patient for patient in patients() if patient[2:4] == nurse[:2]]
        for patient in chance.sample(own, 6):
            opened.append((nurse, patient, "view", "note", "", 1))
            if chance.random() < 0.5:
                opened.append((nurse, patient, "update", "order", "", 1))
    if number >= 9:
        others = [patient for patient in patients() if patient[2:4] != STRANGER[:2]]
        for patient in chance.sample(others, 9):
            opened.append((STRANGER, patient, "search", "demographics", "phone", 1))
            opened.append((STRANGER, patient, "view", "demographics", "", 1))
    if number == 11:
        opened.append((SELF, "p-self", "view", "result", "", 1))
        opened.append(("ER-n2", "", "export", "list", "", 300))
    minutes = sorted(chance.sample(range(8 * 60, 20 * 60), len(opened)))
    chance.shuffle(opened)
    rows = []
    for place, (minute, (nurse, patient, action, category, query, records)) in enumerate(
        zip(minutes, opened, strict=True)
    ):
        time = f"{date} {minute // 60:02d}:{minute % 60:02d}:00"
        ward = patient[2:4].strip("s") if patient else ""
        who = (nurse, nurse[:2], "nurse", patient, ward)
        rows.append((f"{date}-{place:03d}", time, *who, action, category, str(records), query, f"ws-{nurse[:2]}"))
    return rows


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a deployment that an earlier version left; return its folder."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def make(checkout: Path, archive: Path) -> None:
    """Let the version of a checkout work through the nights up to ``MIDDLE``, and pack what it leaves."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        write_site(folder)

        def call(*arguments: str) -> str:
            line = [sys.executable, "-m", "detector", "--config", str(folder / "detector.toml"), *arguments]
            environment = {**os.environ, "PYTHONPATH": str(checkout)}
            done = subprocess.run(line, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout

        for number in range((MIDDLE - FIRST).days + 1):
            call("run", "--quiet", "--through", str(FIRST + dt.timedelta(days=number)))
        found = next(csv.DictReader(call("findings", "--format", "csv").splitlines()))
        call(
            "triage",
            found["finding_id"],
            "--disposition",
            "escalated",
            "--note",
            "told the director",
            "--by",
            "Officer",
        )
        call("run", "--quiet", "--through", str(MIDDLE))
        shutil.rmtree(folder / "state" / "tmp", ignore_errors=True)
        with tarfile.open(archive, "w:xz", preset=9) as tar:
            tar.add(folder, arcname=".")


if __name__ == "__main__":
    make(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
