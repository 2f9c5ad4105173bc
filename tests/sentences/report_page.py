"""Compares a report's page with the report: the same texts, and in every cell of every table the same figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from tests.sentences.expected import right
from tests.sentences.pages import paragraphs, texts
from tests.sentences.reports import ReportSheet

Rows = list[list[str]]


class _Tables(HTMLParser):
    """Collects the rows of each table by its id, headings first."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, Rows] = {}
        self.table: Rows | None = None
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.table = self.found.setdefault(str(dict(attrs)["id"]).removeprefix("table-"), [])
        elif tag == "tr" and self.table is not None:
            self.table.append([])
        elif tag in {"td", "th"} and self.table:
            self.table[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self.in_cell and self.table:
            self.table[-1][-1] += data


def tables(page: bytes) -> dict[str, Rows]:
    """Return the cells of each table of a page by its id, headings first."""
    parser = _Tables()
    parser.feed(page.decode("utf-8"))
    return {name: [[cell.strip() for cell in row] for row in rows] for name, rows in parser.found.items()}


def compare(sheet: ReportSheet, page: bytes) -> None:
    """Note every cell and text of the page that is not the report's."""
    found = tables(page)
    known: set[str] = set()
    for block in sheet.report.blocks():
        kind, identity = block.get("kind"), str(block.get("id"))
        if kind == "table" and block["rows"]:
            _rows(sheet, identity, found.pop(identity, []), block)
        elif kind == "chart":
            _series(sheet, identity, found.pop(identity, []), block)
        known |= {tile[name] for tile in block.get("tiles", ()) for name in ("label", "value", "note")}
    for identity in found:
        sheet.note(identity, "page.table", "on the page", "not in the report")
    document = sheet.report.document
    known |= {*texts(document), *document["footer"], document["subtitle"], document["site"]}
    known |= {f"{document['title']} · {document['subtitle']} · {document['site']}"}
    known |= {str(one.get("description")) for one in sheet.report.blocks()}
    known |= {str(one.get("subtitle")) for one in sheet.report.blocks()} | {
        part["reader"] for part in document["parts"]
    }
    cells = {
        cell for block in sheet.report.blocks() for row in block.get("rows", ()) for cell in map(str, row.values())
    }
    plain = {" ".join(one.split()) for one in known}
    for text in paragraphs(page):
        if any(map(str.isdigit, text)) and text not in plain and text not in cells:
            sheet.note(text, "page.text", "on the page", "not in the report")


def _rows(sheet: ReportSheet, identity: str, shown: Rows, block: Mapping[str, Any]) -> None:
    columns = block["columns"]
    sheet.equal(f"page {identity}", "headings", shown[:1], [[column["title"] for column in columns]])
    sheet.equal(f"page {identity}", "rows", len(shown) - 1, len(block["rows"]))
    for cells, row in zip(shown[1:], block["rows"], strict=False):
        for cell, column in zip(cells, columns, strict=True):
            value = row.get(column["key"])
            if not shows(cell.strip(), value[:10] if value and column["kind"] == "date" else value):
                sheet.note(f"page {identity}", column["key"], cell, value)


def _series(sheet: ReportSheet, identity: str, shown: Rows, chart: Mapping[str, Any]) -> None:
    by_label: Sequence[Sequence[Any]] = [
        [label, *(one["values"][place] for one in chart["series"])] for place, label in enumerate(chart["labels"])
    ]
    turned = [[one["name"], *one["values"]] for one in chart["series"]]
    body = shown[1:]
    rows = by_label if len(body) == len(by_label) and (not body or len(body[0]) == len(by_label[0])) else turned
    sheet.equal(f"page {identity}", "rows", len(body), len(rows))
    for cells, row in zip(body, rows, strict=False):
        for cell, value in zip(cells, row, strict=True):
            if not shows(cell.strip(), value):
                sheet.note(f"page {identity}", str(row[0]), cell, value)


def shows(cell: str, value: object) -> bool:
    """Whether a cell of a page shows a value of the report."""
    if value is None or value == "":
        return cell == "–"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return right(float(value), cell) or (cell.endswith("%") and right(float(value) * 100, cell))
    return " ".join(cell.split()) == " ".join(str(value).split())
