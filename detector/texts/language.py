"""The two languages of texts and reports, and which of them applies."""

from __future__ import annotations

from typing import Final, Literal, TypeGuard, get_args

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT_LANGUAGE: Final[Language] = "zh"


def is_language(value: str) -> TypeGuard[Language]:
    """Tell whether the text names a language the detector speaks."""
    return value in LANGUAGES


def choose_language(option: str | None, configured: str | None = None) -> Language:
    """Return the language to speak: the command line's ``--lang`` wins, then the site's, then the default."""
    for value in (option, configured):
        if value is not None and is_language(value):
            return value
    return DEFAULT_LANGUAGE
