"""Findings of the group, kept in one file of its folder: raised once, continued date by date, never withdrawn."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from detector.errors import StoreDamaged
from detector.files.atomic import replacing
from detector.group.sightings import Sighting
from detector.model.findings import QUIET_DAYS

FILE_NAME: Final = "group-findings.json"
SUBJECT: Final = "group"


@dataclass(frozen=True, slots=True)
class Member:
    """An account of a hospital that a finding of the group is about, with its own finding about it, if any."""

    hospital: str
    finding_id: str | None
    user_id: str


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """What only the group sees, as one episode: see :class:`Sighting`; each is an alert from the date it is raised on.

    ``patients``, ``records`` and ``accesses`` are summed over the hospitals; of addresses and records they are not
    counted.
    """

    finding_id: str
    kind: str
    token: str
    detected_on: dt.date
    last_seen_on: dt.date
    window_start: dt.date
    window_end: dt.date
    risk: float
    shares: Mapping[str, float]
    streams: Mapping[str, float]
    limits: Mapping[str, float]
    previous_finding_id: str | None = None
    members: tuple[Member, ...] = ()
    account_type: str | None = None
    patterns: tuple[str, ...] = ()
    patients: int = 0
    records: int = 0
    accesses: int = 0

    @classmethod
    def raised(cls, sighting: Sighting, previous: str | None) -> Self:
        """Return the finding that a sighting begins."""
        text = f"group|{sighting.kind}|{sighting.token}|{sighting.date}"
        return cls(
            finding_id="G" + hashlib.sha256(text.encode()).hexdigest()[:11],
            kind=sighting.kind,
            token=sighting.token,
            detected_on=sighting.date,
            last_seen_on=sighting.date,
            window_start=sighting.since,
            window_end=sighting.date,
            risk=sighting.risk,
            shares=sighting.shares,
            streams=sighting.streams,
            limits=sighting.limits,
            previous_finding_id=previous,
        )

    def continued(self, sighting: Sighting) -> Self:
        """Return the finding as another date has it; its risk keeps its highest value, and what it rests on with it."""
        changes: dict[str, Any] = {"window_start": min(self.window_start, sighting.since)}
        if sighting.is_new:
            changes |= {"last_seen_on": sighting.date, "window_end": sighting.date}
        if sighting.risk >= self.risk and (sighting.is_new or sighting.risk > self.risk):
            changes |= {
                "risk": sighting.risk,
                "shares": sighting.shares,
                "streams": sighting.streams,
                "limits": sighting.limits,
            }
        return dataclasses.replace(self, **changes)

    def is_open(self, date: dt.date) -> bool:
        """Tell whether a date still continues the episode."""
        return (date - self.last_seen_on).days <= QUIET_DAYS

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return the finding that JSON wrote so."""
        dates = {name: dt.date.fromisoformat(document[name]) for name in DATES}
        members = tuple(Member(**one) for one in document["members"])
        return cls(**{**document, **dates, "members": members, "patterns": tuple(document["patterns"])})

    def document(self) -> dict[str, Any]:
        """Return the finding as JSON writes it."""
        return dataclasses.asdict(self) | {name: str(getattr(self, name)) for name in DATES}


DATES: Final = ("detected_on", "last_seen_on", "window_start", "window_end")


@dataclass(slots=True)
class GroupLedger:
    """All findings of a group, in the order in which they were raised; ``through`` is the last date judged.

    ``last`` has, by hospital, the last date that it was known to have judged: one that cannot be read is waited for.
    """

    through: dt.date | None = None
    findings: list[GroupFinding] = field(default_factory=list)
    last: dict[str, dt.date] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the group's file; an empty ledger where there is none. Raises StoreDamaged."""
        path = folder / FILE_NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            through = content["through"]
            return cls(
                None if through is None else dt.date.fromisoformat(through),
                [GroupFinding.read(one) for one in content["findings"]],
                {name: dt.date.fromisoformat(date) for name, date in content["last"].items()},
            )
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError):
            raise StoreDamaged(
                f"{path} cannot be read; restore it, or remove it: the next run finds all anew"
            ) from None

    def save(self, folder: Path) -> None:
        """Write the file as a whole."""
        content = {
            "through": None if self.through is None else str(self.through),
            "last": {name: str(date) for name, date in sorted(self.last.items())},
            "findings": [one.document() for one in self.findings],
        }
        with replacing(folder / FILE_NAME) as draft:
            draft.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def resets(self, date: dt.date) -> dict[str, dt.date]:
        """Return token → the date up to which its evidence belongs to a finding that has ended by a date."""
        newest = {one.token: one for one in self.findings if one.kind == "account"}
        return {token: one.last_seen_on for token, one in newest.items() if not one.is_open(date)}

    def take_in(self, date: dt.date, sightings: Iterable[Sighting]) -> None:
        """Raise or continue a finding for each sighting of a date, and note that it was judged."""
        newest = {(one.kind, one.token): place for place, one in enumerate(self.findings)}
        for sighting in sightings:
            place = newest.get((sighting.kind, sighting.token))
            earlier = None if place is None else self.findings[place]
            if place is not None and earlier is not None and earlier.is_open(date):
                self.findings[place] = earlier.continued(sighting)
            elif sighting.is_new or earlier is None:
                self.findings.append(GroupFinding.raised(sighting, earlier.finding_id if earlier else None))
        self.through = date

    def is_open(self, finding: GroupFinding) -> bool:
        """Tell whether the next date may continue a finding."""
        return self.through is not None and finding.is_open(self.through)
