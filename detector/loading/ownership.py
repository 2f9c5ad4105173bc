"""Whose a store is: the site, its zone and the sources that were loaded. Another deployment's logs never mix with them.

A store of an earlier version, or one that has not run yet, belongs to the first deployment that runs on it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.database.connection import store_errors
from detector.database.queries import create_table
from detector.deployment.checked_table import located_error
from detector.errors import ConfigError, ForeignStore, StoreError
from detector.files.path_text import path_text
from detector.loading.known_files import HEAD_BYTES, begins_as, still_there
from detector.loading.loaded_file import LoadedFile, loaded_files
from detector.sources.byte_stream import ByteStream
from detector.store.schema import open_copy

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source
    from detector.deployment.settings import Settings

NAMES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class StoreOwner:
    """The deployment that a store belongs to: what its run wrote down; None where it wrote nothing yet."""

    site_name: str | None = None
    timezone: str | None = None


def check_store_folder(settings: Settings, paths: Sequence[tuple[Source, Sequence[Path]]]) -> None:
    """Raise ForeignStore where the store in the configured place is another deployment's; nothing is written.

    ``paths`` are the files that each source has now. A store that is not there yet, is at work or cannot be opened says
    nothing: whoever opens it says so. Raises StoreError where it opens and cannot be read.
    """
    path = settings.store.path
    if not path.is_file():
        return
    try:
        with store_errors(path):
            connection = open_copy(path)
    except StoreError:
        return
    try:
        with store_errors(path):
            check_owner(connection, settings, paths)
    finally:
        connection.close()


def check_owner(
    connection: duckdb.DuckDBPyConnection, settings: Settings, paths: Sequence[tuple[Source, Sequence[Path]]]
) -> None:
    """Raise ForeignStore, which says what settles it, where an open store is another deployment's."""
    _check_site(settings, store_owner(connection))
    stored = stored_sources(connection)
    known = {name for source in settings.sources for name in source.names}
    if stored and not known.intersection(stored):
        raise _foreign(
            settings,
            f"the store {settings.store.path} has the logs of {_listed(stored)}, and no source is called so: where a"
            f" source was renamed, write former_names = [{_toml(stored[0])}] below it; else [store] path, or --config,"
            " names the wrong deployment",
            "source", 0, "name",
        )  # fmt: skip
    _check_files(connection, settings, paths, stored)


def store_owner(connection: duckdb.DuckDBPyConnection) -> StoreOwner:
    """Return whose the store is."""
    rows = connection.execute("select site_name, timezone from store_owner").fetchall()
    return StoreOwner(*rows[0]) if rows else StoreOwner()


def stored_sources(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names under which rows were loaded, in the order in which they came first."""
    rows = connection.execute(
        "select source from files where rows_read > 0 group by source order by min(file_id)"
    ).fetchall()
    return [str(row[0]) for row in rows]


def missing_sources(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Return the sources of the store that the configuration has no more, under no name."""
    known = {name for source in settings.sources for name in source.names}
    return [name for name in stored_sources(connection) if name not in known]


def take_ownership(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write down whose the store is, and what its sources were called."""
    earlier = store_owner(connection)
    name = settings.site.name if has_name(settings) else earlier.site_name
    connection.execute("delete from store_owner")
    connection.execute("insert into store_owner values (?, ?)", [name, settings.site.timezone])
    connection.execute("delete from source_names")
    for source in settings.sources:
        for former in source.former_names:
            connection.execute("insert into source_names values (?, ?)", [former, source.name])


def rename_source_hours(connection: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """Let the hours and delays of renamed sources count under their present names; return the dates that changed."""
    dates = connection.execute(
        "select distinct business_date from source_hours where source in (select former from source_names) order by all"
    ).fetchall()
    if dates:
        create_table(connection, "load", "present_source_hours.sql")
        connection.execute("delete from source_hours")
        connection.execute("insert into source_hours by name from present_source_hours order by all")
    connection.execute(
        "update interface_hours set source = source_names.source from source_names"
        " where interface_hours.source = source_names.former"
    )
    connection.execute(
        "update source_orders set source = source_names.source from source_names"
        " where source_orders.source = source_names.former"
    )
    connection.execute(
        "insert or ignore into source_delays select (select source from source_names where former = told.source),"
        " business_date, days from source_delays as told where source in (select former from source_names)"
    )
    connection.execute("delete from source_delays where source in (select former from source_names)")
    return [row[0] for row in dates]


def has_name(settings: Settings) -> bool:
    """Return whether the configuration names the site; else it is called after the folder, which may be moved."""
    return ("site", "name") in settings.lines


def _check_site(settings: Settings, owner: StoreOwner) -> None:
    site, path = settings.site, settings.store.path
    if owner.site_name is not None and has_name(settings) and owner.site_name not in (site.name, *site.former_names):
        raise _foreign(
            settings,
            f"the store {path} belongs to {owner.site_name!r}, not to {site.name!r}: where the site was renamed, write"
            f" former_names = [{_toml(owner.site_name)}] below [site]; else [store] path, or --config, names the wrong"
            " deployment",
            "site", "name",
        )  # fmt: skip
    if owner.timezone is not None and not _is_same_zone(owner.timezone, site.timezone):
        raise _foreign(
            settings,
            f"the store {path} has its business dates in {owner.timezone}, not in {site.timezone}: set the zone back;"
            " or name a new [store] path, and the logs are loaded and judged anew",
            "site", "timezone",
        )  # fmt: skip


def _check_files(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    paths: Sequence[tuple[Source, Sequence[Path]]],
    stored: Sequence[str],
) -> None:
    """Raise ForeignStore where a file would be loaded that another source's name loaded, and its own never did."""
    for place, (source, found) in enumerate(paths):
        others = [name for name in stored if name not in source.names]
        if not others or not found:
            continue
        own = loaded_files(connection, *source.names)
        foreign = [file for file in loaded_files(connection, *others) if file.counts.accepted and file.bytes_read]
        for path in found:
            if any(file.path == path_text(path) and file.counts.read for file in own):
                continue
            file = _loaded_as(path, foreign, own)
            if file is not None:
                raise _foreign(
                    settings,
                    f"{path_text(path)} was loaded as source {file.source!r}, and would be loaded again as"
                    f" {source.name!r}: where the source was renamed, write former_names = [{_toml(file.source)}] below"
                    " it; else mend its path, or [store] path",
                    "source", place, "path",
                )  # fmt: skip


def _loaded_as(path: Path, foreign: Sequence[LoadedFile], own: Sequence[LoadedFile]) -> LoadedFile | None:
    """Return the file of another source that the file at a path is, beyond a header; None where it is none.

    A copy beside the original is another file.
    """
    try:
        with ByteStream(path) as stream:
            head = stream.read(HEAD_BYTES)
        digests: dict[int, str] = {}

        def begins(file: LoadedFile) -> bool:
            if len(head) < file.head_bytes:
                return False
            if file.head_bytes not in digests:
                digests[file.head_bytes] = hashlib.sha256(head[: file.head_bytes]).hexdigest()
            return digests[file.head_bytes] == file.head_digest

        if not head or any(file.counts.read and begins(file) for file in own):
            return None
        alike = (file for file in foreign if begins(file) and begins_as(file, path))
        return next((file for file in alike if file.path == path_text(path) or not still_there(file)), None)
    except OSError:
        return None


def _foreign(settings: Settings, message: str, *keys: str | int) -> ConfigError:
    return located_error(settings.path, settings.lines, keys, message, ForeignStore)


def _is_same_zone(one: str, other: str) -> bool:
    """Return whether two names stand for one zone: PRC is Asia/Shanghai."""
    return one == other or _rules(one) == _rules(other) is not None


def _rules(zone: str) -> bytes | None:
    try:
        return resources.files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()
    except OSError:
        return None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:NAMES_SHOWN])
    return shown + (" …" if len(names) > NAMES_SHOWN else "")


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
