"""Loading the files of one source, each by itself: what is wrong with one is named and never stops the others."""

from __future__ import annotations

import datetime as dt
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

import detector
from detector.database.interruption import is_interruption
from detector.errors import DetectorError, resource_error
from detector.files.path_text import path_text
from detector.files.regular_file import regular_status
from detector.loading.chunk_commit import ChunkCommit
from detector.loading.known_files import FileReading, KnownFiles
from detector.loading.known_headers import KnownHeaders
from detector.loading.loaded_file import LoadedFile, RowCounts, save_file
from detector.loading.quarantine import count_no_records
from detector.loading.row_times import RowTimes
from detector.loading.waiting_rows import count_again, release_settled_rows
from detector.sources.byte_stream import SHORTER, ByteStream
from detector.sources.canonical_rows import UNIQUE_COLUMNS, canonical_rows, only_told
from detector.sources.column_clashes import Clash, clashes, settled_twins
from detector.sources.formats import FALLBACK, formats
from detector.sources.headerless import MISFIT, NO_HEADER, UNKNOWN, begins_with_row
from detector.sources.headers import HeaderMapping, map_layout
from detector.sources.log_format import LogFormat, Reader, ReadOptions

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.store.store import Store

NO_ROWS: Final = RowCounts()
EMPTY: Final = "is empty"


@dataclass(frozen=True, slots=True)
class FileCount:
    """What became of the rows of one file in this run.

    `problem` says why it, or its rest, was not read; `borrowed_header`: it has none and was read by that of another
    file. `stray_quotes` are rows whose quotation marks are characters: as quotes they would have joined rows. `clashes`
    are columns that mean one and differ in its first rows. `bare_numbers` counts numbers, by header, that may have
    lost zeros: see `Layout`. `path` is as `path_text` writes it.
    """

    source: str
    path: str
    rows_read: int
    accepted: int
    duplicates: int
    quarantined: int
    problem: str | None = None
    borrowed_header: bool = False
    stray_quotes: int = 0
    clashes: tuple[Clash, ...] = ()
    bare_numbers: tuple[tuple[str, int], ...] = ()

    def moved(self, counts: RowCounts) -> FileCount:
        """Return it with rows that are no longer in quarantine."""
        return replace(
            self,
            accepted=self.accepted + counts.accepted,
            duplicates=self.duplicates + counts.duplicates,
            quarantined=self.quarantined + counts.quarantined,
        )


@dataclass(frozen=True, slots=True)
class FileLoad:
    """What one file brought: `count` is None where nothing; `unknown` counts rows by column and unknown value.

    `again` counts rows set aside as `future` that an earlier file had brought, `no_records` rows set aside that are no
    record of the log. Of the file ``file_id`` so many rows had been ``read_before``.
    """

    source: str
    count: FileCount | None = None
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    again: int = 0
    no_records: int = 0
    file_id: int | None = None
    read_before: int = 0


class SourceLoader:
    """Loads the files of one source."""

    def __init__(
        self,
        store: Store,
        zone: str,
        source: Source,
        paths: Sequence[Path],
        latest: dt.datetime,
        identifiers: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Take a source, which has files at ``paths`` now; rows later than ``latest`` (UTC) are set aside.

        ``identifiers`` are those that the site's tables know, by canonical column.
        """
        self.store, self.source = store, source
        self._times = RowTimes(store.connection, zone, source, latest)
        self.identifiers = identifiers or {}
        self._paths = tuple(paths)
        self._known = KnownFiles(store.connection, source, paths)
        self._headers = KnownHeaders(source, self._known.files, paths)
        self._reading: FileReading | None = None
        self._commit: ChunkCommit | None = None

    def load(self, path: Path, report: Callable[[int], None]) -> FileLoad:
        """Load what is new in one file. ``report`` is told how many bytes of it were read.

        Whatever ends its reading is a problem of the file, which the ledger keeps; what was committed before counts.
        Only errors of the store are raised.
        """
        self._reading = self._commit = None
        try:
            return self._load(path, report)
        except Exception as error:
            if ends_run(error):
                raise
            problem = failure(error)
        counts = self._committed()
        with self.store.transaction():
            save_file(self.store.connection, self._known.unreadable(path, problem, self._reading), finished=False)
        return self._brought(path, counts, problem)

    def settle(self, loads: Sequence[FileLoad]) -> tuple[list[FileLoad], int]:
        """Take in the rows that waited for the order of day and month, where the files of the source settle it.

        Returns what each file brought with that, and how many rows of earlier runs became events or duplicates.
        """
        read_before = {load.file_id: load.read_before for load in loads if load.file_id is not None and load.count}
        of_run, earlier = release_settled_rows(self.store, self._times, self.source, read_before)
        settled = [
            load
            if load.count is None or load.file_id not in of_run
            else replace(load, count=load.count.moved(of_run[load.file_id]))
            for load in loads
        ]
        return settled, earlier.accepted + earlier.duplicates

    def _load(self, path: Path, report: Callable[[int], None]) -> FileLoad:
        status = regular_status(path)
        unchanged = self._known.unchanged(path, status)
        if unchanged is not None and not self._is_readable_now(unchanged, path):
            return self._brought(path, NO_ROWS, unchanged.problem)
        reading = FileReading(unchanged) if unchanged is not None else self._known.match(path, status)
        if self._is_readable_now(reading.file, path):
            reading = self._known.afresh(reading.file, path, status)
        self._reading = reading
        to_save = [*self._known.settled(path, reading.file), *([reading.file] if reading.is_complete else [])]
        if to_save:
            with self.store.transaction():
                for file in to_save:
                    save_file(self.store.connection, file, finished=file.is_finished)
        if reading.is_complete:
            return self._brought(path, NO_ROWS, reading.file.problem)
        options = ReadOptions(
            encoding=reading.encoding or self.source.encoding,
            delimiter=self.source.delimiter or (reading.file.delimiter if reading.resume else None),
            resume=reading.resume,
            hasher=reading.hasher,
            header=reading.file.names if reading.resume else None,
            columns=self.source.columns,
            sheet=self.source.sheet,
            identifiers=self.identifiers,
            session_user=self.source.session_user,
            tables=self.source.tables,
            siblings=self._paths,
        )
        with ByteStream(path) as stream:
            reader: Reader = self._format(reading).open(stream, options)
            rows = reader.layout.rows
            if reading.resume is not None or not begins_with_row(rows, self.source.columns):
                return self._read(stream, reader, report)
        return self._load_headerless(path, options, rows, report)

    def _load_headerless(
        self, path: Path, options: ReadOptions, rows: Sequence[tuple[str, ...]], report: Callable[[int], None]
    ) -> FileLoad:
        """Read a file that begins with a row by the header that fits; where none does, put it aside whole."""
        header = self._headers.fitting(path)
        if header is None:
            options = replace(options, header=("",) * len(rows[0]))
        else:
            options = replace(options, header=header.names, delimiter=header.delimiter)
        with ByteStream(path) as stream:
            reader = self._format(self._reading).open(stream, options)
            return self._read(stream, reader, report, borrowed_header=header is not None)

    def _format(self, reading: FileReading | None) -> LogFormat:
        """Return the format of a file: the source's, or what it was recognised as when it was first read."""
        return formats()[self.source.format or (reading.file.format if reading else FALLBACK)]

    def _is_readable_now(self, file: LoadedFile, path: Path) -> bool:
        """Return whether a file that was put aside for want of a header can be read by one that is known now."""
        return (file.problem or "").startswith(NO_HEADER) and self._headers.fitting(path) is not None

    def _read(
        self, stream: ByteStream, reader: Reader, report: Callable[[int], None], *, borrowed_header: bool = False
    ) -> FileLoad:
        """Read and commit all chunks; another header in the middle says how the rows below it are read."""
        if self._reading is None:
            raise AssertionError("a file is read that was not looked for in the ledger")
        commit = self._commit = ChunkCommit(self.store, self._times, self.source, self._reading, reader)
        unknown: Counter[tuple[str, str]] = Counter()
        problem: str | None = None
        stray_quotes = 0
        differing: list[Clash] = []
        is_end = False
        while not is_end:
            header = reader.layout.header
            mapping = map_layout(reader.layout, self.source.columns)
            wrong = mapping.problem if any(header) or not header else self._no_header()
            request = header.index(reader.layout.request) if reader.layout.request in header else None
            columns = _columns_to_read(mapping, header, request)
            rows_read = 0
            for chunk in reader.chunks(columns, _few_valued(mapping, columns) - {request}):
                if not rows_read:
                    differing += clashes(chunk.records, mapping, header)
                twins = settled_twins(chunk.records, mapping)
                rows = canonical_rows(twins.records, mapping, self.source.values, header, request)
                twins.mark(rows, mapping)
                if not self._format(self._reading).checks_rows:
                    only_told(rows)
                unknown += rows.unknown
                commit.write(chunk, rows, wrong)
                rows_read += chunk.rows
                stray_quotes += chunk.stray_quotes
                report(stream.taken_bytes)
            is_end = reader.layout.header == header
            if rows_read or is_end:
                problem = problem or (wrong if header or rows_read else EMPTY)
        problem = stream.problem or problem
        counts = commit.finish(problem, finished=stream.problem != SHORTER)
        load = self._brought(stream.path, counts, problem, unknown)
        if load.count is None:
            return load
        count = replace(
            load.count,
            borrowed_header=borrowed_header,
            stray_quotes=stray_quotes,
            clashes=tuple(differing),
            bare_numbers=reader.layout.bare_numbers,
        )
        return replace(load, count=count)

    def _uncounted(self, counts: RowCounts) -> tuple[int, int]:
        """Return how many of this run's rows in quarantine do not count towards the limit.

        Those set aside as future that had been so in another file before, and those that are no record of the log.
        """
        if self._reading is None or not counts.quarantined:
            return 0, 0
        connection, file = self.store.connection, self._reading.file
        after = file.counts.read - counts.read
        again = count_again(connection, self.source.name, file.file_id, after)
        return again, count_no_records(connection, file.file_id, after)

    def _committed(self) -> RowCounts:
        """Return what became of the rows of the file that stand in the store by now."""
        return NO_ROWS if self._commit is None else self._commit.committed

    def _no_header(self) -> str:
        return MISFIT if self._headers.is_known else UNKNOWN

    def _brought(
        self,
        path: Path,
        counts: RowCounts,
        problem: str | None,
        unknown: Counter[tuple[str, str]] | None = None,
    ) -> FileLoad:
        found: Counter[tuple[str, str]] = Counter() if unknown is None else unknown
        if not counts and not problem:
            return FileLoad(self.source.name, unknown=found)
        count = FileCount(
            self.source.name,
            path_text(path),
            counts.read,
            counts.accepted,
            counts.duplicates,
            counts.quarantined,
            problem,
        )
        file = self._reading.file if self._reading is not None else None
        return FileLoad(
            self.source.name, count, found, *self._uncounted(counts),
            *((file.file_id, file.counts.read - counts.read) if file is not None else ()),
        )  # fmt: skip


def ends_run(error: Exception) -> bool:
    """Return whether an error says nothing of the file: of the store, of what the system gives, of a signal."""
    if isinstance(error, DetectorError) or is_interruption(error):
        return True
    return isinstance(error, OSError | MemoryError | duckdb.Error) and resource_error(error) is not None


def failure(error: Exception) -> str:
    """Return in one line why reading ended: what the system says of the file, else where the program stands.

    What other errors say is left out: it may quote the log.
    """
    if isinstance(error, OSError):
        return f"cannot be read: {' '.join((error.strerror or str(error)).split())[:200]}"
    house = detector.__path__[0]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(house)]
    place = f", {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"cannot be worked through: a defect of the program ({type(error).__name__}{place})"


def _columns_to_read(mapping: HeaderMapping, header: tuple[str, ...], request: int | None) -> tuple[int, ...]:
    """Return the columns to read: those understood; all where an id must be derived from the content."""
    if "event_id" not in mapping.columns:
        return tuple(range(len(header)))
    wanted = mapping.indexes | {one for rivals in mapping.rivals.values() for one in rivals}
    return tuple(sorted(wanted if request is None else wanted | {request}))


def _few_valued(mapping: HeaderMapping, columns: Sequence[int]) -> frozenset[int]:
    """Return the columns that hold few different values: all but ids and times."""
    unique = {column.index for column in mapping.columns.values() if column.column in UNIQUE_COLUMNS}
    for column in UNIQUE_COLUMNS:
        unique |= {*mapping.twins.get(column, ()), *mapping.rivals.get(column, ())}
    return frozenset(columns) - unique
