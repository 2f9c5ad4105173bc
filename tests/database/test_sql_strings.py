"""SQL that is long, or joins, is a file: no string of the code holds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import detector

PACKAGE = Path(detector.__file__).parent
LINES = 5
"""A statement of so many lines may stand in the code, if it has no join."""
STATEMENT = re.compile(
    r"\s*\(?\s*(with \w+ as|select\s|from \w+|insert (or \w+ )?into|update \w+\s+set|delete from"
    r"|create (or replace )?(temp )?(table|view|macro))\b",
)


def strings(tree: ast.AST) -> Iterator[tuple[int, int, str]]:
    """Yield line, number of lines, and text of every string but docstrings; what is filled in is a gap."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            left_out.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            left_out.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
        else:
            continue
        yield node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1, text


def long_statements(code: str) -> list[int]:
    """Return the lines on which strings begin that ought to be files."""
    return [
        line
        for line, length, text in strings(ast.parse(code))
        if STATEMENT.match(text)
        and (re.search(r"\bjoin\b", text) or max(length - 2 * text.startswith("\n"), len(text.split("\n")) - 2) > LINES)
    ]


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_long_sql_is_a_file(module: str) -> None:
    lines = long_statements((PACKAGE / module).read_text(encoding="utf-8"))
    assert not lines, f"{module}: lines {lines} hold SQL that belongs into a file of sql/"


def test_what_is_long() -> None:
    assert long_statements('a = """\nselect 1\nfrom a\nwhere 1\norder by 2\nlimit 3\n"""') == []
    assert long_statements('a = """\nselect 1\nfrom a\nwhere 1\ngroup by 4\norder by 2\nlimit 3\n"""') == [1]
    assert long_statements('a = f"select 1 from {b} join c using (d)"') == [1]
    assert long_statements('a = ("select 1,"\n" 2,"\n" 3,"\n" 4,"\n" 5,"\n" 6")') == [1]
    assert long_statements('"""\nselect 1\n\n\n\n\n\n\n"""\na = "delete my join"') == []
