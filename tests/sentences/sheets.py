"""A page about a whole deployment: its texts are read, its cells compared, each with what was counted for this page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from detector.texts.language import Language
from tests.sentences.expected import KNOWN, right
from tests.sentences.hospital import Hospital
from tests.sentences.reader import Told, Unexplained
from tests.sentences.reading import reader_of

Counted = Mapping[str, Any]
"""Figure, as ``key.place`` → what it should be, or a function of the figure with its text; ``key.*`` is any place."""


class Sheet:
    """Collects what is wrong on one page. ``sections`` are those of the catalogue that it is written with."""

    def __init__(self, hospital: Hospital, language: Language, name: str, sections: Iterable[str]) -> None:
        self.hospital, self.language, self.name = hospital, language, name
        self.reader = reader_of(hospital, language, tuple(sections))
        self.say = self.reader.say
        self.wrong: list[str] = []

    def note(self, sentence: str, figure: str, shown: object, counted: object) -> None:
        """Keep a figure that is wrong."""
        self.wrong.append(f"{self.name} ({self.language}): {figure} is {shown}, counted {counted} | {sentence}")

    def sentence(self, text: str, counted: Counted) -> None:
        """Read a text; every figure of it must be among what was counted."""
        try:
            found = self.reader.read(text)
        except Unexplained:
            self.note(text, "?", "a figure", "no text explains it")
            return
        for told in found:
            expected = _expected(told, counted)
            if expected is MISSING:
                self.note(text, told.name, told.value, f"nothing says what it counts on the page {self.name}")
            elif expected is not KNOWN and not right(expected, told.value):
                self.note(text, told.name, told.value, expected)

    def cells(self, where: str, shown: Mapping[str, Any], counted: Counted) -> None:
        """Compare the cells of a row; a cell of which nothing was counted is a failure."""
        for name, value in shown.items():
            if name not in counted:
                self.note(where, name, value, "nothing says what this column counts")
            elif counted[name] is not KNOWN and not same(counted[name], value):
                self.note(where, name, value, counted[name])

    def equal(self, where: str, figure: str, shown: object, counted: object) -> None:
        """Compare two figures."""
        if not same(counted, shown):
            self.note(where, figure, shown, counted)


MISSING = object()


def _expected(told: Told, counted: Counted) -> object:
    for name in (told.name, f"{told.name.rpartition('.')[0]}.*"):
        if name in counted:
            found = counted[name]
            return found(told) if isinstance(found, Callable) else found  # type: ignore[arg-type]
    return MISSING


def same(counted: object, shown: object) -> bool:
    """Whether a cell shows what was counted: texts as they are, figures as a person or JSON writes them."""
    if isinstance(counted, set):
        return any(same(one, shown) for one in counted)
    if counted is None or shown is None or shown == "-":
        return counted in {None, ""} and shown in {None, "", "-"}
    if isinstance(counted, int | float) and isinstance(shown, int | float):
        return abs(float(counted) - float(shown)) <= 0.0005 * max(1.0, abs(float(counted)))
    if isinstance(counted, dt.date | dt.datetime):
        return right(counted, str(shown)) if isinstance(counted, dt.datetime) else str(counted) == str(shown)
    if isinstance(counted, int | float):
        return right(counted, str(shown))
    return str(counted) == str(shown)
