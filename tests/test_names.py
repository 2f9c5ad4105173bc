"""A name means one thing: no class and no module of the house is called like another."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import detector

PACKAGE = Path(detector.__file__).parent
REGISTRIES = {
    "cli/commands": "a command is named after its thing, which may have a room or a module of that name",
    "sources/formats": "the name of the format",
    "export/formats": "the name of the format",
    "reports/formats": "the name of the format",
    "reports/kinds": "the name of the kind",
    "export/transports": "the scheme of the address",
    "group/engines": "the name of the engine",
    "simulator/attacks": "the scenario, as the drill's catalogue calls it",
    "simulator/innocents": "the kind of innocent work",
    "model/tables": "the room that fills the tables",
}
"""Folders whose modules are found by their names, and what those names are."""


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_two_modules_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        folder = str(path.parent.relative_to(PACKAGE))
        if path.stem not in {"__init__", "__main__"} and folder not in REGISTRIES:
            places[path.stem].append(folder)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
