"""PDF: the HTML page as paper, by WeasyPrint (the optional extra ``pdf``)."""

from __future__ import annotations

import hashlib
import logging
from typing import Final

from detector.errors import MissingExtraError
from detector.reports.document import Document
from detector.reports.page import page
from detector.reports.report_format import ReportFormat

LIBRARIES: Final = (
    "; and the system's Pango with a Chinese font (Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    " fonts-noto-cjk; openEuler, Kylin: pango)"
)


def write(document: Document) -> bytes:
    """Return the paper. Raises MissingExtraError where WeasyPrint or the library that it draws with is missing."""
    return printed(page(document))


def printed(html: str) -> bytes:
    """Return a page as PDF/UA, the accessible kind, with the same bytes for the same page."""
    try:
        from weasyprint import HTML  # noqa: PLC0415  (an optional extra)
    except (ImportError, OSError) as error:
        raise MissingExtraError("PDF", "pdf", error, beside=LIBRARIES) from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    identity = hashlib.sha256(html.encode()).digest()[:16]
    content = HTML(string=html, url_fetcher=_nothing).write_pdf(
        pdf_identifier=identity, pdf_variant="pdf/ua-1", uncompressed_pdf=False
    )
    return bytes(content)


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"a report fetches nothing: {url}")


FORMAT = ReportFormat("pdf", "application/pdf", write, text=False)
