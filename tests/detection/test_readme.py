"""The README's table of patterns is that of their files; ``python -m tests.detection.test_readme`` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from detector.detection.patterns import patterns

README = Path(__file__).resolve().parents[2] / "README.md"
TABLE = re.compile(r"(?<=^### Patterns\n\n)(\|[^\n]*\n)+", re.MULTILINE)


def table() -> str:
    rows = [f"| `{one.id}` | {one.title['en']} | {one.meaning['en']} |" for one in patterns().values()]
    return "\n".join(["| pattern | in words | what it looks like |", "| --- | --- | --- |", *rows]) + "\n"


def test_the_table_of_patterns_is_that_of_their_files() -> None:
    (shown,) = TABLE.finditer(README.read_text(encoding="utf-8"))
    assert shown.group() == table(), "`python -m tests.detection.test_readme` writes it anew"


if __name__ == "__main__":
    README.write_text(TABLE.sub(lambda _: table(), README.read_text(encoding="utf-8")), encoding="utf-8")
