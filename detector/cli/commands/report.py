"""``detector report``: what happened in a period, as a file for people or programs."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.session import Session, session_of
from detector.deployment.checked_table import nearest
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.reports.report_format import ReportFormat

STDOUT = "-"


def report(
    context: typer.Context,
    period: Annotated[
        str,
        typer.Option(
            "--period",
            metavar="PERIOD",
            help="day, week or month that end with the last business date, or FROM..TO.",
        ),
    ] = "day",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="html, xlsx, pdf, md or json; default: by --out, else md."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; default: standard output.")
    ] = None,
    mail: Annotated[
        Path | None, typer.Option("--mail", metavar="FILE", help="Write a mail, ready to send, with it attached.")
    ] = None,
    mail_to: Annotated[str | None, typer.Option("--mail-to", metavar="ADDRESS", help="The mail's receiver.")] = None,
) -> None:
    """Write the report: findings and decisions, departments at a glance, and how far the data can be trusted.

    Patients appear as keyed pseudonyms. The same state gives the same file, byte for byte.
    """
    from detector.files.for_people import check_place, hand_out
    from detector.reports.composition import compose, trail_head

    session = session_of(context)
    written = None if out is None or str(out) == STDOUT else out
    for place in filter(None, (written, mail)):
        check_place(place)
    form = _format(format_, out, mail)
    if mail_to is not None and mail is None:
        raise UsageError("--mail-to needs --mail FILE")
    with session.published() as published:
        composed = compose(published, session.settings, period, session.language, head=trail_head(session.trail))
        content = form.write(composed.document)
        span = {"first": str(composed.period.first), "last": str(composed.period.last)}
        session.record(published, "report", {**span, "format": form.name, "sha256": sha256(content).hexdigest()})
    group = session.settings.store.group
    if written is not None:
        hand_out(written, content, group)
        _say(session, composed.document.title, composed.document.subtitle, written)
    elif mail is None or out is not None:
        if sys.stdout.isatty() and not form.text:
            raise UsageError(f"{form.name} is not for a terminal: give --out FILE")
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    if mail is not None:
        from detector.reports.mail import mail as mail_of

        hand_out(mail, mail_of(composed, form, content, mail_to), group)
        _say(session, composed.document.title, composed.document.subtitle, mail)


def _format(given: str | None, out: Path | None, mail: Path | None) -> ReportFormat:
    """Return the format asked for, or the one that the file's name says."""
    from detector.reports.formats import formats

    known = formats()
    name = given or (out.suffix.removeprefix(".").lower() if out is not None and str(out) != STDOUT else "")
    if not name:
        name = "html" if mail is not None else "md"
    if name not in known:
        raise UsageError(f"no format {name!r}; {nearest(name, tuple(known))}: give --format")
    return known[name]


def _say(session: Session, title: str, span: str, path: Path) -> None:
    from detector.cli.render.text import shown

    sys.stderr.write(shown(session.texts("report.written", title=title, span=span, path=path)) + "\n")


COMMAND = Command(
    report,
    panel=Panel.REVIEW,
    order=70,
    examples=(
        "detector report --period week --out week.html",
        "detector report --period 2026-07-01..2026-07-31 --out july.xlsx",
        "detector --lang en report --period month --format pdf --out month.pdf --mail month.eml",
    ),
)
