"""A group of three tiny hospitals: one evening somebody works in two of them from the same address outside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

FIRST = dt.date(2026, 6, 1)
DAYS = 6
OUTSIDE = "203.0.113.9"
HEADER = "event_time,user_id,user_name,patient_id,action,category,client_ip\n"
STAFF = """\
user_id,name,department,role,employment
{prefix}1,刘晓燕,OB,nurse,
{prefix}2,王敏,OB,nurse,
ag7,赵 华,OB,nurse,agency
"""
GROUP = """\
[group]
name = "市妇幼集团"
key_file = "group.key"
language = "en"
[engine]
{engine}
"""


def rows(prefix: str, date: dt.date, *, outside: bool) -> str:
    """A day's log of one hospital."""
    text = HEADER
    for turn in range(4):
        for user, name in ((f"{prefix}1", "刘晓燕"), (f"{prefix}2", "王敏"), ("ag7", "赵华")):
            text += f"{date} {8 + turn:02d}:0{turn}:00,{user},{name},P{turn},view,note,10.1.1.{turn}\n"
    if outside:
        text += f"{date} 21:00:00,{prefix}1,刘晓燕,P1,view,note,{OUTSIDE}\n"
    return text


def write_group(folder: Path, engine: str = 'name = "local"', days: int = DAYS) -> Path:
    """Write the group with logs of so many days; nothing has been run."""
    folder.mkdir()
    text = GROUP.format(engine=engine)
    for place, prefix in enumerate("abc"):
        hospital = folder / prefix
        hospital.mkdir()
        (hospital / "detector.toml").write_text(
            f'[site]\nname = "{prefix} hospital"\ntimezone = "Asia/Shanghai"\nlanguage = "en"\n'
            '[[source]]\nname = "his"\npath = "his-*.csv"\n[context]\nstaff = "staff.csv"\n',
            encoding="utf-8",
        )
        (hospital / "staff.csv").write_text(STAFF.format(prefix=prefix), encoding="utf-8")
        add_days(hospital, prefix, 0, days)
        text += f'[[hospital]]\nname = "{prefix}"\nconfig = "{prefix}"\n'
        (hospital / "state").mkdir(mode=0o700)
        (hospital / "state/pseudonyms.key").write_text(f"{place:064x}\n", encoding="ascii")
    (folder / "group.toml").write_text(text, encoding="utf-8")
    (folder / "group.key").write_text("5a" * 32 + "\n", encoding="ascii")
    return folder


def add_days(hospital: Path, prefix: str, first: int, until: int) -> None:
    """Write the logs of some days; on the second the first two hospitals are worked in from outside."""
    for number in range(first, until):
        outside = number == 1 and prefix in "ab"
        log = rows(prefix, FIRST + dt.timedelta(days=number), outside=outside)
        (hospital / f"his-{number:02d}.csv").write_text(log, encoding="utf-8")


@pytest.fixture(scope="session")
def unjudged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_group(tmp_path_factory.mktemp("group") / "group")
