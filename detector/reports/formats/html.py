"""HTML: one page that needs nothing else."""

from __future__ import annotations

from detector.reports.document import Document
from detector.reports.page import page
from detector.reports.report_format import Format


def write(document: Document) -> bytes:
    """Return the page in UTF-8."""
    return page(document).encode()


FORMAT = Format("html", "text/html", write)
