"""Lines of a database's JSON log that a collector wrote otherwise than one a line: in an array, or indented."""

from __future__ import annotations

import re
from typing import Any, Final

from detector.sources.database_sessions import DatabaseSessions
from detector.sources.json_documents import JsonDocuments
from detector.sources.postgres_lines import MARK, json_line
from detector.sources.record_reader import Found, Split

_BEGINS: Final = re.compile(r"\s*(?:\[\s*\{|\{\s*\n)")
_MOST_OBJECTS: Final = 20


def _worth(value: dict[str, Any]) -> int:
    is_of_log = {"timestamp", "pid", "message"} <= set(value) and "backend_type" in value
    return 2 * ("custom.audit_type" in value or is_of_log or MARK in str(value.get("message", "")))


def is_document(head: str) -> bool:
    """Return whether a text begins as such a log does."""
    if not _BEGINS.match(head.lstrip("\ufeff")):
        return False
    found = JsonDocuments(_worth).split(head.lstrip("\ufeff"), final=False).objects[:_MOST_OBJECTS]
    return any(one.value is not None and _worth(one.value) for one in found)


class DatabaseDocuments:
    """Finds the audited statements of such a log; see `detector.sources.record_reader.Splitter`."""

    def __init__(self, sessions: DatabaseSessions) -> None:
        self._sessions = sessions
        self._documents = JsonDocuments(_worth)

    def split(self, text: str, *, final: bool) -> Split:
        """Return the statements; lines that are no audit are passed over."""
        run = self._documents.split(text, final=final)
        split = Split(run.consumed, [], run.skipped, run.problem, run.open_from)
        for one in run.objects:
            if one.value is None:
                split.records.append(Found(one.start, one.end, None, one.reason))
                continue
            line = json_line(one.value)
            record = None if line is None else self._sessions.record(line)
            if line is None or line.kind == "aside":
                split.skipped.append(one.start)
            else:
                split.records.append(Found(one.start, one.end, record))
        return split

    def resynchronised(self, text: str) -> int:
        """Go on behind the line, or behind all of the text."""
        return text.find("\n") + 1 or len(text)

    def needs_beginning(self, _text: str) -> bool:
        """Who works in a session may have been said long before."""
        return True
