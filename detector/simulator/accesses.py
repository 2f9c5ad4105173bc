"""Visits to records, and the log rows that each of them writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.chance import spread, within
from detector.simulator.event_rows import Events, events, joined
from detector.simulator.vocabulary import ACTION, CATEGORY, NONE, QUERY, Floats, Ints

if TYPE_CHECKING:
    from detector.simulator.staff import Traits

_BLOCK: Final = 400_000
"""Accesses that are spelled out at a time, to bound memory."""


@dataclass(frozen=True)
class Activity:
    """What somebody does with one record in one go.

    `rows` is the mean number of rows beyond the first; `contact` and `write` are the chances that
    a row is the contact page or writes; `reads` and `writes` say what the other rows are (weights).
    With chance `opening` the access begins with a search, by `query`, that lists about `hits`
    records; a search that finds one record names its patient.
    """

    name: str
    rows: float
    reads: Mapping[str, float]
    contact: float = 0.0
    write: float = 0.0
    writes: Mapping[tuple[str, str], float] = field(default_factory=dict)
    opening: float = 0.0
    query: Mapping[str, float] = field(default_factory=lambda: {"bed": 1.0})
    hits: float = 1.0
    personal: bool = True


@dataclass
class Accesses:
    """One position per planned access: when, who, whose record, under which visit, doing what, from where."""

    time: Ints
    account: Ints
    patient: Ints
    visit: Ints
    activity: Ints
    place: Ints
    lane: Ints
    label: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: Ints) -> Accesses:
        """Return the accesses at the given positions, or where a mask is true."""
        return Accesses(*(getattr(self, column.name)[rows] for column in fields(self)))


def accesses(
    time: Ints,
    account: Ints | int,
    patient: Ints | int,
    visit: Ints | int,
    activity: Ints | int,
    place: Ints | int,
    *,
    lane: int = 0,
    label: int = NONE,
) -> Accesses:
    """Build accesses column by column; a single value holds for all of them."""
    size = len(time)
    columns = (time, account, patient, visit, activity, place, lane, label)
    return Accesses(*(np.broadcast_to(np.asarray(c), (size,)).astype(np.int64) for c in columns))


def together(parts: Sequence[Accesses]) -> Accesses:
    """Return all accesses, part after part."""
    return Accesses(*(np.concatenate([getattr(p, c.name) for p in parts]) for c in fields(Accesses)))


class Scribe:
    """Turns accesses into log rows, as the activities and the people's traits have it."""

    def __init__(self, activities: Sequence[Activity], traits: Traits) -> None:
        self._traits = traits
        self._rows = _column(activities, "rows")
        self._contact = _column(activities, "contact")
        self._write = _column(activities, "write")
        self._opening = _column(activities, "opening")
        self._hits = _column(activities, "hits")
        self._personal = _column(activities, "personal")
        self._reads = _cumulative([{CATEGORY[k]: w for k, w in a.reads.items()} for a in activities], len(CATEGORY))
        self._pairs: list[tuple[int, int]] = sorted(
            {(ACTION[action], CATEGORY[category]) for a in activities for action, category in a.writes}
        ) or [(ACTION["update"], CATEGORY["other"])]
        position = {pair: number for number, pair in enumerate(self._pairs)}
        self._writes = _cumulative(
            [{position[ACTION[x], CATEGORY[y]]: w for (x, y), w in a.writes.items()} for a in activities],
            len(self._pairs),
        )
        self._queries = _cumulative([{QUERY[k]: w for k, w in a.query.items()} for a in activities], len(QUERY))

    def write(self, planned: Accesses, rng: np.random.Generator) -> Events:
        """Return the log rows of the accesses."""
        return joined(
            [
                self._block(planned.take(np.arange(at, min(at + _BLOCK, len(planned)))), rng)
                for at in range(0, len(planned), _BLOCK)
            ]
        )

    def _block(self, planned: Accesses, rng: np.random.Generator) -> Events:
        size = len(planned)
        kind, who = planned.activity, planned.account
        personal = self._personal[kind]
        pace = np.where(personal, self._traits.pace[who], 1.0)
        opened = rng.random(size) < self._opening[kind]
        count = 1 + rng.poisson(self._rows[kind] * pace) + opened
        owner = spread(count)
        number = within(count)
        searched = opened[owner] & (number == 0)
        gap = np.where(
            rng.random(len(owner)) < 0.4, rng.integers(0, 2, len(owner)), rng.exponential(14.0, len(owner)) + 2
        )
        gap[number == 0] = 0
        running = np.cumsum(gap)
        first = np.cumsum(count) - count
        time = planned.time[owner] + (running - running[first][owner]).astype(np.int64)
        act = kind[owner]
        contact = np.clip(self._contact, 0, 1)[act] * np.where(personal[owner], self._traits.contact[who][owner], 1.0)
        write = self._write[act] * np.where(personal[owner], self._traits.write[who][owner], 1.0)
        contact = np.minimum(contact, np.maximum(0.9, self._contact[act]))
        write = np.minimum(write, np.maximum(0.92 - contact, 0.0))
        draw = rng.random(len(owner))
        is_contact = draw < contact
        is_write = ~is_contact & (draw < contact + write)
        which = rng.random(len(owner))
        category = _drawn(self._reads, act, which)
        action = np.full(len(owner), ACTION["view"], dtype=np.int64)
        pairs = np.array(self._pairs)[_drawn(self._writes, act, which)]
        action = np.where(is_write, pairs[:, 0], action)
        category = np.where(is_write, pairs[:, 1], category)
        category = np.where(is_contact, CATEGORY["demographics"], category)
        action = np.where(searched, ACTION["search"], action)
        query = np.where(searched, _drawn(self._queries, act, rng.random(len(owner))), 0)
        exact = np.isin(query, [QUERY["patient_id"], QUERY["id_number"], QUERY["phone"]])
        hits = np.where(searched & ~exact, 1 + rng.poisson(self._hits[act]), 1)
        category = np.where(
            searched, np.where(exact | (query == QUERY["name"]), CATEGORY["demographics"], CATEGORY["list"]), category
        )
        blind = searched & ~exact
        return events(
            time,
            who[owner],
            planned.place[owner],
            action,
            category,
            patient=np.where(blind, NONE, planned.patient[owner]),
            visit=np.where(blind, NONE, planned.visit[owner]),
            count=hits,
            query=query,
            lane=planned.lane[owner],
            label=planned.label[owner],
        )


def _column(activities: Sequence[Activity], name: str) -> Floats:
    """Return one field of all activities."""
    return np.array([getattr(activity, name) for activity in activities])


def _cumulative(weights: Sequence[Mapping[int, float]], width: int) -> Floats:
    """Return one row of cumulative shares per mapping; an empty mapping gives the first column."""
    table = np.zeros((len(weights), width))
    for row, mapping in enumerate(weights):
        for column, weight in mapping.items():
            table[row, column] = weight
        if not mapping:
            table[row, 0] = 1.0
    table = np.cumsum(table, axis=1)
    return np.asarray(table / table[:, -1:])


def _drawn(shares: Floats, row: Ints, draw: Floats) -> Ints:
    """Return the column that each draw falls into, in the row given for it."""
    offset = np.arange(shares.shape[0])
    flat = (shares + offset[:, None]).ravel()
    position = np.searchsorted(flat, row + np.minimum(draw, 1 - 1e-9), side="right")
    return np.asarray(np.minimum(position - row * shares.shape[1], shares.shape[1] - 1))
