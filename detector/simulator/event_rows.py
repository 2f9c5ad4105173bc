"""Simulated log rows as columns, before they are spelled and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from detector.simulator.vocabulary import ACTION, CATEGORY, NONE, Ints

_TYPES: Final = {
    "time": np.int64,
    "account": np.int32,
    "patient": np.int32,
    "visit": np.int32,
    "action": np.int8,
    "category": np.int8,
    "count": np.int32,
    "query": np.int8,
    "place": np.int16,
    "lane": np.int8,
    "outcome": np.int8,
    "reason": np.int8,
    "label": np.int16,
}


@dataclass
class Events:
    """One position per log row.

    `time` in seconds from the start's midnight, `account`, `patient`, `visit` and `label` (the
    attack) as indices or NONE, `action`, `category`, `query`, `outcome` and `reason` as codes of
    the vocabulary, `count` of records, `place` where the account sat, `lane` to tell apart two
    people who use one account at once.
    """

    time: Ints
    account: Ints
    patient: Ints
    visit: Ints
    action: Ints
    category: Ints
    count: Ints
    query: Ints
    place: Ints
    lane: Ints
    outcome: Ints
    reason: Ints
    label: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: Ints) -> Events:
        """Return the events at the given positions, or where a mask is true."""
        return Events(*(getattr(self, column.name)[rows] for column in fields(self)))


def no_events() -> Events:
    """Return an empty set of events."""
    return Events(*(np.zeros(0, dtype=kind) for kind in _TYPES.values()))


def joined(parts: Sequence[Events]) -> Events:
    """Return all events, part after part."""
    if not parts:
        return no_events()
    return Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in _TYPES))


def events(
    time: Ints,
    account: Ints | int,
    place: Ints | int,
    action: Ints | int | str,
    category: Ints | int | str = "",
    *,
    patient: Ints | int = NONE,
    visit: Ints | int = NONE,
    count: Ints | int = 1,
    query: Ints | int = 0,
    lane: Ints | int = 0,
    outcome: Ints | int = 0,
    reason: Ints | int = 0,
    label: Ints | int = NONE,
) -> Events:
    """Build events column by column; a single value holds for all of them."""
    size = len(time)
    given: dict[str, Ints | int] = {
        "time": time,
        "account": account,
        "patient": patient,
        "visit": visit,
        "action": ACTION[action] if isinstance(action, str) else action,
        "category": CATEGORY[category] if isinstance(category, str) else category,
        "count": count,
        "query": query,
        "place": place,
        "lane": lane,
        "outcome": outcome,
        "reason": reason,
        "label": label,
    }
    return Events(*(np.broadcast_to(np.asarray(given[name]), (size,)).astype(kind) for name, kind in _TYPES.items()))
