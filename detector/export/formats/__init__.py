"""The SIEM formats: one module each, declared by the ``FORMAT`` at its end and found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from detector.export.export_format import ExportFormat


@cache
def formats() -> dict[str, ExportFormat]:
    """Return every format by its name on the command line and in ``detector.toml``."""
    found: dict[str, ExportFormat] = {}
    for module in pkgutil.iter_modules(__path__):
        declared: ExportFormat = importlib.import_module(f"{__name__}.{module.name}").FORMAT
        found[declared.name] = declared
    return dict(sorted(found.items()))
