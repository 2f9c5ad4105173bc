"""What a night changed among the findings."""

from __future__ import annotations

from dataclasses import dataclass

from detector.model.findings import Finding


@dataclass(frozen=True, slots=True)
class FindingChanges:
    """Ids of new, updated and newly alerting findings, in the order of the changes; changes of several steps add up."""

    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()

    @classmethod
    def between(cls, earlier: Finding | None, finding: Finding) -> FindingChanges:
        """Return the change from ``earlier``, the same finding before (None: there was none), to ``finding``."""
        ids = (finding.finding_id,)
        return cls(
            new=ids if earlier is None else (),
            updated=() if earlier is None else ids,
            alerts=ids if finding.alert and not (earlier is not None and earlier.alert) else (),
        )

    def __add__(self, other: FindingChanges) -> FindingChanges:
        """Return the changes of both."""
        return FindingChanges(self.new + other.new, self.updated + other.updated, self.alerts + other.alerts)
