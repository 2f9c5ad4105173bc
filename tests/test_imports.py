"""Imports point one way, and what is heavy is imported only where it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import detector

PACKAGE = Path(detector.__file__).parent
LEAVES = {"errors", "progress", ""}
"""Modules that everything may import and that import only each other."""
FLOW = [
    "texts",
    "model",
    "deployment",
    "guide",
    "files",
    "database",
    "privacy",
    "trail",
    "sources",
    "store",
    "loading",
    "detection",
    "findings",
    "policies",
    "tracing",
    "review",
    "reports",
    "evidence",
    "export",
    "night",
    "drill",
    "group",
    "cli",
]
"""Rooms from left to right: a module imports what stands at or left of its own place."""
ANNEX = "simulator"
CATALOGUE = "detector.model.scenarios"
"""The annex stands by itself: only its command imports it, and of the house it imports the scenarios' names alone."""
HEAVY = ("duckdb", "polars", "pyarrow", "pyod", "numpy", "holidays", "sklearn", "matplotlib", "jinja2",
         "xlsxwriter", "weasyprint", "docx", "cryptography", "pyspark")  # fmt: skip


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def room(name: str) -> str:
    """`detector.files.lock` stands in the room `files`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def dotted(path: Path) -> str:
    parts = ("detector", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def imports(path: Path, *, within: bool = False) -> set[str]:
    """Modules that a module imports; ``within`` also names the modules that a package gives by name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            if node.module == "detector":
                found |= named
            elif within:
                given = {name for name in named if (PACKAGE.parent / f"{name.replace('.', '/')}.py").exists()}
                given |= {name for name in named if (PACKAGE.parent / name.replace(".", "/")).is_dir()}
                found |= given or {node.module}
            else:
                found.add(node.module)
    return {name for name in found if name.split(".")[0] == "detector"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    own = room(dotted(path))
    if own in {"__init__", "__main__"}:
        return
    for name in imports(path):
        other = room(name)
        if other == own or other in LEAVES or other == "__version__":
            continue
        if ANNEX in {own, other}:
            may = name == CATALOGUE if own == ANNEX else dotted(path) == "detector.cli.commands.simulate"
            assert may, f"{dotted(path)} imports {name}"
            continue
        assert own not in LEAVES, f"{own} is a leaf and imports {name}"
        assert own in FLOW, f"{own} has no place in the flow"
        assert other in FLOW, f"{other} has no place in the flow"
        assert FLOW.index(other) < FLOW.index(own), f"{own} imports {name}, which stands to its right"


def test_modules_import_each_other_in_no_circle() -> None:
    known = {dotted(path) for path in modules()}
    graph = {
        dotted(path): {name for name in imports(path, within=True) if name in known and name != dotted(path)}
        for path in modules()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stderr.split()}


def test_help_imports_nothing_heavy() -> None:
    code = "from detector.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass"
    assert not loaded_after(code) & set(HEAVY)


@pytest.mark.parametrize("module", ["detector.findings.reading", "detector.store"])
def test_reading_findings_imports_no_models(module: str) -> None:
    assert not loaded_after(f"import {module}") & {"pyod", "sklearn", "matplotlib", "numba"}


def test_modules_stay_small_enough_to_read() -> None:
    long = {
        str(path.relative_to(PACKAGE)): count
        for path in modules()
        if (count := len(path.read_text().splitlines())) > 450
    }
    assert not long


def test_nothing_is_imported_as_pandas() -> None:
    for path in modules():
        assert "pandas" not in path.read_text(encoding="utf-8"), path
