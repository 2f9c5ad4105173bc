"""Who worked in a period: departments and roles of people, and all other accounts, whose sums are the report's totals.

Every figure about accounts, accesses and patient-days in a report is a sum over these, so that the parts add up to what
is told of the whole. An account counts where it belonged on its last date of the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PEOPLE_COUNTS: Final = (
    "patient_days", "judged", "explained", "usual", "suspicious", "judged_suspicious", "unexplained_sensitive",
)  # fmt: skip
"""What is judged of people's accounts alone."""
COUNTS: Final = ("accounts", "accesses", *PEOPLE_COUNTS)
Unit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Units:
    """``rows`` are those of ``sql/report/units.sql``: one per kind of account, department and role."""

    rows: Sequence[Unit]

    def departments(self) -> list[Unit]:
        """Return the sums of people by department: ``department`` and the counts."""
        return self._by("department")

    def roles(self) -> list[Unit]:
        """Return the sums of people by role: ``role`` and the counts."""
        return self._by("role")

    @property
    def people(self) -> dict[str, int]:
        """The sums over all people."""
        return summed(row for row in self.rows if row["people"])

    @property
    def others(self) -> dict[str, int]:
        """The sums over service, vendor and kiosk accounts; nothing of them is judged as of people."""
        counts = summed(row for row in self.rows if not row["people"])
        return counts | dict.fromkeys(PEOPLE_COUNTS, 0)

    @property
    def total(self) -> dict[str, int]:
        """The sums over all accounts."""
        return summed([self.people, self.others])

    def _by(self, name: str) -> list[Unit]:
        groups: dict[str, list[Unit]] = {}
        for row in self.rows:
            if row["people"]:
                groups.setdefault(row[name], []).append(row)
        return [{name: key, **summed(rows)} for key, rows in sorted(groups.items())]


def summed(rows: Iterable[Unit]) -> dict[str, int]:
    """Return the sums of the counts."""
    kept = list(rows)
    return {count: sum(int(row[count]) for row in kept) for count in COUNTS}
