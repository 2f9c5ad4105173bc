"""The points of a rule that a paper goes through, as ``<paper>.toml`` beside this declares them: one entry a point.

A point names the sentences that are measured or taken from the configuration; it says itself what logs cannot show and
what a person has to write. Adding a point is adding an entry.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from detector.texts.language import Language

Words = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Point:
    """One point: ``clause`` cites it, ``asks`` says in other words what it asks; ``write`` are prompts for a person."""

    id: str
    chapter: str
    clause: Words
    title: Words
    asks: Words
    write: tuple[Words, ...]
    measured: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()
    unseen: Words | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a paper goes through: its title, for whom it is, its chapters in order, and the points of each.

    Where the declaration has a ``conclusion``, it is the last prompt of every point.
    """

    title: Words
    reader: Words
    chapters: Mapping[str, Words]
    points: tuple[Point, ...]


@cache
def read_rule(name: str) -> Rule:
    """Return the declaration of a paper."""
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    last = (content["conclusion"],) if "conclusion" in content else ()
    points = tuple(_point(entry, last) for entry in content["point"])
    return Rule(content["title"], content["reader"], content["chapters"], points)


def _point(entry: Mapping[str, Any], last: tuple[Words, ...]) -> Point:
    lists = {name: tuple(entry.get(name, ())) for name in ("measured", "configured")}
    return Point(**{**entry, **lists, "write": (*entry.get("write", ()), *last)})
