"""Seventy people, of whom those of one role opened most of the planted records, and officers found nothing in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from tests.program import called
from tests.sentences.site import FIRST, HEADER, TOML

DAYS = 3
SURGERY, OBSTETRICS, CLINIC = 27, 25, 18
OPENED = {"m": 11, "d": 2, "c": 1}
"""Midwives, doctors and clerks → how many of each opened a planted record."""
DECISIONS = ("false_alarm", "justified")


def people() -> Iterator[tuple[str, str, str]]:
    """Yield account, department and role of everybody: of those of one kind some are in another department."""
    for number in range(OBSTETRICS):
        yield f"m{number}", "产科", "助产士"
    for number in range(SURGERY):
        yield f"d{number}", "外科", "医师" if number else ""
    for number in range(CLINIC):
        yield f"c{number}", "挂号处" if number < 12 else "病案室", "收费员" if number < 15 else "编码员"


def write(folder: Path) -> Path:
    """Write the days: everybody opens a record each day, some a planted one on the second; some work at night."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "detector.toml").write_text(f'{TOML}roster = "roster.csv"\n', encoding="utf-8")
    (folder / "decoys.csv").write_text("patient_id\nD1\nD2\n", encoding="utf-8")
    staff = "".join(f"{user},{user},{department},{role}\n" for user, department, role in people())
    (folder / "staff.csv").write_text(f"user_id,name,department,role\n{staff}", encoding="utf-8")
    shifts = [f"m{number},{FIRST} 20:00,{FIRST + dt.timedelta(days=1)} 08:00\n" for number in range(8)]
    shifts += [f"d{number},{FIRST} 16:00,{FIRST + dt.timedelta(days=1)} 00:00\n" for number in range(8)]
    (folder / "roster.csv").write_text("user_id,start,end\n" + "".join(shifts), encoding="utf-8")
    for turn in range(DAYS):
        day = FIRST + dt.timedelta(days=turn)
        rows = [
            f"{day} {9 + place % 8:02d}:{place % 60:02d}:00,{user},P{place % 9},view,note,,10.0.0.{place}\n"
            for place, (user, _, _) in enumerate(people())
        ]
        rows += [
            f"{day} 17:{number:02d}:30,{kind}{number},D1,view,note,,10.0.0.7\n"
            for kind, count in OPENED.items()
            for number in range(count)
            if turn == 1
        ]
        (folder / f"his-{turn:02d}.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return folder


def decide(folder: Path, alerts: list[str]) -> None:
    """Decide about alerts as an officer does, by turns as justified and as a false alarm; the last stays open."""
    for place, disposition in enumerate(DECISIONS):
        asked = ("triage", *alerts[place:-1:2], "--disposition", disposition, "--note", "核实过", "--by", "liu")
        done = called(("--config", str(folder), *asked))
        assert done.returncode == 0, done.stderr.decode()
