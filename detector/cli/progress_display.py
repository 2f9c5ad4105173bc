"""How a long job shows what it does: a bar on a terminal, plain lines with the time otherwise, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from detector.cli.render.text import cells, clip, shown
from detector.progress import Progress, Silent

BAR = 24
LINE_SECONDS = 10.0


class ProgressBar:
    """One line on a terminal, redrawn at most ten times a second."""

    def __init__(self, stream: TextIO, width: int) -> None:
        self.stream, self.width = stream, width
        self._drawn = ""
        self._drawn_at = 0.0

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Draw the step's bar."""
        now = time.monotonic()
        if now - self._drawn_at < 0.1 and done != total:
            return
        filled = BAR if total <= 0 else min(BAR, done * BAR // total)
        share = f"{done:,}/{total:,}" if total > 0 else f"{done:,}"
        text = clip(shown(f"{name}  {'█' * filled}{'─' * (BAR - filled)}  {share}  {detail}"), self.width - 1)
        self.stream.write("\r" + text + " " * max(0, cells(self._drawn) - cells(text)))
        self.stream.flush()
        self._drawn, self._drawn_at = text, now

    def clear(self) -> None:
        """Remove the line, so that the summary stands alone."""
        if self._drawn:
            self.stream.write("\r" + " " * cells(self._drawn) + "\r")
            self.stream.flush()
            self._drawn = ""


class ProgressLines:
    """Log lines with the local time: one when a step begins or ends, and now and then between."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._name = ""
        self._written_at = 0.0

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Write a line where something is worth one."""
        now = time.monotonic()
        if name == self._name and done != total and now - self._written_at < LINE_SECONDS:
            return
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        share = f"{done:,}/{total:,}" if total > 0 else f"{done:,}"
        self.stream.write(shown(f"{stamp}  {name}  {share}  {detail}".rstrip()) + "\n")
        self.stream.flush()
        self._name, self._written_at = name, now

    def clear(self) -> None:
        """Leave the lines where they are."""


class Quiet(Silent):
    """Nothing at all."""

    def clear(self) -> None:
        """Nothing was drawn."""


def progress_for(*, quiet: bool, width: int) -> ProgressBar | ProgressLines | Quiet:
    """Return the listener that suits the standard error."""
    if quiet:
        return Quiet()
    return ProgressBar(sys.stderr, width) if sys.stderr.isatty() else ProgressLines(sys.stderr)


class FirstStep:
    """Passes reports on and calls ``begin`` before the first one: by then the job holds the store."""

    def __init__(self, listener: Progress, begin: Callable[[], None]) -> None:
        self.listener, self.begin = listener, begin
        self.begun = False

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Pass the report on."""
        if not self.begun:
            self.begun = True
            self.begin()
        self.listener.step(name, done, total, detail)


class TimeLeft:
    """Adds to the reports of one step how long the rest of it will take, at the pace so far."""

    def __init__(self, listener: Progress, step: str, words: Callable[[int], str]) -> None:
        """Estimate for the step of this name; ``words`` says a number of minutes (0: less than one)."""
        self.listener, self._step, self._words = listener, step, words
        self._began_at: float | None = None
        self._began_with = 0

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Pass the report on."""
        if name == self._step:
            now = time.monotonic()
            if self._began_at is None:
                self._began_at, self._began_with = now, done
            gained = done - self._began_with
            if gained > 0 and done < total:
                minutes = int((now - self._began_at) / gained * (total - done) / 60 + 0.5)
                detail = f"{detail}  {self._words(minutes)}"
        self.listener.step(name, done, total, detail)
