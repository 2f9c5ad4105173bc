"""Reading the pages that people read: README, guide, CONTRIBUTING, decisions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDE = CHECKOUT / "detector/guide"
README = CHECKOUT / "README.md"
CONTRIBUTING = CHECKOUT / ".github/CONTRIBUTING.md"
DECISIONS = sorted((CHECKOUT / ".github/decisions").glob("*.md"))


def pages() -> list[Path]:
    """Return the pages of the guide."""
    return sorted(GUIDE.glob("*.md"))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def guide(topic: str, language: str = "en") -> str:
    """Return the source of a page."""
    return read(GUIDE / f"{topic}.{language}.md")


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """Return a text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of any level."""
    return re.split(r"^#+ ", text.split(f"\n{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of the rows of all tables in a text, heads left out."""
    for line, following in itertools.pairwise([*text.splitlines(), ""]):
        if line.startswith("| ") and not line.startswith("| ---") and not following.startswith("| ---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`\n]+)`", cell)


def anchors(text: str) -> set[str]:
    """Return what a link may name after ``#``: the headings as GitHub spells them."""
    return {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in prose(text).splitlines()
        if re.match(r"#+ ", line)
    }
