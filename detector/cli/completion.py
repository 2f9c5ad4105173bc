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


def policy_names(context: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of the deployment's own policies and of the built-in ones that begin as typed."""
    try:
        from detector.policies.catalogue import SITE_FOLDER, built_in_policies

        given = context.find_root().params.get("config")
        own = load_settings(Path(given or FILE_NAME)).folder / SITE_FOLDER
        names = [*(path.stem for path in own.glob("*.sql")), *(policy.id for policy in built_in_policies())]
    except Exception:  # noqa: BLE001 - a completion that fails must not write into the user's command line
        return []
    return sorted(name for name in names if name.startswith(incomplete))


def policy_tables(incomplete: str) -> list[str]:
    """Return the tables that policies read that begin as typed."""
    from detector.model.tables import POLICY_TABLES

    return [table.name for table in POLICY_TABLES if table.name.startswith(incomplete)]
