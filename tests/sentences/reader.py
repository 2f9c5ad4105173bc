"""Reads sentences back: every text that people get is a pattern, and what stands in its places is told by name.

A text without a figure needs no reading. One with figures must be a text of the catalogue, of a policy, a pattern, a
relation or a feature; what stands in its places is a figure, a name (an account, a record, a department …) or another
such text. Anything else is :class:`Unexplained`: a reader could not know what is counted.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import detector
from detector.detection.features import FEATURES
from detector.model.relations import RELATIONS
from detector.texts import load_texts
from detector.texts.language import Language

FIGURE = re.compile(
    r"[<>≤≥~约]?-?\d[\d,]*(\.\d+)?\s?%?|\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?|\d\d:\d\d"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d–(\d{4}-\d\d-\d\d )?\d\d:\d\d"
)
"""What a count, a share, a date or a time looks like."""
PACKAGE = Path(detector.__file__).parent
ROOTS = (PACKAGE.parent / "sql" / "policies", PACKAGE / "sql" / "policies")
SEPARATORS = re.compile(r"[ ·,，;；]")
NO_FIGURE = re.compile(r"P-[0-9a-z]+|SHA-256|[0-9a-f]{16,64}|\d+\.\d+\.\d+[\w.]*")
"""Pseudonyms, digests and versions."""
WORDS = ("text", "parts", "stream")
"""Places that hold words, never a figure alone."""
DATES = ("first", "last", "start", "end")
"""Places that hold nothing but a date or a time."""
ACCOUNTS = ("user", "user_id")
"""Places that hold an account."""
HALVES = ("reason.part_patients", "reason.part_records", "show.margin_stream")
"""Half-sentences, of which several stand in a list: each holds one text."""
LOOSE = ("user.staff", "status.run_ended")
"""Texts of places alone."""
ENDS = re.compile(r"(?<=[。；，])|(?<=[.;,] )")
"""Where one sentence may end and another begin."""
MOST_WAYS = 200
"""So many ways to part a text are tried."""
WHITE = re.compile(r"\s+")


class Unexplained(AssertionError):
    """A figure that no text accounts for."""


@dataclass(frozen=True, slots=True)
class Told:
    """One figure of one text: ``name`` is ``key.placeholder``, ``values`` all that stands in the text's places."""

    name: str
    value: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A text as literals around named places; ``weight`` counts its own characters: most of them are the one meant."""

    key: str
    literals: tuple[str, ...]
    names: tuple[str, ...]
    weight: int

    @classmethod
    def of(cls, key: str, text: str) -> Template:
        """Return the template of a text."""
        literals, names = [""], []
        for literal, name, _, _ in string.Formatter().parse(WHITE.sub(" ", text.strip())):
            literals[-1] += literal
            if name is not None:
                names.append(name)
                literals.append("")
        return cls(key, tuple(literals), tuple(names), len(SEPARATORS.sub("", "".join(literals))))

    def fits(self, text: str) -> Iterator[dict[str, str]]:
        """Yield what may stand in the places, so that the text is this one; the same name is filled alike."""
        if text.startswith(self.literals[0]) and text.endswith(self.literals[-1]):
            yield from islice(self._fits(text, len(self.literals[0]), 0, {}), MOST_WAYS)

    def _fits(self, text: str, start: int, place: int, values: dict[str, str]) -> Iterator[dict[str, str]]:
        if place == len(self.names):
            if start == len(text):
                yield values
            return
        literal, name = self.literals[place + 1], self.names[place]
        last = place == len(self.names) - 1
        end = len(text) - len(literal) if last else text.find(literal, start)
        while start <= end and text.startswith(literal, end):
            value = text[start:end].strip()
            if values.get(name, value) == value:
                yield from self._fits(text, end + len(literal), place + 1, values | {name: value})
            end = -1 if last or end >= len(text) else text.find(literal, end + 1)


class Reader:
    """Reads the texts of one language, of some ``sections`` of the catalogue and of policies.

    ``names`` are what may stand in a text though it holds digits.
    """

    def __init__(
        self,
        language: Language,
        names: Iterable[str] = (),
        policies: Iterable[Path] = (),
        sections: Iterable[str] | None = None,
    ) -> None:
        self.language = language
        self.sections = None if sections is None else {*sections, "policy"}
        self.say = load_texts(language)
        self.known: dict[str, list[Told] | None] = {}
        self.names = {WHITE.sub(" ", name) for name in names if name}
        self.policies = [*policies, *built_in_policies()]

    def read(self, text: str) -> list[Told]:
        """Return the figures of a text. Raises Unexplained where one stands in no text."""
        plain = WHITE.sub(" ", text).strip()
        found = self._told(plain)
        if found is None:
            raise Unexplained(plain)
        return found

    @cached_property
    def templates(self) -> list[Template]:
        """Every text with places to fill, the most particular first."""
        texts = {**self.say.entries, **dict(policy_reasons(self.policies, self.language))}
        made = [Template.of(key, text) for key, text in texts.items() if "{" in text and self._is_meant(key)]
        return sorted((one for one in made if one.weight or one.key in (*HALVES, *LOOSE)), key=lambda one: -one.weight)

    @cached_property
    def phrases(self) -> set[str]:
        """Every text without places."""
        texts = [text for text in self.say.entries.values() if "{" not in text]
        texts += [text for path in self.policies for text in _strings(header(path), self.language)]
        for path in (PACKAGE / "detection" / "patterns").glob("*.toml"):
            texts += _strings(tomllib.loads(path.read_text(encoding="utf-8")), self.language)
        for path in (PACKAGE / "reports" / "papers").glob("*.toml"):
            texts += _strings(tomllib.loads(path.read_text(encoding="utf-8")), self.language)
        for one in RELATIONS:
            texts += [one.label[self.language], *((one.explained or {}).get(self.language, "").split("\0"))]
        texts += [text for one in FEATURES for text in (one.text[self.language], one.of_these.get(self.language, ""))]
        return {WHITE.sub(" ", text).strip() for text in texts}

    def _is_meant(self, key: str) -> bool:
        return self.sections is None or re.split("[.:]", key)[0] in self.sections

    def _told(self, text: str) -> list[Told] | None:
        """Return the figures, or None where the text is not understood; what was read once stands."""
        if text not in self.known:
            self.known[text] = self._read(text)
        return self.known[text]

    def _read(self, text: str) -> list[Told] | None:
        if not any(character.isdigit() for character in text) or NO_FIGURE.fullmatch(text):
            return []
        if text in self.phrases or text in self.names:
            return []
        for template in self.templates:
            for values in template.fits(text):
                told = self._filled(template, values)
                if told is not None:
                    return told
        return self._listed(text)

    def _filled(self, template: Template, values: Mapping[str, str]) -> list[Told] | None:
        """Read what stands in a text's places; None where one of them is not understood."""
        found: list[Told] = []
        for name, value in values.items():
            if name in ACCOUNTS and value not in self.names:
                return None
            if name in DATES and not FIGURE.fullmatch(value):
                return None
            if name in WORDS and (FIGURE.fullmatch(value) or (template.key in HALVES and value not in self.phrases)):
                return None
            bare = value.lstrip("█▉▊▋▌▍▎▏ ").strip()
            if FIGURE.fullmatch(bare):
                found.append(Told(f"{template.key}.{name}", bare, values))
            elif any(character.isdigit() for character in value):
                inner = self._told(value)
                if inner is None:
                    return None
                if template.key.startswith("policy:") or value in self.names or NO_FIGURE.fullmatch(value):
                    found.append(Told(f"{template.key}.{name}", value, values))
                found += inner
        return found

    def _listed(self, text: str) -> list[Told] | None:
        """Read a list of texts or names."""
        for separator in (
            self.say("list.halves"),
            self.say("list.clauses"),
            "; ",
            " · ",
            self.say("list.words"),
            ", ",
            "  ",
            " ",
        ):
            parts = [part.strip() for part in text.split(separator) if part.strip()]
            if len(parts) > 1:
                read = [self._told(part) for part in parts]
                if all(one is not None for one in read):
                    return [told for one in read for told in one or ()]
        return self._halves(text) or self._sentences(text)

    def _halves(self, text: str) -> list[Told] | None:
        """Read half-sentences in a list, of which one may hold what stands between them."""
        separator = self.say("list.halves")
        parts = text.split(separator)
        for count in range(1, len(parts)):
            told = self._told(separator.join(parts[:count]))
            others = self._told(separator.join(parts[count:])) if told else None
            if told and others:
                return [*told, *others]
        return None

    def _sentences(self, text: str) -> list[Told] | None:
        """Read sentences that follow each other, the first of them as long as can be."""
        for end in reversed([match.start() for match in ENDS.finditer(text)]):
            first, rest = text[:end].strip(), text[end:].strip()
            told = self._told(first) if rest and any(map(str.isdigit, first)) else []
            others = self._told(rest) if rest and told is not None else None
            if told is not None and others is not None:
                return [*told, *others]
        return None


def built_in_policies() -> list[Path]:
    """Return the files of the policies that ship."""
    return [path for root in ROOTS if root.is_dir() for path in sorted(root.glob("*.sql"))]


def header(path: Path) -> Mapping[str, object]:
    """Return the header of a policy: TOML in the file's first comment."""
    text = path.read_text(encoding="utf-8")
    return tomllib.loads(text[text.index("/*") + 2 : text.index("*/")])


def policy_reasons(paths: Iterable[Path], language: Language) -> Iterator[tuple[str, str]]:
    """Yield ``policy:<id>`` and the policy's sentence."""
    for path in paths:
        known = header(path)
        reason = known["reason"]
        assert isinstance(reason, dict)
        yield f"policy:{known['id']}", reason[language]


def _strings(tree: object, language: Language) -> list[str]:
    """Return the texts of one language in a declaration."""
    if isinstance(tree, Mapping):
        one = tree.get(language)
        found = [one] if isinstance(one, str) else [*one] if isinstance(one, list) else []
        return [*map(str, found), *(text for value in tree.values() for text in _strings(value, language))]
    if isinstance(tree, list):
        return [text for value in tree for text in _strings(value, language)]
    return []
