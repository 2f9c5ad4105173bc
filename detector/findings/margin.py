"""Counterfactual: the fewest patients, or days, without which the leading stream would have stayed below its threshold.

A sceptical reader can recompute it from the finding's days and events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

from detector.detection.accumulation import MICRO
from detector.detection.patterns import named_for
from detector.detection.streams import ACCESS_COMPONENTS, STREAMS
from detector.findings.finding_data import FindingData
from detector.findings.standing import SUPPORTING_STREAMS
from detector.model.methods import Margin

ACCESS_STREAMS: Final = frozenset(stream.id for stream in STREAMS if set(stream.components) <= set(ACCESS_COMPONENTS))
"""Streams whose evidence comes from patient-days, so that patients can be counted; the others judge days."""


def margin(
    data: FindingData,
    user: str,
    start: dt.date,
    nats: Mapping[str, float],
    limits: Mapping[str, float],
    patterns: Collection[str] = (),
) -> Margin | None:
    """Return by how much the leading stream passes its threshold; None where there is no evidence.

    It is the leading one of those that a pattern of the finding is named for, where any of these passes or none does:
    what a finding is not called makes no good measure of it. A stream that only supports others never leads: it does
    not alert at its threshold.
    ``nats`` and ``limits`` are evidence and threshold by stream. Patients or days that add evidence since ``start`` are
    taken away, the strongest first. Forgetting and daily caps of accesses are left out: they make the count too
    large rather than too small.
    """
    telling = [name for name, evidence in nats.items() if evidence > 0 and name not in SUPPORTING_STREAMS]
    if not telling:
        return None
    passing = [name for name in telling if nats[name] >= limits[name]]
    named = [name for name in passing or telling if name in named_for(patterns)]
    stream = max(named or passing or telling, key=lambda name: (nats[name] / limits[name], name))
    by_patient = stream in ACCESS_STREAMS
    parts = patient_parts(data, user, start, stream) if by_patient else data.stream_days(user, start, stream)
    surplus, fewer = nats[stream] - limits[stream], 0
    while fewer < len(parts) and surplus >= 0:
        surplus -= parts[fewer]
        fewer += 1
    return Margin(
        stream=stream,
        nats=round(nats[stream], 2),
        limit=round(limits[stream], 2),
        unit="patients" if by_patient else "days",
        of=len(parts),
        fewer=fewer,
    )


def patient_parts(data: FindingData, user: str, start: dt.date, stream: str) -> list[float]:
    """Return what each patient adds to the stream (nats), the strongest first."""
    added = data.suspicions_for(user, start, [stream]).group_by("patient_id").agg(pl.col("micronats").sum())
    return sorted((micronats / MICRO for micronats in added["micronats"]), reverse=True)
