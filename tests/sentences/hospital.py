"""A hospital's events, context and judgement, read beside the program: the figures of a finding counted anew.

What is counted is counted here from the rows of the log and the context tables. Only what the program *judges* is taken
from it: which relation a patient-day has, whether it is suspicious, and the rating (risk, evidence, thresholds).
"""

from __future__ import annotations

import datetime as dt
import gzip
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from detector.detection.features import FEATURES
from detector.model.relations import RELATIONS, WITH_CARE
from detector.texts.language import Language
from tests.sentences.policy_facts import BY_POLICY, Event, Facts, is_access, told
from tests.sentences.reader import Reader, built_in_policies, header

KEPT = 1000
"""A finding that names so many events has more of them than it names."""
DAYS_BEFORE = 14
HISTORY = 120
"""Days before the night that its figures reach back."""
PEERS_OF = 28
"""Days before the night of which peers' means are."""
EVIDENT = 50_000
"""Millionths of a nat from which on a day's lists are evidence: they count with the finding that names them."""
WITHOUT_CARE = tuple(relation.name for relation in RELATIONS if relation.without_care)
GROUNDS = {*(relation.name for relation in RELATIONS if relation.kind == "current"), "own_writing", "approval"}
"""What accounts for an access; a habit does not."""
UNFOUNDED = f"days.relation in {WITHOUT_CARE}"
COUNTED_BY = {
    feature.id: tuple(relation.name for relation in RELATIONS if feature.id in relation.features)
    for feature in FEATURES
}
BY_INTERFACE = "days.account_type <> 'human' and not logged.wrote"
PRESENT, ARCHIVE = (
    tuple(relation.name for relation in RELATIONS if relation.recency == recency) for recency in ("present", "archive")
)
HOLIDAYS = "isodow(days.business_date) >= 6"
CONDITIONS: Mapping[str, str] = {
    "unexplained_patients": UNFOUNDED,
    "untouched_by_unit": f"{UNFOUNDED} and days.corroboration = 'none'",
    "strangers": f"days.relation in {COUNTED_BY['strangers']}",
    "after_discharge": f"days.relation in {COUNTED_BY['after_discharge']}",
    "clinic_only": f"days.relation in {COUNTED_BY['clinic_only']}",
    "contact_only": "days.access_type = 'contact'",
    "contact_unexplained": f"{UNFOUNDED} and days.access_type = 'contact'",
    "exports_unexplained": f"{UNFOUNDED} and days.access_type = 'export'",
    "targeted_searches": f"{UNFOUNDED} and logged.by_identity",
    "name_searches": f"{UNFOUNDED} and logged.by_name",
    "read_only_unexplained": f"{UNFOUNDED} and logged.clinical and not logged.wrote",
    "whole_histories": f"{UNFOUNDED} and logged.kinds >= 3",
    "break_glass_uses": "logged.broke_glass",
    "off_duty_unexplained": f"{UNFOUNDED} and days.off_roster",
    "night_unexplained": f"{UNFOUNDED} and days.at_night",
    "refused_unexplained": f"{UNFOUNDED} and logged.refused",
    "maternity_unexplained": f"{UNFOUNDED} and days.maternity",
    "contact_in_care": f"days.access_type = 'contact' and days.relation in {COUNTED_BY['contact_in_care']}",
    "maternity_contact": "days.maternity and days.access_type = 'contact'",
    "read_without_visit": f"{BY_INTERFACE} and days.relation not in {PRESENT}",
    "read_from_archive": f"{BY_INTERFACE} and days.relation in {ARCHIVE}",
    "read_while_present": f"{BY_INTERFACE} and days.relation in {PRESENT}",
    "newborn_contact": "days.newborn and days.access_type = 'contact'",
    "sensitive_unexplained": f"{UNFOUNDED} and logged.sensitive",
    "vip_unexplained": f"{UNFOUNDED} and days.vip",
    "colleague_unexplained": f"{UNFOUNDED} and days.colleague",
    "household_unexplained": f"{UNFOUNDED} and days.household",
}
"""Feature → which patient-days count, from what was logged that day and how it was judged."""
NOT_COUNTED = {"day_off_unexplained", "away_unexplained", "sensitive_place"}
"""Features that rest on the calendar, on whose place a workstation is or on the configuration: not counted here."""
LOGGED = """
select
    business_date, user_id, patient_id,
    count(distinct date_trunc('minute', local_time)) as accesses,
    count(*) as events,
    min(local_time) as first_at,
    max(local_time) as last_at,
    coalesce(sum(record_count) filter (action in ('print', 'export')), 0) as records,
    coalesce(bool_or(action = 'search' and query_by in ('phone', 'id_number')), false) as by_identity,
    coalesce(bool_or(action = 'search' and query_by = 'name'), false) as by_name,
    coalesce(bool_or(category in ('obstetric', 'newborn', 'note', 'order', 'medication', 'result', 'imaging',
        'psychiatric', 'reproductive', 'infectious')), false) as clinical,
    bool_or(action in ('create', 'update', 'delete')) as wrote,
    count(distinct category) as kinds,
    bool_or(action = 'break_glass') as broke_glass,
    bool_or(outcome = 'failure') as refused,
    coalesce(bool_or(category in ('psychiatric', 'reproductive', 'infectious')), false) as sensitive,
from events
where patient_id is not null and action not in ('login', 'logout', 'other')
group by all
"""


LISTS = """
select business_date, sum(record_count)::bigint as records from events
where user_id = ? and (action = 'export' or (action = 'print' and record_count > 1)) and outcome = 'success'
    and business_date between ? and ?
    and business_date in (
        select business_date from cited where finding_id = ? and action in ('print', 'export')
    ) and (business_date, user_id) in (select (business_date, user_id) from evidence_days where export >= ?)
group by business_date order by business_date
"""
DAYS_AT_WORK = """
select count(distinct business_date) from events
where user_id = ? and business_date between ? and ? and action not in ('login', 'logout', 'other')
"""


class Hospital:
    """A deployment after its nights: ``folder`` holds ``detector.toml``, its store and its context tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.readers: dict[tuple[str, tuple[str, ...] | None], Reader] = {}
        self.answers: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        self.contents: dict[Path, bytes] = {}
        self.policy_files = built_in_policies()
        self.settings = tomllib.loads((folder / "detector.toml").read_text(encoding="utf-8"))
        store = folder / self.settings.get("store", {}).get("path", "state/detector.duckdb")
        published = next(store.parent.glob("published*.duckdb"))
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{published}' as published (read_only)")
        self.connection.execute("set threads = 1; use published")
        for view, parts in (("events", "event_parts"), ("patient_days", "patient_day_parts")):
            paths = [str(store.parent / row[0]) for row in self.all(f"select path from {parts}")]
            self.connection.execute(
                f"create temp table {view} as select * from read_parquet(?, union_by_name = true)", [paths]
            )
        self.connection.execute(f"create temp table logged as {LOGGED}")
        self.connection.execute(
            "create temp table cited as select finding_id, events.* from finding_events join events using (event_id)"
        )

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows. Nothing changes beside a reader, so that what was asked once stands."""
        asked = (sql, repr(values))
        if asked not in self.answers:
            self.answers[asked] = self.connection.execute(sql, list(values)).fetchall()
        return self.answers[asked]

    def one(self, sql: str, *values: object) -> Any:
        """Return the only value."""
        return self.all(sql, *values)[0][0]

    @cached_property
    def night(self) -> dt.date:
        """The last date worked through."""
        night: dt.date = self.one("select max(business_date) from dates")
        return night

    @cached_property
    def first(self) -> dt.date:
        """The first date worked through."""
        first: dt.date = self.one("select min(business_date) from dates")
        return first

    @property
    def judged_from(self) -> dt.date:
        """The first date after learning: what was opened before was not judged."""
        return self.first + dt.timedelta(days=self.settings.get("alerting", {}).get("learning_days", 14))

    @cached_property
    def names(self) -> set[str]:
        """What may stand in a text though it holds digits: accounts, records, places, findings, sources, files."""
        found: set[str] = set()
        for column in ("user_id", "user_name", "user_department", "user_role", "patient_id", "patient_department",
                       "workstation", "client_ip", "source", "event_id", "visit_id", "application"):  # fmt: skip
            values = self.all(f"select distinct {column} from events where {column} is not null")
            found |= {str(row[0]) for row in values}
        for column in ("finding_id", "case_id"):
            rows = self.all(f"select distinct {column} from findings")
            found |= {row[0][:length] for row in rows if row[0] for length in range(4, len(row[0]) + 1)}
        for table in ("staff", "patients"):
            for column in ("user_id", "name", "department", "role") if table == "staff" else ("patient_id",):
                found |= {str(row[0]) for row in self.all(f"select {column} from {table} where {column} is not null")}
        found |= {str(row[0]) for row in self.all("select path from files")}
        found |= {f"{user} {name}" for user, name in self.all("select distinct user_id, name from staff")}
        found |= {f"{user} {name}" for user, name in self.all("select distinct user_id, user_name from findings")}
        found.add(self.settings["site"]["name"])
        return found

    @cached_property
    def numbers(self) -> set[str]:
        """Every record number of the log and the tables."""
        rows = self.all("select patient_id from events union select patient_id from patients")
        return {row[0] for row in rows if row[0]}

    def findings(self) -> Sequence[str]:
        """Return the ids of all findings."""
        return [row[0] for row in self.all("select finding_id from findings order by risk desc, finding_id")]

    def content(self, path: Path) -> bytes:
        """Return a log's file, unpacked; read once."""
        if path not in self.contents:
            self.contents[path] = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return self.contents[path]

    @cached_property
    def decoys(self) -> set[str]:
        """The planted records."""
        name = self.settings["site"].get("decoy_patients")
        lines = (self.folder / name).read_text(encoding="utf-8").split() if name else []
        return set(lines[1:])


@dataclass(frozen=True)
class Firing:
    """What a policy fired on, over all dates of a finding."""

    events: int
    patients: int
    accesses: int
    first_at: dt.datetime
    last_at: dt.datetime
    event_ids: frozenset[str]
    patient_ids: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)


POLICY_EVENTS: Mapping[str, str] = {
    "decoy-access": "is_access and patient_id in (select unnest($decoys))",
    "self-lookup": "is_access and outcome = 'success' and patient_id in (select unnest($own))",
    "log-changed": "reason = 'log: the row does not match its checksum'",
    "direct-database-read": "outcome = 'success' and action in ('search', 'view', 'print', 'export')"
    " and regexp_matches(lower(application), 'navicat|plsqldev|psql|expdp')",
    "external-network": "outcome = 'success' and action not in ('logout', 'other') and not internal(client_ip)",
}
"""Policy → the events that it is about, in other words than its own."""


def mean(total: int, days: int) -> float | None:
    """Return a mean a day as a finding keeps it; None of no day."""
    return round(total / days, 3) if days else None


class FindingFigures:
    """The figures of one finding, counted anew. ``row`` is what ``findings --format ndjson`` gives of it."""

    def __init__(self, hospital: Hospital, row: Mapping[str, Any], language: Language) -> None:
        self.hospital, self.row, self.language = hospital, row, language
        self.user = row["user_id"]
        self.start, self.end = (dt.date.fromisoformat(row[name]) for name in ("window_start", "window_end"))

    def count(self, what: str, where: str = "true") -> int:
        """Return an aggregate over the events that the finding names."""
        sql = f"select {what} from cited where finding_id = ? and ({where})"
        return int(self.hospital.one(sql, self.row["finding_id"]) or 0)

    @property
    def names_all(self) -> bool:
        """Whether the finding names all its events."""
        return len(self.row["event_ids"]) < KEPT

    @property
    def rated_until(self) -> dt.date:
        """The last date of the history that its rating rests on."""
        return dt.date.fromisoformat(self.row["method"].get("history", ("", str(self.end)))[1])

    @property
    def is_rated_tonight(self) -> bool:
        """Whether its judgement is that of the last night: earlier dates are judged anew as history grows."""
        return bool(self.row["method"].get("history", ("", ""))[1] == str(self.hospital.night))

    @cached_property
    def numbers(self) -> set[str]:
        """The record numbers that the finding's events name."""
        found = self.hospital.all(
            "select distinct patient_id from cited where finding_id = ? and patient_id is not null",
            self.row["finding_id"],
        )
        return {str(row[0]) for row in found}

    @cached_property
    def records(self) -> int:
        """Distinct records among the accesses that the finding names."""
        return self.count("count(distinct patient_id)", "action not in ('login', 'logout', 'other')")

    @cached_property
    def decoys(self) -> int:
        """The planted ones among them."""
        planted = ", ".join(f"'{one}'" for one in sorted(self.hospital.decoys)) or "''"
        return self.count(
            "count(distinct patient_id)",
            f"action not in ('login', 'logout', 'other') and patient_id in ({planted})",
        )

    @property
    def patients(self) -> int:
        """Distinct patients: a decoy is none."""
        return self.records - self.decoys

    @cached_property
    def accesses(self) -> int:
        """One account, one patient, one minute."""
        return self.count(
            "count(distinct (user_id, patient_id, date_trunc('minute', local_time)))",
            "patient_id is not null and action not in ('login', 'logout', 'other')",
        )

    @cached_property
    def returned(self) -> int:
        """Records that the account's prints and exports returned, on the days with many of them."""
        return sum(records for _, records in self.lists)

    @cached_property
    def lists(self) -> list[tuple[dt.date, int]]:
        """Dates on which prints and exports returned many records, and how many; those by duty are left out."""
        return self.hospital.all(LISTS, self.user, self.start, self.end, self.row["finding_id"], EVIDENT)

    @cached_property
    def days(self) -> dict[dt.date, tuple[int, int, int, int]]:
        """Date → accesses and patients of the account or record, and those that the finding is about."""
        if self.user is None and self.row["patient_id"] is None:
            return {}
        of_record = self.user is None
        subject = "patient_id" if of_record else "user_id"
        first = self.start if of_record else self.start - dt.timedelta(days=DAYS_BEFORE)
        counted = "count(distinct (user_id, patient_id, date_trunc('minute', local_time))), count(distinct patient_id)"
        access = "patient_id is not null and action not in ('login', 'logout', 'other')"
        every = self.hospital.all(
            f"select business_date, {counted} from events where {subject} = ? and {access}"
            " and business_date between ? and ? group by all",
            self.row[subject], first, self.end,
        )  # fmt: skip
        about = self.hospital.all(
            f"select business_date, {counted} from cited where finding_id = ? and {access} group by all",
            self.row["finding_id"],
        )
        found = {day: (accesses, patients, 0, 0) for day, accesses, patients in every}
        for day, accesses, patients in about:
            found[day] = (*found.get(day, (0, 0, 0, 0))[:2], accesses, patients)
        return found

    def feature_patients(self, *features: str | None, among: Sequence[str] | None = None) -> int | None:
        """Return the patients of the finding that show all features; None where only the program can tell.

        ``among``: of these patients only.
        """
        conditions = [CONDITIONS.get(feature) for feature in features if feature]
        if None in conditions or not conditions:
            return None
        all_of = " and ".join(f"({one})" for one in conditions)
        sql = (
            "select count(distinct days.patient_id) from patient_days as days"
            " join logged using (business_date, user_id, patient_id)"
            " semi join (select * from cited where finding_id = ?) as cited"
            " using (business_date, user_id, patient_id)"
            f" where {all_of} and (? is null or list_contains(?, patient_id))"
        )
        return int(self.hospital.one(sql, self.row["finding_id"], among, among))

    def feature_mean(self, feature: str) -> tuple[int, int] | None:
        """Return a feature's sum and the account's days with accesses in the window; None where unknown here."""
        if feature == "exported_records":
            days = self.hospital.one(DAYS_AT_WORK, self.user, self.start, self.end)
            return self.returned, int(days)
        condition = CONDITIONS.get(feature)
        if condition is None:
            return None
        rows = self.hospital.all(
            f"select count(*) filter ({condition}), count(distinct business_date)"
            " from patient_days as days join logged using (business_date, user_id, patient_id)"
            " where user_id = ? and business_date between ? and ?",
            self.user, self.start, self.end,
        )  # fmt: skip
        total, days = rows[0]
        return int(total), int(days)

    def feature_shown(self, feature: str) -> int:
        """Return on how many of the window's days a feature shows."""
        rows = self.hospital.all(
            "select count(distinct business_date)"
            " from patient_days as days join logged using (business_date, user_id, patient_id)"
            f" where user_id = ? and business_date between ? and ? and ({CONDITIONS[feature]})",
            self.user, self.start, self.end,
        )  # fmt: skip
        return int(rows[0][0])

    def feature_usual(self, feature: str) -> tuple[float | None, float | None] | None:
        """Return a feature's mean a day with accesses: the account's own before the window, and its peers' of late."""
        own, peers = self._usual(feature) or ((0, 0), (0, 0))
        known = CONDITIONS.get(feature) is not None and self.is_rated_tonight
        return (mean(*own), mean(*peers)) if known else None

    def baseline_days(self, feature: str) -> tuple[int, int] | None:
        """Return of how many days with accesses these are means: the account's own, and those of all peers together."""
        found = self._usual(feature)
        return None if found is None else (found[0][1], found[1][1])

    def _usual(self, feature: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
        condition = CONDITIONS.get(feature)
        if condition is None or not self.is_rated_tonight:
            return None
        night = self.hospital.night
        own = self._sum(condition, "user_id = ? and business_date between ? and ?", self.user,
                         night - dt.timedelta(days=HISTORY), self.start - dt.timedelta(days=1))  # fmt: skip
        unit, post, kind = self.hospital.all(
            "select department, role, account_type from patient_days"
            " where user_id = ? and business_date between ? and ?"
            " order by business_date desc limit 1",
            self.user, self.start, self.end,
        )[0]  # fmt: skip
        others = "account_type = ? and user_id <> ? and business_date > ? and business_date <= ? and role = ?"
        values = (kind, self.user, night - dt.timedelta(days=PEERS_OF), night, post)
        near = f"{others} and department = ?"
        count = self.hospital.one(f"select count(distinct user_id) from patient_days where {near}", *values, unit)
        peers = self._sum(condition, near, *values, unit) if count > 1 else self._sum(condition, others, *values)
        return own, peers

    def _sum(self, condition: str, where: str, *values: object) -> tuple[int, int]:
        total, days = self.hospital.all(
            f"select count(*) filter ({condition}), count(distinct (user_id, business_date))"
            f" from patient_days as days join logged using (business_date, user_id, patient_id) where {where}",
            *values,
        )[0]  # fmt: skip
        return int(total), int(days)

    def relation_share(self, relation: str) -> float:
        """Return the share of the window's patient-days that a relation covers: of learning days as of all others."""
        rows = self.hospital.all(
            "select count(*) filter (relation = ?), count(*) from patient_days"
            " where user_id = ? and business_date between ? and ?",
            relation, self.user, self.start, self._looked_until,
        )  # fmt: skip
        part, whole = rows[0]
        return part / whole if whole else 0.0

    def firing(self, policy: str) -> Firing | None:
        """Return what a policy fired on within the finding; None where it did not fire on anything."""
        where = POLICY_EVENTS.get(policy)
        if policy in BY_POLICY:
            return self._fired_by_date(policy)
        if where is None:
            return self._left_account() if policy == "inactive-account" else None
        values: dict[str, object] = {"user": self.user, "start": self.start, "end": self._last_day}
        if "$decoys" in where:
            values["decoys"] = sorted(self.hospital.decoys)
        if "$own" in where:
            values["own"] = [
                row[0] for row in self.hospital.all(
                    "select distinct patient_id from staff where user_id = ? and patient_id is not null", self.user
                )
            ]  # fmt: skip
        return self._fired(where, values)

    @property
    def _looked_until(self) -> dt.date:
        """The last day of what the last night told: its own, or that of the finding where it brought nothing new."""
        night = self.hospital.night
        return night if self.row["last_seen_on"] == str(night) else self.end

    @property
    def _last_day(self) -> dt.date:
        return max(self.end, dt.date.fromisoformat(self.row["last_seen_on"]))

    def _left_account(self) -> Firing | None:
        ends = self.hospital.all("select max(ends_at) from staff where user_id = ?", self.user)
        if not ends or ends[0][0] is None:
            return None
        values = {"user": self.user, "start": self.start, "end": self._last_day, "left": ends[0][0]}
        return self._fired("outcome = 'success' and action not in ('logout', 'other') and local_time >= $left", values)

    def _fired_by_date(self, policy: str) -> Firing | None:
        dates = self.hospital.all(
            "select distinct business_date from events where user_id = ? and business_date between ? and ? order by 1",
            self.user, self.start, self._last_day,
        )  # fmt: skip
        fired = [BY_POLICY[policy](self.hospital, self.user, row[0]) for row in dates]
        days: list[Facts] = [one for one in fired if one is not None]
        if not days:
            return None
        over_dates = header(next(one for one in self.hospital.policy_files if one.stem == policy)).get("over_dates", {})
        assert isinstance(over_dates, Mapping)
        return _counted([event for day in days for event in day.events], told(days, over_dates))

    def _fired(self, where: str, values: Mapping[str, object]) -> Firing | None:
        access = "action not in ('login', 'logout', 'other')"
        where = where.replace("is_access", access).replace("internal(client_ip)", _internal(self.hospital))
        found = self.hospital.connection.execute(
            "select count(*), count(distinct patient_id) filter (" + access + "),"
            " count(distinct (patient_id, date_trunc('minute', local_time))) filter (patient_id is not null and "
            + access
            + "), min(local_time), max(local_time), list(event_id), list(distinct patient_id order by patient_id)"
            " filter (patient_id is not null)"
            f" from events where user_id = $user and business_date between $start and $end and ({where})",
            values,
        ).fetchall()[0]
        events, patients, accesses, first, last, ids, numbers = found
        if not events:
            return None
        return Firing(events, patients, accesses, first, last, frozenset(ids or ()), tuple(numbers or ()))


def _counted(events: Sequence[Event], values: Mapping[str, Any]) -> Firing:
    """Return what events of a policy come to."""
    accesses = [one for one in events if is_access(one) and one["patient_id"]]
    patients = sorted({one["patient_id"] for one in accesses})
    minutes = {(one["patient_id"], one["local_time"].replace(second=0, microsecond=0)) for one in accesses}
    times = [one["local_time"] for one in events]
    ids = frozenset(one["event_id"] for one in events)
    return Firing(len(events), len(patients), len(minutes), min(times), max(times), ids, tuple(patients), values)


def _internal(hospital: Hospital) -> str:
    """Return the condition that an address is one of the hospital's own, as SQL over IPv4 in the form 10.0.0.0/8."""
    networks: Iterable[str] = hospital.settings["site"].get("internal_networks", ["10.0.0.0/8"])
    tests = [f"starts_with(client_ip, '{_prefix(network)}')" for network in networks]
    return f"(client_ip is null or {' or '.join(tests)})"


def _prefix(network: str) -> str:
    address, _, bits = network.partition("/")
    whole = int(bits or 32) // 8
    return ".".join(address.split(".")[:whole]) + ("." if whole < 4 else "")


__all__ = ["CONDITIONS", "WITH_CARE", "FindingFigures", "Firing", "Hospital"]
