"""The streams that evidence against an account adds up in: one per way of going beyond care.

Families stay apart: a stream has its own scale, cap and threshold, so that the loudest does not crowd out the others.
A hypothesis about accesses has one component per share that it may account for; a daily stream has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from detector.detection.hypotheses import HYPOTHESES

FORGETTING: Final = 0.985
"""What a day leaves of the evidence before it: half of it after 46 days."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of evidence. ``threshold`` (nats) is where an alert begins at a budget of two per 1,000 a week."""

    id: str
    components: int
    threshold: float
    daily_cap: float
    fresh_cap: float


THRESHOLDS: Final = {"harvest": 9.0, "lookup": 6.5, "no_care": 10.0, "sensitive": 7.0, "acquaintance": 7.0}
"""Nats for an alert; what a likelihood ratio needs to outweigh the number of accounts and days that are watched."""

STREAMS: Final[tuple[Stream, ...]] = (
    *(
        Stream(
            id=hypothesis.id,
            components=len(hypothesis.components),
            threshold=THRESHOLDS[hypothesis.id],
            daily_cap=hypothesis.daily_cap,
            fresh_cap=hypothesis.fresh_cap,
        )
        for hypothesis in HYPOTHESES
    ),
    Stream("export", 1, 9.0, 14.0, 14.0),
    Stream("credentials", 1, 4.9, 5.0, 5.0),
    Stream("break_glass", 1, 6.0, 5.0, 5.0),
    Stream("unusual", 1, 14.0, 3.0, 3.0),
)
"""Every stream, in the order in which increments are stored."""

POLICY_STREAMS: Final = ("credentials", "break_glass")
"""Streams to which fired policies add, each those of one pattern: the one whose ``policy_stream`` it is."""

BY_ID: Final = {stream.id: stream for stream in STREAMS}
COMPONENTS: Final = sum(stream.components for stream in STREAMS)


def offset(stream_id: str) -> int:
    """Return the place of a stream's first component among the increments."""
    place = 0
    for stream in STREAMS:
        if stream.id == stream_id:
            return place
        place += stream.components
    raise KeyError(stream_id)
