"""A TOML table under check, of ``detector.toml`` or a policy's header: typed values, errors with file, line and key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from detector.deployment.key_lines import KeyPath
from detector.errors import ConfigError

T = TypeVar("T")
W = TypeVar("W", bound=str)


def located_error(
    file: Path, lines: Mapping[KeyPath, int], keys: KeyPath, message: str, kind: type[ConfigError] = ConfigError
) -> ConfigError:
    """Return an error that names the key and the line of the key or of the nearest table around it.

    The path ``()`` among ``lines`` stands for the whole text.
    """
    line = next((lines[keys[:end]] for end in range(len(keys), -1, -1) if keys[:end] in lines), None)
    shown = ""
    for key in keys:
        shown += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if shown else key
    return kind(message, file=file, line=line, key=shown or None)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return a half sentence that names the nearest valid word, or all of them where none is near."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if not known:
        return "none is known"
    return f"did you mean {str(found[0])!r}?" if found else f"known: {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """One TOML table under check; every complaint, an error of ``kind``, knows file, line and key.

    ``keys`` is the path of the table, ``lines`` has the line of each key path of the file.
    """

    file: Path
    lines: Mapping[KeyPath, int]
    keys: KeyPath
    values: Mapping[str, Any]
    kind: type[ConfigError] = ConfigError

    @property
    def line(self) -> int | None:
        """The line on which the table begins, where it is known."""
        return self.lines.get(self.keys)

    def error(self, message: str, *keys: str | int) -> ConfigError:
        """Return an error about one key of the table."""
        return located_error(self.file, self.lines, (*self.keys, *keys), message, self.kind)

    def only(self, *known: str) -> None:
        """Raise ConfigError where there is another key."""
        for key in self.values:
            if key not in known:
                raise self.error(f"unknown key; {nearest(key, known)}", key)

    def table(self, key: str) -> CheckedTable:
        """Return a table within; an empty one where it is missing."""
        return self._inner(self._typed(key, dict, "a table") or {}, key)

    def needed_table(self, key: str, wanted: str) -> CheckedTable:
        """Return a table within that must be there; ``wanted`` says what it holds."""
        return self._inner(self.needed(key, dict, wanted), key)

    def tables(self, key: str, each: str) -> list[CheckedTable]:
        """Return an array of tables, ``[[key]]`` in the file; ``each`` says what one of them stands for."""
        given = self.values.get(key, [])
        if not isinstance(given, list) or not all(isinstance(values, dict) for values in given):
            raise self.error(f"write [[{key}]] with two brackets, {each}", key)
        return [self._inner(values, key, place) for place, values in enumerate(given)]

    def needed(self, key: str, kind: type[T], wanted: str) -> T:
        """Return a value that must be there; ``wanted`` says in words what, of which the type is ``kind``."""
        value = self._typed(key, kind, wanted)
        if value is None:
            raise self.error(f"{key!r} is missing; add {wanted}")
        if isinstance(value, str) and not value.strip():
            raise self.error("must not be empty", key)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self._typed(key, bool, "true or false")
        return default if value is None else value

    def whole(self, key: str, default: int, least: int) -> int:
        """Return a whole number that is not less than ``least``."""
        wanted = f"a whole number from {least}"
        return int(self.number(key, default, lambda value: value >= least and value.is_integer(), wanted))

    def text(self, key: str) -> str | None:
        """Return a text that is not empty, or None where it is missing."""
        value = self._typed(key, str, "a text in quotes")
        if value is not None and not value.strip():
            raise self.error("must not be empty", key)
        return value

    def needed_text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.error(f"{key!r} is required")
        return value

    def zone(self, key: str) -> str | None:
        """Return the name of a time zone, or None where it is missing."""
        name = self.text(key)
        if name is not None:
            try:
                ZoneInfo(name)
            except (OSError, ValueError, KeyError):
                raise self.error(f"unknown time zone {name!r}; use a name such as 'Asia/Shanghai'", key) from None
        return name

    def choice(self, key: str, known: tuple[W, ...]) -> W | None:
        """Return one of the known words, or None where it is missing."""
        value = self.text(key)
        if value is None:
            return None
        for word in known:
            if word == value:
                return word
        raise self.error(f"must be one of {', '.join(known)}, not {value!r}", key)

    def check_word(self, word: str, known: tuple[str, ...], *keys: str | int) -> None:
        """Raise ConfigError about a key where the word is not among the known ones; it names the nearest."""
        if word not in known:
            raise self.error(f"unknown value {word!r}; {nearest(word, known)}", *keys)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts, or None where it is missing."""
        values = self._typed(key, list, "a list of texts")
        if values is not None and not all(isinstance(value, str) and value.strip() for value in values):
            raise self.error("must be a list of texts", key)
        return None if values is None else tuple(values)

    def path(self, key: str, folder: Path) -> Path | None:
        """Return a path, relative ones taken from ``folder``."""
        value = self.text(key)
        return None if value is None else folder / Path(value).expanduser()

    def number(self, key: str, default: float, allowed: Callable[[float], bool], bounds: str) -> float:
        """Return a number; ``bounds`` says in words what is ``allowed``."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"must be a number, not {_kind(value)}", key)
        if not math.isfinite(value) or not allowed(float(value)):
            raise self.error(f"must be {bounds}, not {value}", key)
        return float(value)

    def texts_by_key(self) -> dict[str, str]:
        """Return a table that has nothing but texts."""
        return {key: self.needed_text(key) for key in self.values}

    def _inner(self, values: Mapping[str, Any], *keys: str | int) -> CheckedTable:
        return replace(self, keys=(*self.keys, *keys), values=values)

    def _typed(self, key: str, kind: type[T], wanted: str) -> T | None:
        value = self.values.get(key)
        if value is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            raise self.error(f"must be {wanted}, not {_kind(value)}", key)
        return value


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")
