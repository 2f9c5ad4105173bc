"""Which reasons count the same patients in other words: the weaker one is then a half-sentence of the stronger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from detector.findings.finding_data import FindingWindow

SAME_FROM: Final = 0.9
"""Share of a reason's patients from which a stronger reason has named them already."""
Opened = frozenset[tuple[object, object]]
"""Patient-days: date and record number."""


def within(window: FindingWindow, names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return reason → the stronger reason that has its patients, and how many patients they share.

    ``names`` are reasons, the strongest first. A patient is shared who shows both on the same date. The stronger reason
    is one that is in no other itself. What a policy says is never part of another reason.
    """
    opened = patient_days(window)
    found: dict[str, tuple[str, int]] = {}
    leading: list[str] = []
    for name in names:
        own = _patients(opened.get(name, frozenset()))
        shared = [(leader, _patients(opened[name] & opened[leader])) for leader in leading if own and leader in opened]
        host = next(((one, both) for one, both in shared if both >= SAME_FROM * own), None)
        if host is None or name.startswith("policy:"):
            leading.append(name)
        else:
            found[name] = host
    return found


def patient_days(window: FindingWindow) -> Mapping[str, Opened]:
    """Return reason → the patient-days that show it; those of a policy are what it fired on."""
    found: dict[str, set[tuple[object, object]]] = {}
    for day, patient, features in window.suspicions.select("business_date", "patient_id", "features").iter_rows():
        for feature in features or ():
            found.setdefault(feature, set()).add((day, patient))
    for day, policy, patients in window.policies.select("business_date", "policy_id", "patient_ids").iter_rows():
        found.setdefault(f"policy:{policy}", set()).update((day, patient) for patient in patients or ())
    return {name: frozenset(days) for name, days in found.items()}


def _patients(opened: Opened) -> int:
    return len({patient for _, patient in opened})
