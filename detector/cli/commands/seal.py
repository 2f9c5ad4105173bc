"""``detector seal``: the first hour of a public case: who opened a record so far, and an eye on it from now on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli.command import Command, Panel
from detector.cli.other_numbers import stands_for
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown
from detector.cli.screens.record_screen import KEYS, OpenedRecord, add_findings, opened_record
from detector.cli.session import Session, session_of
from detector.cli.view import Pseudonymise, Reveal, View, view_of
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.reports.report_format import ReportFormat
    from detector.review.sealing import SealDraft

NOTED: Final = 1000
"""So many record numbers are in the entry of a look."""


def seal(
    context: typer.Context,
    patient_id: Annotated[
        str | None,
        typer.Argument(metavar="[PATIENT]", help="The record number, as the log writes it, or its token."),
    ] = None,
    patients: Annotated[
        Path | None,
        typer.Option("--patients", "-p", metavar="FILE", help="CSV of record numbers, header `patient_id`."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", formats=["%Y-%m-%d"], metavar="DATE", help="Last day under seal; default: until it is lifted."
        ),
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the seal, now.")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Only list who opened it: nothing is sealed or lifted, a lifted seal told.")
    ] = False,
    note: Annotated[str, typer.Option("--note", "-n", metavar="TEXT", help="Why; goes to the trail.")] = "",
    by: Annotated[
        str | None, typer.Option("--by", metavar="OFFICER", help="Who decides; default: the system account.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Write the list to hand over: .html, .pdf, .xlsx, .md or .json."
        ),
    ] = None,
    names: Annotated[
        bool,
        typer.Option("--names/--no-names", help="With accounts and names, or departments and roles alone; with --out."),
    ] = False,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Put a record under seal, and list who has opened it so far; without a record list those under seal.

    From that moment every further access without a ground (care, an approved task, an approval) is an alert of the
    night that judges it, by the policy sealed-record. Nothing is blocked: that is up to the hospital's systems. Sealing
    and lifting are entries in the trail. Where it was decided earlier, `detector --now MOMENT seal …` says when.
    Offices, as their names tell, and who writes what the unit usually writes (a result, a dispensing) are taken to have
    a task. Before the first run the seal is in the trail already, and that run counts it.
    """
    from detector.cli.screens import seal_screen

    session = session_of(context)
    given = _asked_for(session, patient_id, patients)
    form = _format_of(out, names=names)
    if listed and (until is not None or lift or note):
        raise UsageError("--list only lists; --until, --lift and --note go with sealing")
    if not given:
        if until is not None or lift or listed or note or out is not None:
            raise UsageError("name a record, or --patients FILE; alone the command lists the records under seal")
        with session.published() as published:
            _list_sealed(view_of(session, published, pseudonymise=pseudonymise, reveal=reveal), row_format)
        return
    day = None if until is None else until.date()
    if not listed and not _has_run(session):
        said = _before_the_first_run(session, given, day, lift=lift, note=note, by=by, out=out)
        _tell_alone(session, said, row_format)
        return
    with session.published() as published:
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        records = _records(view, given)
        drafts = _standing(view, records) if listed else _act(view, records, day, lift=lift, note=note, by=by)
        opened = [record for _, record in records]
        view.record(
            "seal",
            patients=[record.number for record in opened[:NOTED]],
            count=len(opened),
            out=None if out is None else out.name,
            names=names,
        )
        for line in seal_screen.cautions(view, opened, handed_out=out is not None, names=names):
            sys.stderr.write(f"{line}\n")
        for record in opened:
            add_findings(published.connection, record)
        if out is not None and form is not None:
            _hand_out(view, opened, drafts, out, form, names=names)
        if row_format is RowFormat.TABLE:
            session.say(seal_screen.lines(view, drafts, opened, listed=out is None and not lift))
        else:
            session.list_rows(seal_screen.viewer_rows(view, opened), KEYS, (), row_format)


def _asked_for(session: Session, patient_id: str | None, patients: Path | None) -> list[str]:
    """Return the record numbers that were named; what of a file was not understood is said on stderr."""
    if patient_id is not None and patients is not None:
        raise UsageError("give either PATIENT or --patients FILE")
    if patients is None:
        return [] if patient_id is None else [patient_id.strip()]
    from detector.tracing.complaints import read_complaints

    listed = read_complaints(patients, session.settings.site.timezone)
    for row, problem in listed.problems:
        sys.stderr.write(f"detector: {shown(session.texts('trace.row_problem', row=row, problem=problem))}\n")
    return [str(one) for one in listed.patients["patient_id"].to_list()]


def _format_of(out: Path | None, *, names: bool) -> ReportFormat | None:
    """Return the format that the name of the file asks for. Raises UsageError where there is none."""
    if out is None:
        if names:
            raise UsageError("--names goes with --out FILE")
        return None
    from detector.files.for_people import check_place
    from detector.reports.formats import formats

    check_place(out)
    form = formats().get(out.suffix.removeprefix(".").lower())
    if form is None:
        raise UsageError(f"--out {out.name}: the name must end in one of {', '.join(f'.{one}' for one in formats())}")
    return form


def _records(view: View, given: Sequence[str]) -> list[tuple[str, OpenedRecord]]:
    """Return each record once, with the number that it was named by."""
    found: dict[str, tuple[str, OpenedRecord]] = {}
    for one in given:
        number = view.meant(one)
        other = stands_for(view.published.connection, "patient_id", number)
        record = opened_record(view.published.connection, other or number)
        found.setdefault(record.number, (number, record))
    return list(found.values())


def _act(
    view: View,
    records: Sequence[tuple[str, OpenedRecord]],
    until: date | None,
    *,
    lift: bool,
    note: str,
    by: str | None,
) -> list[SealDraft]:
    """Write into the trail what becomes of the records, all of them or none."""
    from detector.review.sealing import SealRequest, details_of, seal_drafts
    from detector.store.decision_tables import recorded_end
    from detector.trail.sealings import KIND

    session, published = view.session, view.published
    officer = session.officer(by)
    moment = session.now or datetime.now(UTC)
    pairs = [(given, record.number) for given, record in records]
    request = SealRequest(pairs, moment, until, lift, note)
    drafts: list[SealDraft] = []

    def draft() -> list[Mapping[str, Any]]:
        published.refresh_decisions(session.trail)
        drafts[:] = seal_drafts(published.connection, request, officer, session.settings.site.timezone)
        return details_of(drafts)

    session.trail.append(officer, KIND, draft, datetime.now(UTC), noted=recorded_end(published.connection)[0])
    return drafts


def _standing(view: View, records: Sequence[tuple[str, OpenedRecord]]) -> list[SealDraft]:
    """Return what stands of each record, and changes nothing: its time under seal, the last one where it has ended."""
    from detector.review.sealing import told_drafts

    pairs = [(given, record.number) for given, record in records]
    moment = view.session.now or datetime.now(UTC)
    return told_drafts(view.published.connection, pairs, moment, view.session.settings.site.timezone)


def _has_run(session: Session) -> bool:
    from detector.store.published import PUBLISHED

    return (session.settings.store.path.parent / PUBLISHED).exists()


def _before_the_first_run(
    session: Session, given: Sequence[str], until: date | None, *, lift: bool, note: str, by: str | None,
    out: Path | None,
) -> Iterator[str]:  # fmt: skip
    """Write into the trail what becomes of records that no run has read a log of yet: the first one counts it.

    Returns the lines that say so.
    """
    from detector.cli.screens import seal_screen
    from detector.files.permissions import make_folder
    from detector.review.sealing import SealRequest, details_of, first_seal_drafts
    from detector.trail.sealings import KIND

    if out is not None:
        raise UsageError("no run yet: nothing is known of who opened the record; seal it without --out, and run")
    settings, officer = session.settings, session.officer(by)
    request = SealRequest([(one, one) for one in given], session.now or datetime.now(UTC), until, lift, note)
    drafts: list[SealDraft] = []

    def draft() -> list[Mapping[str, Any]]:
        drafts[:] = first_seal_drafts(session.trail.entries(), request, officer, settings.site.timezone)
        return details_of(drafts)

    make_folder(settings.store.path.parent, settings.store.group)
    session.trail.append(officer, KIND, draft, datetime.now(UTC))
    return seal_screen.first_lines(session, drafts)


def _tell_alone(session: Session, said: Iterator[str], row_format: RowFormat) -> None:
    """Tell what became of records of which there are no rows: beside machine formats on stderr."""
    if row_format is RowFormat.TABLE:
        session.say(said)
        return
    sys.stderr.writelines(f"{line}\n" for line in said)
    session.list_rows([], KEYS, (), row_format)


def _hand_out(
    view: View,
    records: Sequence[OpenedRecord],
    drafts: Sequence[SealDraft],
    out: Path,
    form: ReportFormat,
    *,
    names: bool,
) -> None:
    from detector.files.for_people import hand_out
    from detector.reports.sealed_records import ListedRecord, sealed_list

    session = view.session
    spans = {draft.record: draft.span for draft in drafts}
    newest = session.trail.newest()
    document = sealed_list(
        view.published,
        session.settings,
        session.texts,
        [ListedRecord(one.number, str(view.number(one.number)), spans.get(one.number)) for one in records],
        names=names,
        head=None if newest is None else newest.hash,
    )
    hand_out(out, form.write(document), session.settings.store.group)
    sys.stderr.write(shown(session.texts("seal.written", path=out)) + "\n")


def _list_sealed(view: View, row_format: RowFormat) -> None:
    """List the records under seal now, with what was opened since."""
    from detector.cli.screens import seal_screen

    session = view.session
    sealed = seal_screen.sealed_now(view, session.now or datetime.now(UTC))
    view.record("seal", patients=[row["patient_id"] for row in sealed[:NOTED]], count=len(sealed))
    for row in sealed:
        row["patient_id"] = view.number(row["patient_id"])
    columns = seal_screen.sealed_columns(session.texts)
    session.list_rows(sealed, seal_screen.SEALED_KEYS, columns, row_format, empty=session.texts("seal.nothing"))


COMMAND = Command(
    seal,
    panel=Panel.REVIEW,
    order=42,
    examples=(
        'detector seal P0003 --note "in the news since this morning" --out viewers.html',
        "detector seal --patients involved.csv --until 2026-12-31",
        "detector seal",
        "detector seal P0003 --list --out viewers.xlsx",
        'detector seal P0003 --lift --note "the case is closed"',
    ),
)
