"""Which part of what it opened an account may have passed on, and what is believed of it and of other sources.

These are the trace's prior beliefs. They were set on synthetic hospitals, hold for any, and none is about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Manner:
    """A manner of exposure: a way of opening records. `belief` is the prior that a leaker passes on records opened so.

    `id` names the column of ``sql/trace/exposure.sql``.
    """

    id: str
    belief: float


MANNERS: Final = (
    Manner("opened", 0.60),
    Manner("contact", 0.06),
    Manner("contact_only", 0.06),
    Manner("suspicious", 0.14),
    Manner("unexplained", 0.06),
    Manner("taken", 0.04),
    Manner("read_only", 0.04),
)
"""Manners of exposure. The first is every access; the others are parts of it. Contact: name, address, telephone. Taken:
lists, prints and exports."""

SPAN_STARTS: Final = (0, 3, 7, 14, 31, 62)
"""Days before the leak became known at which a span of days begins; the last has no end."""
_BELIEF_UP_TO: Final = (0.05, 0.10, 0.20, 0.30, 0.20, 0.15)
"""Belief that everything passed on was opened within that span or a later one."""
_BELIEF_OLDER: Final = 0.2
"""Belief that no record passed on was opened as late as the first span: records sold, or noticed, long after."""

WINDOWS: Final = tuple((first, last) for first in range(len(SPAN_STARTS)) for last in range(first, len(SPAN_STARTS)))
"""Runs of spans: the days from which the leaked records may come."""
ALL_DAYS: Final = WINDOWS.index((0, len(SPAN_STARTS) - 1))
MASKS: Final = 1 << len(SPAN_STARTS)
MASK_IN_WINDOW: Final[NDArray[np.bool_]] = (
    np.arange(MASKS)[:, None] & np.array([sum(1 << span for span in range(a, b + 1)) for a, b in WINDOWS])[None, :]
) != 0
"""(mask, window): whether an account whose accesses fall into the mask's spans had opened a record in the window."""

STRAY: Final = 0.1
"""Share of what a leaker passes on that does not belong to the part that he usually passes on."""
SHARES: Final = ((0.95, 0.25), (0.8, 0.30), (0.65, 0.20), (0.5, 0.15), (0.3, 0.10))
"""Share of the list that comes from the account or the pair, if it is a source, and the belief in each; the rest has
another source (``background``)."""
EVERYBODY: Final = 0.3
"""Belief that a list from elsewhere is about the target population as a whole, rather than one part of it."""
SINGLE_DEPARTMENT: Final = 0.67
"""Of lists from elsewhere that are about a part: belief that it is one of a single department."""
ANY_PATIENT: Final = (0.1, 0.5)
"""Share of such a list that is any patient all the same, each as likely as the other: a list of which one half came in
one month must not fit only those accounts that saw this half."""
NONE_BELIEF: Final = 0.15
"""Belief that none of many accounts is the source: a rival's list, paper, a telephone, another hospital, a system
without a log."""
OUTSIDE: Final = 30
"""Accounts that a site must have for the belief in all of them to be half of what it is at a large site: the world
outside is as large for a clinic of ten as for a hospital of a thousand."""
PAIR_BELIEF: Final = 0.17
"""Belief that two accounts are the source of one list."""
OPPORTUNITY: Final = 0.5
"""Power of the number of patients of the target population opened: who opens more of them has more to pass on."""
SAME_JOB: Final = 0.3
"""Power by which the belief in an account falls with the number of accounts of its department and role: part of the
belief belongs to the job, and is shared by its holders."""
MACHINE: Final = 0.3
"""Belief in a service, vendor or kiosk account, beside a person's 1. That it opens more than a usual person adds
nothing to it: it does so by its task."""


def window_beliefs() -> Floats:
    """Return the belief in each window; they sum to 1."""
    older = sum(first > 0 for first, _ in WINDOWS)
    return np.array(
        [(1 - _BELIEF_OLDER) * _BELIEF_UP_TO[last] if first == 0 else _BELIEF_OLDER / older for first, last in WINDOWS]
    )
