"""The hospital that ships, for tests: what the repository holds of it, never what somebody's run left beside it.

Somebody may be running the sample in the same checkout. No test runs it in place, reads its ``state`` or copies it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "sample_logs"
TRUTH = Path(__file__).resolve().parent / "data" / "sample_logs-truth"
TABLES = ("approvals", "care_team", "decoys", "encounters", "patients", "roster", "staff", "vip")
LOGS = tuple(f"logs/{source}-{month}.csv.gz" for source in ("emr", "his") for month in ("202606", "202607"))
FILES = ("README.md", "complaints.csv", "detector.toml", *(f"context/{table}.csv" for table in TABLES), *LOGS)
"""What ships, by its path in the sample."""


def copy_sample(to: Path) -> Path:
    """Copy what ships into a new folder; return it."""
    for name in FILES:
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SAMPLE / name, target)
    return to
