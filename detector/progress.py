"""How long jobs tell what they are doing; the command line decides how it looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told by a job after each piece of work."""

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Report that ``done`` of ``total`` units of the step are finished; ``total`` 0 means not known."""


class Silent:
    """A listener that says nothing."""

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Ignore the report."""
