"""How a kind of report is declared: one module in ``kinds``, one :class:`ReportKind` at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detector.deployment.settings import Settings
from detector.reports.composition import Report
from detector.store import Published
from detector.texts.language import Language
from detector.trail import Trail


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One kind: its name on the command line, and how a period becomes a report.

    ``compose`` takes the period as it is asked for, and raises UsageError where it was not worked through. ``mailed``:
    whether it says what a mail may tell of it.
    """

    name: str
    compose: Callable[[Published, Settings, str, Language, Trail], Report]
    mailed: bool = True
