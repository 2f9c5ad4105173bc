"""``detector triage``: the officer's decision about findings."""

from __future__ import annotations

import codecs
import contextlib
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import finding_ids
from detector.cli.screens.triage_screen import coverage_lines, decided_lines
from detector.cli.session import Session, session_of
from detector.cli.typed_words import disposition_meant, scope_meant
from detector.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detector.review.triage import Coverage, Draft, Request


def triage(
    context: typer.Context,
    findings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FINDING]...", help="Ids, or as much of each as is unambiguous.", autocompletion=finding_ids
        ),
    ] = None,
    disposition: Annotated[
        str | None,
        typer.Option(
            "--disposition",
            "-d",
            parser=disposition_meant,
            metavar="DISPOSITION",
            help="The decision: confirmed, justified, false_alarm or escalated, or its name in Chinese.",
        ),
    ] = None,
    note: Annotated[
        str, typer.Option("--note", "-n", metavar="TEXT", help="Why. All but false_alarm ask for it.")
    ] = "",
    by: Annotated[
        str | None, typer.Option("--by", metavar="OFFICER", help="Who decides; default: the system account.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            parser=scope_meant,
            metavar="PATTERN",
            help="justified: the pattern (or all) explained until then; repeatable; default: the finding's own kinds.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="justified: last day on which that lowers what it covers.",
        ),
    ] = None,
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A list of ids, one a line or first in a CSV row; - is stdin."),
    ] = None,
    case: Annotated[bool, typer.Option("--case", help="The other findings of their cases, unless decided.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last decision back, by a new entry.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree that a justification until a date covers more than the finding.")
    ] = False,
) -> None:
    """Decide about findings; the decision is kept in a tamper-evident trail and shows at once.

    confirmed, justified and false_alarm end the episode: only evidence after the decision opens another finding.
    justified with --until also explains such accesses up to that day, which lowers and never hides them.
    """
    from detector.review.triage import Request, coverages, drafts, needs_note
    from detector.store.decision_tables import recorded_end
    from detector.trail import decisions

    session = session_of(context)
    if undo == (disposition is not None):
        raise UsageError("give either --disposition or --undo")
    officer = session.officer(by)
    request = Request(
        findings=[*(findings or ()), *(_listed(from_) if from_ is not None else ())],
        disposition=disposition,
        note=note,
        scope=tuple(scope or ()),
        until=None if until is None else until.date(),
        whole_case=case,
        agreed=yes,
    )
    with session.published() as published:
        if needs_note(request) and request.findings and sys.stdin.isatty():
            request = _asked(session, request)
        if request.until is not None and not yes and sys.stdin.isatty():
            request = _agreed(session, request, coverages(published.connection, request))
        found: list[Draft] = []

        def draft() -> list[Mapping[str, Any]]:
            published.refresh_decisions(session.trail)
            found[:] = drafts(published.connection, request, officer, session.trail.entries())
            return [one.details for one in found]

        entries = session.trail.append(
            officer, decisions.KIND, draft, datetime.now(UTC), noted=recorded_end(published.connection)[0]
        )
    session.say(decided_lines(found, entries, session))


def _asked(session: Session, request: Request) -> Request:
    from dataclasses import replace

    return replace(request, note=typer.prompt(session.texts("triage.ask"), err=True))


def _agreed(session: Session, request: Request, covered: Sequence[Coverage]) -> Request:
    """Show what a justification would explain, and ask whether that is meant."""
    from dataclasses import replace

    for line in coverage_lines(covered, session):
        sys.stderr.write(f"{line}\n")
    if not typer.confirm(session.texts("triage.agree"), err=True):
        raise UsageError("nothing was decided")
    return replace(request, agreed=True)


def _listed(path: Path) -> list[str]:
    """Return the ids of a list; a heading, empty lines and lines that begin with # are passed over.

    A list that a spreadsheet saved again may be in the encoding of its system, and with tabs or semicolons.
    """
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    cells = [re.split("[,;\t]", line)[0].strip().strip('"').strip() for line in _text(path, content).splitlines()]
    return [cell for cell in cells if cell and not cell.startswith("#") and cell != "finding_id"]


def _text(path: Path, content: bytes) -> str:
    """Return what a file says. Raises InputError where it is no text."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    reason = "it is neither UTF-8 nor GB18030 text"
    raise InputError(f"{path} cannot be read: {reason}")


COMMAND = Command(
    triage,
    panel=Panel.REVIEW,
    order=50,
    examples=(
        'detector triage 3f9a --disposition confirmed --note "admitted in the interview of 13 July"',
        'detector triage 3f9a b07 -d justified -n "follow-up project" --scope contact-harvesting --until 2026-12-31',
        "detector triage --from list.txt -d false_alarm",
        'detector triage 3f9a --undo -n "wrong finding"',
    ),
)
