"""Every sentence holds: each figure and date of each page about a finding is counted anew from the log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language
from tests.sentences import report_page
from tests.sentences.hospital import Hospital
from tests.sentences.pages import Site
from tests.sentences.papers import PaperSheet
from tests.sentences.reports import ReportSheet
from tests.sentences.site import judged
from tests.sentences.site_pages import StatusScreen
from tests.sentences.sums import Report
from tests.sentences.walk import wrong_elsewhere, wrong_sentences

Open = Callable[[Path], tuple[Site, Hospital]]
languages = pytest.mark.parametrize("language", LANGUAGES)


def read(opened: tuple[Site, Hospital], language: Language, into: Path, *, quick: bool = False) -> list[str]:
    """Return what is wrong; ``quick`` leaves out pages that take long to draw, and evidence files in one language."""
    bundled = not quick or language == "zh"
    site, hospital = opened
    assert hospital.findings(), "nothing was found, so that nothing would be read"
    report = Report(site.report(language, into), hospital, load_texts(language))
    sheet = ReportSheet(report, site.findings(language))
    sheet.read()
    if not quick:
        report_page.compare(sheet, site.report_page(language, into))
    return [
        *wrong_sentences(site, hospital, language, into, bundled=bundled),
        *wrong_elsewhere(site, hospital, language),
        *report.wrong(),
        *sheet.wrong,
    ]


def read_papers(opened: tuple[Site, Hospital], language: Language, into: Path) -> list[str]:
    """Return what is wrong in the papers of a month, and in the month's report."""
    site, hospital = opened
    findings = site.findings(language)
    lines = (hospital.folder / "state" / "trail.jsonl").read_text(encoding="utf-8").splitlines()
    trail = {entry["number"]: entry["kind"] for entry in map(json.loads, lines)}
    wrong = []
    for kind in ("supervision", "compliance-audit", "exposure"):
        report = Report(site.report(language, into, "month", kind), hospital, load_texts(language))
        paper = PaperSheet(report, findings, trail)
        paper.read()
        wrong += paper.wrong
    sheet = ReportSheet(Report(site.report(language, into, "month"), hospital, load_texts(language)), findings)
    sheet.read()
    return [*wrong, *sheet.wrong]


@languages
def test_papers_of_a_small_hospital(small_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    assert read_papers(site(small_hospital), language, tmp_path) == []


@languages
def test_papers_after_decisions(small_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    folder = shutil.copytree(small_hospital, tmp_path / "site")
    opened, _ = site(folder)
    first, second, *_ = [one["finding_id"] for one in opened.findings(language)]
    opened.call(language, "triage", first, "--disposition", "confirmed", "--note", "told")
    opened.call(language, "triage", second, "--disposition", "justified", "--note", "asked")
    judged(folder)
    assert read_papers(site(folder), language, tmp_path) == []


@pytest.mark.heavy
@languages
def test_papers_of_the_sample(sample_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    assert read_papers(site(sample_hospital), language, tmp_path) == []


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.heavy)])
def test_small_hospital(small_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    assert read(site(small_hospital), language, tmp_path, quick=True) == []


@languages
def test_how_decided_alerts_are_spread(decided_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    opened, hospital = site(decided_hospital)
    findings = opened.findings(language)
    sheet = ReportSheet(Report(opened.report(language, tmp_path), hospital, load_texts(language)), findings)
    sheet.read()
    report_page.compare(sheet, opened.report_page(language, tmp_path))
    status = StatusScreen(hospital, language, findings)
    status.all(opened.call(language, "status").splitlines())
    assert [*sheet.wrong, *status.wrong] == []
    machine = json.loads(opened.call(language, "status", "--format", "ndjson"))
    assert [one["group"] for one in machine["uneven_alerts"]] == sheet.spread.standing_out != []
    assert len(sheet.report.table("spread")) == len(sheet.spread.shares)


@pytest.mark.heavy
@languages
def test_sample(sample_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    assert read(site(sample_hospital), language, tmp_path) == []


@pytest.mark.heavy
@languages
def test_late_rows(late_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    assert read(site(late_hospital), language, tmp_path) == []


@pytest.mark.heavy
@languages
def test_development_hospital(development_hospital: Path, site: Open, language: Language, tmp_path: Path) -> None:
    assert read(site(development_hospital), language, tmp_path) == []
