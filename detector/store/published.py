"""The readers' copy of the store: replaced as a whole by each night, never locked, opened read-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import duckdb

from detector.database.connection import raise_as_store_error, store_errors
from detector.deployment.settings import Settings
from detector.errors import StoreError
from detector.store.decision_tables import overlay_trail
from detector.store.parts import create_views
from detector.store.schema import open_copy
from detector.trail import Trail

PUBLISHED: Final = "published.duckdb"


@dataclass(slots=True)
class Published:
    """The store as readers see it: `connection` is read-only and has the same views."""

    path: Path
    folder: Path
    connection: duckdb.DuckDBPyConnection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        raise_as_store_error(error, self.path)

    def refresh_views(self, first: date | None = None, last: date | None = None) -> None:
        """Limit the views to parts that may hold these business dates, or undo the limit."""
        create_views(self.connection, self.folder, first, last)

    def refresh_decisions(self, trail: Trail) -> None:
        """Bring decisions, looks and the status of findings up to date with the trail as it is now."""
        overlay_trail(self.connection, trail)


def open_published(settings: Settings, *, views: bool = True) -> Published:
    """Open the readers' copy, with officers' decisions as the trail has them now.

    Without `views` a copy whose parts are damaged opens too. Raises StoreError where no run has published one yet.
    """
    folder = settings.store.path.parent
    path = folder / PUBLISHED
    with store_errors(path):
        missing = not path.exists()
    if missing:
        raise StoreError(f"no run yet: {path} does not exist; `detector run` creates it")
    with store_errors(path):
        connection = open_copy(path)
    try:
        with store_errors(path):
            if views:
                create_views(connection, folder)
            overlay_trail(connection, Trail.of(settings))
    except BaseException:
        connection.close()
        raise
    return Published(path, folder, connection)
