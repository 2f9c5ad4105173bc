"""The planters: one table a family, put together here."""

from __future__ import annotations

from typing import Final

from detector.drill.planter import Planter
from detector.drill.planters.curiosity import CURIOSITY
from detector.drill.planters.harvests import HARVESTS
from detector.drill.planters.misuse import MISUSE

PLANTERS: Final[dict[str, Planter]] = {planter.id: planter for planter in (*HARVESTS, *CURIOSITY, *MISUSE)}
"""Every planter by the id of its scenario, in the order in which they are reported."""


def chosen(words: tuple[str, ...]) -> list[Planter]:
    """Return the planters that these words name, by the scenario or by its own pattern; all for no words.

    Raises KeyError with the word that names none.
    """
    if not words:
        return list(PLANTERS.values())
    for word in words:
        if word not in names():
            raise KeyError(word)
    return [planter for planter in PLANTERS.values() if _names_of(planter) & set(words)]


def names() -> tuple[str, ...]:
    """Return every word that names a planter: scenarios, then patterns."""
    return tuple(dict.fromkeys([*PLANTERS, *(planter.scenario.patterns[0] for planter in PLANTERS.values())]))


def _names_of(planter: Planter) -> set[str]:
    return {planter.id, planter.scenario.patterns[0]}
