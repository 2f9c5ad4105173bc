"""Which patterns an account's evidence looks like."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from detector.detection.patterns import patterns


def likely_patterns(
    streams: Mapping[str, float],
    shares: Mapping[str, float],
    policies: Collection[str],
    patients: Mapping[str, int] | None = None,
) -> list[str]:
    """Return the ids of the patterns that the evidence looks like, most probable first.

    ``streams``: stream → evidence in units of its alert threshold, of those that the finding's accesses show;
    ``shares``: feature → share of the suspicious patients that show it; ``policies``: patterns whose policy fired;
    ``patients``: feature → how many patients show it (None: enough). A fact outweighs any likeness: these come first.
    """
    scores = {}
    for pattern in patterns().values():
        likeness = max((weight * streams.get(stream, 0.0) for stream, weight in pattern.streams.items()), default=0.0)
        if pattern.features:
            likeness *= min(1.0, sum(weight * shares.get(name, 0.0) for name, weight in pattern.features.items()))
            if (
                patients is not None
                and max(patients.get(name, 0) for name in pattern.features) < pattern.least_patients
            ):
                likeness = 0.0
        if pattern.id in policies or likeness >= pattern.least:
            scores[pattern.id] = round(likeness, 6)
    return sorted(scores, key=lambda name: (name not in policies, -scores[name], name))
