"""What a planter is: which actors do what with which targets' records, when and how much, put together from parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detector.detection.prerequisites import Prerequisite
from detector.drill.access_templates import AccessTemplate
from detector.drill.actors import ActorSelector
from detector.drill.patient_targets import TargetSelector
from detector.drill.schedules import Schedule
from detector.drill.stage import Location
from detector.model.scenarios import Intensity, Scenario


@dataclass(frozen=True, slots=True)
class IntensityLevel:
    """How much is taken: patients per day on which the account works, for so many days, by each of the accounts."""

    per_day: float
    days: int
    accounts: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Planter:
    """How the drill performs one scenario.

    ``on_duty``: it happens only on days on which the account works. ``again``: the same patient may be opened
    repeatedly. ``together``: the accounts belong to one unit and share no patient; otherwise they are of different
    units and open the same record. ``list_export``: what is taken are rows of a list and not opened records.
    ``consecutive``: all of it happens in one go. ``familiar``: patients of the account's own work are taken as well, at
    least one on every day on which it works, and all of them once more when there are no others left. ``own_pages``:
    only what the account opens and may open anyway, where another scenario would open what it may not.
    """

    scenario: Scenario
    actors: ActorSelector
    targets: TargetSelector
    schedule: Schedule
    template: AccessTemplate
    levels: Mapping[Intensity, IntensityLevel]
    location: Location = Location.OWN
    needs: tuple[Prerequisite, ...] = ()
    on_duty: bool = True
    again: bool = False
    together: bool = True
    list_export: bool = False
    consecutive: bool = False
    familiar: bool = False
    own_pages: bool = False

    @property
    def id(self) -> str:
        """The scenario's id."""
        return self.scenario.id
