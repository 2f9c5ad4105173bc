"""Opening DuckDB files: one set of settings, and DuckDB's errors in the product's words."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from detector.database.queries import sql_names, sql_text
from detector.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreNewer

MEMORY_LIMIT: Final = "1200MB"
_FULL: Final = re.compile(
    r"no space left|disk (is )?full|out of disk|quota exceeded|exceeded the .*temp_directory", re.IGNORECASE
)
_LOCKED: Final = re.compile(r"could not set lock|conflicting lock", re.IGNORECASE)
_HOLDER: Final = re.compile(r"\(PID (\d+)\)")
_NEWER: Final = re.compile(
    r"newer version of duckdb|version number \d+, but we can only read|newer DuckDB", re.IGNORECASE
)
_PART: Final = re.compile(
    r"magic bytes|too small to be a parquet|TProtocolException|decompression failure|"
    r"parquet.*(corrupt|truncated|invalid)",
    re.IGNORECASE,
)
_MISSING: Final = re.compile(r"no files found|no such file|does not exist", re.IGNORECASE)


def connect(
    path: Path, *, read_only: bool = False, in_memory: bool = False, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file; nothing is fetched from the network, temporary files stay in its folder.

    ``in_memory`` opens an empty database in memory instead, with the settings that the file would have.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(path.parent / "tmp"),
        "preserve_insertion_order": "true",
    }
    if threads is not None:
        config["threads"] = str(threads)
    with store_errors(path):
        connection = duckdb.connect(":memory:" if in_memory else str(path), read_only=read_only, config=config)
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute("set parquet_metadata_cache = true")
    create_macros(connection)
    return connection


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of ``sql/macros`` on a connection; they last as long as it, and nothing is written."""
    for name in sql_names("macros"):
        connection.execute(sql_text("macros", name))


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn DuckDB's and the system's errors about the store's files into one readable line with exit code 4."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        readable = as_store_error(error, path)
        if readable is None:
            raise
        raise readable from error


def raise_as_store_error(error: BaseException | None, path: Path) -> None:
    """Raise the readable form of an error that leaves a block with an open store; other errors pass."""
    if isinstance(error, OSError) and error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        return
    if isinstance(error, duckdb.Error | OSError):
        readable = as_store_error(error, path)
        if readable is not None:
            raise readable from error


def as_store_error(error: duckdb.Error | OSError, path: Path) -> StoreError | None:
    """Return an error as one about the store, or None where it says nothing about it."""
    message = str(error)
    if isinstance(error, OSError):
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return DiskFull(f"the disk is full: {path.parent}; what was committed before is kept")
        return StoreError(f"cannot use {error.filename or path}: {error.strerror or message}")
    if _FULL.search(message):
        return DiskFull(f"the disk is full: {path.parent}; what was committed before is kept")
    if _LOCKED.search(message):
        holder = _HOLDER.search(message)
        by = f"process {holder.group(1)}" if holder else "another process"
        return StoreBusy(f"{path} is open in {by}")
    if _NEWER.search(message):
        return StoreNewer(f"{path} was written by a newer version; update the detector")
    if isinstance(error, duckdb.PermissionException) or "permission denied" in message.lower():
        return StoreError(f"no permission to use {path}")
    if isinstance(error, duckdb.IOException | duckdb.SerializationException | duckdb.FatalException):
        if _MISSING.search(message):
            return StoreDamaged(f"a file of the store in {path.parent} is missing: {_first_line(message)}")
        return StoreDamaged(f"{path} is damaged: {_first_line(message)}; restore the folder from a backup")
    if _PART.search(message):
        return StoreDamaged(f"a part in {path.parent} is damaged: {_first_line(message)}")
    return None


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0][:200] if message.strip() else "no message"
