"""What people read: one catalogue a language, with the same keys and placeholders in both."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from detector.texts.messages import load_messages
from detector.texts.untrusted import brief

if TYPE_CHECKING:
    from detector.texts.language import Language

MESSAGES: Final = ("problem", "error")
"""Placeholders that hold a message of the program, which arises in English and is told in the text's language."""


LOGGED: Final = ("name", "user", "patient", "department", "role")
"""Placeholders that hold what a log, or a table of the site, calls somebody or something."""


_COMMAND: Final = re.compile(
    r"(?<![\w./-])detector (?=[a-z]+\b)(?!(?:init|guide|simulate)\b)(?!\S+(?: \S+)? --help)", re.ASCII
)
"""A command that a text names, of those that work on a deployment."""


class Texts:
    """The catalogue of one language. ``config`` is the deployment that the reader named, as he did: see `placed`."""

    def __init__(self, language: Language, entries: Mapping[str, str], config: str = "") -> None:
        self.language = language
        self.entries = entries
        self.config = config

    def at(self, config: str) -> Texts:
        """Return the catalogue for a reader who named the deployment."""
        return Texts(self.language, self.entries, config)

    def placed(self, text: str) -> str:
        """Return a text whose commands name the deployment, so that they can be typed as they stand."""
        return _COMMAND.sub(lambda _: f"detector --config {quote(self.config)} ", text) if self.config else text

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text with its placeholders filled. A missing key is a defect and raises KeyError."""
        for name in MESSAGES:
            if name in values:
                values[name] = self.message(str(values[name]))
        for name in LOGGED:
            if name in values:
                values[name] = brief(values[name])
        return self.placed(self.entries[key].format(**values))

    def message(self, text: str) -> str:
        """Return a message of the program (an error, the reason of a quarantined row) in this language."""
        return self.placed(load_messages(self.language)(text))

    def words(self, values: Iterable[str]) -> str:
        """Return names or single words as a list within a sentence."""
        return self.entries["list.words"].join(values)

    def clauses(self, values: Iterable[str]) -> str:
        """Return clauses, which may hold commas themselves, as a list."""
        return self.entries["list.clauses"].join(values)

    def name(self, kind: str, value: object) -> str:
        """Return the word for a value such as a pattern, severity or action; unknown values stay."""
        return self.entries.get(f"{kind}.{value}", str(value))


@lru_cache(maxsize=2)
def load_texts(language: Language) -> Texts:
    """Read a catalogue; ``[show] title`` becomes ``show.title``."""
    content = resources.files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return Texts(language, dict(_flat(tomllib.loads(content), "")))


def _flat(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    entries: list[tuple[str, str]] = []
    for key, value in tree.items():
        entries += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)]
    return entries
