"""A site with logs alone, few accounts and a short history: who collects from the first days on is named."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done

DAYS = 17
UNITS = ("产科", "内科", "外科")
TOML = """\
[site]
timezone = "Asia/Shanghai"
[[source]]
name = "his"
path = "his.csv"
"""


def write_site(folder: Path, collector: str, seed: int = 5) -> None:
    """Twelve accounts of three units work by day; one collects contact pages of all units at night as well."""
    chance = random.Random(seed)
    rows: list[tuple[dt.datetime, str, str, int, str, str]] = []
    units = {f"2{number:03d}": UNITS[number % 3] for number in range(12)}
    pool = {unit: list(range(number * 1000, number * 1000 + 400)) for number, unit in enumerate(UNITS)}
    for day in range(DAYS + 1):
        midnight = dt.datetime.fromisoformat("2026-06-01") + dt.timedelta(days=day)
        for user, unit in units.items():
            for patient in chance.sample(pool[unit][day * 20 : day * 20 + 25], 8):
                at = midnight + dt.timedelta(hours=8, minutes=chance.randrange(540))
                action = "update" if chance.random() < 0.4 else "view"
                category = "demographics" if action == "view" and chance.random() < 0.1 else "note"
                rows.append((at, user, unit, patient, action, category))
        if day % 4 != 3:
            for patient in chance.sample(range(2400), 11):
                at = midnight + dt.timedelta(hours=22, minutes=chance.randrange(119))
                rows.append((at, collector, units[collector], patient, "view", "demographics"))
    lines = ["event_time,user_id,user_department,user_role,patient_id,action,category"]
    lines += [f"{at:%Y-%m-%d %H:%M:%S},{user},{unit},护士,{patient},{action},{category}"
              for at, user, unit, patient, action, category in sorted(rows)]  # fmt: skip
    (folder / "his.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "detector.toml").write_text(TOML, encoding="utf-8")


@pytest.mark.heavy
def test_who_collects_at_night_from_the_first_day_is_named_and_nobody_else(
    tmp_path: Path, detector: Callable[..., Done]
) -> None:
    write_site(tmp_path, "2007")
    done = detector("-c", str(tmp_path), "run")
    assert done.code == 0
    assert f"历史只有 {DAYS} 天" in done.out
    found = [json.loads(line) for line in detector("-c", str(tmp_path), "findings", "-f", "ndjson").out.splitlines()]
    assert [(one["user_id"], one["alert"], one["patterns"][0]) for one in found if one["alert"]] == [
        ("2007", True, "contact-harvesting")
    ]
