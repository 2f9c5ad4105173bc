from __future__ import annotations

import io
import re

from detector.cli.progress_display import FirstStep, ProgressBar, ProgressLines, progress_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_redrawn_on_one_line_and_removed_at_the_end() -> None:
    stream = Terminal()
    bar = ProgressBar(stream, 60)
    bar.step("载入", 0, 2, "his-202606.csv" * 5)
    bar.step("载入", 2, 2, "x\x1b[31m")
    bar.clear()
    text = stream.getvalue()
    assert "\n" not in text
    assert "\x1b" not in text
    assert "2/2" in text
    assert text.endswith("\r")
    assert text.rsplit("\r", 2)[1].strip() == ""


def test_plain_lines_have_the_time_and_do_not_flood() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream)
    for done in range(1000):
        lines.step("load", done, 1000, "his")
    lines.step("load", 1000, 1000)
    lines.clear()
    written = stream.getvalue().splitlines()
    assert len(written) == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  load  0/1,000  his", written[0])
    assert written[1].endswith("load  1,000/1,000")


def test_quiet_listens_to_everything_and_says_nothing() -> None:
    listener = progress_for(quiet=True, width=80)
    listener.step("a", 1, 1)
    listener.clear()


def test_the_first_step_is_told_once() -> None:
    begun: list[int] = []
    first = FirstStep(ProgressLines(io.StringIO()), lambda: begun.append(1))
    first.step("a", 0, 1)
    first.step("a", 1, 1)
    assert begun == [1]
