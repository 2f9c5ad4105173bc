"""From the published copy and a period to a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from detector import __version__
from detector.deployment.settings import Settings
from detector.findings.wording import headline_words
from detector.privacy.pseudonyms import pseudonymiser
from detector.reports.coverage import CoverageReader
from detector.reports.document import Block, Document, Items, Paragraph, Part, Tile, Tiles, cell_text
from detector.reports.officer import OfficerReader
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.period_facts import PeriodFacts
from detector.reports.period_figures import PeriodFigures
from detector.reports.period_sight import PeriodSight
from detector.reports.periods import Period
from detector.reports.reach import ExposureReader
from detector.reports.sealed_records import sealing_blocks
from detector.reports.suppression import small_units
from detector.reports.unconfirmed import spread_blocks
from detector.review.alert_spread import UNCONFIRMED, alert_spread
from detector.store import Published
from detector.texts import Texts
from detector.texts.language import Language
from detector.trail import Trail

HEADS: Final = ("decision", "sealing", "night")
"""Kinds of entries whose hash a report prints."""


@dataclass(frozen=True, slots=True)
class MailNotice:
    """What a mail says of a report: figures and findings without any name or number of a person.

    ``scope`` says of how much "no alert" speaks.
    """

    subject: str
    lines: Sequence[str]
    alerts: Sequence[str]
    scope: str


@dataclass(frozen=True, slots=True)
class Report:
    """A document with the period it covers and what a mail may say of it: nothing where it is not for mail."""

    period: Period
    document: Document
    notice: MailNotice | None


def compose(
    published: Published,
    settings: Settings,
    period_text: str,
    language: Language,
    *,
    head: str | None = None,
) -> Report:
    """Return the report on a period: "day", "week", "month" or "FROM..TO".

    ``head`` is the hash that proves the trail (see :func:`trail_head`). Raises UsageError where the period was not
    worked through.
    """
    facts = PeriodFacts.of(published, settings, period_text, language)
    period, texts, alerts, sight = facts.period, facts.texts, facts.alerts, facts.sight
    pseudonyms = pseudonymiser(settings)
    officer = OfficerReader(
        published.connection, alerts, facts.readings.decisions(period, settings.site.timezone),
        facts.readings.days_to_decide(period), period, texts, pseudonyms,
    )  # fmt: skip
    sealed = sealing_blocks(published, settings, period, pseudonyms, texts)
    coverage = facts.coverage()
    unconfirmed = [one["finding_id"] for one in facts.findings if alerts.status(one) in UNCONFIRMED]
    spread = alert_spread(published.connection, period.last, small_units, unconfirmed)
    headline = _headline(alerts, coverage, sight, texts)
    document = Document(
        language=language,
        site=settings.site.name,
        title=texts(f"report.title_{period.kind}"),
        subtitle=facts.span,
        summary=[
            *sight.blocks(), headline, _tiles(alerts, facts.totals, sight, texts), *_to_do(alerts, coverage, texts),
        ],
        parts=[officer.part(sight, sealed), _management(facts, spread_blocks(spread, texts)), coverage.part()],
        footer=footer(settings, facts.readings, head, texts),
        labels=labels(texts),
        visibility=sight.keys(),
    )  # fmt: skip
    return Report(period, document, _notice(settings, document, alerts, headline, sight, texts))


def _management(facts: PeriodFacts, spread: Sequence[Block]) -> Part:
    """Return the management's part; once a month with what its people can reach, and what could be narrowed."""
    part = facts.management().part(spread)
    if facts.period.kind != "month":
        return part
    exposure = ExposureReader(facts)
    return replace(part, sections=[*part.sections, exposure.departments(), exposure.controls()])


def trail_head(trail: Trail) -> str | None:
    """Return the hash of the trail's last decision, sealing or night, None where there is neither.

    It proves every entry before it. Looks and reports are passed over: to print a report must not change it.
    """
    told = [entry for entry in trail.entries() if entry.kind in HEADS]
    return told[-1].hash if told else None


def _headline(alerts: PeriodAlerts, coverage: CoverageReader, sight: PeriodSight, texts: Texts) -> Paragraph:
    new, waiting, complete = len(alerts.raised()), len(alerts.waiting()), coverage.complete()
    if not new and not waiting and complete:
        return Paragraph(texts("report.quiet", scope=sight.scope), sight.tone)
    words = [
        texts("report.headline_new", count=new) if new else texts("report.headline_no_new"),
        texts("report.headline_waiting", count=waiting) if waiting else texts("report.headline_no_waiting"),
        texts("report.headline_complete") if complete else texts("report.headline_incomplete"),
        *([] if new else [sight.scope]),
    ]
    text = ("" if texts.language == "zh" else " ").join(words)
    return Paragraph(text, "alarm" if new or waiting or not complete else sight.tone)


def _tiles(alerts: PeriodAlerts, totals: Mapping[str, Any], sight: PeriodSight, texts: Texts) -> Tiles:
    judged = totals["judged"]
    share, usual = (totals[name] / judged if judged else None for name in ("explained", "usual"))
    below = alerts.settled_below()
    return Tiles([
        Tile(
            texts("report.tile_waiting"), str(len(alerts.waiting())), texts(
                "report.tile_waiting_note", new=len(alerts.waiting_new()), before=len(alerts.waiting_before()),
            ), alarm=bool(alerts.waiting()),
        ),
        Tile(texts("report.tile_new"), str(len(alerts.raised()))),
        Tile(
            texts("report.tile_decided"), str(len(alerts.settled())),
            texts("report.tile_decided_below", count=len(below)) if below else "",
        ),
        Tile(
            texts("report.tile_checked"), f"{totals['accesses']:,}",
            texts("report.tile_checked_note", accounts=f"{totals['accounts']:,}", patients=f"{totals['patients']:,}"),
        ),
        Tile(
            texts("report.explained_share"), cell_text(share, "share"),
            " ".join(filter(None, [
                texts("report.tile_share_note", usual=cell_text(usual, "share")) if judged else None, sight.unjudged,
            ])),
        ),
    ])  # fmt: skip


def _to_do(alerts: PeriodAlerts, coverage: CoverageReader, texts: Texts) -> list[Block]:
    """Say what the reader is asked to do, where there is anything."""
    items = []
    waiting = alerts.waiting()
    if waiting:
        items.append(texts("report.do_decide", count=len(waiting), finding=waiting[0]["finding_id"]))
    items += [texts("report.do_source", source=source) for source in coverage.missing_sources()]
    if not coverage.complete() and not coverage.missing_sources():
        items.append(texts("report.do_gaps"))
    return [Items(texts("report.to_do"), items)] if items else []


def labels(texts: Texts) -> dict[str, str]:
    """Return the words that formats add themselves."""
    return {key: texts(f"report.label_{key}") for key in ("contents", "figures", "skip", "alert", "item", "back")}


def footer(settings: Settings, readings: PeriodFigures, head: str | None, texts: Texts) -> list[str]:
    """Return the lines at the end: what a lead is, how patients are named, and how to check the report."""
    lines = [
        texts("show.lead"),
        texts("report.footer_patients"),
        texts(
            "report.footer_state",
            through=readings.newest(),
            version=__version__,
            configuration=settings.digest[:16],
        ),
    ]
    if head is not None:
        lines.append(texts("report.footer_head", head=head))
    return lines


def _notice(
    settings: Settings,
    document: Document,
    period_alerts: PeriodAlerts,
    headline: Paragraph,
    sight: PeriodSight,
    texts: Texts,
) -> MailNotice:
    """Write what a mail says: no names, no record numbers, since mail travels and stays."""
    alerts = [
        texts(
            "report.mail_alert",
            finding=one["finding_id"],
            severity=texts.name("severity", one["severity"]),
            pattern=headline_words(one, texts.language, most=2),
        )
        for one in period_alerts.waiting()
    ]
    words = {"title": document.title, "span": document.subtitle, "waiting": len(period_alerts.waiting())}
    verdict = sight.verdict
    subject = texts("report.mail_subject_blind" if verdict else "report.mail_subject", **words)
    if verdict is None and sight.visibility.learning_until is not None:
        subject += texts("report.mail_subject_learning", until=sight.visibility.learning_until)
    first = [verdict] if verdict else []
    lines = [settings.site.name, *first, *sight.sentences, headline.text]
    return MailNotice(subject, lines, alerts, sight.brief)
