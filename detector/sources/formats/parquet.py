"""Parquet files: columns are headers with the same aliases as in CSV, a row's raw text is its values as JSON.

A Parquet file is complete or it is nothing: it does not grow, and one without its footer is reported and tried again.
Times with a zone are instants, times without are the site's wall clock. `byte_position` is 0: rows have none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detector.sources.byte_stream import BLOCK_BYTES, ByteStream
from detector.sources.log_format import Chunk, FilePosition, Layout, LogFormat, ReadOptions

BATCH_ROWS: Final = 200_000


class ParquetReader:
    """One Parquet file."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        self._stream = stream
        self._resume = options.resume
        self._file: pq.ParquetFile | None = None
        try:
            self._file = pq.ParquetFile(stream.beside())
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            stream.problem = f"not a complete Parquet file: {_first_line(error)}"
        names = [] if self._file is None else self._file.schema_arrow.names
        self._header = tuple(str(name) for name in names)

    @property
    def layout(self) -> Layout:
        """The names of the columns."""
        return Layout(self._header)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`. Every chunk ends at the end of the file."""
        if self._file is None:
            return
        digest, size = self._whole()
        done = 0 if self._resume is None else self._resume.row_number
        row = 0
        for batch in self._batches(self._file):
            start, row = row, row + batch.num_rows
            if row <= done:
                continue
            rest = batch.slice(max(done - start, 0))
            start = max(start, done)
            texts = [_texts(column) for column in rest.columns]
            table: dict[str, pa.Array] = {
                f"c{index}": texts[index].dictionary_encode() if index in encoded else texts[index] for index in columns
            }
            table["row_number"] = pa.array(np.arange(start + 1, row + 1))
            table["byte_position"] = pa.array(np.zeros(row - start, np.int64))
            table["raw"] = _raw(self._header, texts)
            yield Chunk(pa.table(table), (), FilePosition(size, digest, row), row - start)

    def _batches(self, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
        """Yield what can be decoded; a damaged page is a problem of the stream."""
        try:
            yield from file.iter_batches(batch_size=BATCH_ROWS)
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            self._stream.problem = f"the Parquet file is damaged: {_first_line(error)}"

    def _whole(self) -> tuple[str, int]:
        hasher, size = hashlib.sha256(), 0
        while block := self._stream.read(BLOCK_BYTES):
            hasher.update(block)
            size += len(block)
        return hasher.hexdigest(), size


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:150]


def _texts(values: pa.Array) -> pa.Array:
    """Return a column as texts that the typing of text formats understands."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _texts(values.dictionary_decode())
    if pa.types.is_string(kind):
        return _clean(values)
    if pa.types.is_timestamp(kind):
        microseconds = values.cast(pa.timestamp("us", kind.tz), safe=False)
        return pc.strftime(microseconds, format="%Y-%m-%d %H:%M:%S" if kind.tz is None else "%Y-%m-%dT%H:%M:%S%z")
    if pa.types.is_floating(kind):
        return pa.array([_number(value) for value in values.to_pylist()], pa.string())
    try:
        return _clean(values.cast(pa.string()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if value is None else _json(value) for value in values.to_pylist()], pa.string())


def _clean(texts: pa.Array) -> pa.Array:
    return pc.replace_substring(texts, "\0", "\ufffd")


def _number(value: float | None) -> str | None:
    if value is None:
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 2**63 else repr(value)


def _json(value: Any) -> str:  # noqa: ANN401  (Parquet holds anything)
    return json.dumps(value, ensure_ascii=False, default=str)


def _raw(header: tuple[str, ...], texts: list[pa.Array]) -> pa.Array:
    rows = zip(*(column.to_pylist() for column in texts), strict=True)
    return pa.array([json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False) for row in rows], pa.string())


def _recognises(head: bytes, _path: Path) -> float:
    return float(head.startswith(b"PAR1"))


FORMAT = LogFormat("parquet", "Parquet", ParquetReader, _recognises)
