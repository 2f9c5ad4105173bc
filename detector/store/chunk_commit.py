"""Writing one chunk: its events as an immutable part, its quarantine, its ledger row, in one transaction."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import pyarrow as pa

from detector.settings import Source
from detector.sources.canonical_rows import CanonicalRows
from detector.sources.format import Chunk, Reader
from detector.sql_files import sql_text
from detector.store.identity import Identified, identify
from detector.store.ledger import NO_TAIL, UNFINISHED, FileState, mapping_digest, save_row
from detector.store.relations import quoted
from detector.store.store import Store

RAW_CHARACTERS: Final = 1 << 20
_NOTHING: Final = Identified()


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
            quarantined = self._quarantine(chunk)
            part_id = self._write_part(outcome) if outcome.written else None
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
            connection.execute("create or replace temp table typed_rows as select 1 as row_number where false")
            return _NOTHING
        if problem is not None:
            table = table.set_column(
                table.column_names.index("problem"), "problem", pa.repeat(problem, table.num_rows)
            )
        connection.register("canonical_rows", table)
        try:
            connection.execute(sql_text("load", "typed_rows.sql"), {"zone": self.zone, "source": self.source.name})
        finally:
            connection.unregister("canonical_rows")
        return identify(connection, self.store.folder, self.source.name, self.row["file_id"])

    def _quarantine(self, chunk: Chunk) -> int:
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
        if chunk.records.num_rows:
            count += int(
                connection.execute(
                    "insert into quarantine select $source, $file_id, $path, row_number, byte_position, problem,"
                    f" left(raw, {RAW_CHARACTERS}) from typed_rows where problem is not null order by row_number",
                    {"source": self.source.name, "file_id": row["file_id"], "path": row["path"]},
                ).fetchall()[0][0]
            )
        return count

    def _write_part(self, outcome: Identified) -> int:
        """Write the new events of the chunk as a part, and its row in `event_parts`; return its id."""
        connection, row = self.store.connection, self.row
        part_id = int(connection.execute("select coalesce(max(part_id), 0) + 1 from event_parts").fetchall()[0][0])
        path = f"events/{part_id:08d}.parquet"
        if not outcome.has_resolved:
            connection.execute(sql_text("load", "nothing_resolved.sql"))
        select = sql_text("load", "new_events.sql").replace("{source}", quoted(self.source.name))
        connection.execute(select.replace("{file_id}", str(row["file_id"])))
        self.store.write_part(path, "from new_events")
        values = {
            "part_id": part_id, "source": self.source.name, "file_id": row["file_id"], "path": path,
            "derived": outcome.derived, "renamed": outcome.renamed,
        }  # fmt: skip
        first, last = connection.execute(sql_text("load", "new_part.sql"), values).fetchall()[0]
        row["first_date"] = first if row["first_date"] is None else min(first, row["first_date"])
        row["last_date"] = last if row["last_date"] is None else max(last, row["last_date"])
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
            for table in ("quarantine", "repeats", "unknown_values"):
                connection.execute(f"delete from {table} where file_id = ?", [row["file_id"]])
            save_row(connection, {**row, "modified_ns": UNFINISHED, "bytes_read": 0})

    def _note_unknown(self, rows: CanonicalRows) -> None:
        for (column, value), count in sorted(rows.unknown.items()):
            self.store.connection.execute(
                "insert into unknown_values values (?, ?, ?, ?, ?)",
                [self.source.name, self.row["file_id"], column, value, count],
            )
