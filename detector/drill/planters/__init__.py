"""The planters: one table a family, put together here."""

from __future__ import annotations

from typing import Final

from detector.drill.planter import Planter
from detector.drill.planters.curiosity import CURIOSITY
from detector.drill.planters.harvests import HARVESTS
from detector.drill.planters.misuse import MISUSE

PLANTERS: Final[dict[str, Planter]] = {planter.id: planter for planter in (*HARVESTS, *CURIOSITY, *MISUSE)}
"""Every planter by id, in the order in which they are reported."""


def chosen(words: tuple[str, ...]) -> list[Planter]:
    """Return the planters that these words name, by their own id or by their first pattern; all for no words.

    Raises KeyError with the word that names none.
    """
    if not words:
        return list(PLANTERS.values())
    for word in words:
        if not any(word in {one.id, one.patterns[0]} for one in PLANTERS.values()):
            raise KeyError(word)
    return [one for one in PLANTERS.values() if {one.id, one.patterns[0]} & set(words)]


def names() -> tuple[str, ...]:
    """Return every word that names a planter."""
    return tuple(dict.fromkeys([*PLANTERS, *(one.patterns[0] for one in PLANTERS.values())]))
