"""How patients are named in what is written: by keyed pseudonyms, or by their record numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Numbers(Protocol):
    """Names patients; :class:`detector.privacy.pseudonyms.Pseudonyms` is one."""

    def __call__(self, number: str) -> str:
        """Return what stands for a record number."""

    def in_text(self, text: str, numbers: Iterable[str]) -> str:
        """Return a sentence with these record numbers replaced."""


class RecordNumbers:
    """Shows record numbers as they are."""

    def __call__(self, number: str) -> str:
        """Return the number."""
        return number

    def in_text(self, text: str, numbers: Iterable[str]) -> str:  # noqa: ARG002  (the same for every number)
        """Return the sentence."""
        return text
