"""OpenEMR: the table ``log``, exported (joined with its sisters or not) or in a dump of the database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from detector.sources.byte_stream import ByteStream
from detector.sources.log_format import LogFormat, Reader, ReadOptions
from detector.sources.openemr_tables import ChecksumWatch, OpenEmrDump, exported_columns
from detector.sources.record_reader import RecordReader
from detector.sources.sql_dump import dumps_table, head_of, is_dump
from detector.sources.translated_rows import first_fields, open_rows


def _open(stream: ByteStream, options: ReadOptions) -> Reader:
    if is_dump(head_of(stream.path, options)):
        return RecordReader(stream, options, OpenEmrDump(stream.path, options).splitter())
    watch = ChecksumWatch()

    def translated(row: Mapping[str, str | None]) -> Mapping[str, str | None]:
        plain = {name: None if value == "NULL" else value for name, value in row.items()}
        return watch.record(plain, plain.get("row_checksum"))

    def at_end() -> None:
        stream.problem = stream.problem or watch.problem()

    needed = {"event_time": ("date",), "user_id": ("user",), "action": ("event",)}
    return open_rows(stream, options, exported_columns, translated, needed, at_end)


def _recognises(head: bytes, path: Path) -> float:
    if dumps_table(path, ("log_comment_encrypt", "api_log")):
        return 0.95
    if dumps_table(path, ("log",)):
        return 0.6
    return 0.9 * any(exported_columns(fields) is not None for fields in first_fields(head))


FORMAT = LogFormat("openemr", "OpenEMR's audit log, exported or dumped", _open, _recognises, checks_rows=True)
