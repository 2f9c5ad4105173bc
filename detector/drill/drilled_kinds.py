"""From outcomes to what a drill keeps for the report on exposure: sums by kind of episode."""

from __future__ import annotations

from collections.abc import Sequence

from detector import __version__
from detector.deployment.settings import Settings
from detector.drill.campaign import Plan, Result
from detector.drill.episode_reach import Reach
from detector.reports.drill_record import DrilledKind, DrillRecord
from detector.reports.preventive_controls import CONTROLS


def drill_record(settings: Settings, plan: Plan, result: Result) -> DrillRecord:
    """Return the sums of a drill: of every kind that was asked for, also where no account suited."""
    return DrillRecord(
        version=__version__,
        configuration=settings.digest,
        first=result.history.first,
        last=result.history.last,
        kinds={
            planter.id: drilled_kind(
                plan,
                [
                    one.reach
                    for one in result.outcomes
                    if one.episode.order.planter is planter and one.reach is not None
                ],
            )
            for planter in plan.planters
        },
    )


def drilled_kind(plan: Plan, reached: Sequence[Reach]) -> DrilledKind:
    """Return the sums over the episodes of one kind."""
    return DrilledKind(
        seed=plan.seed,
        repeats=plan.repeats,
        quick=plan.longest_days is not None,
        episodes=len(reached),
        opening=sum(one.patients > 0 for one in reached),
        patients=sum(one.patients for one in reached),
        listing=sum(one.records > 0 for one in reached),
        records=sum(one.records for one in reached),
        fewer={control.id: sum(one.fewer[control.id] for one in reached) for control in CONTROLS},
        usual={control.id: sum(one.usual[control.id] for one in reached) for control in CONTROLS},
    )
