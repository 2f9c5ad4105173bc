"""``detector findings``: the morning list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.screens import findings as screen
from detector.cli.session import session_of


class FindingStatus(StrEnum):
    """The officer's decision, or that there is none yet."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    JUSTIFIED = "justified"
    FALSE_ALARM = "false_alarm"
    ESCALATED = "escalated"


def findings(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], metavar="DATE", help="Only what was seen on or after this business date."
        ),
    ] = None,
    status: Annotated[FindingStatus | None, typer.Option("--status", help="Only findings of this status.")] = None,
    alerts: Annotated[bool, typer.Option("--alerts", help="Only alerts.")] = False,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """List findings, highest risk first. Alerts are marked with an exclamation mark."""
    from detector.detection.findings import KEYS, read_findings

    session = session_of(context)
    with session.published() as published:
        found = read_findings(
            published.connection,
            session.language,
            since=None if since is None else since.date(),
            status=None if status is None else status.value,
            alerts_only=alerts,
        )
    if row_format is not RowFormat.TABLE:
        session.list_rows(found, KEYS, (), row_format)
        return
    texts = session.texts
    filtered = alerts or since is not None or status is not None
    session.list_rows(
        screen.table_rows(found, texts),
        KEYS,
        screen.columns(texts),
        row_format,
        empty=texts("findings.none_filtered" if filtered else "findings.none"),
    )
    if found:
        count = texts("findings.count", findings=len(found), alerts=sum(bool(one["alert"]) for one in found))
        session.say(["", count, texts("findings.next", finding=found[0]["finding_id"])])


COMMAND = Command(
    findings,
    panel=Panel.REVIEW,
    order=10,
    examples=(
        "detector findings --alerts",
        "detector findings --since 2026-07-01 --status open",
        "detector findings --format ndjson > findings.ndjson",
    ),
)
