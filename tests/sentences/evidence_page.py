"""Compares the tables of an evidence file's page, cell by cell, with the finding and with the files beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.sentences.expected import right
from tests.sentences.pages import rows
from tests.sentences.reading import Page, is_counted
from tests.sentences.report_page import shows, tables

Cells = Sequence[str]


def compare(page: Page, files: Mapping[str, bytes]) -> None:
    """Note every cell of the page that says something else than the finding or the file of the same name."""
    say, row = page.reader.say, page.row
    identity = row["finding_id"]
    readers: Mapping[str, Callable[[list[Cells]], None]] = {
        f"reasons-{identity}": lambda cells: _reasons(page, cells),
        f"days-{identity}": lambda cells: _days(page, cells),
        "affected": lambda cells: _same(page, "affected", cells, (
            (one["patient_id"], one["first_at"][:19], one["last_at"][:19], one["accesses"],
             say.name("state", one["state"]))
            for one in rows(files["affected.csv"])
        )),
        "events": lambda cells: _same(page, "events", cells, (
            (one["local_time"][:19], one["user_id"] or row["user_id"], None, None, None,
             f"{one['source']}:{one['row_number']}")
            for one in rows(files["events.csv"])
        )),
        "files": lambda cells: _files(page, cells, rows(files["files.csv"])),
        "used_policies": lambda cells: _same(page, "policies", cells, (
            (one["id"], one["version"], one["first_on"], one["last_on"], one["sha256"])
            for one in row["method"]["policies"]
        )),
        "used_context": lambda cells: _same(page, "context", cells, (
            (say.name("context_table", one["id"]), one["version"], one["rows"], one["sha256"])
            for one in row["method"]["context"]
        )),
    }  # fmt: skip
    found = tables(files["finding.html"])
    for name, cells in found.items():
        if name in readers:
            readers[name](cells[1:])
        elif name == f"compare-{identity}":
            continue  # beside the reasons
        else:
            page.note(name, "finding.html", "a table", "nobody reads it")
    told = {cells[0]: cells for cells in found.get(f"reasons-{identity}", [])}
    for label, *compared in found.get(f"compare-{identity}", [])[1:]:
        rank = next(one for one in told if say("report.reason_number", number=one) == label)
        page.same(f"finding.html {label}", "compare", compared, told[rank][2:5])
    if f"reasons-{identity}" not in found:
        page.note("", "finding.html", "no reasons", len(row["reasons"]))


def _reasons(page: Page, cells: Iterable[Cells]) -> None:
    for _, text, *figures, _ in cells:
        reason = page.reason_of(text)
        page.sentence(text, subject=reason)
        value = reason["value"] if reason and is_counted(reason) else None
        known = [value, reason.get("own_baseline"), reason.get("peer_baseline")]
        for shown, value in zip(figures, known, strict=True):
            if not shows(shown, value):
                page.note(text, "finding.html reasons", shown, value)


def _days(page: Page, cells: Iterable[Cells]) -> None:
    for day, *shown in cells:
        counted = page.figures.days.get(dt.date.fromisoformat(day), (0, 0, 0, 0))
        page.same(f"finding.html {day}", "days", [one.replace(",", "") for one in shown], [
            str(counted[1]), str(counted[3]),
        ])  # fmt: skip


def _files(page: Page, cells: Sequence[Cells], listed: Sequence[Mapping[str, str]]) -> None:
    _same(page, "files", cells, (
        (one["source"], None, one["rows_read"], one["bytes_read"], one["sha256"]) for one in listed
    ))  # fmt: skip
    for source, path, _, size, digest in cells:
        log = page.figures.hospital.folder / path
        content = log.read_bytes() if log.is_file() else b""
        if len(content) == int(size.replace(",", "")):  # as it was read; of a packed log what it holds
            page.same(f"{source} {path}", "files.sha256", digest, hashlib.sha256(content).hexdigest())


def _same(page: Page, name: str, cells: Sequence[Cells], known: Iterable[Sequence[Any]]) -> None:
    """Compare rows with what is known of the first of their cells; None is known elsewhere."""
    expected = list(known)
    page.same("finding.html", f"{name} rows", len(cells), len(expected))
    for shown, one in zip(cells, expected, strict=False):
        for cell, value in zip(shown, one, strict=False):
            if value is not None and cell != str(value) and not _is_figure(cell, value):
                page.note(" ".join(shown), f"finding.html {name}", cell, value)


def _is_figure(cell: str, value: object) -> bool:
    return str(value).isdigit() and cell.replace(",", "").isdigit() and right(str(value), cell)
