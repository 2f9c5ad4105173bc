"""How a format is declared: a table of fields, each with its meaning and where its value comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detector.export.notice import Kind, Notice
from detector.texts.json_lines import json_line


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a format.

    ``name`` is the field's own, with dots where JSON nests; ``meaning`` is what the reference says; ``value`` gives
    None where there is nothing to tell, and the field is left out; ``limit`` is in characters.
    """

    name: str
    meaning: str
    value: Callable[[Notice], object]
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: ``document`` turns a notice into a JSON object or a line; ``fields`` are its tables by kind."""

    name: str
    document: Callable[[Notice], Mapping[str, Any] | str]
    fields: Mapping[Kind, tuple[Field, ...]]

    def line(self, notice: Notice) -> str:
        """Return the notice as one line without line breaks."""
        document = self.document(notice)
        return document if isinstance(document, str) else json_line(document)


def values(fields: Iterable[Field], notice: Notice) -> Iterator[tuple[Field, Any]]:
    """Yield the fields that have a value, with it."""
    for field in fields:
        value = field.value(notice)
        if value is not None and value not in ("", [], {}):
            yield field, value


def nested(fields: Iterable[Field], notice: Notice) -> dict[str, Any]:
    """Return the fields as a JSON object: ``user.name`` becomes ``{"user": {"name": …}}``."""
    result: dict[str, Any] = {}
    for field, value in values(fields, notice):
        *path, name = field.name.split(".")
        place = result
        for part in path:
            place = place.setdefault(part, {})
        place[name] = value
    return result


@dataclass(frozen=True, slots=True)
class SeverityScales:
    """One severity on the scales of syslog (RFC 5424), CEF, LEEF, Elastic and OCSF."""

    syslog: int
    cef: int
    leef: int
    elastic: int
    ocsf: int
    name: str


LEVELS: Mapping[str, SeverityScales] = {
    "informational": SeverityScales(6, 0, 1, 0, 1, "Informational"),
    "low": SeverityScales(5, 3, 3, 21, 2, "Low"),
    "medium": SeverityScales(4, 6, 5, 47, 3, "Medium"),
    "high": SeverityScales(3, 8, 8, 73, 4, "High"),
    "critical": SeverityScales(2, 10, 10, 99, 5, "Critical"),
}
"""Elastic's are those that its own detection rules use for the same words."""


def milliseconds(notice: Notice, name: str) -> int | None:
    """Return an instant of a notice (``at``, ``start``, ``end``, ``first_seen``) in milliseconds since 1970."""
    at = getattr(notice, name)
    return None if at is None else round(at.timestamp() * 1000)


def instant(notice: Notice, name: str) -> str | None:
    """Return an instant of a notice in RFC 3339, UTC, milliseconds."""
    at = getattr(notice, name)
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def listed(texts: Iterable[object], between: str = ", ") -> str | None:
    """Return several texts as one, or None."""
    return between.join(map(str, texts)) or None
