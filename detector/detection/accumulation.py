"""Evidence that adds up: a thief who takes two records a day is invisible on any day and plain after some weeks.

For each account and stream a one-sided sequential statistic runs over the days: ``s = max(0, s * forgetting + x)``
with ``x`` the day's sum of log likelihood ratios (CUSUM: Page, Biometrika 41, 1954). Components of one stream stand
for different sizes of the wrong; their ratios are averaged, which keeps the average of ratios a ratio.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.detection.streams import COMPONENTS, FORGETTING, STREAMS

SETTLED_DAYS: Final = 3
"""A day's evidence is fresh, and bounded more tightly, until it has been scored again after so many days."""
WINDOW_DAYS: Final = 120
MICRO: Final = 1_000_000
DIGITS: Final = 6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CumulativeEvidence:
    """What has added up for every account at the end of a night.

    ``users`` in order. By stream and in their order: ``values`` in nats, and ``since``, the date ordinal on which the
    evidence that counts now began, 0 where there is none.
    """

    users: list[str]
    values: Mapping[str, Floats]
    since: Mapping[str, npt.NDArray[np.int64]]


def caps(age: int) -> Floats:
    """Return what one day may add to each of ``COMPONENTS``, for a day scored ``age`` days ago."""
    return np.concatenate(
        [
            np.full(len(stream.components), stream.fresh_cap if age < SETTLED_DAYS else stream.daily_cap)
            for stream in STREAMS
        ]
    )


def component_nats(days: pl.DataFrame) -> Floats:
    """Return the evidence of rows of ``evidence_days`` in nats, rows × ``COMPONENTS``.

    A component that the table does not have, or that is null because it was declared later, is nothing.
    """
    known = [
        pl.col(name).fill_null(0) if name in days.columns else pl.lit(0, dtype=pl.Int64).alias(name)
        for name in COMPONENTS
    ]
    return np.asarray(days.with_columns(known).select(COMPONENTS).to_numpy() / MICRO, dtype=np.float64)


def accumulate(days: pl.DataFrame, night: dt.date, resets: dict[str, dt.date]) -> CumulativeEvidence:
    """Run the statistic over ``days`` (rows of ``evidence_days``) up to ``night``.

    ``resets`` names accounts whose evidence up to a date belongs to an episode that has ended.
    """
    users = days["user_id"].unique().sort().to_list()
    index = {user: place for place, user in enumerate(users)}
    state = np.zeros((len(users), len(COMPONENTS)))
    began = np.zeros((len(users), len(COMPONENTS)), dtype=np.int64)
    touched = np.full(len(users), night.toordinal(), dtype=np.int64)
    reset_on = np.array([resets[user].toordinal() if user in resets else 0 for user in users], dtype=np.int64)
    days = days.sort("business_date", "user_id")
    nats, owners = component_nats(days), np.array([index[user] for user in days["user_id"]], dtype=np.int64)
    begin = 0
    for date, count in days.group_by("business_date", maintain_order=True).len().iter_rows():
        ordinal, rows = date.toordinal(), slice(begin, begin + count)
        begin += count
        places, limited = owners[rows], np.minimum(nats[rows], caps((night - date).days))
        keep = reset_on[places] < ordinal
        places, limited = places[keep], limited[keep]
        before = state[places]
        faded = before * FORGETTING ** np.maximum(ordinal - touched[places], 0)[:, None]
        after = np.round(np.maximum(0.0, faded + limited), DIGITS)
        began[places] = np.where(after <= 0, 0, np.where((before <= 0) & (after > 0), ordinal, began[places]))
        state[places], touched[places] = after, ordinal
    state = np.round(state * FORGETTING ** np.maximum(night.toordinal() - touched, 0)[:, None], DIGITS)
    values, since = {}, {}
    for stream in STREAMS:
        columns = [COMPONENTS.index(name) for name in stream.components]
        part = np.ascontiguousarray(state[:, columns])
        mean = np.mean(np.exp(np.minimum(part, 600.0)), axis=1)
        values[stream.id] = np.asarray(np.round(np.log(mean), DIGITS), dtype=np.float64)
        leading = np.argmax(part, axis=1)
        since[stream.id] = began[:, columns][np.arange(len(users)), leading]
    return CumulativeEvidence(users, values, since)
