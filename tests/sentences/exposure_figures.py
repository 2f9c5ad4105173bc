"""What a report says of exposure, counted anew from the rows of the log, patient-day by patient-day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from detector.deployment.settings import load_settings
from detector.texts import Texts
from tests.sentences.hospital import GROUNDS, Hospital

HUMAN: Final = "human"
LEAST: Final = 5
COPIES: Final = "outcome = 'success' and (action = 'export' or (action = 'print' and record_count > 1))"
ACTIONS: Final = {
    "print": "print", "export": "export", "search": "search", "create": "update", "update": "update",
    "delete": "update", "break_glass": "break_glass",
}  # fmt: skip
"""Action of a row → the operation that it is told as."""


class Opened(NamedTuple):
    """One account and patient on one date."""

    day: dt.date
    user: str
    patient: str
    human: bool
    role: str
    judged: bool
    ground: bool
    usual: bool
    contact: bool
    sensitive: bool
    used: frozenset[tuple[str, str]]


class Copied(NamedTuple):
    """Records that one account exported, or printed on lists, on one date."""

    day: dt.date
    user: str
    department: str
    copies: int
    records: int


class ExposureFigures:
    """The figures of one period."""

    def __init__(self, hospital: Hospital, first: dt.date, last: dt.date, say: Texts) -> None:
        self.hospital, self.first, self.last, self.say = hospital, first, last, say

    @cached_property
    def every(self) -> list[Opened]:
        """All patient-days up to the end of the period."""
        logged: dict[tuple[Any, ...], list[tuple[str, str | None]]] = defaultdict(list)
        for *key, action, category in self.hospital.all(
            "select business_date, user_id, patient_id, action, category from events"
            " where patient_id is not null and action not in ('login', 'logout', 'other') and business_date <= ?",
            self.last,
        ):
            logged[tuple(key)].append((action, category))
        days = self.hospital.all(
            "select business_date, user_id, patient_id, account_type, role, state, explanation from patient_days"
            " where business_date <= ?", self.last,
        )  # fmt: skip
        return [self._opened(*row, rows=logged[row[:3]]) for row in days]

    def _opened(
        self, day: dt.date, user: str, patient: str, kind: str, role: str | None, state: str, explanation: str | None,
        *, rows: Iterable[tuple[str, str | None]],
    ) -> Opened:  # fmt: skip
        rows = list(rows)
        used = {("category", category) for _, category in rows if category}
        used |= {("action", ACTIONS[action]) for action, _ in rows if action in ACTIONS}
        return Opened(
            day, user, patient, kind == HUMAN, role or "", day >= self.hospital.judged_from,
            state == "explained" and explanation in GROUNDS, state == "explained" and explanation == "habit",
            any(one == "demographics" and action in {"view", "print", "export", "search"} for action, one in rows),
            any(one in {"psychiatric", "reproductive", "infectious"} for _, one in rows), frozenset(used),
        )  # fmt: skip

    @cached_property
    def opened(self) -> list[Opened]:
        """Those of people in the period."""
        return [one for one in self.every if one.human and one.day >= self.first]

    @cached_property
    def copied(self) -> list[Copied]:
        """Exports and prints of lists by people, by account and date."""
        rows = self.hospital.all(
            "select events.business_date, user_id, any_value(coalesce(department, '')), count(*),"
            " sum(record_count)::bigint from events join account_days using (business_date, user_id)"
            f" where account_type = 'human' and {COPIES} and events.business_date between ? and ?"
            " group by all order by all", self.first, self.last,
        )  # fmt: skip
        return [Copied(*row) for row in rows]

    # controls

    def control(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Count what a measure would have changed."""
        named = {self.say(f"reach.control_{one}"): one for one in ("mask", "limit_50", "limit_250", "close", "reason")}
        name = named[row["control"]]
        if name.startswith("limit"):
            return {"control": row["control"], **self._limited(int(name.rpartition("_")[2]))}
        rows = [one for one in self.opened if one.judged]
        if name == "mask":
            rows = [one for one in rows if one.contact]
        elif name == "close":
            fired = set(self.hospital.all(
                "select distinct business_date, user_id from policy_days where pattern = 'inactive-account'"
            ))  # fmt: skip
            rows = [one for one in self.every if one.day >= self.first and one.judged and (one.day, one.user) in fired]
        asked = name == "reason"
        return {
            "control": row["control"],
            "fewer": len({one.patient for one in rows if not one.ground and not one.usual}),
            "usual": len({one.patient for one in rows if one.usual}),
            "hindered": 0 if asked else sum(one.ground for one in rows),
            "accounts": 0 if asked else len({one.user for one in rows if one.ground}),
        }

    def _limited(self, limit: int) -> Mapping[str, int]:
        settings = load_settings(self.hospital.folder).detection
        approvals = self.hospital.all("select user_id, coalesce(patterns, ''), starts_at, ends_at from approvals")
        found = {"fewer": 0, "usual": 0, "hindered": 0}
        accounts = set()
        for one in self.copied:
            if one.records <= limit:
                continue
            start, end = (dt.datetime.combine(one.day + dt.timedelta(days=days), dt.time()) for days in (0, 1))
            approved = any(
                user == one.user and (not patterns or "bulk-export" in patterns.split("|"))
                and (since is None or since < end) and (until is None or until > start)
                for user, patterns, since, until in approvals
            )  # fmt: skip
            office = one.department.upper() in settings.office_codes or any(
                word in one.department.lower() for word in settings.office_words
            )
            turn = one.day.day >= settings.month_end_from or one.day.day <= settings.month_end_to
            if approved or (office and turn):
                found["hindered"] += 1
                accounts.add(one.user)
            else:
                found["usual" if office else "fewer"] += one.records - limit
        return {**found, "accounts": len(accounts)}

    # units

    def unit(self, column: str, row: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Count a department's or role's row; of small ones together, what the others leave."""
        homes: dict[str, str] = dict(self.hospital.all(
            f"select user_id, last(coalesce({column}, '') order by business_date, {column}) from account_days"
            " where account_type = 'human' and business_date between ? and ? group by user_id", self.first, self.last,
        ))  # fmt: skip
        unknown = self.say("show.unknown")
        units = {home or unknown for home in homes.values()}
        named = {one["unit"] for one in rows} & units
        wanted = {row["unit"]} if row["unit"] in named else units - named
        users = {user for user, home in homes.items() if (home or unknown) in wanted}
        days = [one for one in self.opened if one.user in users]
        contact = [one for one in days if one.contact]
        sensitive = [one for one in days if one.sensitive]
        lists = self.hospital.all(
            "select user_id from events where outcome = 'success' and business_date between ? and ?"
            " and action in ('search', 'view') and (category = 'list' or record_count > 1)", self.first, self.last,
        )  # fmt: skip
        copied = [one for one in self.copied if one.user in users]
        return {
            "unit": row["unit"] if row["unit"] in named else self.say("report.others", count=len(wanted)),
            "accounts": len(users),
            "contact": len(contact), "contact_ground": part(contact, "ground"), "contact_usual": part(contact, "usual"),
            "sensitive": len(sensitive), "sensitive_ground": part(sensitive, "ground"),
            "lists": sum(user in users for (user,) in lists),
            "copies": sum(one.copies for one in copied), "records": sum(one.records for one in copied),
        }  # fmt: skip

    # permissions

    @cached_property
    def unneeded(self) -> Mapping[tuple[str, str, str], tuple[int, dt.date]]:
        """Role, kind and use of before that nobody of the role had in the period → accounts, and the last date."""
        used: dict[tuple[str, str, str], list[Opened]] = defaultdict(list)
        for one in self.every:
            for kind, name in one.used if one.human else ():
                used[one.role, kind, name].append(one)
        at_work = {one.role for one in self.opened}
        return {
            key: (len({one.user for one in days}), max(one.day for one in days))
            for key, days in used.items()
            if key[0] in at_work and max(one.day for one in days) < self.first
        }

    def unneeded_row(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Find a row of the table among what nobody needed."""
        for role, kind, name in self.shown:
            told = {"role": role, "used": self.say.name(kind, name), "kind": self.say(f"reach.kind_{kind}")}
            if all(row[key] == value for key, value in told.items()):
                return {**told, "last_on": self.unneeded[role, kind, name][1]}
        return dict.fromkeys(row)

    @cached_property
    def shown(self) -> list[tuple[str, str, str]]:
        """Those that may be shown: neither the role nor those who used it before are few."""
        of_role: dict[str, set[str]] = defaultdict(set)
        for one in self.opened:
            of_role[one.role].add(one.user)
        return [key for key, (users, _) in self.unneeded.items() if len(of_role[key[0]]) >= LEAST and users >= LEAST]

    @cached_property
    def words(self) -> Mapping[str, object]:
        """The figures of the texts."""
        at_work = {row[0] for row in self.hospital.all(
            "select distinct user_id from events where business_date between ? and ?", self.first, self.last
        )}  # fmt: skip
        begin, end = (dt.datetime.combine(day, dt.time()) for day in (self.last, self.last + dt.timedelta(days=1)))
        active = {row[0] for row in self.hospital.all(
            "select user_id from staff where account_type = 'human' and status <> 'left'"
            " and (starts_at is null or starts_at < ?) and (ends_at is null or ends_at > ?)", end, begin,
        )}  # fmt: skip
        listed = {row[0] for row in self.hospital.all("select user_id from staff")}
        before = {row[0] for row in self.hospital.all(
            "select distinct user_id from events where business_date < ?"
            " and business_date in (select business_date from dates)", self.first
        )}  # fmt: skip
        judged = [one for one in self.opened if one.judged]
        asked = sum(not one.ground for one in judged)
        return {
            "reach.asked.asked": asked,
            "reach.asked.daily": float(asked / max(1, len({one.day for one in judged}))),
            "reach.unneeded_few.count": len(self.unneeded) - len(self.shown),
            "reach.unneeded_few.k": LEAST,
            "reach.unneeded_note.since": self.hospital.first,
            "reach.unneeded_note.first": self.first,
            "reach.no_before.since": self.hospital.first,
            "reach.accounts_unused.staff": len(active),
            "reach.accounts_unused.unused": len(active - at_work),
            "reach.accounts_unlisted.accounts": len(at_work - listed),
            "reach.accounts_gone.accounts": len(before - at_work),
            "reach.accounts_closed.accounts": self._fired("inactive-account"),
            "reach.accounts_shared.accounts": self._fired("shared-credentials"),
        }

    def _fired(self, pattern: str) -> int:
        return int(self.hospital.one(
            "select count(distinct user_id) from policy_days where pattern = ? and business_date between ? and ?",
            pattern, self.first, self.last,
        ))  # fmt: skip


def part(days: list[Opened], kind: str) -> float | None:
    """Return the share of the judged ones with a ground, or only usual; None of none."""
    judged = [one for one in days if one.judged]
    return sum(getattr(one, kind) for one in judged) / len(judged) if judged else None
