"""What people get of a deployment, as lines of text: screens, letters, messages, evidence files."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer

from detector.cli import session, shell
from detector.cli.screens import inquiry_screen
from detector.reports.formats import pdf
from detector.texts.language import Language

WIDE = 6000
BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "td", "th", "div", "section", "dt", "dd", "figcaption", "caption", "tr",
          "table", "ul", "ol", "title", "header", "footer", "summary", "details", "span", "a", "small"}  # fmt: skip


class Site:
    """A deployment whose commands are called in this process, on lines that nothing breaks."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", str(WIDE))
        monkeypatch.setattr(session, "WIDEST", WIDE)
        monkeypatch.setattr(inquiry_screen, "WIDTH", WIDE)
        commands = typer.main.get_command(shell.build_app())
        monkeypatch.setattr(typer.main, "get_command", lambda _: commands)  # built once, not for every call
        monkeypatch.setattr(pdf, "printed", str.encode)  # the page that goes on paper is read as a page

    def call(self, language: Language, *arguments: str) -> str:
        """Return what a command prints."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            shell.main(["--lang", language, *arguments])
        assert ended.value.code in {0, 1, None}, (arguments, err.getvalue())
        return out.getvalue()

    def findings(self, language: Language) -> list[dict[str, Any]]:
        """Return the findings, highest risk first."""
        return [json.loads(line) for line in self.call(language, "findings", "--format", "ndjson").splitlines()]

    def messages(self, language: Language, format_name: str, into: Path) -> list[str]:
        """Return the messages to a SIEM about every finding."""
        target = into / f"messages-{language}.{format_name}"
        self.call(language, "export", "--format", format_name, "--to", str(target), "--all", "--patient-numbers")
        return target.read_text(encoding="utf-8").splitlines()

    def evidence(self, language: Language, finding: str, into: Path) -> dict[str, bytes]:
        """Return the files of an evidence bundle by name."""
        target = into / f"{finding}-{language}.zip"
        self.call(language, "evidence", finding, "--affected", "--out", str(target))
        with zipfile.ZipFile(target) as bundle:
            return {name.rpartition("/")[2]: bundle.read(name) for name in bundle.namelist()}

    def report(self, language: Language, into: Path, period: str = "week", kind: str = "regular") -> dict[str, Any]:
        """Return a report as JSON gives it."""
        target = into / f"{kind}-{language}-{period.replace('.', '')}.json"
        self.call(language, "report", "--kind", kind, "--period", period, "--format", "json", "--out", str(target))
        document: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        return document

    def report_page(self, language: Language, into: Path) -> bytes:
        """Return the week's report as a page."""
        target = into / f"report-{language}.html"
        self.call(language, "report", "--period", "week", "--format", "html", "--out", str(target))
        return target.read_bytes()


def rows(text: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


def pieces(line: str) -> list[str]:
    """Return the parts of a line that stand apart."""
    return [part.strip() for part in re.split(r"\s{2,}", line.strip()) if part.strip()]


HIDDEN = {"style", "script", "svg", "tbody", "nav"}
"""Tables are checked as the files that they repeat."""


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = [""]
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.hidden += tag in HIDDEN
        if tag in BLOCKS:
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in HIDDEN
        if tag in BLOCKS:
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found[-1] += data


def paragraphs(page: bytes) -> list[str]:
    """Return the texts of an HTML page."""
    parser = _Blocks()
    parser.feed(page.decode("utf-8"))
    return [" ".join(text.split()) for text in parser.found if text.strip()]


def texts(document: object) -> Iterator[str]:
    """Yield every paragraph and item of a report's JSON."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            if name in {"text", "note", "empty", "title"} and isinstance(value, str):
                yield value
            elif name in {"items", "lines"} and isinstance(value, Sequence):
                yield from (one for one in value if isinstance(one, str))
                yield from texts(value)
            else:
                yield from texts(value)
    elif isinstance(document, list):
        for one in document:
            yield from texts(one)
