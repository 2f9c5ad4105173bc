"""``detector group findings``: the findings of every hospital, and those of the group."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.screens.group_screen import finding_columns, finding_lines, finding_words
from detector.cli.session import Session, session_of
from detector.cli.typed_words import status_meant
from detector.cli.view import view_of
from detector.errors import DetectorError
from detector.model.findings import Status

if TYPE_CHECKING:
    from detector.deployment.groups import MemberHospital


def findings(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], metavar="DATE", help="Only what was seen on or after this business date."
        ),
    ] = None,
    status: Annotated[
        Status | None,
        typer.Option(
            "--status",
            parser=status_meant,
            metavar="STATUS",
            help="Only findings of this status: open, confirmed, justified, false_alarm or escalated.",
        ),
    ] = None,
    alerts: Annotated[bool, typer.Option("--alerts", help="Only alerts.")] = False,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """List the findings of every hospital and of the group, highest risk first; record numbers are pseudonyms.

    The trail of each hospital records the look. Exit 1 when the findings of a hospital cannot be read.
    """
    from detector.group.group_findings import GroupLedger
    from detector.group.group_rows import GROUP_KEYS, group_row, hospital_row

    session = session_of(context)
    found: list[dict[str, Any]] = []
    unread: dict[str, str] = {}
    for hospital in session.group.hospitals:
        try:
            found += [hospital_row(one, hospital.name) for one in _of_hospital(session, hospital)]
        except DetectorError as error:
            unread[hospital.name] = session.texts.message(str(error))
    statuses = {(one["hospital"], one["finding_id"]): one["status"] for one in found}
    ledger = GroupLedger.load(session.group.site.folder)
    found += [group_row(one, session.texts, statuses) for one in ledger.findings]
    wanted = [
        one
        for one in found
        if (one["alert"] or not alerts)
        and (status is None or one["status"] == status.value)
        and (since is None or one["last_seen_on"] >= str(since.date()))
    ]
    wanted.sort(key=lambda one: (-one["risk"], one["detected_on"], one["hospital"] or "", one["finding_id"]))
    if row_format is RowFormat.TABLE:
        session.list_rows(
            finding_words(wanted, session.texts),
            GROUP_KEYS,
            finding_columns(session.texts),
            row_format,
            empty=session.texts("group.no_findings"),
        )
        session.say(finding_lines(wanted, session.texts, session.width))
    else:
        session.list_rows(wanted, GROUP_KEYS, (), row_format)
    for name, problem in unread.items():
        sys.stderr.write(session.texts("group.unread", hospital=name, problem=problem) + "\n")
    if unread:
        raise typer.Exit(1)


def _of_hospital(session: Session, hospital: MemberHospital) -> list[dict[str, Any]]:
    """Return a hospital's findings with pseudonyms, once its trail has recorded that the group looks at them."""
    from detector.findings.reading import read_findings

    own = session.of_hospital(hospital.config)
    with own.published() as published:
        view = view_of(own, published, pseudonymise=True, reveal=None)
        found = view.findings(read_findings(published.connection, session.language))
        view.record("group findings", group=session.group.site.name, shown=len(found))
    return found


FINDINGS = Command(
    findings,
    panel=Panel.NIGHT,
    examples=("detector group findings --alerts", "detector group findings --format ndjson > findings.ndjson"),
)
