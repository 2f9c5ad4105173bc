"""A paper as a document: a part for each chapter of the rule, a section for each point, in it sentences by origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from detector.deployment.settings import Settings
from detector.reports.composition import Report, footer, labels, trail_head
from detector.reports.document import Block, Document, Items, Origin, Paragraph, Part, Section, Statement, Statements
from detector.reports.papers.measures import MEASURES, Measured
from detector.reports.papers.points import Point, Rule, read_rule
from detector.reports.papers.stated import STATED
from detector.reports.period_facts import PeriodFacts
from detector.reports.report_kind import ReportKind
from detector.store import Published
from detector.texts import Texts
from detector.texts.language import Language
from detector.trail import Trail

ORIGINS: Final[tuple[Origin, ...]] = ("measured", "configured", "unseen", "written")
COLUMNS: Final = ("point", "clause", "origin", "text", "written")


def paper(name: str) -> ReportKind:
    """Return the kind of report that goes through the points of ``<name>.toml``."""
    return ReportKind(name, partial(compose_paper, name), mailed=False)


def compose_paper(
    name: str, published: Published, settings: Settings, period: str, language: Language, trail: Trail
) -> Report:
    """Return the paper on a period. Raises UsageError where it was not worked through."""
    facts = PeriodFacts.of(published, settings, period, language)
    rule, say = read_rule(name), facts.texts
    sections = {point.id: _section(point, facts, trail) for point in rule.points}
    document = Document(
        language=language,
        site=settings.site.name,
        title=rule.title[language],
        subtitle=facts.span,
        summary=[*facts.sight.blocks(), *_legend(sections.values(), say)],
        parts=list(_parts(rule, sections, language)),
        footer=footer(settings, facts.readings, trail_head(trail), say),
        labels=labels(say)
        | {"statements": say("paper.points")}
        | {f"statement_{column}": say(f"paper.column_{column}") for column in COLUMNS},
        visibility=facts.sight.keys(),
    )
    return Report(facts.period, document, None)


def _parts(rule: Rule, sections: dict[str, Section], language: Language) -> Iterator[Part]:
    for place, (chapter, title) in enumerate(rule.chapters.items()):
        within = [sections[point.id] for point in rule.points if point.chapter == chapter]
        yield Part(chapter, title[language], rule.reader[language] if not place else "", within)


def _section(point: Point, facts: PeriodFacts, trail: Trail) -> Section:
    """Return what is to be said on a point: sentences first, the tables that belong to them behind."""
    say, language = facts.texts, facts.texts.language
    tables: list[Block] = []
    statements: list[Statement] = []

    def add(origin: Origin, *texts: str) -> None:
        statements.extend(Statement(origin, say(f"paper.origin_{origin}"), text) for text in texts)

    for name in point.measured:
        measured: Measured = MEASURES[name](facts, trail)
        add("measured", *measured.sentences)
        tables += measured.tables
    for name in point.configured:
        add("configured", *STATED[name](facts.settings, say))
    if point.unseen is not None:
        add("unseen", point.unseen[language])
    add("written", *(prompt[language] for prompt in point.write))
    title = point.title[language]
    told = Statements(point.id, title, point.clause[language], point.asks[language], statements)
    return Section(point.id, title, [told, *tables])


def _legend(sections: Iterable[Section], say: Texts) -> list[Block]:
    """Say how many sentences of each origin there are, and what that means."""
    origins = [
        one.origin
        for section in sections
        for block in section.blocks
        if isinstance(block, Statements)
        for one in block.statements
    ]
    return [
        Paragraph(say("paper.to_write", count=origins.count("written")), "alarm"),
        Items(say("paper.legend"), [
            say(f"paper.legend_{origin}", label=say(f"paper.origin_{origin}"), count=origins.count(origin))
            for origin in ORIGINS
        ]),
    ]  # fmt: skip
