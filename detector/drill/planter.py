"""What a planter is: which actors do what with which targets' records, when and how much, put together from parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from detector.drill.access_templates import AccessTemplate
from detector.drill.actors import ActorSelector
from detector.drill.schedules import Schedule
from detector.drill.site_profile import Need
from detector.drill.stage import Location
from detector.drill.targets import TargetSelector
from detector.texts.language import Language

Intensity = Literal["low", "medium", "high"]
INTENSITIES: Final[tuple[Intensity, ...]] = ("low", "medium", "high")


class Family(StrEnum):
    """The families that one power curve is drawn for."""

    HARVEST = "harvest"
    CURIOSITY = "curiosity"
    MISUSE = "misuse"


@dataclass(frozen=True, slots=True)
class IntensityLevel:
    """How much is taken: patients per day on which the account works, for so many days, by each of the accounts."""

    per_day: float
    days: int
    accounts: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Planter:
    """One kind of episode.

    ``patterns`` are what a finding about it may be named after, the first its own. ``on_duty``: it happens only on
    days on which the account works. ``again``: the same patient may be opened repeatedly. ``together``: the accounts
    belong to one unit and share no patient; otherwise they are of different units and open the same record.
    ``list_export``: what is taken are rows of a list and not opened records. ``consecutive``: all of it happens in
    one go.
    """

    id: str
    patterns: tuple[str, ...]
    family: Family
    title: Mapping[Language, str]
    actors: ActorSelector
    targets: TargetSelector
    schedule: Schedule
    template: AccessTemplate
    levels: Mapping[Intensity, IntensityLevel]
    location: Location = Location.OWN
    needs: tuple[Need, ...] = ()
    on_duty: bool = True
    again: bool = False
    together: bool = True
    list_export: bool = False
    consecutive: bool = False
