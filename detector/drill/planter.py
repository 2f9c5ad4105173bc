"""What a planter is: who does what with whose record, when and how much, put together from declared parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from detector.texts.language import Language

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from detector.drill.access_templates import Page
    from detector.drill.planting import Stage
    from detector.drill.site_profile import Account, Ground

Intensity = Literal["low", "medium", "high"]
INTENSITIES: Final[tuple[Intensity, ...]] = ("low", "medium", "high")

Who = Callable[["Ground"], "pl.DataFrame"]
"""Returns the accounts that suit, as rows of ``Ground.accounts``."""
Whom = Callable[["Ground", "Account", "dt.date"], "pl.Series"]
"""Returns the patients whom this account may be after on a date."""
When = Callable[["Stage", "Account", Mapping["dt.date", int]], "pl.Series"]
"""Returns local times, as many per date as the mapping says."""


class Family(StrEnum):
    """The families that one power curve is drawn for."""

    HARVEST = "harvest"
    CURIOSITY = "curiosity"
    MISUSE = "misuse"


class Place(StrEnum):
    """Where the accesses come from."""

    OWN = "own"
    """The workstation and address that the account uses around that time."""
    ELSEWHERE = "elsewhere"
    """A workstation of another unit."""
    OUTSIDE = "outside"
    """An address outside the site's networks."""


class Need(StrEnum):
    """What a log or a table must have for a planter to make sense."""

    ADDRESSES = "addresses"
    WORKSTATIONS = "workstations"
    BREAK_GLASS = "break_glass"
    EXPORTS = "exports"


@dataclass(frozen=True, slots=True)
class Level:
    """How much is taken: patients per day on which the account works, for so many days, by each of the accounts."""

    per_day: float
    days: int
    accounts: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Planter:
    """One kind of episode.

    ``patterns`` are what a finding about it may be named after, the first its own; ``on_duty`` tells that it happens
    only on days on which the account works; ``again`` that the same patient may be opened repeatedly; ``together``
    that the accounts belong to one unit and share no patient, else that they open the same ones; ``list_export`` that
    what is taken are rows of a list and not opened records; ``consecutive`` that all of it happens in one go.
    """

    id: str
    patterns: tuple[str, ...]
    family: Family
    title: Mapping[Language, str]
    who: Who
    whom: Whom
    when: When
    page: Page
    levels: Mapping[Intensity, Level]
    place: Place = Place.OWN
    needs: tuple[Need, ...] = ()
    on_duty: bool = True
    again: bool = False
    together: bool = True
    list_export: bool = False
    consecutive: bool = False
