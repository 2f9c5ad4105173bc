"""A table of ``detector.toml`` under check: typed values, and errors that name file, line and key."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from detector.deployment.key_lines import KeyPath
from detector.errors import ConfigError

T = TypeVar("T")


def located_error(file: Path, lines: Mapping[KeyPath, int], keys: KeyPath, message: str) -> ConfigError:
    """Return an error that names the key and the line of the key or of the nearest table around it."""
    line = next((lines[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in lines), None)
    shown = ""
    for key in keys:
        shown += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if shown else key
    return ConfigError(message, file=file, line=line, key=shown or None)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return a half sentence that names the nearest valid word, or all of them where none is near."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else f"known: {', '.join(known)}"


class Table:
    """One TOML table under check; every complaint knows file, line and key."""

    def __init__(self, file: Path, lines: Mapping[KeyPath, int], keys: KeyPath, values: Mapping[str, Any]) -> None:
        self.file, self.lines, self.keys, self.values = file, lines, keys, values

    def error(self, message: str, *keys: str | int) -> ConfigError:
        """Return an error about one key of the table."""
        return located_error(self.file, self.lines, (*self.keys, *keys), message)

    def only(self, *known: str) -> None:
        """Raise ConfigError where there is another key."""
        for key in self.values:
            if key not in known:
                raise self.error(f"unknown key; {nearest(key, known)}", key)

    def table(self, key: str) -> Table:
        """Return a table within; an empty one where it is missing."""
        return Table(self.file, self.lines, (*self.keys, key), self._typed(key, dict, "a table") or {})

    def tables(self, key: str, each: str) -> list[Table]:
        """Return an array of tables, ``[[key]]`` in the file; ``each`` says what one of them stands for."""
        given = self.values.get(key, [])
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise self.error(f"write [[{key}]] with two brackets, {each}", key)
        return [Table(self.file, self.lines, (*self.keys, key, place), one) for place, one in enumerate(given)]

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

    def _typed(self, key: str, kind: type[T], wanted: str) -> T | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.error(f"must be {wanted}, not {_kind(value)}", key)
        return value


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")
