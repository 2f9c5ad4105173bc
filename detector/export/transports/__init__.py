"""The kinds of target: one module each, declared by the ``TRANSPORT`` at its end and found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from detector.export.transport import Transport


@cache
def transports() -> dict[str, Transport]:
    """Return every kind of target by its scheme."""
    found: dict[str, Transport] = {}
    for module in pkgutil.iter_modules(__path__):
        declared: Transport = importlib.import_module(f"{__name__}.{module.name}").TRANSPORT
        found[declared.scheme] = declared
    return dict(sorted(found.items()))
