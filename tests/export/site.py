"""A deployment whose store holds findings of our making, for deliveries: no nights are needed."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from detector.deployment.settings import Settings, load_settings
from detector.export.outbox import queue_changes, queue_night
from detector.store import Store, open_store
from tests.export.notices import AT, HOSTILE
from tests.program import called

HEAD = """\
[site]
name = "示例妇幼保健院"
timezone = "Asia/Shanghai"
language = "{language}"
[[source]]
name = "his"
path = "logs/*.csv"
"""
NIGHT = dt.date(2026, 7, 12)
PATIENT = "00217754"


def now() -> dt.datetime:
    return AT


@dataclass
class Site:
    """A folder with a ``detector.toml`` and a published store."""

    folder: Path
    exports: str = ""
    language: str = "zh"

    def settings(self) -> Settings:
        path = self.folder / "detector.toml"
        path.write_text(HEAD.format(language=self.language) + self.exports, encoding="utf-8")
        return load_settings(path)

    def fill(self, count: int, *, alerts: bool = True, first: int = 0) -> list[str]:
        """Raise findings with hostile texts; return their ids."""
        ids = [f"F{number:011d}" for number in range(first, first + count)]
        rows = pl.DataFrame([row(identity, number, alert=alerts) for number, identity in enumerate(ids, first)])
        events = pl.DataFrame([event(identity, place) for identity in ids for place in (1, 2)])
        with open_store(self.settings()) as store:
            with store.transaction():
                insert(store, "findings", rows)
                insert(store, "finding_events", events)
                queue_changes(store.connection, NIGHT, AT)
            store.publish()
        return ids

    def change(self, sql: str, *, night: dt.date = NIGHT) -> None:
        """Change findings as a later night does."""
        with open_store(self.settings()) as store:
            with store.transaction():
                store.connection.execute(sql)
                queue_changes(store.connection, night, AT + dt.timedelta(days=1))
            store.publish()

    def health(self, night: dt.date = NIGHT) -> None:
        """Note that a night was judged."""
        with open_store(self.settings()) as store:
            with store.transaction():
                store.connection.execute(
                    "insert into dates values (?, 1, 44, 1044, 900, 850, 12, 2362, 160, null, false, 880, 20)", [night]
                )
                store.connection.execute("insert into source_hours values ('his', ?, 8, 2362)", [night])
                queue_night(store.connection, night, AT)
            store.publish()

    def command(self, *arguments: str) -> list[str]:
        """Return what runs the program in a process of its own."""
        return [sys.executable, "-m", "detector", "--config", str(self.folder), *arguments]

    def detector(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Run the command line; the caller looks at the exit code."""
        self.settings()
        return called(self.command(*arguments)[3:], **{"NO_COLOR": "1", "COLUMNS": "200", **environment})

    def status(self, name: str) -> dict[str, Any]:
        """Return a target's line of ``export --status``."""
        done = self.detector("export", "--status", "--format", "ndjson")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return next(one for one in rows if one["name"] == name)


def insert(store: Store, table: str, rows: pl.DataFrame) -> None:
    store.connection.register("rows_to_insert", rows.to_arrow())
    store.connection.execute(f"insert into {table} by name from rows_to_insert")
    store.connection.unregister("rows_to_insert")


def row(identity: str, number: int, *, alert: bool) -> dict[str, Any]:
    hostile = HOSTILE[number % len(HOSTILE)]
    reason = {
        "feature": "policy:self-lookup", "value": 1.0, "own_baseline": None, "peer_baseline": None, "contribution": 1.0,
        "patients": 1, "texts": {"zh": f"打开了病历 {PATIENT}：{hostile}", "en": f"opened record {PATIENT}: {hostile}"},
    }  # fmt: skip
    return {
        "finding_id": identity, "subject": "account", "user_id": f"u{number}", "patient_id": None, "source": None,
        "case_id": identity, "detected_on": NIGHT, "alerted_on": NIGHT if alert else None, "last_seen_on": NIGHT,
        "user_name": hostile or None, "department": f"产科 {hostile}", "role": "护士", "account_type": "human",
        "window_start": NIGHT, "window_end": NIGHT, "risk": 71.5 if alert else 30.0,
        "severity": "high" if alert else "low", "alert": alert, "patterns": ["self-lookup"],
        "reasons": json.dumps([reason], ensure_ascii=False), "policies": ["self-lookup"], "patients": 1, "records": 1,
        "accesses": 2, "explained": json.dumps([{"kind": "care_team", "share": 0.4}]), "sampled": False,
        "status": "open", "previous_finding_id": None, "method": "{}",
    }  # fmt: skip


def event(identity: str, place: int) -> dict[str, Any]:
    return {
        "finding_id": identity, "rank": place, "event_id": f"his:{PATIENT}-{place}",
        "local_time": dt.datetime(2026, 7, 12, 8, place), "patient_id": PATIENT, "action": "view",  # noqa: DTZ001
        "category": "billing", "source": "his", "path": "logs/his.csv", "row_number": place, "byte_position": 0,
        "raw": "", "explanation": None, "surprisal": 3000,
    }  # fmt: skip


def lines(path: Path) -> Sequence[bytes]:
    """Return the lines of a file, which must end with a line break."""
    content = path.read_bytes()
    assert not content or content.endswith(b"\n")
    return content.splitlines() if content else []
