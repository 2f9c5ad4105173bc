"""How grave a finding is, in four steps; the same words for policies, findings, reports and exports."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """A severity, mildest first. Texts do not sort by gravity: compare by :attr:`rank`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place among the severities, 0 the mildest."""
        return SEVERITIES.index(self)

    @classmethod
    def of_risk(cls, risk: float) -> Severity:
        """Return the severity of a risk from 0 to 100; 50 is the alert threshold."""
        if risk < 50:
            return cls.LOW
        if risk < 70:
            return cls.MEDIUM
        return cls.HIGH if risk < 90 else cls.CRITICAL


SEVERITIES: Final = tuple(Severity)


def gravest(severities: Iterable[Severity]) -> Severity:
    """Return the gravest of some severities; raises ValueError where there are none."""
    return max(severities, key=lambda severity: severity.rank)
