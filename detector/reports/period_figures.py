"""The figures of a period, read from the published copy; what takes more than a line is a file of ``sql/report``."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detector.database import queries
from detector.database.rows import select
from detector.errors import UsageError
from detector.model.findings import FindingRow
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.periods import Period
from detector.reports.units import Units
from detector.store import Published

WEEKS_BACK = 12


@dataclass(slots=True)
class PeriodFigures:
    """Reads what the report shows of one published copy."""

    published: Published

    def newest(self) -> dt.date:
        """Return the last business date worked through. Raises UsageError where there is none."""
        newest = self._value("select max(business_date) from dates")
        if not isinstance(newest, dt.date):
            raise UsageError("no business date has been worked through yet; `detector status` says why")
        return newest

    def rows(self, name: str, **values: object) -> list[dict[str, Any]]:
        """Return the rows of ``sql/report/<name>.sql``, its parameters given by name."""
        return queries.rows(self.published.connection, "report", f"{name}.sql", **values)

    def one(self, name: str, **values: object) -> dict[str, Any]:
        """Return the only row of a query."""
        return self.rows(name, **values)[0]

    def units(self, first: dt.date, last: dt.date, judged_from: dt.date) -> Units:
        """Return who worked from a date to another: the parts that all figures of accounts and accesses sum over.

        What is a share of patient-days begins with ``judged_from``.
        """
        return Units(self.rows("units", first=first, last=last, judged_from=judged_from))

    def totals(self, period: Period, units: Units) -> dict[str, Any]:
        """Return what was machine-checked: dates, events, patients, and the sums over ``units``."""
        return self.one("totals", first=period.first, last=period.last) | units.total

    def first_date(self) -> dt.date:
        """Return the first business date worked through."""
        first: dt.date = self._value("select min(business_date) from dates")
        return first

    def active_accounts(self, period: Period) -> int:
        """Return the number of accounts with an access in the 28 days that end with the period."""
        return int(
            self._value(
                "select count(distinct user_id) from account_days where business_date between $last - 27 and $last",
                last=period.last,
            )
        )

    def calibration(self, period: Period) -> tuple[dt.date, dict[str, float]] | None:
        """Return the newest thresholds (nats by stream) by the end of a period, and their date; None before."""
        rows = select(
            self.published.connection,
            "select business_date, thresholds from dates where business_date <= $last and thresholds is not null"
            " order by business_date desc limit 1",
            {"last": period.last},
        )
        return (rows[0]["business_date"], json.loads(rows[0]["thresholds"])) if rows else None

    def unknown_values(self) -> list[dict[str, Any]]:
        """Return per source and column how many rows hold a value that is not understood, and such values.

        ``values`` are as logged, the most frequent first, each with its ``rows``; they may be names of people.
        """
        columns: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.rows("unknown_values"):
            columns.setdefault((row["source"], row["column_name"]), []).append(row)
        return [
            {
                "source": source,
                "column_name": column,
                "rows": sum(one["rows"] for one in values),
                "distinct_values": len(values),
                "values": values,
            }
            for (source, column), values in columns.items()
        ]

    def context_tables(self) -> dict[str, dict[str, Any]]:
        """Return by name what the last run noted of each context table: its version in use, and what failed."""
        rows = select(self.published.connection, "from context_tables")
        return {row["name"]: row for row in rows}

    def _value(self, sql: str, **values: object) -> Any:  # noqa: ANN401 - a value of any column
        return self.published.connection.execute(sql, values).fetchall()[0][0]

    def decisions(self, period: Period, timezone: str) -> list[dict[str, Any]]:
        """Return the decisions of a period."""
        return self.rows("decisions", first=period.first, last=period.last, timezone=timezone)

    def alerts(self, period: Period, timezone: str, findings: Sequence[FindingRow]) -> PeriodAlerts:
        """Return the alerts of a period among all findings."""
        decided = {str(row["finding_id"]): str(row["disposition"]) for row in self.decisions(period, timezone)}
        if period.last == self.newest():
            return PeriodAlerts(findings, period, decided)
        standing = {row["finding_id"]: row["disposition"] for row in self.rows("statuses", last=period.last)}
        return PeriodAlerts(findings, period, decided, standing)

    def days_to_decide(self, period: Period) -> float | None:
        """Return the median days from alert to decision, over the decisions of a period."""
        days = self.one("decision_days", first=period.first, last=period.last)["days"]
        return None if days is None else float(days)

    def narrow(self, period: Period) -> None:
        """Let the views cover no more days than a report on this period looks at."""
        first = min(period.before[0], period.last - dt.timedelta(days=7 * WEEKS_BACK))
        self.published.refresh_views(first, period.last)
