"""Markdown (CommonMark with tables): for tickets, wikis and version control. Charts come as tables of their figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

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
from detector.texts import Texts, load_texts
from detector.texts.untrusted import shown

_MARKUP: Final = re.compile(r"([\\`*_\[\]|~#])")
_LINK: Final = re.compile(r"\b(https?|ftp|www)(?=[:.])", re.IGNORECASE)


def write(document: Document) -> bytes:
    """Return the document as Markdown."""
    return ("\n".join(_lines(document)).rstrip("\n") + "\n").encode()


def escaped(text: object) -> str:
    """Return a text in which nothing is markup: no HTML, no links, no pictures, no line of its own."""
    safe = shown(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINK.sub(r"\1&#8203;", _MARKUP.sub(r"\\\1", safe))


def _lines(document: Document) -> Iterator[str]:
    say = load_texts(document.language)
    yield f"# {escaped(document.title)}"
    yield ""
    yield f"**{escaped(document.site)}** · {escaped(document.subtitle)}"
    yield ""
    for block in document.summary:
        yield from WRITERS[block.kind](block, say)
    for part in document.parts:
        yield f"## {escaped(part.title)}"
        yield ""
        if part.reader:
            yield f"*{escaped(part.reader)}*"
            yield ""
        for section in part.sections:
            yield f"### {escaped(section.title)}"
            yield ""
            for block in section.blocks:
                if isinstance(block, ReportTable) and block.title == section.title:
                    yield from _table(replace(block, title=""), say)
                else:
                    yield from WRITERS[block.kind](block, say)
    yield "---"
    yield ""
    for line in document.footer:
        yield escaped(line)
        yield ""


def _tiles(block: Tiles, say: Texts) -> Iterator[str]:
    for tile in block.tiles:
        note = say("list.note", text=escaped(tile.note)) if tile.note else ""
        yield f"- {escaped(tile.label)}{say('list.colon')}**{escaped(tile.value)}**{note}"
    yield ""


def _paragraph(block: Paragraph, _: Texts) -> Iterator[str]:
    yield f"**{escaped(block.text)}**" if block.tone in {"alarm", "good"} else escaped(block.text)
    yield ""


def _items(block: Items, _: Texts) -> Iterator[str]:
    if block.title:
        yield f"**{escaped(block.title)}**"
        yield ""
    for item in block.items:
        yield f"- {escaped(item)}"
    yield ""


def _table(block: ReportTable, _: Texts) -> Iterator[str]:
    if block.title:
        yield f"**{escaped(block.title)}**"
        yield ""
    if not block.rows:
        yield escaped(block.empty)
        yield ""
        return
    yield "| " + " | ".join(escaped(column.title) for column in block.columns) + " |"
    yield "| " + " | ".join("---:" if column.kind in RIGHT else "---" for column in block.columns) + " |"
    for row in block.rows:
        cells = (escaped(cell_text(row.get(column.key), column.kind)) for column in block.columns)
        yield "| " + " | ".join(cells) + " |"
    yield ""
    if block.note:
        yield escaped(block.note)
        yield ""


def _chart(block: Chart, say: Texts) -> Iterator[str]:
    yield f"**{escaped(block.title)}**{say('list.colon')}{escaped(block.description)}"
    yield ""


def _card(block: Card, say: Texts) -> Iterator[str]:
    yield f"#### {escaped(block.title)}"
    yield ""
    yield f"**{escaped(block.severity_name)}** · {escaped(block.subtitle)}"
    yield ""
    for inner in block.blocks:
        yield from WRITERS[inner.kind](inner, say)


def _statements(block: Statements, say: Texts) -> Iterator[str]:
    yield f"*{escaped(block.clause)}*"
    yield ""
    yield escaped(block.asks)
    yield ""
    for one in block.statements:
        yield f"- **{escaped(one.label)}**{say('list.colon')}{escaped(one.text)}"
        if one.origin == "written":
            yield f"  {BLANK}"
    yield ""


BLANK: Final = "……"
"""Where a person writes."""
RIGHT: Final = {"count", "number", "share", "change"}
WRITERS: Final[Mapping[str, Callable[[Any, Texts], Iterator[str]]]] = {
    "tiles": _tiles, "paragraph": _paragraph, "items": _items, "table": _table, "chart": _chart, "card": _card,
    "statements": _statements,
}  # fmt: skip

FORMAT = ReportFormat("md", "text/markdown", write)
