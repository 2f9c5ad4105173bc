"""How good the ranking is, measured on what officers decided: the alerts it raised, and accounts drawn at random.

Accounts drawn at random (``[alerting].random_share``) were looked at whatever the ranking said of them. The share of
them that turns out to be misuse therefore estimates without bias how common it is among those that the ranking did not
raise, which is what it misses; the share among the alerts that it raised is its precision (Boxwala et al., JAMIA 18,
2011, on why only a random sample tells the first).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import duckdb

from detector.database.queries import rows
from detector.model.findings import CLOSED_STATUSES

Z95: Final = 1.959964


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of the share ``count`` of ``of`` (Wilson, JASA 22, 1927); nothing is known of none."""
    if not of:
        return 0.0, 1.0
    share = count / of
    centre = share + Z95**2 / (2 * of)
    spread = Z95 * math.sqrt(share * (1 - share) / of + Z95**2 / (4 * of**2))
    whole = 1 + Z95**2 / of
    return max(0.0, (centre - spread) / whole), min(1.0, (centre + spread) / whole)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``confirmed`` of ``decided`` cases, and how many still wait for a decision."""

    confirmed: int
    decided: int
    waiting: int

    @property
    def share(self) -> float | None:
        """The share confirmed; None of none."""
        return self.confirmed / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        return wilson(self.confirmed, self.decided)


@dataclass(frozen=True, slots=True)
class Precision:
    """Of alerts that the ranking raised, and of accounts drawn at random."""

    raised: Estimate
    drawn: Estimate


def measured_precision(connection: duckdb.DuckDBPyConnection) -> Precision:
    """Return the estimates from the decisions taken so far; findings of one case are one."""
    estimates = {
        bool(row["sampled"]): Estimate(row["confirmed"], row["decided"], row["waiting"])
        for row in rows(connection, "review", "precision.sql", closed=list(CLOSED_STATUSES))
    }
    none = Estimate(0, 0, 0)
    return Precision(raised=estimates.get(False, none), drawn=estimates.get(True, none))
