"""A night on another machine: a private copy of the store's folder, and how what it became is taken over whole.

A worker copies the folder (parts, which never change, by link), runs the night on the copy, and hands back what is new
under a name of its own in ``attempts/``. Whoever holds the store's lock then takes one attempt over: a mark names it,
its files are moved to their places, the mark goes. From the mark on the attempt is the state: a kill in between leaves
the rest of the moves to the next one who opens the store. An attempt without a mark never was.

The trail belongs to officers as well, who act at any moment: where it went on since the copy was made, the attempt is
not taken over, and the night is to be run again.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from detector.deployment.settings import Settings
from detector.errors import StoreDamaged, StoreError
from detector.files.atomic import replacing, sync_folder
from detector.files.lock import FileLock
from detector.files.permissions import copy_permissions, make_folder, private_umask
from detector.store.parts import PART_FOLDERS
from detector.store.published import PUBLISHED
from detector.trail.trail_file import FILE_NAME as TRAIL
from detector.trail.trail_file import HEAD_NAME, Trail

FOLDER: Final = "attempts"
MARK: Final = "attempt.json"
MANIFEST: Final = "complete.json"
NOT_COPIED: Final = ("tmp", FOLDER)


def private_copy(settings: Settings, folder: Path) -> Settings:
    """Copy the store's folder to ``folder``, which is made, and return the deployment as it is there.

    The lock of the store is to be held by whoever takes the result over. Raises StoreError.
    """
    origin = settings.store.path.parent
    try:
        folder.mkdir(mode=0o700)
        for path in sorted(origin.iterdir()) if origin.is_dir() else ():
            if path.name in PART_FOLDERS:
                (folder / path.name).mkdir(mode=0o700)
                for part in path.glob("*.parquet"):
                    (folder / path.name / part.name).symlink_to(part.resolve())
            elif path.name in NOT_COPIED or path.suffix in {".lock", ".tmp"} or path.name in {TRAIL, HEAD_NAME, MARK}:
                continue
            elif path.is_dir() or path.name == PUBLISHED:
                (folder / path.name).symlink_to(path.resolve())
            else:
                shutil.copy2(path, folder / path.name)
                copy_permissions(path.stat(), folder / path.name)
        Trail.of(settings).copy_to(folder)
    except OSError as error:
        raise StoreError(f"cannot copy {error.filename or origin}: {error.strerror}") from error
    return replace(settings, store=replace(settings.store, path=folder / settings.store.path.name))


def hand_back(settings: Settings, copy: Settings, name: str) -> None:
    """Put what is new in a private copy beside the store, under the attempt's name; it is whole once this returns.

    Raises StoreError.
    """
    origin, private = settings.store.path.parent, copy.store.path.parent
    target = origin / FOLDER / name
    try:
        with private_umask():
            target.mkdir(mode=0o700, parents=True)
            files = list(_new_files(origin, private))
            for path in [*files, Path(TRAIL), Path(HEAD_NAME)]:
                _copy_durably(private / path, target / path)
            manifest = {
                "files": [str(path) for path in files],
                "once": [path.name for path in files if path.suffix == ".key"],
                "removed": [str(path) for path in _removed(origin, private)],
            }
            with replacing(target / MANIFEST) as draft:
                draft.write_text(json.dumps(manifest), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot hand back {error.filename or target}: {error.strerror}") from error


def take_over(settings: Settings, name: str) -> bool:
    """Make an attempt the state of the store, whose lock is held; False where the trail went on since its copy.

    Raises StoreError.
    """
    folder = settings.store.path.parent
    Trail.of(settings).prepare()
    try:
        with replacing(folder / MARK) as draft:
            draft.write_text(json.dumps({"attempt": name}), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {folder / MARK}: {error.strerror}") from error
    return finish(folder, settings.store.group)


def finish(folder: Path, group: str | None) -> bool:
    """Do what is left of a takeover that was marked; False where its trail no longer fits, and nothing is taken over.

    The store's lock is held. Raises StoreError.
    """
    mark = folder / MARK
    if not mark.exists():
        return True
    try:
        attempt = folder / FOLDER / str(json.loads(mark.read_text(encoding="utf-8"))["attempt"])
        fits = Trail(folder, group).continue_with(Trail(attempt))
        if fits:
            _move(attempt, folder)
        mark.unlink()
        sync_folder(folder)
        shutil.rmtree(attempt, ignore_errors=True)
    except (ValueError, KeyError) as error:
        raise StoreDamaged(f"{mark} or the attempt that it names cannot be read: {error}") from error
    except OSError as error:
        raise StoreError(f"cannot take over {error.filename or mark}: {error.strerror}") from error
    return fits


def remove_attempts(settings: Settings) -> None:
    """Remove what attempts left that nobody took over. The store's lock is held."""
    shutil.rmtree(settings.store.path.parent / FOLDER, ignore_errors=True)


def _move(attempt: Path, folder: Path) -> None:
    """Move the files of an attempt to their places; what was moved before is gone from the attempt already."""
    manifest = json.loads((attempt / MANIFEST).read_text(encoding="utf-8"))
    for name in manifest["files"]:
        place = folder / name
        if name in manifest["once"] and place.exists():
            continue
        with contextlib.suppress(FileNotFoundError):
            place.parent.mkdir(mode=0o700, exist_ok=True)
            (attempt / name).replace(place)
            sync_folder(place.parent)
    for name in manifest["removed"]:
        (folder / name).unlink(missing_ok=True)


def _new_files(origin: Path, private: Path) -> Iterator[Path]:
    """Yield what a night added to a private copy or changed in it, the database last: relative paths."""
    for folder in PART_FOLDERS:
        for path in sorted((private / folder).glob("*.parquet")):
            if not path.is_symlink():
                yield path.relative_to(private)
    named = [path for path in sorted(private.iterdir()) if path.is_file() and not path.is_symlink()]
    for path in sorted(named, key=lambda one: one.suffix == ".duckdb"):
        if path.name in {TRAIL, HEAD_NAME} or path.suffix in {".lock", ".tmp"}:
            continue
        if not (origin / path.name).exists() or not filecmp.cmp(path, origin / path.name, shallow=False):
            yield path.relative_to(private)


def _removed(origin: Path, private: Path) -> Iterator[Path]:
    """Yield what the night removed: parts that nothing names, and the log of a database that was not closed."""
    for folder in PART_FOLDERS:
        for path in sorted((origin / folder).glob("*.parquet")):
            if not (private / folder / path.name).is_symlink():
                yield path.relative_to(origin)
    for path in sorted(origin.glob("*.wal")):
        if not (private / path.name).exists():
            yield path.relative_to(origin)


def _copy_durably(origin: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with replacing(target) as draft:
        shutil.copyfile(origin, draft)
        copy_permissions(origin.stat(), draft)


@contextlib.contextmanager
def held_store(settings: Settings) -> Iterator[None]:
    """Hold the lock of a store for the block, with nothing in it that an earlier holder left undone.

    Raises StoreBusy naming the process that has it, StoreError.
    """
    path = settings.store.path
    with private_umask():
        make_folder(path.parent, settings.store.group)
        lock = store_lock(path)
        lock.acquire()
    try:
        finish(path.parent, settings.store.group)
        remove_attempts(settings)
        yield
        remove_attempts(settings)
    finally:
        lock.release()


def store_lock(path: Path) -> FileLock:
    """Return the lock of the store whose database is ``path``."""
    return FileLock(path.parent / (path.stem + ".lock"))
