"""The streams that evidence against an account adds up in: one per way of going beyond care.

Families stay apart: a stream has its own scale, cap and threshold, so that the loudest does not crowd out the others.
A hypothesis about accesses has one component per focus and share that it may account for; a daily stream has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from detector.detection.hypotheses import HYPOTHESES, INTERFACE_FOCUSES

FORGETTING: Final = 0.985
"""What a day leaves of the evidence before it: half of it after 46 days."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of evidence. ``threshold`` (nats) is where an alert begins at a budget of two per 1,000 a week.

    ``components`` are the columns of ``evidence_days`` that hold its evidence, each in millionths of a nat; of a daily
    stream the only one is named as the stream.
    """

    id: str
    components: tuple[str, ...]
    threshold: float
    daily_cap: float
    fresh_cap: float


INTERFACE: Final = "interface"
INTERFACE_COMPONENTS: Final = tuple(f"{INTERFACE}_{focus}" for focus in INTERFACE_FOCUSES)
"""Components to which the accesses of services, vendors and kiosks add, and none of a person."""

STEADY: Final = "steady"
STEADY_SIZES: Final = (2, 4, 8)
"""Contact pages a day that somebody who collects may add to the own work."""
STEADY_COMPONENTS: Final = tuple(f"{STEADY}_{size}" for size in STEADY_SIZES)
"""Components to which contact pages of patients in care add together: each has a ground, not their number."""

RISING: Final = "rising"
RISING_SIZES: Final = (4, 8, 16)
"""The same among patients outside the unit's care, by who opens their contact pages every day as a part of the work."""
RISING_COMPONENTS: Final = tuple(f"{RISING}_{size}" for size in RISING_SIZES)
COUNTED_STREAMS: Final = (STEADY, RISING)
COUNTED_COMPONENTS: Final = STEADY_COMPONENTS + RISING_COMPONENTS
"""Components to which the contact pages of a day add together, by how many they are."""

STREAMS: Final[tuple[Stream, ...]] = (
    *(
        Stream(
            id=hypothesis.id,
            components=tuple(component.name for component in hypothesis.components),
            threshold=hypothesis.threshold,
            daily_cap=hypothesis.daily_cap,
            fresh_cap=hypothesis.fresh_cap,
        )
        for hypothesis in HYPOTHESES
    ),
    Stream(STEADY, STEADY_COMPONENTS, 7.5, 1.25, 1.25),
    Stream(RISING, RISING_COMPONENTS, 7.5, 1.25, 1.25),
    Stream(INTERFACE, INTERFACE_COMPONENTS, 9.0, 8.0, 6.0),
    Stream("export", ("export",), 9.0, 14.0, 14.0),
    Stream("credentials", ("credentials",), 4.9, 5.0, 5.0),
    Stream("break_glass", ("break_glass",), 6.0, 5.0, 5.0),
    Stream("unusual", ("unusual",), 14.0, 3.0, 3.0),
)
"""Every stream; where several are shown, in this order."""

POLICY_STREAMS: Final = ("credentials", "break_glass")
"""Streams to which fired policies add, each those of one pattern: the one whose ``policy_stream`` it is."""

BY_ID: Final = {stream.id: stream for stream in STREAMS}
PEOPLE_COMPONENTS: Final = tuple(component.name for hypothesis in HYPOTHESES for component in hypothesis.components)
"""Components to which a single access of a person adds by what it is, not by how many there are of its kind."""
ACCESS_COMPONENTS: Final = PEOPLE_COMPONENTS + COUNTED_COMPONENTS + INTERFACE_COMPONENTS
"""Components that single accesses add to: columns of ``suspicions`` as well."""
COMPONENTS: Final = tuple(component for stream in STREAMS for component in stream.components)
"""The components of all streams: columns of ``evidence_days``."""
