"""CONTRIBUTING says what is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.guide.markdown import rows, words
from tests.test_readme import TEST_COMMAND

CHECKOUT = Path(__file__).resolve().parent.parent
TEXT = (CHECKOUT / ".github/CONTRIBUTING.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """Return the text under a heading, up to the next one of any level."""
    return re.split(r"^#+ ", TEXT.split(f"\n{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_its_test_command_is_that_of_the_readme() -> None:
    assert f"```sh\n{TEST_COMMAND}\n```" in TEXT


def test_every_place_to_add_something_exists() -> None:
    places = [word for row in rows(section("## Adding to it")) for word in words(row[1]) if "/" in word]
    assert places
    for place in places:
        assert (CHECKOUT / place.split("<")[0]).exists(), place
