"""Writing one chunk: its events as an immutable part, its quarantine, its ledger row, in one transaction."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from detector.database.queries import sql_text
from detector.deployment.settings import Source
from detector.loading.identity import Identified, identify
from detector.loading.known_files import NO_TAIL, UNFINISHED, FileState, mapping_digest, save_row
from detector.model.tables import EVENTS
from detector.sources.canonical_rows import CanonicalRows
from detector.sources.log_format import Chunk, Reader
from detector.store.store import Store

RAW_CHARACTERS: Final = 1 << 20
NEXT_PART: Final = """
select coalesce(max(part_id), 0) + 1 from (select part_id from event_parts union all select part_id from purged_parts)
"""


class ChunkCommit:
    """Writes the chunks of one file in order."""

    def __init__(self, store: Store, zone: str, source: Source, state: FileState, reader: Reader) -> None:
        self.store, self.zone, self.source, self.state = store, zone, source, state
        self.row: dict[str, Any] = state.row
        self._reader = reader
        self.row.update(mapping_digest=mapping_digest(source), problem=None)
        self._drop_tail = state.drop_tail
        store.connection.execute(sql_text("load", "event_time.sql"))
        if state.reload:
            self._forget_quarantine()

    def counts(self) -> tuple[int, int, int, int]:
        """Return rows read, accepted, duplicates, quarantined of the file so far, as far as they will stay."""
        row, tail = self.row, self._drop_tail
        return (
            row["rows_read"] - (row["tail_rows"] if tail else 0),
            row["accepted"] - (row["tail_accepted"] if tail else 0),
            row["duplicates"] - (row["tail_duplicates"] if tail else 0),
            row["quarantined"] - (row["tail_quarantined"] if tail else 0),
        )

    def write(self, chunk: Chunk, rows: CanonicalRows, problem: str | None) -> int:
        """Commit one chunk; `problem` sends all its rows to quarantine. Return the number of parts written."""
        connection, row = self.store.connection, self.row
        with self.store.transaction():
            self._forget_tail()
            outcome = self._identified(rows, problem)
            quarantined = self._quarantine(chunk, outcome)
            part_id = self._write_part(outcome, rows.table) if outcome.written else None
            if rows.table.num_rows:
                connection.unregister("canonical_rows")
            row["rows_read"] += chunk.rows
            row["accepted"] += outcome.accepted
            row["duplicates"] += outcome.duplicates
            row["quarantined"] += quarantined
            row["renamed_ids"] += outcome.renamed
            row["bytes_read"], row["prefix_digest"] = chunk.end.byte_position, chunk.end.digest
            if chunk.provisional is not None:
                row.update(
                    tail_bytes=len(chunk.provisional), tail_digest=hashlib.sha256(chunk.provisional).hexdigest(),
                    tail_part_id=part_id, tail_rows=chunk.rows, tail_accepted=outcome.accepted,
                    tail_duplicates=outcome.duplicates, tail_quarantined=quarantined, tail_renamed=outcome.renamed,
                )  # fmt: skip
            self._note_unknown(rows)
            self._note_layout()
            save_row(connection, {**row, "modified_ns": UNFINISHED})
        return 0 if part_id is None else 1

    def finish(self, problem: str | None) -> None:
        """Write the ledger row once more: the file was read to its end, or to the problem."""
        self.row["problem"] = problem
        self._note_layout()
        with self.store.transaction():
            self._forget_tail()
            save_row(self.store.connection, self.row)

    def _note_layout(self) -> None:
        layout = self._reader.layout
        self.row.update(encoding=layout.encoding, delimiter=layout.delimiter)

    def _identified(self, rows: CanonicalRows, problem: str | None) -> Identified:
        connection, table = self.store.connection, rows.table
        if not table.num_rows:
            return Identified()
        if problem is not None:
            place = table.column_names.index("problem")
            table = table.set_column(place, "problem", pa.repeat(problem, table.num_rows))
        connection.register("canonical_rows", table)
        connection.execute(sql_text("load", "typed_rows.sql"), {"zone": self.zone, "source": self.source.name})
        return identify(connection, self.store.folder, self.source.name, self.row["file_id"])

    def _quarantine(self, chunk: Chunk, outcome: Identified) -> int:
        """Keep the rows that were not understood; return how many."""
        connection, row = self.store.connection, self.row
        count = len(chunk.rejected)
        if chunk.rejected:
            broken = pa.table({
                "row_number": [one.row_number for one in chunk.rejected],
                "byte_position": [one.byte_position for one in chunk.rejected],
                "reason": [one.reason for one in chunk.rejected],
                "raw": [one.raw for one in chunk.rejected],
            })  # fmt: skip
            connection.register("broken_rows", broken)
            connection.execute(
                "insert into quarantine select $source, $file_id, $path, row_number, byte_position, reason, raw"
                " from broken_rows order by row_number",
                {"source": self.source.name, "file_id": row["file_id"], "path": row["path"]},
            )
            connection.unregister("broken_rows")
        if outcome.problems:
            values = {
                "source": self.source.name, "file_id": row["file_id"], "path": row["path"], "longest": RAW_CHARACTERS,
            }  # fmt: skip
            connection.execute(sql_text("load", "quarantined_rows.sql"), values)
        return count + outcome.problems

    def _write_part(self, outcome: Identified, texts: pa.Table) -> int:
        """Write the new events of the chunk as a part, and its row in `event_parts`; return its id."""
        connection, row = self.store.connection, self.row
        part_id = int(connection.execute(NEXT_PART).fetchall()[0][0])
        path = f"events/{part_id:08d}.parquet"
        query = sql_text("load", "new_events.sql" if outcome.has_resolved else "uncontested_events.sql")
        typed = connection.sql(query).to_arrow_table()
        events = event_table(self.source.name, row["file_id"], typed, texts)
        self.store.write_table(path, events)
        dates = pc.min_max(events["business_date"]).as_py()
        times = pc.min_max(events["event_time"]).as_py()
        ids = pc.min_max(events["event_id"]).as_py()
        connection.execute(
            "insert into event_parts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [part_id, self.source.name, row["file_id"], path, events.num_rows, *dates.values(), *times.values(),
             *ids.values(), outcome.derived, outcome.renamed],
        )  # fmt: skip
        row["first_date"] = min(dates["min"], row["first_date"] or dates["min"])
        row["last_date"] = max(dates["max"], row["last_date"] or dates["max"])
        return part_id

    def _forget_tail(self) -> None:
        """Take back the file's provisional last records: they are read again, with what has come since."""
        if not self._drop_tail:
            return
        self._drop_tail = False
        connection, row = self.store.connection, self.row
        complete = row["rows_read"] - row["tail_rows"]
        connection.execute("delete from event_parts where part_id = ?", [row["tail_part_id"]])
        connection.execute("delete from quarantine where file_id = ? and row_number > ?", [row["file_id"], complete])
        for column, tail in (
            ("rows_read", "tail_rows"), ("accepted", "tail_accepted"), ("duplicates", "tail_duplicates"),
            ("quarantined", "tail_quarantined"), ("renamed_ids", "tail_renamed"),
        ):  # fmt: skip
            row[column] -= row[tail]
        row.update(NO_TAIL)

    def _forget_quarantine(self) -> None:
        """Start a file anew whose quarantined rows may be understood now; its events stay."""
        connection, row = self.store.connection, self.row
        with self.store.transaction():
            for table in ("quarantine", "repeats", "unknown_values", "purged_parts", "purged_quarantine"):
                connection.execute(f"delete from {table} where file_id = ?", [row["file_id"]])
            save_row(connection, {**row, "modified_ns": UNFINISHED, "bytes_read": 0})

    def _note_unknown(self, rows: CanonicalRows) -> None:
        for (column, value), count in sorted(rows.unknown.items()):
            self.store.connection.execute(
                "insert into unknown_values values (?, ?, ?, ?, ?)",
                [self.source.name, self.row["file_id"], column, value, count],
            )


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
    return table if pc.all(is_event).as_py() else table.filter(is_event)
