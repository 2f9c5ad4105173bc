"""Colour, or none: every emphasis also stands in the words, so that nothing is lost without it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, TextIO

_CODES: Final = {"bold": "1", "dim": "2", "red": "31", "yellow": "33", "green": "32", "cyan": "36", "magenta": "35"}
_SEVERITY: Final = {"critical": ("bold", "red"), "high": ("red",), "medium": ("yellow",), "low": ("dim",)}


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts ANSI colour around text where ``colour`` is true."""

    colour: bool = False

    def __call__(self, text: str, *styles: str) -> str:
        """Return the text in the styles named."""
        if not self.colour or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def severity(self, text: str, severity: str) -> str:
        """Return the text in the colour of a severity."""
        return self(text, *_SEVERITY.get(severity, ()))


def wants_colour(stream: TextIO, *, allowed: bool = True) -> bool:
    """Tell whether colour is welcome: a terminal that is not dumb, ``NO_COLOR`` not set, ``--no-color`` not given."""
    return allowed and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()
