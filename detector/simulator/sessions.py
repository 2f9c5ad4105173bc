"""Sessions: which rows belong to one log-in, from which workstation; the log-ins and log-outs themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.event_rows import Events, events, joined
from detector.simulator.places import Places, station_keys
from detector.simulator.vocabulary import MINUTE, OUTCOME, REASON, Ints

if TYPE_CHECKING:
    from detector.simulator.staff import Accounts

_IDLE = 70 * MINUTE


@dataclass(frozen=True)
class Sessions:
    """All events in order of time, and for each of them the number of its session and its workstation's key."""

    events: Events
    session: Ints
    station: Ints


def sessions(work: Events, accounts: Accounts, places: Places, rng: np.random.Generator) -> Sessions:
    """Cut every account's rows into sessions and add log-ins, failed ones among them, and log-outs.

    A session ends after 70 minutes without a row, or where the account moves to another place.
    Machine accounts log in once per session as well.
    """
    del places
    order = np.lexsort((work.time, work.lane, work.account))
    work = work.take(order)
    size = len(work)
    if not size:
        empty = np.zeros(0, dtype=np.int64)
        return Sessions(work, empty, empty)
    fresh = np.ones(size, dtype=np.bool_)
    fresh[1:] = (
        (work.account[1:] != work.account[:-1])
        | (work.lane[1:] != work.lane[:-1])
        | (work.place[1:] != work.place[:-1])
        | (work.time[1:] - work.time[:-1] > _IDLE)
    )
    session = np.cumsum(fresh) - 1
    first = np.flatnonzero(fresh)
    last = np.concatenate([first[1:] - 1, [size - 1]])
    account, place, lane = (np.asarray(c[first], dtype=np.int64) for c in (work.account, work.place, work.lane))
    stray = (rng.random(len(first)) < 0.3).astype(np.int64)
    key = station_keys(account, place, np.arange(len(first)) + 7919 * lane, stray)
    numbers = np.arange(len(first))
    login_time = work.time[first].astype(np.int64) - rng.integers(4, 70, len(first))
    # nobody logs in before the simulation begins
    login_time = np.maximum(login_time, 0)
    failed = rng.random(len(first)) < np.where(accounts.human[account], 0.02, 0.0)
    ends = rng.random(len(first)) < 0.88
    logout_time = work.time[last].astype(np.int64) + rng.integers(20, 9 * MINUTE, len(first))
    parts = [
        work,
        events(login_time, account, place, "login", lane=lane),
        events(
            np.maximum(login_time[failed] - rng.integers(3, 25, int(failed.sum())), 0),
            account[failed],
            place[failed],
            "login",
            lane=lane[failed],
            outcome=OUTCOME["failure"],
            reason=REASON["密码错误"],
        ),
        events(logout_time[ends], account[ends], place[ends], "logout", lane=lane[ends]),
    ]
    merged = joined(parts)
    number = np.concatenate([session, numbers, numbers[failed], numbers[ends]])
    final = np.lexsort((np.arange(len(merged)), merged.time))
    number = number[final]
    return Sessions(merged.take(final), number, key[number])
