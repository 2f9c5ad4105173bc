from __future__ import annotations

import io
import re

import pytest

from detector.cli.progress_display import ProgressBar, ProgressLines, progress_for
from detector.cli.render.text import cells
from detector.texts import load_texts


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_redrawn_on_one_line_and_removed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    bar = ProgressBar(stream, 60, load_texts("en"))
    bar.step("载入", 0, 2, "his-202606.csv" * 5)
    bar.step("载入[red]", 2, 2, "x\x1b[31m\nsecond line")
    bar.clear()
    text = stream.getvalue()
    assert text.count("\n") == 1  # of the line that stop() closes, and then erases
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in text.replace("\n", "\r").split("\r")]
    assert all(cells(line) <= 60 for line in lines)
    assert any("载入[red]" in line and "2/2" in line and "x\\x1b[31m" in line for line in lines)
    assert "\x1b[31m\n" not in text
    assert text.endswith("\x1b[2K")


def test_plain_lines_have_the_time_and_do_not_flood() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream, load_texts("en"))
    for done in range(1000):
        lines.step("load", done, 1000, "his")
    lines.step("load", 1000, 1000)
    lines.clear()
    written = stream.getvalue().splitlines()
    assert len(written) == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  load  0/1,000  his", written[0])
    assert written[1].endswith("load  1,000/1,000")


def test_quiet_listens_to_everything_and_says_nothing() -> None:
    listener = progress_for(load_texts("en"), quiet=True, width=80)
    listener.step("a", 1, 1)
    listener.clear()
