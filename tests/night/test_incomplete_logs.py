"""Logs that lack a part: each gap is one finding with its size, recounted here from the rows, until the rows come."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detector.deployment.settings import load_settings
from detector.store import open_store
from tests.program import called
from tests.sentences import policy_facts

SITE = '[site]\ntimezone = "Asia/Shanghai"\nlanguage = "en"\n' + "".join(
    f'[[source]]\nname = "{name}"\npath = "{name}.csv"\n' for name in ("emr", "his", "lis", "ris")
)
FIRST = dt.date(2026, 6, 1)
USERS = tuple(f"u{number}" for number in range(6))
Row = tuple[dt.datetime, str]


@dataclass(frozen=True)
class Rows:
    """What readers of sentences ask a hospital for: rows of the log."""

    connection: duckdb.DuckDBPyConnection
    policy_files: tuple[Path, ...] = tuple((Path(__file__).parents[2] / "sql" / "policies").glob("*.sql"))

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(values)).fetchall()


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number - 1)


def work(last: int, hours: Iterable[int] = range(8, 20)) -> list[Row]:
    """Six people who open a record each in every hour, from the first of June to a date of it."""
    return [
        (dt.datetime.combine(day(date), dt.time(hour, 5 * minute, date % 60)), user)
        for date in range(1, last + 1)
        for hour in hours
        for minute, user in enumerate(USERS)
    ]


def deliver(folder: Path, source: str, rows: Iterable[Row], event_ids: Iterable[object] | None = None) -> None:
    """Write a source's file; without ``event_ids`` its rows have none."""
    ids = [f"{number}," for number in event_ids] if event_ids is not None else None
    lines = [
        f"{ids[place] if ids else ''}{at:%Y-%m-%d %H:%M:%S},{user},p{user},view"
        for place, (at, user) in enumerate(rows)
    ]
    header = ("event_id," if ids else "") + "event_time,user_id,patient_id,action"
    (folder / f"{source}.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def gaps(folder: Path) -> list[dict[str, Any]]:
    """Run the night; return the findings about logs."""
    run = called(["--config", str(folder), "run", "--quiet"])
    assert run.returncode in {0, 1}, run.stderr
    listed = called(["--config", str(folder), "findings", "--format", "ndjson"])
    found = [json.loads(line) for line in listed.stdout.decode().splitlines()]
    return [one for one in found if one["subject"] == "source"]


def values_of(
    folder: Path, policy: str, recount: Callable[[Any, dict[str, Any]], Any]
) -> list[tuple[dict[str, Any], Any]]:
    """Return what each sentence of the policy names, and the same counted anew from the rows."""
    with open_store(load_settings(folder)) as store, store.views(dt.date.min, dt.date.max):
        told = store.connection.execute(
            "select reason_values from policy_days where policy_id = ?", [policy]
        ).fetchall()
        assert told
        return [(values, recount(Rows(store.connection), values)) for values in (json.loads(row[0]) for row in told)]


def settle(value: object) -> object:
    """A recounted set of one is its value."""
    return next(iter(value)) if isinstance(value, set) and len(value) == 1 else value


def site(tmp_path: Path) -> Path:
    (tmp_path / "detector.toml").write_text(SITE, encoding="utf-8")
    return tmp_path


@pytest.mark.heavy
def test_each_gap_is_one_finding_with_its_size_until_the_rows_come(tmp_path: Path) -> None:
    folder, whole = site(tmp_path), work(17)
    thin = [row for row in whole if row[0].date() != day(16) or (row[0].hour % 5 == 0 and row[1] in {"u1", "u4"})]
    deleted = {
        place for place, (at, user) in enumerate(whole) if at.date() == day(16) and user in {"u1", "u2", "u3", "u4"}
    }
    deliver(folder, "emr", thin)
    deliver(folder, "his", whole, range(1000, 9999))
    unread = (folder / "his.csv").read_text(encoding="utf-8")
    for place in deleted:  # rows in quarantine are no loss
        unread = unread.replace(f"\n{1000 + place},2026-06-16", f"\n{1000 + place},2026-06-36")
    (folder / "his.csv").write_text(unread, encoding="utf-8")
    back = dt.timedelta(hours=1, minutes=59)
    behind = [(at - back if at.date() == day(16) and at.hour >= 15 else at, user) for at, user in whole]
    deliver(folder, "lis", behind)
    left = [place for place in range(len(whole)) if place not in deleted]
    deliver(folder, "ris", [whole[place] for place in left], [f"R{1000 + place}" for place in left])
    found = {one["source"]: one for one in gaps(folder)}
    texts = {one["text"] for gap in found.values() for one in gap["reasons"]}
    said = re.compile(r"; of|; \d+ rows| 2026-06-16 08:00 and")
    assert {said.split(text)[0] for text in texts} == {
        "Source emr has 4 events during 2026-06-16 00:00–24:00, 24 hours, where about 72 are usual",
        "Source lis goes back from 2026-06-16 14:25 to 2026-06-16 13:01",
        "Source ris numbers its rows one after another; 48 numbers are missing in 12 places between",
    }
    recounts: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
        "log-gap": lambda rows, told: policy_facts.log_gap(rows, told["source"], ", ".join(told["hours"])),
        "clock-set-back": lambda rows, told: policy_facts.clock_set_back(
            rows, told["source"], told["before"], told["after"]
        ),
        "missing-numbers": lambda rows, told: policy_facts.missing_numbers(
            rows, told["source"], told["since"][:10], told["until"][:10]
        ),
    }
    for policy, recount in recounts.items():
        for values, recounted in values_of(folder, policy, recount):
            assert {name: settle(value) for name, value in recounted.items()} == values, policy
    whole = work(18)
    for source in ("emr", "his", "lis", "ris"):
        prefix = {"emr": None, "his": "", "lis": None, "ris": "R"}[source]
        deliver(folder, source, whole, None if prefix is None else [f"{prefix}{1000 + n}" for n in range(len(whole))])
    filled = {one["source"]: one for one in gaps(folder)}
    assert {one: filled[one]["finding_id"] for one in filled} == {one: found[one]["finding_id"] for one in found}
    assert {one: (filled[one]["severity"], filled[one]["window_end"]) for one in filled} == {
        "emr": ("low", str(day(16))),
        "lis": ("high", str(day(16))),  # times that were wrong stay so
        "ris": ("low", str(day(16))),
    }
