"""How a long job reports what it does; the command line decides how it looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A listener that a job calls after each piece of work."""

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Report that ``done`` of ``total`` units of the step are finished; ``total`` 0: nobody can say."""


class Silent:
    """A listener that ignores all reports."""

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Ignore the report."""
