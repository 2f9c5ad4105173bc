"""Compares what two versions of the detector say about the same logs, byte for byte.

    python -m tests.evaluation.versions collect CHECKOUT OUTPUTS [--hospital DIR] [--every DAYS]
    python -m tests.evaluation.versions compare OUTPUTS OTHER_OUTPUTS

``collect`` runs the version of a checkout on a copy of a deployment and writes all that it tells into a folder:
findings, events, sources, quarantine, exports, reports, screens, evidence files, in both languages. With ``--every``
there is one run each so many business dates, otherwise one catch-up. The clock is stopped by ``faketime`` (Debian's
package of that name), so that time stamps are the same as well.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

CLOCK = "2026-10-01 08:00:00"
EXPORTS = ("cef", "leef", "ecs", "ocsf", "ndjson")
REPORTS = ("md", "json", "html", "xlsx")
DIFFERENCES_SHOWN = 12

RUNNER = r"""
import json, os, sys
from detector.cli import main
out = os.dup(1)
for line in sys.stdin.read().splitlines():
    path, arguments = json.loads(line)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.close(file)
    try:
        main(arguments)
    except SystemExit as stop:
        code = stop.code or 0
    sys.stdout.flush()
    if code > 1:
        os.write(1, f"exit code {code}\n".encode())
    os.dup2(out, 1)
"""
"""Runs the commands of its input, one a line, each with its standard output in a file, and an exit code above 1."""

Call = tuple[str, tuple[str, ...]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; return 1 where outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("checkout", type=Path)
    collecting.add_argument("outputs", type=Path)
    collecting.add_argument("--hospital", type=Path, default=Path("sample_logs"))
    collecting.add_argument("--every", type=int, default=0, help="one run each so many business dates")
    comparing = commands.add_parser("compare")
    comparing.add_argument("one", type=Path)
    comparing.add_argument("other", type=Path)
    given = parser.parse_args(arguments)
    if given.command == "compare":
        return compare(given.one, given.other)
    collect(given.checkout.resolve(), given.outputs.resolve(), given.hospital, given.every)
    return 0


def collect(checkout: Path, outputs: Path, hospital: Path, every: int = 0) -> None:
    """Run a checkout's version on a copy of ``hospital`` and write its outputs."""
    shutil.rmtree(outputs, ignore_errors=True)
    outputs.mkdir(parents=True)
    with fixed_folder(f"{hospital.resolve().name}-{every}") as folder:
        deployment = folder / "hospital"
        shutil.copytree(hospital, deployment, ignore=shutil.ignore_patterns("state"), copy_function=shutil.copyfile)
        for path in [deployment, *deployment.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        (deployment / "state").mkdir(mode=0o700)
        (deployment / "state" / "pseudonyms.key").write_text("5" * 64 + "\n")
        (deployment / "state" / "pseudonyms.key").chmod(0o600)
        if every:
            run_commands(checkout, deployment, outputs, stepwise_runs(checkout, deployment, outputs, every))
        first = [
            ("run.json", ("run", "--quiet", "--json")),
            ("findings.ndjson", ("findings", "--format", "ndjson")),
            ("events.csv", ("events", "--format", "csv")),
        ]
        run_commands(checkout, deployment, outputs, first)
        findings = [json.loads(line) for line in (outputs / "findings.ndjson").read_text().splitlines()]
        run_commands(checkout, deployment, outputs, [*general_outputs(), *finding_outputs(findings)])
        for archive in deployment.glob("F*.zip"):
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(outputs / f"evidence-{archive.stem}")
    summary = json.loads((outputs / "run.json").read_text()) | {"seconds": 0}
    (outputs / "run.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1))


@contextlib.contextmanager
def fixed_folder(name: str) -> Iterator[Path]:
    """Give an empty folder whose path is the same for every version, one at a time: paths stand in outputs."""
    base = Path(tempfile.gettempdir()) / "detector-versions" / name
    base.mkdir(parents=True, exist_ok=True)
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(base / "run", ignore_errors=True)
        (base / "run").mkdir()
        yield base / "run"


def stepwise_runs(checkout: Path, deployment: Path, outputs: Path, every: int) -> list[Call]:
    """Return runs that work through a date each; a first run loads, so that the dates are known."""
    run_commands(checkout, deployment, outputs, [("load.txt", ("run", "--quiet", "--through", "1900-01-01"))])
    run_commands(checkout, deployment, outputs, [("load.csv", ("events", "--format", "csv"))])
    with (outputs / "load.csv").open(encoding="utf-8") as file:
        place = next(file).split(",").index("business_date" if "business_date" in file.readline() else "event_time")
        dates = sorted({line.split(",")[place][:10] for line in file if line[:1].isalnum()})
    (outputs / "load.csv").unlink()
    known = [day for text in dates if (day := parsed(text)) is not None]
    first, last = min(known), max(known)
    return [
        ("load.txt", ("run", "--quiet", "--through", str(first + timedelta(days=number))))
        for number in range(0, (last - first).days, every)
    ]


def parsed(text: str) -> date | None:
    """Return a date, or None where the text is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def run_commands(checkout: Path, deployment: Path, outputs: Path, calls: Sequence[Call]) -> None:
    """Run commands of a checkout's version in one process, each with its output in a file of ``outputs``."""
    command = [sys.executable, "-c", RUNNER]
    if shutil.which("faketime"):
        command = ["faketime", "-f", CLOCK, *command]
    subprocess.run(
        command,
        cwd=deployment,
        input="\n".join(json.dumps((str(outputs / name), list(arguments))) for name, arguments in calls),
        text=True,
        stderr=subprocess.DEVNULL,
        check=True,
        env=os.environ | {"PYTHONPATH": str(checkout), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "COLUMNS": "100"},
    )


def general_outputs() -> Iterator[Call]:
    """Return what a deployment's officers, machines and auditors see of it as a whole."""
    yield "sources.csv", ("sources", "--format", "csv")
    yield "quarantine.csv", ("quarantine", "--format", "csv")
    for kind in EXPORTS:
        yield f"export.{kind}", ("export", "--all", "--health", "--format", kind, "--to", "-")
    for language in ("zh", "en"):
        yield f"findings.{language}.txt", ("--lang", language, "findings")
        yield f"status.{language}.txt", ("--lang", language, "status")
        for kind in REPORTS:
            for period in ("week", "month"):
                options = ("report", "--period", period, "--format", kind)
                yield f"report-{period}.{language}.{kind}", ("--lang", language, *options)


def finding_outputs(findings: Sequence[dict[str, Any]]) -> Iterator[Call]:
    """Return the screens of every finding, and what leaves the house about the alerts."""
    for finding in findings:
        name = str(finding["finding_id"])
        for language in ("zh", "en"):
            yield f"show-{name}.{language}.txt", ("--lang", language, "show", name)
        if not finding["alert"]:
            continue
        for option in ("--method", "--timeline", "--events"):
            yield f"show-{name}{option}.txt", ("--lang", "zh", "show", name, option)
        yield f"inquiry-{name}.txt", ("inquiry", name)
        yield f"evidence-{name}.txt", ("evidence", name, "--affected", "--out", f"{name}.zip")
        for key, command in (("user_id", "user"), ("patient_id", "patient")):
            if finding[key]:
                yield f"{command}-{name}.txt", (command, str(finding[key]))


def compare(one: Path, other: Path) -> int:
    """Print which outputs differ and how; return 1 where any does."""
    names = sorted(
        {str(path.relative_to(folder)) for folder in (one, other) for path in folder.rglob("*") if path.is_file()}
    )
    different = [name for name in names if content(one / name) != content(other / name)]
    for name in different[:DIFFERENCES_SHOWN]:
        sys.stdout.write(f"--- {name}" + "\n")
        for line in list(changes(content(one / name), content(other / name)))[:DIFFERENCES_SHOWN]:
            sys.stdout.write(line[:400] + "\n")
    for name in different[DIFFERENCES_SHOWN:]:
        sys.stdout.write(f"--- {name}" + "\n")
    sys.stdout.write(f"{len(names)} outputs, {len(different)} differ" + "\n")
    return int(bool(different))


def content(path: Path) -> bytes:
    """Return a file's bytes; of what is not there none."""
    return path.read_bytes() if path.is_file() else b""


def changes(one: bytes, other: bytes) -> Iterator[str]:
    """Return the lines in which two outputs differ."""
    texts = [text.decode("utf-8", "backslashreplace").splitlines() for text in (one, other)]
    return (
        line for line in difflib.unified_diff(*texts, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))
    )


if __name__ == "__main__":
    raise SystemExit(main())
