"""The channels that evidence against an account adds up in: one per way of going beyond care.

Families stay apart: a channel has its own scale, cap and threshold, so that the loudest does not crowd out the others.
A hypothesis about accesses has one component per share that it may account for; a daily channel has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from detector.detection.hypotheses import HYPOTHESES

FORGETTING: Final = 0.985
"""What a day leaves of the evidence before it: half of it after 46 days."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream of evidence. ``threshold`` (nats) is where an alert begins at a budget of two per 1,000 a week."""

    id: str
    components: int
    patterns: tuple[str, ...]
    threshold: float
    daily_cap: float
    fresh_cap: float


THRESHOLDS: Final = {"harvest": 9.0, "lookup": 6.5, "no_care": 10.0, "sensitive": 7.0, "acquaintance": 7.0}
"""Nats for an alert; what a likelihood ratio needs to outweigh the number of accounts and days that are watched."""

CHANNELS: Final[tuple[Channel, ...]] = (
    *(
        Channel(
            id=hypothesis.id,
            components=len(hypothesis.components),
            patterns=hypothesis.patterns,
            threshold=THRESHOLDS[hypothesis.id],
            daily_cap=hypothesis.daily_cap,
            fresh_cap=hypothesis.fresh_cap,
        )
        for hypothesis in HYPOTHESES
    ),
    Channel("export", 1, ("bulk-export",), 9.0, 14.0, 14.0),
    Channel("credentials", 1, ("shared-credentials",), 4.9, 5.0, 5.0),
    Channel("break_glass", 1, ("break-glass-misuse",), 6.0, 5.0, 5.0),
    Channel("unusual", 1, ("no-care-relationship",), 14.0, 3.0, 3.0),
)
"""Every channel, in the order in which increments are stored."""

BY_ID: Final = {channel.id: channel for channel in CHANNELS}
COMPONENTS: Final = sum(channel.components for channel in CHANNELS)


def offset(channel_id: str) -> int:
    """Return the place of a channel's first component among the increments."""
    place = 0
    for channel in CHANNELS:
        if channel.id == channel_id:
            return place
        place += channel.components
    raise KeyError(channel_id)
