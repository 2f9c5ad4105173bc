"""What harvesting and snooping would look like, access by access: the alternatives that evidence is weighed against.

A hypothesis says how the accesses that do not belong to an account's work would be distributed over the *labels* of a
view (for instance over relation × corroboration × access type). The evidence of one access is the likelihood ratio of
the mixture "a share of this account's accesses comes from the hypothesis" against its own and its peers' habit
(:mod:`detector.detection.likelihood`); over the days it adds up (:mod:`detector.detection.accumulation`). Weights are
statements about meaning: what care does not need. They sum to 1 over a hypothesis' labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from detector.model.relations import WITH_CARE, WITHOUT_CARE, Recency, of_kind

PAST_PATIENTS: Final = of_kind("past")
"""Relations to patients of the own unit whose care is over."""
OTHER_UNITS: Final = of_kind("elsewhere", "unrelated")
"""Relations to patients whom the own unit has not seen: not yet admitted, or somebody else's."""

THERE_NOW: Final = of_kind("elsewhere")
"""Relations to patients who are in another unit's care now; somebody there writes into their records."""

ACCESS_TYPES: Final = ("write", "read", "contact", "export", "targeted", "sensitive")
CORROBORATIONS: Final = ("unit", "other", "none")


OFF_DUTY: Final = "off_duty"
"""Name of a focus that counts accesses off the roster alone."""
HARVEST_ACCESS_TYPES: Final = {"contact": 0.75, "export": 0.10, "read": 0.15}
NUMBERS_ALONE: Final = {"contact": 0.95, "export": 0.05}
"""Whoever lies on another ward may be read about for a consultation; nobody needs their telephone numbers for it."""
READ_OUT: Final = {"read": 0.70, "write": 0.05, "export": 0.15, "contact": 0.10}
COVERED_BY_NOTES: Final = {"read": 0.35, "write": 0.45, "export": 0.05, "contact": 0.15}
"""Whoever knows that records are audited leaves a note in some, so that the opening looks like work. In records of
patients whose care is over, for who writes about a patient of another unit may be working there today."""
LOOKED_UP: Final = {of_kind("unrelated"): 0.65, of_kind("past", "elsewhere"): 0.35}
"""Who looks somebody up for others looks for whom the own unit never had. The shares are fitted to planted look-ups
(:mod:`tests.evaluation.fitting`); those of the other hypotheses are not, for fitted ones told the guilty no better."""


@dataclass(frozen=True, slots=True)
class Component:
    """One pair of focus and share of a hypothesis.

    ``name`` is the column that keeps its evidence in the store.

    ``off_duty``: the share is one of the accesses that were made off the roster; the others add nothing.
    """

    name: str
    weights: Mapping[str, float]
    share: float
    off_duty: bool = False


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One way in which accesses go beyond care.

    ``focuses`` are the ways in which the accesses may be spread over the labels, by name: a thief who wants one kind of
    record shows it, and one who takes everything as well. ``shares`` are the shares of an account's accesses that the
    hypothesis may account for. Every pair of the two is a component, mixed with equal weight. The focus ``off_duty``
    is one of the accesses off the roster alone: the work of a busy day says nothing about the evening after it.
    ``threshold`` (nats) is where an alert begins at a budget of two per 1,000 accounts and week: what a likelihood
    ratio needs to outweigh the number of accounts and days that are watched. ``daily_cap`` bounds what one day may add
    (nats) once it has been scored again, ``fresh_cap`` before that.
    """

    id: str
    view: str
    focuses: Mapping[str, Mapping[str, float]]
    shares: tuple[float, ...]
    threshold: float
    daily_cap: float = 8.0
    fresh_cap: float = 5.0

    @property
    def components(self) -> tuple[Component, ...]:
        """Return every component, named by hypothesis, focus and the share in percent: ``acquaintance_any_0_3``."""
        return tuple(
            Component(
                f"{self.id}_{focus}_{f'{share * 100:g}'.replace('.', '_')}", weights, share, off_duty=focus == OFF_DUTY
            )
            for focus, weights in self.focuses.items()
            for share in self.shares
        )


def relation_weights(
    access_types: Mapping[str, float], corroborations: Mapping[str, float], relations: Mapping[tuple[str, ...], float]
) -> dict[str, float]:
    """Spread weight over the labels ``relation/corroboration/access_type``.

    ``relations``: what falls on each group of relations, which share it evenly.
    """
    return {
        f"{relation}/{corroboration}/{access_type}": share / len(group) * corroboration_weight * type_weight
        for group, share in relations.items()
        for relation in group
        for corroboration, corroboration_weight in corroborations.items()
        for access_type, type_weight in access_types.items()
    }


HYPOTHESES: Final[tuple[Hypothesis, ...]] = (
    Hypothesis(
        id="harvest",
        view="relation",
        focuses={
            focus: relation_weights(
                HARVEST_ACCESS_TYPES, {"none": 0.60, "other": 0.25, "unit": 0.15}, {relations: 0.93, WITH_CARE: 0.07}
            )
            for focus, relations in {"any": WITHOUT_CARE, "past": PAST_PATIENTS, "elsewhere": OTHER_UNITS}.items()
        }
        | {
            "there": relation_weights(
                NUMBERS_ALONE, {"none": 0.10, "other": 0.75, "unit": 0.15}, {THERE_NOW: 0.93, WITH_CARE: 0.07}
            )
        },
        shares=(0.02, 0.1, 0.4),
        threshold=9.0,
    ),
    Hypothesis(
        id="lookup",
        view="relation",
        focuses={"any": relation_weights({"targeted": 0.85, "read": 0.15}, {"none": 0.80, "other": 0.20}, LOOKED_UP)},
        shares=(0.01, 0.05, 0.25),
        threshold=6.5,
    ),
    Hypothesis(
        id="no_care",
        view="relation",
        focuses={
            focus: relation_weights(access_types, {"none": 0.75, "other": 0.25}, {relations: 1.0})
            for focus, access_types, relations in (
                ("any", READ_OUT, WITHOUT_CARE),
                ("noted", COVERED_BY_NOTES, PAST_PATIENTS),
                (OFF_DUTY, READ_OUT, WITHOUT_CARE),
            )
        },
        shares=(0.02, 0.1, 0.4),
        threshold=10.0,
    ),
    Hypothesis(
        id="sensitive",
        view="relation",
        focuses={
            "any": relation_weights(
                {"sensitive": 0.90, "read": 0.10}, {"none": 0.70, "other": 0.30}, {WITHOUT_CARE: 1.0}
            )
        },
        shares=(0.01, 0.05, 0.25),
        threshold=7.0,
    ),
    Hypothesis(
        id="acquaintance",
        view="object",
        focuses={
            "any": {
                "vip": 0.15,
                "vip_there": 0.15,
                "colleague": 0.30,
                "colleague_there": 0.10,
                "household": 0.20,
                "household_there": 0.10,
            }
        },
        shares=(0.003, 0.02, 0.1),
        threshold=7.0,
    ),
)
"""Every hypothesis; the rest of the detector takes them from here alone."""

INTERFACE_FOCUSES: Final[Mapping[str, Mapping[Recency, float]]] = {
    "archive": {"present": 0.03, "week": 0.10, "month": 0.30, "archive": 0.57},
    "recent": {"present": 0.10, "week": 0.45, "month": 0.45},
    "present": {"present": 1.0},
}
"""Where the records lie that a service, vendor or kiosk account reads beyond its task, by name: spread over the whole
archive, among patients of the last weeks, or among those who are there. What an interface does of itself it does for
somebody who is there: see :mod:`detector.detection.interface_reading`."""
