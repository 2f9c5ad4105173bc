"""What every kind of report reads of its period first: findings, decisions, units, totals and what could be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from detector.deployment.settings import Settings
from detector.detection.visibility import Visibility, read_visibility
from detector.findings.reading import read_findings
from detector.model.findings import FindingRow
from detector.reports.coverage import CoverageReader
from detector.reports.management import ManagementReader
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.period_figures import PeriodFigures
from detector.reports.period_sight import PeriodSight
from detector.reports.periods import Period, read_period
from detector.reports.units import Units
from detector.store import Published
from detector.texts import Texts, load_texts
from detector.texts.language import Language


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """One period of one published copy, in one language; ``readings`` reads what else a report shows."""

    settings: Settings
    texts: Texts
    period: Period
    readings: PeriodFigures
    findings: Sequence[FindingRow]
    visibility: Visibility
    units: Units
    totals: Mapping[str, Any]
    sight: PeriodSight
    alerts: PeriodAlerts

    @classmethod
    def of(cls, published: Published, settings: Settings, period_text: str, language: Language) -> Self:
        """Read a period: "day", "week", "month" or "FROM..TO". Raises UsageError where it was not worked through."""
        texts = load_texts(language)
        readings = PeriodFigures(published)
        period = read_period(period_text, readings.newest())
        readings.narrow(period)
        findings = read_findings(published.connection, language)
        visibility = read_visibility(published.connection, settings, period.last)
        units = readings.units(period.first, period.last, visibility.judged_from)
        totals = readings.totals(period, units)
        return cls(
            settings, texts, period, readings, findings, visibility, units, totals,
            PeriodSight(visibility, period, totals, texts),
            readings.alerts(period, settings.site.timezone, findings),
        )  # fmt: skip

    @property
    def span(self) -> str:
        """The period in words."""
        first, last = self.period.first, self.period.last
        return f"{first}" if first == last else self.texts("report.span", first=first, last=last)

    def coverage(self) -> CoverageReader:
        """Return what reads of the data how complete they are."""
        return CoverageReader(
            self.readings, self.settings, self.alerts, self.period, self.texts, self.totals, self.sight
        )

    def management(self) -> ManagementReader:
        """Return what reads the work of departments and roles."""
        before = self.readings.units(*self.period.before, self.visibility.judged_from)
        return ManagementReader(self.readings, self.alerts, self.units, before, self.period, self.texts, self.sight)
