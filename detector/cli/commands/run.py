"""``detector run``: the nightly job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.progress_display import progress_for
from detector.cli.render.formats import json_line
from detector.cli.screens.delivery_screen import failure_text, outcome_lines
from detector.cli.screens.night_screen import summary_lines
from detector.cli.session import machine_stream, session_of
from detector.deployment.checked_table import nearest
from detector.errors import DeliveryFailed, UsageError
from detector.night.last_run import failures_recorded, record_end, record_start
from detector.texts import load_texts
from detector.texts.language import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from detector.deployment.settings import Settings
    from detector.export.delivery import DeliveryOutcome
    from detector.night.summary import RunSummary
    from detector.texts import Texts
    from detector.texts.language import Language

FOR_STATUS = frozenset({"noted", "quarantine", "arrived_at"})
"""What the summary keeps for ``status`` alone."""


def run(
    context: typer.Context,
    through: Annotated[
        datetime | None,
        typer.Option(
            "--through",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="Last business date to work through; default: the newest one that the logs show to be complete.",
        ),
    ] = None,
    accept_context: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-context",
            metavar="TABLE",
            help="Accept the file of this context table, whatever it lost; noted in the trail. Repeatable.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; no summary unless --json.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as one JSON object.")] = False,
    fail_on_findings: Annotated[
        bool, typer.Option("--fail-on-findings", help="Exit 1 when there are new alerts.")
    ] = False,
) -> None:
    """Load what is new, then work through every business date not yet judged.

    Safe to repeat, to kill and to run late. Then write every [[report]] and deliver to every
    [[export]]; neither holds up or undoes the night.

    The summary begins with what can be seen here and what not.

    Exit codes: 0 done; 1 done, something needs attention, or the logs name too few patients (blind_share); 2
    configuration; 3 no file; 4 store busy, full or damaged; 5 done, but a receiver did not take everything: it stays
    queued.
    """
    from detector.export.targets import configured
    from detector.night.job import run_nights
    from detector.reports.configured import check_reports

    session = session_of(context)
    settings = session.settings
    accepted = _accepted_tables(settings, accept_context or [])
    configured(settings)
    check_reports(settings)
    listener = progress_for(session.texts, quiet=quiet, width=session.width)
    date_given = None if through is None else through.date()
    folder = settings.store.path.parent
    with failures_recorded(folder, _now):
        summary = run_nights(
            settings,
            date_given,
            listener,
            accept_context=accepted,
            language=session.language,
            on_open=lambda: record_start(folder, _now()),
            start=session.now,
        )
    _record(folder, summary)
    listener.clear()
    unwritten = _unwritten_reports(settings, session.language)
    if unwritten:
        summary = _with_unwritten(summary, unwritten, session.language)
        _record(folder, summary)
    if not as_json and not quiet:
        session.say(summary_lines(summary, settings.site.name, session.texts, session.width, session.paint))
    delivered = _delivered(settings, session.language)
    if as_json:
        keys = as_keys(summary, session.texts) | {"delivery": [asdict(outcome) for outcome in delivered]}
        machine_stream().write(json_line(keys) + "\n")
    elif not quiet:
        session.say(outcome_lines(delivered, session.texts, session.width, session.paint))
    failed = [outcome for outcome in delivered if outcome.failed]
    if failed:
        raise DeliveryFailed(failure_text(failed, session.texts))
    if _exit_code(summary) or (fail_on_findings and summary.alerts_new):
        raise typer.Exit(1)


def _accepted_tables(settings: Settings, names: Sequence[str]) -> list[str]:
    """Return the context tables whose files are accepted; raises UsageError where one is none, or has no file."""
    from detector.loading.context import context_paths

    paths = context_paths(settings)
    for name in names:
        if name not in paths:
            raise UsageError(f"no context table {name!r}; {nearest(name, tuple(paths))}")
        if paths[name] is None:
            raise UsageError(f"the context table {name} has no file in {settings.path.name}: nothing to accept")
    return list(names)


def as_keys(summary: RunSummary, texts: Texts) -> dict[str, object]:
    """Return the summary as the keys of ``--json``."""
    keys = {name: getattr(summary, name) for name in type(summary).__dataclass_fields__ if name not in FOR_STATUS}
    return keys | {"visibility": summary.visibility.keys(texts) if summary.visibility is not None else None}


def _delivered(settings: Settings, language: Language) -> list[DeliveryOutcome]:
    """Bring every ``[[export]]`` up to date; the night has been published and recorded by then."""
    if not settings.exports:
        return []
    from detector.export.delivery import deliver_all

    return deliver_all(settings, _now, language)


def _unwritten_reports(settings: Settings, language: Language) -> list[str]:
    """Write every ``[[report]]`` once the night is published; return why any could not be written."""
    if not settings.reports:
        return []
    from detector.reports.configured import write_reports

    return [one.problem for one in write_reports(settings, language) if one.problem]


def _with_unwritten(summary: RunSummary, problems: Sequence[str], language: Language) -> RunSummary:
    """Return the summary of a run that could not write each report."""
    told = {one: [load_texts(one)("attention.report", problem=problem) for problem in problems] for one in LANGUAGES}
    noted: dict[str, list[str]] = {one: [*summary.noted.get(one, ()), *told[one]] for one in LANGUAGES}
    return replace(summary, attention=[*summary.attention, *told[language]], noted=noted)


def _record(folder: Path, summary: RunSummary) -> None:
    """Record for ``status`` how the run ended, and what of it only the run can know."""
    record_end(
        folder,
        _now(),
        exit_code=_exit_code(summary),
        through=summary.through,
        noted=summary.noted,
        arrived_at=summary.arrived_at,
        quarantine=summary.quarantine,
    )


def _exit_code(summary: RunSummary) -> int:
    return 1 if summary.attention else 0


def _now() -> datetime:
    return datetime.now(UTC)


COMMAND = Command(
    run,
    panel=Panel.NIGHT,
    order=10,
    examples=(
        "detector run",
        "detector run --through 2026-07-30",
        "detector run --accept-context staff",
        "detector -c /srv/audit run --quiet --json",
    ),
)
