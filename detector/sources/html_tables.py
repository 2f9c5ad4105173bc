"""The tables of HTML pages, as web systems write them under the name of a workbook, and of web archives (MHTML)."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_HEAD_BYTES: Final = 4096
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_MOST_SPANNED: Final = 1000


def pages_of(content: bytes) -> Iterator[bytes]:
    """Yield the pages in a web archive."""
    for part in email.message_from_bytes(content).walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload


def tables_of(content: bytes) -> list[list[list[str]]]:
    """Return the rows of the tables of a page; a table within a cell is one of its own."""
    parser = _TableParser()
    parser.feed(_html_text(content))
    parser.close()
    return [table.rows for table in parser.tables]


def _html_text(content: bytes) -> str:
    said = _CHARSET.search(content[:_HEAD_BYTES])
    if content.startswith(_UTF16_MARKS):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030", said.group(1).decode() if said else "utf-8"):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return content.decode("gb18030" if said and said.group(1).lower().startswith(b"gb") else "utf-8", "replace")


@dataclass
class _Table:
    """A table of a page as it is read: ``held`` are cells of rows above that reach down, as (rows left, text)."""

    rows: list[list[str]] = field(default_factory=list)
    held: dict[int, tuple[int, str]] = field(default_factory=dict)
    begun: dict[int, tuple[int, str]] = field(default_factory=dict)

    def begin_row(self) -> None:
        """Begin a row below the one that is open."""
        if self.rows:
            self.fill(max(self.held, default=-1))
            still = {place: (rows - 1, text) for place, (rows, text) in self.held.items() if rows > 1}
            self.held, self.begun = still | self.begun, {}
        self.rows.append([])

    def add(self, text: str, across: int, down: int) -> None:
        """Add a cell behind those that reach down into the row."""
        row = self.rows[-1]
        while len(row) in self.held:
            row.append(self.held[len(row)][1])
        texts = [text, *[""] * (across - 1)]
        if down > 1:
            self.begun |= {len(row) + place: (down - 1, one) for place, one in enumerate(texts)}
        row += texts

    def fill(self, last: int) -> None:
        """Give the row the cells that reach down into it up to a place."""
        row = self.rows[-1]
        row += [self.held.get(place, (0, ""))[1] for place in range(len(row), last + 1)]


class _TableParser(HTMLParser):
    """Collects the cells of all tables of a page.

    A cell over several columns leaves the others empty; one over several rows says the same in each.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._cell: list[str] | None = None
        self._across = self._down = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._close_cell()
            self.tables.append(_Table())
            self._open.append(self.tables[-1])
        elif tag == "tr" and self._open:
            self._close_cell()
            self._open[-1].begin_row()
        elif tag in {"td", "th"} and self._open:
            self._close_cell()
            if not self._open[-1].rows:
                self._open[-1].begin_row()
            said = dict(attrs)
            self._cell, self._across, self._down = [], _span(said.get("colspan")), _span(said.get("rowspan"))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr"}:
            self._close_cell()
        elif tag == "table" and self._open:
            self._close_cell()
            self._end_table()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._close_cell()
        while self._open:
            self._end_table()

    def _end_table(self) -> None:
        table = self._open.pop()
        if table.rows:
            table.fill(max(table.held, default=-1))

    def _close_cell(self) -> None:
        if self._cell is not None and self._open and self._open[-1].rows:
            text = "".join(self._cell).strip().replace("\0", "\ufffd")
            self._open[-1].add(text, self._across, self._down)
        self._cell = None


def _span(said: str | None) -> int:
    return min(int(said), _MOST_SPANNED) if said and said.isascii() and said.isdigit() and int(said) else 1
