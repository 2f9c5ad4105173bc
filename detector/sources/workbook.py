"""Rows of cells out of whatever is called a workbook: xlsx, xls and ods, and what web systems write under these names.

| kind | told by | read by |
| --- | --- | --- |
| xlsx, ods | a zip archive with the parts of a workbook | calamine |
| xls | the mark of an OLE file | calamine |
| an HTML table | `<html`, `<table` … at the beginning | `html.parser` |
| HTML tables of a web archive | `MIME-Version` at the beginning | `email`, `html.parser` |
| SpreadsheetML 2003 | XML with a `Workbook` of Microsoft's namespace | `defusedxml` |

A cell is a text as a person sees it, and a number where the workbook holds one: leading zeros of an identifier that was
typed as a number are gone, and whoever reads the cells must know that.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from detector.sources.html_tables import pages_of, tables_of
from detector.sources.zip_text import DAMAGES, MOST_MEMBERS, ZIP_MAGIC, is_document, is_litter, is_too_dense

OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD_BYTES: Final = 4096
MAX_SHEET_CELLS: Final = 50_000_000
"""Cells of one sheet, filled or not; more are refused before they are made."""
MAX_UNPACKED_BYTES: Final = 2 << 30
"""What a workbook may hold when unpacked."""
MAX_MEMBER_BYTES: Final = 256 << 20
"""How large a workbook in an archive may be: it is held in memory."""
MAX_EXACT: Final = 10**15
"""Whole numbers from here on have lost digits in a spreadsheet."""
_DAY_ZERO: Final = dt.datetime.fromisoformat("1899-12-30")
_XML_START: Final = re.compile(rb"\s*<\?xml|\s*<(?:\w+:)?Workbook")
_HTML_START: Final = re.compile(rb"<(?:!doctype\s+html|html|head|meta|body|table|style|title|div)\b", re.IGNORECASE)
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE)
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_SPREADSHEET: Final = "{urn:schemas-microsoft-com:office:spreadsheet}"
_ACCENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?")


class NumberCell(str):
    """The text of a cell that holds a number."""

    __slots__ = ()


class DayCell(str):
    """The text of a cell that holds a date, which may be a midnight."""

    __slots__ = ()


Cells = list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, and its rows, made anew for every reading; all have the sheet's width."""

    name: str
    rows: tuple[Cells, ...] | SheetRows

    def __iter__(self) -> Iterator[Cells]:
        return iter(self.rows)


class SheetRows:
    """The rows of a sheet that calamine holds; cells become texts when they are asked for.

    A cell that is merged over several rows says the same in each.
    """

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401  (calamine has no types)
        self._sheet = sheet

    def __iter__(self) -> Iterator[Cells]:
        left = (self._sheet.start or (0, 0))[1]
        merged: dict[int, list[tuple[int, int]]] = {}
        for (top, column), (bottom, _) in self._sheet.merged_cell_ranges or ():
            if bottom > top and column >= left:
                merged.setdefault(top, []).append((column - left, bottom))
        held: dict[int, tuple[int, str]] = {}
        for number, row in enumerate(self._sheet.iter_rows()):
            cells = [cell_text(value) for value in row]
            for column, (bottom, text) in held.items():
                if number <= bottom and not cells[column]:
                    cells[column] = text
            held |= {column: (bottom, cells[column]) for column, bottom in merged.get(number, ())}
            yield cells


class UnreadableWorkbookError(Exception):
    """A workbook that nothing can be read of; its text says why, without quoting the file."""


def is_workbook(file: BinaryIO) -> bool:
    """Return whether a file is a workbook of any kind but plain text; it is read from its beginning."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(ZIP_MAGIC):
        return _is_workbook_archive(file)
    return head.startswith(OLE_MAGIC) or is_markup(head)


def is_markup(head: bytes) -> bool:
    """Return whether a file begins as an HTML table or as SpreadsheetML does."""
    plain = _plain_head(head)
    if _HTML_START.match(plain) or _is_web_archive(plain):
        return True
    return _XML_START.match(plain) is not None and (b"spreadsheet" in plain or _HTML_START.search(plain) is not None)


def _plain_head(head: bytes) -> bytes:
    """Return the beginning of a file of markup in an encoding that knows ASCII, without a mark."""
    if head.startswith(_UTF16_MARKS):
        head = head.decode("utf-16", "ignore").encode()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _is_web_archive(head: bytes) -> bool:
    """Return whether a file begins as a page that was saved with all its parts in one file (MHTML)."""
    return head.lower().startswith(b"mime-version:") and b"multipart/related" in head.lower()


def sheets_of(file: BinaryIO) -> Iterator[Sheet]:
    """Yield the sheets of a workbook, or of the workbooks in a zip archive. Raises UnreadableWorkbookError."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if head.startswith((ZIP_MAGIC, OLE_MAGIC)):
        yield from _calamine_sheets(file)
        return
    plain = _plain_head(head)
    if _is_web_archive(plain):
        for page in pages_of(file.read()):
            yield from _html_sheets(page)
    elif b"<html" not in plain.lower() and _XML_START.match(plain) and b"spreadsheet" in plain:
        yield from _markup_sheets(_as_utf8(file, plain))
    else:
        yield from _html_sheets(file.read())


def _as_utf8(file: BinaryIO, head: bytes) -> BinaryIO:
    """Return XML in an encoding that the parser knows."""
    said = _DECLARED.match(head)
    encoding = said[1].decode().casefold() if said else ""
    if not encoding.startswith(("gb", "utf-16")):
        return file
    text = file.read().decode("gb18030" if encoding.startswith("gb") else "utf-16", "replace")
    return io.BytesIO(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode())


def cell_text(value: object) -> str:
    """Return a cell's value as the text that stands for it: times as ISO 8601, whole numbers without a fraction."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value) if math.isfinite(value) else ""
    if isinstance(value, dt.datetime):
        return instant_text(value)
    if isinstance(value, dt.date):
        return DayCell(value.isoformat())
    if isinstance(value, dt.timedelta):
        value = (_DAY_ZERO + value).time()
    if isinstance(value, dt.time):
        return value.replace(microsecond=0).isoformat()
    return str(value)


def number_text(value: float) -> NumberCell:
    """Return a number as text; one that a spreadsheet cannot hold to the last digit in scientific notation."""
    whole = int(value)
    if whole != value:
        return NumberCell(repr(value))
    return NumberCell(f"{value:.14E}" if abs(whole) >= MAX_EXACT else str(whole))


def instant_text(value: dt.datetime) -> str:
    """Return an instant of a cell to the second, or to the millisecond where it has them.

    Spreadsheets hold days as binary fractions: a second may come as 11.9999995.
    """
    rounded = value + dt.timedelta(microseconds=500)
    rounded = rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
    return rounded.isoformat(" ", "milliseconds" if rounded.microsecond else "seconds")


def serial_text(number: str) -> str | None:
    """Return the instant of a spreadsheet's day number (1900 system), or None where it is none of 1955 to 2119."""
    try:
        days = float(number)
    except ValueError:
        return None
    if not 20_000 <= days <= 80_000 or days.is_integer():
        return None
    return instant_text(_DAY_ZERO + dt.timedelta(days=days))


def _is_workbook_archive(file: BinaryIO) -> bool:
    try:
        names = zipfile.ZipFile(file).namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return is_document(names)


def is_of_workbooks(file: BinaryIO) -> bool:
    """Return whether a file is a zip archive of workbooks alone, by the names of its members."""
    try:
        names = zipfile.ZipFile(file).namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    members = [name.casefold() for name in names if not name.endswith("/") and not is_litter(name)]
    return bool(members) and all(name.endswith((".xlsx", ".xls", ".ods", ".xlsm")) for name in members)


def _check_unpacked_size(file: BinaryIO) -> None:
    is_archive = zipfile.is_zipfile(file)
    parts = zipfile.ZipFile(file).infolist() if is_archive else []
    size, packed = sum(one.file_size for one in parts), sum(one.compress_size for one in parts)
    file.seek(0)
    if size > MAX_UNPACKED_BYTES or is_too_dense(size, packed):
        raise UnreadableWorkbookError(f"the workbook is larger than {MAX_UNPACKED_BYTES >> 20} MiB unpacked")


_PARSED: Final[dict[tuple[int, ...], dict[str, Any]]] = {}
"""The sheets of the workbook that was read last: what recognises it and what reads it ask for the same."""


def _parsed_sheets(file: BinaryIO) -> dict[str, Any]:
    """Return the sheets of a file that were parsed before, to be added to; those of another file are let go."""
    try:
        status = os.fstat(file.fileno())
    except OSError:  # held in memory
        return {}
    key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    if key not in _PARSED:
        _PARSED.clear()
    return _PARSED.setdefault(key, {})


def _calamine_sheets(file: BinaryIO) -> Iterator[Sheet]:
    import python_calamine as calamine  # noqa: PLC0415  (only workbooks need it)

    _check_unpacked_size(file)
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        names = book.sheet_names
    except calamine.PasswordError:
        raise UnreadableWorkbookError("the workbook is locked with a password") from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableWorkbookError(f"not a complete workbook ({type(error).__name__})") from None
    parsed = _parsed_sheets(file)
    for name in names:
        try:
            sheet = parsed[name] = parsed.get(name) or book.get_sheet_by_name(name)
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise UnreadableWorkbookError(f"a sheet is damaged ({type(error).__name__})") from None
        if sheet.total_height * sheet.total_width > MAX_SHEET_CELLS:
            raise UnreadableWorkbookError(f"a sheet has more than {MAX_SHEET_CELLS} cells")
        yield Sheet(name, SheetRows(sheet))


def _markup_sheets(file: BinaryIO) -> Iterator[Sheet]:
    """Yield the sheets of SpreadsheetML 2003; entities and document types are refused."""
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml.common import DefusedXmlException  # noqa: PLC0415  (only workbooks need it)
    from defusedxml.ElementTree import iterparse  # noqa: PLC0415

    name = ""
    rows: list[Cells] = []
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start" and element.tag == f"{_SPREADSHEET}Worksheet":
                name, rows = element.get(f"{_SPREADSHEET}Name") or "", []
            elif event == "end" and element.tag == f"{_SPREADSHEET}Row":
                missing = int(element.get(f"{_SPREADSHEET}Index") or 0) - len(rows) - 1
                rows += [[] for _ in range(min(max(missing, 0), 1000))]
                rows.append(_markup_row(element))
                element.clear()
            elif event == "end" and element.tag == f"{_SPREADSHEET}Worksheet":
                yield Sheet(name, _squared(rows))
                element.clear()
                rows = []
    except (ParseError, DefusedXmlException, ValueError) as error:
        if rows:
            yield Sheet(name, _squared(rows))
        raise UnreadableWorkbookError(f"not complete SpreadsheetML ({type(error).__name__})") from None


def _markup_row(row: Any) -> Cells:  # noqa: ANN401  (an element)
    cells: Cells = []
    for cell in row.iter(f"{_SPREADSHEET}Cell"):
        index = int(cell.get(f"{_SPREADSHEET}Index") or 0)
        cells += [""] * (min(index, 10_000) - len(cells) - 1)
        data = cell.find(f"{_SPREADSHEET}Data")
        text = "" if data is None else "".join(data.itertext())
        kind = None if data is None else data.get(f"{_SPREADSHEET}Type")
        if kind == "Number":
            cells.append(number_text(float(text)))
        else:
            found = _ACCENT.fullmatch(text) if kind == "DateTime" else None
            cells.append(instant_text(dt.datetime.fromisoformat(text)) if found else text)
        cells += [""] * min(int(cell.get(f"{_SPREADSHEET}MergeAcross") or 0), 10_000)
    return cells


def _html_sheets(content: bytes) -> Iterator[Sheet]:
    for number, rows in enumerate(tables_of(content), 1):
        yield Sheet(str(number), _squared(rows))


def _squared(rows: list[Cells]) -> tuple[Cells, ...]:
    width = max(map(len, rows), default=0)
    return tuple(row + [""] * (width - len(row)) for row in rows)


def archived_workbooks(file: BinaryIO) -> Iterator[tuple[BinaryIO, str | None]]:
    """Yield the workbooks in a zip archive in the order of their names, or why a member was left out.

    The bounds are those of other archives. No member is unpacked to the disk; names say nothing but their order.
    """
    try:
        archive = zipfile.ZipFile(file)
        every = [one for one in archive.infolist() if not one.is_dir() and not is_litter(one.filename)]
    except DAMAGES:
        yield io.BytesIO(), "the zip archive is damaged"
        return
    if len(every) > MOST_MEMBERS:
        yield io.BytesIO(), f"is a zip archive of more than {MOST_MEMBERS} files"
        return
    for member in sorted(every, key=lambda one: one.filename):
        if member.file_size > MAX_MEMBER_BYTES or is_too_dense(member.file_size, member.compress_size):
            yield io.BytesIO(), f"a member of the zip archive is larger than {MAX_MEMBER_BYTES >> 20} MiB"
            continue
        try:
            with archive.open(member) as packed:
                content = packed.read()
        except (*DAMAGES, OSError, RuntimeError):
            yield io.BytesIO(), "a member of the zip archive is locked or damaged"
            continue
        yield io.BytesIO(content), None
