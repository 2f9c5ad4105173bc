"""Every format writes every block, and nothing that a log plants does anything where it is read."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import re
import zipfile
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.reports.composition import Report
from detector.reports.document import BLOCKS, cell_text
from detector.reports.formats import formats, md
from detector.texts.untrusted import UNSAFE
from tests.reports.conftest import LANGUAGES

openpyxl = pytest.importorskip("openpyxl")
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "h4", "nav", "ol", "ul",
    "li", "main", "section", "article", "dl", "div", "dt", "dd", "small", "table", "caption", "thead", "tbody", "tr",
    "th", "td", "span", "figure", "figcaption", "details", "summary", "footer", "svg", "g", "path", "text", "desc",
    "defs", "clippath", "rect", "use",
}  # fmt: skip

TEXT_FORMATS = sorted(name for name, one in formats().items() if one.text)


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def written(report: Report, name: str) -> bytes:
    return formats()[name].write(report.document)


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request: pytest.FixtureRequest, reports: dict[str, Report]) -> str:
    return written(reports[request.param], "html").decode()


def test_every_block_has_its_way_in_markdown() -> None:
    assert set(md.WRITERS) == set(BLOCKS)


@pytest.mark.parametrize("name", [*TEXT_FORMATS, "xlsx"])
def test_the_same_document_gives_the_same_bytes(reports: dict[str, Report], name: str) -> None:
    assert written(reports["zh"], name) == written(reports["zh"], name)


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_no_control_or_direction_character_is_left(reports: dict[str, Report], name: str) -> None:
    text = written(reports["en"], name).decode().replace("\n", "")
    assert UNSAFE.search(text) is None
    assert "gnp.exe" in text


def test_the_page_has_no_script_and_fetches_nothing(page: str) -> None:
    parsed = Page(page)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    for tag, attributes in parsed.tags:
        assert not any(name.startswith("on") or name in {"style", "src", "srcdoc"} for name in attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
        assert (attributes.get("xlink:href") or "#").startswith("#")
    assert "<script>alert(1)</script>" in "".join(parsed.words)


def test_the_policy_of_the_page_allows_its_style_alone(page: str) -> None:
    policy = next(a["content"] for t, a in Page(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_ids_are_unique_and_links_lead_somewhere(page: str) -> None:
    tags = Page(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    linked = {
        str(attributes[name])[1:] for _, attributes in tags for name in ("href", "xlink:href") if name in attributes
    }
    assert linked <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


def test_tables_have_headings_and_pictures_have_words(page: str) -> None:
    parsed = Page(page)
    for tag, attributes in parsed.tags:
        if tag == "th":
            assert attributes.get("scope") in {"col", "row"}
        if tag == "svg":
            assert attributes.get("aria-labelledby")
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_workbook_has_no_formula_and_no_link(reports: dict[str, Report]) -> None:
    with zipfile.ZipFile(io.BytesIO(written(reports["zh"], "xlsx"))) as book:
        for name in book.namelist():
            text = book.read(name).decode()
            assert "<f>" not in text, name
            assert "<f " not in text, name
            assert "<hyperlink" not in text, name
            assert "externalLink" not in name
            ET.fromstring(text)


def test_the_workbook_has_real_types_frozen_headings_and_filters(reports: dict[str, Report]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(reports["en"], "xlsx")))
    sheet = book["Alerts that wait for a decis"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:I6"
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, sheet[2], strict=True))
    assert row["Risk"].data_type == "n"
    assert row["Since"].is_date
    names = [cell.value for cell in sheet["D"]]
    assert "n1 =cmd|'/C calc'!A0" in names
    assert {cell.data_type for cells in book.worksheets for line in cells.iter_rows() for cell in line} <= {
        "s",
        "n",
        "d",
    }
    assert len({sheet.title.lower() for sheet in book.worksheets}) == len(book.worksheets)


def test_the_json_is_the_document(reports: dict[str, Report]) -> None:
    content: dict[str, Any] = json.loads(written(reports["en"], "json"))
    assert content["schema"] == 2
    assert [part["id"] for part in content["parts"]] == ["officer", "management", "data"]
    waiting = content["parts"][0]["sections"][0]["blocks"][0]
    assert waiting["kind"] == "table"
    assert any(row["who"] == "n2 gnp.exe" for row in waiting["rows"])


@given(st.text())
def test_markdown_keeps_a_text_on_its_line_and_without_markup(text: str) -> None:
    escaped = md.escaped(text)
    assert UNSAFE.search(escaped) is None
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_|\[\]~#]", re.sub(r"&#\d+;", "", escaped))
    assert not set("<>") & set(escaped)


@given(
    st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6)),
    st.sampled_from(["count", "share", "change", "number"]),
)
def test_every_figure_has_a_form(value: float | None, kind: Any) -> None:
    assert cell_text(value, kind)


def test_a_share_of_nearly_all_is_not_rounded_to_all() -> None:
    assert cell_text(1, "share") == "100%"
    assert cell_text(0.996, "share") == "99.6%"
    assert cell_text(0, "share") == "0%"
    assert cell_text(0.004, "share") == "0.4%"
