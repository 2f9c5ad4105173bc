"""Loading what is new in the logs: each file by chunks, each chunk counted exactly and committed with its ledger row.

For every file `rows_read = accepted + duplicates + quarantined`. A killed run leaves whole chunks; the next one goes on
behind them. Files are known by content, not by name: see `detector.loading.known_files`.
"""

from __future__ import annotations

import glob
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from detector.deployment.settings import Settings, Source
from detector.errors import InputError
from detector.loading.chunk_commit import ChunkCommit
from detector.loading.known_files import FileState, KnownFiles
from detector.progress import Progress, Silent
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import UNIQUE_COLUMNS, canonical_rows
from detector.sources.formats import formats
from detector.sources.headers import HeaderMapping, map_header
from detector.sources.log_format import LogFormat, Reader, ReadOptions
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


@dataclass(slots=True)
class LoadSummary:
    """One run's loading. `files` has the files that brought something or that could not be read."""

    files: list[FileCount] = field(default_factory=list)
    files_unchanged: int = 0
    new_parts: int = 0
    sources_without_files: list[str] = field(default_factory=list)
    ignored_headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_values: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Rows read in this run."""
        return sum(one.rows_read for one in self.files)

    @property
    def accepted(self) -> int:
        """New events of this run."""
        return sum(one.accepted for one in self.files)

    @property
    def duplicates(self) -> int:
        """Rows of this run that were events already."""
        return sum(one.duplicates for one in self.files)

    @property
    def quarantined(self) -> int:
        """Rows of this run that were not understood."""
        return sum(one.quarantined for one in self.files)


_STEP: Final = "load"


def load_events(store: Store, settings: Settings, *, progress: Progress | None = None) -> LoadSummary:
    """Load what is new in every source, in the order of the configuration and of the file names.

    Raises InputError where no source has any file, StoreError where the store cannot be written. Afterwards the views
    cover the new parts.
    """
    told = progress or Silent()
    summary = LoadSummary()
    work = [(source, matched_files(source)) for source in settings.sources]
    for index, source in enumerate(settings.sources):
        if source.format not in formats():
            raise settings.error(f"unknown format; known: {', '.join(formats())}", "source", index, "format")
    summary.sources_without_files = [source.name for source, paths in work if not paths]
    if len(summary.sources_without_files) == len(work):
        raise InputError(f"no source has any file: nothing matches {settings.sources[0].path}")
    total = sum(_size(path) for _, paths in work for path in paths)
    done = 0
    for source, paths in work:
        known = KnownFiles(store.connection, source.name, paths)
        for path in paths:
            report = partial(_report, told, done, total, f"{source.name}: {path.name}")
            report(0)
            _load_file(store, settings, source, path, known, summary, report)
            done += _size(path)
    told.step(_STEP, total, total)
    store.refresh_views()
    return summary


def matched_files(source: Source) -> list[Path]:
    """Return what the source's glob matches, in the order of the names, folders included (they get a problem)."""
    return [Path(name) for name in sorted(glob.glob(source.path, recursive=True))]  # noqa: PTH207 - an absolute glob


def _load_file(
    store: Store,
    settings: Settings,
    source: Source,
    path: Path,
    known: KnownFiles,
    summary: LoadSummary,
    report: Callable[[int], None],
) -> None:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError(21, "is not a file")
        if known.is_unchanged(path, status, source):
            summary.files_unchanged += 1
            return
        state = known.match(path, status, source)
        if state.is_complete:
            known.note_seen(store, state)
            summary.files_unchanged += 1
            return
        with ByteStream(path) as stream:
            _load_stream(store, settings, source, stream, state, summary, report)
    except OSError as error:
        if error.filename not in {None, str(path), path} and error.errno not in {13, 21}:
            raise
        problem = f"cannot be read: {error.strerror or error}"
        summary.files.append(FileCount(source.name, str(path), 0, 0, 0, 0, problem))
        known.note_problem(store, path, source, problem)


def _load_stream(
    store: Store,
    settings: Settings,
    source: Source,
    stream: ByteStream,
    state: FileState,
    summary: LoadSummary,
    report: Callable[[int], None],
) -> None:
    log_format: LogFormat = formats()[source.format]
    options = ReadOptions(
        encoding=state.encoding or source.encoding, delimiter=source.delimiter,
        resume=state.resume, hasher=state.hasher,
    )  # fmt: skip
    reader: Reader = log_format.open(stream, options)
    header = reader.layout.header
    mapping = map_header(header, source.columns)
    commit = ChunkCommit(store, settings.site.timezone, source, state, reader)
    before = commit.counts()
    unknown: Counter[tuple[str, str]] = Counter()
    wanted = _wanted(mapping, header)
    encoded = frozenset(
        index for index in wanted
        if index not in {one.index for one in mapping.columns.values() if one.column in UNIQUE_COLUMNS}
    )  # fmt: skip
    for chunk in reader.chunks(wanted, encoded):
        rows = canonical_rows(chunk.records, mapping, source.values, header)
        unknown += rows.unknown
        summary.new_parts += commit.write(chunk, rows, mapping.problem)
        report(stream.taken_bytes)
    commit.finish(stream.problem or (mapping.problem if header else None))
    after = commit.counts()
    counts = [now - then for now, then in zip(after, before, strict=True)]
    if any(counts) or stream.problem or mapping.problem:
        problem = stream.problem or mapping.problem
        read, accepted, duplicates, quarantined = counts
        summary.files.append(FileCount(source.name, str(stream.path), read, accepted, duplicates, quarantined, problem))
    if mapping.ignored:
        summary.ignored_headers.setdefault(source.name, mapping.ignored)
    for (column, value), count in unknown.items():
        of_column = summary.unknown_values.setdefault(f"{source.name}.{column}", {})
        of_column[value] = of_column.get(value, 0) + count


def _wanted(mapping: HeaderMapping, header: tuple[str, ...]) -> tuple[int, ...]:
    """Return the columns to read: those understood; all where an id must be derived from the content."""
    if "event_id" not in mapping.columns:
        return tuple(range(len(header)))
    return tuple(sorted({one.index for one in mapping.columns.values()}))


def _report(progress: Progress, before: int, total: int, detail: str, taken: int) -> None:
    """Tell how many bytes of all files have been read."""
    progress.step(_STEP, min(before + taken, total), total, detail)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
