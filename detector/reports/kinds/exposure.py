"""Exposure: what the hospital's people can reach and use, and what measures would change."""

from __future__ import annotations

from detector.deployment.settings import Settings
from detector.reports.composition import Report, footer, labels, trail_head
from detector.reports.document import Document, Part
from detector.reports.period_facts import PeriodFacts
from detector.reports.reach import ExposureReader
from detector.reports.report_kind import ReportKind
from detector.reports.suppression import K
from detector.store import Published
from detector.texts.language import Language
from detector.trail import Trail


def exposure(published: Published, settings: Settings, period: str, language: Language, trail: Trail) -> Report:
    """Return the report on a period. Raises UsageError where it was not worked through."""
    facts = PeriodFacts.of(published, settings, period, language)
    say, reader = facts.texts, ExposureReader(facts)
    part = Part(
        "exposure",
        say("reach.part"),
        say("report.management_reader", k=K),
        [reader.use(), reader.controls(), reader.permissions()],
    )
    document = Document(
        language=language,
        site=settings.site.name,
        title=say("reach.title"),
        subtitle=facts.span,
        summary=facts.sight.blocks(),
        parts=[part],
        footer=footer(settings, facts.readings, trail_head(trail), say),
        labels=labels(say),
        visibility=facts.sight.keys(),
    )
    return Report(facts.period, document, None)


KIND = ReportKind("exposure", exposure, mailed=False)
