"""One JSON object a line. Keys are headers with the same aliases as in CSV; values of any type are taken as text.

Numbers and `true` are written as JSON writes them, null is empty, lists and objects stay JSON text; what stands in an
object is known as `key.inner` too. The header is made of the keys in the first MiB and of all canonical names, so a
key under another name that never occurs in the first MiB is not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from detector.model.event_columns import COLUMNS
from detector.sources.aliases import canonical_column
from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import Window
from detector.sources.log_format import Chunk, Layout, LogFormat, ReadOptions
from detector.sources.record_splitter import BROKEN_BYTES, MAX_RECORD_BYTES, Broken
from detector.sources.text_chunks import Parsed, TextFile

_KIND: Final = pa.string()


class NdjsonReader:
    """One file of JSON lines."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        self._file = TextFile(stream, options)
        self._keys: dict[str, None] = {}
        for line in self._file.first_text(longest=True).split("\n"):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                self._keys |= dict.fromkeys(_flat(record))
        known = {canonical_column(key) for key in self._keys}
        self._found = len(self._keys)
        self._keys |= dict.fromkeys(column for column in COLUMNS if column not in known)

    @property
    def layout(self) -> Layout:
        """The keys of the first lines, in the order they occur."""
        return Layout(tuple(self._keys) if self._found else (), self._file.decoder.name)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`."""
        keys = tuple(self._keys)
        wanted = {f"c{index}": keys[index] for index in columns}
        dictionaries = {f"c{index}" for index in encoded}

        def parse(window: Window, _final: bool) -> Parsed:
            lines = _Lines(window)
            table = pa.table({
                name: _column([record.get(key) for record in lines.records], encode=name in dictionaries)
                for name, key in wanted.items()
            })  # fmt: skip
            return Parsed(
                columns=table, raw=pa.array(lines.raw, _KIND), starts=np.asarray(lines.starts, np.int64),
                ordinals=np.asarray(lines.ordinals, np.int64), broken=tuple(lines.broken), count=lines.count,
                consumed=len(window.text),
            )  # fmt: skip

        return self._file.chunks(0, parse)


class _Lines:
    """The lines of a window, parsed."""

    def __init__(self, window: Window) -> None:
        self.records: list[dict[str, str | None]] = []
        self.raw: list[str] = []
        self.starts: list[int] = []
        self.ordinals: list[int] = []
        self.broken: list[Broken] = []
        self.count = 0
        unreadable = frozenset(window.broken_lines)
        position = 0
        for line in window.text.split(b"\n"):
            start, position = position, position + len(line) + 1
            text = line.rstrip(b"\r")
            if not text.strip():
                continue
            record, reason = (None, BROKEN_BYTES) if start in unreadable else _read(text)
            if record is None:
                self.broken.append(Broken(self.count, start, start + len(text), reason))
            else:
                self.records.append(record)
                self.raw.append(text.decode())
                self.starts.append(start)
                self.ordinals.append(self.count)
            self.count += 1


def _read(text: bytes) -> tuple[dict[str, str | None] | None, str]:
    if len(text) > MAX_RECORD_BYTES:
        return None, f"longer than {MAX_RECORD_BYTES >> 20} MiB"
    try:
        record = json.loads(text)
    except RecursionError:
        return None, "JSON nested too deeply"
    except ValueError as error:
        return None, f"not JSON: {str(error)[:100]}"
    if not isinstance(record, dict):
        return None, "not a JSON object"
    flat = _flat(record)
    if any("\0" in value for value in flat.values() if value is not None):
        return None, "contains NUL bytes"
    try:
        "".join(value for value in flat.values() if value is not None).encode()
    except UnicodeEncodeError:
        return None, "contains half of a surrogate pair"
    return flat, ""


def _flat(record: dict[str, Any]) -> dict[str, str | None]:
    """Return the record's values as texts; an object's values count as `key.inner` too."""
    flat: dict[str, str | None] = {}
    for key, value in record.items():
        flat[key] = _text(value)
        if isinstance(value, dict):
            for inner, inner_value in value.items():
                flat.setdefault(f"{key}.{inner}", _text(inner_value))
    return flat


def _text(value: Any) -> str | None:  # noqa: ANN401  (JSON is anything)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _column(values: list[str | None], *, encode: bool) -> pa.Array:
    texts = pa.array(values, _KIND)
    return texts.dictionary_encode() if encode else texts


def _recognises(head: bytes, _path: Path) -> float:
    return 0.5 * head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


FORMAT = LogFormat("ndjson", "One JSON object a line", NdjsonReader, _recognises)
