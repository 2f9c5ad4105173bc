"""The guide on a terminal: its list of pages, and what a search found."""

from __future__ import annotations

from collections.abc import Sequence

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import wrap
from detector.guide import GuidePage, Passage
from detector.texts import Texts

INDENT = "  "


def contents(pages: Sequence[GuidePage], texts: Texts, width: int, paint: Paint) -> list[str]:
    """Return the list of pages, and how to read and search them."""
    rows = [{"topic": page.topic, "about": page.about[texts.language]} for page in pages]
    columns = [ScreenColumn("topic", texts("guide.topic")), ScreenColumn("about", texts("guide.about"), fit="wrap")]
    return [*table(columns, rows, width=width, paint=paint), "", *wrap(texts("guide.how"), width)]


def passages(found: Sequence[Passage], words: str, texts: Texts, width: int, paint: Paint) -> list[str]:
    """Return the passages under the pages and headings they stand in."""
    if not found:
        return [texts("guide.nothing_found", words=words)]
    lines: list[str] = []
    place = ("", "")
    for one in found:
        if (one.topic, one.heading) != place:
            place = (one.topic, one.heading)
            lines += [*[""] * bool(lines), paint(f"{one.topic} › {one.heading}", "bold")]
        lines += [INDENT + line for line in wrap(one.text, width - len(INDENT))]
    return lines
