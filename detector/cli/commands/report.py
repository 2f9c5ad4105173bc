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
    from detector.reports.report_kind import ReportKind

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
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="regular; or a paper for regulators: supervision, compliance-audit, exposure.",
        ),
    ] = "regular",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="html, pdf, docx, xlsx, md or json; default: by --out, else md."
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

    The other kinds go through the points of a rule: each sentence says whether it was measured, stands in the
    configuration, or is left for a person to write.

    Patients appear as keyed pseudonyms. The same state gives the same file, byte for byte.
    """
    from detector.files.for_people import check_place, hand_out

    session = session_of(context)
    written = None if out is None or str(out) == STDOUT else out
    for place in filter(None, (written, mail)):
        check_place(place)
    form, asked = _format(format_, out, mail), _kind(kind)
    if mail is not None and not asked.mailed:
        from detector.reports.mail import NOT_FOR_MAIL

        raise UsageError(f"--mail: {NOT_FOR_MAIL}")
    if mail_to is not None and mail is None:
        raise UsageError("--mail-to needs --mail FILE")
    with session.published() as published:
        composed = asked.compose(published, session.settings, period, session.language, session.trail)
        content = form.write(composed.document)
        span = {"first": str(composed.period.first), "last": str(composed.period.last)}
        told = {"report": asked.name, **span, "format": form.name, "sha256": sha256(content).hexdigest()}
        session.record(published, "report", told)
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


def _kind(name: str) -> ReportKind:
    """Return the kind of report asked for."""
    from detector.reports.kinds import report_kinds

    known = report_kinds()
    if name not in known:
        raise UsageError(f"no kind of report {name!r}; {nearest(name, tuple(known))}: give --kind")
    return known[name]


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
        "detector report --kind supervision --period month --out supervision.docx",
        "detector --lang en report --period month --format pdf --out month.pdf --mail month.eml",
    ),
)
