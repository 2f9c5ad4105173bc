"""RuoYi: ``sys_oper_log`` and ``sys_logininfor``, as the system exports them or in a dump of its database."""

from __future__ import annotations

from pathlib import Path

from detector.sources.byte_stream import ByteStream
from detector.sources.log_format import LogFormat, Reader, ReadOptions
from detector.sources.record_reader import RecordReader
from detector.sources.ruoyi_rows import NEEDED, TABLES, known_columns, ruoyi_record
from detector.sources.sql_dump import DumpSplitter, dumps_table, head_of, is_dump
from detector.sources.translated_rows import first_fields, open_rows


def _open(stream: ByteStream, options: ReadOptions) -> Reader:
    if is_dump(head_of(stream.path, options)):
        return RecordReader(stream, options, DumpSplitter(TABLES, lambda _, row: ruoyi_record(row)))
    return open_rows(stream, options, known_columns, ruoyi_record, NEEDED)


def _recognises(head: bytes, path: Path) -> float:
    if dumps_table(path, tuple(TABLES)):
        return 0.95
    return 0.9 * any(known_columns(fields) is not None for fields in first_fields(head))


FORMAT = LogFormat("ruoyi", "RuoYi's operation and log-in logs, exported or dumped", _open, _recognises)
