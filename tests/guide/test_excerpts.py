"""What README and guide show of the sample is what it gives."""

from __future__ import annotations

import pytest

from tests.guide.excerpts import excerpts, sample_output, shown


def test_left_out_paragraphs_leave_a_mark() -> None:
    assert shown("run", "a\n\nb\n\nc\n\nd\n\ne\n\nf\n") == "a\n\nb\n\nc\n\nd\n\ne\n\n…\n"
    assert shown("verify", "entry 0123456789abcdef\n") == "entry …\n"


def is_drill(command: str) -> bool:
    """A drill judges many nights anew: a minute, and it writes nothing that another excerpt would show."""
    return " drill " in f" {command} "


@pytest.mark.heavy
def test_the_excerpts_are_what_the_sample_gives(tmp_path) -> None:
    standing = {command: output for command, output in excerpts().items() if not is_drill(command)}
    assert sample_output(tmp_path, list(standing)) == standing, "`python -m tests.guide excerpts` writes them anew"


@pytest.mark.heavy
def test_the_excerpts_of_drills_are_what_the_sample_gives(tmp_path) -> None:
    standing = {command: output for command, output in excerpts().items() if command == "run" or is_drill(command)}
    assert len(standing) > 1
    assert sample_output(tmp_path, list(standing)) == standing, "`python -m tests.guide excerpts` writes them anew"
