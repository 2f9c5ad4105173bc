"""RuoYi: ``sys_oper_log`` and ``sys_logininfor``, as the system exports them (CSV, workbook) or in a database dump."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

from detector.files.regular_file import open_regular
from detector.sources.byte_stream import ByteStream
from detector.sources.formats.excel import HEADER_ROWS, open_excel
from detector.sources.log_format import LogFormat, Reader, ReadOptions
from detector.sources.record_reader import RecordReader
from detector.sources.ruoyi_rows import NEEDED, TABLES, known_columns, ruoyi_record
from detector.sources.sql_dump import DumpSplitter, dumps_table, head_of, is_dump
from detector.sources.translated_rows import TranslatedRows, configured_columns, first_fields, open_rows
from detector.sources.workbook import UnreadableWorkbookError, is_workbook, sheets_of


def _open(stream: ByteStream, options: ReadOptions) -> Reader:
    header = _workbook_header(stream.path)
    if header is not None:
        columns = configured_columns(header, known_columns, NEEDED)
        return TranslatedRows(open_excel(stream, replace(options, columns=columns)), known_columns, ruoyi_record)
    if is_dump(head_of(stream.path, options)):
        return RecordReader(stream, options, DumpSplitter(TABLES, lambda _, row: ruoyi_record(row)))
    return open_rows(stream, options, known_columns, ruoyi_record, NEEDED)


def _workbook_header(path: Path) -> tuple[str, ...] | None:
    """Return the header in a workbook that the system wrote, below its merged title; None where there is none."""
    with open_regular(path) as file:
        if not is_workbook(file):
            return None
        try:
            for sheet in sheets_of(file):
                for row in islice(sheet, HEADER_ROWS):
                    header = tuple(cell.strip() for cell in row)
                    if known_columns(header) is not None:
                        return header
        except UnreadableWorkbookError:
            return None
    return None


def _recognises(head: bytes, path: Path) -> float:
    if dumps_table(path, tuple(TABLES)) or _workbook_header(path) is not None:
        return 0.95
    return 0.9 * any(known_columns(fields) is not None for fields in first_fields(head))


FORMAT = LogFormat("ruoyi", "RuoYi's operation and log-in logs, exported or dumped", _open, _recognises)
