"""The facts of a request to explain accesses: what the person asked may see, and nothing of any patient.

Asking the person next morning cut repetition from 40 % to 2 % (JAMA Netw Open 2022, not randomised); a suspected seller
would be warned by it, which is for a person to weigh: the draft is never sent by the tool. Nobody is asked who is
himself or herself the subject of a finding that is not settled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.database.queries import rows
from detector.detection.patterns import patterns
from detector.detection.patterns.pattern import INQUIRIES
from detector.errors import UsageError
from detector.model.relations import WITH_CARE

LEVELS: Final = 5
"""So far up the managers of managers are looked for one who may be asked."""
DECOY: Final = "decoy-access"
NARROW: Final = ("own_record", "account", "export")
"""Letters about some accesses of the window only."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why somebody should not be asked, or with care.

    ``kind`` is "subject" (a finding is about the person), "case" (one of the same case) or "unit" (an alert is about
    somebody else of the person's department); ``person`` is ``user_id, name, department``.
    """

    kind: str
    person: Mapping[str, Any]
    findings: tuple[str, ...]

    @property
    def forbids(self) -> bool:
        """Whether the person is left out as an addressee."""
        return self.kind != "unit"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Whom to ask about what.

    ``kind`` is the letter, one of :data:`INQUIRIES`. ``addressee`` is ``user_id, name, department``, or None where
    nobody is on file or all are in conflict. ``days`` are rows of ``day, first_time, last_time, accesses, patients,
    events, exports, records, actions, categories``; ``numbers`` are the record numbers that must not appear in any
    sentence. ``leads``: the account's holder is on file as somebody's manager, and may be the head of the department.
    """

    finding: Mapping[str, Any]
    kind: str
    to_holder: bool
    addressee: Mapping[str, Any] | None
    conflicts: tuple[Conflict, ...]
    days: Sequence[Mapping[str, Any]]
    numbers: tuple[str, ...]
    leads: bool

    @property
    def span(self) -> tuple[str, str]:
        """First and last day that the letter names: those of the accesses it tells, else the finding's window."""
        if self.kind in NARROW and self.days:
            return str(self.days[0]["day"]), str(self.days[-1]["day"])
        return str(self.finding["window_start"]), str(self.finding["window_end"])

    @property
    def would_warn(self) -> bool:
        """Whether a pattern is one of selling: to be asked would warn the person, and evidence could go."""
        known = patterns()
        return any(known[name].asking_warns for name in self.finding["patterns"] if name in known)

    @property
    def would_burn(self) -> bool:
        """Whether the finding rests on decoys: a word about the accesses would give them away."""
        return DECOY in self.finding["patterns"]


def inquiry_about(
    connection: duckdb.DuckDBPyConnection, finding: Mapping[str, Any], *, to_holder: bool | None = None
) -> Inquiry:
    """Return the facts for a request about one finding; raises UsageError where it is about no account.

    ``to_holder`` None: the account's manager, but the holder where it is about his or her own record, of which a
    manager need not know.
    """
    if finding["subject"] != "account":
        others = connection.execute(
            "select finding_id from findings where case_id = ? and user_id is not null order by risk desc, finding_id",
            [finding["case_id"]],
        ).fetchall()
        named = ", ".join(str(row[0]) for row in others[:8])
        hint = f"; its accounts have findings of their own: {named}" if named else ""
        raise UsageError(f"{finding['finding_id']} is about no account, so there is nobody to ask{hint}")
    identity, user = finding["finding_id"], finding["user_id"]
    kind = letter_kind(finding["patterns"])
    holder_asked = kind == "own_record" if to_holder is None else to_holder
    addressee, conflicts = _holder(connection, finding) if holder_asked else _manager(connection, finding)
    days = rows(
        connection,
        "review",
        "inquiry_days.sql",
        finding_id=identity,
        user_id=user,
        own_record=kind == "own_record",
        of_policies=kind == "account",
        grounds=list(WITH_CARE) if kind == INQUIRIES[0] else [],  # other letters are not about a missing ground
    )
    numbers = connection.execute(
        "select distinct patient_id from finding_events where finding_id = ? and patient_id is not null", [identity]
    ).fetchall()
    return Inquiry(
        finding=finding,
        kind=kind,
        to_holder=holder_asked,
        addressee=addressee,
        conflicts=conflicts,
        days=[day for day in days if kind != "export" or day["exports"]],
        numbers=tuple(str(row[0]) for row in numbers),
        leads=bool(connection.execute("select 1 from staff where manager_id = ? limit 1", [user]).fetchall()),
    )


def letter_kind(named: Sequence[str]) -> str:
    """Return the letter that the patterns ask for: that of the most probable one; of decoys nothing is ever told.

    Without a pattern no access stands out that one could ask about.
    """
    known = patterns()
    if DECOY in named:
        return known[DECOY].inquiry
    return next((known[name].inquiry for name in named if name in known), "accesses" if named else "general")


def _holder(
    connection: duckdb.DuckDBPyConnection, finding: Mapping[str, Any]
) -> tuple[Mapping[str, Any], tuple[Conflict, ...]]:
    """Return the account's holder, and whether others of the unit are under question as well."""
    person = {"user_id": finding["user_id"], "name": finding["user_name"], "department": finding["department"]}
    found = _conflicts(connection, finding, person)
    return person, tuple(one for one in found if one.kind == "unit")


def _manager(
    connection: duckdb.DuckDBPyConnection, finding: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, tuple[Conflict, ...]]:
    """Return the first manager upwards whom no finding is about, and all conflicts met on the way."""
    until = dt.date.fromisoformat(str(finding["window_end"]))
    met: list[Conflict] = []
    user, seen = finding["user_id"], {finding["user_id"]}
    for _ in range(LEVELS):
        managers = rows(connection, "review", "manager.sql", user_id=user, business_date=until)
        if not managers or managers[0]["user_id"] in seen:
            return None, tuple(met)
        person = managers[0]
        found = _conflicts(connection, finding, person)
        met += found
        if not any(one.forbids for one in found):
            return person, tuple(met)
        user = person["user_id"]
        seen.add(user)
    return None, tuple(met)


def _conflicts(
    connection: duckdb.DuckDBPyConnection, finding: Mapping[str, Any], person: Mapping[str, Any]
) -> list[Conflict]:
    found = rows(
        connection,
        "review",
        "conflicts.sql",
        finding_id=finding["finding_id"],
        addressee=person["user_id"],
        department=person["department"],
        business_date=dt.date.fromisoformat(str(finding["window_end"])),
    )
    by_kind: dict[str, list[str]] = {}
    for row in found:
        by_kind.setdefault(row["kind"], []).append(row["finding_id"])
    return [Conflict(kind, person, tuple(named)) for kind, named in by_kind.items()]
