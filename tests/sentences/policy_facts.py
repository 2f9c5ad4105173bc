"""What the sentences of policies name, counted anew, date by date, from rows of the log: loops in place of SQL.

Each function takes the hospital, the account (or source) and one business date, and returns what the policy's sentence
should say of that date; :func:`told` brings the dates of a finding together. Only judgements (a patient-day's relation)
are taken from the program.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from tests.sentences.reader import header

if TYPE_CHECKING:
    from tests.sentences.hospital import Hospital

Event = Mapping[str, Any]
COLUMNS: Final = (
    "event_id", "user_id", "patient_id", "action", "category", "outcome", "reason", "query_by", "local_time", "source",
    "workstation", "client_ip", "event_time",
)  # fmt: skip
SYSTEMS: Final = {"service", "kiosk"}
NO_ACCESS: Final = {"login", "logout", "other"}
NUMBER: Final = re.compile(r"^(.*?)([0-9]{1,15})([^0-9]*)$")


@dataclass(frozen=True)
class Facts:
    """One date of a policy that fired: the events behind it, and what its sentence names beside their counts."""

    events: Sequence[Event]
    values: Mapping[str, Any] = field(default_factory=dict)


def is_access(event: Event) -> bool:
    """Whether a row opens something."""
    return event["action"] not in NO_ACCESS


def events_on(hospital: Hospital, day: dt.date, user: str | None = None) -> list[Event]:
    """Return the rows of a date in the order of time."""
    rows = hospital.all(
        f"select {', '.join(COLUMNS)} from events where business_date = ? and (? is null or user_id = ?)"
        " order by local_time, event_id",
        day, user, user,
    )  # fmt: skip
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def accounts_on(hospital: Hospital, day: dt.date) -> dict[str, tuple[str | None, str | None, str]]:
    """Return department, role and type of the accounts seen on a date: by the staff table, else by the log."""
    logged = hospital.all(
        "select user_id, max(user_department), max(user_role) from events where business_date = ? group by user_id", day
    )
    staff = {
        row[0]: row[1:]
        for row in hospital.all(
            "select user_id, department, role, account_type from staff where coalesce(starts_at, timestamp '-infinity')"
            " <= ?::timestamp + interval 1 day order by coalesce(starts_at, timestamp '-infinity')",
            day,
        )
    }
    return {user: staff.get(user, (department, role, "human")) for user, department, role in logged}


def parameters(hospital: Hospital, policy: str) -> Mapping[str, Any]:
    """Return the parameters of a policy as its file has them; the sites read here set none."""
    found = header(next(path for path in hospital.policy_files if path.stem == policy)).get("params", {})
    assert isinstance(found, Mapping)
    return found


# one account in two places


@dataclass(frozen=True)
class _Switch:
    event: Event
    seconds: float
    comes_back: bool


def _place(event: Event) -> str | None:
    return event["workstation"] or event["client_ip"]


def _placed(events: Iterable[Event]) -> list[Event]:
    placed = [one for one in events if one["outcome"] == "success" and one["action"] != "other" and _place(one)]
    return sorted(placed, key=lambda one: (one["local_time"], _place(one), one["event_id"]))


def _switches(events: Sequence[Event], minutes: int) -> list[_Switch]:
    """Return the ways of an account from one place to another and back, within so many minutes each."""
    found = []
    for source in sorted({one["source"] for one in events}):
        came_from: str | None = None
        for last, now in itertools.pairwise([one for one in events if one["source"] == source]):
            if _place(last) == _place(now) or (last["workstation"] is None) != (now["workstation"] is None):
                continue
            seconds = (now["local_time"].replace(microsecond=0) - last["local_time"].replace(microsecond=0)).seconds
            if seconds <= 60 * minutes and came_from in {None, _place(now)}:
                found.append(_Switch(now, seconds, came_from is not None))
            came_from = _place(last)
    return found


def _is_switching(switches: Sequence[_Switch], known: Mapping[str, Any]) -> bool:
    quick = sum(one.seconds <= known["impossible_seconds"] for one in switches)
    enough = len(switches) >= known["min_switches"] or quick >= known["min_impossible"]
    return enough and any(one.comes_back for one in switches)


def shared_credentials(hospital: Hospital, user: str, day: dt.date) -> Facts | None:
    """An account that goes to and fro between places faster than a person can."""
    known = parameters(hospital, "shared-credentials")
    everybody: dict[str, list[Event]] = defaultdict(list)
    for event in _placed(events_on(hospital, day)):
        everybody[event["user_id"]].append(event)
    switches = {one: _switches(rows, known["window_minutes"]) for one, rows in everybody.items()}
    switching = {one for one, found in switches.items() if _is_switching(found, known)}
    units = accounts_on(hospital, day)
    if user not in switching or units[user][2] != "human":
        return None
    peers = {one for one in everybody if units[one] == units[user] and one != user}
    alike = len(peers & switching)
    if len(peers) >= known["min_peers"] and alike >= known["common_share"] * len(peers):
        return None
    places = {str(_place(one)) for one in everybody[user]}
    away = {place for place in places if _owner(hospital, place, day, switching) not in {None, units[user][0]}}
    moved = {one.event["event_id"] for one in switches[user]}
    telling = [one for one in everybody[user] if (_place(one) in away if away else one["event_id"] in moved)]
    values = {
        "places": sorted(places)[:5],
        "switches": len(switches[user]),
        "window_minutes": known["window_minutes"],
        "shortest": min(one.seconds for one in switches[user]),
        "peers": len(peers),
        "peers_switching": alike,
    }
    return Facts(telling, values)


def _owner(hospital: Hospital, place: str, day: dt.date, but: set[str]) -> str | None:
    """Return the department whose accounts used a place most in a week; those that switch places do not count."""
    users = hospital.all(
        "select department, user_id from patient_days where business_date between ?::date - 6 and ?::date"
        " and list_contains(string_split(workstations, '|'), ?) group by all",
        day, day, place,
    )  # fmt: skip
    counted = Counter(department for department, user in users if user not in but and department)
    return min(counted, key=lambda one: (-counted[one], one)) if counted else None


# records by their numbers


def record_enumeration(hospital: Hospital, user: str, day: dt.date) -> Facts | None:
    """Records opened in the order of their numbers."""
    known = parameters(hospital, "record-enumeration")
    rows = [one for one in events_on(hospital, day, user) if is_access(one) and one["patient_id"]]
    is_person = accounts_on(hospital, day)[user][2] == "human" if rows else True
    left_out = {one["patient_id"] for one in rows if one["action"] == "create"} | _cared_for(hospital, user, day)
    series: dict[tuple[str, str], list[tuple[int, Event]]] = defaultdict(list)
    seen: set[str] = set()
    for event in rows:
        number = NUMBER.match(event["patient_id"])
        if number and event["patient_id"] not in seen and event["patient_id"] not in left_out:
            seen.add(event["patient_id"])
            series[number[1], number[3]].append((int(number[2]), event))
    runs = [_run(sorted(one, key=lambda step: (step[1]["local_time"], step[0])), known, is_person)
            for _, one in sorted(series.items())]  # fmt: skip
    best = max(runs, key=len, default=[])
    if not best:
        return None
    by_number = sorted(best, key=lambda one: one.number)
    values = {
        "consecutive": sum(one.is_step for one in best),
        "max_step": known["max_step"],
        "pace": _lower_median([one.seconds for one in best if one.seconds is not None]),
        "first_record": by_number[0].event["patient_id"],
        "last_record": by_number[-1].event["patient_id"],
    }
    return Facts([one.event for one in best], values)


@dataclass(frozen=True)
class _Opened:
    number: int
    event: Event
    is_step: bool
    ascends: bool
    seconds: int | None


def _run(opened: Sequence[tuple[int, Event]], known: Mapping[str, Any], is_person: bool) -> list[_Opened]:
    """Return the records of a series that belong to a run of numbers."""
    steps = []
    for place, (number, event) in enumerate(opened):
        before = [number - other for other, _ in opened[max(0, place - 3) : place] if other < number]
        last = opened[place - 1] if place else None
        gap = None if last is None else number - last[0]
        seconds = None if last is None else _whole_seconds(last[1]["local_time"], event["local_time"])
        is_step = bool(before) and min(before) <= known["max_step"]
        steps.append(_Opened(number, event, is_step, gap is not None and 0 < gap <= known["max_gap"], seconds))
    telling = [_tells(steps, place, known, is_person) for place in range(len(steps))]
    reach = max(known["window_records"], known["min_ascending"])
    return [
        one for place, one in enumerate(steps) if (one.is_step or one.ascends) and any(telling[place : place + reach])
    ]


def _tells(steps: Sequence[_Opened], place: int, known: Mapping[str, Any], is_person: bool) -> bool:
    window = steps[max(0, place + 1 - known["window_records"]) : place + 1]
    rising = sum(one.ascends for one in steps[max(0, place + 1 - known["min_ascending"]) : place + 1])
    pace = _lower_median([one.seconds for one in window if one.seconds is not None and (one.is_step or one.ascends)])
    if is_person and (pace is None or pace > known["max_seconds"]):
        return False
    consecutive = sum(one.is_step for one in window)
    return (
        consecutive + 1 >= known["min_records"] and consecutive >= known["min_share"] * len(window)
    ) or rising >= known["ascending_share"] * known["min_ascending"]


def _cared_for(hospital: Hospital, user: str, day: dt.date) -> set[str]:
    """Patients for whom the account has a ground that is more than a habit or an office."""
    rows = hospital.all(
        "select patient_id from patient_days where business_date = ? and user_id = ? and account_type = 'human'"
        " and (wrote or explanation not in ('habit', 'own_writing', 'approval', 'office_task', 'follow_up'))",
        day, user,
    )  # fmt: skip
    return {row[0] for row in rows}


def _lower_median(values: Sequence[int]) -> int | None:
    return statistics.median_low(values) if values else None


def _whole_seconds(first: dt.datetime, last: dt.datetime) -> int:
    return int((last.replace(microsecond=0) - first.replace(microsecond=0)).total_seconds())


# what an account was approved for


def scope_violation(hospital: Hospital, user: str, day: dt.date) -> Facts | None:
    """A service, vendor or kiosk account outside the categories that it was approved for."""
    kinds = hospital.all("select account_type, allowed_categories from staff where user_id = ?", user)
    if not kinds or kinds[-1][0] not in {"service", "vendor", "kiosk"} or not kinds[-1][1]:
        return None
    allowed = [one.strip().lower() for one in kinds[-1][1].split("|") if one.strip()]
    outside = []
    for event in events_on(hospital, day, user):
        touched = _touched(event)
        if not is_access(event) or touched is None or touched in allowed:
            continue
        if event["action"] == "search" and (
            (event["category"] in {"list", "demographics"} and {"list", "demographics"} & set(allowed))
            or (event["category"] is None and "list" in allowed)
        ):
            continue
        outside.append((event, touched))
    if not outside:
        return None
    values = {"kind": kinds[-1][0], "allowed": allowed, "outside": sorted({touched for _, touched in outside})}
    return Facts([event for event, _ in outside], values)


def _touched(event: Event) -> str | None:
    if event["action"] == "break_glass":
        return "break_glass"
    if event["category"] is not None:
        return str(event["category"])
    if event["action"] == "search" and event["query_by"] in {"phone", "id_number", "name"}:
        return "demographics"
    return "list" if event["action"] == "export" else None


# the broken glass


def break_glass_misuse(hospital: Hospital, user: str, day: dt.date) -> Facts | None:
    """Emergency access without a reason that says anything."""
    known = parameters(hospital, "break-glass-misuse")
    rows = events_on(hospital, day, user)
    uses = [one for one in rows if one["action"] == "break_glass" and one["patient_id"]]
    stated = Counter((one["reason"] or "").strip().lower() for one in uses)
    judged = {
        row[0]: (row[1] is None or row[1] in {"habit", "approval"}) and not row[2]
        for row in hospital.all(
            "select patient_id, explanation, wrote from patient_days where business_date = ? and user_id = ?", day, user
        )
    }
    telling = []
    for one in uses:
        said = (one["reason"] or "").strip().lower()
        empty = len(said) < known["min_reason_length"] or said in known["stock_reasons"]
        if (empty or stated[said] >= known["repeated_uses"]) and judged.get(one["patient_id"]):
            telling.append((one, said or "—"))
    department = accounts_on(hospital, day)[user][0] if rows else None
    active = hospital.all(
        "select user_id, bool_or(broke_glass) from patient_days where account_type = 'human' and department = ?"
        " and business_date between ?::date - 6 and ?::date group by user_id",
        department, day, day,
    )  # fmt: skip
    peers = max(len(active) - 1, 0)
    using = max(sum(bool(used) for _, used in active) - 1, 0)
    if not telling or (peers >= known["min_peers"] and using >= known["routine_share"] * peers):
        return None
    patients = {one["patient_id"] for one, _ in telling}
    values = {
        "uses": len(telling),
        "reasons": sorted({said for _, said in telling})[:5],
        "peers": peers,
        "peers_using": using,
    }
    return Facts([one for one in rows if is_access(one) and one["patient_id"] in patients], values)


# the account that nobody knows


def unknown_account(hospital: Hospital, user: str, day: dt.date) -> Facts | None:
    """An account without staff row that opens records, where the table has nearly all of those in use."""
    listed = {row[0] for row in hospital.all("select user_id from staff")}
    active = {
        row[0] for row in hospital.all(
            "select distinct user_id from events where business_date between ?::date - 28 and ?::date - 1", day, day
        )
    }  # fmt: skip
    opened = [
        one for one in events_on(hospital, day, user)
        if is_access(one) and one["patient_id"] and one["outcome"] == "success"
    ]  # fmt: skip
    if not opened or user in listed or len(active & listed) < min(0.95 * len(active), len(active) - 1):
        return None
    return Facts(opened, {"known": len(active & listed), "active": len(active)})


# a record under seal


def seals(hospital: Hospital) -> list[Seal]:
    """Return the times under seal, from the lines of the trail; a record has one number here."""
    found: list[Seal] = []
    zone = ZoneInfo(hospital.settings["site"]["timezone"])
    for line in (hospital.folder / "state" / "trail.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["kind"] != "sealing":
            continue
        moment = dt.datetime.fromisoformat(entry["moment"])
        open_one = next((one for one in found if one.patient == entry["patient"] and one.covers(moment)), None)
        if entry["act"] == "lift" and open_one is not None:
            found[found.index(open_one)] = replace(open_one, ends_at=moment)
        elif entry["act"] == "seal" and open_one is None:
            day = entry["until"] and dt.date.fromisoformat(entry["until"]) + dt.timedelta(days=1)
            ends_at = dt.datetime.combine(day, dt.time(), zone) if day else None
            found.append(Seal(entry["patient"], moment, ends_at, entry["officer"], entry["note"]))
    return found


@dataclass(frozen=True)
class Seal:
    """A record and the time for which it is sealed."""

    patient: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    officer: str
    note: str

    def covers(self, moment: dt.datetime) -> bool:
        """Whether it holds at a moment."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def under_seal(hospital: Hospital, seal: Seal, first: dt.date, last: dt.date) -> list[tuple[Event, bool]]:
    """Return the rows that opened a record while it was sealed, each with whether a ground is on file."""
    found = []
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        for one in events_on(hospital, day):
            at = one["event_time"].replace(tzinfo=dt.UTC)
            if one["patient_id"] == seal.patient and is_access(one) and one["outcome"] == "success" and seal.covers(at):
                found.append((one, _has_ground(hospital, one["user_id"], seal.patient, day)))
    return found


def _has_ground(hospital: Hospital, user: str, patient: str, day: dt.date) -> bool:
    """Whether the night found a ground; a habit of the unit is none."""
    rows = hospital.all(
        "select state, explanation from patient_days where business_date = ? and user_id = ? and patient_id = ?",
        day, user, patient,
    )  # fmt: skip
    return any(state == "explained" and why != "habit" for state, why in rows)


def sealed_counts(hospital: Hospital, seal: Seal, first: dt.date, last: dt.date) -> dict[str, int]:
    """Count accesses to a record under seal, by people with and without ground and by systems."""
    people: dict[tuple[str, str], bool] = {}
    systems: set[tuple[str, str]] = set()
    copies = 0
    for one, grounded in under_seal(hospital, seal, first, last):
        access = one["user_id"], f"{one['local_time']:%Y-%m-%d %H:%M}"
        if accounts_on(hospital, one["local_time"].date())[one["user_id"]][2] in SYSTEMS:
            systems.add(access)
            continue
        people[access] = grounded
        copies += one["action"] in {"print", "export"}
    without = [access for access, grounded in people.items() if not grounded]
    return {
        "grounded": len(people) - len(without),
        "ungrounded": len(without),
        "systems": len(systems),
        "copies": copies,
        "accounts": len({user for user, _ in without}),
    }


def sealed_record(hospital: Hospital, user: str, day: dt.date) -> Facts | None:
    """A record under seal, opened by a person for whom no ground is on file."""
    if accounts_on(hospital, day).get(user, (None, None, "human"))[2] in SYSTEMS:
        return None
    opened = {
        one["event_id"]: one
        for seal in seals(hospital)
        for one, grounded in under_seal(hospital, seal, day, day)
        if one["user_id"] == user and not grounded
    }
    if not opened:
        return None
    events = sorted(opened.values(), key=lambda one: (one["local_time"], one["event_id"]))
    copies = sum(one["action"] in {"print", "export"} for one in events)
    return Facts(events, {"patient": sorted({one["patient_id"] for one in events}), "copies": copies})


BY_POLICY: Final[Mapping[str, Callable[[Any, str, dt.date], Facts | None]]] = {
    "shared-credentials": shared_credentials,
    "record-enumeration": record_enumeration,
    "scope-violation": scope_violation,
    "break-glass-misuse": break_glass_misuse,
    "unknown-account": unknown_account,
    "sealed-record": sealed_record,
}
"""Policy → what it fires on at one date."""


def told(days: Sequence[Facts], over_dates: Mapping[str, str]) -> dict[str, Any]:
    """Return what the sentence names over several dates: lists joined, figures as the policy says they add up."""
    found: dict[str, Any] = {}
    for name, newest in days[-1].values.items():
        values = [day.values[name] for day in days if day.values[name] is not None]
        rule = over_dates.get(name, "newest")
        if isinstance(newest, list):
            found[name] = sorted({one for value in values for one in value})[:20]
        elif rule == "sum":
            found[name] = sum(values)
        elif rule in {"least", "most"}:
            ordered = sorted(values, key=lambda one: one if isinstance(one, int) else (len(one), one))
            found[name] = ordered[0 if rule == "least" else -1]
        elif rule == "range" and min(values) != max(values):
            found[name] = f"{min(values)}–{max(values)}"
        else:
            found[name] = values[-1] if values else newest
    return found


# silence of a source

SPAN: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d):00–(?:(\d{4}-\d\d-\d\d) )?(\d\d):00")
HOLIDAYS: Final = {dt.date(2026, 6, 19)}
"""Public holidays on weekdays, in the weeks that the hospitals read here cover."""


@dataclass(frozen=True)
class Span:
    """A silence: whole hours from ``start`` on, of a source."""

    start: dt.datetime
    end: dt.datetime

    @property
    def hours(self) -> int:
        """Its length."""
        return round((self.end - self.start).total_seconds() / 3600)


def log_gap(hospital: Hospital, source: str, spans: str) -> dict[str, Any] | None:
    """Return what a sentence about a silent source should say of the ``spans`` that it names; None if one is not true.

    A span is true where the log has a tenth at most of what is usual in it. One of a whole date, from midnight to
    midnight, is compared with whole dates, and those of the same loss directly before it are left out.
    """
    read = [_span(*one) for one in SPAN.findall(spans)]
    counts = {
        (row[0], row[1]): row[2]
        for row in hospital.all(
            "select local_time::date, hour(local_time), count(*) from events where source = ? group by all", source
        )
    }
    figures = [_gap(counts, span) for span in read]
    if not read or None in figures:
        return None
    found = [one for one in figures if one is not None]
    return {
        "source": source,
        "hours": [f"{one.start:%Y-%m-%d %H:%M}–{_end(one)}" for one in read],
        "length": sum(one.hours for one in read),
        "came": sum(one["came"] for one in found),
        "expected": sum(one["expected"] for one in found),
        "days": found[-1]["days"],
        "silent_days": found[-1]["silent_days"],
    }


def _span(day: str, hour: str, last: str, until: str) -> Span:
    start = dt.datetime.fromisoformat(f"{day} {hour}:00")
    return Span(start, dt.datetime.fromisoformat(f"{last or day} 00:00") + dt.timedelta(hours=int(until)))


def _end(span: Span) -> str:
    last = (span.end - dt.timedelta(seconds=1)).date()
    hour = span.end.hour or 24
    return f"{hour:02d}:00" if last == span.start.date() else f"{last} {hour:02d}:00"


def _is_day_off(day: dt.date) -> bool:
    return day.isoweekday() >= 6 or day in HOLIDAYS


def _alike(days: Sequence[dt.date], night: dt.date) -> Sequence[dt.date]:
    kind = [day for day in days if _is_day_off(day) == _is_day_off(night)]
    return kind if len(kind) >= 5 else days


def _gap(counts: Mapping[tuple[dt.date, int], int], span: Span) -> dict[str, Any] | None:
    inside = [span.start + dt.timedelta(hours=hour) for hour in range(span.hours)]
    logged = sum(counts.get((one.date(), one.hour), 0) for one in inside)
    daily: dict[dt.date, int] = defaultdict(int)
    for (day, _), events in counts.items():
        daily[day] += events
    first, last = min(daily) + dt.timedelta(days=1), (span.end - dt.timedelta(seconds=1)).date()
    whole = last != span.start.date()
    until = span.start.date() if whole else last - dt.timedelta(days=1)
    begin = max(first, (until if whole else last) - dt.timedelta(days=28))
    habit = [begin + dt.timedelta(days=number) for number in range((until - begin).days + 1)]
    active = statistics.median([events for day, events in daily.items() if day < last])
    silent = {day for day in habit if daily.get(day, 0) <= int(0.02 * active)}
    if whole:
        days = [span.start.date() + dt.timedelta(days=number + 1) for number in range((last - span.start.date()).days)]
        alike = [[one for one in habit if _is_day_off(one) == _is_day_off(day)] for day in days]
        expected = sum(statistics.median([daily.get(one, 0) for one in kind]) if kind else 0 for kind in alike)
        told = [(len(kind), sum(one in silent for one in kind)) for kind in alike]
    elif span.hours == 24:
        usual = {
            off: statistics.median([daily.get(day, 0) for day in habit if _is_day_off(day) == off] or [0])
            for off in (False, True)
        }
        full = max((day for day in habit if daily.get(day, 0) > 0.1 * usual[_is_day_off(day)]), default=begin)
        kind = _alike([day for day in habit if day <= full], last)
        expected = statistics.median([daily.get(day, 0) for day in kind])
        told = [(len(kind), sum(daily.get(day, 0) <= logged for day in kind))]
    else:
        kind = _alike(habit, last)
        hours = [[counts.get((day, one.hour), 0) for day in kind] for one in inside]
        tonight = [counts.get((one.date(), one.hour), 0) for one in inside]
        expected = sum(statistics.median(one) for one in hours)
        told = [(len(kind), max(sum(n <= came for n in one) for one, came in zip(hours, tonight, strict=True)))]
    if logged > 0.1 * expected + 1:
        return None
    return {
        "came": logged,
        "expected": expected,
        "days": {one for one, _ in told},
        "silent_days": {one for _, one in told},
    }


def vanished_account(hospital: Hospital, source: str, accounts: str, since: str, until: str) -> dict[str, Any] | None:
    """Return what a sentence about interfaces that stopped writing should say; None where one of them wrote on."""
    begin, end = dt.datetime.fromisoformat(since), dt.date.fromisoformat(until[:10])
    missing, written = 0.0, []
    for account in accounts.split(", "):
        rows = hospital.all(
            "select local_time::date, count(*) from events where source = ? and user_id = ? and local_time < ?"
            " group by all",
            source, account, end + dt.timedelta(days=1),
        )  # fmt: skip
        counts = Counter({row[0]: row[1] for row in rows})
        last, first = max(counts), min(counts) + dt.timedelta(days=1)
        if last >= end:
            return None
        habit = [day for day in (last - dt.timedelta(days=number) for number in range(29)) if day >= first]
        written.append(sum(day in counts for day in habit))
        for number in range((end - last).days):
            day = last + dt.timedelta(days=number + 1)
            alike = [counts[one] for one in habit if _is_day_off(one) == _is_day_off(day)]
            recent = [counts[one] for one in habit[:7] if _is_day_off(one) == _is_day_off(day)]
            missing += min(statistics.mean(alike), statistics.mean(recent or alike))
    return {
        "source": source, "accounts": accounts, "since": f"{begin:%Y-%m-%d %H:%M}", "until": f"{end} 24:00",
        "days": min(written), "missing": round(missing),
    }  # fmt: skip


def missing_numbers(
    hospital: Hospital, source: str, since: str, until: str, before_file: int | None = None
) -> dict[str, Any] | None:
    """Return what a sentence about missing numbers should say of the dates from ``since`` to ``until``.

    ``before_file``: as the log was before that file, and those loaded later, brought what had been missing.
    """
    known = parameters(hospital, "missing-numbers")
    holes: dict[dt.date, list[tuple[int, dt.datetime, dt.datetime]]] = {}
    for (day,) in hospital.all(
        "select distinct business_date from events where source = ? and business_date <= ? order by 1", source, until
    ):
        holes[day] = _holes(hospital, source, day, before_file)
    missing = {day: sum(one[0] for one in found) for day, found in holes.items()}
    told = [day for day in holes if str(day) >= since and missing[day] >= known["min_missing"]]
    if not told:
        return None
    before = [
        [missing[one] for one in holes if day - dt.timedelta(days=known["history_days"]) <= one < day] for day in told
    ]
    found = [hole for day in told for hole in holes[day]]
    return {
        "source": source, "missing": sum(one[0] for one in found), "places": len(found),
        "since": f"{min(one[1] for one in found):%Y-%m-%d %H:%M}",
        "until": f"{max(one[2] for one in found):%Y-%m-%d %H:%M}",
        "days": len(before[-1]), "most": max(sorted(one, reverse=True)[known["tolerated_days"]] for one in before),
    }  # fmt: skip


def missing_numbers_told(hospital: Hospital, source: str, since: str, until: str) -> dict[str, Any] | None:
    """Return :func:`missing_numbers` of the log as it is, or as it was before later files brought the numbers."""
    files = hospital.all("select distinct file_id from events where source = ? order by 1 desc", source)
    cuts = [None, *(row[0] for row in files)]
    found = (missing_numbers(hospital, source, since, until, cut) for cut in cuts)
    return next((one for one in found if one is not None), None)


def late_rows(hospital: Hospital, source: str, first: str, last: str, on: str) -> dict[str, Any]:
    """Return what a sentence about rows that came late should say: dates of two files, and a night after them."""
    dates = hospital.all(
        "select business_date from events where source = ? and business_date between ? and ? group by 1"
        " having count(distinct file_id) > 1 order by 1",
        source, dt.date.fromisoformat(first), dt.date.fromisoformat(last),
    )  # fmt: skip
    nights = hospital.all(
        "select business_date from dates where business_date >= ? and business_date = ?",
        dt.date.fromisoformat(last), dt.date.fromisoformat(on),
    )  # fmt: skip
    found = {"dates": len(dates), "on": on if nights else None}
    return found | {"first": str(dates[0][0]), "last": str(dates[-1][0])} if dates else found


def _holes(
    hospital: Hospital, source: str, day: dt.date, before_file: int | None
) -> list[tuple[int, dt.datetime, dt.datetime]]:
    """Return the numbers that no row of a date has and that rows of its file do not account for, jumps left out."""
    rows = hospital.all(
        "select event_id, local_time, file_id, row_number from events where source = ? and business_date = ?"
        " and file_id < coalesce(?, file_id + 1)",
        source, day, before_file,
    )  # fmt: skip
    numbered = sorted((int(NUMBER.match(one[0])[2]), *one[1:]) for one in rows if NUMBER.match(one[0]))  # type: ignore[index]
    pairs = [(one, other) for one, other in itertools.pairwise(numbered) if one[2] == other[2] and one[0] < other[0]]
    if not pairs:
        return []
    seconds = (max(one[1] for one in numbered) - min(one[1] for one in numbered)).total_seconds()
    pace = len(pairs) / max(seconds, 1)
    holes = []
    for one, other in pairs:
        missing = other[0] - one[0] - max(abs(other[3] - one[3]), 1)
        if 0 < missing <= 20 * (1 + pace * abs((other[1] - one[1]).total_seconds())):
            holes.append((missing, min(one[1], other[1]), max(one[1], other[1])))
    return holes


def clock_set_back(hospital: Hospital, source: str, before: str, after: str) -> dict[str, Any] | None:
    """Return what a sentence about a clock that was set back should say; None where the log did not go back so."""
    known = parameters(hospital, "clock-set-back")
    night = dt.date.fromisoformat(after[:10])
    dates = [
        row[0]
        for row in hospital.all(
            "select distinct business_date from events where source = ? and business_date between ? and ? order by 1",
            source, night - dt.timedelta(days=known["history_days"]), night,
        )
    ]  # fmt: skip
    back: dict[dt.date, bool] = {}
    told = None
    for day in dates:
        rows = hospital.all(
            "select file_id, row_number, local_time, user_id from events where source = ? and business_date = ?"
            " order by file_id, row_number, event_id",
            source, day,
        )  # fmt: skip
        back[day] = False
        for place, (one, other) in enumerate(itertools.pairwise(rows)):
            if one[0] != other[0] or one[2] - other[2] < dt.timedelta(hours=1):
                continue
            back[day] = True
            if day == night and (f"{one[2]:%Y-%m-%d %H:%M}", f"{other[2]:%Y-%m-%d %H:%M}") == (before, after):
                file = [row for row in rows[place + 1 :] if row[0] == other[0]]
                later = list(itertools.takewhile(lambda row, reached=one[2]: row[2] <= reached, file))
                earlier = {row[3] for row in rows[: place + 1] if row[0] == other[0] and other[2] <= row[2] <= one[2]}
                accounts = {row[3] for row in later}
                told = {"rows": len(later), "accounts": len(accounts), "again": len(accounts & earlier)}
    earlier_days = [day for day in dates if day < night]
    return told and {
        "source": source, "before": before, "after": after, **told,
        "days": len(earlier_days), "days_back": sum(back[day] for day in earlier_days),
    }  # fmt: skip
