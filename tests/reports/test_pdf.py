"""The page as paper: tagged, without anything active, the same bytes each time."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from detector.errors import MissingExtraError
from detector.reports.composition import Report
from detector.reports.document import Document
from detector.reports.formats import formats
from detector.reports.formats.pdf import printed
from tests.reports.worlds import SCRIPT


@pytest.fixture(scope="module")
def small(reports: dict[str, Report]) -> Document:
    """The summary and the first part: paper takes its time."""
    document = reports["zh"].document
    return Document(
        document.language, document.site, document.title, document.subtitle, document.summary, document.parts[:1],
        document.footer, document.labels,
    )  # fmt: skip


def unpacked(content: bytes) -> bytes:
    """Return everything in a PDF, its compressed streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    parts = [content]
    for stream in streams:
        with contextlib.suppress(zlib.error):
            parts.append(zlib.decompress(stream))
    return b"\n".join(parts)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(MissingExtraError, match=r"PDF needs the extra pdf: pip install '\.\[pdf\]' in the checkout"):
        printed("<p>page</p>")


@pytest.mark.slow
def test_paper(small: Document, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    content = formats()["pdf"].write(small)
    assert content == formats()["pdf"].write(small)
    assert content.startswith(b"%PDF-")
    inside = unpacked(content)
    for active in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/EmbeddedFile"):
        assert active not in inside
    assert b"/StructTreeRoot" in inside
    if shutil.which("pdftotext"):
        path = tmp_path / "report.pdf"
        path.write_bytes(content)
        text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
        assert "访问审计周报" in text
        assert SCRIPT in text.replace("\n", "")
