"""Attacks, one file a scenario: each module declares an `ATTACK`, and is found by being here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from detector.model.scenarios import INTENSITIES
from detector.simulator.attacks.attack import Attack, Performed, Planting
from detector.simulator.plan import AttackOrder
from detector.simulator.scene import Scene

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

__all__ = ["Attack", "Performed", "Planting", "orders", "perform", "scenarios"]

_ATTEMPTS = 6


@cache
def scenarios() -> dict[str, Attack]:
    """Return the attack of every scenario by its id, in the order in which a number of attacks is drawn from them."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    declared = [module.ATTACK for module in modules if isinstance(getattr(module, "ATTACK", None), Attack)]
    return {attack.scenario.id: attack for attack in sorted(declared, key=lambda attack: attack.chance_name)}


def orders(hospital: Hospital) -> tuple[AttackOrder, ...]:
    """Return the attacks that the plan asks for; a number draws scenarios in turn, each with a random intensity."""
    wanted = hospital.plan.attacks
    if isinstance(wanted, tuple):
        unknown = [order.scenario for order in wanted if order.scenario not in scenarios()]
        if unknown:
            message = f"no attack is called {unknown[0]}; there are {', '.join(scenarios())}"
            raise ValueError(message)
        return wanted
    count = max(4, min(24, hospital.plan.staff // 25)) if wanted is None else wanted
    rng = hospital.chance.generator("orders of attacks")
    names = list(scenarios())
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += [names[position] for position in rng.permutation(len(names)).tolist()]
    return tuple(AttackOrder(name, INTENSITIES[int(rng.integers(0, 3))]) for name in drawn[:count])


def perform(hospital: Hospital, taken: set[int]) -> list[Performed]:
    """Plant the plan's attacks, each into accounts of its own; what suits nobody is left out."""
    done: list[Performed] = []
    for number, order in enumerate(orders(hospital)):
        attack = scenarios()[order.scenario]
        for attempt in range(_ATTEMPTS):
            rng = hospital.chance.generator(f"attack {number} {attack.chance_name} {order.intensity} {attempt}")
            first, last = _window(hospital, attack, rng.random(2).tolist())
            scene = Scene(hospital, rng, taken, first, last, order.intensity, label=number)
            planting = attack.plant(scene)
            if planting is None or (planting.gap is None and not len(planting.events)):
                continue
            done.append(
                Performed(
                    f"{order.scenario}-{order.intensity}-{number}",
                    attack.scenario,
                    order.intensity,
                    number,
                    scene.first_day,
                    scene.last_day,
                    planting.accounts,
                    planting.events,
                    planting.gap,
                )
            )
            break
    return done


def _window(hospital: Hospital, attack: Attack, draws: list[float]) -> tuple[int, int]:
    """Return first and last day: the duration where it fits, no attack in the peaceful days before."""
    shortest, longest = attack.days
    length = shortest + round(draws[0] * (longest - shortest))
    peace = hospital.plan.first_attack_day
    room = hospital.plan.days - 1 - peace
    length = max(1, min(length, room))
    first = peace + round(draws[1] * (room - length))
    return first, first + length - 1
