"""Pages of the guide: found by their file names, listed by what their first lines declare, searched by headings.

A page begins with a comment that no reader sees: its place in the list, and one line about it in each language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from detector.deployment.checked_table import nearest
from detector.errors import UsageError
from detector.texts.language import LANGUAGES, Language

_NAME: Final = re.compile(r"(?P<topic>[a-z-]+)\.(?P<language>[a-z]{2})\.md")
_DECLARED: Final = re.compile(r"\A<!--\nplace: (?P<place>\d+)\nzh: (?P<zh>.+)\nen: (?P<en>.+)\n-->\n", re.ASCII)
_COMMENT: Final = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"#{1,6} (.+)")
_FENCE: Final = "```"


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One page: ``about`` is one line in each language, ``text`` its Markdown without comments."""

    topic: str
    language: Language
    place: int
    about: dict[Language, str]
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, row or line of code that was searched for, and the headings above it."""

    topic: str
    heading: str
    text: str


@lru_cache(maxsize=1)
def _pages() -> dict[tuple[str, Language], GuidePage]:
    found: dict[tuple[str, Language], GuidePage] = {}
    for file in resources.files(__name__.rpartition(".")[0]).iterdir():
        name = _NAME.fullmatch(file.name)
        if name is None:
            continue
        content = file.read_text(encoding="utf-8")
        declared = _DECLARED.match(content)
        language = next(one for one in LANGUAGES if one == name["language"])
        if declared is None:
            raise ValueError(f"{file.name} does not begin with its place and what it is about")
        about: dict[Language, str] = {one: declared[one] for one in LANGUAGES}
        text = _COMMENT.sub("", content).strip() + "\n"
        found[name["topic"], language] = GuidePage(name["topic"], language, int(declared["place"]), about, text)
    return found


def topics(language: Language) -> list[GuidePage]:
    """Return one page a topic, in the order of the list: in the language where there is one, else in the other."""
    pages = _pages()
    names = {topic for topic, _ in pages}
    return sorted((guide_page(name, language) for name in names), key=lambda page: (page.place, page.topic))


def guide_page(topic: str, language: Language) -> GuidePage:
    """Return the page of a topic: in the language where there is one, else in the other.

    Raises UsageError where there is no such topic.
    """
    pages = _pages()
    for wanted in (language, *LANGUAGES):
        if (topic, wanted) in pages:
            return pages[topic, wanted]
    raise UsageError(f"no page {topic!r} in the guide; {nearest(topic, tuple(sorted({name for name, _ in pages})))}")


def search_guide(words: str, language: Language) -> list[Passage]:
    """Return the passages of all topics that hold every one of the words, in order; case is ignored."""
    wanted = words.casefold().split()
    return [
        passage
        for page in topics(language)
        for passage in passages(page)
        if wanted and all(word in f"{passage.heading}\n{passage.text}".casefold() for word in wanted)
    ]


def passages(page: GuidePage) -> Iterator[Passage]:
    """Yield the paragraphs of a page; of tables and code each line by itself."""
    paragraph: list[str] = []
    heading, fenced = "", False
    for line in [*page.text.splitlines(), ""]:
        single = fenced or line.startswith("|")
        title = None if fenced else _HEADING.fullmatch(line)
        begins_item = line.startswith(("- ", "* ")) or re.match(r"\d+\. ", line)
        if paragraph and (not line or single or title or begins_item or line.startswith(_FENCE)):
            yield Passage(page.topic, heading, " ".join(paragraph))
            paragraph = []
        if line.startswith(_FENCE):
            fenced = not fenced
        elif title:
            heading = title[1]
        elif single and line and not line.startswith("| ---"):
            yield Passage(page.topic, heading, line.strip())
        elif line:
            paragraph.append(line.strip())
