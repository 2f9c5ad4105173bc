"""The log formats: one module each, declared by the `FORMAT` at its end and found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from detector.sources.log_format import LogFormat


@cache
def formats() -> dict[str, LogFormat]:
    """Return every known format by its name in `detector.toml`."""
    found: dict[str, LogFormat] = {}
    for module in pkgutil.iter_modules(__path__):
        declared: LogFormat = importlib.import_module(f"{__name__}.{module.name}").FORMAT
        found[declared.name] = declared
    return dict(sorted(found.items()))
