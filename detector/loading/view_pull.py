"""Pulling what is new in views of databases into files, before a night loads them.

A view is read in batches, in the order of its watermark. Each batch ends with the last row of a watermark, is put into
a file, and says how far the view was read: a pull that ends anywhere is gone on with by the next one, nothing is lost
and nothing is brought twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from detector.deployment.database_view import SPOOL
from detector.errors import StoreError
from detector.loading.source_loader import ends_run, failure
from detector.loading.spool import Spool
from detector.loading.view_position import DamagedPosition, ViewPosition, Watermark
from detector.loading.view_reader import ViewProblem, ViewReader, ViewRow, line_of, open_view
from detector.progress import Progress, Silent

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.deployment.settings import Settings

BATCH_ROWS: Final = 50_000
RETIRED_DAYS: Final = 7
"""So long after the last day of a retired source its server is still asked."""


def pull_views(
    settings: Settings,
    *,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
    batch_rows: int = BATCH_ROWS,
) -> dict[str, str]:
    """Pull what is new in every view; return by source why one could not be read, or not whole.

    What fails is the problem of that source alone; only what ends a run is raised: a full disk, a signal.
    """
    now = now or dt.datetime.now(dt.UTC)
    problems: dict[str, str] = {}
    for source in settings.sources:
        if source.url is None or _is_over(source, now):
            continue
        (progress or Silent()).step("load", 0, 0, f"{source.name}: {source.view}")
        try:
            spool = Spool.of(settings.store.path.parent / SPOOL / source.name, source.former_names)
            spool.clean(time.time() - settings.store.keep_events_days * 86_400)
            pull_view(source, spool, batch_rows)
        except (ViewProblem, DamagedPosition) as problem:
            problems[source.name] = str(problem)
        except StoreError:
            raise
        except Exception as error:
            if ends_run(error):
                raise
            problems[source.name] = failure(error)
    return problems


def _is_over(source: Source, now: dt.datetime) -> bool:
    return source.until is not None and now.date() > source.until + dt.timedelta(days=RETIRED_DAYS)


def pull_view(source: Source, spool: Spool, batch_rows: int = BATCH_ROWS) -> None:
    """Put what is new in a source's view into files. Raises ViewProblem, DamagedPosition, OSError, StoreError."""
    try:
        earlier = spool.position()
    except DamagedPosition:
        raise ViewProblem(
            f"how far the view was read cannot be told: remove the folder {spool.folder}, and it is read anew"
        ) from None
    with open_view(source) as reader:
        _ViewPull(reader, spool, earlier, source.view or "", batch_rows).run()
        check_marks(reader)


def check_marks(reader: ViewReader) -> None:
    """Raise ViewProblem where some row has no watermark."""
    if reader.has_unmarked():
        raise ViewProblem(f"the view has rows without {reader.watermark}, which are never read")


class _ViewPull:
    """One pull of one view."""

    def __init__(
        self, reader: ViewReader, spool: Spool, earlier: ViewPosition | None, view: str, batch_rows: int
    ) -> None:
        self._reader, self._spool, self._batch_rows = reader, spool, batch_rows
        self._position = ViewPosition(view, reader.watermark, reader.columns)
        self._start: Watermark | None = None
        self._is_behind = False
        if earlier is None or (earlier.view, earlier.watermark) != (view, reader.watermark):
            return
        if set(earlier.columns) <= set(reader.columns):
            self._position, self._start = earlier, earlier.start
        else:  # rows cannot be compared with those read last
            self._start, self._is_behind = earlier.last, True

    def run(self) -> None:
        """Read to the end of the view."""
        limit = self._batch_rows
        rows = self._reader.rows(self._start, limit, behind=self._is_behind)
        if not rows and self._start is not None and not self._is_behind:
            # not even the rows read last: the view was filled anew, its watermarks began anew
            self._start, self._position.known = None, {}
            rows = self._reader.rows(None, limit)
        while rows:
            is_whole = len(rows) < limit
            last = rows[-1].mark
            whole = rows if is_whole else _without_last(rows)
            is_brought = self._bring(whole)
            if is_whole:
                return
            if last == self._start or not is_brought:
                limit *= 2  # more rows than that have one watermark, or are known
            else:
                limit = self._batch_rows
            if whole:
                self._start, self._is_behind = last, False
            rows = self._reader.rows(self._start, limit, behind=self._is_behind)

    def _bring(self, rows: Sequence[ViewRow]) -> bool:
        """Put the rows that bring something into a file; return whether there was any."""
        marks: defaultdict[Watermark, list[tuple[str, Mapping[str, object]]]] = defaultdict(list)
        for row in rows:
            marks[row.mark].append((self._digest(row.values), row.values))
        lines: list[bytes] = []
        for mark, found in marks.items():
            brought = self._position.add(mark, Counter(digest for digest, _ in found))
            lines += [line_of(values) for digest, values in found if digest in brought]
        if lines:
            self._position.forget()
            self._spool.write(lines, self._position)
        return bool(lines)

    def _digest(self, values: Mapping[str, object]) -> str:
        said = json.dumps([values[column] for column in self._position.columns], ensure_ascii=False, default=str)
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _without_last(rows: Sequence[ViewRow]) -> Sequence[ViewRow]:
    """Return the rows before those of the last watermark, of which there may be more."""
    end = len(rows)
    while end and rows[end - 1].mark == rows[-1].mark:
        end -= 1
    return rows[:end]
