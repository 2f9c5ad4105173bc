"""Loading what is new in the logs: each file by chunks, each chunk counted exactly and committed with its ledger row.

For every file `rows_read = accepted + duplicates + quarantined`. A killed run leaves whole chunks; the next one goes on
behind them. Files are known by content, not by name: see `detector.loading.known_files`. A file or source that cannot
be read is named, this night and every other until it is mended, and the rest is loaded.
"""

from __future__ import annotations

import datetime as dt
import glob
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from detector.errors import InputError
from detector.files.path_text import path_text
from detector.loading.ownership import check_owner, missing_sources, take_ownership
from detector.loading.source_loader import FileCount, FileLoad, SourceLoader, ends_run, failure
from detector.loading.time_orders import SourceOrder, source_order
from detector.loading.waiting_rows import latest_time, release_due_rows
from detector.progress import Progress, Silent
from detector.sources.formats import formats
from detector.sources.known_identifiers import SiteIdentifiers

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source
    from detector.deployment.settings import Settings
    from detector.store.store import Store


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """One run's loading. `files` has the files that brought something or that could not be read.

    `unknown_values` are values that their column does not know: `source.column` → value → rows.
    `sources_not_configured` have events in the store and are no source of the configuration any more. `released` counts
    rows that earlier runs set aside, and whose time has come or whose order of day and month is settled; `open_orders`
    are the sources of which rows wait for that; `future_again`
    rows dated in the future that another file had brought before; `no_records` rows set aside that are no record of the
    log, such as totals.
    """

    files: list[FileCount] = field(default_factory=list)
    sources_without_files: list[str] = field(default_factory=list)
    unknown_values: dict[str, dict[str, int]] = field(default_factory=dict)
    sources_not_configured: list[str] = field(default_factory=list)
    released: int = 0
    open_orders: list[SourceOrder] = field(default_factory=list)
    future_again: int = 0
    no_records: int = 0

    @property
    def rows_read(self) -> int:
        """Rows read in this run."""
        return sum(file.rows_read for file in self.files)

    @property
    def accepted(self) -> int:
        """New events of this run."""
        return sum(file.accepted for file in self.files)

    @property
    def duplicates(self) -> int:
        """Rows of this run that were events already."""
        return sum(file.duplicates for file in self.files)

    @property
    def quarantined(self) -> int:
        """Rows of this run that were not understood."""
        return sum(file.quarantined for file in self.files)


_STEP: Final = "load"


def load_events(
    store: Store,
    settings: Settings,
    *,
    progress: Progress | None = None,
    start: dt.datetime | None = None,
    not_pulled: Mapping[str, str] = MappingProxyType({}),
) -> LoadSummary:
    """Load what is new in every source, in the order of the configuration and of the file names.

    Raises ConfigError where a source has an unknown format or the store is another deployment's, InputError where no
    source has any file, StoreError where the store cannot be written. Afterwards the views cover the new parts.
    ``start`` is when the run began, by default now: rows more than a day later wait in quarantine, and those whose time
    has come since are taken in first. ``not_pulled`` says by source why its view could not be read, or not whole.
    """
    listener = progress or Silent()
    latest = latest_time(start or dt.datetime.now(dt.UTC))
    work = files_by_source(settings)
    _check_formats(settings)
    missing = [source.name for source, paths in work if not paths and source.name not in not_pulled]
    if len(missing) == len(work):
        first = settings.sources[0]
        if first.url is not None:
            raise InputError(f"no source has any file: the view {first.view} ({first.url}) has no row")
        raise InputError(f"no source has any file: nothing matches {first.path}")
    check_owner(store.connection, settings, work)
    gone = missing_sources(store.connection, settings)
    with store.transaction() as connection:
        take_ownership(connection, settings)
    tables = {"staff": settings.context.staff, "patients": settings.context.patients}
    identifiers = SiteIdentifiers(tables, partial(_identifiers_in_use, store.connection))
    total = sum(_size(path) for _, paths in work for path in paths)
    done = 0
    loads = []
    due = release_due_rows(store, settings.site.timezone, settings.sources, latest)
    released = due.accepted + due.duplicates
    for source, paths in work:
        report = partial(_report, listener, done, total, source.name)
        brought, settled = _load_source(store, settings.site.timezone, source, paths, report, latest, identifiers)
        loads += brought
        released += settled
        done += sum(map(_size, paths))
    listener.step(_STEP, total, total)
    orders = [source_order(store.connection, source) for source in settings.sources]
    files = [load.count for load in loads if load.count]
    for source in settings.sources:
        if source.name in not_pulled:
            place = f"{source.view} ({source.url})"
            files.append(FileCount(source.name, place, 0, 0, 0, 0, not_pulled[source.name]))
    _note_problems(store, files)
    store.refresh_views()
    return LoadSummary(
        files,
        missing,
        _unknown_values(loads),
        gone,
        released,
        [order for order in orders if order.waiting and order.settled is None],
        sum(load.again for load in loads),
        sum(load.no_records for load in loads),
    )


def files_by_source(settings: Settings) -> list[tuple[Source, list[Path]]]:
    """Return the files that each source has now, in the order of the configuration."""
    return [(source, matched_files(source)) for source in settings.sources]


def matched_files(source: Source) -> list[Path]:
    """Return what the source's glob matches, in the order of the names, folders included (they get a problem).

    A folder that a link leads to once more is passed over: `**` would follow it for ever.
    """
    found: dict[tuple[str, str], Path] = {}
    folders: dict[str, str] = {}
    for name in sorted(glob.glob(source.path, recursive=True)):  # noqa: PTH207 - an absolute glob
        folder, base = os.path.split(name)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        found.setdefault((folders[folder], base), Path(name))
    return list(found.values())


def _identifiers_in_use(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> set[str]:
    """Return the identifiers of the version of a context table that the store has."""
    return {identifier for (identifier,) in connection.execute(f"select distinct {column} from {table}").fetchall()}


def _load_source(
    store: Store,
    zone: str,
    source: Source,
    paths: list[Path],
    report: Callable[[str, int], None],
    latest: dt.datetime,
    identifiers: Mapping[str, Collection[str]],
) -> tuple[list[FileLoad], int]:
    """Load the files of one source; where it fails as a whole, that is its problem alone.

    Returns what each file brought, and how many rows of earlier runs the source released.
    """
    loads: list[FileLoad] = []
    done = released = 0
    try:
        loader = SourceLoader(store, zone, source, paths, latest, identifiers)
        for path in paths:
            name = path_text(path.name)
            report(name, done)
            loads.append(loader.load(path, partial(_report_more, report, name, done)))
            done += _size(path)
        loads, released = loader.settle(loads)
    except Exception as error:
        if ends_run(error):
            raise
        loads.append(FileLoad(source.name, FileCount(source.name, source.path, 0, 0, 0, 0, failure(error))))
    return loads, released


def _note_problems(store: Store, files: Iterable[FileCount]) -> None:
    """Keep what could not be read, for whoever asks between the runs."""
    with store.transaction() as connection:
        connection.execute("delete from file_problems")
        for file in files:
            if file.problem is not None:
                connection.execute("insert into file_problems values (?, ?, ?)", [file.source, file.path, file.problem])


def _check_formats(settings: Settings) -> None:
    for index, source in enumerate(settings.sources):
        if source.format is not None and source.format not in formats():
            raise settings.error(f"unknown format; known: {', '.join(formats())}", "source", index, "format")


def _unknown_values(loads: Iterable[FileLoad]) -> dict[str, dict[str, int]]:
    """Add up the rows of unknown values: `source.column` → value → rows."""
    added: dict[str, dict[str, int]] = {}
    for load in loads:
        for (column, value), count in load.unknown.items():
            of_column = added.setdefault(f"{load.source}.{column}", {})
            of_column[value] = of_column.get(value, 0) + count
    return added


def _report(progress: Progress, before: int, total: int, source: str, name: str, taken: int) -> None:
    """Report how many bytes of all files have been read."""
    progress.step(_STEP, min(before + taken, total), total, f"{source}: {name}")


def _report_more(report: Callable[[str, int], None], name: str, before: int, taken: int) -> None:
    report(name, before + taken)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
