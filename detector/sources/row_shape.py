"""What a line must have to be a row by itself, however the quotation marks around it are set.

Exports that do not escape let a `"` that somebody typed run on to the next one. A mark that would join lines which are
rows by themselves is a character and no quote.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

_LINE: Final = re.compile(rb"[^\r\n]+")
_TIME: Final = re.compile(
    r"\d{1,2}\s*[:：时點点]\s*\d{1,2}"
    r"|^\W*(?:\d{8}|\d{10}|\d{12,17}|\d{5}\.\d+)\W*$"
    r"|\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}"
    r"|\d{1,2}\s*[-/. ]\s*(?:\d{1,2}月?|[A-Za-z]{3,9})\s*[-/., ]\s*\d{2,4}"
)
_LONGEST_TIME: Final = 80


@dataclass(frozen=True, slots=True)
class RowShape:
    """How the rows of a header look: so many columns, a time in the one of index ``time`` (None: there is none)."""

    delimiter: str
    columns: int
    time: int | None = None

    def fields(self, line: bytes) -> list[str] | None:
        """Return the fields of a line that is a row by itself, else None.

        A mark that opens a field and closes none is a character; where that does not give a row, each mark is one.
        """
        if self.time is None or line.count(self.delimiter.encode()) < self.columns - 1:
            return None
        for fields in (fields_of(line, self.delimiter), line.decode("utf-8", "replace").split(self.delimiter)):
            if len(fields) == self.columns and looks_like_time(fields[self.time]):
                return fields
        return None

    def is_row(self, line: bytes) -> bool:
        """Return whether a line is a row by itself."""
        return self.fields(line) is not None

    def joins_rows(self, text: bytes, start: int, stop: int) -> bool:
        """Return whether the quotes of a record of several lines join lines that are rows by themselves.

        One of its inner lines is; or the last one and the first: the last line of a text with line breaks may look
        like a row where the text stands in the first column.
        """
        if self.time is None:
            return False
        lines = (one.group() for one in _LINE.finditer(text, start, stop))
        first, last = next(lines, b""), None
        for line in lines:
            if last is not None and self.is_row(last):
                return True
            last = line
        return last is not None and self.is_row(last) and self.is_row(first)


def looks_like_time(text: str) -> bool:
    """Return whether a field holds a date or a time, in whatever form."""
    if len(text) > _LONGEST_TIME:
        return False
    return _TIME.search(text if text.isascii() else unicodedata.normalize("NFKC", text)) is not None


def fields_of(record: bytes, delimiter: str) -> list[str]:
    """Return the fields of one record, unquoted; what is not well formed is taken as it stands."""
    field = field_pattern(delimiter.encode())
    found: list[str] = []
    position = 0
    while True:
        match = field.match(record, position)
        end = match.end() if match else position
        if end < len(record) and record[end : end + 1] != delimiter.encode():
            end = record.find(delimiter.encode(), position)
            end = len(record) if end < 0 else end
        found.append(_unquoted(record[position:end]))
        if end >= len(record):
            return found
        position = end + 1


def quoted(fields: list[str], delimiter: str) -> bytes:
    """Return a record with these fields, each of them quoted."""
    return delimiter.join('"' + field.replace('"', '""') + '"' for field in fields).encode()


@cache
def field_pattern(delimiter: bytes) -> re.Pattern[bytes]:
    """Return what a field is: closed quotes, or text that does not begin with a quote and has no separator."""
    plain = rb"[^" + re.escape(delimiter) + rb"\r\n\0]*+"
    return re.compile(rb'(?:"[^"\0]*+(?:""[^"\0]*+)*+"|(?!")' + plain + rb")")


def _unquoted(field: bytes) -> str:
    if len(field) > 1 and field.startswith(b'"') and field.endswith(b'"'):
        field = field[1:-1].replace(b'""', b'"')
    return field.decode("utf-8", "replace")
