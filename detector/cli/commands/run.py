"""``detector run``: the nightly job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.night.summary import RunSummary


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
    from detector.night.recorded_run import check_follow_up, exit_code, follow_up, recorded_nights, summary_keys

    session = session_of(context)
    settings = session.settings
    accepted = _accepted_tables(settings, accept_context or [])
    check_follow_up(settings)
    listener = progress_for(session.texts, quiet=quiet, width=session.width)
    date_given = None if through is None else through.date()
    summary = recorded_nights(
        settings, date_given, listener, session.language, accept_context=accepted, start=session.now
    )
    listener.clear()

    def tell(summary: RunSummary) -> None:
        if not as_json and not quiet:
            session.say(summary_lines(summary, settings.site.name, session.texts, session.width, session.paint))

    done = follow_up(settings, summary, session.language, tell)
    if as_json:
        machine_stream().write(json_line(summary_keys(done.summary, session.texts, done.delivered)) + "\n")
    elif not quiet:
        session.say(outcome_lines(done.delivered, session.texts, session.width, session.paint))
    failed = [outcome for outcome in done.delivered if outcome.failed]
    if failed:
        raise DeliveryFailed(failure_text(failed, session.texts))
    if exit_code(done.summary) or (fail_on_findings and done.summary.alerts_new):
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
