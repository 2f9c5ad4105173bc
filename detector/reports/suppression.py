"""Small units are not shown alone: a figure about three people is a figure about each of them.

Units of fewer than ``K`` accounts are added up as "others". Where these are still fewer than ``K``, the next larger
unit joins them: otherwise the total minus what is shown would give away what is not (complementary suppression, as in
official statistics).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

K: Final = 5
"""Accounts that a unit must have to be shown."""

Unit = Mapping[str, Any]


def small_units(sizes: Mapping[str, int], least: int = K) -> frozenset[str]:
    """Return the units that must be added up, given the accounts of each, and how many one has to have."""
    ordered = sorted(sizes, key=lambda unit: (sizes[unit], unit))
    hidden = [unit for unit in ordered if sizes[unit] < least]
    rest = ordered[len(hidden) :]
    while hidden and rest and sum(sizes[unit] for unit in hidden) < K:
        hidden.append(rest.pop(0))
    return frozenset(hidden)


def together(units: Sequence[Unit], counts: Sequence[str]) -> dict[str, int] | None:
    """Return the sums of several units, or None where there are none or they are too few to be shown at all."""
    if not units or sum(int(unit["accounts"]) for unit in units) < K:
        return None
    return {count: sum(int(unit[count]) for unit in units) for count in counts}
