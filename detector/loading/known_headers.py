"""The headers that a source's files have had, for a file that begins without one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.files.path_text import path_text
from detector.sources.byte_stream import ByteStream
from detector.sources.formats import format_of
from detector.sources.header_lines import is_header
from detector.sources.headerless import fits
from detector.sources.log_format import ReadOptions

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.loading.loaded_file import LoadedFile

NEIGHBOURS: Final = 20
"""How many other files are looked at where the ledger has no header that fits."""


@dataclass(frozen=True, slots=True)
class KnownHeader:
    """A header that rows were read by, and the separator of its fields."""

    names: tuple[str, ...]
    delimiter: str | None

    @property
    def line(self) -> str:
        """The header as a line of its file."""
        return (self.delimiter or ",").join(self.names)


class KnownHeaders:
    """The headers of one source: those of the ledger's files, then those of files that lie beside."""

    def __init__(self, source: Source, files: Sequence[LoadedFile], paths: Sequence[Path]) -> None:
        """Take the ledger's ``files`` of the source, which has files at ``paths`` now."""
        self._source, self._files, self._paths = source, files, paths

    @property
    def is_known(self) -> bool:
        """Whether there is any header."""
        return next(self._all(None), None) is not None

    def fitting(self, path: Path) -> KnownHeader | None:
        """Return the header by which the first lines of a file are rows: its own last one before any other."""
        for header in self._all(path):
            options = ReadOptions(self._source.encoding, header.delimiter, header=header.names)
            with ByteStream(path) as stream:
                rows = format_of(path, self._source.format).open(stream, options).layout.rows
            if fits(rows, header.names, self._source.columns, self._source.values):
                return header
        return None

    def _all(self, path: Path | None) -> Iterator[KnownHeader]:
        seen: set[tuple[str, ...]] = set()
        for header in (*self._of_ledger(path), *self._of_neighbours(path)):
            if header.names not in seen and is_header(header.names, self._source.columns):
                seen.add(header.names)
                yield header

    def _of_ledger(self, path: Path | None) -> Iterator[KnownHeader]:
        own = None if path is None else path_text(path)
        newest = sorted(self._files, key=lambda file: (file.path == own, file.modified_ns, file.file_id), reverse=True)
        for file in newest:
            if file.names is not None:
                yield KnownHeader(file.names, file.delimiter)

    def _of_neighbours(self, path: Path | None) -> Iterator[KnownHeader]:
        others = sorted((_changed_at(other), str(other), other) for other in self._paths if other != path)
        for _, _, other in others[: -NEIGHBOURS - 1 : -1]:
            with contextlib.suppress(Exception), ByteStream(other) as stream:  # what is wrong with it is said elsewhere
                options = ReadOptions(self._source.encoding, self._source.delimiter)
                layout = format_of(other, self._source.format).open(stream, options).layout
                if layout.rows:
                    yield KnownHeader(layout.header, layout.delimiter)


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
