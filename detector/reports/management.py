"""The management's part: per department and role, what was opened, how much of it care explains, and the outcome.

The law holds managers liable as well (民法典 art. 1226; DOMAIN: roll-ups per department). Nobody is named here, and
units of fewer than :data:`~detector.reports.suppression.K` accounts are shown together only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detector.reports.document import (
    Block,
    Chart,
    Paragraph,
    Part,
    ReportColumn,
    ReportTable,
    Section,
    Series,
    Tile,
    Tiles,
)
from detector.reports.period_figures import WEEKS_BACK, PeriodFigures
from detector.reports.period_sight import PeriodSight
from detector.reports.periods import Period
from detector.reports.suppression import K, small_units, together
from detector.texts import Texts

COUNTS: Final = (
    "accounts", "accesses", "patient_days", "explained", "usual", "suspicious", "unexplained_sensitive",
)  # fmt: skip
JUDGED: Final = ("confirmed", "escalated", "justified", "false_alarm")
Unit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ManagementReader:
    """Writes the management's part from the findings and the readings of a period."""

    readings: PeriodFigures
    findings: Sequence[Mapping[str, Any]]
    period: Period
    texts: Texts
    sight: PeriodSight
    learning_days: int = 0

    def part(self) -> Part:
        """Return the part."""
        say = self.texts
        first, last = self.period.before
        units = self.readings.rows("units", first=self.period.first, last=self.period.last)
        earlier = self.readings.rows("units", first=first, last=last)
        return Part(
            "management",
            say("report.management"),
            say("report.management_reader", k=K),
            [
                Section("overall", say("report.overall"), [self._tiles(units, earlier), *self._trend()]),
                Section("departments", say("report.departments"), self._departments(units, earlier)),
                Section("roles", say("report.roles"), [self._roles(units)]),
                Section("outcome", say("report.outcome"), [self._outcome(units)]),
            ],
        )

    def _tiles(self, units: Sequence[Unit], earlier: Sequence[Unit]) -> Tiles:
        say = self.texts
        now, before = _total(units), _total(earlier)
        alerts = _cases(self.findings, self.period.has)
        span = Period("before", *self.period.before, self.period.before)
        figures = {
            "accesses": (f"{now['accesses']:,}", f"{before['accesses']:,}"),
            "explained_share": (_percent(now), _percent(before)),
            "unexplained_sensitive": (f"{now['unexplained_sensitive']:,}", f"{before['unexplained_sensitive']:,}"),
            "alerts": (f"{alerts}", f"{_cases(self.findings, span.has)}"),
        }
        return Tiles(
            [
                Tile(say(f"report.{name}"), value, self._before(earlier_value if before["patient_days"] else None))
                for name, (value, earlier_value) in figures.items()
            ]
        )

    def _before(self, value: str | None) -> str:
        return self.texts("report.no_before") if value is None else self.texts("report.before", value=value)

    def _trend(self) -> list[Block]:
        say = self.texts
        """Draw the weeks that were judged as a whole: while the model learns, nothing is missed."""
        weeks = self.readings.rows("weeks", last=self.period.last, days=7 * WEEKS_BACK, learning=self.learning_days)
        weeks = [week for week in weeks if week["days"] == 7 and not week["learning_days"]]
        if len(weeks) < 2:
            return []
        shares = [week["explained"] / week["patient_days"] for week in weeks]
        return [Chart(
            "trend", "weeks", say("report.trend"),
            say("report.trend_description", weeks=len(weeks), first=f"{shares[0]:.1%}", last=f"{shares[-1]:.1%}"),
            [week["ends_on"].isoformat() for week in weeks],
            [
                Series(say("report.alerts"), [week["alerts"] for week in weeks]),
                Series(say("report.explained_share"), [round(share, 4) for share in shares]),
            ],
        )]  # fmt: skip

    def _departments(self, units: Sequence[Unit], earlier: Sequence[Unit]) -> list[Block]:
        say = self.texts
        whole = _departments_of(units)
        hidden = small_units({unit["department"]: unit["accounts"] for unit in whole})
        before = {unit["department"]: unit for unit in _departments_of(earlier)}
        rows = [
            self._row(self._named(unit["department"]), unit, before.get(unit["department"]))
            for unit in sorted(whole, key=lambda unit: (-unit["patient_days"], unit["department"]))
            if unit["department"] not in hidden
        ]
        rest = together([unit for unit in whole if unit["department"] in hidden], COUNTS)
        if rest is not None:
            rest_before = together([unit for name, unit in before.items() if name in hidden], COUNTS)
            rows.append(self._row(say("report.others", count=len(hidden)), rest, rest_before))
        columns = [
            ReportColumn("unit", say("findings.department")),
            ReportColumn("accounts", say("report.accounts"), "count"),
            ReportColumn("patient_days", say("report.patient_days"), "count"),
            ReportColumn("explained", say("report.explained_share"), "share"),
            ReportColumn("change", say("report.explained_before"), "share"),
            ReportColumn("usual", say("report.only_usual"), "share"),
            ReportColumn("suspicious", say("report.suspicious"), "count"),
            ReportColumn("sensitive", say("report.unexplained_sensitive"), "count"),
        ]
        table = ReportTable("departments", say("report.departments"), columns, rows, empty=say("report.too_few", k=K),
                      note=say("report.suppressed", k=K) if hidden else "")  # fmt: skip
        return [self._shares(rows), table] if rows else [table]

    def _shares(self, rows: Sequence[Mapping[str, Any]]) -> Chart:
        """Draw what had a ground, was only usual, suspicious or neither in each department."""
        say = self.texts
        shares = [
            [row["explained"] for row in rows],
            [row["usual"] for row in rows],
            [round(1 - row["explained"] - row["usual"] - row["suspicious"] / row["patient_days"], 4) for row in rows],
            [round(row["suspicious"] / row["patient_days"], 4) for row in rows],
        ]
        names = (say("report.explained"), say("report.only_usual"), say("report.neither"), say("report.suspicious"))
        return Chart(
            "department-shares", "shares", say("report.department_shares"), say("report.department_shares_description"),
            [row["unit"] for row in rows],
            [Series(name, values) for name, values in zip(names, shares, strict=True)],
        )  # fmt: skip

    def _roles(self, units: Sequence[Unit]) -> ReportTable:
        say = self.texts
        cells: dict[str, list[Unit]] = {}
        for unit in units:
            if unit["role"] is not None:
                cells.setdefault(unit["role"], []).append(unit)
        roles = [
            {"role": role, **{count: sum(unit[count] for unit in group) for count in COUNTS}}
            for role, group in cells.items()
        ]
        hidden = small_units({unit["role"]: unit["accounts"] for unit in roles})
        rows = [
            self._row(self._named(unit["role"]), unit, None)
            for unit in sorted(roles, key=lambda unit: (-unit["patient_days"], unit["role"]))
            if unit["role"] not in hidden
        ]
        rest = together([unit for unit in roles if unit["role"] in hidden], COUNTS)
        if rest is not None:
            rows.append(self._row(say("report.others", count=len(hidden)), rest, None))
        columns = [
            ReportColumn("unit", say("report.role")),
            ReportColumn("accounts", say("report.accounts"), "count"),
            ReportColumn("patient_days", say("report.patient_days"), "count"),
            ReportColumn("explained", say("report.explained_share"), "share"),
            ReportColumn("usual", say("report.only_usual"), "share"),
            ReportColumn("suspicious", say("report.suspicious"), "count"),
            ReportColumn("sensitive", say("report.unexplained_sensitive"), "count"),
        ]
        return ReportTable("roles", say("report.roles"), columns, rows, empty=say("report.too_few", k=K),
                     note=say("report.suppressed", k=K) if hidden else "")  # fmt: skip

    def _row(self, name: str, unit: Unit, before: Unit | None) -> dict[str, Any]:
        compared = before if before is not None and before["accounts"] >= K and before["patient_days"] else None
        return {
            "unit": name,
            "accounts": unit["accounts"],
            "patient_days": unit["patient_days"],
            "explained": round(unit["explained"] / unit["patient_days"], 4),
            "usual": round(unit["usual"] / unit["patient_days"], 4),
            "change": None if compared is None else round(compared["explained"] / compared["patient_days"], 4),
            "suspicious": unit["suspicious"],
            "sensitive": unit["unexplained_sensitive"],
        }

    def _outcome(self, units: Sequence[Unit]) -> Block:
        """Tell the alerts of the period by department and what became of them, small departments together."""
        say = self.texts
        groups = self._alerts_by_unit({unit["department"]: int(unit["accounts"]) for unit in _departments_of(units)})
        rows = [
            {
                "unit": name,
                "alerts": len({one["case_id"] for one in group}),
                "open": sum(one["status"] == "open" for one in group),
                **{status: sum(one["status"] == status for one in group) for status in JUDGED},
            }
            for name, group in sorted(groups.items(), key=lambda item: (item[0] == say("report.other_units"), item[0]))
        ]
        columns = [
            ReportColumn("unit", say("findings.department")),
            ReportColumn("alerts", say("report.alerts"), "count"),
            ReportColumn("open", say.name("finding_status", "open"), "count"),
            *(ReportColumn(status, say.name("finding_status", status), "count") for status in JUDGED),
        ]
        if not rows:
            return Paragraph(say("report.outcome_none", scope=self.sight.brief), self.sight.tone)
        return ReportTable("outcome", say("report.outcome"), columns, rows, note=say("report.outcome_note"))

    def _alerts_by_unit(self, sizes: Mapping[str, int]) -> dict[str, list[Mapping[str, Any]]]:
        """Return the alerts of the period by department; those of departments too small to be named together."""
        shown = set(sizes) - small_units(sizes)
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for alert in self.findings:
            if alert["alert"] and self.period.has(alert["alerted_on"]):
                name = str(alert["department"] or "")
                unit = self._named(name) if name in shown else self.texts("report.other_units")
                groups.setdefault(unit, []).append(alert)
        return groups

    def _named(self, unit: str) -> str:
        return unit or self.texts("show.unknown")


def _departments_of(units: Sequence[Unit]) -> list[Unit]:
    """Return the rows of whole departments: neither those of a role nor the total."""
    return [unit for unit in units if unit["department"] is not None and unit["role"] is None]


def _total(units: Sequence[Unit]) -> dict[str, int]:
    row = next((unit for unit in units if unit["department"] is None), None)
    return {count: int(row[count] or 0) if row is not None else 0 for count in COUNTS}


def _percent(unit: Mapping[str, int]) -> str:
    return f"{unit['explained'] / unit['patient_days']:.1%}" if unit["patient_days"] else "–"


def _cases(findings: Sequence[Mapping[str, Any]], inside: Any) -> int:  # noqa: ANN401
    return len({one["case_id"] for one in findings if inside(one["alerted_on"])})
