"""Event parts rebuilt from their logs: a file is loaded again into a store of its own, beside the parts that are whole.

So every row gets the identity that it had: what other parts hold is a duplicate again, and what is new are the rows of
the lost parts, in the order of the file.
"""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.deployment.log_sources import Source
from detector.deployment.settings import Settings
from detector.errors import DetectorError
from detector.loading.events import load_events, matched_files
from detector.loading.known_files import continued
from detector.loading.loaded_file import LoadedFile, loaded_files
from detector.store.digests import row_of_part
from detector.store.store import Store, open_store

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RebuiltPart:
    """What became of a part: ``same`` as it was, ``equal`` in its rows, ``gone`` (no log), ``other`` (other rows)."""

    path: str
    outcome: str
    log: str = ""


def rebuild_event_parts(store: Store, settings: Settings, paths: Sequence[str]) -> Iterator[RebuiltPart]:
    """Rebuild the event parts ``paths``, file by file; each file commits by itself."""
    if not paths:
        return
    rows = store.connection.execute(
        "select part_id, source, file_id, path, rows, first_date, last_date, lowest_id, highest_id from event_parts"
        " where path in (select unnest(?::varchar[])) order by file_id, part_id",
        [list(paths)],
    ).fetchall()
    names = ("part_id", "source", "file_id", "path", "rows", "first_date", "last_date", "lowest_id", "highest_id")
    lost = [dict(zip(names, row, strict=True)) for row in rows]
    for (source, file_id), parts in groupby(lost, key=lambda part: (part["source"], part["file_id"])):
        yield from _rebuild_file(store, settings, source, file_id, list(parts), paths)


def _rebuild_file(
    store: Store, settings: Settings, source: str, file_id: int, parts: Sequence[dict[str, Any]], lost: Sequence[str]
) -> Iterator[RebuiltPart]:
    file = next((one for one in loaded_files(store.connection, source) if one.file_id == file_id), None)
    configured = next((one for one in settings.sources if one.name == source), None)
    log = None if file is None or configured is None else _log_of(file, configured)
    if file is None or configured is None or log is None:
        yield from (RebuiltPart(part["path"], "gone", file.path if file else "") for part in parts)
        return
    try:
        table = _events_of(
            store, replace(settings, sources=(replace(configured, path=glob.escape(str(log))),)), file, lost
        )
    except DetectorError:
        table = None
    wanted = sum(part["rows"] for part in parts)
    if table is None or table.num_rows != wanted:
        yield from (RebuiltPart(part["path"], "other", str(log)) for part in parts)
        return
    start = 0
    for part in parts:
        rows = table.slice(start, part["rows"]).combine_chunks()
        start += part["rows"]
        yield RebuiltPart(part["path"], _write(store, part, rows), str(log))


def _log_of(file: LoadedFile, source: Source) -> Path | None:
    """Return the file of a source that begins with the bytes that were loaded, wherever it lies today."""
    for path in matched_files(source):
        try:
            if path.is_file() and continued(file, path) is not None:
                return path
        except (OSError, DetectorError):
            continue
    return None


def _events_of(store: Store, settings: Settings, file: LoadedFile, lost: Sequence[str]) -> pa.Table | None:
    """Return the events of a file that no other part holds, in the order of its rows."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    connection = store.connection
    connection.execute("checkpoint")
    with tempfile.TemporaryDirectory(prefix="repair-", dir=store.folder / "tmp") as name:
        folder = Path(name)
        shutil.copyfile(store.path, folder / store.path.name)
        (folder / "events").mkdir()
        for (path,) in connection.execute("select path from event_parts").fetchall():
            if path not in lost and (store.folder / path).is_file():
                (folder / path).symlink_to((store.folder / path).resolve())
        own = replace(settings, store=replace(settings.store, path=folder / store.path.name, group=None))
        with open_store(own) as scratch:
            with scratch.transaction():
                scratch.connection.execute(
                    "delete from event_parts where path in (select unnest(?::varchar[]))", [list(lost)]
                )
                scratch.connection.execute("delete from patient_day_parts")
                for table in ("files", "repeats", "quarantine", "purged_parts"):
                    scratch.connection.execute(f"delete from {table} where file_id = ?", [file.file_id])
            kept = set(scratch.connection.execute("select path from event_parts").fetchall())
            load_events(scratch, own)
            listed = scratch.connection.execute("select path from event_parts order by part_id").fetchall()
            found = [one for one in listed if one not in kept]
            tables = [pq.read_table(folder / path) for (path,) in found]
    if not tables:
        return None
    table = pa.concat_tables(tables)
    table = table.filter(pc.less_equal(table["row_number"], file.counts.read)).sort_by("row_number")
    place = table.column_names.index("file_id")
    return table.set_column(place, "file_id", pa.repeat(pa.scalar(file.file_id, pa.int32()), table.num_rows))


def _write(store: Store, part: dict[str, Any], rows: pa.Table) -> str:
    """Put the rows in the part's place if they are those it held; return the outcome."""
    import pyarrow.compute as pc  # noqa: PLC0415

    dates, ids = pc.min_max(rows["business_date"]).as_py(), pc.min_max(rows["event_id"]).as_py()
    held = (part["first_date"], part["last_date"], part["lowest_id"], part["highest_id"])
    if held != (*dates.values(), *ids.values()):
        return "other"
    before = row_of_part(store.connection, part["path"])
    with store.transaction():
        store.write_table(part["path"], rows)
        store.connection.execute("update part_digests set sealed = true where path = ?", [part["path"]])
        after = row_of_part(store.connection, part["path"])
    return "same" if before is not None and before == after else "equal"
