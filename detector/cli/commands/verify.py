"""``detector verify``: whether the store, its parts and its accounting agree."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.table import Column
from detector.cli.session import session_of
from detector.errors import StoreDamaged

KEYS = ("check", "passed", "detail")


def verify(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Check the store: every part is there and whole, and rows read = accepted + duplicates + quarantined.

    Exit 4 when something is wrong.
    """
    from detector.store import verify_store

    session = session_of(context)
    texts = session.texts
    checks = [{"check": one.name, "passed": one.passed, "detail": one.detail} for one in verify_store(session.settings)]
    wrong = [check for check in checks if not check["passed"]]
    for check in checks:
        check["result"] = texts("verify.passed" if check["passed"] else "verify.wrong")
    columns = [
        Column("check", texts("verify.check"), fit="wrap"),
        Column("result", texts("verify.result"), style=lambda row: () if row["passed"] else ("bold", "red")),
        Column("detail", texts("verify.detail"), fit="wrap"),
    ]
    rows = checks if row_format is RowFormat.TABLE else [{key: check[key] for key in KEYS} for check in checks]
    session.list_rows(rows, KEYS, columns, row_format)
    if row_format is RowFormat.TABLE and not wrong:
        session.say(["", texts("verify.ok", count=len(checks))])
    if wrong:
        raise StoreDamaged(texts("verify.failed", count=len(wrong), total=len(checks)))


COMMAND = Command(verify, panel=Panel.DATA, order=30, examples=("detector verify", "detector verify --format ndjson"))
