"""JSON: an object a line, an array, an interface's answer that wraps one, or several of them one after another.

Keys are headers with the same aliases as in CSV; values of any type are taken as text. Numbers and `true` are written
as JSON writes them, null is empty, a list of one value is that value, other lists and objects stay JSON text. What
stands in an object is known by its path too: `actor.id`. Keys that come late widen the header.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from detector.model.event_columns import REQUIRED_COLUMNS
from detector.sources.aliases import canonical_column
from detector.sources.byte_stream import ByteStream
from detector.sources.headers import map_header
from detector.sources.identifiers import PATIENT_SEPARATOR
from detector.sources.json_documents import JsonDocuments
from detector.sources.log_format import LogFormat, ReadOptions
from detector.sources.record_reader import Found, RecordReader, Split

MAX_KEYS: Final = 2_000
"""Keys that are followed; others of a file that makes up new ones in each record are not seen."""
MAX_DEPTH: Final = 16
_TEXTS: Final = frozenset({str, type(None)})
_SHAPES: Final = 1 << 12


class JsonSplitter:
    """Finds the records of one file: flat values by key and by path."""

    def __init__(self, options: ReadOptions) -> None:
        self._columns = tuple(options.columns.items())
        self._patient = options.columns.get("patient_id")
        self._documents = JsonDocuments(self._worth)

    def split(self, text: str, *, final: bool) -> Split:
        """Return the records; see `detector.sources.record_reader.Splitter`."""
        run = self._documents.split(text, final=final)
        found = [
            Found(one.start, one.end, None if one.value is None else flat(one.value, self._patient), one.reason)
            for one in run.objects
        ]
        return Split(run.consumed, found, run.skipped, run.problem, run.open_from)

    def resynchronised(self, text: str) -> int:
        """Go on behind the line, or behind all of the text."""
        return text.find("\n") + 1 or len(text)

    def needs_beginning(self, text: str) -> bool:
        """Lines can be read on from anywhere, arrays and answers cannot."""
        return self._documents.needs_beginning(text)

    def _worth(self, value: dict[str, Any]) -> int:
        """Return how much is understood of an object, what stands in its lists apart."""
        return _understood(tuple(_without_lists(value)), self._columns)


class NdjsonReader(RecordReader):
    """One file of JSON. Its header has what its records do not have too, so that a key may be missing or come late."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        super().__init__(stream, options, JsonSplitter(options), ())
        self._optional = [name for column, name in options.columns.items() if column not in REQUIRED_COLUMNS]
        self._keys: dict[str, None] = {}
        self._header = self.widened(JsonSplitter(options).split(self.head, final=True).records)

    def widened(self, records: list[Found]) -> tuple[str, ...]:
        """Return the header with the keys of these records."""
        before = len(self._keys)
        for one in records:
            if one.values is not None and not one.values.keys() <= self._keys.keys():
                self._keys |= dict.fromkeys(one.values)
                self._keys = dict(islice(self._keys.items(), max(MAX_KEYS, before)))
        if len(self._keys) == before:
            return self._header
        known = map_header(tuple(self._keys), {}).columns
        absent = [one for one in REQUIRED_COLUMNS if one not in known]
        return tuple(dict.fromkeys((*self._keys, *self._optional, *absent)))


def flat(record: dict[str, Any], patient: str | None = None) -> dict[str, str | None]:
    """Return the record's values as texts; those within objects are known by their path, such as `actor.id`.

    ``patient`` is the path that the configuration takes for `patient_id`.
    """
    if _TEXTS.issuperset(map(type, record.values())):
        return record
    values: dict[str, str | None] = {}
    _add(values, record, "", 0, patient)
    return values


def _without_lists(record: dict[str, Any], depth: int = 0) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    kept = {key: value for key, value in record.items() if not isinstance(value, list)}
    for key, value in kept.items():
        values[key] = ""
        if isinstance(value, dict) and depth < MAX_DEPTH:
            values |= {f"{key}.{inner}": "" for inner in _without_lists(value, depth + 1)}
    return values


def _add(values: dict[str, str | None], record: dict[str, Any], prefix: str, depth: int, patient: str | None) -> None:
    inner: list[tuple[str, dict[str, Any]]] = []
    for key, value in record.items():
        path = prefix + key
        if isinstance(value, list) and value:
            inner.append((path, _patients(path, value, patient)))
            value = _listed(path, value)  # noqa: PLW2901
        if isinstance(value, dict):
            inner.append((path, value))
            if not prefix:
                values[path] = json.dumps(value, ensure_ascii=False)
        elif path not in values:
            values[path] = value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if depth < MAX_DEPTH:
        for path, value in inner:
            _add(values, value, f"{path}.", depth + 1, patient)


def _listed(path: str, values: list[Any]) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return a list of one value as the value, of several patients as their identifiers; others as they are."""
    if len(values) == 1:
        return values[0]
    if all(isinstance(one, str | int) for one in values) and canonical_column(path) == "patient_id":
        return PATIENT_SEPARATOR.join(map(str, values))
    return values


def _patients(path: str, values: list[Any], patient: str | None) -> dict[str, Any]:
    """Return the identifiers of patients that stand in a list of several objects, by their key."""
    if len(values) == 1 or not all(isinstance(one, dict) for one in values):
        return {}
    return {
        key: PATIENT_SEPARATOR.join(str(one[key]) for one in values if one.get(key) is not None)
        for key in dict.fromkeys(key for one in values for key in one)
        if (f"{path}.{key}" == patient or (patient is None and canonical_column(key) == "patient_id"))
        and all(isinstance(one.get(key), str | int | None) for one in values)
    }


@lru_cache(_SHAPES)
def _understood(keys: tuple[str, ...], configured: tuple[tuple[str, str], ...]) -> int:
    """Return how many columns an object with these keys has."""
    return len(map_header(keys, dict(configured)).columns)


def _recognises(head: bytes, path: Path) -> float:
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0\x1e")
    if not start.startswith((b"{", b"[")):
        return 0.0
    is_named = {".json", ".ndjson", ".jsonl"} & set(path.suffixes)
    return 0.6 if is_named or start.startswith(b"{") or start[1:].lstrip(b" \t\r\n\0").startswith((b"{", b"]")) else 0.0


FORMAT = LogFormat("ndjson", "JSON: an object a line, an array, or an answer that wraps one", NdjsonReader, _recognises)
