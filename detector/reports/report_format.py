"""How a format of reports is declared: one module in ``formats``, one :class:`ReportFormat` at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detector.reports.document import Document


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One format: its name on the command line, its media type, and how a document becomes bytes.

    ``write`` raises UsageError where something is not installed that it needs.
    """

    name: str
    media_type: str
    write: Callable[[Document], bytes]
    text: bool = True
