"""XLSX: one sheet a table, real numbers and dates, frozen headings, filters; nothing from a log becomes a formula."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from detector.reports.document import (
    Block,
    Card,
    Chart,
    Document,
    Items,
    Paragraph,
    ReportColumn,
    ReportTable,
    Statements,
    Tiles,
)
from detector.reports.report_format import ReportFormat
from detector.texts.untrusted import shown

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

CREATED: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  (the same bytes for the same report)
FORMATS: Final[Mapping[str, str]] = {
    "count": "#,##0", "number": "#,##0.##", "share": "0.0%", "change": "+#,##0;-#,##0;0", "date": "yyyy-mm-dd",
}  # fmt: skip
WIDEST: Final = 60
LONGEST: Final = 32_000
"""Excel refuses cells of more than 32,767 characters."""


def write(document: Document) -> bytes:
    """Return the workbook."""
    from xlsxwriter import Workbook  # noqa: PLC0415  (only this format needs it)

    stream = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
        "constant_memory": False,
    }  # fmt: skip
    with Workbook(stream, options) as book:
        book.set_properties({
            "title": shown(document.title), "subject": shown(document.subtitle), "company": shown(document.site),
            "created": CREATED,
        })  # fmt: skip
        _Sheets(book, document).write()
    return stream.getvalue()


class _Sheets:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Workbook, document: Document) -> None:
        self.book, self.document = book, document
        self.names: set[str] = set()
        self.head = book.add_format(
            {"bold": True, "bottom": 2, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4"}
        )
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.cells = {kind: book.add_format({"num_format": form, "valign": "top"}) for kind, form in FORMATS.items()}

    def write(self) -> None:
        """Write the overview and one sheet a table."""
        self._overview()
        for table in filter(None, (_points(self.document), *_tables(self.document))):
            self._table(table)

    def _overview(self) -> None:
        sheet = self._sheet(self.document.title)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 2, 70)
        row = 0
        for text, form in (
            (self.document.title, self.title),
            (self.document.site, self.bold),
            (self.document.subtitle, self.bold),
        ):
            self._text(sheet, row, 0, text, form)
            row += 1
        for block in self.document.summary:
            row += 1
            for cells in _lines(block):
                for place, cell in enumerate(cells):
                    self._text(sheet, row, place, cell, self.bold if place == 1 else None)
                row += 1
        for line in self.document.footer:
            row += 1
            self._text(sheet, row, 0, line, None)

    def _table(self, table: ReportTable) -> None:
        sheet = self._sheet(table.title)
        for place, column in enumerate(table.columns):
            self._text(sheet, 0, place, column.title, self.head)
            sheet.set_column(place, place, _width(table, column))
        for number, row in enumerate(table.rows, start=1):
            for place, column in enumerate(table.columns):
                self._cell(sheet, number, place, row.get(column.key), column)
        sheet.freeze_panes(1, 1)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        elif table.empty:
            self._text(sheet, 1, 0, table.empty, None)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _cell(self, sheet: Worksheet, row: int, place: int, value: object, column: ReportColumn) -> None:
        if value is None:
            return
        if isinstance(value, dt.datetime | dt.date):
            day = value.date() if isinstance(value, dt.datetime) else value
            sheet.write_datetime(row, place, dt.datetime.combine(day, dt.time()), self.cells["date"])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(row, place, value, self.cells.get(column.kind))
        else:
            self._text(sheet, row, place, str(value), self.text)

    def _text(self, sheet: Worksheet, row: int, place: int, text: str, form: Any) -> None:  # noqa: ANN401
        sheet.write_string(row, place, shown(text)[:LONGEST], form)

    def _sheet(self, title: str) -> Worksheet:
        """Add a sheet under a name that Excel accepts: 31 characters, none of its own marks, each once."""
        plain = re.sub(r"[\[\]:*?/\\']", " ", shown(title)).strip()[:28] or "-"
        name, number = plain, 1
        while name.lower() in self.names:
            number += 1
            name = f"{plain[:26]} {number}"
        self.names.add(name.lower())
        return self.book.add_worksheet(name)


def _tables(document: Document) -> Iterator[ReportTable]:
    """Yield every table outside of cards, every chart's figures, and the cards' reasons as one table."""
    reasons: list[dict[str, Any]] = []
    columns: list[ReportColumn] = []
    title = ""
    for block in (block for part in document.parts for section in part.sections for block in section.blocks):
        if isinstance(block, ReportTable):
            yield block
        elif isinstance(block, Chart):
            yield block.table(document.labels["item"])
        elif isinstance(block, Card):
            for inner in block.blocks:
                if isinstance(inner, ReportTable):
                    columns, title = list(inner.columns), inner.title
                    reasons += [{"card": block.id, "who": block.title, **row} for row in inner.rows]
    if reasons:
        yield ReportTable("reasons", title, [ReportColumn("card", document.labels["alert"]), *columns], reasons)


def _points(document: Document) -> ReportTable | None:
    """Return all statements as one table, with a column to write into; None where there are none."""
    rows = [
        {"point": block.title, "clause": block.clause, "origin": one.label, "text": one.text}
        for block in document.blocks()
        if isinstance(block, Statements)
        for one in block.statements
    ]
    names = ("point", "clause", "origin", "text", "written")
    columns = [ReportColumn(name, document.labels[f"statement_{name}"]) for name in names] if rows else []
    return ReportTable("points", document.labels["statements"], columns, rows) if rows else None


def _lines(block: Block) -> Iterator[tuple[str, ...]]:
    """Yield the cells of a block of the summary."""
    if isinstance(block, Tiles):
        for tile in block.tiles:
            yield (tile.label, tile.value, tile.note)
    elif isinstance(block, Paragraph):
        yield (block.text,)
    elif isinstance(block, Items):
        yield (block.title,)
        for item in block.items:
            yield (item,)


def _width(table: ReportTable, column: ReportColumn) -> float:
    """Return about how wide a column must be, wide characters counted twice."""
    texts = [column.title, *(str(row.get(column.key) or "") for row in table.rows[:200])]
    cells = max(sum(2 if ord(one) > 0x2E7F else 1 for one in text) for text in texts)
    return float(min(WIDEST, max(9, cells + 2)))


FORMAT = ReportFormat("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write, text=False)
