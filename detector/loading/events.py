"""Loading what is new in the logs: each file by chunks, each chunk counted exactly and committed with its ledger row.

For every file `rows_read = accepted + duplicates + quarantined`. A killed run leaves whole chunks; the next one goes on
behind them. Files are known by content, not by name: see `detector.loading.known_files`.
"""

from __future__ import annotations

import glob
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.errors import InputError, resource_error
from detector.loading.chunk_commit import ChunkCommit
from detector.loading.known_files import FileReading, KnownFiles
from detector.loading.loaded_file import save_file
from detector.progress import Progress, Silent
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import UNIQUE_COLUMNS, canonical_rows
from detector.sources.formats import formats
from detector.sources.headers import HeaderMapping, map_header
from detector.sources.log_format import LogFormat, Reader, ReadOptions

if TYPE_CHECKING:
    from detector.deployment.settings import Settings, Source
    from detector.store.store import Store


@dataclass(frozen=True, slots=True)
class FileCount:
    """What became of the rows of one file in this run. `problem` says why it, or its rest, was not read."""

    source: str
    path: str
    rows_read: int
    accepted: int
    duplicates: int
    quarantined: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """One run's loading. `files` has the files that brought something or that could not be read.

    `unknown_values` are values that their column does not know: `source.column` → value → rows.
    """

    files: list[FileCount] = field(default_factory=list)
    sources_without_files: list[str] = field(default_factory=list)
    unknown_values: dict[str, dict[str, int]] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True)
class FileLoad:
    """What one file brought: `count` is None where nothing; `unknown` counts rows by column and unknown value."""

    source: str
    count: FileCount | None = None
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


_STEP: Final = "load"


def load_events(store: Store, settings: Settings, *, progress: Progress | None = None) -> LoadSummary:
    """Load what is new in every source, in the order of the configuration and of the file names.

    Raises ConfigError where a source has an unknown format, InputError where no source has any file, StoreError where
    the store cannot be written. Afterwards the views cover the new parts.
    """
    listener = progress or Silent()
    work = [(source, matched_files(source)) for source in settings.sources]
    _check_formats(settings)
    missing = [source.name for source, paths in work if not paths]
    if len(missing) == len(work):
        raise InputError(f"no source has any file: nothing matches {settings.sources[0].path}")
    total = sum(_size(path) for _, paths in work for path in paths)
    done = 0
    loads = []
    for source, paths in work:
        known = KnownFiles(store.connection, source, paths)
        for path in paths:
            report = partial(_report, listener, done, total, f"{source.name}: {path.name}")
            report(0)
            loads.append(_load_file(store, settings.site.timezone, source, path, known, report))
            done += _size(path)
    listener.step(_STEP, total, total)
    store.refresh_views()
    return LoadSummary([load.count for load in loads if load.count], missing, _unknown_values(loads))


def matched_files(source: Source) -> list[Path]:
    """Return what the source's glob matches, in the order of the names, folders included (they get a problem)."""
    return [Path(name) for name in sorted(glob.glob(source.path, recursive=True))]  # noqa: PTH207 - an absolute glob


def _check_formats(settings: Settings) -> None:
    for index, source in enumerate(settings.sources):
        if source.format not in formats():
            raise settings.error(f"unknown format; known: {', '.join(formats())}", "source", index, "format")


def _load_file(
    store: Store, zone: str, source: Source, path: Path, known: KnownFiles, report: Callable[[int], None]
) -> FileLoad:
    """Load what is new in one file; one that cannot be read gets a problem, which the ledger keeps."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError(21, "is not a file")
        if known.is_unchanged(path, status):
            return FileLoad(source.name)
        reading = known.match(path, status)
        if reading.is_complete:
            with store.transaction():
                save_file(store.connection, reading.file)
            return FileLoad(source.name)
        with ByteStream(path) as stream:
            return _load_stream(store, zone, source, stream, reading, report)
    except OSError as error:
        if error.filename not in {None, str(path), path} and error.errno not in {13, 21}:
            raise
        if resource_error(error) is not None:  # says nothing about the file
            raise
        problem = f"cannot be read: {error.strerror or error}"
        with store.transaction():
            save_file(store.connection, known.unreadable(path, problem))
        return FileLoad(source.name, FileCount(source.name, str(path), 0, 0, 0, 0, problem))


def _load_stream(
    store: Store, zone: str, source: Source, stream: ByteStream, reading: FileReading, report: Callable[[int], None]
) -> FileLoad:
    log_format: LogFormat = formats()[source.format]
    options = ReadOptions(
        encoding=reading.encoding or source.encoding,
        delimiter=source.delimiter,
        resume=reading.resume,
        hasher=reading.hasher,
    )
    reader: Reader = log_format.open(stream, options)
    header = reader.layout.header
    mapping = map_header(header, source.columns)
    commit = ChunkCommit(store, zone, source, reading, reader)
    unknown: Counter[tuple[str, str]] = Counter()
    columns = _columns_to_read(mapping, header)
    for chunk in reader.chunks(columns, _few_valued(mapping, columns)):
        rows = canonical_rows(chunk.records, mapping, source.values, header)
        unknown += rows.unknown
        commit.write(chunk, rows, mapping.problem)
        report(stream.taken_bytes)
    counts = commit.finish(stream.problem or (mapping.problem if header else None))
    problem = stream.problem or mapping.problem
    if not counts and not problem:
        return FileLoad(source.name, unknown=unknown)
    count = FileCount(
        source.name,
        str(stream.path),
        counts.read,
        counts.accepted,
        counts.duplicates,
        counts.quarantined,
        problem,
    )
    return FileLoad(source.name, count, unknown)


def _columns_to_read(mapping: HeaderMapping, header: tuple[str, ...]) -> tuple[int, ...]:
    """Return the columns to read: those understood; all where an id must be derived from the content."""
    if "event_id" not in mapping.columns:
        return tuple(range(len(header)))
    return tuple(sorted({column.index for column in mapping.columns.values()}))


def _few_valued(mapping: HeaderMapping, columns: Sequence[int]) -> frozenset[int]:
    """Return the columns that hold few different values: all but ids and times."""
    unique = {column.index for column in mapping.columns.values() if column.column in UNIQUE_COLUMNS}
    return frozenset(columns) - unique


def _unknown_values(loads: Iterable[FileLoad]) -> dict[str, dict[str, int]]:
    """Add up the rows of unknown values: `source.column` → value → rows."""
    added: dict[str, dict[str, int]] = {}
    for load in loads:
        for (column, value), count in load.unknown.items():
            of_column = added.setdefault(f"{load.source}.{column}", {})
            of_column[value] = of_column.get(value, 0) + count
    return added


def _report(progress: Progress, before: int, total: int, detail: str, taken: int) -> None:
    """Report how many bytes of all files have been read."""
    progress.step(_STEP, min(before + taken, total), total, detail)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
