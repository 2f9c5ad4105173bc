"""Why an account stands out, in numbers that a sceptical reader can recompute, and what speaks for the person.

A reason is one feature: its mean per day with accesses in the finding's window, beside the account's own mean before
the window and the mean of its peers (same department and role, otherwise same role) in the weeks before the night.
Contributions are shares of the evidence: each suspicious access gives what it adds to the features it counts for, in
equal parts; streams that judge days give theirs to the one feature they rest on. They sum to one.

Sums over suspicions are sums of integers (millionths of a nat), so that they do not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from detector.detection.features import BY_ID
from detector.detection.streams import COUNTED_STREAMS, POLICY_STREAMS, STREAMS
from detector.findings.colleagues import colleagues_alike
from detector.findings.exported_lists import ExportedLists
from detector.findings.finding_data import FeatureMeans, FindingData, FindingWindow
from detector.findings.shared_patients import within
from detector.model.findings import Explanation, Reason
from detector.model.policy_sentences import COUNTED, as_told
from detector.model.relations import WITH_CARE

REASONS_KEPT: Final = 12
DAILY_FEATURES: Final = {"export": "exported_records", "unusual": "unusual_days"}
"""Streams that judge days → the feature that their evidence rests on."""
OF_DAYS: Final = frozenset({"unusual_days"})
"""Features of whole days, which no access shows."""
LEAST_SHARE: Final = 0.01
"""Share of the evidence, or of the patients, from which a daily stream or a relation is named."""
POLICY_PART: Final = 0.5
"""What fired policies contribute together where there is other evidence as well."""
RELATIONS_NAMED: Final = 4
WRITES: Final = ("create", "update", "delete")
"""Actions that change a record."""
NEW_ACCOUNT_DAYS: Final = 30
FEW_DAYS: Final = 5
"""A baseline of fewer days at work says little of what is usual: that is told beside it."""
FIRST_DAYS: Final = 7
"""Accounts first seen within so many days of the history's beginning may be older than it."""


def feature_shares(window: FindingWindow) -> dict[str, float]:
    """Return feature → share of the suspicious patient-days that show it, weighted by what they add."""
    sums = _by_feature(window.suspicions, pl.col("micronats").sum())
    return {name: round(micronats / window.micronats, 6) for name, micronats in sorted(sums.items())}


def feature_patients(window: FindingWindow) -> dict[str, int]:
    """Return feature → how many suspicious patients show it."""
    return _by_feature(window.suspicions, pl.col("patient_id").n_unique())


def reasons(data: FindingData, window: FindingWindow, streams: Mapping[str, float]) -> list[Reason]:
    """Return the reasons, strongest first; ``streams`` is the evidence by stream in units of its threshold."""
    fired = window.fired
    weights = evidence_weights(window.suspicions, streams)
    if fired:
        part = POLICY_PART if weights else 1.0
        weights = {name: weight * (1 - part) for name, weight in weights.items()}
        weights |= {f"policy:{policy}": part / len(fired) for policy in fired}
    means = data.means(window)
    telling = {name: weight for name, weight in weights.items() if name not in means or means[name].stands_out}
    weights = telling or weights
    kept = sorted((item for item in weights.items() if item[1] > 0), key=lambda item: (-item[1], item[0]))
    contributions = rounded_shares(dict(kept[:REASONS_KEPT]))
    policies = {f"policy:{policy}": together for policy, together in fired.items()}
    patients = feature_patients(window)
    hosts = within(window, list(contributions))

    def feature_reason(name: str, share: float) -> Reason:
        host, shared = hosts.get(name, (None, None))
        reason = _reason(name, share, means.get(name), patients.get(name, 0), data.exported(window))
        return replace(reason, within=host, shared=shared)

    return [
        policy_reason(policies[name], share) if name in policies else feature_reason(name, share)
        for name, share in contributions.items()
    ]


def policy_reason(fired: Mapping[str, Any], contribution: float, value: float | None = None) -> Reason:
    """Return the reason that a policy's dates (``fired_together``) are; its value are the accesses by default."""
    return Reason(
        feature=f"policy:{fired['policy_id']}",
        value=float(fired["accesses"]) if value is None else value,
        own_baseline=None,
        peer_baseline=None,
        contribution=contribution,
        patients=fired["patients"],
        values={name: as_told(fired[name]) for name in COUNTED},
        texts={"zh": fired["reason_zh"], "en": fired["reason_en"]},
    )


def evidence_weights(suspicions: pl.DataFrame, streams: Mapping[str, float]) -> dict[str, float]:
    """Return feature → its part of the evidence; streams weigh by the fourth power, as in the combined standing."""
    powers = {stream.id: max(0.0, streams.get(stream.id, 0.0)) ** 4 for stream in STREAMS}
    whole = sum(powers.values())
    by_access = sum(power for name, power in powers.items() if name not in DAILY_FEATURES.keys() | set(POLICY_STREAMS))
    share_of_accesses = by_access / whole if whole > 0 else 1.0
    parts = access_parts(suspicions)
    total = sum(parts.values())
    weights = {name: share_of_accesses * part / total if total else 0.0 for name, part in parts.items()}
    for stream, feature in DAILY_FEATURES.items():
        if whole > 0 and powers[stream] / whole >= LEAST_SHARE:
            weights[feature] = weights.get(feature, 0.0) + powers[stream] / whole
    return weights


def access_parts(suspicions: pl.DataFrame) -> dict[str, float]:
    """Return feature → what suspicions add to it (millionths of a nat), each in equal parts to its features."""
    sums = (
        suspicions.with_columns(among=pl.col("features").list.len())
        .explode("features")
        .drop_nulls("features")
        .group_by("features", "among")
        .agg(pl.col("micronats").sum())
        .sort("features", "among")
    )
    parts: dict[str, float] = {}
    for name, among, micronats in sums.iter_rows():
        parts[name] = parts.get(name, 0.0) + micronats / among
    return parts


def rounded_shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights as shares of four digits that sum to one; the first takes what rounding leaves."""
    total = sum(weights.values())
    shares = {name: round(weight / total, 4) for name, weight in weights.items()}
    for first in list(shares)[:1]:
        shares[first] = round(shares[first] + 1 - sum(shares.values()), 4)
    return shares


def figures(name: str, means: FeatureMeans) -> dict[str, Any]:
    """Return the figures of the window that a feature's sentence names."""
    shown = {"shown": means.shown_days} if name in BY_ID and BY_ID[name].steady else {}
    return {"days": means.days, "total": means.total, **shown}


def _reason(
    name: str, contribution: float, means: FeatureMeans | None, patients: int, exported: ExportedLists
) -> Reason:
    """Return the reason that a feature is, with the figures that its sentence names."""
    if means is None:
        return Reason(name, 0.0, None, None, contribution, patients)
    values = figures(name, means)
    if name == "exported_records":
        values = exported.values() or values
    values |= {one: days for one, days in (("own", means.own_days), ("peers", means.peer_days)) if 0 < days < FEW_DAYS}
    return Reason(name, means.value, means.own, means.peers, contribution, patients, values)


def explanations(
    data: FindingData,
    window: FindingWindow,
    patterns: Sequence[str],
    streams: Mapping[str, float],
    events: pl.DataFrame,
) -> list[Explanation]:
    """Return what speaks for the person; of the most probable of the ``patterns`` the innocent causes are named.

    ``events`` are the finding's own: reading a record and writing into it have other causes.

    The person's other work says nothing for what a policy names or a list holds: grounds and habits are told where
    the finding is about accesses. ``streams`` is the evidence by stream.
    """
    found = [] if window.suspicions.is_empty() else [*relation_shares(data, window), *only_usual(data, window)]
    approved = window.suspicions.filter(pl.col("approved")).height
    if approved:
        found.append(Explanation("approval", round(approved / window.suspicions.height, 3)))
    approvals = window.policies["approval"].drop_nulls().unique().sort().to_list()
    found += [Explanation("approved_policy", parameters={"reason": approval}) for approval in approvals]
    first_seen = data.first_seen_on(window.user_id)
    if (
        first_seen
        and (window.start - first_seen).days < NEW_ACCOUNT_DAYS
        and (first_seen - data.first_date).days > FIRST_DAYS
    ):
        found.append(Explanation("new_account", parameters={"since": str(first_seen)}))
    ranked = window.policies.is_empty() and not window.suspicions.is_empty()
    colleagues = colleagues_alike(data.connection, data.night, window.user_id, streams, data.holders) if ranked else 0
    if colleagues:
        found.append(Explanation("colleagues_alike", parameters={"colleagues": colleagues}))
    if any(data.shows(window, stream) for stream in COUNTED_STREAMS):
        found.append(Explanation("counted_pages"))
    if not patterns:
        return [*found, Explanation("no_pattern")]
    return [*found, innocent_causes(patterns[0], wrote=wrote(window, patterns[0], events))]


def wrote(window: FindingWindow, pattern: str, events: pl.DataFrame) -> bool:
    """Tell whether the finding's events entered, changed or deleted something: of a policy's pattern, the policy's."""
    fired = window.policies.filter(pl.col("pattern") == pattern)["event_ids"].explode().drop_nulls()
    own = events.filter(pl.col("event_id").is_in(fired.implode())) if fired.len() else events
    return bool(own["action"].is_in(WRITES).any())


def innocent_causes(pattern: str, *, wrote: bool = False) -> Explanation:
    """Return the explanation that names what the log cannot show; ``wrote``: something was written, not only read."""
    written = {"written": True} if wrote else {}
    return Explanation("innocent_causes", parameters={"pattern": pattern, **written})


def relation_shares(data: FindingData, window: FindingWindow) -> list[Explanation]:
    """Return the relations of care to the patients of the window, the most frequent first."""
    labels = data.relation_days.filter(
        (pl.col("user_id") == window.user_id) & pl.col("business_date").is_between(window.start, window.end)
    )
    total = int(labels["patients"].sum())
    by_relation = (
        labels.group_by(relation=pl.col("label").str.split("/").list.first())
        .agg(pl.col("patients").sum())
        .filter(pl.col("relation").is_in(WITH_CARE), pl.col("patients") / total >= LEAST_SHARE)
        .sort("patients", "relation", descending=[True, False])
    )
    return [
        Explanation(name, round(patients / total, 3), {"patients": patients})
        for name, patients in by_relation.head(RELATIONS_NAMED).iter_rows()
    ]


def only_usual(data: FindingData, window: FindingWindow) -> list[Explanation]:
    """Return the patients of the window that are only usual for the unit: nobody checked it, it is no ground."""
    found = data.usual_patients.filter(
        (pl.col("user_id") == window.user_id) & pl.col("business_date").is_between(window.start, window.end)
    )
    usual, patients = int(found["usual"].sum()), int(found["patients"].sum())
    return [Explanation("habit", round(usual / patients, 3), {"patients": usual})] if usual else []


def _by_feature(suspicions: pl.DataFrame, aggregate: pl.Expr) -> dict[str, int]:
    """Return feature → an integer over the suspicions that count for it."""
    counted = suspicions.explode("features").drop_nulls("features").group_by("features").agg(aggregate)
    return {name: int(value) for name, value in counted.iter_rows()}
