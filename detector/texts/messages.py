"""The program's English messages in the language of the reader: found by their English sentence, as gettext does.

Errors, hints and reasons are written where they arise, in English, and stored so: logs, machine formats and the trail
do not change with the language. Whoever shows one to a person asks here. ``messages.zh.toml`` has a Chinese sentence
for each English one, ``help.zh.toml`` for those of ``--help``; what fills a gap may be a sentence itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detector.texts.language import Language

_GAP: Final = re.compile(r"\{\d+\}")
_COUNTED: Final = re.compile(r"((?:(?!: ).)+) \(([\d,]+)\)")
"""A reason that quotes nothing, with the number of its rows."""
_HINTED: Final = re.compile(r"(.*); see `([^`]+) --help`", re.DOTALL)
_HINT: Final = "{0}; see `{1} --help`"
"""How an error of the command line ends, whatever it is; what stands before is told by itself."""
_ORIGINAL: Final = re.compile("（原文：([^（）]*)）")
_LISTING: Final = re.compile(r"(?:known: |one of |none of |it has |findings: |no column for |options: )$")
"""How a text goes on with a list of words that are typed."""
NAMES: Final = "names"
"""The part of the catalogue with the names of ids; in a list the reader sees both."""


@dataclass(frozen=True)
class Template:
    """An English sentence with gaps, and what it is in the other language."""

    english: str
    other: str

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The texts between the gaps."""
        return tuple(one.replace("{{", "{").replace("}}", "}") for one in _GAP.split(self.english))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What matches the sentence; a gap at its beginning holds no colon, so that a place stays before it."""
        begun, *rest = map(re.escape, self.literals)
        first = "((?:(?!: ).)*?)" if not begun else "(.*?)"
        return re.compile(begun + first + "(.*?)".join(rest) if rest else begun, re.DOTALL)

    @cached_property
    def is_code(self) -> tuple[bool, ...]:
        """For each gap whether it stands within backquotes: a command or a key, which no language changes."""
        before = [len("".join(self.literals[: place + 1]).split("`")) for place in range(len(self.literals) - 1)]
        return tuple(parts % 2 == 0 for parts in before)

    @cached_property
    def is_list(self) -> tuple[bool, ...]:
        """For each gap whether words to choose from stand in it."""
        return tuple(_LISTING.search(before) is not None for before in self.literals[:-1])

    def values(self, text: str) -> tuple[str, ...] | None:
        """Return what fills the gaps of a sentence, or None where it is another one."""
        if not all(one in text for one in self.literals):
            return None
        found = self.pattern.fullmatch(text)
        return None if found is None else found.groups()


class Messages:
    """The messages of one language; without entries every text stays as it is."""

    def __init__(self, entries: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
        self.entries, self.names = entries, names or {}
        gaps = [Template(english, other) for english, other in entries.items() if _GAP.search(english)]
        self.templates = sorted(gaps, key=lambda one: (-sum(map(len, one.literals)), one.english))
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return an English message in the reader's language; one that is not known stays.

        A place before the message (``detector.toml:3: site.name: ``) stays, messages joined by ``; `` are told one by
        one, and so are those that fill a gap.
        """
        if not self.entries:
            return text
        if text not in self._known:
            self._known[text] = self._told(text)
        return self._known[text]

    def all(self, texts: Iterable[str]) -> list[str]:
        """Return several messages."""
        return [self(text) for text in texts]

    def _told(self, text: str) -> str:
        counted = _COUNTED.fullmatch(text)
        if counted is not None and self(counted[1]) != counted[1]:
            return f"{self(counted[1])}（{counted[2]} 行）"
        hinted = _HINTED.fullmatch(text)
        if hinted is not None and _HINT in self.entries:
            return self.entries[_HINT].format(self(hinted[1]), hinted[2])
        found = self._whole(text)
        if found is not None:
            return found
        for place in _ends(": ", text):
            tail = self._whole(text[place:])
            if tail is not None:
                return text[: place - 2] + ("：" if _is_chinese(text[: place - 2]) else ": ") + tail
        parts = text.split("; ")
        told = self.all(parts) if len(parts) > 1 else parts
        return self._with_name(text) if told == parts else "；".join(told)

    def _with_name(self, text: str) -> str:
        """Return a message with the name of a file before or behind it."""
        name, _, rest = text.partition(" ")
        told = self._whole(rest)
        if told is not None:
            return f"{name} {told}"
        head, _, rest = text.partition(": ")
        return f"{self.entries[head]}：{rest}" if rest and head in self.entries else text

    def _whole(self, text: str) -> str | None:
        """Return a text that is a message from its beginning to its end, or None."""
        if text in self.entries:
            return self.entries[text].format()
        for template in self.templates:
            values = template.values(text)
            if values is not None:
                gaps = zip(values, template.is_code, template.is_list, strict=True)
                told = [one if is_code else self._filler(one, is_list=is_list) for one, is_code, is_list in gaps]
                return _settled(template.other.format(*told))
        return None

    def _filler(self, text: str, *, is_list: bool) -> str:
        """Return what stands in a gap: a message itself, a list of words, or a place behind a colon."""
        if is_list and ", " in text:
            words = text.split(", ")
            named = [f"{self.names[word]}（{word}）" for word in words if word in self.names]
            return "、".join(named if len(named) == len(words) else words)
        return f"：{text[2:]}" if text.startswith(": ") else self(text)


def _ends(mark: str, text: str) -> Iterable[int]:
    """Yield where the text goes on after each mark."""
    place = text.find(mark)
    while place >= 0:
        yield place + len(mark)
        place = text.find(mark, place + 1)


def _settled(text: str) -> str:
    """Return a sentence without ``原文`` before what is Chinese already."""
    return _ORIGINAL.sub(lambda match: f"（{match[1]}）" if _is_chinese(match[1]) else match[0], text)


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@lru_cache(maxsize=4)
def load_messages(language: Language, catalogue: str = "messages") -> Messages:
    """Return what the program says in a language: its ``messages``, or the texts of ``help``."""
    if language == "en":
        return Messages({})
    content = resources.files(__package__).joinpath(f"{catalogue}.{language}.toml").read_text(encoding="utf-8")
    parts = tomllib.loads(content)
    names = parts.pop(NAMES, {})
    return Messages({key: text for part in parts.values() for key, text in part.items()}, names)
