"""Who may read what earlier runs and commands wrote: the group of ``[store]``, from the run after it was given on.

Every writer lets the group in by itself. What is there when a group is given, changed or taken away is settled here, at
the beginning of a run: only what a writer of the detector would have opened, and only what belongs to this account.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from detector.deployment.settings import Settings
from detector.export import ledger
from detector.files.permissions import close, share
from detector.night import last_run
from detector.policies.catalogue import SITE_FOLDER
from detector.privacy.pseudonyms import FILE_NAME as KEY_NAME
from detector.reports import drill_record
from detector.store.parts import PART_FOLDERS
from detector.store.published import PUBLISHED
from detector.trail.trail_file import FILE_NAME, HEAD_NAME

PRIVATE = {0o600, 0o700}
SHARED = {0o640, 0o750}
"""Modes that a writer of the detector gives, without a group and with one."""
DAY = "????-??-??"
"""What ``{date}`` in the name of a report stands for."""


def settle_readers(settings: Settings) -> None:
    """Let the group in where there is one, everybody else out where there is none. Raises StoreError.

    Files of the store are settled however they were opened; what lies elsewhere, and folders, only where their mode is
    one that the detector gave: what an administrator opened by hand stays so.
    """
    group = settings.store.group
    for path in _own(_stored(settings)):
        if group is not None:
            share(path, group, writable=path.name in {FILE_NAME, HEAD_NAME})
        elif path.is_file() or _mode(path) in SHARED:
            close(path)
    for path in _own(_elsewhere(settings)):
        if group is not None and _mode(path) in PRIVATE | SHARED:
            share(path, group)
        elif group is None and _mode(path) in SHARED:
            close(path)
    if group is not None:  # as `init` made them; without them no command of a member begins
        for path in _own((settings.folder, settings.path)):
            if _mode(path) in PRIVATE:
                share(path, group)


def _stored(settings: Settings) -> Iterator[Path]:
    """Yield what a group may read of the store's folder."""
    folder = settings.store.path.parent
    yield folder
    names = (FILE_NAME, HEAD_NAME, PUBLISHED, last_run.FILE_NAME, drill_record.FILE_NAME, KEY_NAME)
    yield from (folder / name for name in names)
    for parts in PART_FOLDERS:
        yield from (folder / parts, *(folder / parts).glob("*.parquet"))
    yield from (folder / ledger.FOLDER, folder / ledger.FOLDER / ledger.FILE_NAME)


def _elsewhere(settings: Settings) -> Iterator[Path]:
    """Yield what a group may read besides: the key of pseudonyms, own policies, and the reports of the nights."""
    yield from filter(None, [settings.privacy.key_file])
    policies = settings.folder / SITE_FOLDER
    yield from (policies, *policies.glob("*.sql"))
    for report in settings.reports:
        for path in filter(None, (report.out, report.mail)):
            pattern = glob.escape(str(path)).replace("{date}", DAY)
            written = [Path(name) for name in glob.glob(pattern)]  # noqa: PTH207 - an absolute glob
            yield from {one.parent for one in written} - {settings.folder}
            yield from written


def _own(paths: Iterable[Path]) -> Iterator[Path]:
    """Leave out what is missing, what is a link, and what belongs to somebody else, who decides about it."""
    for path in paths:
        if path.exists() and not path.is_symlink() and path.stat().st_uid == os.geteuid():
            yield path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
