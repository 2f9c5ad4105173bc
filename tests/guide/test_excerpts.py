"""What README and guide show of the sample is what it gives."""

from __future__ import annotations

import pytest

from tests.guide.excerpts import excerpts, sample_output, shown


def test_left_out_paragraphs_leave_a_mark() -> None:
    assert shown("run", "a\n\nb\n\nc\n\nd\n\ne\n\nf\n") == "a\n\nb\n\nc\n\nd\n\ne\n\n…\n"
    assert shown("verify", "entry 0123456789abcdef\n") == "entry …\n"


@pytest.mark.slow
def test_the_excerpts_are_what_the_sample_gives(tmp_path) -> None:
    standing = excerpts()
    assert sample_output(tmp_path, list(standing)) == standing, "`python -m tests.guide excerpts` writes them anew"
