"""What a hard innocent is: work that looks unusual and has a good reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.simulator.event_rows import Events, no_events
from detector.simulator.shifts import Duties

if TYPE_CHECKING:
    from detector.simulator.scene import Scene
    from detector.simulator.vocabulary import Flags, Ints

Participants = list[int]
"""The accounts that play a part, the first of them the main one."""


def no_rows(scene: Scene, part: Participants) -> Events:
    """Add nothing: the changed rota alone makes the difference."""
    del scene, part
    return no_events()


def on_time(scene: Scene, part: Participants, work: Events) -> Events:
    """Return normal work as it is."""
    del scene, part
    return work


@dataclass(frozen=True)
class Innocent:
    """One kind of unusual but innocent work.

    `arrange` chooses who takes part and changes rotas, staff or visits before anybody works (None
    where nobody suits); `act` adds what they do beyond normal work, and `delay` changes when normal work
    (all of its rows) is done. `patterns` are those that an approval for it would name. Hospitals of fewer
    than `least_staff` people know no such work.
    """

    kind: str
    summary: str
    days: tuple[int, int]
    arrange: Callable[[Scene], Participants | None]
    act: Callable[[Scene, Participants], Events] = no_rows
    patterns: tuple[str, ...] = ()
    delay: Callable[[Scene, Participants, Events], Events] = on_time
    least_staff: int = 0


@dataclass(frozen=True)
class Arranged:
    """One innocent episode as it takes place; days count from the start, inclusive."""

    id: str
    kind: str
    first_day: int
    last_day: int
    accounts: Participants
    scene: Scene
    innocent: Innocent


def changed(duties: Duties, rows: Ints | Flags, department: int) -> Duties:
    """Return the duties with some of them worked in another department."""
    moved = duties.department.copy()
    moved[rows] = department
    return Duties(duties.account, duties.day, duties.kind, moved, duties.start, duties.end)


def another_ward(scene: Scene, department: int) -> int | None:
    """Return a ward other than the given one."""
    wards = [unit for unit in scene.hospital.with_shape("ward") if unit != department]
    return wards[int(scene.rng.integers(0, len(wards)))] if wards else None


def moved(scene: Scene, account: int, department: int, *, until_the_end: bool) -> None:
    """Let an account work its duties of the episode (or all later ones too) in another department."""
    duties = scene.hospital.duties
    last = 10**6 if until_the_end else scene.last_day
    rows = (duties.account == account) & (duties.day >= scene.first_day) & (duties.day <= last)
    scene.hospital.replace_duties(changed(duties, rows, department))
