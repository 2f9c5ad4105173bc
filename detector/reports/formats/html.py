"""HTML: one page that needs nothing else."""

from __future__ import annotations

from detector.reports.document import Document
from detector.reports.page import page
from detector.reports.report_format import ReportFormat


def write(document: Document) -> bytes:
    """Return the page in UTF-8."""
    return page(document).encode()


FORMAT = ReportFormat("html", "text/html", write)
