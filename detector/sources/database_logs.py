"""Where the entries of database logs begin and end, for each product and layout, and which layout a file has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from detector.sources.database_sessions import DatabaseLine, DatabaseSessions
from detector.sources.mysql_lines import AUDIT, ENTRY, HEADER, GeneralLog, audit_line, refused_logins, statement_first
from detector.sources.postgres_lines import (
    CSVLOG_COLUMNS,
    MARK,
    audit_file_line,
    csv_fields,
    csv_line,
    json_fields,
    read_json,
    text_entry,
    text_line,
)
from detector.sources.record_reader import Found, Split

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+\Z")
_LOG_TIME: Final = re.compile(r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d')
_LONGEST: Final = 1 << 20
"""Characters of a record after which a quote that has not been closed will not be."""
_MOST_LINES: Final = 400
"""How many lines at the beginning of a file tell its layout."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of a log in a run of text.

    ``reason`` where it is none that can be read. ``is_open``: its end has not come for sure.
    """

    start: int
    end: int
    reason: str = ""
    is_open: bool = False


Judged = Iterable[tuple[DatabaseLine | None, bool]]
"""Lines in their order, and whether each is a further one of another line."""


@dataclass(frozen=True, slots=True)
class LogLayout:
    """A layout: how a text is cut into entries, what an entry says, and what later lines say of earlier ones.

    ``continues``: whether a line goes on the entry before it; ``is_grown``: an entry may. ``is_quoted``: line breaks
    stand within quotes. ``general`` has the connections of a general log.
    """

    name: str
    read: Callable[[str], DatabaseLine | None]
    continues: Callable[[str], bool] = lambda _line: False
    is_grown: bool = False
    is_quoted: bool = False
    judge: Callable[[Sequence[DatabaseLine | None]], Judged] = lambda lines: ((line, False) for line in lines)
    general: GeneralLog | None = None


def _csvlog(text: str) -> DatabaseLine | None:
    fields = csv_fields(text)
    if len(fields) not in CSVLOG_COLUMNS:
        raise ValueError(f"{len(fields)} columns, not those of a PostgreSQL log")
    return csv_line(fields)


def _audit_file(text: str) -> DatabaseLine | None:
    return audit_file_line(json_fields(text) if '\\"' in text or text.startswith('"') else csv_fields(text))


def _is_general_continuation(line: str) -> bool:
    return ENTRY.match(line.rstrip("\r\n")) is None and HEADER.match(line) is None


def layout_of(head: str, *, is_named: bool = False) -> LogLayout | None:
    """Return the layout of a log that begins so; None where none of its first lines is one of a database log.

    ``is_named``: the configuration says that it is one, so a plain log may begin without an audit.
    """
    lines = [match[0].rstrip("\r\n") for match in _first(_LINE.finditer(head.lstrip("\ufeff")), _MOST_LINES)]
    signs = _SIGNS | {"text": lambda found: any(text_entry(line) for line in found)} if is_named else _SIGNS
    name = next((name for name, is_so in signs.items() if is_so(lines)), None)
    return None if name is None else _layout(name)


def _layout(name: str) -> LogLayout:
    """Return a layout by its name; that of a general log remembers its connections."""
    general = GeneralLog()
    return {
        "json": LogLayout("json", read_json),
        "csvlog": LogLayout("csvlog", _csvlog, is_quoted=True),
        "audit_file": LogLayout("audit_file", _audit_file),
        "server_audit": LogLayout("server_audit", audit_line, judge=statement_first),
        "general": LogLayout(
            "general", general.line, _is_general_continuation, is_grown=True, judge=refused_logins, general=general
        ),
        "text": LogLayout("text", text_line, lambda line: line.startswith("\t"), is_grown=True),
    }[name]


def first_time(head: str) -> tuple[str, str] | None:
    """Return the layout of a log that begins so, and the time of its first entry; None where there is neither."""
    layout = layout_of(head, is_named=True)
    if layout is None:
        return None
    for match in _first(_LINE.finditer(head.lstrip("\ufeff")), _MOST_LINES):
        try:
            line = layout.read(match[0])
        except (ValueError, RecursionError):
            continue
        if line is not None and line.time:
            return layout.name, line.time
    return None


def _first(matches: Iterator[re.Match[str]], most: int) -> Iterator[re.Match[str]]:
    for _, match in zip(range(most), matches, strict=False):
        yield match


def _is_json(lines: list[str]) -> bool:
    for line in lines[:20]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(record, dict):
            return False
        if "custom.audit_type" in record or (
            {"timestamp", "pid", "message"} <= set(record) and "backend_type" in record
        ):
            return True
        if MARK in str(record.get("message", "")):
            return True
    return False


def _is_csvlog(lines: list[str]) -> bool:
    for line in lines[:20]:
        fields = csv_fields(line) if _LOG_TIME.match(line) else []
        if len(fields) > 13 and _SESSION_ID.fullmatch(fields[5]) and (fields[11].isupper() or not fields[11]):
            return True
    return False


def _is_audit_file(lines: list[str]) -> bool:
    return any(
        _LOG_TIME.match(line) is not None and _AUDIT_FIELDS.search(line) is not None and MARK not in line
        for line in lines[:20]
    )


_SESSION_ID: Final = re.compile(r"[0-9a-f]{6,}\.[0-9a-f]+")
_AUDIT_FIELDS: Final = re.compile(r'[,"](?:SESSION|OBJECT)"?,"?\d+"?,"?\d+"?,"?(?:READ|WRITE|FUNCTION|ROLE|DDL|MISC)')
_SIGNS: Final[dict[str, Callable[[list[str]], bool]]] = {
    "json": _is_json,
    "general": lambda lines: any(HEADER.match(line) or ENTRY.match(line) for line in lines[:3]),
    "server_audit": lambda lines: any(AUDIT.match(line) for line in lines[:20]),
    "audit_file": _is_audit_file,
    "csvlog": _is_csvlog,
    "text": lambda lines: any(MARK in line and text_line(line) is not None for line in lines),
}
"""By what a layout is known, the surest first."""


@dataclass(slots=True)
class DatabaseSplitter:
    """Finds the audit of a database log; see ``record_reader.Splitter``. Lines that are no audit are passed over."""

    sessions: DatabaseSessions
    layout: LogLayout | None = None

    def needs_beginning(self, _text: str) -> bool:
        """Who works in a session may have been said long before."""
        return True

    def resynchronised(self, text: str) -> int:
        """Go on at the next line."""
        return text.rfind("\n") + 1 or len(text)

    def split(self, text: str, *, final: bool) -> Split:
        """Return the audited statements of a run of the log; see ``record_reader.Splitter``."""
        self.layout = self.layout or layout_of(text, is_named=True)
        split = Split(len(text) if final else 0)
        if self.layout is None:
            if final:
                split.problem = "no database audit log of a layout that is known" if text.strip() else None
                split.skipped = [match.start() for match in _LINE.finditer(text) if match[0].strip()]
            return split
        quoted = self.layout.is_quoted
        entries = list(_quoted_entries(text, final=final) if quoted else _entries(text, self.layout.continues))
        is_open = bool(entries) and (self.layout.is_grown or entries[-1].is_open)
        may_go_on = bool(entries) and (is_open or not text.endswith("\n"))
        if not final:
            split.consumed = entries[-1].start if may_go_on else len(text)
            entries = entries[:-1] if may_go_on else entries
        self._read(text, entries, self.layout, split)
        if final and may_go_on and split.records and split.records[-1].start == entries[-1].start:
            split.open_from = entries[-1].start
        return split

    def _read(self, text: str, entries: list[LogEntry], layout: LogLayout, split: Split) -> None:
        lines: list[DatabaseLine | None] = []
        reasons: list[str] = []
        for entry in entries:
            line, reason = None, entry.reason
            if not reason:
                try:
                    line = layout.read(text[entry.start : entry.end])
                except (ValueError, RecursionError) as error:
                    reason = f"not an entry of the log: {str(error)[:100]}" if str(error) else "not an entry of the log"
            lines.append(line)
            reasons.append(reason)
        for entry, reason, (line, is_repeat) in zip(entries, reasons, layout.judge(lines), strict=True):
            end = entry.end
            while end > entry.start and text[end - 1] in "\r\n":
                end -= 1
            if reason:
                split.records.append(Found(entry.start, end, None, reason))
            elif line is None:
                split.skipped.append(entry.start)
            elif is_repeat:
                split.records.append(Found(entry.start, end))
            else:
                record = self.sessions.record(line)
                if line.kind == "aside":
                    split.skipped.append(entry.start)
                else:
                    split.records.append(Found(entry.start, end, record))


def _entries(text: str, continues: Callable[[str], bool]) -> Iterator[LogEntry]:
    """Yield the entries of a text of lines, some of which go on the one before."""
    start = end = 0
    for match in _LINE.finditer(text):
        line = match[0]
        if end > start and not continues(line):
            if text[start:end].strip():
                yield LogEntry(start, end)
            start = match.start()
        end = match.end()
    if text[start:end].strip():
        yield LogEntry(start, end)


def _quoted_entries(text: str, *, final: bool) -> Iterator[LogEntry]:
    """Yield the records of a text whose line breaks may stand within quotes.

    A record that has the wrong number of columns, or no end, is damaged: its first line is one, and reading goes on
    below it.
    """
    lines = [(match.start(), match.end()) for match in _LINE.finditer(text)]
    place = 0
    while place < len(lines):
        start, end = lines[place]
        quotes, last = text.count('"', start, end), place
        while quotes % 2 and last + 1 < len(lines):
            last += 1
            quotes += text.count('"', lines[last][0], lines[last][1])
        end = lines[last][1]
        if quotes % 2 and not final and end - start < _LONGEST:
            yield LogEntry(start, end, is_open=True)
            return
        if quotes % 2 or (last > place and len(csv_fields(text[start:end])) not in CSVLOG_COLUMNS):
            yield LogEntry(start, lines[place][1], "a damaged line")
            place += 1
            continue
        if text[start:end].strip():
            yield LogEntry(start, end)
        place = last + 1
