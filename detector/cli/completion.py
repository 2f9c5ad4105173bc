"""What the shell offers after the tab key."""

from __future__ import annotations

from pathlib import Path

import typer

from detector.database.rows import select
from detector.deployment.settings import FILE_NAME, load_settings


def finding_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the ids of findings that begin as typed, riskiest first; nothing where the deployment cannot be read.

    They name nobody: completing a word leaves no record.
    """
    try:
        from detector.store import open_published

        given = context.parent.params.get("config") if context.parent else None
        with open_published(load_settings(Path(given or FILE_NAME))) as published:
            rows = select(
                published.connection,
                "select finding_id, severity from findings"
                " where starts_with(finding_id, ?) order by risk desc, finding_id limit 50",
                [incomplete],
            )
    except Exception:  # noqa: BLE001 - a completion that fails must not write into the user's command line
        return []
    return [(str(row["finding_id"]), str(row["severity"])) for row in rows]
