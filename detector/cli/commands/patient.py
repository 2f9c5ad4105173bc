"""``detector patient``: who opened one record, and which accesses care explains."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown, wrap
from detector.cli.screens.record_screen import KEYS, add_findings, opened_record, table_columns, table_rows
from detector.cli.session import Session, session_of
from detector.cli.view import Pseudonymise, Reveal, View, view_of
from detector.database.queries import rows
from detector.errors import UsageError


def patient(
    context: typer.Context,
    patient_id: Annotated[
        str, typer.Argument(metavar="PATIENT", help="The record number, as the log writes it, or its token.")
    ],
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write a list for the patient: .html, .pdf, .docx, .xlsx, .md or .json.",
        ),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE", help="First day; with --out.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="Last day; with --out.")
    ] = None,
    names: Annotated[
        bool,
        typer.Option("--names/--no-names", help="With accounts and names, or departments and roles alone; with --out."),
    ] = False,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """List every account that opened one record, and whether care or an approved task explains it.

    With --out it becomes an accounting of accesses that can be handed to the patient or the patient's lawyer: grounds
    in words, no findings, nothing about other patients, and nobody's name unless --names asks for it.
    """
    from detector.files.for_people import check_place
    from detector.findings.reading import read_findings

    session = session_of(context)
    if out is not None:
        check_place(out)
    elif since is not None or until is not None or names:
        raise UsageError("--since, --until and --names go with --out FILE")
    with session.published() as published:
        connection = published.connection
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        record = opened_record(connection, view.meant(patient_id.strip()))
        number, viewers = record.number, record.viewers
        if not record.known:
            raise UsageError(f"no record {number!r} in the logs or the patients table")
        if record.former is not None:
            note = session.texts("patient.merged", former=view.number(record.former), patient=view.number(number))
            sys.stderr.write("".join(f"{line}\n" for line in wrap(shown(note), session.width)))
        if out is not None:
            days = tuple(None if one is None else one.date() for one in (since, until))
            _hand_out(view, number, out, days, names=names)
            return
        add_findings(connection, record)
        for viewer in viewers:
            viewer["patient_id"] = view.number(number)
        about = [one for one in read_findings(connection, session.language) if one["patient_id"] in record.numbers]
        view.record("patient", patient=number)
        named = str(view.number(number))
    if row_format is RowFormat.TABLE:
        _show(session, named, viewers, [str(one["finding_id"]) for one in about])
    else:
        session.list_rows(viewers, KEYS, (), row_format)


def _hand_out(view: View, number: str, out: Path, days: tuple[date | None, ...], *, names: bool) -> None:
    """Write the accounting of accesses, once it is on record."""
    from detector.files.for_people import hand_out
    from detector.reports.disclosures import accounting
    from detector.reports.formats import formats

    session, form = view.session, formats().get(out.suffix.removeprefix(".").lower())
    if form is None:
        raise UsageError(f"--out {out.name}: the name must end in one of {', '.join(f'.{one}' for one in formats())}")
    newest = session.trail.newest()
    document = accounting(
        view.published, session.settings, session.texts, number, shown_as=str(view.number(number)), first=days[0],
        last=days[1], names=names, head=None if newest is None else newest.hash,
    )  # fmt: skip
    content = form.write(document)
    view.record("patient", patient=number, out=out.name, names=names)
    for line in _cautions(view, number, names=names):
        sys.stderr.write(f"{line}\n")
    hand_out(out, content, session.settings.store.group)
    sys.stderr.write(shown(session.texts("disclosure.written", path=out)) + "\n")


def _cautions(view: View, number: str, *, names: bool) -> list[str]:
    """Say which findings that rest on this record are not settled: what is handed out may warn somebody."""
    session, connection = view.session, view.published.connection
    waiting = [row["finding_id"] for row in rows(connection, "cli", "unsettled_findings.sql", patient=number)]
    if not waiting:
        return []
    key = "disclosure.unsettled_names" if names else "disclosure.unsettled"
    return wrap(shown(session.texts(key, findings=session.texts.words(waiting))), session.width)


def _show(session: Session, number: str, viewers: list[dict[str, Any]], about: list[str]) -> None:
    texts = session.texts
    session.say([session.paint(shown(texts("patient.title", patient=number)), "bold")])
    summary = texts(
        "patient.summary",
        accounts=len({viewer["user_id"] for viewer in viewers}),
        explained=sum(viewer["explained_days"] for viewer in viewers),
        usual=sum(viewer["usual_days"] for viewer in viewers),
        total=sum(viewer["days"] for viewer in viewers),
    )
    session.say([*wrap(summary, session.width, "  "), ""])
    session.list_rows(table_rows(viewers, texts), (), table_columns(texts), RowFormat.TABLE)
    about = [*about, *(finding for viewer in viewers for finding in viewer["findings"])]
    if about:
        line = texts("patient.findings", findings=texts.words(about))
        session.say(["", *wrap(shown(line), session.width, "  ")])
    session.say(["", session.paint(shown(texts("patient.more", patient=number)), "dim")])


COMMAND = Command(
    patient,
    panel=Panel.REVIEW,
    order=40,
    examples=(
        "detector patient P0003",
        "detector patient P0003 --format csv",
        "detector patient P0003 --since 2026-06-01 --out accesses.html",
    ),
)
