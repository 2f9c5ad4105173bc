"""What each key of ``detector.toml`` means, declared beside its field; the reference of the guide is made of it."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import get_type_hints


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what kind of value it takes, what it means, and its default in words where the field cannot show it."""

    kind: str
    meaning: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class KeyReference:
    """One key as a reference shows it. ``default`` is in Markdown: values of TOML in backticks."""

    name: str
    kind: str
    default: str
    meaning: str


def keys_of(declared: type) -> list[KeyReference]:
    """Return the keys of a dataclass whose fields are annotated with :class:`Key`; other fields are no keys."""
    hints = get_type_hints(declared, include_extras=True)
    found = []
    for one in fields(declared):
        key = next((part for part in getattr(hints[one.name], "__metadata__", ()) if isinstance(part, Key)), None)
        if key is not None:
            default = key.default or _shown(one.default if one.default_factory is MISSING else one.default_factory())
            found.append(KeyReference(one.name, key.kind, default, key.meaning))
    return found


def _shown(default: object) -> str:
    """Return a default as the reference shows it."""
    if default is MISSING:
        return "required"
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, int | float):
        return f"`{default}`"
    if isinstance(default, str):
        return f'`"{default}"`'
    return ", ".join(f"`{one}`" for one in default) or "empty" if isinstance(default, tuple) else "empty"
