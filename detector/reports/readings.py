"""The figures of a period: one query a file of ``sql/report``, read from the published copy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from detector.database.queries import sql_text
from detector.database.rows import select
from detector.errors import UsageError
from detector.reports.periods import Period
from detector.store import Published

WEEKS_BACK = 12


@dataclass(slots=True)
class Readings:
    """Reads what the report shows of one published copy."""

    published: Published

    def newest(self) -> dt.date:
        """Return the last business date worked through. Raises UsageError where there is none."""
        newest = self.published.connection.execute("select max(business_date) from dates").fetchall()[0][0]
        if not isinstance(newest, dt.date):
            raise UsageError("no business date has been worked through yet; `detector status` says why")
        return newest

    def rows(self, name: str, **values: object) -> list[dict[str, Any]]:
        """Return the rows of ``sql/report/<name>.sql``, its parameters given by name."""
        return select(self.published.connection, sql_text("report", f"{name}.sql"), values)

    def one(self, name: str, **values: object) -> dict[str, Any]:
        """Return the only row of a query."""
        return self.rows(name, **values)[0]

    def decisions(self, period: Period, timezone: str) -> list[dict[str, Any]]:
        """Return the decisions of a period."""
        return self.rows("decisions", first=period.first, last=period.last, timezone=timezone)

    def days_to_decide(self, period: Period) -> float | None:
        """Return the median days from alert to decision, over the decisions of a period."""
        days = self.one("decision_days", first=period.first, last=period.last)["days"]
        return None if days is None else float(days)

    def narrow(self, period: Period) -> None:
        """Let the views cover no more days than a report on this period looks at."""
        first = min(period.before[0], period.last - dt.timedelta(days=7 * WEEKS_BACK))
        self.published.refresh_views(first, period.last)
