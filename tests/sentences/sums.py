"""Adds a report up: its tiles against the log, its tables against their totals and against the findings they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detector.texts import Texts
from tests.sentences.hospital import Hospital

Block = Mapping[str, Any]
ACCESSES = """
select coalesce(sum(accesses), 0)::bigint, count(distinct user_id), count(distinct patient_id)
from logged where business_date between ? and ?
"""
WORK = """
select count(*), count(*) filter (state = 'suspicious')
from patient_days where account_type = 'human' and business_date between ? and ?
"""


@dataclass(frozen=True)
class Report:
    """A report as JSON gives it, the deployment and the words that it is written with."""

    document: Block
    hospital: Hospital
    say: Texts

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """First and last date."""
        words = self.document["subtitle"].replace(self.say("report.span", first="", last="").strip(), " ")
        dates = [word for word in words.split() if word[:4].isdigit()]
        return dt.date.fromisoformat(dates[0]), dt.date.fromisoformat(dates[-1])

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the whole report, those of cards too."""
        yield from _blocks([self.document["summary"], self.document["parts"]])

    def table(self, identity: str) -> list[Mapping[str, Any]]:
        """Return the rows of a table."""
        return next((list(one["rows"]) for one in self.blocks() if one.get("id") == identity), [])

    def tile(self, key: str) -> tuple[float, str] | None:
        """Return value and note of a tile."""
        for block in self.blocks():
            for tile in block.get("tiles", ()):
                if tile["label"] == self.say(key):
                    return float(tile["value"].replace(",", "").rstrip("%")), tile["note"]
        return None

    def wrong(self) -> Iterator[str]:
        """Yield what does not add up."""
        yield from self._tiles()
        yield from self._units()
        yield from self._findings()
        for row in self.table("files"):
            if row["rows_read"] != row["accepted"] + row["duplicates"] + row["quarantined"]:
                yield f"files: {row}"
        quarantined = sum(row["quarantined"] for row in self.table("files"))
        named = sum(row["rows"] for row in self.table("quarantine"))
        if self.table("files") and quarantined != named:
            yield f"quarantine: {named} rows by reason, {quarantined} by file"

    def _tiles(self) -> Iterator[str]:
        first, last = self.span
        accesses, accounts, patients = self.hospital.all(ACCESSES, first, last)[0]
        checked = self.tile("report.tile_checked")
        if checked is None or checked[0] != accesses:
            yield f"tile_checked: {checked}, counted {accesses}"
        note = self.say("report.tile_checked_note", accounts=f"{accounts:,}", patients=f"{patients:,}")
        if checked is None or note not in checked[1]:
            yield f"tile_checked_note: {checked}, counted {note}"
        alerts = "select count(*) from findings where alert and alerted_on"
        counted = {
            "report.tile_new": self.hospital.one(f"{alerts} between ? and ?", first, last),
            "report.tile_waiting": len(self.table("waiting")),
        }
        parts = [self.tile(key) for key in ("report.budget_ranked", "report.budget_policies")]
        raised = sum(one[0] for one in parts if one)
        if None in parts or raised != counted["report.tile_new"]:
            yield f"budget: {parts}, counted {counted['report.tile_new']}"
        for key, count in counted.items():
            shown = self.tile(key)
            if shown is None or shown[0] != count:
                yield f"{key}: {shown}, counted {count}"

    def _units(self) -> Iterator[str]:
        first, last = self.span
        days, suspicious = self.hospital.all(WORK, first, last)[0]
        accesses, accounts, _ = self.hospital.all(ACCESSES, first, last)[0]
        whole = {"patient_days": days, "accounts": accounts, "suspicious": suspicious, "accesses": accesses}
        for name in ("departments", "roles"):
            rows = self.table(name)
            for column, count in whole.items():
                parts = sum(row.get(column) or 0 for row in rows)  # programs' accounts have no patient-days
                if rows and parts != count and not (column == "accounts" and parts > count):  # some worked in two
                    yield f"{name}: {column} add up to {parts}, counted {count}"

    def _findings(self) -> Iterator[str]:
        _, last = self.span
        known = {
            row[0]: row[1:]
            for row in self.hospital.all("select finding_id, records, risk, alerted_on, detected_on from findings")
        }
        seen: dict[str, list[str]] = {}
        for name in ("waiting", "listed"):
            for row in self.table(name):
                records, risk, alerted, detected = known[row["finding"]]
                since = alerted or detected
                shown = (row["records"], row["risk"], row["since"], row["days"])
                if shown != (records, round(risk), str(since), (last - since).days):
                    yield f"{name}: {row}"
                seen.setdefault(row["finding"], []).append(name)
        for finding, names in seen.items():
            if len(names) > 1:
                yield f"{finding} stands in {names}"


def _blocks(tree: object) -> Iterator[Block]:
    if isinstance(tree, Mapping):
        if "kind" in tree:
            yield tree
        for value in tree.values():
            yield from _blocks(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _blocks(one)
