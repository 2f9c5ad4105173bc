"""The patterns, one module each, found by walking the package; order is by id."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from detector.findings.patterns.pattern import Pattern
from detector.texts.language import Language


@cache
def patterns() -> dict[str, Pattern]:
    """Return every pattern by id."""
    found: list[Pattern] = [
        importlib.import_module(f"{__name__}.{module.name}").PATTERN
        for module in pkgutil.iter_modules(__path__)
        if module.name != "pattern"
    ]
    return {pattern.id: pattern for pattern in sorted(found, key=lambda pattern: pattern.id)}


def named(standing: dict[str, float], shares: dict[str, float], policies: set[str]) -> list[str]:
    """Return the ids of the patterns that the evidence looks like, most probable first.

    ``standing``: stream → evidence in units of its alert threshold; ``shares``: feature → share of the suspicious
    patients that show it; ``policies``: patterns whose policy fired. A fact outweighs any likeness: these come first.
    """
    scores = {}
    for pattern in patterns().values():
        likeness = max((weight * standing.get(stream, 0.0) for stream, weight in pattern.streams.items()), default=0.0)
        if pattern.features:
            likeness *= min(1.0, sum(weight * shares.get(name, 0.0) for name, weight in pattern.features.items()))
        if pattern.id in policies or likeness >= pattern.least:
            scores[pattern.id] = round(likeness, 6)
    return sorted(scores, key=lambda name: (name not in policies, -scores[name], name))


def pattern_words(ids: Sequence[str], language: Language, most: int = 3) -> str:
    """Name the first patterns in words; "-" where there are none."""
    known = patterns()
    titles = [known[name].title[language] if name in known else name for name in ids[:most]]
    return ("；" if language == "zh" else "; ").join(titles) or "-"
