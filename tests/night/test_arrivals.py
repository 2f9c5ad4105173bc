"""All logs stop at once: no date follows that could tell, so the moment of the run does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.night.arrivals import usual_distance
from tests.cli.conftest import Done, detector

__all__ = ["detector"]

SITE = """\
[site]
timezone = "Asia/Shanghai"
language = "en"
[detection]
blind_share = 1.0
[[source]]
name = "his"
daily = true
path = "his-*.csv"
[[source]]
name = "emr"
daily = true
path = "emr-*.csv"
"""
MONDAY = dt.date(2026, 6, 1)
Detector = Callable[..., Done]


def deliver(folder: Path, date: dt.date) -> None:
    """Both sources bring a file of a date: three accounts, two rows each."""
    for source in ("his", "emr"):
        rows = [f"{date} {hour:02d}:00:00,u{hour % 3},p{hour % 4},view" for hour in range(9, 15)]
        text = "event_time,user_id,patient_id,action\n" + "\n".join(rows) + "\n"
        (folder / f"{source}-{date}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "detector.toml").write_text(SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def at(date: dt.date) -> str:
    return f"{date + dt.timedelta(days=1)}T02:15"


def told(done: Done) -> str:
    return " ".join(done.out.split())


@pytest.mark.heavy
def test_a_run_without_new_rows_says_since_when_and_so_does_status(site: Path, detector: Detector) -> None:
    dates = [MONDAY + dt.timedelta(days=number) for number in range(4)]
    for date in dates:
        deliver(site, date)
        assert detector("--now", at(date), "run").code == 0
    assert detector("--now", at(dates[-1]), "run").code == 0, "the same night again"
    stopped = dates[-1] + dt.timedelta(days=2)
    done = detector("--now", at(stopped), "run")
    assert done.code == 1
    sentence = "no new row has come from any source since 2026-06-05 02:15; the newest date with rows is 2026-06-04"
    assert sentence in told(done)
    done = detector("--now", at(stopped), "status")
    assert done.code == 1
    assert sentence in told(done)
    deliver(site, stopped)
    assert detector("--now", at(stopped), "run").code == 0
    assert detector("--now", at(stopped), "status").code == 0


@pytest.mark.heavy
def test_weekends_that_come_again_and_planned_stops_are_no_stop(site: Path, detector: Detector) -> None:
    dates = [MONDAY + dt.timedelta(days=number) for number in range(19) if number % 7 < 5]
    for date in dates:
        deliver(site, date)
    assert detector("--now", at(dates[-1]), "run").code == 0
    sunday, tuesday = dates[-1] + dt.timedelta(days=2), dates[-1] + dt.timedelta(days=4)
    assert detector("--now", at(sunday), "run").code == 0
    assert "since 2026-06-20 02:15" in told(detector("--now", at(tuesday), "run"))
    planned = "".join(f'[[outage]]\nsource = "{name}"\nstart = "2026-06-20"\n' for name in ("his", "emr"))
    (site / "detector.toml").write_text(SITE + planned, encoding="utf-8")
    assert detector("--now", at(tuesday), "run").code == 0


@pytest.mark.heavy
def test_a_date_that_is_asked_for_takes_the_clocks_place(site: Path, detector: Detector) -> None:
    """History that is loaded at once is no stop, however old; a later night that brings nothing is one."""
    for number in range(4):
        deliver(site, MONDAY + dt.timedelta(days=number))
    assert detector("run", "--through", "2026-06-30").code == 0
    assert detector("run").code == 0
    assert detector("status").code == 0
    assert detector("run", "--through", "2026-06-04").code == 0
    done = detector("run", "--through", "2026-06-30")
    assert done.code == 1
    assert "since 2026-06-05 00:00" in told(done)


def test_one_long_gap_is_no_habit() -> None:
    assert usual_distance([MONDAY + dt.timedelta(days=number) for number in (0, 1, 2, 9, 10)]) == 1
    assert usual_distance([MONDAY + dt.timedelta(days=number) for number in (0, 3, 4, 7)]) == 3
    assert usual_distance([MONDAY]) == 1
