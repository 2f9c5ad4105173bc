"""Which rows of a chunk are new events, and under which identity.

The identity of a row is `source:id`. Where an id is met again, the content decides: the same content is a duplicate,
other content is another event, `~2`, `~3` … in the order of reading. A row without an id has one derived from its
content; there the n-th identical row of one file is the n-th event (`.2`, `.3` …), whatever other files brought. A
record with a request id is the same as another of that request, account, patient and action. A row that names several
patients is one row here; its events are made when they are written (`source:id`, `source:id#2` …).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from detector.database.queries import create_table, rows
from detector.model.tables import EVENTS, Column, Table
from detector.store.parts import paths_sql, quoted

EARLIER_EVENTS: Final = Table(
    "earlier_events",
    "event of a part that may hold an id of the chunk",
    (*EVENTS.columns, Column("variant", "integer", "The number that makes its identity unique, from 1.")),
)


@dataclass(frozen=True, slots=True)
class Identified:
    """How the rows of `typed_rows` without a problem fared.

    `accepted` counts the `written` new events and those of a file that is read again; `resolved` exists where
    `has_resolved`.
    """

    accepted: int = 0
    written: int = 0
    duplicates: int = 0
    renamed: int = 0
    derived: int = 0
    problems: int = 0
    has_resolved: bool = False


def identify(
    connection: duckdb.DuckDBPyConnection, folder: Path, source: str, file_id: int, former: Sequence[str] = ()
) -> Identified:
    """Decide the fate of each row of `typed_rows`; rows whose identity is contested get theirs in table `resolved`.

    Events that were loaded under a ``former`` name of the source have, for this, the ids of its present name.
    """
    good, derived, problems = connection.execute(
        "select count(*) filter (problem is null), count(*) filter (problem is null and is_derived), count(problem)"
        " from typed_rows"
    ).fetchall()[0]
    if not good:
        return Identified(problems=problems)
    names = [source, *former]
    renamed_source = source if former else None
    parts = _candidate_parts(connection, names)
    _view_earlier(connection, folder, parts, renamed_source)
    create_table(connection, "load", "contested.sql")
    if not connection.execute("select exists (from contested)").fetchall()[0][0]:
        return Identified(accepted=good, written=good, derived=derived, problems=problems)
    variants = _variant_parts(connection, names, parts)
    _view_earlier(connection, folder, variants, renamed_source)
    create_table(connection, "load", "earlier_rows.sql")
    create_table(connection, "load", "resolved.sql", file_id=file_id, source=source)
    connection.execute(
        "insert into repeats select ?, base_id from resolved where is_derived and fate = 'duplicate'", [file_id]
    )
    kept, duplicates, renamed, derived_again = connection.execute(
        "select count(*) filter (fate = 'kept'), count(*) filter (fate = 'duplicate'),"
        " count(*) filter (fate = 'new' and variant > 1 and not is_derived),"
        " count(*) filter (fate <> 'new' and is_derived) from resolved"
    ).fetchall()[0]
    return Identified(
        accepted=good - duplicates, written=good - duplicates - kept, duplicates=duplicates, renamed=renamed,
        derived=derived - derived_again, problems=problems, has_resolved=True,
    )  # fmt: skip


def _candidate_parts(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """Return the parts that may hold an id of the chunk: by the range of ids, for derived ids by time too."""
    found = rows(connection, "load", "candidate_parts.sql", source=names[0], names=list(names))
    return [str(row["path"]) for row in found]


def _variant_parts(connection: duckdb.DuckDBPyConnection, names: Sequence[str], parts: list[str]) -> list[str]:
    """Return the candidate parts and those that hold renamed ids, in order."""
    paths = connection.execute(
        "select path from event_parts where list_contains(?::varchar[], source)"
        " and (renamed_ids > 0 or path in (select unnest(?::varchar[]))) order by part_id",
        [list(names), parts],
    ).fetchall()
    return [str(row[0]) for row in paths]


def _view_earlier(
    connection: duckdb.DuckDBPyConnection, folder: Path, parts: list[str], source: str | None = None
) -> None:
    """Make the view `earlier_events` of the events in these parts; with ``source`` their ids are as its own."""
    events = f"from read_parquet({paths_sql(folder, parts)})" if parts else EARLIER_EVENTS.empty_select()
    if parts and source is not None:
        own = f"{quoted(source)} || substring(event_id, strpos(event_id, ':'))"
        events = f"select * replace ({own} as event_id) {events}"
    connection.execute(f"create or replace temp view earlier_events as {events}")
