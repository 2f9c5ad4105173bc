"""A small deployment for tests of loading: write files, load, look at events, quarantine and counts."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.deployment.settings import Settings, load_settings
from detector.loading.events import LoadSummary, load_events
from detector.store import open_store

HEADER = "event_id,event_time,user_id,patient_id,action"
NO_ID_HEADER = "event_time,user_id,patient_id,action"


def row(number: int, *, minute: int | None = None, user: str = "u1", patient: str = "p1", action: str = "view") -> str:
    """One line of a log with an id."""
    at = number if minute is None else minute
    return f"e{number},2026-06-01 {at // 60 % 24:02d}:{at % 60:02d}:00,{user},{patient},{action}"


@dataclass
class Deployment:
    """One source `his`, comma-separated unless told otherwise."""

    folder: Path
    site: dict[str, str] = field(default_factory=lambda: {"timezone": "Asia/Shanghai"})
    source: str = 'name = "his"\nformat = "csv"\npath = "logs/*"\n'
    context: str = ""
    threads: int | None = 1

    def __post_init__(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)

    def write(
        self, name: str, *lines: str, header: str | None = HEADER, end: str = "\n", encoding: str = "utf-8"
    ) -> Path:
        """Write a log: header and lines, each ended."""
        texts = [*([header] if header is not None else []), *lines]
        return self.put(name, "".join(text + end for text in texts).encode(encoding))

    def put(self, name: str, content: bytes) -> Path:
        """Write bytes; a name that ends with .gz is compressed."""
        path = self.folder / "logs" / name
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    def settings(self) -> Settings:
        site = "\n".join(f'{key} = "{value}"' for key, value in self.site.items())
        path = self.folder / "detector.toml"
        path.write_text(f"[site]\n{site}\n[[source]]\n{self.source}\n{self.context}", encoding="utf-8")
        return load_settings(path)

    def load(self) -> LoadSummary:
        settings = self.settings()
        with open_store(settings, threads=self.threads) as store:
            return load_events(store, settings)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with open_store(self.settings(), threads=self.threads) as store:
            return store.connection.execute(sql).fetchall()

    def ids(self) -> list[str]:
        return [one[0].removeprefix("his:") for one in self.query("select event_id from events order by event_id")]

    def quarantine(self) -> list[tuple[Any, ...]]:
        return self.query("select row_number, byte_position, reason, raw from quarantine order by file_id, row_number")

    def counts(self) -> list[tuple[Any, ...]]:
        """Per file, in the order of loading: name, rows read, accepted, duplicates, quarantined."""
        return self.query(
            "select parse_filename(path), rows_read, accepted, duplicates, quarantined from files order by file_id"
        )

    def events(self, columns: str = "event_id, event_time, user_id, patient_id, action") -> list[tuple[Any, ...]]:
        return self.query(f"select {columns} from events order by event_id")
