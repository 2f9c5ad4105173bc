"""``detector check``: whether a deployment is right, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown, wrap
from detector.cli.screens.site_screen import site_facts
from detector.cli.screens.source_screen import SourceScreen, open_order
from detector.cli.screens.visibility_screen import verdict_lines, visibility_lines
from detector.cli.session import Session, session_of
from detector.cli.typed_words import with_id
from detector.errors import ConfigError, InputError, StoreError
from detector.files.path_text import path_text
from detector.night.summary import clock_sentences

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.detection.visibility import Visibility
    from detector.export.targets import Target
    from detector.loading.survey import ContextSurvey, SourceSurvey, Survey
    from detector.loading.view_sample import ViewSample
    from detector.policies.policy import Policy

KEYS = (
    "kind", "name", "path", "format", "files", "size_bytes", "rows", "quarantined", "share", "columns", "ignored",
    "notes", "problems", "unknown_values", "suggestions", "visibility", "examples",
)  # fmt: skip
"""``rows`` and ``quarantined`` count the sample of a source, the whole of a table; ``share`` is what a table covers.

``examples`` are a few rows of a source: `row`, and of each column what is logged and what it is read as.

``unknown_values`` and ``suggestions`` are texts, such as `action: 封存 (12)` and `patient_id: 建档号`.
"""


def check(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Check configuration, sources, tables, own policies and receivers; say what a run would load. Writes nothing.

    It begins with what the sample lets be seen and what not.

    Exit codes: 0 all is right; 1 the logs name too few patients (blind_share), a source has no file, a file cannot be
    read, too many rows not understood, a context table's file failed and the last good one is used, or a receiver's
    token or certificate cannot be used; 2 wrong, or the store is another deployment's; 3 no file at all.
    """
    from detector.detection.visibility import read_visibility
    from detector.export.targets import configured
    from detector.loading.survey import survey
    from detector.loading.view_sample import view_samples
    from detector.night.due_dates import wrong_clocks
    from detector.policies.catalogue import load_policies
    from detector.policies.examples import check_policies

    session = session_of(context)
    policies = load_policies(session.settings)
    own = [policy for policy in policies if not policy.built_in]
    if wrong := check_policies(own):
        count = len(wrong)
        raise ConfigError(f"{count} of the site's policies' examples are judged wrongly, the first: {wrong[0]}")
    receivers = [(target, target.problem()) for target in configured(session.settings)]
    looks: list[Visibility] = []
    with view_samples(session.settings) as (settings, views):
        found = survey(
            settings, start=session.now, clocks=wrong_clocks,
            look=lambda store: looks.append(read_visibility(store.connection, session.settings)),
        )  # fmt: skip
    _add_view_problems(found, views)
    seen = looks[0] if looks else None
    tests = _test_like(session)
    if row_format is RowFormat.TABLE:
        lines = _lines(session, found, views, seen, policies)
        session.say([*lines, *_test_lines(session, tests), *_receiver_lines(session, receivers)])
    else:
        rows = [*map(_source_row, found.sources), *(_context_row(session, table) for table in found.tables)]
        rows = [
            *_visibility_rows(session, seen),
            *_site_rows(session),
            *rows,
            *(_receiver_row(*one) for one in receivers),
        ]
        if tests:
            rows.append(dict.fromkeys(KEYS) | {"kind": "detection", "name": "test_patients", "suggestions": tests})
        session.list_rows(rows, KEYS, (), row_format)
    if not any(source.files or source.unreadable for source in found.sources):
        raise InputError("no source has any file; see [[source]] path")
    if found.problems:
        count = len(found.problems)
        raise ConfigError(
            f"{count} problem{'s' * (count > 1)}, the first: {found.problems[0]}", file=session.settings.path
        )
    limit = session.settings.store.quarantine_limit
    if any(problem for _, problem in receivers) or any(table.failure for table in found.tables):
        raise typer.Exit(1)
    retired = {source.name for source in session.settings.sources if source.until is not None}
    if any(one.unreadable or (not one.files and one.name not in retired) for one in found.sources):
        raise typer.Exit(1)
    if any(one.quarantined - one.no_records > limit * one.sample_rows for one in found.sources):
        raise typer.Exit(1)
    if seen is not None and seen.is_blind:
        raise typer.Exit(1)


def _test_like(session: Session) -> list[str]:
    """Return the records that look like test records and are not listed as such, by what the last run published."""
    from detector.database.queries import rows
    from detector.store import open_published

    known = list(session.settings.detection.test_patients)
    try:
        with open_published(session.settings, views=False) as published:
            found = rows(published.connection, "cli", "test_like_records.sql", known=known)
    except StoreError:  # no run yet
        return []
    return [row["patient_id"] for row in found]


def _test_lines(session: Session, tests: Sequence[str]) -> Iterator[str]:
    if tests:
        yield ""
        yield from wrap(shown(session.texts("check.test_records", records=session.texts.words(tests))), session.width)


def _add_view_problems(found: Survey, views: Mapping[str, ViewSample]) -> None:
    for source in found.sources:
        view = views.get(source.name)
        if view is not None and view.problem is not None:
            source.unreadable.append(view.problem)


def _visibility_rows(session: Session, seen: Visibility | None) -> list[dict[str, Any]]:
    """Return the row about what the sample shows and what not, which stands first."""
    if seen is None:
        return []
    verdict = seen.verdict(session.texts)
    return [
        dict.fromkeys(KEYS)
        | {
            "kind": "visibility",
            "rows": seen.events,
            "notes": seen.sentences(session.texts),
            "problems": [verdict] if verdict is not None else [],
            "visibility": seen.keys(session.texts),
        }
    ]


def _site_rows(session: Session) -> list[dict[str, Any]]:
    facts = list(site_facts(session.settings, session.texts))
    return [dict.fromkeys(KEYS) | {"kind": "site", "name": session.settings.site.name, "notes": facts}] if facts else []


def _source_row(source: SourceSurvey) -> dict[str, Any]:
    return dict.fromkeys(KEYS) | {
        "kind": "source",
        "name": source.name,
        "format": ", ".join(source.formats),
        "files": len(source.files),
        "size_bytes": source.size_bytes,
        "rows": source.sample_rows,
        "quarantined": source.quarantined,
        "columns": source.columns,
        "ignored": source.ignored,
        "notes": [*source.reasons, *(["daily = true"] if source.proposes_daily else []), *_order_notes(source)],
        "problems": source.problems + source.unreadable,
        "unknown_values": [
            f"{unknown.column}: {one.value} ({one.rows})"
            for unknown in source.understanding.unknown
            for one in unknown.values
        ],
        "suggestions": [
            f"{one.column}: {source.understanding.names.get(one.header, one.header)}"
            for one in source.understanding.suggestions
        ],
        "examples": [{"row": one.row_number, "values": one.texts()} for one in source.examples],
    }


def _order_notes(source: SourceSurvey) -> Iterator[str]:
    """Yield what is known of the order of day and month, such as `time_order: day_first`."""
    if source.order is not None and (source.order.rows or source.order.waiting or source.order.settled):
        state = source.order.settled or ("contradicted" if source.order.is_contradicted else "open")
        yield f"time_order: {state}"


def _context_row(session: Session, table: ContextSurvey) -> dict[str, Any]:
    return dict.fromkeys(KEYS) | {
        "kind": "context",
        "name": table.name,
        "path": None if table.path is None else str(table.path),
        "rows": table.rows,
        "quarantined": table.quarantined,
        "share": None if table.share is None else round(table.share, 4),
        "problems": _context_problems(session, table),
    }


def _receiver_row(target: Target, problem: str | None) -> dict[str, Any]:
    return dict.fromkeys(KEYS) | {
        "kind": "export",
        "name": target.export.name,
        "path": target.export.to,
        "problems": [problem] if problem else [],
    }


def _receiver_lines(session: Session, receivers: Sequence[tuple[Target, str | None]]) -> Iterator[str]:
    if receivers:
        yield ""
        yield session.paint(session.texts("check.exports"), "bold")
    for target, problem in receivers:
        export = target.export
        fact = session.texts("check.export", name=export.name, format=export.format, to=export.to)
        yield from _facts(session, [fact], [problem] if problem else [])


def _lines(
    session: Session,
    found: Survey,
    views: Mapping[str, ViewSample],
    seen: Visibility | None,
    policies: Sequence[Policy],
) -> Iterator[str]:
    texts, settings, width = session.texts, session.settings, session.width
    yield from verdict_lines(seen, texts, width, session.paint)
    title = texts(
        "check.title",
        file=settings.path.name,
        site=settings.site.name,
        timezone=settings.site.timezone,
        calendar=settings.site.calendar or "-",
    )
    yield from wrap(shown(title), width, "  ")
    yield from visibility_lines(seen, texts, width, session.paint)
    for fact in site_facts(settings, texts):
        yield from wrap(shown(fact), width)
    if found.store_problem:
        yield from _facts(session, [], [found.store_problem])
    if found.blind:
        warning = shown(texts("init.blind", sources=texts.words(found.blind)))
        yield from (session.paint(line, "red", "bold") for line in wrap(warning, width))
    for number, source in enumerate(found.sources):
        yield ""
        yield session.paint(shown(texts("check.source", source=source.name)), "bold")
        configured = settings.sources[number]
        facts = [
            *_place_facts(session, source, configured, views.get(source.name)),
            *_source_facts(session, source),
            *_time_facts(session, source, configured.timezone),
            *_example_facts(session, source),
            *_silence_facts(session, source.name),
        ]
        yield from _facts(session, facts, source.problems + source.unreadable)
        screen = SourceScreen(texts, width, session.paint, source.understanding)
        yield from screen.not_understood(with_example=True)
    yield ""
    yield session.paint(texts("check.context"), "bold")
    for table in found.tables:
        yield from _facts(session, [_context_fact(session, table)], _context_problems(session, table))
    if found.without_patient is not None:
        person = texts("show.unknown") if found.without_person is None else f"{found.without_person:.1%}"
        yield ""
        yield from wrap(
            texts(
                "check.unattributed", events=f"{found.events:,}", patient=f"{found.without_patient:.1%}", person=person
            ),
            width,
        )
    yield from _staff_lines(session, found, policies)
    doubts = found.doubtful.sentences(session.texts, with_unresolved=True)
    for sentence in [*clock_sentences(found.clocks, session.texts), *doubts]:
        yield ""
        yield from wrap(shown(sentence), width)
    yield ""
    logs = [source for source in found.sources if source.name not in views]
    total = sum(source.size_bytes for source in logs)
    would_load = texts("check.would_load", count=sum(len(source.files) for source in logs), size=size(total))
    yield from wrap(shown(would_load), width)


def _staff_lines(session: Session, found: Survey, policies: Sequence[Policy]) -> Iterator[str]:
    """Yield a warning where the staff table lacks so many accounts that `unknown-account` asks about none of them."""
    for policy in policies:
        if policy.id != "unknown-account" or found.known_accounts is None:
            continue
        share = float(str(policy.parameters["known_share"]))
        if found.known_accounts < min(share * found.active_accounts, found.active_accounts - 1):
            text = session.texts(
                "check.staff_incomplete",
                known=found.known_accounts,
                active=found.active_accounts,
                share=f"{share:.0%}",
            )
            yield from wrap(text, session.width)


def _place_facts(session: Session, source: SourceSurvey, configured: Source, view: ViewSample | None) -> Iterator[str]:
    """Yield where the source's rows are: its files, or what the server of its view answered."""
    texts = session.texts
    if view is not None:
        place = f"{configured.view} ({configured.url})"
        columns = texts.words(view.columns)
        yield texts("check.view_columns", place=place, columns=columns) if columns else texts("check.view", place=place)
        if columns and not source.files:
            yield texts("check.view_empty")
    elif not source.files:
        yield texts("check.no_files", path=session.relative(configured.path))
    else:
        newest = session.relative(path_text(source.files[-1]))
        yield texts("check.files", count=len(source.files), size=size(source.size_bytes), file=newest)


def _source_facts(session: Session, source: SourceSurvey) -> list[str]:
    texts = session.texts
    if not source.files:
        return []
    facts = [texts("check.format", formats=texts.words(list(source.formats)))] if source.formats else []
    pairs = [
        f"{name} ← {header}" if header != name else name
        for name, header in source.columns.items()
        if name not in source.understanding.empty
    ]
    facts += [texts("check.columns", columns=texts.words(pairs))] if pairs else []
    if source.sample_rows:
        file = session.relative(path_text(source.sampled or source.files[-1]))
        facts.append(
            texts("check.sample", file=file, rows=f"{source.sample_rows:,}", quarantined=f"{source.quarantined:,}")
        )
    facts += [texts("check.daily")] if source.proposes_daily else []
    return facts + [texts.message(reason) for reason in source.reasons]


def _time_facts(session: Session, source: SourceSurvey, zone: str | None) -> Iterator[str]:
    """Yield how the times of a source are read: in which zone, and with the day or the month first."""
    texts, order = session.texts, source.order
    if not source.files:
        return
    key = "check.timezone_site" if zone is None else "check.timezone"
    yield texts(key, zone=zone or session.settings.site.timezone)
    if order is None:
        return
    if order.settled is not None and order.is_told:
        yield texts("check.order_told", order=texts(f"check.{order.settled}"))
    elif order.settled is not None:
        row = order.rows[0]
        file, told = session.relative(row.path), texts(f"check.{order.settled}")
        yield texts("check.order_settled", order=told, row=row.row_number, file=file, time=row.event_time)
    else:
        yield from open_order(order, texts)


def _example_facts(session: Session, source: SourceSurvey) -> Iterator[str]:
    """Yield a few rows as they are logged, beside what they are read as."""
    if source.examples:
        yield session.texts("check.examples")
    for one in source.examples:
        yield session.texts("check.example", row=one.row_number, values=session.texts.clauses(one.texts()))


def _silence_facts(session: Session, source: str) -> Iterator[str]:
    """Yield when no rows of the source are expected."""
    for one in session.settings.planned_silences:
        if one.source != source:
            continue
        if one.retired:
            yield session.texts("check.retired", until=one.last_date)
        else:
            end = f"{one.end:%Y-%m-%d %H:%M}" if one.end else "…"
            yield session.texts("check.outage", start=f"{one.start:%Y-%m-%d %H:%M}", end=end, reason=one.reason or "–")


def _context_fact(session: Session, table: ContextSurvey) -> str:
    texts = session.texts
    name = with_id(texts.name("context_table", table.name), table.name)
    if table.path is None:
        without = texts(f"report.without_{table.name}")
        return texts("check.table", table=name, fact=texts("check.not_given", without=without))
    rows = texts("check.rows", rows=f"{table.rows:,}", quarantined=f"{table.quarantined:,}")
    fact = texts("check.table", table=name, fact=rows)
    if table.share is not None:
        fact += texts(f"check.share_{table.name}", share=f"{table.share:.0%}")
    return fact


def _context_problems(session: Session, table: ContextSurvey) -> list[str]:
    """Return what is wrong with a table; one whose last good version goes on being used is no problem of the set-up."""
    if table.failure is not None and not table.problems:
        return [table.failure.sentence(session.texts)]
    return table.problems


def _facts(session: Session, facts: list[str], problems: list[str]) -> Iterator[str]:
    for fact in facts:
        yield from (f"  {line}" for line in wrap(shown(fact), session.width - 2, "  "))
    for problem in problems:
        text = session.texts("check.problem", problem=problem)
        yield from (session.paint(f"  {line}", "red") for line in wrap(shown(text), session.width - 2, "  "))


def size(count: int) -> str:
    """Return a number of bytes as a person reads it."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "B" else f"{value:.1f} {units[0]}"


COMMAND = Command(check, panel=Panel.SET_UP, order=20, examples=("detector check", "detector -c /srv/audit check"))
