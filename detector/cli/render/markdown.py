"""Markdown on a terminal: headings underlined, code as it is, tables and Chinese paragraphs wrapped by cells.

Only what the guide uses is known: headings, paragraphs, lists, tables, fenced code, links, code and emphasis.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import cells, wrap

UNDERLINES: Final = {"h1": "═", "h2": "─"}
INDENT: Final = "  "
_PUNCTUATION: Final = "，。、；：！？（）《》“”"
_PAGE: Final = re.compile(r"(?:.*/)?([a-z-]+)\.[a-z]{2}\.md(?:#.*)?")


def rendered(text: str, width: int, paint: Paint) -> list[str]:
    """Return Markdown as lines of at most ``width`` cells; code lines are never broken."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return _Renderer(width, paint).lines(tokens)


class _Renderer:
    """Turns the tokens of one page into lines."""

    def __init__(self, width: int, paint: Paint) -> None:
        self.width = width
        self.paint = paint
        self.markers: list[str] = []  # of the lists around the token: "-" or the next number

    def lines(self, tokens: Sequence[Token]) -> list[str]:
        """Return the lines of all blocks, with an empty line between them."""
        found: list[str] = []
        place = 0
        while place < len(tokens):
            end = _end_of(tokens, place) if tokens[place].type in {"table_open", "heading_open"} else place
            block = list(self._block(tokens[place : end + 1]))
            tight = tokens[place].type == "inline" and bool(self.markers)
            if block:
                found += [""] * (bool(found) and not tight) + block
            place = end + 1
        return found

    def _block(self, tokens: Sequence[Token]) -> Iterator[str]:
        """Yield the lines of one block; tokens that only open or close something give none."""
        first = tokens[0]
        if first.type in {"bullet_list_open", "ordered_list_open"}:
            self.markers.append("-" if first.type == "bullet_list_open" else str(first.attrs.get("start", 1)))
        elif first.type in {"bullet_list_close", "ordered_list_close"}:
            self.markers.pop()
        elif first.type == "heading_open":
            yield from self._heading(first.tag, inline_text(tokens[1]))
        elif first.type == "table_open":
            yield from self._table(tokens)
        elif first.type == "fence":
            yield from self._code(first.content)
        elif first.type == "inline":
            yield from self._paragraph(inline_text(first))

    def _heading(self, tag: str, text: str) -> Iterator[str]:
        yield self.paint(text, "bold")
        if tag in UNDERLINES:
            yield UNDERLINES[tag] * min(cells(text), self.width)

    def _paragraph(self, text: str) -> Iterator[str]:
        if not self.markers:
            yield from wrap(text, self.width)
            return
        outer = INDENT * (len(self.markers) - 1)
        marker = self.markers[-1]
        label = f"{marker} " if marker == "-" else f"{marker}. "
        if marker != "-":
            self.markers[-1] = str(int(marker) + 1)
        first, *others = wrap(text, self.width - len(outer) - len(label))
        yield outer + label + first
        yield from (outer + " " * len(label) + line for line in others)

    def _code(self, content: str) -> Iterator[str]:
        lines = content.rstrip().splitlines()
        indent = INDENT if max(map(cells, lines), default=0) + len(INDENT) <= self.width else ""
        yield from (self.paint(indent + line, "cyan") if line else "" for line in lines)

    def _table(self, tokens: Sequence[Token]) -> Iterator[str]:
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(inline_text(token))
        heads, *body = rows
        columns = [
            ScreenColumn(str(place), head, fit="keep" if place == 0 else "wrap") for place, head in enumerate(heads)
        ]
        values = [{str(place): cell or " " for place, cell in enumerate(row)} for row in body]
        lines = table(columns, values, width=self.width, paint=self.paint)
        if max(map(cells, lines), default=0) > self.width:
            lines = [line for row in body for line in self._card(heads, row)]
        yield from lines

    def _card(self, heads: Sequence[str], row: Sequence[str]) -> Iterator[str]:
        """Yield one row of a table that is too wide, a line for each cell."""
        yield from wrap(row[0], self.width)
        for head, cell in zip(heads[1:], row[1:], strict=False):
            if cell:
                yield from wrap(f"{INDENT}{head}: {cell}", self.width, INDENT * 2)


def inline_text(token: Token) -> str:
    """Return the words of an inline token: without emphasis, links to pages as the command that shows them."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for child in token.children or ():
        if child.type == "text":
            parts.append(child.content)
        elif child.type == "code_inline":  # the marks stay: without colour they tell a command from a word
            parts.append(f"`{child.content}`")
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif child.type == "link_open":
            links.append((str(child.attrs.get("href", "")), len(parts)))
        elif child.type == "link_close":
            target, begin = links.pop()
            parts[begin:] = [_linked("".join(parts[begin:]), target)]
    return _joined("".join(parts))


def _linked(text: str, target: str) -> str:
    page = _PAGE.fullmatch(target)
    if page is None:
        return text if target.startswith("#") or text == target else f"{text} ({target})"
    command = f"`detector guide {page[1]}`"
    return command if text == page[1] else f"{text} ({command})"


def _joined(text: str) -> str:
    """Join lines: with a space, but with none between Chinese characters or beside Chinese punctuation."""
    first, *others = text.split("\n")
    for line in others:
        before, after = first[-1:], line[:1]
        close = (_is_wide(before) and _is_wide(after)) or any(one and one in _PUNCTUATION for one in (before, after))
        first += ("" if close else " ") + line
    return first


def _is_wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in "WF"


def _end_of(tokens: Sequence[Token], place: int) -> int:
    """Return the place of the token that closes the one at ``place``."""
    closing = tokens[place].type.replace("_open", "_close")
    return next(end for end in range(place, len(tokens)) if tokens[end].type == closing)
