"""Writing one chunk: its events as an immutable part, its quarantine, its ledger row, in one transaction."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import duckdb
import pyarrow as pa

from detector.settings import Source
from detector.sources.canonical_rows import CanonicalRows
from detector.sources.format import Chunk, Layout
from detector.sql_files import sql_text
from detector.store.identity import Identified, identify
from detector.store.ledger import FileState, mapping_digest, save_row
from detector.store.relations import quoted
from detector.store.store import Store

RAW_CHARACTERS: Final = 1 << 20
_NOTHING: Final = Identified(0, 0, 0, 0, has_resolved=False)


class ChunkCommit:
    """Writes the chunks of one file in order."""

    def __init__(self, store: Store, zone: str, source: Source, state: FileState, layout: Layout) -> None:
        self.store, self.zone, self.source, self.state = store, zone, source, state
        self.row: dict[str, Any] = state.row
        self.row.update(
            encoding=layout.encoding, delimiter=layout.delimiter, mapping_digest=mapping_digest(source), problem=None
        )
        self._drop_tail = state.drop_tail
        for macro in ("event_time.sql",):
            store.connection.execute(sql_text("load", macro))

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
            part_id = self._write_part(outcome) if outcome.accepted else None
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
            save_row(connection, row)
        return 0 if part_id is None else 1

    def finish(self, problem: str | None) -> None:
        """Write the ledger row once more: the file was read to its end, or to the problem."""
        self.row["problem"] = problem
        with self.store.transaction():
            self._forget_tail()
            save_row(self.store.connection, self.row)

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
        connection, row = self.store.connection, self.row
        part_id = int(
            connection.execute("select coalesce(max(part_id), 0) + 1 from event_parts").fetchall()[0][0]
        )
        path = f"events/{part_id:08d}.parquet"
        select = sql_text("load", "new_events.sql")
        if outcome.has_resolved:
            connection.execute(
                "create or replace temp view joined_rows as select typed_rows.*, resolved.row_number as resolved_row,"
                " resolved.event_id as resolved_id from typed_rows left join resolved using (row_number)"
            )
            select = select.replace("from typed_rows", "from joined_rows").replace(
                "{event_id}", "coalesce(resolved_id, base_id)"
            )
            select = select.replace(
                "{variant}",
                "case when resolved_id = base_id or resolved_id is null then 1"
                " else regexp_extract(resolved_id, '(\\d+)$', 1)::integer end",
            )
            select = select.replace("{resolved}\nwhere", "where (resolved_row is null or resolved_id is not null) and")
        else:
            select = select.replace("{event_id}", "base_id").replace("{variant}", "1").replace("{resolved}\n", "")
        select = select.replace("$source", quoted(self.source.name)).replace("$file_id", str(row["file_id"]))
        self.store.write_part(path, select)
        first, last = self._register_part(part_id, path, outcome)
        row["first_date"] = first if row["first_date"] is None else min(first, row["first_date"])
        row["last_date"] = last if row["last_date"] is None else max(last, row["last_date"])
        return part_id

    def _register_part(self, part_id: int, path: str, outcome: Identified) -> tuple[Any, Any]:
        connection = self.store.connection
        source = "joined_rows" if outcome.has_resolved else "typed_rows"
        kept = " and (resolved_row is null or resolved_id is not null)" if outcome.has_resolved else ""
        ids = "coalesce(resolved_id, base_id)" if outcome.has_resolved else "base_id"
        connection.execute(
            f"insert into event_parts select $part_id, $source, $file_id, $path, count(*), min(business_date),"
            f" max(business_date), min(event_time), max(event_time), min({ids}), max({ids}), $derived, $renamed"
            f" from {source} where problem is null{kept}",
            {
                "part_id": part_id, "source": self.source.name, "file_id": self.row["file_id"], "path": path,
                "derived": outcome.derived, "renamed": outcome.renamed,
            },
        )  # fmt: skip
        row = connection.execute(
            "select first_date, last_date from event_parts where part_id = ?", [part_id]
        ).fetchall()[0]
        return row[0], row[1]

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
            row[tail] = 0
        row.update(tail_bytes=0, tail_digest=None, tail_part_id=None)

    def _note_unknown(self, rows: CanonicalRows) -> None:
        for (column, value), count in sorted(rows.unknown.items()):
            self.store.connection.execute(
                "insert into unknown_values values (?, ?, ?, ?, ?)",
                [self.source.name, self.row["file_id"], column, value, count],
            )


__all__ = ["ChunkCommit", "duckdb"]
