"""The page as paper: tagged, without anything active, the same bytes each time."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from detector.reports.composition import Report
from detector.reports.document import Document
from detector.reports.formats import formats
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
