"""The formats of reports: one module each, declared by the ``FORMAT`` at its end and found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from detector.reports.report_format import ReportFormat


@cache
def formats() -> dict[str, ReportFormat]:
    """Return every format by its name."""
    found: dict[str, ReportFormat] = {}
    for module in pkgutil.iter_modules(__path__):
        declared: ReportFormat = importlib.import_module(f"{__name__}.{module.name}").FORMAT
        found[declared.name] = declared
    return dict(sorted(found.items()))
