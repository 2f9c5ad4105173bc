"""Writing one chunk: its events as an immutable part, its quarantine, its ledger row, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detector.database.queries import execute, sql_text
from detector.loading.identity import Identified, identify
from detector.loading.loaded_file import LoadedFile, RowCounts, mapping_digest, save_file
from detector.loading.quarantine import quarantine_records
from detector.model.tables import EVENTS
from detector.sources.identifiers import PATIENT_SEPARATOR, has_several_patients
from detector.sources.text_chunks import RAW_CHARACTERS

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.loading.known_files import FileReading
    from detector.loading.row_times import RowTimes
    from detector.sources.canonical_rows import CanonicalRows
    from detector.sources.log_format import Chunk, Reader
    from detector.store.store import Store

NEXT_PART: Final = """
select coalesce(max(part_id), 0) + 1 from (select part_id from event_parts union all select part_id from purged_parts)
"""


class ChunkCommit:
    """Writes the chunks of one file in order; ``committed`` is what became of this run's rows so far."""

    def __init__(self, store: Store, times: RowTimes, source: Source, reading: FileReading, reader: Reader) -> None:
        """Prepare to go on with a file; one that is loaded anew loses its quarantine, which is filled again."""
        self.store, self.times, self.source = store, times, source
        self.file = reading.file
        self._reader = reader
        self._loaded_before = self.file.complete_counts
        self._has_earlier_tail = self.file.tail is not None
        self.committed = RowCounts()
        self.file.mapping_digest, self.file.problem = mapping_digest(source), None
        times.create_macros()
        if reading.reload:
            self._delete_quarantine()

    def write(self, chunk: Chunk, rows: CanonicalRows, problem: str | None) -> None:
        """Commit one chunk; ``problem`` sends all its rows to quarantine."""
        connection, file = self.store.connection, self.file
        with self.store.transaction():
            self._delete_earlier_tail()
            identified = self._identified(rows, problem)
            quarantined = self._quarantine(chunk, identified)
            part_id = (
                add_events(self.store, self.source.name, file, identified, rows.table) if identified.written else None
            )
            if rows.table.num_rows:
                connection.unregister("canonical_rows")
            counts = RowCounts(
                chunk.rows, identified.accepted, identified.duplicates + chunk.repeats, quarantined,
                identified.renamed, chunk.skipped,
            )  # fmt: skip
            file.add_rows(counts, chunk.end)
            if chunk.provisional is not None:
                file.take_tail(chunk.provisional, part_id, counts)
            self._insert_unknown_values(rows)
            file.note_layout(self._reader.layout)
            save_file(connection, file, finished=False)
        self.committed = file.counts - self._loaded_before

    def finish(self, problem: str | None, *, finished: bool = True) -> RowCounts:
        """Write the ledger row once more: the file was read to its end, or to the problem.

        One that is not ``finished`` is read again by the next run, though it may look unchanged. Returns what became of
        the rows of this run, those of an earlier provisional end counted anew.
        """
        self.file.problem = problem
        self.file.note_layout(self._reader.layout)
        with self.store.transaction():
            self._delete_earlier_tail()
            save_file(self.store.connection, self.file, finished=finished)
        return self.file.counts - self._loaded_before

    def _identified(self, rows: CanonicalRows, problem: str | None) -> Identified:
        table = rows.table
        if not table.num_rows:
            return Identified()
        return identified_rows(self.store, self.times, self.source, self.file, table, problem=problem)

    def _quarantine(self, chunk: Chunk, identified: Identified) -> int:
        """Keep the rows that were not understood; return how many."""
        connection, file = self.store.connection, self.file
        count = quarantine_records(connection, self.source.name, file.file_id, file.path, chunk.rejected)
        if identified.problems:
            execute(
                connection, "load", "quarantined_rows.sql",
                source=self.source.name, file_id=file.file_id, path=file.path, longest=RAW_CHARACTERS,
            )  # fmt: skip
            execute(connection, "load", "waiting_rows.sql", source=self.source.name, file_id=file.file_id)
        return count + identified.problems

    def _delete_earlier_tail(self) -> None:
        """Take back the provisional end that an earlier run read: it is read again, with what has come since."""
        if not self._has_earlier_tail:
            return
        self._has_earlier_tail = False
        connection, file = self.store.connection, self.file
        tail = file.drop_tail()
        connection.execute("delete from event_parts where part_id = ?", [tail.part_id if tail else None])
        for table in ("quarantine", "waiting_rows"):
            connection.execute(
                f"delete from {table} where file_id = ? and row_number > ?", [file.file_id, file.counts.read]
            )

    def _delete_quarantine(self) -> None:
        """Start a file anew whose quarantined rows may be understood now; its events stay."""
        connection, file = self.store.connection, self.file
        with self.store.transaction():
            for table in (
                "quarantine",
                "waiting_rows",
                "repeats",
                "unknown_values",
                "purged_parts",
                "purged_quarantine",
            ):
                connection.execute(f"delete from {table} where file_id = ?", [file.file_id])
            save_file(connection, file, finished=False)

    def _insert_unknown_values(self, rows: CanonicalRows) -> None:
        for (column, value), count in sorted(rows.unknown.items()):
            self.store.connection.execute(
                "insert into unknown_values values (?, ?, ?, ?, ?)",
                [self.source.name, self.file.file_id, column, value, count],
            )


def identified_rows(
    store: Store, times: RowTimes, source: Source, file: LoadedFile, rows: pa.Table, *, problem: str | None = None
) -> Identified:
    """Decide what becomes of canonical rows of a file, which stay registered; ``problem`` is wrong with all of them."""
    connection = store.connection
    connection.register("canonical_rows", rows)
    times.type_rows(file, problem)
    return identify(connection, store.folder, source.name, file.file_id, source.former_names)


def add_events(store: Store, source: str, file: LoadedFile, identified: Identified, texts: pa.Table) -> int:
    """Write the new events of the rows as a part, and its row in `event_parts`; return its id."""
    connection = store.connection
    part_id = int(connection.execute(NEXT_PART).fetchall()[0][0])
    path = f"events/{part_id:08d}.parquet"
    query = sql_text("load", "new_events.sql" if identified.has_resolved else "uncontested_events.sql")
    typed = connection.sql(query).to_arrow_table()
    events = event_table(source, file.file_id, typed, texts)
    store.write_table(path, events)
    dates = pc.min_max(events["business_date"]).as_py()
    times = pc.min_max(events["event_time"]).as_py()
    ids = pc.min_max(events["event_id"]).as_py()
    connection.execute(
        "insert into event_parts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [part_id, source, file.file_id, path, events.num_rows, *dates.values(), *times.values(),
         *ids.values(), identified.derived, identified.renamed, identified.written],
    )  # fmt: skip
    file.widen_dates(dates["min"], dates["max"])
    return part_id


def event_table(source: str, file_id: int, typed: pa.Table, texts: pa.Table) -> pa.Table:
    """Return the new events of a chunk: the typed columns beside the texts of the same rows.

    Raises AssertionError where the two do not stand in the same order, which would mix up rows.
    """
    if not typed["row_number"].equals(texts["row_number"]):
        raise AssertionError("typed rows and texts are not in the same order")
    size = texts.num_rows
    columns = {name: typed[name] if name in typed.column_names else None for name in (*EVENTS.names, "variant")}
    columns["source"] = pa.repeat(source, size)
    columns["file_id"] = pa.repeat(pa.scalar(file_id, pa.int32()), size)
    table = pa.table({name: texts[name] if values is None else values for name, values in columns.items()})
    is_event = typed["is_event"]
    table = table if pc.all(is_event).as_py() else table.filter(is_event)
    return each_patients_event(table)


def each_patients_event(events: pa.Table) -> pa.Table:
    """Return one event per patient where a record names several: `source:id`, `source:id#2` …, in their order.

    Of the records that the action returned each has one, and the first all that are left.
    """
    several = has_several_patients(events["patient_id"])
    if several is None:
        return events
    patients = pc.split_pattern(events["patient_id"].combine_chunks(), PATIENT_SEPARATOR)
    sizes = pc.fill_null(pc.list_value_length(patients), 1).to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    numbers = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    table = events.take(pa.array(rows))
    columns = {name: table[name] for name in table.column_names}
    columns["patient_id"] = _elements(patients, rows, numbers)
    visits = pc.split_pattern(events["visit_id"].combine_chunks(), PATIENT_SEPARATOR)
    visit_sizes = pc.fill_null(pc.list_value_length(visits), 1).to_numpy(zero_copy_only=False)
    columns["visit_id"] = _elements(visits, rows, np.where(visit_sizes[rows] == sizes[rows], numbers, 1))
    numbered = pc.binary_join_element_wise(table["event_id"], pa.array(numbers).cast(pa.string()), "#")
    columns["event_id"] = pc.if_else(pa.array(numbers == 1), table["event_id"], numbered)
    one = pc.min_element_wise(table["record_count"], 1)
    rest = pc.subtract(table["record_count"], pa.array(sizes[rows] - 1))
    columns["record_count"] = pc.if_else(pa.array(numbers == 1), pc.max_element_wise(one, rest), one)
    return pa.table(columns)


def _elements(lists: pa.ListArray, rows: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Return the element with a number, from 1, of the list of each row; null where there is no list."""
    starts = lists.offsets.to_numpy()[:-1]
    places = pa.array(starts[rows] + numbers - 1, mask=pc.is_null(lists).to_numpy(zero_copy_only=False)[rows])
    return lists.values.take(places)
