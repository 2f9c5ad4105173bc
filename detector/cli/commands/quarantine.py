"""``detector quarantine``: the rows that were not understood."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.screen_table import ScreenColumn
from detector.cli.session import session_of
from detector.cli.view import Pseudonymise, Reveal, view_of
from detector.database.queries import rows
from detector.database.rows import select

KEYS = ("source", "file", "row_number", "byte_position", "reason", "raw")
SCREEN_ROWS = 50
"""Rows of the table where no ``--limit`` is given."""
COUNT = "select count(*) as rows from quarantine where source = coalesce(?, source)"


def quarantine(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Only this source, such as his or context:staff.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="At most so many rows; default: 50 in the table, else all."),
    ] = None,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """List the records of logs and context tables that were not understood: file, number, reason, raw text."""
    session = session_of(context)
    as_table = row_format is RowFormat.TABLE
    with session.published() as published:
        session.known_source(source)
        most = limit or (SCREEN_ROWS if as_table else None)
        found = rows(published.connection, "cli", "quarantined_rows.sql", source=source, most=most)
        count = int(select(published.connection, COUNT, [source])[0]["rows"])
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        if view.hidden:
            found = [{**row, "raw": None} for row in found]
        view.record("quarantine", source=source, shown=len(found))
    texts = session.texts
    columns = [
        ScreenColumn("source", texts("quarantine.source"), fit="clip"),
        ScreenColumn("file", texts("quarantine.file"), fit="clip"),
        ScreenColumn("row_number", texts("quarantine.row"), align="right"),
        ScreenColumn("reason", texts("quarantine.reason"), fit="wrap"),
        ScreenColumn("raw", texts("quarantine.raw"), fit="clip"),
    ]
    if as_table:
        found = [
            {
                **row,
                "file": row["file"].rpartition("/")[2],
                "reason": texts.message(row["reason"]),
                "raw": (row["raw"] or "")[:200],
            }
            for row in found
        ]
    session.list_rows(found, KEYS, columns, row_format, empty=texts("quarantine.none"))
    if as_table and count > len(found):
        session.say(["", texts("quarantine.more", shown=len(found), count=f"{count:,}")])


COMMAND = Command(
    quarantine,
    panel=Panel.DATA,
    order=20,
    examples=("detector quarantine", "detector quarantine --source his --format ndjson"),
)
