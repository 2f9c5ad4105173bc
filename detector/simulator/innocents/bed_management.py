"""Beds are short: a head nurse goes through those to come and those about to leave, of the neighbouring wards too."""

from __future__ import annotations

import numpy as np

from detector.simulator.episodes import Stage, together
from detector.simulator.event_rows import Events, events
from detector.simulator.innocents.episode import Innocent, Part
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY, QUERY, Ints


def arrange(stage: Stage) -> Part | None:
    """Choose a head nurse of a ward."""
    hospital = stage.hospital
    heads = hospital.accounts.with_role("head_nurse")
    heads = heads[np.isin(hospital.accounts.department[heads], hospital.with_shape("ward"))]
    account = stage.pick(heads, duties=3)
    return None if account is None else [account]


def act(stage: Stage, part: Part) -> Events:
    """Look at contact pages of patients to be admitted within days and at stays of other wards."""
    hospital, account = stage.hospital, part[0]
    unit = int(hospital.accounts.department[account])
    encounters = hospital.encounters
    stays = encounters.take(np.flatnonzero(encounters.kind == INPATIENT))
    own = stays.department == unit
    rows: list[Events] = []
    for shift in stage.shifts(account).tolist():
        now = int(hospital.duties.start[shift])
        coming = stays.patient[own & (stays.start > now) & (stays.start < now + 4 * DAY)]
        elsewhere = stays.patient[~own & (stays.start < now) & (stays.end > now)]
        called: Ints = np.concatenate(
            [coming[: int(stage.rng.poisson(7))], stage.rng.permutation(elsewhere)[: int(stage.rng.poisson(4))]]
        )
        at = np.sort(stage.during(np.full(len(called), shift)))
        rows.append(stage.open(at, account, called, "desk"))
        rows.append(
            events(at[:3] - 60, account, stage.seat(account, at[:3]), "search", "list", count=40, query=QUERY["bed"])
        )
    return together(rows)


INNOCENT = Innocent("bed-management", "床位协调", (7, 12), arrange, act, ("contact-harvesting", "maternity-harvesting"))
