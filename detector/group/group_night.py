"""A night of the group: every hospital's nightly job on the engine, then what only all of them together show.

    engine: nights of the hospitals → their published copies → sums that leave → sightings → findings of the group

The hospitals' nights commit by themselves. The group's part reads what they published and writes one file as a whole:
after a kill at any point the next run gives what it would have given.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from detector.deployment.groups import HospitalGroup
from detector.deployment.settings import FILE_NAME
from detector.detection.accumulation import SETTLED_DAYS, WINDOW_DAYS
from detector.files.lock import FileLock
from detector.files.permissions import make_folder, private_umask
from detector.findings.likeness import likely_patterns
from detector.group.engines import engine
from detector.group.group_findings import GroupFinding, GroupLedger, Member
from detector.group.hospital_run import HospitalRun, RunOrder
from detector.group.leaving import HospitalState, Touched, in_several
from detector.group.readable_hospitals import ReadableHospitals
from detector.group.sightings import (
    LEAST_HOSPITALS,
    Sighting,
    account_sightings,
    address_sightings,
    record_sightings,
)
from detector.model.findings import QUIET_DAYS
from detector.privacy.pseudonyms import read_key
from detector.progress import Progress

ONE_DAY: Final = dt.timedelta(days=1)
BEHIND_DAYS: Final = 7
"""A hospital further behind the foremost than this is left out, so that the others do not wait for it."""
PATTERNS: Final = {"address": ("external-network",), "record": ("targeted-lookup",)}
DEFAULT_PATTERN: Final = "no-care-relationship"


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """What a run of the group did.

    ``runs`` tells of each hospital, ``through`` is the last date that the group judged, ``behind`` are hospitals that
    it did not wait for, ``unread`` hospital → why nothing of it could be read; ``new`` are the ids of the findings of
    the group that this run raised.
    """

    runs: Sequence[HospitalRun]
    through: dt.date | None
    new: Sequence[str] = ()
    behind: Sequence[str] = ()
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to look at the group or at one of its hospitals."""
        return bool(self.behind or self.unread) or any(run.exit_code for run in self.runs)


@dataclass(frozen=True, slots=True)
class LeavingDays:
    """What left the hospitals, each by hospital: rows of ``account_days``, ``address_days`` and ``record_days``."""

    accounts: Mapping[str, pl.DataFrame]
    addresses: Mapping[str, pl.DataFrame]
    records: Mapping[str, pl.DataFrame]


def run_group(group: HospitalGroup, order: RunOrder, progress: Progress) -> GroupSummary:
    """Run every hospital's nights, then judge what only the group sees.

    Raises ConfigError, UsageError where the engine's extra is missing, StoreError where another run is at work.
    """
    check_hospitals(group)
    run_hospitals = engine(group.engine.name)
    read_key(group.site.key_file)
    with private_umask():
        make_folder(group.site.folder, None)
        lock = FileLock(group.site.folder / "group.lock", "group run")
        lock.acquire()
        try:
            runs = run_hospitals(group, group.hospitals, order, progress)
            return judge_group(group, runs)
        finally:
            lock.release()


def check_hospitals(group: HospitalGroup) -> None:
    """Raise ConfigError where the group names a deployment that is not there."""
    for place, hospital in enumerate(group.hospitals):
        file = hospital.config / FILE_NAME if hospital.config.is_dir() else hospital.config
        if not file.is_file():
            raise group.error(f"no such deployment: {file} does not exist", "hospital", place, "config")


def judge_group(group: HospitalGroup, runs: Sequence[HospitalRun]) -> GroupSummary:
    """Judge every date that is settled in all hospitals and was not judged yet, and keep the findings.

    A date is settled once its hospital's nights score it no more, so that what is found does not depend on when the
    group looked. A hospital that cannot be read is waited for like one that is behind.

    Raises ConfigError, InputError, StoreError.
    """
    hospitals = ReadableHospitals.of(group)
    ledger = GroupLedger.load(group.site.folder)
    known = {one.name for one in group.hospitals}
    ledger.last = {name: date for name, date in ledger.last.items() if name in known}
    ledger.last |= {name: state.last for name, state in hospitals.states.items()}
    behind = [name for name, date in ledger.last.items() if (max(ledger.last.values()) - date).days > BEHIND_DAYS]
    states = {name: state for name, state in hospitals.states.items() if name not in behind}
    before = ledger.through
    if len(states) >= LEAST_HOSPITALS:
        start = before + ONE_DAY if before is not None else min(state.first for state in states.values())
        through = min(date for name, date in ledger.last.items() if name not in behind) - ONE_DAY * SETTLED_DAYS
        if through >= start:
            judge_dates(ledger, hospitals, states, start, through, group.alerting.budget)
    ledger.save(group.site.folder)
    new = [one.finding_id for one in ledger.findings if before is None or one.detected_on > before]
    return GroupSummary(runs, ledger.through, new, behind, hospitals.unread)


def judge_dates(
    ledger: GroupLedger,
    hospitals: ReadableHospitals,
    states: Mapping[str, HospitalState],
    start: dt.date,
    through: dt.date,
    budget: float,
) -> None:
    """Take what the group sees on each of these dates into the ledger."""
    days = leaving_days(hospitals, states, start, through)
    for number in range((through - start).days + 1):
        date = start + ONE_DAY * number
        ledger.take_in(date, sightings_of(days, states, date, budget, ledger.resets(date)))
    fill_in(ledger, hospitals)


def leaving_days(
    hospitals: ReadableHospitals, states: Mapping[str, HospitalState], start: dt.date, through: dt.date
) -> LeavingDays:
    """Ask the hospitals for what the dates from ``start`` on rest on."""
    shared = in_several({name: hospitals.accounts[name] for name in states}, LEAST_HOSPITALS)
    accounts, addresses, records = {}, {}, {}
    recent = start - ONE_DAY * QUIET_DAYS
    for name in states:
        with hospitals.asked(name) as one:
            accounts[name] = one.account_days(shared, start - ONE_DAY * WINDOW_DAYS, through)
            addresses[name] = one.address_days(recent, through)
            records[name] = one.record_days(recent, through)
    return LeavingDays(accounts, addresses, records)


def sightings_of(
    days: LeavingDays,
    states: Mapping[str, HospitalState],
    date: dt.date,
    budget: float,
    resets: Mapping[str, dt.date],
) -> list[Sighting]:
    """Return all that the group sees at the end of a date; hospitals whose models still learn have no evidence."""
    known = {name for name, state in states.items() if (date - state.first).days >= state.learning_days}
    accounts = {name: rows for name, rows in days.accounts.items() if name in known}
    records = {name: rows for name, rows in days.records.items() if name in known}
    return [
        *(account_sightings(accounts, states, date, budget, resets) if known else ()),
        *address_sightings(days.addresses, date),
        *record_sightings(records, states, date),
    ]


def fill_in(ledger: GroupLedger, hospitals: ReadableHospitals) -> None:
    """Fill in what the hospitals know of the open findings: whom they are about, and how much was touched."""
    places = [place for place, one in enumerate(ledger.findings) if ledger.is_open(one)]
    members: dict[int, list[Member]] = {place: [] for place in places}
    touched: dict[int, list[Touched]] = {place: [] for place in places}
    for name in hospitals.states:
        concerned = [place for place in places if name in ledger.findings[place].shares]
        if not concerned:
            continue
        with hospitals.asked(name) as hospital:
            for place in concerned:
                one = ledger.findings[place]
                members[place] += [
                    Member(name, finding, user)
                    for user, finding in hospital.members(one.kind, one.token, one.window_start, one.window_end)
                ]
                if one.kind == "account":
                    touched[place].append(hospital.touched(one.token, one.window_start, one.window_end))
    for place in places:
        ledger.findings[place] = completed(ledger.findings[place], members[place], touched[place], hospitals)


def completed(
    finding: GroupFinding, members: Sequence[Member], touched: Sequence[Touched], hospitals: ReadableHospitals
) -> GroupFinding:
    """Return a finding with what its hospitals say of it."""
    patients = sum(one.patients for one in touched)
    features: Counter[str] = Counter()
    for one in touched:
        features.update(one.features)
    if finding.kind == "account":
        shares = {name: count / max(1, patients) for name, count in features.items()}
        patterns = tuple(likely_patterns(finding.streams, shares, (), features)) or (DEFAULT_PATTERN,)
    else:
        patterns = PATTERNS[finding.kind]
    kinds = {hospitals.accounts[name].get(finding.token) for name in finding.shares if name in hospitals.accounts}
    return dataclasses.replace(
        finding,
        members=tuple(members),
        account_type=next(iter(kinds)) if len(kinds) == 1 else None,
        patterns=patterns,
        patients=patients,
        records=sum(one.records for one in touched),
        accesses=sum(one.accesses for one in touched),
    )
