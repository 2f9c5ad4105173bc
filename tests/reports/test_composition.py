"""What a report says: golden files in both languages, and figures against plain counting."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from detector.deployment.settings import Settings
from detector.errors import UsageError
from detector.findings.reading import read_findings
from detector.reports.composition import Report, compose, trail_head
from detector.reports.document import Paragraph, ReportTable, Tiles
from detector.reports.formats import formats
from detector.store import open_published, open_store
from detector.trail import Trail
from tests.reports.conftest import LANGUAGES
from tests.reports.worlds import DECOY, build, judged

GOLDEN = Path(__file__).parent / "golden"
CHECKOUT = Path(__file__).parents[2]


def settled(text: str) -> str:
    """Leave out versions and what a finer tuning of the detection changes: nothing else may differ."""
    text = re.sub(r"(\| [^|]+) \| [\d.]+ \| [\d.]+ \| \d+% \|$", r"\1 | … |", text, flags=re.MULTILINE)
    return re.sub(r"detector \d+\.\d+\.\d+\S*|(?:configuration|配置) [0-9a-f]{16}", "…", text)


def table(report: Report, name: str) -> ReportTable:
    return next(block for block in report.document.blocks() if isinstance(block, ReportTable) and block.id == name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_as_a_whole(reports: dict[str, Report], language: str) -> None:
    text = settled(formats()["md"].write(reports[language].document).decode())
    path = GOLDEN / f"week.{language}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_both_languages_tell_the_same(reports: dict[str, Report]) -> None:
    shapes = [[type(block).__name__ for block in reports[language].document.blocks()] for language in LANGUAGES]
    assert shapes[0] == shapes[1]
    for zh, en in zip(*(reports[language].document.blocks() for language in LANGUAGES), strict=True):
        if isinstance(zh, ReportTable) and isinstance(en, ReportTable):
            assert len(zh.rows) == len(en.rows)


def test_no_record_number_is_in_it(reports: dict[str, Report]) -> None:
    for language in LANGUAGES:
        for name in ("md", "json", "html"):
            text = formats()[name].write(reports[language].document).decode()
            assert "D1" not in text
            assert DECOY not in text


def test_the_alerts_are_those_that_findings_lists(site: Settings, reports: dict[str, Report]) -> None:
    with open_published(site) as published:
        listed = read_findings(published.connection, "zh", status="open", alerts_only=True)
    assert [row["finding"] for row in table(reports["zh"], "waiting").rows] == [one["finding_id"] for one in listed]
    assert len(listed) == 5


def test_units_add_up_to_what_was_opened(site: Settings, reports: dict[str, Report]) -> None:
    with open_published(site) as published:
        opened = published.connection.execute(
            "select count(*) from patient_days where business_date between date '2026-05-28' and date '2026-06-03'"
        ).fetchall()[0][0]
    for name in ("departments", "roles"):
        assert sum(row["patient_days"] for row in table(reports["zh"], name).rows) == opened


def test_units_of_less_than_five_are_not_told_alone(reports: dict[str, Report]) -> None:
    management = reports["en"].document.parts[1]
    text = str(management)
    assert "<script>" not in text
    assert "=cmd" not in text
    assert all(row["accounts"] >= 5 for row in table(reports["en"], "departments").rows)


def test_the_accounting_of_files_balances(reports: dict[str, Report]) -> None:
    for row in table(reports["zh"], "files").rows:
        assert row["rows_read"] == row["accepted"] + row["duplicates"] + row["quarantined"]
    assert table(reports["zh"], "quarantine").rows == [
        {"source": "emr", "reason": "时间（event_time）无法识别", "rows": 1}
    ]


@pytest.mark.heavy
def test_the_same_state_gives_the_same_bytes_in_another_process(site: Settings) -> None:
    call = [sys.executable, "-m", "detector", "-c", str(site.path), "report", "--period", "week", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    done = subprocess.run(call, capture_output=True, check=True, env=environment)
    with open_published(site) as published:
        report = compose(published, site, "week", "zh", head=trail_head(Trail.of(site)))
    assert done.stdout == formats()["json"].write(report.document)


def test_a_quiet_night_says_so(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False)
    judged(settings)
    with open_published(settings) as published:
        report = compose(published, settings, "day", "zh")
    headline = next(block for block in report.document.summary if isinstance(block, Paragraph))
    assert headline.text.startswith("没有新的告警，没有待处理的告警，各来源日志齐全。以上只就已判断的")
    assert headline.tone == "plain"  # models still learn
    tiles = next(block for block in report.document.summary if isinstance(block, Tiles))
    assert [tile.value for tile in tiles.tiles][:3] == ["0", "0", "0"]


def test_a_source_that_fell_silent_is_told(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False)
    for path in (settings.folder / "logs").glob("emr-*.csv"):
        path.unlink()
    judged(settings)
    with open_published(settings) as published:
        text = formats()["md"].write(compose(published, settings, "day", "zh").document).decode()
    assert "来源 emr 本期没有任何日志" in text
    assert "日志不齐全" in text


def test_before_the_first_night_there_is_none(tmp_path: Path) -> None:
    settings = build(tmp_path / "site")
    with open_store(settings) as store:
        store.publish()
    with open_published(settings) as published, pytest.raises(UsageError, match="no business date"):
        compose(published, settings, "day", "zh")


@pytest.mark.heavy
def test_decisions_of_the_period_are_told(tmp_path: Path) -> None:
    settings = build(tmp_path / "site")
    judged(settings)
    call = [sys.executable, "-m", "detector", "-c", str(settings.path)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}

    def run(*arguments: str) -> str:
        return subprocess.run([*call, *arguments], check=True, capture_output=True, text=True, env=environment).stdout

    with open_published(settings) as published:
        finding = read_findings(published.connection, "zh")[0]["finding_id"]
    run("triage", finding, "--disposition", "justified", "--note", "替班")
    with open_published(settings) as published:
        head = trail_head(Trail.of(settings))
        report = compose(published, settings, "week", "zh", head=head)
        earlier = compose(published, settings, "2026-06-01..2026-06-02", "zh")
    rows = table(report, "decided").rows
    assert [(row["finding"], row["disposition"], row["note"]) for row in rows] == [(finding, "有正当理由", "替班")]
    assert table(report, "decided").note == "从告警到作出结论，中位数为 2 天。"
    assert not table(earlier, "decided").rows
    assert finding not in {row["finding"] for row in table(report, "waiting").rows}
    assert head is not None
    assert any(head in line for line in report.document.footer)
    first = run("report", "--format", "json")
    assert run("report", "--format", "json") == first
    assert trail_head(Trail.of(settings)) == head
