"""Beds are short: a head nurse goes through those to come and those about to leave, of the neighbouring wards too."""

from __future__ import annotations

import numpy as np

from detector.simulator.event_rows import Events, events, joined
from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import INPATIENT
from detector.simulator.scene import Scene
from detector.simulator.vocabulary import DAY, QUERY, Ints


def arrange(scene: Scene) -> Participants | None:
    """Choose a head nurse of a ward."""
    hospital = scene.hospital
    heads = hospital.accounts.with_role("head_nurse")
    heads = heads[np.isin(hospital.accounts.department[heads], hospital.with_shape("ward"))]
    account = scene.pick(heads, duties=3)
    return None if account is None else [account]


def act(scene: Scene, part: Participants) -> Events:
    """Look at contact pages of patients to be admitted within days and at stays of other wards."""
    hospital, account = scene.hospital, part[0]
    unit = int(hospital.accounts.department[account])
    encounters = hospital.encounters
    stays = encounters.take(np.flatnonzero(encounters.kind == INPATIENT))
    own = stays.department == unit
    rows: list[Events] = []
    for shift in scene.shifts(account).tolist():
        now = int(hospital.duties.start[shift])
        coming = stays.patient[own & (stays.start > now) & (stays.start < now + 4 * DAY)]
        elsewhere = stays.patient[~own & (stays.start < now) & (stays.end > now)]
        called: Ints = np.concatenate(
            [coming[: int(scene.rng.poisson(7))], scene.rng.permutation(elsewhere)[: int(scene.rng.poisson(4))]]
        )
        at = np.sort(scene.during(np.full(len(called), shift)))
        rows.append(scene.open(at, account, called, "desk"))
        rows.append(
            events(at[:3] - 60, account, scene.seat(account, at[:3]), "search", "list", count=40, query=QUERY["bed"])
        )
    return joined(rows)


INNOCENT = Innocent("bed-management", "床位协调", (7, 12), arrange, act, ("contact-harvesting", "maternity-harvesting"))
