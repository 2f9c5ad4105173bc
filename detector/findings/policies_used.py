"""Which policies a finding rests on, each with the version and the digest that it had when it fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from detector.model.methods import PolicyUsed


def policies_used(
    fired: Iterable[Mapping[str, Any]], earlier: Iterable[PolicyUsed] | None = None
) -> tuple[PolicyUsed, ...]:
    """Return the policies that fired (rows of ``policy_days``), by id and first date.

    What a finding named ``earlier`` stays: its policies may have been changed since. A policy that changed within the
    episode is named once for each text that it had.
    """
    used: dict[tuple[str, int | None, str | None], PolicyUsed] = {}
    rows = (
        PolicyUsed(
            row["policy_id"], row["version"], row["sha256"], str(row["business_date"]), str(row["business_date"])
        )
        for row in fired
    )
    for one in (*(earlier or ()), *rows):
        key = (one.id, one.version, one.sha256)
        known = used.get(key, one)
        used[key] = replace(known, first_on=min(known.first_on, one.first_on), last_on=max(known.last_on, one.last_on))
    return tuple(sorted(used.values(), key=lambda one: (one.id, one.first_on, one.version or 0, one.sha256 or "")))
