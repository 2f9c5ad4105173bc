"""What the file before says of sessions that go on in a rotated log: who works in them, and whose connection it is.

The file before is the one of the source whose first entry is the latest before that of the file. What counts is what
it says by itself, not what an earlier one told of it: so files give the same events whether they are read at once, one
a night or in another order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.database_logs import DatabaseSplitter, first_time, layout_of
from detector.sources.database_sessions import DatabaseSessions
from detector.sources.log_format import ReadOptions
from detector.sources.record_reader import RecordReader
from detector.sources.sql_dump import head_of

_LASTING: Final = re.compile(r"[0-9a-f]{6,}\.[0-9a-f]+")
"""A session's name that no later session has; a process number comes again."""


def take_over(splitter: DatabaseSplitter, path: Path, head: str, options: ReadOptions) -> None:
    """Let the sessions of a log go on from the file before it, where the log needs it and there is one."""
    layout = layout_of(head, is_named=True)
    if layout is None or not (options.session_user or layout.general is not None):
        return
    before = _file_before(path, layout.name, head, options)
    if before is None:
        return
    with ByteStream(before) as stream:
        earlier = DatabaseSplitter(DatabaseSessions(frozenset(options.session_user), options.tables))
        alone = replace(options, resume=None, hasher=None, siblings=())
        for _ in RecordReader(stream, alone, earlier).chunks((), frozenset()):
            pass
    lasting = None if layout.name in {"general", "server_audit"} else _LASTING
    splitter.sessions.go_on_from(earlier.sessions, lasting)
    if earlier.layout is not None and earlier.layout.general is not None and layout.general is not None:
        layout.general.users.update(earlier.layout.general.users)
    splitter.layout = layout


def _file_before(path: Path, layout: str, head: str, options: ReadOptions) -> Path | None:
    """Return the file whose first entry is the latest before that of a log, None where there is none."""
    own = first_time(head)
    if own is None:
        return None
    earlier = [(time, other) for other, (name, time) in _beginnings(path, options) if name == layout and time < own[1]]
    return max(earlier, key=lambda one: (one[0], str(one[1])), default=(own[1], None))[1]


def _beginnings(path: Path, options: ReadOptions) -> Iterator[tuple[Path, tuple[str, str]]]:
    for other in options.siblings:
        if other == path:
            continue
        try:
            status = other.stat()
            found = _beginning(other, options.encoding, status.st_size, status.st_mtime_ns)
        except OSError:
            continue
        if found is not None:
            yield other, found


@lru_cache(maxsize=4096)
def _beginning(path: Path, encoding: str | None, _size: int, _changed: int) -> tuple[str, str] | None:
    """Return the layout of a file and the time of its first entry."""
    return first_time(head_of(path, ReadOptions(encoding)))
