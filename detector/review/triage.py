"""From an officer's request to decisions for the trail: everything is checked before anything is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.database.rows import select
from detector.deployment.checked_table import nearest
from detector.detection.patterns import patterns as known_patterns
from detector.errors import UsageError
from detector.findings.reading import resolve
from detector.model.findings import CLOSED_STATUSES
from detector.store.decision_tables import decisions_about
from detector.store.judged_dates import last_judged
from detector.trail import DISPOSITIONS, Decision, Entry, Officer
from detector.trail.decisions import NEEDS_NOTE, OPEN, has_grown, not_taken_back, place_of, state_of

LONGEST_NOTE: Final = 4000
EVERY_PATTERN: Final = "all"
VIEWS: Final = ("view", "reveal")


@dataclass(frozen=True, slots=True)
class Request:
    """What an officer asks for: a ``disposition``, or None to take the last decision back.

    ``findings`` are ids or their beginnings; ``whole_case`` adds the others of their cases, for a decision those that
    have none. ``scope`` (patterns or "all"; none: those of the finding that are not broad) and ``until`` make of a
    justification an explanation for the nights to come; ``agreed``: the officer knows that it covers more than the
    finding.
    """

    findings: Sequence[str]
    disposition: str | None
    note: str = ""
    scope: Sequence[str] = ()
    until: dt.date | None = None
    whole_case: bool = False
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a justification would explain in the nights to come: ``patterns`` (none: every one) of the account.

    ``beyond`` are those that cover more than the finding: every pattern, one that the finding is not, or a broad one.
    """

    finding: Mapping[str, Any]
    patterns: tuple[str, ...]
    until: dt.date
    beyond: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision to be written, the finding as it stands, and what it was when the officer last looked (or None)."""

    finding: Mapping[str, Any]
    details: Mapping[str, Any]
    status: str
    looked_at: Mapping[str, Any] | None

    @property
    def grown(self) -> bool:
        """Tell whether the finding has grown since the officer looked at it."""
        return self.looked_at is not None and has_grown(self.looked_at, self.finding)


def needs_note(request: Request) -> bool:
    """Tell whether a reason is missing."""
    return not request.note.strip() and (request.disposition is None or request.disposition in NEEDS_NOTE)


def drafts(
    connection: duckdb.DuckDBPyConnection, request: Request, officer: Officer, entries: Sequence[Entry]
) -> list[Draft]:
    """Return what is to be written; nothing is decided where a single one of the findings may not be.

    ``entries`` are those of the trail. Raises UsageError where an id is unknown or ambiguous, where the officer is the
    one that a finding is about, and where disposition, reason, scope and date do not fit together.
    """
    check(request)
    through = last_judged(connection)
    if request.until is not None and through is not None and request.until <= through:
        raise UsageError(f"--until {request.until} has passed: the nights have worked through {through}")
    found = _asked_about(connection, request)
    refuse_own(connection, found, officer)
    refuse_unseen_scope(found, request)
    return [_draft(connection, one, request, officer, entries, through) for one in found]


def coverages(connection: duckdb.DuckDBPyConnection, request: Request) -> list[Coverage]:
    """Return what a justification would explain in the nights to come, a row a finding; raises as :func:`drafts`."""
    check(request)
    if request.until is None:
        return []
    return [coverage(one, request.scope, request.until) for one in _asked_about(connection, request)]


def coverage(finding: Mapping[str, Any], scope: Sequence[str], until: dt.date) -> Coverage:
    """Return what a justification of the finding would explain until a date.

    Raises UsageError where the finding has no pattern and none is named: no scope would be every one.
    """
    own, known = tuple(finding["patterns"]), known_patterns()
    broad = {name for name, pattern in known.items() if pattern.broad}
    named = tuple(scope) or tuple(name for name in own if name not in broad) or own
    if not named:
        raise UsageError(f"{finding['finding_id']} has no pattern of its own; name with --scope what is explained")
    if EVERY_PATTERN in named:
        return Coverage(finding, (), until, (EVERY_PATTERN,))
    return Coverage(finding, named, until, tuple(name for name in named if name in broad or name not in own))


def refuse_unseen_scope(found: Sequence[Mapping[str, Any]], request: Request) -> None:
    """Raise UsageError where a justification covers more than its finding and the officer has not agreed to that."""
    if request.until is None or request.agreed:
        return
    for one in found:
        beyond = coverage(one, request.scope, request.until).beyond
        if beyond:
            raise UsageError(
                f"{one['finding_id']}: until {request.until} this would also explain what is not in the finding"
                f" ({', '.join(beyond)}); name less with --scope, or agree with --yes"
            )


def _asked_about(connection: duckdb.DuckDBPyConnection, request: Request) -> list[dict[str, Any]]:
    identities = list(dict.fromkeys(resolve(connection, one) for one in request.findings))
    if request.whole_case:
        identities = of_same_cases(connection, identities, decided=request.disposition is None)
    return _findings(connection, identities)


def check(request: Request) -> None:
    """Raise UsageError where the parts of a request do not fit together."""
    if request.disposition is not None and request.disposition not in DISPOSITIONS:
        raise UsageError(f"no disposition {request.disposition!r}; {nearest(request.disposition, DISPOSITIONS)}")
    if needs_note(request):
        what = "taking a decision back" if request.disposition is None else f"{request.disposition!r}"
        raise UsageError(f"{what} needs a reason: --note TEXT")
    if len(request.note) > LONGEST_NOTE:
        raise UsageError(f"the note has {len(request.note)} characters; {LONGEST_NOTE} are the most")
    if request.disposition != "justified" and (request.scope or request.until is not None):
        raise UsageError("--scope and --until go with --disposition justified")
    if request.scope and request.until is None:
        raise UsageError("--scope needs --until DATE: what is justified for the nights to come has an end")
    for pattern in request.scope:
        if pattern != EVERY_PATTERN and pattern not in known_patterns():
            raise UsageError(f"no pattern {pattern!r}; {nearest(pattern, (EVERY_PATTERN, *known_patterns()))}")
    if not request.findings:
        raise UsageError("no finding given; `detector findings` lists them")


def refuse_own(connection: duckdb.DuckDBPyConnection, found: Sequence[Mapping[str, Any]], officer: Officer) -> None:
    """Raise UsageError where a finding, another one of its case, or the record it is about, is the officer's own."""
    for one in found:
        accounts = connection.execute("select user_id from findings where case_id = ?", [one["case_id"]]).fetchall()
        own_record = connection.execute(
            "select user_id from staff where patient_id = ?", [one["patient_id"]]
        ).fetchall()
        if any(officer.is_about(row[0]) for row in [*accounts, *own_record]):
            raise UsageError(
                f"{one['finding_id']} is about {officer.name}, and nobody decides in his or her own case;"
                " another officer has to"
            )


def of_same_cases(connection: duckdb.DuckDBPyConnection, identities: Sequence[str], *, decided: bool) -> list[str]:
    """Return these findings and the others of their cases, those that are ``decided`` already only where it says so."""
    rows = connection.execute(
        "select finding_id from findings where case_id in"
        " (select case_id from findings where finding_id in (select unnest($ids)))"
        " and ($decided or status not in (select unnest($closed))) order by risk desc, finding_id",
        {"ids": list(identities), "decided": decided, "closed": [str(one) for one in CLOSED_STATUSES]},
    ).fetchall()
    return list(dict.fromkeys([*identities, *(str(row[0]) for row in rows)]))


def last_look(entries: Sequence[Entry], officer: Officer, finding_id: str) -> Mapping[str, Any] | None:
    """Return the finding as the officer last saw it on a screen of its own, or None."""
    for entry in reversed(entries):
        told = entry.details
        if entry.kind in VIEWS and entry.officer == officer.name and told.get("finding") == finding_id:
            state = told.get("state")
            if isinstance(state, Mapping):
                return state
    return None


def _draft(
    connection: duckdb.DuckDBPyConnection,
    one: Mapping[str, Any],
    request: Request,
    officer: Officer,
    entries: Sequence[Entry],
    through: dt.date | None,
) -> Draft:
    identity = str(one["finding_id"])
    disposition, undoes = request.disposition, None
    patterns: tuple[str, ...] = ()
    until = request.until
    if disposition is None:
        stands, undoes = _taken_back(decisions_about(connection, identity), identity)
        disposition = OPEN if stands is None else stands.disposition
        patterns, until = ((), None) if stands is None else (stands.patterns, stands.until)
    elif request.until is not None:
        patterns = coverage(one, request.scope, request.until).patterns
    decision = Decision(
        number=0,
        hash="",
        at="",
        officer=officer.name,
        account=officer.account,
        finding_id=identity,
        disposition=disposition,
        note=request.note.strip(),
        through=through,
        patterns=patterns,
        until=until,
        undoes=undoes,
        state=state_of(one) | place_of(one),
    )
    return Draft(one, decision.details(), str(one["status"]), last_look(entries, officer, identity))


def _taken_back(about: Sequence[Decision], identity: str) -> tuple[Decision | None, int]:
    """Return the decision that stands again (None: the finding is open), and the number of the one taken back."""
    stack = not_taken_back(about)
    if not stack:
        raise UsageError(f"{identity} has no decision to take back")
    return (stack[-2] if len(stack) > 1 else None), stack[-1].number


def _findings(connection: duckdb.DuckDBPyConnection, identities: Sequence[str]) -> list[dict[str, Any]]:
    """Return the findings in the order given."""
    found = select(
        connection,
        "select finding_id, subject, user_id, user_name, patient_id, source, case_id, patterns, status, severity, risk,"
        " patients, records, accesses, last_seen_on, window_start, window_end from findings"
        " where finding_id in (select unnest($ids))",
        {"ids": list(identities)},
    )
    rows = {row["finding_id"]: row for row in found}
    return [rows[identity] for identity in identities]
