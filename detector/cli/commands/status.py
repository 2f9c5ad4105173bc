"""``detector status``: whether the nightly job is alive."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.session import session_of


def status(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Say when the last good night was and what waits; exit 1 when it is too long ago."""
    session_of(context)


COMMAND = Command(
    status,
    panel=Panel.NIGHT,
    examples=("detector status", "detector status --format ndjson"),
    order=20,
)
