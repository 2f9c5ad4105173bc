"""How a long job shows what it does: a bar on a terminal, plain lines with the time otherwise, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from detector.cli.render.text import cells, clip, shown
from detector.progress import Progress, Silent
from detector.texts import Texts

BAR_WIDTH = 24
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0


class ProgressBar:
    """One line on a terminal, redrawn at most ten times a second and removed at the end."""

    def __init__(self, stream: TextIO, width: int, texts: Texts) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(BAR_WIDTH),
            TextColumn("{task.fields[share]}  {task.fields[detail]}", markup=False),
            console=Console(file=stream, width=width, force_terminal=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._bar = self._bars.add_task("", total=None, share="", detail="")
        self._drawn_at = 0.0
        self.texts = texts

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Draw the step's bar; its texts stay on one line, and what could command the terminal is escaped."""
        now = time.monotonic()
        if now - self._drawn_at < REDRAW_SECONDS and done != total:
            return
        width = self._bars.console.width - BAR_WIDTH - 4
        share = f"{done:,}/{total:,}" if total > 0 else f"{done:,}"
        name = clip(shown(self.texts.name("progress", name)), width - len(share) - 2)
        detail = clip(shown(detail), width - cells(name) - len(share) - 2)
        self._bars.update(self._bar, description=name, completed=done, total=total or None, share=share, detail=detail)
        self._bars.start()
        self._bars.refresh()
        self._drawn_at = now

    def clear(self) -> None:
        """Remove the line, so that the summary stands alone."""
        self._bars.stop()


class ProgressLines:
    """Log lines with the local time: one when a step begins or ends, and now and then between."""

    def __init__(self, stream: TextIO, texts: Texts) -> None:
        self.stream, self.texts = stream, texts
        self._name = ""
        self._written_at = 0.0

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        """Write a line where something is worth one."""
        now = time.monotonic()
        if name == self._name and done != total and now - self._written_at < LINE_SECONDS:
            return
        stamp = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        share = f"{done:,}/{total:,}" if total > 0 else f"{done:,}"
        told = self.texts.name("progress", name)
        self.stream.write(shown(f"{stamp}  {told}  {share}  {detail}".rstrip()) + "\n")
        self.stream.flush()
        self._name, self._written_at = name, now

    def clear(self) -> None:
        """Leave the lines where they are."""


class Quiet(Silent):
    """Nothing at all."""

    def clear(self) -> None:
        """Nothing was drawn."""


def progress_for(texts: Texts, *, quiet: bool, width: int) -> ProgressBar | ProgressLines | Quiet:
    """Return the listener that suits the standard error."""
    if quiet:
        return Quiet()
    return ProgressBar(sys.stderr, width, texts) if sys.stderr.isatty() else ProgressLines(sys.stderr, texts)


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
