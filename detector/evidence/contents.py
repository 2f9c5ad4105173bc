"""The files of an evidence bundle, by name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.deployment.settings import Settings
from detector.evidence.finding_history import Evidence
from detector.evidence.pages import copied, finding_page, relative
from detector.policies.catalogue import load_policies
from detector.reports.numbers import Numbers
from detector.reports.page import page
from detector.texts import Texts
from detector.texts.json_lines import json_line
from detector.texts.untrusted import no_formula, shown

EVENT_KEYS: Final = (
    "event_id", "local_time", "user_id", "user_name", "patient_id", "action", "category", "record_count", "query_by",
    "outcome", "client_ip", "workstation", "application", "reason", "explanation", "source", "file", "row_number",
    "byte_position", "raw_sha256", "raw",
)  # fmt: skip
AFFECTED_KEYS: Final = (
    "patient_id", "accounts", "first_at", "last_at", "accesses", "state", "categories", "contact", "clinical",
    "sensitive", "copied",
)  # fmt: skip
FILE_KEYS: Final = ("source", "file", "format", "encoding", "rows_read", "bytes_read", "sha256")
DAY_KEYS: Final = (
    "business_date", "accesses", "patients", "suspicious_accesses", "suspicious_patients", "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the files of one bundle; ``pseudonymised`` leaves out what names a patient in the logs' own words."""

    connection: duckdb.DuckDBPyConnection
    evidence: Evidence
    settings: Settings
    texts: Texts
    numbers: Numbers
    pseudonymised: bool

    def files(self, *, affected: bool) -> dict[str, bytes]:
        """Return all files that depend on nothing but the state of the finding."""
        evidence = self.evidence
        events = [self._event(row) for row in evidence.events]
        files = {
            "README.txt": self.texts("evidence.readme", finding=evidence.finding["finding_id"]).encode() + b"\n",
            "finding.html": page(
                finding_page(self.connection, evidence, self.settings, self.texts, self.numbers)
            ).encode(),
            "finding.json": self._json(evidence.finding),
            "events.ndjson": lines(events),
            "events.csv": table(EVENT_KEYS, events),
            "files.csv": table(FILE_KEYS, [
                {**row, "file": relative(row["path"], self.settings)} for row in evidence.files
            ]),
            "days.csv": table(DAY_KEYS, evidence.days),
            "decisions.jsonl": self._entries(),
            "configuration.toml": self.settings.path.read_bytes(),
        }  # fmt: skip
        if not self.pseudonymised:
            files |= self._original_lines()
        if affected:
            files["affected.csv"] = table(AFFECTED_KEYS, [self._affected(row) for row in evidence.affected])
        return files | self._policies()

    def _policies(self) -> dict[str, bytes]:
        """Return the policies that fired, as they were then: the newest text of each under its id, earlier ones beside.

        SHA-256 of a file is that of the finding's method. Of what fired before texts were kept, the present file.
        """
        finding = self.evidence.finding
        used = [one["sha256"] for one in finding["method"].get("policies") or () if one["sha256"]]
        kept = self.connection.execute(
            "select policy_id, sha256, content from policy_texts where list_contains($used::varchar[], sha256)",
            {"used": used},
        ).fetchall()
        files = {}
        for identity, digest, content in sorted(kept, key=lambda row: used.index(row[1])):
            newest = max(used.index(one) for name, one, _ in kept if name == identity) == used.index(digest)
            name = identity if newest else f"{identity}-{digest[:8]}"
            files[f"policies/{name}.sql"] = str(content).encode()
        unknown = set(finding["policies"]) - {row[0] for row in kept}
        if unknown:
            present = {policy.id: policy for policy in load_policies(self.settings)}
            files |= {f"policies/{one}.sql": present[one].path.read_bytes() for one in sorted(unknown & set(present))}
        return files

    def _event(self, row: Mapping[str, Any]) -> dict[str, Any]:
        raw = str(row["raw"])
        known = {key: row.get(key) for key in EVENT_KEYS}
        known["file"] = relative(row["path"], self.settings)
        known["local_time"] = row["local_time"].isoformat(sep=" ")
        known["raw_sha256"] = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
        known["raw"] = None if self.pseudonymised else raw
        known["patient_id"] = self.numbers(str(row["patient_id"])) if row["patient_id"] else None
        known["user_id"] = row["user_id"] or self.evidence.finding["user_id"]
        known["reason"] = None if row["reason"] is None else self._safe(row["reason"])
        return known

    def _affected(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **row,
            "patient_id": self.numbers(str(row["patient_id"])),
            "first_at": row["first_at"].isoformat(sep=" "),
            "last_at": row["last_at"].isoformat(sep=" "),
            "categories": [one for one in row["categories"] if one],
            "copied": copied(row),
        }

    def _original_lines(self) -> dict[str, bytes]:
        """Return the rows as the logs hold them, one file a log, in the order of the log.

        The text is that of the log in UTF-8; row number and byte position are in ``events.csv``.
        """
        found: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for row in self.evidence.events:
            place = (str(row["source"]), relative(row["path"], self.settings))
            found.setdefault(place, []).append((int(row["row_number"]), str(row["raw"])))
        files = {}
        for number, ((source, path), rows) in enumerate(sorted(found.items()), start=1):
            name = f"original/{number:02d}-{safe_name(source)}-{safe_name(path.rsplit('/', 1)[-1])}.txt"
            text = "\n".join(raw for _, raw in sorted(set(rows)))
            files[name] = (text + "\n").encode("utf-8", "surrogatepass")
        return files

    def _entries(self) -> bytes:
        """Return the lines of the trail; a record number in a note gets its pseudonym, after which its hash is void."""
        return "".join(f"{self._entry(line)}\n" for line in self.evidence.entries).encode()

    def _entry(self, line: str) -> str:
        entry = json.loads(line)
        note = self._safe(str(entry.get("note") or ""))
        return line if note == (entry.get("note") or "") else json_line({**entry, "note": note})

    def _json(self, finding: Mapping[str, Any]) -> bytes:
        told = dict(finding)
        if told["patient_id"]:
            told["patient_id"] = self.numbers(str(told["patient_id"]))
        for key in ("reasons", "explained"):
            told[key] = [{**one, "text": self._safe(one["text"])} for one in told[key]]
        return (json_line(told) + "\n").encode()

    def _safe(self, text: str) -> str:
        """Return a sentence with record numbers named as this bundle names them."""
        return self.numbers.in_text(text, self.evidence.patients)


def lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return one JSON object a line: the exact text of every row."""
    return "".join(json_line(row) + "\n" for row in rows).encode()


def table(keys: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return CSV for a spreadsheet: nothing becomes a formula, control and direction characters are visible escapes."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_cell(row.get(key)) for key in keys] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, int | float):
        return value
    text = shown("|".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
    return no_formula(text)


def safe_name(text: str) -> str:
    """Return a text as part of a file name: letters, digits, dots and dashes."""
    return "".join(one if one.isalnum() or one in "._-" else "_" for one in text).lstrip(".")[:80] or "log"
