"""``detector repair``: rebuilds what logs and parts allow, and says what cannot be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.screen_table import ScreenColumn
from detector.cli.session import session_of
from detector.errors import CheckFailed

KEYS = ("what", "whole", "detail")


def repair(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Rebuild what logs and parts allow, and say what cannot be.

    The store from its published copy, the copy from the store, event parts from the logs that are still there,
    patient-days and the nights' tables from events. Findings, decisions and the trail are never made up. On record
    in the trail; safe to kill and to repeat.

    Exit 1 when something cannot be rebuilt, 4 when neither the store nor its copy can be used.
    """
    from detector.night.repair import repair_store

    session = session_of(context)
    texts = session.texts
    steps = repair_store(session.settings, texts, datetime.now(UTC))
    rows = [{"what": one.what, "whole": one.whole, "detail": one.detail} for one in steps]
    shown = [row | {"result": texts("verify.passed" if row["whole"] else "verify.wrong")} for row in rows]
    columns = [
        ScreenColumn("what", texts("repair.what"), fit="wrap"),
        ScreenColumn("result", texts("verify.result"), style=lambda row: () if row["whole"] else ("bold", "red")),
        ScreenColumn("detail", texts("verify.detail"), fit="wrap"),
    ]
    table = row_format is RowFormat.TABLE
    session.list_rows(shown if table else rows, KEYS, columns, row_format, empty=texts("repair.nothing"))
    left = [row for row in rows if not row["whole"]]
    if left:
        raise CheckFailed(texts("repair.left", count=len(left)))


COMMAND = Command(repair, panel=Panel.DATA, order=35, examples=("detector repair", "detector repair --format ndjson"))
