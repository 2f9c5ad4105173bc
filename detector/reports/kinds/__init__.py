"""The kinds of reports: one module each, declared by the ``KIND`` at its end and found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from detector.reports.report_kind import ReportKind


@cache
def report_kinds() -> dict[str, ReportKind]:
    """Return every kind by its name."""
    found: dict[str, ReportKind] = {}
    for module in pkgutil.iter_modules(__path__):
        declared: ReportKind = importlib.import_module(f"{__name__}.{module.name}").KIND
        found[declared.name] = declared
    return dict(sorted(found.items()))
