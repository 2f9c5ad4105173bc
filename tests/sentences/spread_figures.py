"""How unconfirmed alerts are spread, counted anew: from the log, the roster and what became of the findings."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from detector.texts import Texts
from tests.sentences.hospital import Hospital

LEAST_SHOWN = 5
SMALL_DEPARTMENT = 20
LIST_WORK = "action in ('print', 'export')"


@dataclass(frozen=True)
class Share:
    """So many of a group's accounts had an alert that was not confirmed, and so many of all others."""

    accounts: int
    had: int
    rest: int
    rest_had: int

    @property
    def ratio(self) -> float | None:
        """By what the group's share exceeds that of all others."""
        return (self.had / self.accounts) / (self.rest_had / self.rest) if self.rest_had else None

    def end(self, sign: int) -> float:
        """An end of the interval: the share p from which the observed one is 1.96 standard errors of p away."""
        square, share = 1.959964**2, self.had / self.accounts
        a, b, c = 1 + square / self.accounts, -(2 * share + square / self.accounts), share**2
        return (-b + sign * math.sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a)

    @property
    def stands_out(self) -> bool:
        """Whether the least that its share may be is more than one and a half times that of all others."""
        return self.had >= 3 and self.end(-1) > 1.5 * self.rest_had / self.rest


class Spread:
    """The groups in words, each with its share."""

    def __init__(self, hospital: Hospital, last: dt.date, findings: Iterable[Mapping[str, Any]], say: Texts) -> None:
        self.hospital, self.last, self.say = hospital, last, say
        self.first = max(hospital.first, last - dt.timedelta(days=179))
        self.people = self._people()
        decided = {"justified", "false_alarm"}
        self.had = {
            one["user_id"] for one in findings
            if one["alert"] and one["status"] in decided and str(self.first) <= one["alerted_on"] <= str(last)
        } & set(self.people)  # fmt: skip
        self.shares = {
            words: Share(len(users), len(users & self.had), len(self.people) - len(users), len(self.had - users))
            for words, users in self._groups()
        }

    @property
    def standing_out(self) -> list[str]:
        """The groups that are named, where there are enough accounts to compare."""
        return [words for words, one in self.shares.items() if one.stands_out] if len(self.had) >= 10 else []

    def figures(self) -> dict[str, Any]:
        """Return the figures of the texts."""
        whole = {"count": len(self.had), "accounts": len(self.people), "first": str(self.first), "last": str(self.last)}
        texts = ("spread_few", "spread_even", "spread_uneven")
        return {
            **{f"report.{text}.{name}": value for text in texts for name, value in whole.items()},
            "report.spread_note.k": SMALL_DEPARTMENT,
            "report.spread_group.group": lambda told: set(self.standing_out),
            "report.spread_group.count": lambda told: self._named(told.values["group"]).had,
            "report.spread_group.accounts": lambda told: self._named(told.values["group"]).accounts,
            "report.spread_group.others": lambda told: self._named(told.values["group"]).rest_had,
            "report.spread_group.rest": lambda told: self._named(told.values["group"]).rest,
        }

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Count a row of the table."""
        one = self.shares[row["group"]]
        return {
            "group": row["group"], "accounts": one.accounts, "unconfirmed": one.had, "share": one.had / one.accounts,
            "low": one.end(-1), "high": one.end(1), "ratio": None if one.ratio is None else round(one.ratio, 2),
        }  # fmt: skip

    def _named(self, words: str) -> Share:
        return self.shares[words]

    def _people(self) -> dict[str, tuple[str, str]]:
        """Return role and department of people who opened a record or printed or exported, on their last date."""
        active = {row[0] for row in self.hospital.all(
            "select distinct user_id from events where action not in ('login', 'logout', 'other')"
            f" and (patient_id is not null or {LIST_WORK}) and business_date between ? and ?"
            " and business_date in (select business_date from dates)",
            self.first, self.last,
        )}  # fmt: skip
        homes = self.hospital.all(
            "select user_id, last(coalesce(role, '') order by business_date, role), last(coalesce(department, '')"
            " order by business_date, department), last(account_type order by business_date, account_type)"
            " from account_days where business_date between ? and ? group by user_id",
            self.first, self.last,
        )  # fmt: skip
        return {user: (role, department) for user, role, department, kind in homes
                if kind == "human" and user in active}  # fmt: skip

    def _groups(self) -> Iterable[tuple[str, set[str]]]:
        for place, kind, least in ((0, "role", LEAST_SHOWN), (1, "department", SMALL_DEPARTMENT + 1)):
            units: dict[str, set[str]] = defaultdict(set)
            for user, home in self.people.items():
                units[home[place]].add(user)
            small = self._small(units, least)
            told = [(name or self.say("show.unknown"), users) for name, users in units.items() if name not in small]
            if small:
                together = set().union(*(units[name] for name in small))
                told.append((self.say("report.others", count=len(small)), together))
            if len(told) > 1:
                yield from ((self.say(f"report.spread_{kind}", name=name), users) for name, users in told)
        night = self._night()
        if night is not None and min(len(night), len(self.people) - len(night)) >= LEAST_SHOWN:
            yield self.say("report.spread_night_yes"), night
            yield self.say("report.spread_night_no"), set(self.people) - night

    def _small(self, units: Mapping[str, set[str]], least: int) -> set[str]:
        """Return the units that are told together: those below the least, and larger ones until they are five."""
        small: set[str] = set()
        for name in sorted(units, key=lambda one: (len(units[one]), one)):
            if len(units[name]) < least or (small and sum(len(units[one]) for one in small) < LEAST_SHOWN):
                small.add(name)
        return small if len(small) > 1 else set()

    def _night(self) -> set[str] | None:
        """Return who has a shift over midnight in the roster; None where there is none."""
        given = self.hospital.settings.get("context", {}).get("roster")
        if given is None:
            return None
        text = self.hospital.content(self.hospital.folder / given).decode("utf-8-sig")
        found = set()
        for row in csv.DictReader(io.StringIO(text)):
            start, end = (dt.datetime.fromisoformat(row[name]) for name in ("start", "end"))
            over = (end - dt.timedelta(seconds=1)).date() > start.date() and end - start <= dt.timedelta(days=1)
            if over and start.date() <= self.last and end > dt.datetime.combine(self.first, dt.time()):
                found.add(row["user_id"])
        return found & set(self.people)
