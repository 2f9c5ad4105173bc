"""``detector sources``: what was loaded, file by file."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.screen_table import ScreenColumn
from detector.cli.render.text import shown as shown_line
from detector.cli.render.text import wrap
from detector.cli.session import Session, session_of
from detector.database.queries import rows
from detector.files.path_text import path_of

KEYS = (
    "source", "file", "rows_read", "accepted", "duplicates", "quarantined", "skipped", "format", "encoding",
    "bytes_read", "first_date", "last_date", "problem", "present",
)  # fmt: skip
"""``present`` is false for a file that is not at its place any more; what it brought stays."""


def sources(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """List every file that was loaded: rows read = accepted + duplicates + quarantined."""
    session = session_of(context)
    with session.published() as published:
        files = [
            file | {"present": _is_present(file["file"])}
            for file in rows(published.connection, "cli", "loaded_files.sql")
        ]
    texts = session.texts
    counts = ("rows_read", "accepted", "duplicates", "quarantined")
    shown = [{**file, "short": _named(session, file)} for file in files]
    columns = [
        ScreenColumn("source", texts("sources.source"), fit="clip"),
        ScreenColumn("short", texts("sources.file"), fit="wrap"),
        ScreenColumn("rows_read", texts("sources.rows"), align="right"),
        ScreenColumn("accepted", texts("sources.accepted"), align="right"),
        ScreenColumn("duplicates", texts("sources.duplicates"), align="right"),
        ScreenColumn("quarantined", texts("sources.quarantined"), align="right"),
        ScreenColumn("skipped", texts("sources.skipped"), align="right"),
    ]
    session.list_rows(
        shown if row_format is RowFormat.TABLE else files, KEYS, columns, row_format, empty=texts("sources.none")
    )
    if files and row_format is RowFormat.TABLE:
        sums = {key: f"{sum(file[key] for file in files):,}" for key in counts}
        total = texts(
            "sources.total",
            files=len(files),
            rows=sums["rows_read"],
            **{key: sums[key] for key in counts if key != "rows_read"},
        )
        gone = [file for file in shown if file["present"] is False]
        problems = [texts("sources.gone_files", count=len(gone), file=gone[0]["short"])] if gone else []
        problems += [
            texts("attention.file", file=file["short"], problem=file["problem"]) for file in shown if file["problem"]
        ]
        session.say(["", total, *(line for one in problems for line in wrap(shown_line(one), session.width, "  "))])


def _is_present(path: str) -> bool | None:
    """Return whether a file is where it was read; None where this user may not look."""
    try:
        path_of(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
    return True


def _named(session: Session, file: dict[str, Any]) -> str:
    """Return a file's name as it looks from the deployment's folder; one that is gone is marked."""
    name = session.relative(file["file"])
    return session.texts("sources.gone", file=name) if file["present"] is False else name


COMMAND = Command(
    sources, panel=Panel.DATA, order=10, examples=("detector sources", "detector sources --format csv > files.csv")
)
