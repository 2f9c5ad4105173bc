"""An account that no staff list has and that opens records: named the same night, unless the list is known to lag."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done
from tests.sentences.site import write

Detector = Callable[..., Done]
STRANGER = """\
2026-06-03 13:01:00,n7,P1,view,demographics,,10.0.0.8
2026-06-05 13:05:00,n7,P2,view,demographics,,10.0.0.8
"""
NOW = "2026-06-06T01:00:00+00:00"


def named(folder: Path, detector: Detector, until: str) -> list[tuple[str, str]]:
    """Return the accounts that the policy named up to a date, and the date."""
    assert detector("--now", NOW, "-c", str(folder), "run", "--through", until).code in {0, 1}
    listed = detector("-c", str(folder), "findings", "--format", "ndjson").out.splitlines()
    found = [one for one in map(json.loads, listed) if "unknown-account" in one["policies"]]
    return [(one["user_id"], one["alerted_on"]) for one in found if one["alert"]]


def test_it_is_named_in_the_night_of_its_first_record(tmp_path: Path, detector: Detector) -> None:
    site = write(tmp_path / "site", STRANGER)
    assert named(site, detector, "2026-06-02") == []
    assert named(site, detector, "2026-06-03") == [("n7", "2026-06-03")]


@pytest.mark.heavy
def test_it_may_wait_for_the_list(tmp_path: Path, detector: Detector) -> None:
    site = write(tmp_path / "site", STRANGER)
    settings = site / "detector.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "[detection]\nstaff_lag_days = 2\n", encoding="utf-8")
    assert named(site, detector, "2026-06-04") == []
    assert named(site, detector, "2026-06-05") == [("n7", "2026-06-05")]


@pytest.mark.heavy
@pytest.mark.heavy
def test_a_list_that_lacks_many_names_nobody_and_check_says_so(tmp_path: Path, detector: Detector) -> None:
    site = write(tmp_path / "site", STRANGER)
    staff = site / "staff.csv"
    rows = staff.read_text(encoding="utf-8").splitlines(keepends=True)
    staff.write_text("".join(rows[:4]), encoding="utf-8")
    done = detector("-c", str(site), "check")
    assert "人员表只有 2 个" in done.out.replace("\n", "")
    assert named(site, detector, "2026-06-05") == []
