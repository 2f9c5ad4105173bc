"""A small hospital whose logs and tables hold what an attacker would plant, judged by the real night."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

from detector.deployment.settings import Settings, load_settings
from detector.night.job import run_nights
from detector.night.summary import RunSummary
from detector.progress import Silent

TOML: Final = """\
[site]
name = "测试医院 <b>&"
timezone = "Asia/Shanghai"
decoy_patients = "context/decoys.csv"
[[source]]
name = "his"
path = "logs/his-*.csv"
[[source]]
name = "emr"
path = "logs/emr-*.csv"
[context]
staff = "context/staff.csv"
"""
SCRIPT: Final = "<script>alert(1)</script>"
FORMULA: Final = "=cmd|'/C calc'!A0"
ANSI: Final = "\x1b[31mred\x1b[0m"
OVERRIDE: Final = "\u202egnp.exe"
BREAK: Final = "one\ntwo\r\nthree"
MARKUP: Final = '"><img src=x onerror=alert(1)> [x](javascript:alert(1)) `a` | b'
DECOY: Final = 'D1"><img src=x onerror=alert(2)>'
PLANTED: Final = (SCRIPT, FORMULA, ANSI, OVERRIDE, BREAK, MARKUP, DECOY)
"""What must come out harmless, in every format."""
STAFF: Final = [
    ("n0", SCRIPT, "OB", "nurse"),
    ("n1", FORMULA, "OB", ANSI),
    ("n2", OVERRIDE, "OB", "nurse"),
    ("n3", BREAK, "OB", "nurse"),
    ("n4", MARKUP, "OB", "midwife"),
    ("n5", "王芳", FORMULA, "nurse"),
    ("n6", "李娜", SCRIPT, "nurse"),
    ("n7", "张敏", "OB", "nurse"),
]
HEADER: Final = (
    "event_id", "event_time", "user_id", "user_name", "user_department", "user_role", "patient_id", "action",
    "category",
)  # fmt: skip


def table(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue()


def build(folder: Path, *, decoys: bool = True, days: int = 4, more: str = "") -> Settings:
    """Write logs of some days in June 2026; on the second n0 to n4 open the planted record."""
    (folder / "logs").mkdir(parents=True)
    (folder / "context").mkdir()
    (folder / "detector.toml").write_text(TOML + more, encoding="utf-8")
    (folder / "context" / "decoys.csv").write_text(table(("patient_id",), [(DECOY,)]), encoding="utf-8")
    staff = [(*one, "human") for one in STAFF]
    (folder / "context" / "staff.csv").write_text(
        table(("user_id", "name", "department", "role", "account_type"), staff), encoding="utf-8"
    )
    for day in range(1, days + 1):
        date = f"2026-06-{day:02d}"
        his: list[tuple[object, ...]] = [
            (f"h{day}{number}", f"{date} {8 + number // 6:02d}:{number % 6 * 10:02d}:00", f"n{number % 8}", "", "OB",
             "nurse", f"P{number % 10}", "update" if number % 5 == 0 else "view", "obstetric")
            for number in range(48)
        ]  # fmt: skip
        emr: list[tuple[object, ...]] = [(f"e{day}", f"{date} 07:58:00", "n1", "", "OB", "nurse", "", "login", "")]
        if day == 2 and decoys:
            emr += [
                (f"d{number}", f"{date} 2{number % 3}:10:00", f"n{number}", "", "OB", "nurse", DECOY, "view",
                 "demographics") for number in range(5)
            ]  # fmt: skip
            emr += [("bad", "never", "n2", "", "", "", "", "view", "")]
        (folder / "logs" / f"his-{day}.csv").write_text(table(HEADER, his), encoding="utf-8")
        (folder / "logs" / f"emr-{day}.csv").write_text(table(HEADER, emr), encoding="utf-8")
    return load_settings(folder)


def judged(settings: Settings) -> RunSummary:
    return run_nights(settings, None, Silent())
