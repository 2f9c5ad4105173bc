"""The tables of OpenEMR's log: the columns of an export, rows joined in a dump, and whether any was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.decoded_text import DecodedText
from detector.sources.log_format import CHANGED, ReadOptions
from detector.sources.openemr_rows import COLUMNS, LEAST_OWN, NEEDED, OWN, PLAIN, has_wrong_checksum, openemr_record
from detector.sources.sql_dump import DumpSplitter

_SISTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "log_comment_encrypt": ("id", "log_id", "encrypt", "checksum", "checksum_api", "version"),
    "api_log": ("id", "log_id", "user_id", "patient_id", "ip_address", "method", "request", "request_url",
                "request_body", "response", "created_time"),
}  # fmt: skip
_API_COLUMNS: Final = ("ip_address", "method", "request_url")
_JOINED: Final = frozenset({"encrypt", "ip_address", "method", "request_url", "patient_id_api"})


def exported_columns(header: tuple[str, ...]) -> dict[int, str] | None:
    """Return the column for each place of an export's header; None where it is no export of the log.

    A checksum is that of ``log_comment_encrypt`` where there are two: the one of ``log`` is no longer filled.
    """
    found: dict[int, str] = {}
    for place, text in enumerate(header):
        name = text.strip().strip('`"').rsplit(".", 1)[-1].lower()
        if name in {*COLUMNS, *_JOINED} and name not in found.values():
            found[place] = name
        elif name.endswith("checksum") or name == "log_checksum":
            found[place] = "row_checksum"
    columns = set(found.values())
    if not columns >= NEEDED or (not columns >= PLAIN and len(columns & OWN) < LEAST_OWN):
        return None
    if "row_checksum" not in found.values():
        found = {place: "row_checksum" if name == "checksum" else name for place, name in found.items()}
    return found


@dataclass(slots=True)
class ChecksumWatch:
    """Counts rows that are not those their checksums were made of, and checksums whose rows are gone."""

    wrong: int = 0
    first: str | None = None
    gone: int = 0

    def record(self, row: Mapping[str, str | None], checksum: str | None) -> Mapping[str, str | None]:
        """Return the event of a row; one that the checksum which the log keeps of it belies says so as its reason."""
        record = openemr_record(row)
        if has_wrong_checksum(row, checksum):
            self.wrong += 1
            self.first = self.first or row.get("id")
            record["reason"] = CHANGED
        return record

    def problem(self) -> str | None:
        """Return what is wrong with the log as a whole, None where nothing is."""
        told = []
        if self.wrong:
            told.append(f"{self.wrong} rows do not match their checksums, the first with id {self.first}")
        if self.gone:
            told.append(f"of {self.gone} rows only the checksums are left")
        return f"the log was changed after it was written: {', '.join(told)}" if told else None


@dataclass(slots=True)
class OpenEmrDump:
    """A dump of the database: what the sister tables say of the log's rows is read first, wherever they stand."""

    path: Path
    options: ReadOptions
    encrypted: set[str] = field(default_factory=set)
    checksums: dict[str, str] = field(default_factory=dict)
    requests: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    watch: ChecksumWatch = field(default_factory=ChecksumWatch)
    seen: set[int] = field(default_factory=set)
    is_read: bool = False

    def splitter(self) -> DumpSplitter:
        """Return what finds the log's rows, joined."""
        return DumpSplitter({"log": COLUMNS}, self._joined, self._problem)

    def _read_sisters(self) -> None:
        self.is_read = True
        finder = DumpSplitter(_SISTERS, self._noted)
        with ByteStream(self.path) as stream:
            text = DecodedText(stream, ReadOptions(self.options.encoding))
            while True:
                split = finder.split(text.text, final=text.ended)
                text.take(split.consumed)
                if text.ended:
                    return
                text.read_more()

    def _noted(self, table: str, row: dict[str, str | None]) -> Mapping[str, str | None]:
        number = row.get("log_id") or ""
        if table == "api_log":
            self.requests[number] = {name: row.get(name) for name in _API_COLUMNS} | {
                "patient_id_api": row.get("patient_id")
            }
        else:
            if (row.get("encrypt") or "").lower() == "yes":
                self.encrypted.add(number)
            if row.get("checksum"):
                self.checksums[number] = row["checksum"] or ""
        return {}

    def _joined(self, _table: str, row: dict[str, str | None]) -> Mapping[str, str | None]:
        if not self.is_read:
            self._read_sisters()
        number = row.get("id") or ""
        joined = row | {"encrypt": "Yes" if number in self.encrypted else "No"} | dict(self.requests.get(number, {}))
        if number.isdigit():
            self.seen.add(int(number))
        return self.watch.record(joined, self.checksums.get(number))

    def _problem(self) -> str | None:
        if self.seen:
            first, last = min(self.seen), max(self.seen)
            kept = {int(number) for number in self.checksums if number.isdigit()}
            self.watch.gone = sum(first < number < last for number in kept - self.seen)
        return self.watch.problem()
