"""The catalogue of behaviours that the drill plants and the simulator's attackers perform.

A scenario has one name wherever it is performed: in the drill's rows, in ``detector simulate --attack`` and in the
truth of a simulated hospital. How it is performed, and how much is taken at each intensity, belongs to the performer:
an attacker that shared code with the drill would share its blind spots. That is why the simulator, which imports
nothing else of the house, imports this module: it says what a behaviour is called, and nothing of how it is detected.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Final, Literal

from detector.texts.language import LANGUAGES, Language

Intensity = Literal["low", "medium", "high"]
INTENSITIES: Final[tuple[Intensity, ...]] = ("low", "medium", "high")
"""How hard an actor goes about a scenario."""


class Family(StrEnum):
    """What the actor is after; one power curve is drawn for each."""

    HARVEST = "harvest"
    """Records to be sold."""
    CURIOSITY = "curiosity"
    """Records of particular people."""
    MISUSE = "misuse"
    """Accounts and rights used as they were not meant to be."""


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A behaviour to be detected; ``patterns`` are what a finding about it may be named after, its own first."""

    id: str
    family: Family
    patterns: tuple[str, ...]
    title: Mapping[Language, str]


def read_scenarios(text: str) -> dict[str, Scenario]:
    """Return the scenarios of a TOML text by id; KeyError or ValueError where a table is not whole."""
    return {name: _scenario(name, table) for name, table in tomllib.loads(text).items()}


def _scenario(name: str, table: Mapping[str, Any]) -> Scenario:
    return Scenario(
        id=name,
        family=Family(table["family"]),
        patterns=tuple(table["patterns"]),
        title={language: table["title"][language] for language in LANGUAGES},
    )


SCENARIOS: Final = read_scenarios(
    resources.files("detector.model").joinpath("scenarios.toml").read_text(encoding="utf-8")
)
"""Every scenario by id, in the order of ``scenarios.toml``."""
