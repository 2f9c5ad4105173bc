"""How many rows a second each format is loaded at, in CPU seconds of one process, beside plain CSV of the same rows.

    python -m tests.benchmarks.format_rates [--rows 100000]

The same events are written as six systems would log them, and as CSV, JSON lines, Parquet and a workbook; each file is
loaded into a store of its own (accounting, typing, identity, quarantine, committed). Prints rows a CPU second and the
cost as a multiple of CSV's. Nothing is limited here: what a format costs is decided by what it nests.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from detector.deployment.settings import load_settings
from detector.loading.events import load_events
from detector.store import open_store
from tests.intake.writers import SYSTEMS, Row

ROWS = 100_000


def draw_rows(count: int) -> list[Row]:
    """Return events of 400 accounts and 20,000 patients, in time order."""
    draw = random.Random(7)
    at = dt.datetime(2026, 6, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    rows: list[Row] = []
    for number in range(count):
        at += dt.timedelta(seconds=draw.randrange(20))
        user = draw.randrange(400)
        rows.append(
            {
                "event_id": str(600_000_000 + number),
                "event_time": at.isoformat(),
                "user_id": f"{1000 + user:05d}",
                "user_name": f"护士{user}",
                "user_department": "产科",
                "patient_id": f"{20_300_000 + draw.randrange(20_000):08d}",
                "patient_department": "产科",
                "action": "view",
                "category": draw.choice(["demographics", "note", "result", "order"]),
                "record_count": "1",
                "query_by": "",
                "client_ip": f"10.1.0.{1 + user % 200}",
                "outcome": "success",
            }
        )
    return rows


def loaded_cost(name: str, config: str, write: Callable[[Path], object]) -> tuple[float, int]:
    """Return the CPU seconds of loading one file, and its accepted rows."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder / name)
        (folder / "detector.toml").write_text(
            f'[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "emr"\npath = "{name}"\n{config}', encoding="utf-8"
        )
        settings = load_settings(folder / "detector.toml")
        with open_store(settings) as store:
            started = time.process_time()
            summary = load_events(store, settings)
            return time.process_time() - started, summary.accepted


def cases(rows: Sequence[Row]) -> list[tuple[str, str, str, Callable[[Path], object]]]:
    """Return name, file, configuration and writer of each format; CSV first."""
    table = pl.DataFrame(rows)

    def system(write: Callable[[Sequence[Row]], bytes]) -> Callable[[Path], object]:
        return lambda path: path.write_bytes(write(rows))

    return [
        ("csv", "log.csv", "", table.write_csv),
        ("ndjson", "log.ndjson", "", table.write_ndjson),
        ("parquet", "log.parquet", "", table.write_parquet),
        ("excel", "log.xlsx", "", table.write_excel),
        *((one.name, one.file, one.config, system(one.write)) for one in SYSTEMS),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = draw_rows(parser.parse_args().rows)
    plain = 0.0
    for name, file, config, write in cases(rows):
        seconds, accepted = loaded_cost(file, config, write)
        plain = plain or seconds / accepted
        rate = f"{accepted / seconds:10,.0f} rows a CPU second"
        print(f"{name:10} {file:16} {rate} {seconds / accepted / plain:6.1f} x csv")  # noqa: T201


if __name__ == "__main__":
    main()
