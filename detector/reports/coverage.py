"""The part about the data.

Did everything arrive, what could be understood, what could the tool not see, how far may its threshold be trusted?
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from detector.database.site_rules import create_site_rules
from detector.deployment.settings import Settings
from detector.detection.streams import STREAMS
from detector.loading.context_failure import SHORT
from detector.reports.document import (
    Block,
    Chart,
    Items,
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
from detector.reports.period_figures import PeriodFigures
from detector.reports.period_sight import PeriodSight
from detector.reports.periods import Period
from detector.review.precision import measured_precision
from detector.sources.value_forms import may_be_shown
from detector.texts import Texts

GRID_DAYS: Final = 31
LOW: Final = 0.5
"""A day with fewer than this share of the usual events is told as a gap."""
VALUES: Final = 5
"""Values that were not understood of which so many are named."""
TABLES: Final = ("staff", "patients", "encounters", "care_team", "roster", "approvals")


@dataclass(frozen=True, slots=True)
class CoverageReader:
    """Writes the part about the data."""

    readings: PeriodFigures
    settings: Settings
    alerts: PeriodAlerts
    period: Period
    texts: Texts
    totals: Mapping[str, Any]
    sight: PeriodSight

    def part(self) -> Part:
        """Return the part."""
        say = self.texts
        return Part(
            "data",
            say("report.data"),
            say("report.data_reader"),
            [
                Section("completeness", say("report.completeness"), [*self._verdict(), *self._grid(), self.gaps()]),
                Section("accounting", say("report.accounting"), [self.files(), self._quarantine(), *self._values()]),
                Section("context", say("report.context"), [self._context()]),
                Section("unseen", say("report.unseen"), [self._unseen()]),
                Section("budget", say("report.budget"), [*self._budget(), *self._measured(), self._calibration()]),
            ],
        )

    def complete(self) -> bool:
        """Tell whether every source sent rows on every day of the period, none far too few, and no hour gone."""
        return not self._incomplete() and not self._hour_gaps()

    def whole_days(self) -> bool:
        """Tell the same of days alone."""
        return not self._incomplete()

    def missing_sources(self) -> list[str]:
        """Return the sources of the configuration without a single row in the period."""
        seen = {row["source"] for row in self._days() if row["events"]}
        return [source.name for source in self.settings.sources if source.name not in seen]

    def _days(self) -> list[dict[str, Any]]:
        return self.readings.rows("source_days", first=self.period.first, last=self.period.last)

    def _incomplete(self) -> list[dict[str, Any]]:
        missing = [
            {"source": source, "business_date": None, "events": 0, "usual": None} for source in self.missing_sources()
        ]
        return missing + [
            row
            for row in self._days()
            if row["source"] not in {one["source"] for one in missing}
            and (not row["events"] or (row["usual"] and row["events"] < LOW * row["usual"]))
        ]

    def completeness_sentences(self) -> list[str]:
        """Say whether the logs are in, or in how many places they are not; and of gaps within days."""
        wanting, gaps = self._incomplete(), self._hour_gaps()
        told = (
            self.texts("report.incomplete", count=len(wanting))
            if wanting
            else self.texts("report.complete", sources=len(self.settings.sources), days=self.totals["days"])
        )
        return [told, *([self.texts("report.hour_gaps", count=gaps)] if gaps else [])]

    def _hour_gaps(self) -> int:
        """Return on how many days of a source hours are missing."""
        return int(self.readings.one("hour_gaps", first=self.period.first, last=self.period.last)["gaps"])

    def _verdict(self) -> list[Block]:
        good: Literal["plain", "good"] = "plain" if self.sight.visibility.is_blind else "good"
        tone: Literal["plain", "good", "alarm"] = good if self.complete() else "alarm"
        return [Paragraph(one, tone) for one in self.completeness_sentences()]

    def _grid(self) -> list[Block]:
        """Show the share of the usual events by source and day."""
        say = self.texts
        first = max(self.period.first, self.period.last - dt.timedelta(days=GRID_DAYS - 1))
        days = [first + dt.timedelta(days=offset) for offset in range((self.period.last - first).days + 1)]
        found: dict[str, dict[dt.date, float | None]] = {}
        for row in self._days():
            usual = row["usual"]
            value = 0.0 if not row["events"] else (round(row["events"] / usual, 3) if usual else None)
            found.setdefault(row["source"], {})[row["business_date"]] = value
        if not found or len(days) < 2:
            return []
        return [Chart(
            "completeness", "grid", say("report.grid"), say("report.grid_description"),
            [day.isoformat() for day in days],
            [Series(source, [values.get(day) for day in days]) for source, values in sorted(found.items())],
        )]  # fmt: skip

    def gaps(self) -> ReportTable:
        """Return the dates on which a log is missing or far too small."""
        say = self.texts
        rows = [
            {
                "source": row["source"],
                "day": row["business_date"],
                "events": row["events"],
                "usual": row["usual"],
            }
            for row in self._incomplete()
        ]
        columns = [
            ReportColumn("source", say("sources.source")),
            ReportColumn("day", say("show.day"), "date"),
            ReportColumn("events", say("report.events"), "count"),
            ReportColumn("usual", say("report.usual"), "count"),
        ]
        return ReportTable("gaps", say("report.gaps"), columns, rows, empty=say("report.gaps_none"))

    def files(self) -> ReportTable:
        """Return what became of every row of each source's files."""
        say = self.texts
        rows = self.readings.rows("source_files", first=self.period.first, last=self.period.last)
        columns = [
            ReportColumn("source", say("sources.source")),
            ReportColumn("files", say("report.files"), "count"),
            ReportColumn("rows_read", say("sources.rows"), "count"),
            ReportColumn("accepted", say("sources.accepted"), "count"),
            ReportColumn("duplicates", say("sources.duplicates"), "count"),
            ReportColumn("quarantined", say("sources.quarantined"), "count"),
            ReportColumn("late_files", say("report.late_files"), "count"),
            ReportColumn("problems", say("report.problems"), "count"),
        ]
        return ReportTable("files", say("report.files_title"), columns, rows, empty=say("sources.none"),
                     note=say("report.files_note"))  # fmt: skip

    def _quarantine(self) -> ReportTable:
        say = self.texts
        rows = [
            {**row, "reason": say.message(row["reason"])}
            for row in self.readings.rows("quarantine", first=self.period.first, last=self.period.last)
        ]
        columns = [
            ReportColumn("source", say("sources.source")),
            ReportColumn("reason", say("quarantine.reason")),
            ReportColumn("rows", say("report.rows"), "count"),
        ]
        return ReportTable("quarantine", say("report.quarantine"), columns, rows, empty=say("quarantine.none"))

    def _values(self) -> list[Block]:
        say = self.texts
        found = self.readings.unknown_values()
        if not found:
            return []
        rows = [one | {"values": self._harmless(one["values"])} for one in found]
        columns = [
            ReportColumn("source", say("sources.source")),
            ReportColumn("column_name", say("report.column")),
            ReportColumn("distinct_values", say("report.values"), "count"),
            ReportColumn("rows", say("report.rows"), "count"),
            ReportColumn("values", say("report.such_as")),
        ]
        return [ReportTable("unknown-values", say("report.unknown_values"), columns, rows)]

    def _harmless(self, values: Sequence[Mapping[str, Any]]) -> str:
        """Name the first values that are words of a list; what may be a person's name or number is not printed."""
        named = [str(one["value"]) for one in values if may_be_shown(str(one["value"]), one["rows"])]
        return self.texts.clauses(named[:VALUES])

    def _context(self) -> ReportTable:
        say = self.texts
        known = self.readings.context_tables()
        create_site_rules(self.readings.published.connection, self.settings.detection)
        covered = self.readings.one("context_coverage", first=self.period.first, last=self.period.last)
        rows = []
        for name in TABLES:
            table = known.get(name)
            given = table is not None and table["configured"]
            share = (
                covered[name] / covered["patient_days"]
                if given and covered.get("patient_days") and name in covered
                else None
            )
            rows.append({
                "table": say.name("context_table", name),
                "state": self._state(table) if given and table else say("report.not_given"),
                "rows": table["rows"] if given and table else None,
                "quarantined": table["quarantined"] if given and table else None,
                "share": share,
                "without": say(f"report.without_{name}") if not given else "",
            })  # fmt: skip
        columns = [
            ReportColumn("table", say("report.table")),
            ReportColumn("state", say("report.state")),
            ReportColumn("rows", say("report.rows"), "count"),
            ReportColumn("quarantined", say("sources.quarantined"), "count"),
            ReportColumn("share", say("report.covers"), "share"),
            ReportColumn("without", say("report.effect")),
        ]
        return ReportTable("context", say("report.context"), columns, rows, note=say("report.context_note"))

    def _state(self, table: Mapping[str, Any]) -> str:
        """Tell which version of a configured table is in use."""
        say = self.texts
        if table["failure"] is None:
            return say("report.given")
        if table["failure"] == SHORT:
            return say("report.short")
        if table["digest"] is None:
            return say("report.none_good")
        return say("report.last_good_of", date=table["good_on"]) if table["good_on"] else say("report.last_good")

    def _unseen(self) -> Items:
        say = self.texts
        totals = self.totals
        sentences = []
        if totals["events"]:
            without = totals["events_without_patient"]
            sentences.append(
                say("report.unseen_patient", count=f"{without:,}", share=f"{without / totals['events']:.1%}")
            )
        sentences += [say(f"report.unseen_{name}") for name in ("screens", "database", "own_patients", "views")]
        return Items("", sentences)

    def _budget(self) -> list[Block]:
        """Compare the alerts of models with what innocent work may cause."""
        say = self.texts
        accounts = self.readings.active_accounts(self.period)
        weekly = self.settings.alerting.budget * accounts / 1000
        allowed = (
            say("report.budget_weekly", count=f"{weekly:.0f}")
            if weekly >= 1
            else say("report.budget_weeks", weeks=f"{1 / weekly:.0f}")
            if weekly
            else "–"
        )
        raised = {name: len(alerts) for name, alerts in self.alerts.raised_by().items()}
        return [
            Tiles([
                Tile(say("report.budget_allowed"), allowed, say(
                    "report.budget_note", budget=f"{self.settings.alerting.budget:g}", accounts=f"{accounts:,}",
                )),
                Tile(say("report.budget_ranked"), str(raised["ranking"])),
                Tile(say("report.budget_policies"), str(raised["policy"])),
                *([Tile(say("report.budget_drawn"), str(raised["draw"]))] if raised["draw"] else []),
            ]),
            Paragraph(say("report.budget_meaning"), "note"),
        ]  # fmt: skip

    def _calibration(self) -> Block:
        say = self.texts
        calibration = self.readings.calibration(self.period)
        if calibration is None:
            return Paragraph(say("report.calibration_none"), "note")
        calibrated_on, limits = calibration
        rows = [
            {
                "stream": say.name("stream", stream.id),
                "base": stream.threshold,
                "now": limits[stream.id],
                "ratio": limits[stream.id] / stream.threshold,
            }
            for stream in STREAMS
            if stream.id in limits
        ]
        columns = [
            ReportColumn("stream", say("report.stream")),
            ReportColumn("base", say("report.threshold_base"), "number"),
            ReportColumn("now", say("report.threshold_now"), "number"),
            ReportColumn("ratio", say("report.threshold_ratio"), "share"),
        ]
        title = say("report.calibration", date=calibrated_on)
        return ReportTable("calibration", title, columns, rows, note=say("report.calibration_note"))

    def _measured(self) -> list[Block]:
        """Tell how many of the alerts raised, and of the accounts drawn at random, turned out true."""
        say = self.texts
        measured = measured_precision(self.readings.published.connection)
        kinds = {"raised": measured.raised}
        if measured.drawn.decided or measured.drawn.waiting or self.settings.alerting.random_share:
            kinds["drawn"] = measured.drawn
        rows = [
            {
                "kind": say(f"report.measured_{name}"),
                "decided": estimate.decided,
                "confirmed": estimate.confirmed,
                "share": estimate.share,
                "low": estimate.interval[0] if estimate.decided else None,
                "high": estimate.interval[1] if estimate.decided else None,
                "waiting": estimate.waiting,
            }
            for name, estimate in kinds.items()
        ]
        columns = [
            ReportColumn("kind", say("report.measured_of")),
            ReportColumn("decided", say("report.measured_decided"), "count"),
            ReportColumn("confirmed", say("report.measured_confirmed"), "count"),
            ReportColumn("share", say("report.measured_share"), "share"),
            ReportColumn("low", say("report.measured_low"), "share"),
            ReportColumn("high", say("report.measured_high"), "share"),
            ReportColumn("waiting", say.name("finding_status", "open"), "count"),
        ]
        return [ReportTable("measured", say("report.measured"), columns, rows, note=say("report.measured_note"))]
