"""Markdown on a terminal: rich lays it out; code keeps its lines, headings stand out without colour."""

from __future__ import annotations

from io import StringIO
from typing import Any, ClassVar

from rich import markdown
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from detector.cli.render.text import cells


class _Heading(markdown.Heading):
    """At the left, underlined: a heading is seen without bold letters as well."""

    UNDERLINES: ClassVar[dict[str, str]] = {"h1": "═", "h2": "─"}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text
        line = self.UNDERLINES.get(self.tag)
        if line:
            yield Text(line * min(cells(self.text.plain), options.max_width))


class _Code(markdown.CodeBlock):
    """Code and output as they are: a line that is broken could not be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = str(self.text).rstrip().splitlines()
        indent = "  " if max(map(cells, lines), default=0) + 2 <= options.max_width else ""
        for line in lines:
            yield Text(indent + line, style="cyan", no_wrap=True, overflow="ignore")


class _Markdown(markdown.Markdown):
    elements: ClassVar[dict[str, type[Any]]] = {
        **markdown.Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
    }


def rendered(text: str, width: int, *, colour: bool) -> str:
    """Return Markdown as lines for a terminal of so many cells, with ANSI colour or without."""
    stream = StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, no_color=not colour, highlight=False, legacy_windows=False
    )
    console.print(_Markdown(text, hyperlinks=False), crop=False)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())
