"""``detector group run``: the nightly job of every hospital, then the group's own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.progress_display import progress_for
from detector.cli.render.formats import json_line
from detector.cli.screens.group_screen import run_lines
from detector.cli.session import machine_stream, session_of


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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; no summary unless --json.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as one JSON object.")] = False,
) -> None:
    """Run the nightly job of every hospital, then judge what only all of them together show.

    Safe to repeat, to kill and to run late. What fails in one hospital ends that hospital's night alone.

    Exit codes: 0 done; 1 done, and a hospital failed or needs attention; 2 configuration, or the engine's extra is
    missing; 4 another run of the group is at work.
    """
    from detector.group.group_night import run_group
    from detector.group.hospital_run import RunOrder

    session = session_of(context)
    group = session.group
    listener = progress_for(session.texts, quiet=quiet, width=session.width)
    start = session.given_instant
    order = RunOrder(
        through=None if through is None else str(through.date()),
        start=None if start is None else start.isoformat(),
        language=session.lang,
    )
    summary = run_group(group, order, listener)
    listener.clear()
    if as_json:
        machine_stream().write(json_line(asdict(summary)) + "\n")
    elif not quiet:
        session.say(run_lines(summary, group.site.name, session.texts, session.width, session.paint))
    if summary.needs_attention:
        raise typer.Exit(1)


RUN = Command(run, panel=Panel.NIGHT, examples=("detector group run", "detector -c /srv/group group run --quiet"))
