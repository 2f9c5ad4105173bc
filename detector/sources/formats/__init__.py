"""The log formats: one module each, declared by the `FORMAT` at its end and found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.log_format import LogFormat

HEAD_BYTES: Final = 64 << 10
FALLBACK: Final = "csv"


@cache
def formats() -> dict[str, LogFormat]:
    """Return every known format by its name in `detector.toml`."""
    found: dict[str, LogFormat] = {}
    for module in pkgutil.iter_modules(__path__):
        declared: LogFormat = importlib.import_module(f"{__name__}.{module.name}").FORMAT
        found[declared.name] = declared
    return dict(sorted(found.items()))


def format_of(path: Path, named: str | None = None) -> LogFormat:
    """Return the format of a file: the one that is named, else the one that knows its first bytes best.

    Delimited text is what no other format recognises. Raises OSError where the file cannot be read.
    """
    if named is not None:
        return formats()[named]
    with ByteStream(path) as stream:
        head = stream.read(HEAD_BYTES)
    return recognised(head, path)


def recognised(head: bytes, path: Path) -> LogFormat:
    """Return the format that is surest of a file's first bytes, the first by name of several."""
    sure = {name: one.recognises(head, path) for name, one in formats().items()}
    best = max(sure, key=lambda name: sure[name])
    return formats()[best if sure[best] > 0 else FALLBACK]
