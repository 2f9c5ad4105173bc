"""Every English phrase of the package that can reach a person, found by reading the code.

A phrase is a literal or an f-string with at least one word beside another word or a value. Its expressions are
numbered: ``f"no source {name!r}; {hint}"`` is ``no source {0}; {1}``, as the catalogues of messages write it.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import detector
from detector.cli.command import Command, discover
from detector.database.queries import sql_names, sql_text
from detector.policies.catalogue import built_in_policies

PACKAGE: Final = Path(detector.__file__).parent
PHRASE: Final = re.compile(r"[a-z]+[,;:]? [a-z]+|^[ ,;:(]*[a-z]+ \0|\0[,:;]? [a-z]+|^[a-z]+: \0", re.IGNORECASE)
STATEMENT: Final = re.compile(
    r"\s*(select|insert|update|delete|create|with|drop|alter|attach|copy|set|from|pragma|where|and|or|order by|"
    r"left join|join|union|group by|row_number|count)\b",
    re.IGNORECASE,
)
DECLARED: Final = frozenset(
    {"Table", "Column", "ContextColumn", "Field", "Key", "_own", "Feature", "Relation", "Scenario", "AssertionError",
     "compile", "select", "execute", "sql", "record", "frame", "frozenset", "MappingProxyType", "_words", "register",
     "generator", "CefField", "Option", "Argument", "Command", "Typer", "renamed", "LogFormat", "Target"}
)  # fmt: skip
"""Calls whose texts are read elsewhere: documentation, SQL, what the guide tells, the help (see `help_texts`)."""
SAYING_HELP: Final = frozenset({"Option", "Argument", "Typer"})
VALUE: Final = r"(?:'[^']*'|\w[\w.]*(?:\([^()]*\))?)"
"""A literal, a column or a call, in SQL."""
ROOMS_OF_DATA: Final = ("model/tables", "export/formats", "simulator", "drill")
"""Rooms whose literals are data; their errors are phrases all the same."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A template; ``plural`` are the numbers of expressions that only add an English ending."""

    template: str
    place: str
    plural: frozenset[int] = frozenset()


@cache
def messages() -> tuple[Phrase, ...]:
    """Return the phrases of errors, hints, reasons and names; those of the help, and of SQL statements, excepted."""
    return tuple(_messages())


def _messages() -> Iterator[Phrase]:
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).as_posix()
        only_errors = room.startswith(ROOMS_OF_DATA) and room != "simulator/plan.py"
        for node, within in _strings(ast.parse(path.read_text(encoding="utf-8")), ()):
            phrase = _phrase(node, f"{room}:{node.lineno}")
            if phrase is None or (only_errors and not any(name.endswith("Error") for name in within)):
                continue
            if not DECLARED.intersection(within):
                yield phrase
    yield from _reasons_of_statements()
    for policy in built_in_policies():
        yield from (Phrase(one.name, policy.id) for one in policy.examples)


@cache
def help_texts() -> tuple[Phrase, ...]:
    """Return what ``--help`` says: of each command the paragraphs, of each option its sentence, and the panels."""
    return tuple(_help_texts())


def _help_texts() -> Iterator[Phrase]:
    for command in discover():
        yield Phrase(command.panel.value, "detector/cli/command.py")
        for one in (command, *command.subcommands):
            yield from _docstring(one)
            yield from (Phrase(example, one.name) for example in one.examples if re.search('"[a-z-]+ ', example))
    for path in sorted((PACKAGE / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "typer.Option",
                "typer.Argument",
                "typer.Typer",
            }:
                for keyword in node.keywords:
                    if keyword.arg in {"help", "epilog"} and isinstance(keyword.value, ast.Constant | ast.JoinedStr):
                        yield _template(keyword.value, f"{path.name}:{node.lineno}")


def _docstring(command: Command) -> Iterator[Phrase]:
    for paragraph in (inspect.getdoc(command.function) or "").split("\n\n"):
        yield Phrase(" ".join(paragraph.split()), command.name)


def _strings(node: ast.AST, within: tuple[str, ...]) -> Iterator[tuple[ast.Constant | ast.JoinedStr, tuple[str, ...]]]:
    """Yield the literals and f-strings below a node, docstrings excepted, with the names of the calls around each."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node, within
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _strings(part.value, within)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call):
        within = (*within, ast.unparse(node.func).rpartition(".")[2])
    for child in ast.iter_child_nodes(node):
        yield from _strings(child, within)


def _phrase(node: ast.Constant | ast.JoinedStr, place: str) -> Phrase | None:
    """Return a string as a template, or None where it is no phrase."""
    parts = [node] if isinstance(node, ast.Constant) else node.values
    literal = "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in parts)
    if not PHRASE.search(literal) or STATEMENT.match(literal):
        return None
    return _template(node, place)


def _template(node: ast.Constant | ast.JoinedStr, place: str) -> Phrase:
    """Return a string with its expressions numbered."""
    parts = [node] if isinstance(node, ast.Constant) else node.values
    template, number, plural = "", 0, set()
    for part in parts:
        if isinstance(part, ast.Constant):
            template += str(part.value).replace("{", "{{").replace("}", "}}")
            continue
        if isinstance(part, ast.FormattedValue) and _is_ending(part.value):
            plural.add(number)
        template += f"{{{number}}}"
        number += 1
    return Phrase(" ".join(template.split()), place, frozenset(plural))


def _is_ending(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and ast.unparse(node.left) == "'s'"


def _reasons_of_statements() -> Iterator[Phrase]:
    """Yield the reasons that SQL gives for setting a row aside: literals joined with values by ``||``."""
    for name in sql_names("load"):
        for said in re.findall(rf"\bthen ({VALUE}(?: \|\| {VALUE})*)", sql_text("load", name)):
            template, number = "", 0
            for part in said.split(" || "):
                template += part.strip("'") if part.startswith("'") else f"{{{number}}}"
                number += not part.startswith("'")
            if re.search(r"[a-z]{2,} ?", template.replace("{", " ")) and " " in template:
                yield Phrase(template, name)
