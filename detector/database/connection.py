"""Opening DuckDB files: one set of settings, and DuckDB's errors in the product's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from detector.database.interruption import interruptible, is_interruption
from detector.database.queries import sql_names, sql_text
from detector.errors import StoreBusy, StoreDamaged, StoreError, StoreNewer, resource_error

DAMAGED_PART: Final = "damaged part: "
BARRED_PART: Final = "barred part: "
"""How a view over parts of which one cannot be read begins its error; the rest of the line is for the reader."""

MEMORY_LIMIT: Final = "1200MB"
REPAIR: Final = "`detector verify` says what is whole, `detector repair` rebuilds what can be"
_LOCKED: Final = re.compile(r"could not set lock|conflicting lock", re.IGNORECASE)
_HOLDER: Final = re.compile(r"\(PID (\d+)\)")
_NEWER: Final = re.compile(
    r"newer version of duckdb|version number \d+, but we can only read|newer DuckDB", re.IGNORECASE
)
_PART: Final = re.compile(
    r"magic bytes|too small to be a parquet|TProtocolException|decompression failure|"
    r"parquet.*(corrupt|truncated|invalid)|failed to read file",
    re.IGNORECASE,
)
_DAMAGED: Final = re.compile(
    r"not a valid duckdb database|could not read enough bytes|checksum|corrupt|failed to load metadata|"
    r"failed to deserialize|serialization error|wal file",
    re.IGNORECASE,
)
_MISSING: Final = re.compile(r"no files found|no such file|does not exist", re.IGNORECASE)
_SAID: Final = re.compile(f"({DAMAGED_PART}|{BARRED_PART})(.+?)(?:\n|$)")


RIGHT_SUMS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "disabled_optimizers": "compressed_materialization"
}
"""Every connection's: DuckDB 2.0.0 takes the sums of a column for as small as its values and cuts off what is larger.

It does so where ``coalesce(sum(…), …)`` over an outer join is sorted: of 1190 the sort returns -90.
"""


def connect(
    path: Path, *, read_only: bool = False, in_memory: bool = False, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file; nothing is fetched from the network, temporary files stay in its folder.

    ``in_memory`` opens an empty database in memory instead, with the settings that the file would have.
    """
    config = RIGHT_SUMS | {
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
        interruptible(connection)
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
    """Turn DuckDB's and the system's errors about the store's files into one readable line with exit code 4.

    A query that was interrupted raises KeyboardInterrupt.
    """
    try:
        yield
    except (duckdb.Error, OSError, MemoryError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from error
        readable = as_store_error(error, path)
        if readable is None:
            raise
        raise readable from error


def raise_as_store_error(error: BaseException | None, path: Path) -> None:
    """Raise the readable form of an error that leaves a block with an open store; other errors pass."""
    if is_interruption(error):
        raise KeyboardInterrupt from error
    if isinstance(error, OSError | MemoryError):
        readable = resource_error(error, path.parent)
    elif isinstance(error, duckdb.Error):
        readable = as_store_error(error, path)
    else:
        return
    if readable is not None:
        raise readable from error


def as_store_error(error: duckdb.Error | OSError | MemoryError, path: Path) -> StoreError | None:
    """Return an error as one about the store, or None where it says nothing about it.

    "Damaged" is only what was read and is: what the system refused to open or to write may be whole.
    """
    message = str(error)
    limited = resource_error(error, path.parent)
    if limited is not None:
        return limited
    if isinstance(error, MemoryError):
        return None
    if isinstance(error, OSError):
        return StoreError(f"cannot use {error.filename or path}: {error.strerror or message}")
    said = _SAID.search(message)
    if said is not None:
        return (StoreDamaged if said.group(1) == DAMAGED_PART else StoreError)(said.group(2))
    if _LOCKED.search(message):
        holder = _HOLDER.search(message)
        by = f"process {holder.group(1)}" if holder else "another process"
        return StoreBusy(f"{path} is open in {by}")
    if _NEWER.search(message):
        return StoreNewer(f"{path} was written by a newer version; update the detector")
    if isinstance(error, duckdb.PermissionException) or "permission denied" in message.lower():
        return StoreError(f"no permission to use {path}: {_first_line(message)}")
    return _damage(error, message, path)


def _damage(error: duckdb.Error, message: str, path: Path) -> StoreError | None:
    """Return what an error says of files that were read; None where it is about something else."""
    if _PART.search(message):
        return StoreDamaged(f"a part in {path.parent} is damaged: {_first_line(message)}; {REPAIR}")
    if isinstance(error, duckdb.IOException | duckdb.SerializationException | duckdb.FatalException):
        if _MISSING.search(message):
            return StoreDamaged(f"a file of the store in {path.parent} is missing: {_first_line(message)}; {REPAIR}")
        if _DAMAGED.search(message) or isinstance(error, duckdb.SerializationException):
            return StoreDamaged(f"{path} is damaged: {_first_line(message)}; {REPAIR}")
        return StoreError(f"cannot use {path}: {_first_line(message)}")
    return None


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0][:200] if message.strip() else "no message"
