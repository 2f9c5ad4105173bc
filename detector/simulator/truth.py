"""The labelled truth of a simulated hospital, beside the deployment."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from detector.model.scenarios import Intensity


@dataclass(frozen=True)
class AttackTruth:
    """One planted attack; dates are ISO dates, inclusive, of its first and last malicious event."""

    id: str
    scenario: str
    start: str
    end: str
    intensity: Intensity
    expected_patterns: tuple[str, ...]
    user_ids: tuple[str, ...]
    n_events: int
    n_patients: int
    n_records: int


@dataclass(frozen=True)
class InnocentTruth:
    """One unusual but innocent episode."""

    id: str
    kind: str
    start: str
    end: str
    user_ids: tuple[str, ...]


@dataclass(frozen=True)
class Leak:
    """A list of patients whose data turned up elsewhere, and who leaked them (mostly).

    `known_on` is the date on which the leak as a whole became known, `dates` are those on which each patient
    complained: some days after the record was opened.
    """

    name: str
    kind: str
    patients: tuple[str, ...]
    known_on: str
    culprits: tuple[str, ...]
    dates: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaliciousEvent:
    """One malicious row: where it stands in the log, and which attack it belongs to."""

    attack_id: str
    event_id: str
    event_time: str
    user_id: str
    patient_id: str


@dataclass(frozen=True)
class Truth:
    """What is true about a simulated hospital; `rows` counts unique, duplicate and malformed rows written."""

    start: str
    days: int
    staff: int
    seed: int
    rows: dict[str, int]
    attacks: tuple[AttackTruth, ...]
    hard_negatives: tuple[InnocentTruth, ...]
    leaks: tuple[Leak, ...]
    events: tuple[MaliciousEvent, ...] = field(repr=False)

    def write(self, directory: Path) -> None:
        """Write `truth.json` and `truth-events.csv`."""
        directory.mkdir(parents=True, exist_ok=True)
        content = asdict(self)
        del content["events"]
        content["events_csv"] = "truth-events.csv"
        text = json.dumps(content, ensure_ascii=False, indent=1)
        directory.joinpath("truth.json").write_text(text + "\n", encoding="utf-8")
        with directory.joinpath("truth-events.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(MaliciousEvent.__dataclass_fields__)
            table.writerows((e.attack_id, e.event_id, e.event_time, e.user_id, e.patient_id) for e in self.events)
