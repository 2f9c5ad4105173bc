"""What loading costs, as CPU-time ratios measured in one run, each step in a process of its own.

    python -m tests.benchmarks.load_ratios [--rows 5000000] [--folder DIR]

`bare` is DuckDB alone (`create table … as select * from read_csv(…, all_varchar = true)` into a file), `utf-8` a full
load of the same file (accounting, typing, identity, quarantine, committed), `gb18030` one of its twin. Loading may cost
twice the bare load, the twin 1.3 times the UTF-8 file, and no process more than 2 GiB.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

ROWS = 5_000_000
LIMITS = {"utf-8 / bare": 2.0, "gb18030 / utf-8": 1.3}
PEAK_MIB = 2048
HEADER = (
    "event_id,event_time,user_id,user_name,user_department,user_role,patient_id,patient_department,visit_id,action,"
    "category,record_count,query_by,client_ip,workstation,application,session_id,outcome,reason"
)
ACTIONS = ["view"] * 14 + ["search", "create", "update", "print", "login", "export"]
CATEGORIES = ["note", "order", "medication", "result", "demographics", "obstetric", "newborn", "billing"]
DEPARTMENTS = ["OB", "GYN", "NEO", "IM", "ER", "ORTH", "PSY", "LAB"]
NONE = '""'
SURNAMES = "王李张刘陈杨黄赵吴周"


@dataclass(frozen=True)
class Measured:
    """CPU seconds of a process and its children, and its peak memory."""

    cpu_seconds: float
    peak_mib: float


def write_log(path: Path, rows: int, encoding: str) -> None:
    """Write a log like a hospital's: accounts and patients repeat, ids and times go up."""
    draw = random.Random(7)
    people = [
        (f"{1000 + n:05d}", draw.choice(SURNAMES) + draw.choice("芳伟娜敏静强磊军洋"), draw.choice(DEPARTMENTS))
        for n in range(900)
    ]
    at = datetime(2026, 6, 1)  # noqa: DTZ001  (a log's wall clock)
    with path.open("w", encoding=encoding, newline="") as log:
        log.write(HEADER + "\n")
        for start in range(0, rows, 50_000):
            lines = []
            for number in range(start, min(start + 50_000, rows)):
                user, name, department = people[draw.randrange(900)]
                patient = draw.randrange(60_000)
                action = ACTIONS[draw.randrange(20)]
                at += timedelta(seconds=draw.randrange(3))
                place = draw.randrange(1, 250)
                lines.append(
                    f"E{600_000_000 + number},{at},{user},{name},{department},nurse,{20_300_000 + patient},"
                    f"{department},"
                    f"V{600_000 + patient},{action},{CATEGORIES[draw.randrange(8)]},1,{NONE},10.{place % 20}.0.{place},"
                    f"{department}-WS{place},EMR,{user}-{number // 40_000},success,{NONE}\n"
                )
            log.write("".join(lines))


def bare(log: Path, folder: Path) -> None:
    """Let DuckDB load the file by itself."""
    import duckdb

    connection = duckdb.connect(str(folder / "bare.duckdb"))
    connection.execute(f"create table log as select * from read_csv('{log}', all_varchar = true)")
    connection.close()


def load(log: Path, folder: Path) -> None:
    """Load the file as a run does."""
    from detector.deployment.settings import load_settings
    from detector.loading.events import load_events
    from detector.store import open_store

    (folder / "detector.toml").write_text(
        f'[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "emr"\nformat = "csv"\npath = "{log}"\n'
    )
    settings = load_settings(folder / "detector.toml")
    with open_store(settings) as store:
        summary = load_events(store, settings)
    with log.open("rb") as lines:
        rows = sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b"")) - 1
    assert summary.rows_read == summary.accepted == rows, summary


def measured(step: str, log: Path) -> Measured:
    """Run one step in a process of its own."""
    with tempfile.TemporaryDirectory(dir=log.parent) as folder:
        command = [sys.executable, "-m", "tests.benchmarks.load_ratios", "--step", step, str(log), folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return Measured(**json.loads(done.stdout))


def run_step(step: str, log: Path, folder: Path) -> None:
    """Do one step and print what it cost."""
    {"bare": bare, "load": load}[step](log, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(json.dumps({"cpu_seconds": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}))


def compare(rows: int, folder: Path) -> tuple[dict[str, Measured], dict[str, float]]:
    """Return what each step cost, and the ratios."""
    utf8, gb18030 = folder / "utf8.csv", folder / "gb18030.csv"
    write_log(utf8, rows, "utf-8")
    write_log(gb18030, rows, "gb18030")
    costs = {"bare": measured("bare", utf8), "utf-8": measured("load", utf8), "gb18030": measured("load", gb18030)}
    ratios = {
        name: costs[name.split(" / ")[0]].cpu_seconds / costs[name.split(" / ")[1]].cpu_seconds for name in LIMITS
    }
    return costs, ratios


def main() -> None:
    """Print the table; exit 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--step", nargs=3)
    options = parser.parse_args()
    if options.step:
        run_step(options.step[0], Path(options.step[1]), Path(options.step[2]))
        return
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        costs, ratios = compare(options.rows, folder)
    finally:
        shutil.rmtree(folder)
    for name, cost in costs.items():
        sys.stdout.write(f"{name:10} {cost.cpu_seconds:8.1f} s CPU {cost.peak_mib:8.0f} MiB\n")
    for name, ratio in ratios.items():
        sys.stdout.write(f"{name:18} {ratio:5.2f}   (limit {LIMITS[name]})\n")
    peaks = all(cost.peak_mib < PEAK_MIB for name, cost in costs.items() if name != "bare")
    sys.exit(0 if peaks and all(ratios[name] <= limit for name, limit in LIMITS.items()) else 1)


if __name__ == "__main__":
    main()
