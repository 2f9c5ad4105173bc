"""An interface stops writing while its log goes on: one finding, until its rows come; everyday changes are none."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.findings.reading import read_findings
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import open_store

SOURCES = ("emr", "his", "lab", "ward", "old")
SITE = (
    '[site]\ntimezone = "Asia/Shanghai"\nlanguage = "en"\n[context]\nstaff = "staff.csv"\n'
    + "".join(f'[[source]]\nname = "{name}"\npath = "{name}.csv"\n' for name in SOURCES)
    + 'until = 2026-06-17\n[[outage]]\nsource = "lab"\nstart = "2026-06-18T00:00"\nend = "2026-06-22T00:00"\n'
)
STAFF = "user_id,name,department,role,account_type,status\n" + "".join(
    f"{user},{user},{unit},{role},{kind},active\n"
    for user, unit, role, kind in (
        ("svc", "IT", "interface", "service"), ("u0", "OB", "nurse", "human"), ("u1", "OB", "nurse", "human"),
        ("u2", "OB", "nurse", "human"), ("new", "IT", "interface", "service"),
    )
)  # fmt: skip
VANISHED = 18


def delivered(folder: Path, source: str, last: int, interface: Iterable[int], *, successor: str | None = None) -> None:
    """The source's file up to a date of June: three people every hour of the day, the interface on its dates."""
    rows = ["event_time,user_id,patient_id,action"]
    on = set(interface)
    for date in range(1, last + 1):
        for hour in range(8, 20):
            writer = "svc" if date in on else successor
            writers = [*(f"u{number}" for number in range(3)), *[writer] * 3 * (writer is not None)]
            rows += [
                f"2026-06-{date:02d} {hour:02d}:0{minute}:00,{user},p{minute},view"
                for minute, user in enumerate(writers)
            ]
    (folder / f"{source}.csv").write_text("\n".join(rows) + "\n")


def found(folder: Path) -> list[dict[str, object]]:
    settings = load_settings(folder)
    run_nights(settings, None, Silent())
    with open_store(settings) as store:
        return [one for one in read_findings(store.connection, "en") if "log-gap" in one["patterns"]]


@pytest.mark.heavy
def test_it_is_one_finding_with_its_size_and_everyday_changes_are_none(tmp_path: Path) -> None:
    (tmp_path / "detector.toml").write_text(SITE, encoding="utf-8")
    (tmp_path / "staff.csv").write_text(STAFF, encoding="utf-8")
    before = range(1, VANISHED)
    delivered(tmp_path, "emr", 20, before)
    delivered(tmp_path, "his", 20, before, successor="new")  # renamed
    delivered(tmp_path, "lab", 20, before)  # an outage of it is planned
    delivered(tmp_path, "ward", 20, (date for date in before if date != 9))  # it rests now and then
    delivered(tmp_path, "old", VANISHED - 1, before)  # the log was retired
    gaps = found(tmp_path)
    assert [one["source"] for one in gaps] == ["emr"], [one["reasons"][0]["text"] for one in gaps]
    gap = gaps[0]
    assert (gap["source"], gap["subject"], gap["window_start"], gap["window_end"]) == (
        "emr", "source", "2026-06-18", "2026-06-19",
    )  # fmt: skip
    (reason,) = gap["reasons"]  # type: ignore[misc]
    assert reason["text"].startswith(
        "Source emr has no rows of the interface svc between 2026-06-17 20:00 and 2026-06-19 24:00,"
        " about 72 rows missing"
    )
    delivered(tmp_path, "emr", 21, range(1, 22))
    (filled,) = found(tmp_path)
    assert (filled["finding_id"], filled["severity"], filled["window_end"]) == (gap["finding_id"], "low", "2026-06-19")
