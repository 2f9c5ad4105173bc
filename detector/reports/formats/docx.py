"""DOCX: for word processors, so that people can complete a paper; by python-docx (the optional extra ``docx``).

Nothing from a log becomes markup, a field or a link: python-docx writes text nodes. Equal documents give equal bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from detector.errors import MissingExtraError
from detector.reports.document import (
    Card,
    Chart,
    Document,
    Items,
    Paragraph,
    ReportTable,
    Statements,
    Tiles,
    cell_text,
)
from detector.reports.report_format import ReportFormat
from detector.texts.untrusted import shown

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.table import Table as WordTable

MADE: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  (the same bytes for the same report)
PACKED: Final = (1980, 1, 1, 0, 0, 0)
FONTS: Final = {"zh": ("Times New Roman", "宋体"), "en": ("Times New Roman", "SimSun")}
"""Of Latin letters, and of Chinese ones: what every word processor in a hospital has."""
RIGHT: Final = {"count", "number", "share", "change"}
GRID: Final = "Table Grid"
BLANK_LINES: Final = 3
"""Empty lines under a prompt, to be written on."""


def write(document: Document) -> bytes:
    """Return the file. Raises MissingExtraError where python-docx is missing."""
    try:
        import docx  # noqa: PLC0415  (an optional extra)
    except ImportError as error:
        raise MissingExtraError("DOCX", "docx", error) from None
    word = docx.Document()
    _Pages(word, document).write()
    stream = io.BytesIO()
    word.save(stream)
    return _packed_alike(stream.getvalue())


def _packed_alike(content: bytes) -> bytes:
    """Return a package with the same members, none of which says when it was packed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(zipfile.ZipInfo(name, PACKED), given.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


class _Pages:
    """Writes the pages of one document."""

    def __init__(self, word: Word, document: Document) -> None:
        self.word, self.document = word, document
        self.title = ""

    def write(self) -> None:
        """Write all of it."""
        self._prepare()
        document = self.document
        self.word.add_heading(shown(document.title), 0)
        self._text(document.site, bold=True)
        self._text(document.subtitle)
        for block in document.summary:
            self._block(block)
        for part in document.parts:
            self.word.add_heading(shown(part.title), 1)
            if part.reader:
                self._text(part.reader, italic=True)
            for section in part.sections:
                self.title = section.title
                self.word.add_heading(shown(section.title), 2)
                for block in section.blocks:
                    self._block(block)
        for line in document.footer:
            self._text(line, small=True)

    def _prepare(self) -> None:
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Cm, Pt  # noqa: PLC0415

        latin, chinese = FONTS[self.document.language]
        for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
            style: Any = self.word.styles[name]
            style.font.name = latin
            style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), chinese)
        normal: Any = self.word.styles["Normal"]
        normal.font.size = Pt(10.5)
        page = self.word.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.2)
        about = self.word.core_properties
        about.title, about.subject = shown(self.document.title), shown(self.document.subtitle)
        about.author, about.last_modified_by, about.comments = shown(self.document.site), "", ""
        about.language = "zh-CN" if self.document.language == "zh" else "en"
        about.created = about.modified = MADE

    def _text(
        self, text: str, *, bold: bool = False, italic: bool = False, small: bool = False, style: str | None = None
    ) -> None:
        from docx.shared import Pt  # noqa: PLC0415

        run = self.word.add_paragraph(style=style).add_run(shown(text))
        run.bold, run.italic = bold, italic
        if small:
            run.font.size = Pt(8.5)

    def _block(self, block: Any) -> None:  # noqa: ANN401
        self._writers[block.kind](block)

    @property
    def _writers(self) -> Mapping[str, Callable[[Any], None]]:
        return {
            "tiles": self._tiles, "paragraph": self._paragraph, "items": self._items, "table": self._table,
            "chart": self._chart, "card": self._card, "statements": self._statements,
        }  # fmt: skip

    def _tiles(self, block: Tiles) -> None:
        self._grid([(tile.label, tile.value, tile.note) for tile in block.tiles])

    def _paragraph(self, block: Paragraph) -> None:
        self._text(block.text, bold=block.tone in {"alarm", "good"}, small=block.tone == "note")

    def _items(self, block: Items) -> None:
        if block.title:
            self._text(block.title, bold=True)
        for item in block.items:
            self._text(item, style="List Bullet")

    def _statements(self, block: Statements) -> None:
        self._text(block.clause, italic=True, small=True)
        self._text(block.asks)
        rows = [
            (one.label, one.text + "\n" * BLANK_LINES if one.origin == "written" else one.text)
            for one in block.statements
        ]
        table = self._grid(rows, lined=True)
        from docx.shared import Cm  # noqa: PLC0415

        for row in table.rows:
            for cell, width in zip(row.cells, (Cm(2.6), Cm(14)), strict=True):
                cell.width = width

    def _table(self, block: ReportTable) -> None:
        if block.title and block.title != self.title:
            self._text(block.title, bold=True)
        if not block.rows:
            self._text(block.empty)
        else:
            heads = tuple(column.title for column in block.columns)
            rows = [tuple(cell_text(row.get(one.key), one.kind) for one in block.columns) for row in block.rows]
            right = {place for place, column in enumerate(block.columns) if column.kind in RIGHT}
            self._grid([heads, *rows], right=right, heads=True)
        if block.note:
            self._text(block.note, small=True)

    def _chart(self, block: Chart) -> None:
        self._text(block.title, bold=True)
        self._text(block.description)
        self._table(block.table(self.document.labels["item"]))

    def _card(self, block: Card) -> None:
        self.word.add_heading(shown(f"{block.title} · {block.severity_name}"), 3)
        self._text(block.subtitle, small=True)
        for inner in block.blocks:
            self._block(inner)

    def _grid(
        self, rows: Sequence[Sequence[str]], *, right: set[int] | None = None, heads: bool = False, lined: bool = False
    ) -> WordTable:
        """Write a table; where it has ``heads`` they stand on each page. ``lined``: line breaks are kept."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

        table = self.word.add_table(len(rows), max(map(len, rows), default=1), style=GRID)
        for number, (row, cells) in enumerate(zip(rows, table.rows, strict=True)):
            for place, (text, cell) in enumerate(zip(row, cells.cells, strict=True)):
                lines = text.split("\n") if lined else [text]
                paragraph = cell.paragraphs[0]
                run = paragraph.add_run(shown(lines[0]))
                run.bold = heads and number == 0
                for line in lines[1:]:
                    cell.add_paragraph(shown(line))
                if number and place in (right or ()):
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if heads:
            self._repeat(table)
        self.word.add_paragraph()
        return table

    def _repeat(self, table: WordTable) -> None:
        from docx.oxml import OxmlElement  # noqa: PLC0415

        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001


FORMAT = ReportFormat(
    "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", write, text=False
)
