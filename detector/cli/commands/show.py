"""``detector show``: one finding on one screen."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import finding_ids
from detector.cli.render.formats import RowFormat
from detector.cli.screens.finding_screen import FindingScreen
from detector.cli.screens.triage_screen import decision_lines, is_settled, opening
from detector.cli.session import session_of
from detector.cli.view import Pseudonymise, Reveal, view_of


def show(
    context: typer.Context,
    finding: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help="The finding's id, or as much of it as is unambiguous.",
            autocompletion=finding_ids,
        ),
    ],
    events: Annotated[bool, typer.Option("--events", help="List the events behind it, with their raw rows.")] = False,
    reasons: Annotated[bool, typer.Option("--reasons", help="List all reasons.")] = False,
    timeline: Annotated[bool, typer.Option("--timeline", help="List its days.")] = False,
    method: Annotated[bool, typer.Option("--method", help="How it was rated, to recompute it.")] = False,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="table is the screen.")] = RowFormat.TABLE,
) -> None:
    """Show one finding: the reasons against own and peer baseline, days, patients, and what to check next."""
    from detector.findings.reading import KEYS, read_finding
    from detector.store.decision_tables import decisions_about
    from detector.trail.decisions import state_of

    session = session_of(context)
    with session.published() as published:
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        detail = read_finding(published.connection, finding, session.language)
        decisions = decisions_about(published.connection, detail.finding["finding_id"])
        is_screen = row_format is RowFormat.TABLE
        shown = detail.finding | {"reasons": detail.reasons} if is_screen else detail.finding
        (told,), evidence = view.findings([shown]), view.events(detail.evidence)
        view.record("show", finding=told["finding_id"], state=state_of(detail.finding), events=events)
    if row_format is not RowFormat.TABLE:
        session.list_rows([told], KEYS, (), row_format)
        return
    screen = FindingScreen(
        told,
        detail.days,
        evidence,
        [] if is_settled(detail.finding) else detail.checks,
        texts=session.texts,
        width=session.width,
        paint=session.paint,
        summary=detail.summary,
        case=detail.case,
        account_now=detail.account_now,
        reason_parts=detail.reason_parts,
        opening=opening(decisions, detail.finding, detail.cleared, session),
    )
    if reasons:
        session.say(screen.reasons_list())
    if timeline:
        session.say(screen.timeline_table())
    if events:
        session.say(screen.events_list())
    if method:
        session.say(screen.method_list())
    if not (reasons or events or timeline or method):
        session.say(screen.lines())
        session.say(decision_lines(decisions, detail.finding, session))


COMMAND = Command(
    show,
    panel=Panel.REVIEW,
    order=20,
    examples=("detector show 3f9a", "detector show 3f9a --events", "detector --lang en show 3f9a --timeline"),
)
