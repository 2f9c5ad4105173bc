"""What the last drill says of measures: ``drill.json`` in the store's folder, for the report on exposure.

It holds sums by kind of episode and no account, patient, unit or date of an access. It lies outside the store, which a
drill only reads. Sums of one version, configuration and history stand together: what a drill of another one found
replaces them all, a drill of some kinds of the same one replaces these.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from detector.files.atomic import replacing
from detector.files.lock import flock

FILE_NAME: Final = "drill.json"


@dataclass(frozen=True, slots=True)
class DrilledKind:
    """The episodes of one kind that were tried, over all intensities.

    ``opening`` of the ``episodes`` opened records, of ``patients`` in all before their alerts; ``listing`` exported
    lists, of ``records``. ``fewer`` and ``usual``, by measure: how many of them it would have kept out of reach for
    certain, or if what is only usual for the unit is stopped as well. Patients of several episodes count in each.
    """

    seed: int
    repeats: int
    quick: bool
    episodes: int
    opening: int
    patients: int
    listing: int
    records: int
    fewer: Mapping[str, int]
    usual: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DrillRecord:
    """The kinds that drills tried with one version and configuration on one history, by the scenario's id."""

    version: str
    configuration: str
    first: dt.date
    last: dt.date
    kinds: Mapping[str, DrilledKind]

    def after(self, earlier: DrillRecord | None) -> DrillRecord:
        """Return this drill with what an earlier one of the same history, version and configuration found besides."""
        if earlier is None or replace(earlier, kinds={}) != replace(self, kinds={}):
            return self
        return replace(self, kinds={**earlier.kinds, **self.kinds})


def read_drill(folder: Path) -> DrillRecord | None:
    """Return what is kept in the store's folder; None where nothing is, or nothing that can be read."""
    try:
        told: dict[str, Any] = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return DrillRecord(
            version=str(told["version"]),
            configuration=str(told["configuration"]),
            first=dt.date.fromisoformat(told["first"]),
            last=dt.date.fromisoformat(told["last"]),
            kinds={str(name): _kind(kind) for name, kind in told["kinds"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _kind(told: Mapping[str, Any]) -> DrilledKind:
    counts = {
        name: int(told[name]) for name in ("seed", "repeats", "episodes", "opening", "patients", "listing", "records")
    }
    kept = {name: {str(one): int(count) for one, count in told[name].items()} for name in ("fewer", "usual")}
    return DrilledKind(quick=bool(told["quick"]), **counts, **kept)  # type: ignore[arg-type]


def keep_drill(folder: Path, drill: DrillRecord, group: str | None) -> list[str]:
    """Keep a drill, with what stays of the one before; return the kinds that do not stay and were not tried again.

    Raises OSError where the folder cannot be written to, StoreError where the group cannot be let in.
    """
    with _held(folder):
        earlier = read_drill(folder)
        kept = drill.after(earlier)
        told = asdict(kept) | {"first": str(kept.first), "last": str(kept.last)}
        with replacing(folder / FILE_NAME, group) as draft:
            draft.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return sorted(set(earlier.kinds if earlier else ()) - set(kept.kinds))


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Let one drill at a time add to what is kept: the other's kinds would be lost."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        flock(descriptor, seconds=None)
        yield
    finally:
        os.close(descriptor)
