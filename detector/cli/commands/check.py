"""``detector check``: whether a deployment is right, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown, wrap
from detector.cli.session import Session, session_of
from detector.errors import ConfigError, InputError

if TYPE_CHECKING:
    from detector.context import ContextSurvey
    from detector.sources import SourceSurvey

KEYS = ("kind", "name", "path", "files", "size_bytes", "rows", "columns", "ignored", "problems", "coverage")


def check(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Check configuration, sources, mappings and context tables, and say what a run would load. Writes nothing.

    Exit codes: 0 all is right; 1 a source has no file; 2 something is wrong; 3 no source has any file.
    """
    from detector.context import survey_context
    from detector.sources import survey

    session = session_of(context)
    sources, tables = survey(session.settings), survey_context(session.settings)
    if row_format is RowFormat.TABLE:
        session.say(_lines(session, sources, tables))
    else:
        session.list_rows([*map(_source_row, sources), *map(_context_row, tables)], KEYS, (), row_format)
    problems = [problem for one in (*sources, *tables) for problem in one.problems]
    if not any(source.files for source in sources):
        raise InputError("no source has any file; see [[source]] path")
    if problems:
        raise ConfigError(f"{len(problems)} problems, the first: {problems[0]}", file=session.settings.path)
    if not all(source.files for source in sources):
        raise typer.Exit(1)


def _source_row(source: SourceSurvey) -> dict[str, Any]:
    return {
        "kind": "source",
        "name": source.name,
        "path": None,
        "files": len(source.files),
        "size_bytes": source.size_bytes,
        "rows": None,
        "columns": source.columns,
        "ignored": source.ignored,
        "problems": source.problems,
        "coverage": source.coverage,
    }


def _context_row(table: ContextSurvey) -> dict[str, Any]:
    return {
        "kind": "context",
        "name": table.name,
        "path": None if table.path is None else str(table.path),
        "files": None,
        "size_bytes": None,
        "rows": table.rows,
        "columns": None,
        "ignored": None,
        "problems": table.problems,
        "coverage": table.coverage,
    }


def _lines(session: Session, sources: list[SourceSurvey], tables: list[ContextSurvey]) -> Iterator[str]:
    texts, settings, width = session.texts, session.settings, session.width
    title = texts(
        "check.title",
        file=settings.path.name,
        site=settings.site.name,
        timezone=settings.site.timezone,
        calendar=settings.site.calendar or "-",
    )
    yield from wrap(shown(title), width, "  ")
    for number, source in enumerate(sources):
        yield ""
        yield session.paint(shown(texts("check.source", source=source.name)), "bold")
        if source.files:
            newest = session.relative(str(source.files[-1]))
            facts = [texts("check.files", count=len(source.files), size=size(source.size_bytes), file=newest)]
        else:
            facts = [texts("check.no_files", path=session.relative(settings.sources[number].path))]
        pairs = [f"{name} ← {header}" if header != name else name for name, header in source.columns.items()]
        facts += [texts("check.columns", columns=", ".join(pairs))] if pairs else []
        facts += [texts("check.ignored", columns=", ".join(source.ignored))] if source.ignored else []
        yield from _facts(session, [*facts, *source.coverage], source.problems)
    yield ""
    yield session.paint(texts("check.context"), "bold")
    for table in tables:
        state = texts("check.not_given") if table.path is None else texts("check.rows", rows=f"{table.rows:,}")
        yield from _facts(session, [f"{table.name}: {state}", *table.coverage], table.problems)
    yield ""
    total = sum(source.size_bytes for source in sources)
    yield texts("check.would_load", count=sum(len(source.files) for source in sources), size=size(total))


def _facts(session: Session, facts: list[str], problems: list[str]) -> Iterator[str]:
    for fact in facts:
        yield from (f"  {line}" for line in wrap(shown(fact), session.width - 2, "  "))
    for problem in problems:
        text = session.texts("check.problem", text=problem)
        yield from (session.paint(f"  {line}", "red") for line in wrap(shown(text), session.width - 2, "  "))


def size(count: int) -> str:
    """Return a number of bytes as a person reads it."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "B" else f"{value:.1f} {units[0]}"


COMMAND = Command(check, panel=Panel.SET_UP, order=20, examples=("detector check", "detector -c /srv/audit check"))
