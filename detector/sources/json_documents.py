"""The objects of a JSON text that are records: on lines, in an array, in an interface's answer, one after another.

A text is read in runs. What is a record and what only wraps records is told by `worth`: how much of an object is
understood. `{"code": 0, "data": {"list": [{…}, …]}}` wraps, since the elements of its longest list are understood
better than itself; its list is read element by element, however long it is. An object that is damaged gives up only
itself: reading goes on at the next one like those before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

CUT_OFF: Final = "the JSON ends before it is closed: what is whole was read"
_DEEP: Final = "JSON nested too deeply"
_NO_OBJECT: Final = "not a JSON object"
_SPACE: Final = re.compile(r"[\s\ufeff\x1e]*")
_OPENING: Final = re.compile(r"(?<=[\s,\[}])\{")
_OPENING_OF_LINE: Final = re.compile(r"[\r\n][ \t]*\{")
_LINE_OF_DOCUMENT: Final = re.compile(r"[\r\n][ \t]*(?=[{\[])")
_ATTEMPTS: Final = 2_000
_ATTEMPTED_CHARACTERS: Final = 64 << 20
_NESTED: Final = 8
"""How deep the list of an answer may lie."""
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_NAMES: Final = {"{": '{"":', "[": "["}


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A record of the text, from `start` to `end`; `value` is None where it is not understood, for the `reason`."""

    start: int
    end: int
    value: dict[str, Any] | None
    reason: str = ""


@dataclass(slots=True)
class JsonRun:
    """What a run of text holds; see `detector.sources.record_reader.Split`."""

    consumed: int = 0
    objects: list[JsonObject] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    problem: str | None = None
    open_from: int | None = None


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A value and where it ends, or why there is none, and whether more text could make it one."""

    value: Any = None
    end: int = -1
    reason: str = ""
    is_incomplete: bool = False
    place: int = 0


def number_text(text: str) -> str:
    """Return a number with fraction or exponent as it is written; a whole one without its empty fraction."""
    whole, _, fraction = text.partition(".")
    return whole if fraction and not fraction.strip("0") else text


class JsonDocuments:
    """Finds the records of one file. `inner` is the key of the record where an element of a list wraps it."""

    def __init__(self, worth: Callable[[dict[str, Any]], int], inner: str | None = None) -> None:
        self._worth, self._inner = worth, inner
        self._stack: list[str] = []
        self._by_line: bool | None = None
        self._are_records = False
        self._keys: set[str] = set()
        self._run = JsonRun()
        decoder = json.JSONDecoder(parse_float=number_text)
        lenient = json.JSONDecoder(parse_float=number_text, strict=False)
        self._raw_decode, self._lenient_decode = decoder.raw_decode, lenient.raw_decode

    def split(self, text: str, *, final: bool) -> JsonRun:
        """Return the objects of a text that begins where the last one was consumed."""
        run = self._run = JsonRun()
        place = 0
        while (start := _after_space(text, place)) < len(text):
            step = self._document if not self._stack else self._element if self._stack[-1] == "[" else self._rest
            following = step(text, start, final)
            if following is None:
                break
            place = following
        else:
            place = len(text)
        run.consumed = place
        if final and self._stack:
            run.problem = CUT_OFF
        return run

    def needs_beginning(self, text: str) -> bool:
        """Return whether records that begin so lie within something that is open where reading may have stopped."""
        start = _after_space(text, 0)
        found = self._decode(text, start)
        is_line = isinstance(found.value, dict) and "\n" not in text[start : found.end]
        if not is_line or self._list_path(found.value) is not None:
            return True
        self._by_line = self._are_records = True
        return False

    def _document(self, text: str, start: int, final: bool) -> int | None:
        """Read what stands outside of all brackets; return where to go on, None where more text is needed."""
        character = text[start]
        if character in ",]}":
            return start + 1
        found = self._decode(text, start)
        if isinstance(found.value, dict):
            self._note_lines(text, start, found.end)
            return self._object(text, start, found.end, found.value)
        line = _line_end(text, start)
        if character == "[" and not (self._by_line and found.end >= 0 and not _has_object(found.value)):
            self._stack.append("[")
            return start + 1
        if character != "{" or self._by_line:
            if line == len(text) and not final:
                return None
            return self._reject(text, start, line, found, is_open=final and line == len(text))
        if not self._are_records and (opened := self._opened(text, start)) is not None:
            return opened
        if found.is_incomplete and not final:
            return None
        following = self._later_document(text, start)
        if following is None and not final:
            return None
        return self._damaged(text, start, following, found)

    def _damaged(self, text: str, start: int, following: int | None, found: _Decoded) -> int:
        """Reject what stands before the next document: line by line where documents are lines, else as one."""
        end = len(text) if following is None else following
        if self._by_line is None:
            lines = [line for line in text[start:end].splitlines() if line.strip()]
            self._by_line = len(lines) > 1 and all(line.startswith("{") for line in lines)
        if not self._by_line:
            return self._reject(text, start, end, found, is_open=following is None)
        place = start
        while (place := _after_space(text, place)) < end:
            line = min(_line_end(text, place), end)
            place = self._reject(text, place, line, self._decode(text, place), is_open=line == len(text))
        return end

    def _element(self, text: str, start: int, final: bool) -> int | None:
        """Read one element of a list, or its end."""
        character = text[start]
        if character == "]":
            self._stack.pop()
            return start + 1
        if character == ",":
            return start + 1
        found = self._decode(text, start)
        if isinstance(found.value, dict):
            return self._object(text, start, found.end, found.value)
        if found.end >= 0:
            if found.value is None:
                self._run.skipped.append(start)
                return found.end
            if found.end == len(text) and not final:
                return None
            return self._reject(text, start, found.end, found)
        following = self._next_like(text, start + 1)
        if following is not None:
            return self._reject(text, start, following, found)
        if not final:
            return None
        closed = None if found.is_incomplete else self._closing(text, start)
        return self._reject(text, start, len(text) if closed is None else closed, found, is_open=closed is None)

    def _rest(self, text: str, start: int, final: bool) -> int | None:
        """Read what follows the list in the object that wraps it."""
        character = text[start]
        if character == "}":
            self._stack.pop()
        if character in "},":
            return start + 1
        member = next(self._members(text, start - 1), None) if character == '"' else None
        if member is not None and member[2].end >= 0:
            return member[2].end
        if not final and (member is None or member[2].is_incomplete):
            return None
        self._run.problem = CUT_OFF
        self._run.skipped.append(start)
        self._stack.clear()
        return _line_end(text, start)

    def _object(self, text: str, start: int, end: int, value: dict[str, Any]) -> int:
        """Take an object as a record, or go into the list that it wraps; return where to go on."""
        if self._inner is not None and isinstance(value.get(self._inner), dict) and self._stack:
            inside = self._places(text, start).get(self._inner)
            if inside is not None:
                found = self._decode(text, inside)
                if (opened := self._opened_within(text, inside, found.value)) is not None:
                    return opened
                self._run.objects.append(JsonObject(inside, found.end, found.value))
                return end
        path = None
        if not _PLAIN.issuperset(map(type, value.values())):
            path = self._list_path(value)
            if path is None and any(one == [] for one in _values(value, 0)) and not self._worth(value):
                self._run.skipped.append(start)
                return end
        if path is not None and (opened := self._walked(text, start, path)) is not None:
            return opened
        self._are_records = self._are_records or not self._stack
        if not value.keys() <= self._keys and len(self._keys) < 1_000:
            self._keys.update(value)
        self._run.objects.append(JsonObject(start, end, value))
        return end

    def _opened_within(self, text: str, inside: int, value: dict[str, Any]) -> int | None:
        """Go into the list that a wrapped record wraps itself, such as an answer among the answers to a batch."""
        path = self._list_path(value)
        if path is None:
            return None
        self._stack.append("{")
        opened = self._walked(text, inside, path)
        if opened is None:
            self._stack.pop()
        return opened

    def _reject(self, text: str, start: int, end: int, found: _Decoded, *, is_open: bool = False) -> int:
        shown = start + len(text[start:end].rstrip(" \t\r\n,"))
        reason = found.reason or _NO_OBJECT
        self._run.objects.append(JsonObject(start, max(shown, start + 1), None, reason))
        if is_open:
            self._run.open_from = start
        return max(end, start + 1)

    def _decode(self, text: str, start: int) -> _Decoded:
        try:
            value, end = self._raw_decode(text, start)
        except RecursionError:
            return _Decoded(reason=_DEEP, place=start)
        except json.JSONDecodeError as error:
            if text[error.pos : error.pos + 1] < " " and text[error.pos : error.pos + 1] not in "\r\n":
                return self._decode_leniently(text, start)
            return _Decoded(reason=f"not JSON: {error.msg}", is_incomplete=_is_incomplete(text, error), place=error.pos)
        except ValueError:  # a number of thousands of digits
            return _Decoded(reason="not JSON: a number is too long", place=start)
        return _Decoded(value, end)

    def _decode_leniently(self, text: str, start: int) -> _Decoded:
        """Decode a value of one line that has tabs and the like within its texts."""
        try:
            value, end = self._lenient_decode(text[start : _line_end(text, start)], 0)
        except (RecursionError, ValueError):
            return _Decoded(reason="not JSON: a control character within a text", place=start)
        return _Decoded(value, start + end)

    def _list_path(self, value: dict[str, Any]) -> tuple[str, ...] | None:
        """Return the way to the longest list of objects that are understood better than the object itself."""
        lists = [(path, one) for path, one in _lists(value, (), _NESTED) if _has_object(one)]
        if not lists:
            return None
        own = self._worth(value)
        lists = [(path, one) for path, one in lists if self._worth_of(one) > own]
        return max(lists, key=lambda item: len(item[1]))[0] if lists else None

    def _worth_of(self, elements: list[Any], depth: int = 0) -> int:
        objects = [one for one in elements[:50] if isinstance(one, dict)][:3]
        return max((self._worth_within(self._unwrapped(one), depth) for one in objects), default=0)

    def _worth_within(self, value: dict[str, Any], depth: int) -> int:
        """Return how much of an object is understood, or of what it wraps itself where records are wrapped."""
        own = self._worth(value)
        if own or self._inner is None or depth > _NESTED:
            return own
        return max((self._worth_of(one, depth + 1) for _, one in _lists(value, (), 1) if _has_object(one)), default=0)

    def _unwrapped(self, value: dict[str, Any]) -> dict[str, Any]:
        inside = value.get(self._inner) if self._inner is not None else None
        return inside if isinstance(inside, dict) else value

    def _walked(self, text: str, start: int, path: tuple[str, ...]) -> int | None:
        """Go into the list at the end of a path of keys; return the place of its first element."""
        place: int | None = start
        for key in path:
            place = None if place is None else self._places(text, place).get(key)
        if place is None or text[place] != "[":
            return None
        self._stack += ["{"] * len(path) + ["["]
        return place + 1

    def _places(self, text: str, start: int) -> dict[str, int]:
        """Return where the values of an object begin."""
        return {key: place for key, place, _ in self._members(text, start)}

    def _members(self, text: str, start: int) -> Iterator[tuple[str, int, _Decoded]]:
        """Yield key, place and value of the members of an object, up to one that cannot be decoded, which is given."""
        place = _after_space(text, start + 1)
        while place < len(text) and text[place] == '"':
            key = self._decode(text, place)
            colon = _after_space(text, key.end) if isinstance(key.value, str) else len(text)
            if not text.startswith(":", colon):
                return
            value = _after_space(text, colon + 1)
            found = self._decode(text, value)
            yield str(key.value), value, found
            if found.end < 0:
                return
            comma = _after_space(text, found.end)
            if not text.startswith(",", comma):
                return
            place = _after_space(text, comma + 1)

    def _opened(self, text: str, start: int, depth: int = 0) -> int | None:
        """Go into the list of an answer that is not whole, or damaged; return where its elements begin."""
        if depth > _NESTED:
            return None
        self._stack.append("{")
        known: dict[str, Any] = {}
        for key, place, found in self._members(text, start):
            if found.end >= 0:
                known[key] = found.value
            elif text.startswith("{", place):
                if (opened := self._opened(text, place, depth + 1)) is not None:
                    return opened
            elif text.startswith("[", place) and self._next_like(text, place + 1, self._worth(known)) is not None:
                self._stack.append("[")
                return place + 1
        self._stack.pop()
        return None

    def _next_like(self, text: str, start: int, above: int = 0) -> int | None:
        """Return where the next object begins that is like those before, or understood better than ``above``."""
        for opening in (_OPENING, _OPENING_OF_LINE):  # where there are too many, those that begin a line
            work = 0
            for number, match in enumerate(opening.finditer(text, start)):
                if number > _ATTEMPTS or work > _ATTEMPTED_CHARACTERS:
                    break
                found = self._decode(text, match.end() - 1)
                if isinstance(found.value, dict) and self._is_like(self._unwrapped(found.value), above):
                    return match.end() - 1
                work += max(found.place, found.end, match.end()) - match.end()
            else:
                break
        return None

    def _is_like(self, value: dict[str, Any], above: int) -> bool:
        if self._keys and not above:
            return len(value.keys() & self._keys) * 2 >= max(len(value), 1)
        return self._worth(value) > above

    def _later_document(self, text: str, start: int) -> int | None:
        """Return the place of a later line that begins a document; notes whether documents are lines."""
        work = 0
        for number, match in enumerate(_LINE_OF_DOCUMENT.finditer(text, start)):
            if number > _ATTEMPTS or work > _ATTEMPTED_CHARACTERS:
                return None
            found = self._decode(text, match.end())
            value = found.value
            if isinstance(value, dict) and (self._list_path(value) is not None or self._is_like(value, 0)):
                self._note_lines(text, match.end(), found.end)
                return match.end()
            if isinstance(value, list) and _has_object(value):
                return match.end()
            work += max(found.place, found.end, match.end()) - match.end()
        return None

    def _closing(self, text: str, start: int) -> int | None:
        """Return where a damaged last element ends: what closes all that is open stands behind it."""
        opening = "".join(_NAMES[one] for one in self._stack)
        place = len(text)
        for _ in range(20):
            place = text.rfind("]", start, place)
            if place < 0 or len(text) - place > 1 << 16:
                return None
            closed = self._decode(opening + text[place:].rstrip(), 0)
            if closed.end == len(opening) + len(text[place:].rstrip()):
                return place
        return None

    def _note_lines(self, text: str, start: int, end: int) -> None:
        if self._by_line is None:
            self._by_line = "\n" not in text[start:end]


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return start if match is None else match.end()


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _is_incomplete(text: str, error: json.JSONDecodeError) -> bool:
    """Return whether the text ends where the value could go on."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()) - 8


def _has_object(value: Any) -> bool:  # noqa: ANN401  (JSON is anything)
    return isinstance(value, list) and any(isinstance(one, dict) for one in value[:50])


def _lists(value: dict[str, Any], path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Yield the lists in an object, and in the objects within it, with the way to them."""
    for key, one in value.items():
        if isinstance(one, list):
            yield (*path, key), one
        elif isinstance(one, dict) and depth:
            yield from _lists(one, (*path, key), depth - 1)


def _values(value: dict[str, Any], depth: int) -> Iterator[Any]:
    for one in value.values():
        yield one
        if isinstance(one, dict) and depth < _NESTED:
            yield from _values(one, depth + 1)
