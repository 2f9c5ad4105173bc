"""A folder of six systems' logs, no two in one format, joined by a crosswalk: harvesters are found."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest

from detector.deployment.settings import load_settings
from detector.loading.events import load_events
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store.store import open_store
from tests.intake.writers import SYSTEMS, Row, System
from tests.sample import TRUTH, copy_sample

COLUMNS = (
    "event_id",
    "event_time",
    "user_id",
    "user_name",
    "user_department",
    "patient_id",
    "patient_department",
    "action",
    "category",
    "record_count",
    "query_by",
    "client_ip",
    "outcome",
)
HARVESTERS = {"maternity-slow", "maternity-after-hours"}


def sample_rows(folder: Path) -> list[Row]:
    """Return the events of the sample as texts."""
    settings = load_settings(folder)
    with open_store(settings) as store:
        load_events(store, settings)
        found = store.connection.execute(
            f"select {', '.join(COLUMNS)} from (select * replace (split_part(event_id, ':', 2) as event_id,"
            " strftime(event_time, '%Y-%m-%dT%H:%M:%S.%g+00:00') as event_time,"
            " case action when 'break_glass' then 'view' when 'other' then 'view' else action end as action)"
            " from events) order by event_time, event_id"
        ).fetchall()
    return [
        {name: "" if value is None else str(value) for name, value in zip(COLUMNS, row, strict=True)} for row in found
    ]


def system_of(row: Row) -> System:
    """Return the system that logs a row: an account's work is spread over all of them."""
    place = crc32(row["event_id"].encode()) % len(SYSTEMS)
    return next(one for one in (*SYSTEMS[place:], *SYSTEMS) if one.takes(row))


def write_site(sample: Path, to: Path) -> Path:
    """Write the sample's events as six systems log them, with a crosswalk; return the deployment."""
    logged: dict[str, list[Row]] = defaultdict(list)
    known: set[tuple[str, str, str]] = set()
    numbers: set[tuple[str, str]] = set()
    for row in sample_rows(sample):
        system = system_of(row)
        account = system.account(row["user_id"])
        moved = {**row, "user_id": account}
        at = moved["event_time"]
        if system.write.__name__ in {"delimited", "html_workbook", "openemr"}:
            moved["event_time"] = local_text(at)
        logged[system.name].append(moved)
        if account != row["user_id"]:
            known.add((system.name, account, row["user_id"]))
        if system.name == "openemr" and row["patient_id"].startswith("0"):
            numbers.add((row["patient_id"].lstrip("0"), row["patient_id"]))
    (to / "logs").mkdir(parents=True)
    config = (sample / "detector.toml").read_text(encoding="utf-8").partition("[[source]]")[0]
    for system in SYSTEMS:
        (to / "logs" / system.file).write_bytes(system.write(logged[system.name]))
        zone = 'timezone = "UTC"\n' if system.name == "database" else ""
        config += f'[[source]]\nname = "{system.name}"\npath = "logs/{system.file}"\n{zone}{system.config}'
    context = (sample / "detector.toml").read_text(encoding="utf-8").partition("[context]")[2]
    config += f'[context]\nuser_ids = "context/user_ids.csv"\npatient_ids = "context/patient_ids.csv"{context}'
    (to / "detector.toml").write_text(config, encoding="utf-8")
    (sample / "context").rename(to / "context")
    header = "source,id,canonical_id,start,end\n"
    (to / "context" / "user_ids.csv").write_text(
        header + "".join(f"{source},{account},{user},,\n" for source, account, user in sorted(known)), encoding="utf-8"
    )
    (to / "context" / "patient_ids.csv").write_text(
        header + "".join(f"openemr,{pid},{patient},,\n" for pid, patient in sorted(numbers)), encoding="utf-8"
    )
    return to


def local_text(instant: str) -> str:
    """Return an instant by the site's clock."""
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo("Asia/Shanghai")).isoformat()


@pytest.mark.heavy
def test_harvesters_spread_over_six_systems_are_found(tmp_path: Path) -> None:
    sample = copy_sample(tmp_path / "sample")
    site = write_site(sample, tmp_path / "site")
    settings = load_settings(site)
    run_nights(settings, None, Silent())
    with open_store(settings) as store:
        counts = store.connection.execute(
            "select source, sum(rows_read), sum(accepted), sum(quarantined) from files group by source order by source"
        ).fetchall()
        alerts = store.connection.execute("select user_id from findings where alert").fetchall()
    assert {source for source, *_ in counts} == {system.name for system in SYSTEMS}
    assert all(quarantined == 0 and read == accepted for _, read, accepted, quarantined in counts), counts
    truth = json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))
    wanted = {user for attack in truth["attacks"] if attack["scenario"] in HARVESTERS for user in attack["user_ids"]}
    assert wanted
    assert wanted <= {user for (user,) in alerts}
