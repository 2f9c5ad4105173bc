"""``detector report`` and the reports that a night writes, through the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Done
from tests.reports.worlds import build

REPORTS = """
[[report]]
period = "day"
out = "reports/{date}.md"
format = "md"
[[report]]
period = "week"
format = "json"
lang = "en"
mail = "reports/week.eml"
[[report]]
out = "blocked/there/x.md"
format = "md"
"""


def without_head(path: Path) -> list[str]:
    """The end of the trail is another one after each run."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("留痕校验码")]


@pytest.mark.heavy
def test_the_night_writes_its_reports_and_tells_what_it_could_not(tmp_path: Path, detector: object) -> None:
    folder = tmp_path / "site"
    build(folder, more=REPORTS)
    (folder / "blocked").write_text("in the way", encoding="utf-8")
    done: Done = detector("-c", str(folder), "run", "--json")  # type: ignore[operator]
    assert done.code == 1
    told = [line for line in json.loads(done.out)["attention"] if "blocked/there" in line]
    assert len(told) == 1
    written = folder / "reports" / "2026-06-03.md"
    assert written.read_text(encoding="utf-8").startswith("# 访问审计日报")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert (folder / "reports" / "week.eml").read_bytes().startswith(b"Subject: Access audit")
    first = without_head(written)
    again: Done = detector("-c", str(folder), "run", "--quiet")  # type: ignore[operator]
    assert again.code == 1
    assert without_head(written) == first

    out = tmp_path / "a.html"
    done = detector("-c", str(folder), "--lang", "en", "report", "--period", "week", "--out", str(out))  # type: ignore[operator]
    assert (done.code, done.out) == (0, "")
    assert "written to" in done.err
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600

    done = detector("-c", str(folder), "--lang", "en", "report", "--format", "doc")  # type: ignore[operator]
    assert done.code == 2
    assert "no format 'doc'" in done.err
    done = detector("-c", str(folder), "--lang", "en", "report", "--period", "2026-06-01..2026-06-09")  # type: ignore[operator]
    assert done.code == 2
    assert "the last business date is 2026-06-03" in done.err

    sheet = tmp_path / "accesses.html"
    done = detector("-c", str(folder), "patient", "P3", "--since", "2026-06-02", "--out", str(sheet))  # type: ignore[operator]
    assert (done.code, done.out) == (0, "")
    text = sheet.read_text(encoding="utf-8")
    assert "病历访问清单" in text
    assert "P4" not in text
    assert "n1" not in text
    assert "2026-06-01 " not in text
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    trail = [json.loads(line) for line in (folder / "state" / "trail.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(entry["kind"], entry.get("command")) for entry in trail][-2:] == [("report", None), ("view", "patient")]
    assert trail[-2]["hash"] in text
    done = detector("-c", str(folder), "--lang", "en", "patient", "P3", "--out", "accesses.doc")  # type: ignore[operator]
    assert (done.code, "must end in one of" in done.err) == (2, True)
    done = detector("-c", str(folder), "--lang", "en", "patient", "P3", "--names")  # type: ignore[operator]
    assert (done.code, "go with --out" in done.err) == (2, True)
