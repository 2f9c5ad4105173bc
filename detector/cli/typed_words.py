"""Words of the domain as people type them: the id, or its name in either language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from detector.deployment.checked_table import nearest
from detector.errors import UsageError
from detector.model.findings import Status
from detector.texts import load_texts
from detector.texts.language import LANGUAGES
from detector.trail import DISPOSITIONS

ALL: Final = "all"
_EVERY: Final = ("all", "全部", "全部情形")


def status_meant(word: str) -> Status:
    """Return the status that a word means; raises UsageError where it means none."""
    return Status(_meant("status", word, _status_names(tuple(Status))))


def disposition_meant(word: str) -> str:
    """Return the disposition that a word means; raises UsageError where it means none."""
    return _meant("disposition", word, _status_names(DISPOSITIONS))


def pattern_meant(word: str) -> str:
    """Return the id of the pattern that a word means; raises UsageError where it means none."""
    return _meant("pattern", word, _pattern_names())


def scope_meant(word: str) -> str:
    """Return the id of a pattern, or "all"; raises UsageError where the word means neither."""
    return _meant("pattern", word, {ALL: _EVERY, **_pattern_names()})


def with_id(name: str, identity: str) -> str:
    """Return a name with the id that commands and machine formats use, once where they are the same."""
    if _plain(name) == _plain(identity):
        return name
    return f"{name} ({identity})" if name.isascii() else f"{name}（{identity}）"


def _status_names(known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {str(one): tuple(load_texts(language)(f"finding_status.{one}") for language in LANGUAGES) for one in known}


def _pattern_names() -> dict[str, tuple[str, ...]]:
    from detector.detection.patterns import patterns

    return {name: tuple(pattern.title.values()) for name, pattern in patterns().items()}


def _meant(kind: str, word: str, names: Mapping[str, Iterable[str]]) -> str:
    """Return the id of which the word is the id or a name; case, blanks and hyphens do not matter."""
    asked = _plain(word)
    for identity, known in names.items():
        if asked in {_plain(identity), *map(_plain, known)}:
            return identity
    raise UsageError(f"no {kind} {word!r}; {nearest(word, tuple(names))}")


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
