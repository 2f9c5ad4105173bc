"""The management's part: per department and role, what was opened, how much of it care explains, and the outcome.

The law holds managers liable as well (民法典 art. 1226; DOMAIN: roll-ups per department). Nobody is named here, and
units of fewer than :data:`~detector.reports.suppression.K` accounts are shown together only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detector.model.findings import FindingRow
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
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.period_figures import WEEKS_BACK, PeriodFigures
from detector.reports.period_sight import PeriodSight
from detector.reports.periods import Period
from detector.reports.suppression import K, small_units, together
from detector.reports.units import COUNTS, Unit, Units
from detector.texts import Texts

JUDGED: Final = ("confirmed", "escalated", "justified", "false_alarm")


@dataclass(frozen=True, slots=True)
class ManagementReader:
    """Writes the management's part from the findings and the readings of a period."""

    readings: PeriodFigures
    alerts: PeriodAlerts
    units: Units
    earlier: Units
    period: Period
    texts: Texts
    sight: PeriodSight

    def part(self, spread: Sequence[Block]) -> Part:
        """Return the part; ``spread`` tells how alerts that were not confirmed are spread."""
        say = self.texts
        return Part(
            "management",
            say("report.management"),
            say("report.management_reader", k=K),
            [
                Section("overall", say("report.overall"), [self._verdict(), self._tiles(), *self._trend()]),
                Section("outcome", say("report.outcome"), [self._outcome()]),
                Section("departments", say("report.departments"), self._departments()),
                Section("roles", say("report.roles"), [self.roles()]),
                Section("spread", say("report.spread"), spread),
            ],
        )

    def _verdict(self) -> Paragraph:
        """Say in one sentence how many alerts there are, and what an alert is."""
        alerts = self.alerts
        return Paragraph(self.texts(
            "report.management_verdict", new=len(alerts.raised()), waiting=len(alerts.waiting()),
            before=len(alerts.waiting_before()), settled=len(alerts.settled()),
        ))  # fmt: skip

    def _tiles(self) -> Tiles:
        say, alerts = self.texts, self.alerts
        now, before = self.units, self.earlier
        known = bool(before.total["accounts"])
        raised_before = len(alerts.raised_between(*self.period.before))

        def compared(name: str, value: str, earlier: str) -> Tile:
            return Tile(say(f"report.{name}"), value, self._before(earlier if known else None))

        return Tiles([
            Tile(say("report.tile_waiting"), f"{len(alerts.waiting())}", say(
                "report.tile_waiting_note", new=len(alerts.waiting_new()), before=len(alerts.waiting_before()),
            ), alarm=bool(alerts.waiting())),
            compared("tile_new", f"{len(alerts.raised())}", f"{raised_before}"),
            Tile(say("report.tile_decided"), f"{len(alerts.settled())}"),
            compared("accesses", f"{now.total['accesses']:,}", f"{before.total['accesses']:,}"),
            Tile(say("report.accounts"), f"{now.total['accounts']:,}", say(
                "report.accounts_note", people=f"{now.people['accounts']:,}", others=f"{now.others['accounts']:,}",
            )),
            compared("explained_share", _percent(now.people), _percent(before.people)),
            compared(
                "unexplained_sensitive", f"{now.people['unexplained_sensitive']:,}",
                f"{before.people['unexplained_sensitive']:,}",
            ),
        ])  # fmt: skip

    def _before(self, value: str | None) -> str:
        return self.texts("report.no_before") if value is None else self.texts("report.before", value=value)

    def _trend(self) -> list[Block]:
        """Draw the weeks that were judged as a whole: while the model learns, nothing is missed."""
        say = self.texts
        weeks = self.readings.rows(
            "weeks", last=self.period.last, days=7 * WEEKS_BACK, judged_from=self.sight.visibility.judged_from
        )
        weeks = [week for week in weeks if week["days"] == 7 and not week["unjudged_days"]]
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

    def _departments(self) -> list[Block]:
        """Tell the work of each department; the rows add up to the period's accounts and accesses."""
        before = {str(unit["department"]): unit for unit in self.earlier.departments()}
        shares, table = self._table("departments", "department", self.units.departments(), before)
        return [table, shares] if shares is not None else [table]

    def _table(
        self, name: str, key: str, units: Sequence[Unit], before: Mapping[str, Unit]
    ) -> tuple[Chart | None, ReportTable]:
        """Return a picture and a table of units, small ones added up, and of the accounts that are no people's."""
        say = self.texts
        hidden = small_units({str(unit[key]): int(unit["accounts"]) for unit in units})
        rows = [
            self._row(self._named(str(unit[key])), unit, before.get(str(unit[key])))
            for unit in sorted(units, key=lambda unit: (-unit["patient_days"], unit[key]))
            if unit[key] not in hidden
        ]
        rest = together([unit for unit in units if unit[key] in hidden], COUNTS)
        if rest is not None:
            rest_before = together([unit for one, unit in before.items() if one in hidden], COUNTS)
            rows.append(self._row(say("report.others", count=len(hidden)), rest, rest_before))
        judged = [row for row in rows if row["explained"] is not None]
        shares = self._shares(judged) if judged else None
        others = self.units.others
        if rows and others["accounts"]:
            counts = {"accounts": others["accounts"], "accesses": others["accesses"]}
            rows.append({"unit": say("report.machines"), **counts})
        columns = [
            ReportColumn("unit", say("findings.department") if key == "department" else say(f"report.{key}")),
            ReportColumn("accounts", say("report.accounts"), "count"),
            ReportColumn("accesses", say("report.accesses"), "count"),
            ReportColumn("patient_days", say("report.patient_days"), "count"),
            ReportColumn("explained", say("report.explained_share"), "share"),
            *([ReportColumn("change", say("report.explained_before"), "share")] if before else []),
            ReportColumn("usual", say("report.only_usual"), "share"),
            ReportColumn("suspicious", say("report.suspicious"), "count"),
            ReportColumn("sensitive", say("report.unexplained_sensitive"), "count"),
        ]
        total = {count: f"{self.units.total[count]:,}" for count in COUNTS}
        notes = [
            say("report.units_total", **total),
            self.sight.unjudged,
            say("report.suppressed", k=K) if hidden else "",
        ]
        note = ("" if say.language == "zh" else " ").join(filter(None, notes)) if rows else ""
        return shares, ReportTable(
            name, say(f"report.{name}"), columns, rows, empty=say("report.too_few", k=K), note=note
        )

    def _shares(self, rows: Sequence[Mapping[str, Any]]) -> Chart:
        """Draw what had a ground, was only usual, suspicious or neither in each department."""
        say = self.texts
        shares = [
            [row["explained"] for row in rows],
            [row["usual"] for row in rows],
            [round(1 - row["explained"] - row["usual"] - row["suspicious_share"], 4) for row in rows],
            [row["suspicious_share"] for row in rows],
        ]
        names = (say("report.explained"), say("report.only_usual"), say("report.neither"), say("report.suspicious"))
        return Chart(
            "department-shares", "shares", say("report.department_shares"), say("report.department_shares_description"),
            [row["unit"] for row in rows],
            [Series(name, values) for name, values in zip(names, shares, strict=True)],
        )  # fmt: skip

    def roles(self) -> ReportTable:
        """Tell the work of each role; the rows add up as those of departments do."""
        return self._table("roles", "role", self.units.roles(), {})[1]

    def _row(self, name: str, unit: Unit, before: Unit | None) -> dict[str, Any]:
        compared = before if before is not None and before["accounts"] >= K else None
        return {
            "unit": name,
            "accounts": unit["accounts"],
            "accesses": unit["accesses"],
            "patient_days": unit["patient_days"],
            "explained": _share(unit, "explained"),
            "usual": _share(unit, "usual"),
            "change": None if compared is None else _share(compared, "explained"),
            "suspicious": unit["suspicious"],
            "suspicious_share": _share(unit, "judged_suspicious"),
            "sensitive": unit["unexplained_sensitive"],
        }

    def _outcome(self) -> Block:
        """Tell the alerts of the period by department and what became of them, small departments together."""
        say, status = self.texts, self.alerts.status
        groups = self._alerts_by_unit()
        rows = [
            {
                "unit": name,
                "alerts": len(group),
                **{one: sum(status(alert) == one for alert in group) for one in ("open", *JUDGED)},
            }
            for name, group in sorted(groups.items(), key=lambda item: (item[0] == say("report.other_units"), item[0]))
        ]
        columns = [
            ReportColumn("unit", say("findings.department")),
            ReportColumn("alerts", say("report.alerts"), "count"),
            ReportColumn("open", say.name("finding_status", "open"), "count"),
            *(ReportColumn(one, say.name("finding_status", one), "count") for one in JUDGED),
        ]
        if not rows:
            return Paragraph(say("report.outcome_none", scope=self.sight.brief), self.sight.tone)
        return ReportTable("outcome", say("report.outcome"), columns, rows, note=say("report.outcome_note"))

    def _alerts_by_unit(self) -> dict[str, list[FindingRow]]:
        """Return the alerts of the period by department; those of departments too small to be named together."""
        sizes = {str(unit["department"]): int(unit["accounts"]) for unit in self.units.departments()}
        shown = set(sizes) - small_units(sizes)
        groups: dict[str, list[FindingRow]] = {}
        for alert in self.alerts.raised():
            name = str(alert["department"] or "")
            unit = self._named(name) if name in shown else self.texts("report.other_units")
            groups.setdefault(unit, []).append(alert)
        return groups

    def _named(self, unit: str) -> str:
        return unit or self.texts("show.unknown")


def _share(unit: Unit, name: str) -> float | None:
    """Return a part of the patient-days that were judged; None where none were."""
    return round(unit[name] / unit["judged"], 4) if unit["judged"] else None


def _percent(unit: Mapping[str, int]) -> str:
    return f"{unit['explained'] / unit['judged']:.1%}" if unit["judged"] else "–"
