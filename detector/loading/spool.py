"""The files that the rows of a view are put into, numbered one after the other, private to the job.

From then on they are the source's log like any files: they are accounted for, put aside row by row, read again when the
configuration says something new, and damaged parts of the store are made from them anew. Beside the newest lies how
far the view was read. It is there before the file takes its name: wherever a run is killed, the newest file and its
position belong together.
"""

from __future__ import annotations

import glob
import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from detector.deployment.database_view import SPOOLED
from detector.files.atomic import replacing
from detector.files.permissions import make_folder
from detector.loading.view_position import ViewPosition

POSITION: Final = ".position"


class Spool:
    """The folder of one source."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which may be missing."""
        self.folder = folder

    @classmethod
    def of(cls, folder: Path, former: Iterable[str]) -> Spool:
        """Return that at a folder; one beside it, called as the source was before, takes its name."""
        for name in former:
            earlier = folder.parent / name
            if not folder.exists() and earlier.is_dir():
                earlier.rename(folder)
        return cls(folder)

    @property
    def files(self) -> list[Path]:
        """The files, the newest last."""
        pattern = f"{glob.escape(str(self.folder))}/[0-9]*{SPOOLED}"
        return [Path(name) for name in sorted(glob.glob(pattern))]  # noqa: PTH207 - an absolute glob

    def position(self) -> ViewPosition | None:
        """Return how far the view was read, None where nothing was. Raises OSError and DamagedPosition."""
        files = self.files
        return ViewPosition.of_bytes(_position_of(files[-1]).read_bytes()) if files else None

    def write(self, lines: Iterable[bytes], position: ViewPosition) -> Path:
        """Put rows into a file of their own; afterwards the view is read up to ``position``.

        Raises OSError and StoreError.
        """
        files = self.files
        number = int(files[-1].name.removesuffix(SPOOLED)) + 1 if files else 1
        path = self.folder / f"{number:08}{SPOOLED}"
        make_folder(self.folder, None)
        with replacing(_position_of(path)) as draft:
            draft.write_bytes(position.as_bytes())
        with replacing(path) as draft, gzip.open(draft, "wb", compresslevel=1) as file:
            file.writelines(lines)
        return path

    def clean(self, before: float) -> None:
        """Remove files that were written before a time (seconds of the epoch), the newest apart, and what is left over.

        Left over are the positions of earlier files, and what a killed run was about to write.
        """
        if not self.folder.is_dir():
            return
        files = self.files
        for path in files[:-1]:
            if path.stat().st_mtime < before:
                path.unlink()
        kept = _position_of(files[-1]) if files else None
        for path in [*self.folder.glob("[0-9]*" + POSITION), *self.folder.glob(".*.tmp")]:
            if path != kept:
                path.unlink(missing_ok=True)


def _position_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(SPOOLED) + POSITION)
