"""Whose accounts are one person's though their numbers differ: the group's own table, which somebody keeps by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from detector.deployment.groups import HospitalGroup
from detector.errors import InputError

COLUMNS: Final = ("hospital", "user_id", "person")


def read_persons(group: HospitalGroup) -> Mapping[str, Mapping[str, str]]:
    """Return hospital → account → person; nothing where the group names no table.

    Raises InputError where the table cannot be read, lacks a column or names a hospital that the group does not have.
    """
    path = group.site.accounts
    persons: dict[str, dict[str, str]] = defaultdict(dict)
    if path is None:
        return persons
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    known = {hospital.name for hospital in group.hospitals}
    for number, row in enumerate(rows, start=1):
        hospital, user, person = ((row.get(name) or "").strip() for name in COLUMNS)
        if not (hospital and user and person):
            raise InputError(f"{path}: row {number} needs hospital, user_id and person")
        if hospital not in known:
            raise InputError(f"{path}: row {number}: the group has no hospital {hospital!r}")
        persons[hospital][user] = person
    return persons
