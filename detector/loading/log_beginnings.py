"""The beginning of a log file as a file of its own, for `check`: whole records, and the header that a run reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.sources.byte_stream import ByteStream
from detector.sources.formats import FALLBACK, format_of, formats
from detector.sources.headerless import begins_with_row
from detector.sources.log_format import ReadOptions

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.loading.known_headers import KnownHeaders

SAMPLE_BYTES: Final = 4 * 1024 * 1024
"""How much of the newest file of a source is read, uncompressed."""
BINARY_FORMATS: Final = frozenset({"excel", "parquet"})


def options_of(source: Source) -> ReadOptions:
    """Return how a run reads a file of a source from its start."""
    return ReadOptions(
        source.encoding, source.delimiter, columns=source.columns, sheet=source.sheet, session_user=source.session_user,
        tables=source.tables,
    )  # fmt: skip


def beginning(path: Path, source: Source, folder: Path, headers: KnownHeaders) -> Path:
    """Return the file, or its first whole lines where it is larger than the sample.

    One that begins without a header gets the one that a run reads it by.
    """
    if source.format in BINARY_FORMATS:
        return path
    with ByteStream(path) as stream:
        content = stream.read(SAMPLE_BYTES)
        whole = not stream.read(1)
    if not whole and source.format != FALLBACK:
        content = _whole_records(content, source, folder)
    elif not whole:
        wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
        end = content.rfind(b"\n\x00" if wide else b"\n") + (2 if wide else 1)
        content = content[: end - end % 2 if wide else end]
    with ByteStream(path) as stream:
        options = ReadOptions(source.encoding, source.delimiter)
        layout = format_of(path, source.format).open(stream, options).layout
    borrowed = headers.fitting(path) if begins_with_row(layout.rows, source.columns) else None
    if borrowed is not None:
        content = f"{borrowed.line}\n".encode(layout.encoding or "utf-8", "replace") + content
    head = folder / f"{source.name}.sample"
    head.write_bytes(content)
    return head


def _whole_records(content: bytes, source: Source, folder: Path) -> bytes:
    """Return the beginning of a file up to the end of its last whole record, which need not be the end of a line."""
    part = folder / f"{source.name}.part"
    part.write_bytes(content)
    end = 0
    with ByteStream(part) as stream:
        reader = formats()[source.format or FALLBACK].open(stream, options_of(source))
        for chunk in reader.chunks((), frozenset()):
            end = end if chunk.provisional is not None else chunk.end.byte_position
    part.unlink()
    return content[:end]
