"""What a run would find, without writing to the deployment: a sample of the logs loaded into a throw-away store.

Every file's header is read; of each source the beginning of a new file is loaded, together with all context
tables, by the very code of a run. The throw-away store lies in a private temporary folder and is removed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import glob
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.database.connection import store_errors
from detector.database.queries import sql_text
from detector.database.rows import frame, registered, select
from detector.database.site_rules import create_site_rules
from detector.deployment.log_sources import Source
from detector.deployment.settings import ContextPaths, Settings, StoreSettings
from detector.errors import ForeignStore, StoreError
from detector.files.path_text import path_text
from detector.files.permissions import check_writable, is_reader
from detector.files.regular_file import regular_status
from detector.loading import log_beginnings
from detector.loading.context import context_paths, load_context, table_keys
from detector.loading.context_failure import ContextFailure
from detector.loading.crosswalk import read_identities, use_identities
from detector.loading.doubtful_ids import DoubtfulIds, doubtful_ids
from detector.loading.events import LoadSummary, files_by_source, load_events
from detector.loading.known_headers import KnownHeaders
from detector.loading.loaded_file import LoadedFile, loaded_files
from detector.loading.log_beginnings import beginning, options_of
from detector.loading.ownership import check_store_folder
from detector.loading.row_examples import RowExample, row_examples
from detector.loading.source_loader import EMPTY, failure
from detector.loading.time_orders import SourceOrder, source_order, stored_orders
from detector.loading.waiting_rows import StrayClock
from detector.sources.byte_stream import ByteStream
from detector.sources.file_sample import FileSample, read_sample
from detector.sources.formats import format_of, formats
from detector.sources.headerless import NO_HEADER, begins_with_row
from detector.sources.headers import map_layout
from detector.sources.json_documents import CUT_OFF
from detector.sources.known_identifiers import identifiers_of
from detector.sources.log_format import NO_RECORD, Layout, ReadOptions
from detector.sources.understanding import Understanding, shown_headers, understand
from detector.sources.whole_days import bring_whole_days
from detector.store import Store, open_published, open_store
from detector.store.judged_dates import last_judged
from detector.store.published import PUBLISHED
from detector.store.schema import open_copy

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from detector.store.store import Store


LEAST_SAMPLE: Final = 0.1
"""A file is sampled that has at least so much of the largest one, or of what is read of it."""


@dataclass(slots=True)
class SourceSurvey:
    """One source: its files by name, their formats, how its columns are understood, and what is wrong.

    ``proposes_daily``: each of its files holds one date, and the configuration does not say so. ``columns`` maps
    canonical columns to headers; ``sample_rows`` and ``quarantined`` count the sample, ``no_records`` those quarantined
    that do not count towards the limit. What is wrong with single files is in ``unreadable``: a run names them and
    loads the others. ``understanding`` is of the ``sampled`` file (``sample`` is what was read of it), and
    so are ``examples``, and ``order``, with what earlier runs know of the order of day and month.
    """

    name: str
    files: list[Path] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    size_bytes: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    sample_rows: int = 0
    quarantined: int = 0
    no_records: int = 0
    reasons: list[str] = field(default_factory=list)
    proposes_daily: bool = False
    understanding: Understanding = field(default_factory=Understanding)
    order: SourceOrder | None = None
    examples: list[RowExample] = field(default_factory=list)
    sampled: Path | None = None
    sample: FileSample | None = None


@dataclass(slots=True)
class ContextSurvey:
    """One context table; ``path`` None: not configured. ``share`` is the part of the sample that it covers, or None.

    ``failure`` says why a run would not take its file for the truth; where there is no good version either, that is a
    problem.
    """

    name: str
    path: Path | None = None
    rows: int = 0
    quarantined: int = 0
    problems: list[str] = field(default_factory=list)
    share: float | None = None
    failure: ContextFailure | None = None


@dataclass(slots=True)
class Survey:
    """What ``check`` says; shares of the sample that name no patient, or an account without staff row.

    ``active_accounts`` opened something in the sample, ``known_accounts`` of them are in the staff table, if there is
    one.

    ``store_problem`` says that the store is another deployment's, or damaged. ``clocks`` are accounts of the sample
    whose clocks are wrong, ``doubtful`` the identifiers that somebody has to look at.
    """

    sources: list[SourceSurvey] = field(default_factory=list)
    tables: list[ContextSurvey] = field(default_factory=list)
    store_problem: str | None = None
    events: int = 0
    without_patient: float | None = None
    without_person: float | None = None
    active_accounts: int = 0
    known_accounts: int | None = None
    clocks: Sequence[StrayClock] = ()
    doubtful: DoubtfulIds = field(default_factory=DoubtfulIds)

    @property
    def blind(self) -> list[str]:
        """Sources whose sample was understood as a log without any patient."""
        return [source.name for source in self.sources if not source.understanding.sees_patients]

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong and must be set right before a run, the store first, then sources."""
        return [
            *([self.store_problem] if self.store_problem else []),
            *(problem for source in self.sources for problem in source.problems),
            *(problem for table in self.tables for problem in table.problems),
        ]


def survey(
    settings: Settings,
    *,
    start: dt.datetime | None = None,
    clocks: Callable[[Store, Collection[str]], Sequence[StrayClock]] = lambda _store, _daily: (),
    look: Callable[[Store], None] = lambda _store: None,
) -> Survey:
    """Look at every source and table. What is wrong is listed; only an unknown format or a full disk raises.

    ``start`` is when a run would begin, by default now. ``clocks`` returns the accounts with wrong clocks of the store
    that the sample was loaded into, given the names of the sources that bring whole days. ``look`` is given
    that store too.
    """
    work = files_by_source(settings)
    stored = _stored_files(settings)
    headers = [KnownHeaders(source, stored[source.name], paths) for source, paths in work]
    result = Survey(
        [_headers(settings, index, source, paths, headers[index]) for index, (source, paths) in enumerate(work)]
    )
    try:
        check_store_folder(settings, work)
        if not is_reader(settings.store.path.parent, settings.store.group):
            check_writable(settings.store.path.parent)
    except (ForeignStore, StoreError) as error:
        result.store_problem = str(error).removeprefix(f"{settings.path.parent}/")
    result.tables = [ContextSurvey(name, path) for name, path in context_paths(settings).items()]
    in_use = _check_tables(settings, result.tables)
    with _sample(settings, result, headers, in_use) as sample:
        if sample is not None:
            _load_sample(sample, result, start, clocks, look, stored_orders(settings.store.path), in_use)
    return result


def _headers(settings: Settings, index: int, source: Source, paths: list[Path], headers: KnownHeaders) -> SourceSurvey:
    found = SourceSurvey(source.name)
    if source.format is not None and source.format not in formats():
        raise settings.error(f"unknown format; known: {', '.join(formats())}", "source", index, "format")
    for path in paths:
        try:
            size = regular_status(path).st_size
            name, layout = _layout_of(path, source, headers)
            header = layout.header
        except Exception as error:  # noqa: BLE001 - what stops the reading of one file is said of it
            found.unreadable.append(f"{path_text(path.name)}: {failure(error)}")
            continue
        found.files.append(path)
        found.size_bytes += size
        found.formats += [name] if name not in found.formats else []
        mapping = map_layout(layout, source.columns)
        if not any(header):
            found.unreadable.append(f"{path_text(path.name)}: {NO_HEADER if header else EMPTY}")
        elif mapping.problem:
            found.problems.append(f"{path_text(path.name)}: {mapping.problem}")
        found.columns |= {column: one.header for column, one in mapping.columns.items()}
        if mapping.beside is not None:
            found.columns["event_time"] = f"{mapping.beside.header} + {mapping.columns['event_time'].header}"
        names = dict(zip(header, shown_headers(header), strict=True))
        unused = [names[text] for text in mapping.ignored if text]
        found.ignored += [text for text in unused if text not in found.ignored]
    options = ReadOptions(source.encoding, source.delimiter)
    found.proposes_daily = not source.daily and bring_whole_days(
        found.files, source.format, options, dict(source.columns)
    )
    return found


def _layout_of(path: Path, source: Source, headers: KnownHeaders) -> tuple[str, Layout]:
    """Return the format of a file, and its layout with the header that a run reads it by.

    Empty texts are the header where it has none, and none fits.
    """
    with ByteStream(path) as stream:
        options = options_of(source)
        log_format = format_of(path, source.format)
        layout = log_format.open(stream, options).layout
        if stream.problem:
            raise OSError(stream.problem)
    if not begins_with_row(layout.rows, source.columns):
        return log_format.name, layout
    borrowed = headers.fitting(path)
    header = borrowed.names if borrowed else ("",) * len(layout.header)
    return log_format.name, replace(layout, header=header)


def _stored_files(settings: Settings) -> dict[str, list[LoadedFile]]:
    """Return the files that the store has of each source; none where there is no store that can be read."""
    nothing: dict[str, list[LoadedFile]] = {source.name: [] for source in settings.sources}
    if not settings.store.path.is_file():
        return nothing
    try:
        with store_errors(settings.store.path), contextlib.closing(open_copy(settings.store.path)) as connection:
            return {source.name: loaded_files(connection, *source.names) for source in settings.sources}
    except StoreError:
        return nothing


def _check_tables(settings: Settings, tables: list[ContextSurvey]) -> dict[str, pl.DataFrame]:
    """Load the tables into a store that has what the last run published of them: what fails there fails tonight.

    Returns, of each table whose file failed, the rows that tonight works with instead.
    """
    with _throw_away(settings) as away, open_store(away) as store:
        last = _copy_versions_in_use(settings, store)
        counts = {count.name: count for count in load_context(store, away, last)}
        in_use = {name: frame(store.connection, f"from {name}") for name, count in counts.items() if count.failure}
    for table in tables:
        count = counts[table.name]
        table.rows, table.quarantined, table.failure = count.rows, count.quarantined, count.failure
        if count.failure is not None and not count.failure.has_good:
            error = settings.error(count.failure.problem, *table_keys(table.name))
            table.problems.append(str(error).replace(f"{settings.path.parent}/", ""))
    return in_use


def _copy_versions_in_use(settings: Settings, store: Store) -> dt.date | None:
    """Copy what the last run published of the context tables; return the last business date that it judged."""
    if not (settings.store.path.parent / PUBLISHED).exists():
        return None
    with open_published(settings, views=False) as published:
        connection = published.connection
        for name in ("context_tables", "context_days", *context_paths(settings)):
            with registered(store.connection, copied=frame(connection, f"from {name}")):
                store.connection.execute(f"insert into {name} from copied")
        store.connection.execute("update context_tables set fingerprint = null")  # the check reads every file
        return last_judged(connection)


@contextmanager
def _throw_away(settings: Settings) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="detector-check-") as folder:
        yield replace(settings, store=StoreSettings(Path(folder) / "state" / "detector.duckdb"))


@contextmanager
def _sample(
    settings: Settings, result: Survey, headers: list[KnownHeaders], in_use: Mapping[str, pl.DataFrame]
) -> Iterator[Settings | None]:
    """Yield the settings of a deployment that holds the sample, or None where no source can be read.

    It has no file of the tables that failed, of which the rows ``in_use`` count.
    """
    with _throw_away(settings) as away:
        sources = []
        accounts = _identifiers("staff", "user_id", settings.context.staff, in_use)
        patients = _identifiers("patients", "patient_id", settings.context.patients, in_use)
        for source, found, known in zip(settings.sources, result.sources, headers, strict=True):
            if not found.files:
                continue
            found.sampled = sampled_file(found.files)
            source = replace(source, format=format_of(found.sampled, source.format).name)  # noqa: PLW2901
            sample = beginning(found.sampled, source, away.store.path.parent.parent, known)
            found.sample = _read(sample, source)
            found.understanding = _understanding(found.sample, source, accounts, patients)
            if not found.problems:
                sources.append(replace(source, path=glob.escape(str(sample))))
        kept = {
            name: getattr(settings.context, name) for name in ContextPaths.__dataclass_fields__ if name not in in_use
        }
        site = replace(
            settings.site,
            vip_patients=None if "vip_patients" in in_use else settings.site.vip_patients,
            decoy_patients=None if "decoy_patients" in in_use else settings.site.decoy_patients,
        )
        yield replace(away, sources=tuple(sources), context=ContextPaths(**kept), site=site) if sources else None


def sampled_file(files: Sequence[Path]) -> Path:
    """Return the newest file that is no mere beginning: that of a month's first hours tells nothing of the log."""
    largest = max(min(path.stat().st_size, log_beginnings.SAMPLE_BYTES) for path in files)
    whole = [path for path in files if path.stat().st_size >= LEAST_SAMPLE * largest]
    return max(whole, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _identifiers(table: str, column: str, path: Path | None, in_use: Mapping[str, pl.DataFrame]) -> frozenset[str]:
    """Return the identifiers of the beginning of a table's file; where that failed, of the version in use."""
    return frozenset(in_use[table][column]) if table in in_use else identifiers_of(table, path)


def _read(sample: Path, source: Source) -> FileSample | None:
    with contextlib.suppress(Exception):  # what is wrong with the file is said of it
        return read_sample(sample, source.format, options_of(source))
    return None


def _understanding(
    sample: FileSample | None, source: Source, accounts: Collection[str], patients: Collection[str]
) -> Understanding:
    if sample is None or begins_with_row(sample.layout.rows, source.columns):
        return Understanding()
    with contextlib.suppress(Exception):  # what is wrong with the file is said of it
        return understand(sample, source.columns, source.values, accounts, patients)
    return Understanding()


def _load_sample(
    sample: Settings,
    result: Survey,
    start: dt.datetime | None,
    clocks: Callable[[Store, Collection[str]], Sequence[StrayClock]],
    look: Callable[[Store], None],
    orders: pl.DataFrame | None,
    in_use: Mapping[str, pl.DataFrame],
) -> None:
    with open_store(sample) as store:
        if orders is not None:
            with registered(store.connection, stored_orders=orders):
                store.connection.execute("insert into time_orders from stored_orders")
        load_context(store, sample)
        for name, rows in in_use.items():
            with registered(store.connection, rows_in_use=rows):
                store.connection.execute(f"insert into {name} from rows_in_use")
        summary = load_events(store, sample, start=start)
        if read_identities(store.connection, sample.sources):
            use_identities(store.connection)
            store.refresh_views()
        result.doubtful = doubtful_ids(store.connection)
        result.clocks = clocks(store, {source.name for source in sample.sources if source.daily})
        look(store)
        _count_sources(store.connection, summary, result)
        _note_orders(store.connection, sample, result)
        _note_examples(store.connection, sample, result)
        create_site_rules(store.connection, sample.detection)
        counts = select(store.connection, sql_text("load", "sample_shares.sql"))[0]
    result.events = int(counts["events"])
    if result.events:
        result.without_patient = counts["without_patient"] / result.events
        if any(table.name == "staff" and table.rows for table in result.tables):
            result.without_person = counts["without_person"] / result.events
            result.active_accounts, result.known_accounts = counts["active_accounts"], counts["known_accounts"]
    for table in result.tables:
        if table.name == "staff" and result.without_person is not None:
            table.share = 1 - result.without_person
        elif table.rows and counts["accesses"] and table.name in counts:
            table.share = counts[table.name] / counts["accesses"]


def _note_orders(connection: duckdb.DuckDBPyConnection, sample: Settings, result: Survey) -> None:
    """Note the order of day and month of each source of the sample; rows of it stand under the name of its file."""
    for source in sample.sources:
        (found,) = (one for one in result.sources if one.name == source.name)
        order = source_order(connection, source)
        sampled = path_text(found.sampled or found.files[-1])
        rows = tuple(replace(row, path=sampled) if glob.escape(row.path) == source.path else row for row in order.rows)
        found.order = replace(order, rows=rows)


def _note_examples(connection: duckdb.DuckDBPyConnection, sample: Settings, result: Survey) -> None:
    for source in sample.sources:
        (found,) = (one for one in result.sources if one.name == source.name)
        if found.sample is not None:
            found.examples = row_examples(connection, source, found.sample)


def _count_sources(connection: duckdb.DuckDBPyConnection, summary: LoadSummary, result: Survey) -> None:
    for found in result.sources:
        counts = [one for one in summary.files if one.source == found.name]
        found.sample_rows = sum(one.rows_read for one in counts)
        found.quarantined = sum(one.quarantined for one in counts)
        found.no_records = connection.execute(
            "select count(*) from quarantine where source = ? and starts_with(reason, ?)", [found.name, NO_RECORD]
        ).fetchall()[0][0]
        said = {one.partition(": ")[2] for one in found.unreadable}
        found.unreadable += [
            f"{path_text(found.files[-1].name)}: {one.problem}"
            for one in counts
            if one.problem
            and not said.intersection({one.problem, NO_HEADER, EMPTY})
            and not (one.problem == CUT_OFF and found.size_bytes > log_beginnings.SAMPLE_BYTES)
        ]
        reasons = connection.execute(
            "select split_part(reason, ':', 1) as why, count(*) as rows from quarantine where source = ?"
            " group by why order by rows desc, why limit 3",
            [found.name],
        ).fetchall()
        found.reasons = [f"{why} ({rows})" for why, rows in reasons]
