"""Audit logs of databases: pgaudit, MariaDB's and MySQL's audit and general logs, Oracle's unified audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.database_documents import DatabaseDocuments, is_document
from detector.sources.database_logs import DatabaseSplitter, layout_of
from detector.sources.database_sessions import DatabaseSessions
from detector.sources.earlier_sessions import take_over
from detector.sources.log_format import LogFormat, Reader, ReadOptions
from detector.sources.oracle_rows import oracle_columns, oracle_line
from detector.sources.record_reader import RecordReader
from detector.sources.sql_dump import head_of
from detector.sources.translated_rows import first_fields, open_rows

_ORACLE: Final = {
    "event_time": ("eventtimestamputc", "eventtimestamp"),
    "user_id": ("dbusername",),
    "action": ("actionname",),
}


def _open(stream: ByteStream, options: ReadOptions) -> Reader:
    sessions = DatabaseSessions(frozenset(options.session_user), options.tables)
    head = head_of(stream.path, options)
    if layout_of(head) is None and any(
        oracle_columns(fields) is not None for fields in first_fields(head.encode("utf-8", "replace"))
    ):

        def translated(row: Mapping[str, str | None]) -> Mapping[str, str | None] | None:
            return sessions.record(oracle_line(row))

        return open_rows(stream, options, oracle_columns, translated, _ORACLE)
    if is_document(head):
        return RecordReader(stream, options, DatabaseDocuments(sessions))
    splitter = DatabaseSplitter(sessions)
    take_over(splitter, stream.path, head, options)
    return RecordReader(stream, options, splitter)


def _recognises(head: bytes, _path: Path) -> float:
    is_wide = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    layout = layout_of(head.decode("utf-16" if is_wide else "utf-8", "replace"))
    if layout is not None or is_document(head.decode("utf-16" if is_wide else "utf-8", "replace")):
        return 0.9
    return 0.9 * any(oracle_columns(fields) is not None for fields in first_fields(head))


FORMAT = LogFormat("db-audit", "Audit logs of databases: pgaudit, MariaDB and MySQL, Oracle", _open, _recognises)
