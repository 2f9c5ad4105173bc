"""How a score came about: numbers that a sceptical reader can recompute, and what would have kept it below an alert."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from detector.detection.accumulation import MICRO
from detector.detection.hypotheses import HYPOTHESES
from detector.detection.streams import BY_ID, offset
from detector.findings.reasons import ReasonData

OF_ACCESSES: Final = frozenset(hypothesis.id for hypothesis in HYPOTHESES)
"""Streams whose evidence comes from patient_days, so that patients can be counted; the others judge days."""


def margin(
    data: ReasonData, user: str, start: dt.date, nats: Mapping[str, float], limits: Mapping[str, float]
) -> dict[str, Any] | None:
    """Say by how much the leading stream passes its threshold, and what less would have stayed below it.

    Returns ``stream``, ``nats``, ``limit``, ``unit`` (``patients`` or ``days``), ``of`` (how many add evidence since
    ``start``) and ``fewer``: how many of them, the most telling first, would have to be absent; none where there is no
    evidence. Forgetting and daily caps are left out: they make the count too large rather than too small.
    """
    if not nats:
        return None
    stream = max(nats, key=lambda name: (nats[name] / limits[name], name))
    if nats[stream] <= 0:
        return None
    parts = patient_parts(data, user, start, stream) if stream in OF_ACCESSES else day_parts(data, user, start, stream)
    surplus, fewer = nats[stream] - limits[stream], 0
    while fewer < len(parts) and surplus >= 0:
        surplus -= parts[fewer]
        fewer += 1
    return {
        "channel": stream,
        "nats": round(nats[stream], 2),
        "limit": round(limits[stream], 2),
        "unit": "patients" if stream in OF_ACCESSES else "days",
        "of": len(parts),
        "fewer": fewer,
    }


def patient_parts(data: ReasonData, user: str, start: dt.date, stream: str) -> list[float]:
    """Return what each patient adds to the stream (nats), the most telling first."""
    rows = data.suspicions(user, start, [stream])
    added = rows.group_by("patient_id").agg(pl.col("nats").sum()).sort("nats", "patient_id", descending=[True, False])
    return [float(value) for value in added["nats"]]


def day_parts(data: ReasonData, user: str, start: dt.date, stream: str) -> list[float]:
    """Return what each day adds to the stream (nats), the most telling first."""
    rows = data.evidence_days.filter((pl.col("user_id") == user) & (pl.col("business_date") >= start))
    capped = (pl.col("increments").list.get(offset(stream)) / MICRO).clip(upper_bound=BY_ID[stream].daily_cap)
    added = rows.select(nats=capped).filter(pl.col("nats") > 0)
    return sorted((float(value) for value in added["nats"]), reverse=True)
