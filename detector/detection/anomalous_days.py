"""Unusual days as pyod's detectors see them: combinations of features that no single count shows.

Trained each night on the account-days of the last weeks (robustly scaled excess over what the account's peers do),
never on the judged day: the isolation forest reads a few features at a time, kNN and PCA their combination. Each
score becomes a tail probability on the training days of the account's role, drawn towards everybody's where the role
has few (Mondrian conformal prediction: Vovk, Gammerman & Shafer 2005), so that a registration desk is not rarer by its
trade than a ward; the geometric mean of the three becomes evidence by the calibrator ``(1/2) p^(-1/2)`` (Vovk & Wang
2021), so that an ordinary day counts slightly for the account. What an account does for longer than a week is drawn
upon in the same way: the features look back over weeks, and somebody who works in another way than the colleagues is
not unusual anew each day. Of whom hardly any such days are known, it is not known what is unusual: what speaks against
them counts by the share of these days that there are.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import importlib.util
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.detection.features import FEATURES
from detector.detection.likelihood import MICRO
from detector.detection.windows import column, windowed

TRAINING_DAYS: Final = 28
HISTORY_DAYS: Final = TRAINING_DAYS + 28
"""Days of account-days that are read: the windows of the first training day reach back further."""
LEAST_TRAINING_ROWS: Final = 200
TRAINING_ROWS: Final = 3_000
"""More rows than this are thinned by a hash of account and date: results stay the same on any machine."""
ROLE_DAYS: Final = 50.0
"""Account-days of a role that weigh as much as everybody's in what is rare."""
OWN_LAG_DAYS: Final = 7
"""What an account does for longer than this is known of it."""
OWN_DAYS: Final = 10.0
"""Account-days of its own that weigh as much as its role in what is rare for an account."""
SEED: Final = 20_260_601

DAILY: Final = tuple(feature.id for feature in FEATURES if not feature.broad)
MODEL_WINDOWS: Final = (1, 7, 28)
Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by the name of their group: of the training (``known``) and of those judged (``asked``).

    ``weight``: so many training rows of a group weigh as much as what is known in general.
    """

    known: Names
    asked: Names
    weight: float

    def shares(self, known: Floats, scores: Floats, general: Floats) -> Floats:
        """Return for each judged score the share of its group's ``known`` ones beyond it, drawn to the ``general``."""
        group, place = _numbered(self.known, self.asked), _numbered(known, scores)
        each = group * (place.max(initial=0) + 1) + place  # in order of the groups, and of the scores in each
        ordered, asked = np.sort(each[: len(known)]), slice(len(known), None)
        begins, ends = (np.searchsorted(ordered, (group[asked] + n) * (place.max(initial=0) + 1)) for n in (0, 1))
        beyond_it = ends - np.searchsorted(ordered, each[asked])
        found: Floats = (beyond_it + self.weight * general) / (ends - begins + self.weight)
        return found

    def known_shares(self) -> Floats:
        """Return for each judged row the share of ``weight`` that its group's known rows come to, one at most."""
        names, counts = np.unique(self.known, return_counts=True)
        known = dict(zip(names.tolist(), counts.tolist(), strict=True))
        found: Floats = np.minimum(1.0, np.array([known.get(name, 0) for name in self.asked]) / self.weight)
        return found


def _numbered(known: npt.NDArray[Any], asked: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the places of both, one after the other, among their distinct values in order."""
    return np.asarray(np.unique(np.concatenate([known, asked]), return_inverse=True)[1], dtype=np.int64)


def unusual_evidence(days: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """Return ``business_date, user_id, evidence`` (millionths of a nat) for people's account-days of ``date``.

    ``days`` are people's account-days (see :func:`detector.detection.features.account_days`) of ``HISTORY_DAYS`` days
    and of the date itself. Too little history gives no evidence; a feature that some of the days do not have (null: it
    was declared after them) is left out.
    """
    empty = pl.DataFrame(schema={"business_date": pl.Date, "user_id": pl.String, "evidence": pl.Int64})
    daily = [name for name in DAILY if not days[name].null_count()]
    columns = [column(name, window) for window in MODEL_WINDOWS for name in daily]
    longer = windowed(days, daily, MODEL_WINDOWS)
    since = date - dt.timedelta(days=TRAINING_DAYS)
    history = longer.filter((pl.col("business_date") >= since) & (pl.col("business_date") < date))
    today = longer.filter(pl.col("business_date") == date)
    training = thinned(history)
    if today.is_empty() or training.height < LEAST_TRAINING_ROWS:
        return empty
    usual = peer_means(history, columns)
    known, judged = excess(training, usual, columns), excess(today, usual, columns)
    is_past = training["business_date"] < date - dt.timedelta(days=OWN_LAG_DAYS)
    groups = (
        Groups(training["role"].to_numpy(), today["role"].to_numpy(), ROLE_DAYS),
        Groups(
            np.where(is_past.to_numpy(), training["user_id"].to_numpy(), ""),
            today["user_id"].to_numpy(),
            OWN_DAYS * training.height / history.height,
        ),
    )
    probabilities = tail_probabilities(known, judged, groups)
    nats = np.log(0.5) - 0.5 * np.log(probabilities)
    nats = np.where(nats > 0, nats * groups[-1].known_shares(), nats)
    return today.select("business_date", "user_id").with_columns(
        evidence=pl.Series(np.round(nats * MICRO).astype(np.int64))
    )


def thinned(history: pl.DataFrame) -> pl.DataFrame:
    """Return at most ``TRAINING_ROWS`` rows, chosen by hash, in a fixed order."""
    ordered = history.sort("business_date", "user_id")
    if ordered.height <= TRAINING_ROWS:
        return ordered
    keys = [
        int.from_bytes(_digest(f"{user}|{date}"), "big")
        for user, date in zip(ordered["user_id"], ordered["business_date"], strict=True)
    ]
    chosen = ordered.with_columns(pl.Series("hash", keys, dtype=pl.UInt64)).sort("hash").head(TRAINING_ROWS)
    return chosen.sort("business_date", "user_id").drop("hash")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def peer_means(history: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the mean of every feature per department and role, drawn towards everybody's by 30 account-days.

    Sums are of integers, millionths of a count: the sum of floats that threads share out depends on their order.
    """
    counts = history.select(
        "department", "role", *((pl.col(name) * MICRO).round().cast(pl.Int64).alias(name) for name in columns)
    )
    overall = counts.select((pl.col(name).sum() / pl.len()).alias(f"all_{name}") for name in columns)
    grouped = counts.group_by("department", "role").agg(
        pl.len().alias("days"), *(pl.col(name).sum() for name in columns)
    )
    return grouped.join(overall, how="cross").select(
        "department",
        "role",
        *(
            ((pl.col(name) + 30 * pl.col(f"all_{name}")) / (pl.col("days") + 30) / MICRO).alias(f"usual_{name}")
            for name in columns
        ),
    )


def excess(days: pl.DataFrame, usual: pl.DataFrame, columns: Sequence[str]) -> Floats:
    """Return how far each feature lies above its usual value, on a logarithmic scale; below counts as nothing."""
    joined = days.join(usual, on=["department", "role"], how="left", maintain_order="left")
    return (
        joined.select(
            (pl.col(name).cast(pl.Float64).log1p() - pl.col(f"usual_{name}").fill_null(0).log1p()).clip(0).alias(name)
            for name in columns
        )
        .to_numpy()
        .astype(np.float64)
    )


def tail_probabilities(training: Floats, judged: Floats, groups: Sequence[Groups]) -> Floats:
    """Return per judged row the geometric mean of the detectors' tail probabilities on the training rows.

    ``groups`` go from the general to the particular: each draws the share of the one before it towards its own.
    """
    with _without_numba():
        from pyod.models.iforest import IForest
        from pyod.models.knn import KNN
        from pyod.models.pca import PCA

    moving = training.std(axis=0) > 0
    if not moving.any():
        return np.ones(len(judged))
    training, judged = training[:, moving], judged[:, moving]
    detectors = (
        IForest(n_estimators=30, max_samples=min(256, len(training)), random_state=SEED, n_jobs=1),
        KNN(n_neighbors=20, method="mean", n_jobs=1),
        PCA(n_components=min(5, training.shape[1]), random_state=SEED),
    )
    logs = np.zeros(len(judged))
    for detector in detectors:
        detector.fit(training)
        known = np.round(detector.decision_scores_, 9)
        scores = np.round(detector.decision_function(judged), 9)
        shares = (beyond(known, scores) + 1) / (len(known) + 1)
        for group in groups:
            shares = group.shares(known, scores, shares)
        logs += np.log(shares)
    result: Floats = np.exp(logs / len(detectors))
    return result


def beyond(known: Floats, scores: Floats) -> Floats:
    """Return for each score how many of the known ones are as high or higher."""
    found: Floats = (len(known) - np.searchsorted(np.sort(known), scores, side="left")).astype(np.float64)
    return found


@contextlib.contextmanager
def _without_numba() -> Iterator[None]:
    """Let pyod be imported where numba is left out (a lean installation; 200 MB).

    pyod compiles one function with it on import, the distances of ``pairwise_distances_no_broadcast``. None of the
    detectors here calls it, so the stand-in leaves it as it is.
    """
    if importlib.util.find_spec("numba") is not None:
        yield
        return
    stand_in = types.ModuleType("numba")
    vars(stand_in)["njit"] = lambda function: function
    sys.modules["numba"] = stand_in
    try:
        yield
    finally:
        del sys.modules["numba"]
