"""Hard innocents, one file a kind: each module declares an `INNOCENT`, and is found by being here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from detector.simulator.hospital import Approval, Hospital
from detector.simulator.innocents.innocent import Arranged, Innocent
from detector.simulator.scene import Scene

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events

__all__ = ["Arranged", "Innocent", "act", "arrange", "delayed", "kinds"]


@cache
def kinds() -> dict[str, Innocent]:
    """Return all kinds of hard innocents by name, in alphabetical order."""
    found: dict[str, Innocent] = {}
    for module in pkgutil.iter_modules(__path__):
        declared = getattr(importlib.import_module(f"{__name__}.{module.name}"), "INNOCENT", None)
        if isinstance(declared, Innocent):
            found[declared.kind] = declared
    return dict(sorted(found.items()))


def arrange(hospital: Hospital, taken: set[int]) -> list[Arranged]:
    """Choose the innocents of a hospital and change its rotas for them; about half get an approval."""
    done: list[Arranged] = []
    for number, name in enumerate(_wanted(hospital)):
        innocent = kinds()[name]
        own = hospital.chance.generator(f"innocent {number} {name}")
        length = int(own.integers(innocent.days[0], innocent.days[1] + 1))
        length = max(1, min(length, hospital.plan.days - 2))
        first = int(
            own.integers(
                min(hospital.plan.first_attack_day, hospital.plan.days - length - 1), hospital.plan.days - length
            )
        )
        scene = Scene(hospital, own, taken, first, first + length - 1)
        part = innocent.arrange(scene)
        if not part:
            continue
        done.append(Arranged(f"{name}-{number}", name, scene.first_day, scene.last_day, part, scene, innocent))
        if innocent.patterns and own.random() < 0.55:
            hospital.approvals += [
                Approval(account, innocent.patterns, scene.first_day, scene.last_day, innocent.summary)
                for account in part[:4]
            ]
    return done


def _wanted(hospital: Hospital) -> list[str]:
    """Return the kinds that a hospital sees: larger ones several of each, small ones some.

    Kinds that small hospitals do not know are drawn apart, so that they do not shift what these see.
    """
    staff = hospital.plan.staff
    rounds = max(1, round(staff / 450))
    wanted: list[str] = []
    for known_everywhere, stream in ((True, "innocents"), (False, "innocents of larger hospitals")):
        rng = hospital.chance.generator(stream)
        names = [name for name, kind in kinds().items() if (kind.least_staff == 0) is known_everywhere]
        drawn = [name for _ in range(rounds) for name in rng.permutation(names).tolist()]
        if known_everywhere and staff < 200:
            drawn = drawn[: max(5, len(drawn) * staff // 200)]
        wanted += [name for name in drawn if kinds()[name].least_staff <= staff]
    return wanted


def delayed(arranged: list[Arranged], work: Events) -> Events:
    """Return normal work, done later where an innocent holds it up."""
    for part in arranged:
        work = part.innocent.delay(part.scene, part.accounts, work)
    return work


def act(arranged: list[Arranged]) -> list[Events]:
    """Return what the innocents do beyond their normal work."""
    return [part.innocent.act(part.scene, part.accounts) for part in arranged]
