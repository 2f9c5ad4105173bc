"""``detector group status``: whether the nightly job of every hospital is alive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.screens.group_screen import status_columns, status_words
from detector.cli.session import Session, session_of
from detector.errors import DetectorError

KEYS = (
    "hospital", "through", "good_at", "hours_since", "stale_hours", "running_process", "open_alerts", "attention",
    "last_message",
)  # fmt: skip


def status(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Say of every hospital when its last good night was and what waits; the group itself stands last.

    Exit 1 when `detector status` of any of them would, or the group has not been run.
    """
    session = session_of(context)
    rows = [_hospital(session, one.name, session.of_hospital(one.config)) for one in session.group.hospitals]
    rows.append(_group(session))
    if row_format is RowFormat.TABLE:
        session.list_rows(status_words(rows, session.texts), KEYS, status_columns(session.texts), row_format)
    else:
        session.list_rows(rows, KEYS, (), row_format)
    if any(row["attention"] for row in rows):
        raise typer.Exit(1)


def _hospital(session: Session, name: str, own: Session) -> dict[str, Any]:
    from detector.cli.commands.status import status_row

    try:
        row = status_row(own, datetime.now(UTC))
    except DetectorError as error:
        row = {"attention": ["failed"], "last_message": session.texts.message(str(error))}
    return {key: row.get(key) for key in KEYS} | {"hospital": name}


def _group(session: Session) -> dict[str, Any]:
    from detector.group.group_findings import GroupLedger

    ledger = GroupLedger.load(session.group.site.folder)
    row: dict[str, Any] = dict.fromkeys(KEYS)
    return row | {
        "through": None if ledger.through is None else str(ledger.through),
        "open_alerts": sum(ledger.is_open(one) for one in ledger.findings),
        "attention": [] if ledger.through is not None else ["not_run"],
    }


STATUS = Command(status, panel=Panel.NIGHT, examples=("detector group status", "detector group status --format ndjson"))
