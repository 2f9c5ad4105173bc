"""The alerts of a period, each in one place: new or from before, and waiting or settled, as of the period's end.

An alert is a finding with an alert's date. Every part of a report counts these, so that its figures add up: what is new
is waiting or settled, and what waits is new or from before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detector.model.findings import FindingRow, Status
from detector.reports.periods import Period

KINDS: Final = ("ranking", "policy", "draw")
"""What makes an alert; one that several do counts for the first."""


@dataclass(frozen=True, slots=True)
class PeriodAlerts:
    """``findings`` are all, riskiest first; ``decided`` is finding → newest decision of the period.

    ``standing`` is finding → newest decision by the period's end, None where this is today: then the findings'
    own status counts.
    """

    findings: Sequence[FindingRow]
    period: Period
    decided: Mapping[str, str]
    standing: Mapping[str, str] | None = None

    def status(self, finding: FindingRow) -> Status:
        """Return what had been decided about a finding by the period's end."""
        if self.standing is None:
            return Status(finding["status"])
        return Status(self.standing.get(str(finding["finding_id"]), Status.OPEN))

    def raised_between(self, first: dt.date, last: dt.date) -> list[FindingRow]:
        """Return the alerts that were raised from a date to another."""
        return [one for one in self._alerts() if first.isoformat() <= str(one["alerted_on"]) <= last.isoformat()]

    def raised_by(self) -> dict[str, list[FindingRow]]:
        """Return the new alerts by what made them alerts, each once: the ranking, a policy alone, or the draw alone."""
        raised: dict[str, list[FindingRow]] = {name: [] for name in KINDS}
        for one in self.raised():
            raised[next((name for name in KINDS if name in one["alerted_by"]), KINDS[-1])].append(one)
        return raised

    def raised(self) -> list[FindingRow]:
        """Return the alerts that are new in the period."""
        return [one for one in self._alerts() if self._is_new(one)]

    def waiting(self) -> list[FindingRow]:
        """Return the alerts without a decision."""
        return [one for one in self._alerts() if self.status(one) is Status.OPEN]

    def waiting_new(self) -> list[FindingRow]:
        """Return the alerts without a decision that are new in the period."""
        return [one for one in self.waiting() if self._is_new(one)]

    def waiting_before(self) -> list[FindingRow]:
        """Return the alerts without a decision that were raised before the period."""
        return [one for one in self.waiting() if not self._is_new(one)]

    def settled(self) -> list[FindingRow]:
        """Return the alerts that were decided in the period."""
        return [one for one in self._alerts() if self._is_settled(one)]

    def escalated_before(self) -> list[FindingRow]:
        """Return the alerts that were passed on before the period and have no outcome yet."""
        passed_on = (one for one in self._alerts() if self.status(one) is Status.ESCALATED)
        return [one for one in passed_on if not self._is_settled(one)]

    def settled_below(self) -> list[FindingRow]:
        """Return the findings that are no alerts and were decided in the period."""
        alerts = {one["finding_id"] for one in self._alerts()}
        return [one for one in self.findings if one["finding_id"] not in alerts and self._is_settled(one)]

    def listed(self) -> list[FindingRow]:
        """Return the findings without a decision that are no alerts."""
        return [one for one in self.findings if not one["alert"] and self.status(one) is Status.OPEN]

    def _alerts(self) -> Iterable[FindingRow]:
        last = self.period.last.isoformat()
        return (one for one in self.findings if one["alerted_on"] is not None and str(one["alerted_on"]) <= last)

    def _is_new(self, finding: FindingRow) -> bool:
        return self.period.has(finding["alerted_on"])

    def _is_settled(self, finding: FindingRow) -> bool:
        decided = self.decided.get(str(finding["finding_id"]), Status.OPEN)
        return decided != Status.OPEN and self.status(finding) is not Status.OPEN
