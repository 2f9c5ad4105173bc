"""The papers for regulators: every point has its sentences and blanks, in both languages and every format."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import string
import zipfile
from pathlib import Path

import pytest

from detector.deployment.settings import Settings
from detector.errors import ConfigError, MissingExtraError
from detector.reports.composition import Report
from detector.reports.configured import check_reports, write_reports
from detector.reports.document import ReportTable, Statements
from detector.reports.formats import formats
from detector.reports.kinds import report_kinds
from detector.reports.papers.measures import MEASURES
from detector.reports.papers.points import read_rule
from detector.reports.papers.stated import STATED
from detector.reports.suppression import K
from detector.store import open_published
from detector.texts import load_texts
from detector.texts.untrusted import UNSAFE
from detector.trail import Trail
from tests.program import called
from tests.reports.conftest import LANGUAGES
from tests.reports.test_composition import settled
from tests.reports.worlds import DECOY, PLANTED, build, judged, table

openpyxl = pytest.importorskip("openpyxl")
GOLDEN = Path(__file__).parent / "golden"
PAPERS = ("supervision", "compliance-audit")
KINDS = (*PAPERS, "exposure")
HAS_DOCX = importlib.util.find_spec("docx") is not None


def composed(site: Settings, kind: str, language: str, period: str = "week") -> Report:
    with open_published(site) as published:
        return report_kinds()[kind].compose(published, site, period, language, Trail.of(site))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def papers(site: Settings) -> dict[tuple[str, str], Report]:
    return {(kind, language): composed(site, kind, language) for kind in KINDS for language in LANGUAGES}


@pytest.mark.parametrize("name", PAPERS)
def test_every_point_names_its_clause_and_what_is_known_of_it(name: str) -> None:
    rule = read_rule(name)
    assert len({point.id for point in rule.points}) == len(rule.points)
    assert {point.chapter for point in rule.points} == set(rule.chapters)
    for point in rule.points:
        assert set(point.measured) <= set(MEASURES), point.id
        assert set(point.configured) <= set(STATED), point.id
        assert point.write, f"{point.id}: no rule is fulfilled by a program alone"
        for words in (point.clause, point.title, point.asks, *point.write, *filter(None, [point.unseen])):
            assert set(words) == set(LANGUAGES), point.id
            assert re.search("[\u4e00-\u9fff]", words["zh"])


def test_every_measure_is_used() -> None:
    points = [point for name in PAPERS for point in read_rule(name).points]
    assert {one for point in points for one in point.measured} == set(MEASURES)
    assert {one for point in points for one in point.configured} == set(STATED)


@pytest.mark.parametrize("name", PAPERS)
def test_each_sentence_says_where_it_comes_from(papers: dict[tuple[str, str], Report], name: str) -> None:
    for language in LANGUAGES:
        blocks = [one for one in papers[name, language].document.blocks() if isinstance(one, Statements)]
        assert [block.id for block in blocks] == [point.id for point in read_rule(name).points]
        for block in blocks:
            assert block.clause
            assert block.statements[-1].origin == "written"
            assert all(one.label and one.text for one in block.statements)


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_tell_the_same(papers: dict[tuple[str, str], Report], kind: str) -> None:
    zh, en = (papers[kind, language].document.blocks() for language in LANGUAGES)
    assert [type(block).__name__ for block in zh] == [type(block).__name__ for block in en]
    for one, other in zip(zh, en, strict=True):
        if isinstance(one, Statements) and isinstance(other, Statements):
            assert [told.origin for told in one.statements] == [told.origin for told in other.statements]
        if isinstance(one, ReportTable) and isinstance(other, ReportTable):
            assert len(one.rows) == len(other.rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_self_assessment_as_a_whole(papers: dict[tuple[str, str], Report], language: str) -> None:
    text = formats()["md"].write(papers["supervision", language].document).decode()
    text = re.sub("[0-9a-f]{64}", "…", settled(text))  # the end of the trail tells the time
    path = GOLDEN / f"supervision.{language}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["md", "json", "html"])
def test_nobody_is_named_and_nothing_planted_works(papers: dict[tuple[str, str], Report], kind: str, name: str) -> None:
    text = formats()[name].write(papers[kind, "zh"].document).decode()
    assert DECOY not in text
    assert "<script>alert" not in text
    assert UNSAFE.search(text.replace("\n", "")) is None
    assert not re.search(r"\bn[0-7]\b", text)


def test_units_of_less_than_five_are_not_told_alone(papers: dict[tuple[str, str], Report]) -> None:
    tables = [
        block for report in papers.values() for block in report.document.blocks() if isinstance(block, ReportTable)
    ]
    rows = [
        row for table in tables if table.id in {"roles", "staff-kinds"} or table.id.startswith("exposure-")
        for row in table.rows
    ]  # fmt: skip
    assert rows
    assert all(row["accounts"] >= K for row in rows)


@pytest.mark.parametrize("kind", PAPERS)
def test_the_workbook_has_a_sheet_to_write_into(papers: dict[tuple[str, str], Report], kind: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(formats()["xlsx"].write(papers[kind, "zh"].document)))
    sheet = book["逐条内容"]
    assert [cell.value for cell in sheet[1]] == ["要点", "条款", "来源", "内容", "填写"]
    told = [
        one.text
        for block in papers[kind, "zh"].document.blocks()
        if isinstance(block, Statements)
        for one in block.statements
    ]
    assert [row[3].value for row in sheet.iter_rows(min_row=2)] == told
    assert all(row[4].value is None for row in sheet.iter_rows(min_row=2))


@pytest.mark.skipif(not HAS_DOCX, reason="the extra docx is not here")
@pytest.mark.parametrize("kind", [*KINDS, "regular"])
def test_the_document_for_word_processors_reads_back(
    papers: dict[tuple[str, str], Report], reports: dict[str, Report], kind: str
) -> None:
    import docx

    report = reports["zh"] if kind == "regular" else papers[kind, "zh"]
    content = formats()["docx"].write(report.document)
    assert content == formats()["docx"].write(report.document)
    word = docx.Document(io.BytesIO(content))
    headings = [one.text for one in word.paragraphs if one.style.name == "Heading 2"]
    assert headings == [section.title for part in report.document.parts for section in part.sections]
    cells = [cell.text.strip() for table in word.tables for row in table.rows for cell in row.cells]
    for block in report.document.blocks():
        if isinstance(block, Statements):
            assert {one.text for one in block.statements} <= set(cells)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))}
    assert "w:instrText" not in parts["word/document.xml"]
    assert "w:hyperlink" not in parts["word/document.xml"]
    assert not any(re.search('TargetMode="External"', text) for text in parts.values())
    assert not any(planted in parts["word/document.xml"] for planted in PLANTED if set(planted) & set("<\x1b\u202e"))


@pytest.mark.skipif(HAS_DOCX, reason="the extra docx is here")
def test_without_the_library_one_line_says_what_to_install(papers: dict[tuple[str, str], Report]) -> None:
    with pytest.raises(MissingExtraError, match=re.escape("pip install '.[docx]'")):
        formats()["docx"].write(papers["supervision", "zh"].document)


def test_a_period_that_was_not_worked_through_is_refused(site: Settings) -> None:
    done = called(["-c", str(site.path), "--lang", "en", "report", "--kind", "exposure", "--period",
                   "2026-06-01..2026-06-30"])  # fmt: skip
    assert done.returncode == 2
    assert b"has not been worked through" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (("--kind", "supervison"), "did you mean 'supervision'?", "supervision"),
        (("--kind", "supervision", "--mail", "{folder}/a.eml"), "signed before it leaves", "须先填写、签发"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    site: Settings, tmp_path: Path, arguments: tuple[str, ...], english: str, chinese: str
) -> None:
    given = [one.format(folder=tmp_path) for one in arguments]
    for language, expected in (("en", english), ("zh", chinese)):
        done = called(["-c", str(site.path), "--lang", language, "report", *given])
        assert done.returncode == 2
        assert expected in done.stderr.decode()
        assert done.stderr.decode().count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_paper_is_in_the_trail_with_its_kind_before_it_is_written(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False)
    judged(settings)
    out = tmp_path / "paper.json"
    done = called(["-c", str(settings.path), "report", "--kind", "supervision", "--out", str(out)])
    assert done.returncode == 0, done.stderr
    entry = Trail.of(settings).entries()[-1]
    assert (entry.kind, entry.details["report"], entry.details["format"]) == ("report", "supervision", "json")
    first = out.read_bytes()
    again = called(["-c", str(settings.path), "report", "--kind", "supervision", "--out", str(out)])
    assert again.returncode == 0
    assert out.read_bytes() == first  # to print a paper does not change it


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ('kind = "supervison"\nout = "a.html"', "kind: no kind of report 'supervison'; did you mean 'supervision'?"),
        ('kind = "exposure"\nmail = "a.eml"', "mail: no mail of a paper"),
    ],
)
def test_a_nightly_paper_that_makes_no_sense_is_refused_before_the_night(tmp_path: Path, asked: str, said: str) -> None:
    settings = build(tmp_path / "site", more=f"[[report]]\n{asked}\n")
    with pytest.raises(ConfigError, match=re.escape(said)):
        check_reports(settings)


def test_the_night_writes_a_paper(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False, more='[[report]]\nkind = "exposure"\nout = "{date}.html"\n')
    judged(settings)
    (written,) = write_reports(settings, "zh")
    assert [path.name for path in written.files] == ["2026-06-03.html"]
    assert "病历访问暴露面报告" in written.files[0].read_text(encoding="utf-8")


def test_a_broken_trail_is_told(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False)
    judged(settings)
    trail = Trail.of(settings)
    lines = trail.read().decode().splitlines(keepends=True)
    trail.path.write_text("".join([lines[0].replace('"kind"', '"kinf"', 1), *lines[1:]]), encoding="utf-8")
    told = [
        one.text
        for block in composed(settings, "supervision", "en", "day").document.blocks()
        if isinstance(block, Statements)
        for one in block.statements
    ]
    assert any("own trail (not that of the record system) does not hold in" in text for text in told)
    assert not any("nothing was changed" in text for text in told)


def test_each_kind_of_staff_is_told(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False)
    path = settings.folder / "context" / "staff.csv"
    header, *staff = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    kinds = ["intern"] * 5 + ["permanent"] * (len(staff) - 5)
    rows = [(*row, kind) for row, kind in zip(staff, kinds, strict=True)]
    path.write_text(table((*header, "employment"), rows), encoding="utf-8")
    judged(settings)
    report = composed(settings, "supervision", "en")
    found = next(
        block for block in report.document.blocks() if isinstance(block, ReportTable) and block.id == "staff-kinds"
    )
    names = [row["kind"] for row in found.rows]
    assert names == [load_texts("en")("report.others", count=2)]  # three permanent ones would be told by the total
    assert found.rows[0]["accounts"] == 8


def test_the_month_tells_the_management_what_could_be_narrowed(site: Settings) -> None:
    for period, there in (("month", True), ("week", False)):
        management = composed(site, "regular", "zh", period).document.parts[1]
        assert ("controls" in [section.id for section in management.sections]) is there


def test_texts_of_papers_have_one_place_a_figure() -> None:
    """A figure that stands twice in a sentence could differ from itself."""
    for language in LANGUAGES:
        for key, text in load_texts(language).entries.items():
            if key.startswith(("paper.", "reach.")):
                names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
                assert len(names) == len(set(names)), key


def test_the_json_says_the_origin_of_each_statement(papers: dict[tuple[str, str], Report]) -> None:
    content = json.loads(formats()["json"].write(papers["compliance-audit", "en"].document))
    statements = [
        one
        for part in content["parts"]
        for section in part["sections"]
        for block in section["blocks"]
        if block["kind"] == "statements"
        for one in block["statements"]
    ]
    assert {one["origin"] for one in statements} == {"measured", "configured", "unseen", "written"}
