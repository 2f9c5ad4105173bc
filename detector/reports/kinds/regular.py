"""The regular report: for the officer, the management and IT."""

from __future__ import annotations

from detector.deployment.settings import Settings
from detector.reports.composition import Report, compose, trail_head
from detector.reports.report_kind import ReportKind
from detector.store import Published
from detector.texts.language import Language
from detector.trail import Trail


def regular(published: Published, settings: Settings, period: str, language: Language, trail: Trail) -> Report:
    """Return the report on a period."""
    return compose(published, settings, period, language, head=trail_head(trail))


KIND = ReportKind("regular", regular)
