"""The reader itself can fail: a figure too many, a text of which nobody says what it counts, a wrong sum."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from detector.detection.features import FEATURES
from detector.texts import load_texts
from tests.sentences.expected import expectation
from tests.sentences.hospital import FindingFigures, Hospital
from tests.sentences.pages import Site
from tests.sentences.reader import Reader, Unexplained
from tests.sentences.reading import Page
from tests.sentences.reports import ReportSheet
from tests.sentences.site_pages import AccountScreen, RecordScreen
from tests.sentences.sums import Report


def test_figures_of_a_text_are_told_by_name() -> None:
    reader = Reader("zh", sections=["show"])
    told = {one.name: one.value for one in reader.read("患者 2 人 · 记录 1,003 条 · 访问 4 次")}
    assert told == {
        "show.exposure_line.patients": "2", "show.exposure_line.records": "1,003", "show.exposure_line.accesses": "4",
    }  # fmt: skip


def test_a_policys_sentence_is_read_by_its_own_words() -> None:
    sentence = (
        "Touched 2 decoy records in 5 events, first at 2026-07-04 07:45; they belong to no real patient, so care never"
        " needs them"
    )
    told = {one.name: one.value for one in Reader("en").read(sentence)}
    assert told == {
        "policy:decoy-access.patients": "2", "policy:decoy-access.events": "5",
        "policy:decoy-access.first_at": "2026-07-04 07:45",
    }  # fmt: skip


def test_a_part_of_a_list_may_hold_what_stands_between_parts() -> None:
    feature = next(one for one in FEATURES if one.id == "sensitive_unexplained")
    assert ", " in feature.of_these["en"]
    told = Reader("en", sections=["reason"]).read(
        f"5 {feature.of_these['en']}, 3 opened on weekends or public holidays"
    )
    assert [(one.name, one.value) for one in told] == [
        ("reason.part_patients.count", "5"), ("reason.part_patients.count", "3"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["另有 17 条没有任何文字解释的数字", "患者 2 人 · 记录 3 条 · 访问 4 次，7 天"])
def test_a_figure_that_no_text_explains_is_no_figure(text: str) -> None:
    with pytest.raises(Unexplained):
        Reader("zh", sections=["show"]).read(text)


def test_a_new_text_with_a_figure_needs_to_say_what_it_counts() -> None:
    assert expectation("show.of_later_work.count") is None
    assert expectation("policy:of-later-work.threshold") is None
    assert expectation("policy:of-later-work.events") is None
    assert expectation("policy:decoy-access.of_later_work") is None
    assert expectation("policy:decoy-access.events") is not None


@pytest.mark.heavy
def test_a_figure_changed_in_the_store_is_found(
    small_hospital: Path, site: Callable[[Path], tuple[Site, Hospital]], tmp_path: Path
) -> None:
    folder = shutil.copytree(small_hospital, tmp_path / "site")
    published = next((folder / "state").glob("published*.duckdb"))
    with duckdb.connect(str(published)) as connection:
        connection.execute(
            "update findings set accesses = accesses + 1, reasons = replace(reasons, '2026-06-02', '2026-06-03')"
        )
    pages, hospital = site(folder)
    row = next(one for one in pages.findings("zh") if "decoy-access" in one["policies"])
    page = Page(FindingFigures(hospital, row, "zh"), "show")
    page.screen(pages.call("zh", "show", row["finding_id"]).splitlines())
    assert {one.figure for one in page.wrong} == {"show.exposure_only_decoys.accesses", "policy:decoy-access.first_at"}


def test_a_changed_figure_a_new_line_and_a_new_column_of_a_screen_are_found(
    small_hospital: Path, site: Callable[[Path], tuple[Site, Hospital]]
) -> None:
    pages, hospital = site(small_hospital)
    findings = pages.findings("zh")

    def wrong(lines: list[str]) -> str:
        screen = AccountScreen(hospital, "zh", "n1", findings)
        screen.all(lines)
        return " | ".join(screen.wrong)

    lines = pages.call("zh", "user", "n1").splitlines()
    assert wrong(lines) == ""
    assert "user.explained.patients is 7" in wrong([line.replace("（0 名患者", "（7 名患者") for line in lines])
    assert "no text explains it" in wrong([*lines, "另有 17 条没有任何文字解释的数字"])
    record = RecordScreen(hospital, "zh", "P2")
    lines = pages.call("zh", "patient", "P2").splitlines()
    rule = next(place for place, line in enumerate(lines) if "──" in line)
    added = {-1: "新列", 0: "──────", 1: "12"}
    record.all([f"{line}  {added.get(place - rule, '')}".rstrip() for place, line in enumerate(lines)])
    assert "nothing says what this column counts" in " | ".join(record.wrong)


def test_a_changed_cell_and_a_new_tile_of_a_report_are_found(
    small_hospital: Path, site: Callable[[Path], tuple[Site, Hospital]], tmp_path: Path
) -> None:
    pages, hospital = site(small_hospital)
    report = Report(pages.report("zh", tmp_path), hospital, load_texts("zh"))
    next(one for one in report.blocks() if one.get("id") == "departments")["rows"][0]["suspicious"] = 4
    next(one for one in report.blocks() if one["kind"] == "tiles")["tiles"].append(
        {"label": "新指标", "value": "12", "note": ""}
    )
    sheet = ReportSheet(report, pages.findings("zh"))
    sheet.read()
    told = " | ".join(sheet.wrong)
    assert "suspicious is 4, counted 0" in told
    assert "nothing says what this tile counts" in told
