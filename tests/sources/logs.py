"""Logs to look at: columns of values, written as a hospital's export is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from detector.sources.file_sample import FileSample, read_sample
from detector.sources.log_format import ReadOptions

ROWS = 240
TIMES = [f"2026/6/{1 + place // 60} {8 + place % 10}:{place % 60:02d}:00" for place in range(ROWS)]
USERS = [f"0{1001 + place % 8}" for place in range(ROWS)]
PATIENTS = [f"20{place * 7 % 60:06d}" for place in range(ROWS)]
BASIC = {"操作时间": TIMES, "工号": USERS}
"""A time and an account that are understood; every account opens several patients, every patient is opened by several."""


def repeated(*values: str) -> list[str]:
    """Return a column in which the values come one after the other, unlike the accounts."""
    return [values[(place + place // 9) % len(values)] for place in range(ROWS)]


def written(path: Path, columns: dict[str, Sequence[str]], encoding: str = "gb18030") -> Path:
    rows = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    path.write_bytes(("\r\n".join(rows) + "\r\n").encode(encoding))
    return path


def sampled(folder: Path, columns: dict[str, Sequence[str]]) -> FileSample:
    return read_sample(written(folder / "a.csv", columns), "csv", ReadOptions())
