"""A source of three accounts falls silent, stays silent, and delivers in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.findings.reading import read_findings
from detector.night.job import run_nights
from detector.night.summary import RunSummary
from detector.progress import Silent
from detector.store import open_store

SITE = """\
[site]
timezone = "Asia/Shanghai"
language = "en"
[[source]]
name = "emr"
path = "emr.csv"
[[source]]
name = "his"
path = "his.csv"
"""


def delivered(folder: Path, source: str, *dates: int) -> None:
    """The source's file has the rows of some dates of June: three accounts, two rows each."""
    rows = [
        f"2026-06-{date:02d} {hour:02d}:00:00,u{hour % 3},p{hour % 4},view" for date in dates for hour in range(9, 15)
    ]
    (folder / f"{source}.csv").write_text("event_time,user_id,patient_id,action\n" + "\n".join(rows) + "\n")


def night(folder: Path, last: int) -> tuple[RunSummary, list[dict[str, object]]]:
    """Deliver ``emr`` to the date after the last one to be judged, run, and return the findings about sources."""
    delivered(folder, "emr", *range(1, last + 2))
    settings = load_settings(folder)
    summary = run_nights(settings, None, Silent())
    with open_store(settings) as store:
        found = read_findings(store.connection, "en")
    return summary, [one for one in found if one["subject"] == "source"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "detector.toml").write_text(SITE, encoding="utf-8")
    delivered(tmp_path, "his", *range(1, 13))
    return tmp_path


@pytest.mark.heavy
def test_it_is_one_finding_until_its_rows_come(site: Path) -> None:
    summary, found = night(site, 12)
    assert (found, summary.attention) == ([], [])
    for last in (13, 14):
        summary, found = night(site, last)
        assert [(one["window_start"], one["window_end"]) for one in found] == [("2026-06-13", f"2026-06-{last}")]
        assert "his is silent since 2026-06-12 15:00" in summary.attention[0]
    identity = found[0]["finding_id"]
    delivered(site, "his", *range(1, 16))
    summary, (filled,) = night(site, 15)
    assert summary.attention == []
    assert (filled["finding_id"], filled["severity"], filled["status"]) == (identity, "low", "open")
    assert (filled["alert"], filled["window_end"], filled["alerted_on"]) == (True, "2026-06-14", "2026-06-13")
    assert "rows of 2026-06-13 to 2026-06-14" in filled["explained"][0]["text"]  # type: ignore[index]


@pytest.mark.heavy
def test_nothing_is_expected_of_a_retired_source(site: Path) -> None:
    (site / "detector.toml").write_text(SITE + "until = 2026-06-12\n", encoding="utf-8")
    summary, found = night(site, 14)
    (site / "his.csv").unlink()
    assert (found, summary.attention) == ([], [])
    summary, found = night(site, 16)
    assert (found, summary.attention) == ([], [])
