"""Reads the screens about a leak: what was opened is counted anew, what the model says is the same on every page."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from detector.texts.language import Language
from tests.sentences.expected import KNOWN, Either
from tests.sentences.hospital import GROUNDS, Hospital
from tests.sentences.leak_expectations import LeakExpectations
from tests.sentences.screen_tables import Table
from tests.sentences.sheets import Counted
from tests.sentences.site_pages import ACCESS, Screen

Row = Mapping[str, Any]
RANKED: Final = ("leaked_patients_accessed", "leaked_patients_total", "lift", "first_access", "last_access")
LISTED: Final = 10
NAMED: Final = 3


def percent(share: float) -> str:
    """Return a probability as people are told it: never as a certainty."""
    whole = round(share * 100)
    return ">99%" if share > 0.99 else "<1%" if share < 0.01 else f"{whole}%"


def _told(share: float) -> str:
    return percent(share).rstrip("%")


def _who(row: Row) -> str:
    return " ".join(filter(None, (row["user_id"], row["user_name"])))


class LeakScreen(Screen):
    """Where a list of patients may have leaked, and one account of it."""

    def __init__(
        self, hospital: Hospital, language: Language, complaints: Mapping[str, dt.date], ranked: Sequence[Row]
    ) -> None:
        super().__init__(hospital, language, "trace", ("trace", "explanation"))
        self.complaints = complaints
        self.ranked = {row["user_id"]: row for row in ranked}
        self.user = ""

    @classmethod
    def of(cls, hospital: Hospital, language: Language, name: str, ranked: Sequence[Row]) -> LeakScreen:
        """Read the list; ``ranked`` is what ``trace --format ndjson`` gives."""
        with (hospital.folder / name).open(encoding="utf-8") as stream:
            listed = {row["patient_id"]: dt.date.fromisoformat(row["known_on"]) for row in csv.DictReader(stream)}
        return cls(hospital, language, listed, ranked)

    def ranking(self, table: str) -> None:
        """Read the ranking as data: probabilities are shares of one in the order of ranks; CSV says the same."""
        rows = list(self.ranked.values())
        shares = [row["posterior"] for row in rows]
        self.equal("", "ranks", [row["rank"] for row in rows], list(range(1, len(rows) + 1)))
        self.equal("", "order of probabilities", shares, sorted(shares, reverse=True))
        if not (all(0 <= share <= 1 for share in shares) and sum(shares) <= 1):
            self.note("", "sum of probabilities", sum(shares), "at most 1: the rest is nobody's")
        for row, other in zip(rows, csv.DictReader(io.StringIO(table)), strict=True):
            for name in ("user_id", "rank", "posterior", "expected", "lift", "p_value", "unexplained_accesses"):
                self.equal(f"csv {row['user_id']}", name, str(other[name]), str(row[name]))
            self._by_accident(row)
            opened = self.opened.get(row["user_id"], {})
            slack = 0.0051 * (row["lift"] + row["expected"])  # both are told with two digits
            times = sorted(time for known in opened.values() for _, time in known)
            self.cells(f"ndjson {row['user_id']}", {name: row[name] for name in RANKED}, {
                "leaked_patients_accessed": len(opened), "leaked_patients_total": len(self.complaints),
                "lift": row["lift"] if abs(row["lift"] * row["expected"] - len(opened)) <= slack else "off",
                "first_access": f"{times[0]:%Y-%m-%d %H:%M:%S}" if times else None,
                "last_access": f"{times[-1]:%Y-%m-%d %H:%M:%S}" if times else None,
            })  # fmt: skip

    def _by_accident(self, row: Row) -> None:
        """Count anew how many of the list the account was to open, and how likely it opens as many by accident."""
        expected = self.expectations.expected(row["user_id"])
        chance = self.expectations.p_value(row["user_id"], row["leaked_patients_accessed"])
        if math.isnan(expected):  # of a patient nobody is like: all patients stand in
            return
        if abs(row["expected"] - expected) > 0.0051:
            self.note(row["user_id"], "trace.expected", row["expected"], expected)
        if abs(row["p_value"] - chance) > 0.0051 * chance + 1e-12:
            self.note(row["user_id"], "trace.p_value", row["p_value"], chance)

    @cached_property
    def expectations(self) -> LeakExpectations:
        """What the list comes to by accident."""
        return LeakExpectations(self.hospital, self.complaints)

    @cached_property
    def opened(self) -> dict[str, dict[str, list[tuple[dt.date, dt.datetime]]]]:
        """Account → record → when it opened it before the leak was known."""
        found: dict[str, dict[str, list[tuple[dt.date, dt.datetime]]]] = defaultdict(lambda: defaultdict(list))
        for patient, known_on in self.complaints.items():
            rows = self.hospital.all(
                f"select user_id, business_date, local_time from events where patient_id = ? and {ACCESS}"
                " and business_date <= ? order by local_time",
                patient, known_on,
            )  # fmt: skip
            for user, day, time in rows:
                found[user][patient].append((day, time))
        return found

    def all(self, lines: Sequence[str], user: str = "") -> None:
        """Read the ranking, or one account of it; the probabilities are the model's."""
        self.user = user
        mine = self.opened[user] if user else {}
        others = [self._others(patient, user) for patient in mine]
        best = next(iter(self.ranked.values()))
        one = self.ranked[user] if user else best
        nobody = max(0.0, 1 - sum(row["posterior"] for row in self.ranked.values()))
        accounts = len(self.hospital.all(f"select distinct user_id from events where {ACCESS}"))
        self.read(lines, {
            "trace.title.total": len(self.complaints), "trace.needed.count": best["complaints_needed"],
            "trace.rest.count": len(self.ranked) - LISTED,
            **{
                f"trace.{key}.{name}": value
                for key in ("stands_out", "alike", "open", "too_few", "shared", "nobody")
                for name, value in (
                    ("who", _who(best)), ("posterior", _told(best["posterior"])), ("none", _told(nobody)),
                    ("other", best["shared_with"]), ("others", Either(best["indistinguishable_from"])),
                )
            },
            "trace.and_more.*": KNOWN,
            "trace.export.user": KNOWN, "trace.export.records": self._export, "trace.export.date": self._export,
            **{f"trace.export_approved.{name}": self._approval for name in ("from", "until", "reason", "export")},
            "trace.next.user": best["user_id"], "trace.explain_next.user": user, "trace.account.who": _who(one),
            "trace.standing.rank": one["rank"], "trace.standing.accounts": accounts,
            "trace.standing.posterior": _told(one["posterior"]),
            "trace.standing.opened": len(mine), "trace.standing.total": len(self.complaints),
            "trace.standing.expected": float(one["expected"]), "trace.standing.chance": KNOWN,
            "trace.chance.share": one["p_value"] * 100, "trace.chance_small.share": KNOWN,
            "trace.for_explained.opened": len(mine), "trace.for_explained.explained": self._explained(),
            "trace.for_expected.expected": float(one["expected"]), "trace.for_expected.total": len(self.complaints),
            "trace.for_unopened.count": len(self.complaints) - len(mine), "trace.for_later.count": self._later(),
            "trace.for_others.count": sum(bool(one) for one in others),
            "trace.for_others.fewest": min((one for one in others if one), default=0),
            "trace.for_alike.others": Either(one["indistinguishable_from"]),
        })  # fmt: skip

    def _others(self, patient: str, user: str) -> int:
        return sum(patient in records for other, records in self.opened.items() if other != user)

    def _explained(self) -> int:
        return sum(self._is_explained(patient) for patient in (self.opened[self.user] if self.user else ()))

    def _is_explained(self, patient: str) -> bool:
        rows = self.hospital.all(
            "select state, explanation from patient_days where user_id = ? and patient_id = ? and business_date <= ?",
            self.user, patient, self.complaints[patient],
        )  # fmt: skip
        return all(state == "explained" and explanation in GROUNDS for state, explanation in rows)

    def _export(self, told: Any) -> object:
        rows = self.hospital.all(
            "select max(record_count), arg_max(business_date, record_count) from events where user_id = ?"
            " and action in ('export', 'print') and patient_id is null and outcome is distinct from 'failure'"
            " and business_date <= ?",
            told.values["user"], max(self.complaints.values()),
        )  # fmt: skip
        return rows[0][0] if told.name.endswith("records") else str(rows[0][1])

    def _approval(self, told: Any) -> object:
        """The dates of the approval that covered an export, from the table as the site wrote it."""
        with (self.hospital.folder / self.hospital.settings["context"]["approvals"]).open(
            encoding="utf-8-sig"
        ) as stream:
            rows = [row for row in csv.DictReader(stream) if row["reason"] == told.values["reason"]]
        covering = [row for row in rows if row["patterns"] == "" or "bulk-export" in row["patterns"].split("|")]
        key = {"from": "start", "until": "end"}.get(told.name.rpartition(".")[2])
        return Either({row[key] for row in covering}) if key else KNOWN

    def table(self, table: Table) -> None:
        """Compare each account, or each record of one."""
        if self.user:
            names = ("patient", "first", "days_before", "what", "why", "others")
            columns = {self.say(f"trace.{name}"): name for name in names}
            patients = [row[0] for row in table.rows]
            self.equal("", "trace patients", sorted(patients), sorted(self.complaints))
            self.rows(table, columns, (self._record(patient) for patient in patients))
            return
        names = ("who", "department", "opened", "expected", "unexplained", "posterior", "not_told_apart")
        columns = {"": "rank", **{self.say(f"trace.{name}"): name for name in names}}
        users = [row[1].partition(" ")[0] for row in table.rows]
        self.rows(table, columns, (
            {
                "rank": place, "who": _who(self.ranked[user]), "department": self.ranked[user]["department"],
                "posterior": percent(self.ranked[user]["posterior"]), "not_told_apart": self._alike(user),
                "opened": f"{len(self.opened[user])}/{len(self.complaints)}",
                "expected": float(self.ranked[user]["expected"]), "unexplained": self._unexplained(user),
            }
            for place, user in enumerate(list(self.ranked)[: len(users)], start=1)
        ))  # fmt: skip

    def _record(self, patient: str) -> Counted:
        times = self.opened[self.user].get(patient)
        found: dict[str, Any] = {"patient": patient, "what": KNOWN, "why": KNOWN,
                                 "others": self._others(patient, self.user)}  # fmt: skip
        if not times:
            return found | {"first": None, "days_before": None}
        last = max(day for day, _ in times)
        return found | {"first": f"{times[0][1]:%Y-%m-%d %H:%M}", "days_before": (self.complaints[patient] - last).days}

    def _later(self) -> int:
        """Records of the list that the account opened only after the leak was known."""
        later = (
            self.hospital.all(
                f"select 1 from events where user_id = ? and patient_id = ? and business_date > ? and {ACCESS} limit 1",
                self.user, patient, known_on,
            )
            for patient, known_on in self.complaints.items() if patient not in self.opened.get(self.user, {})
        )  # fmt: skip
        return sum(bool(one) for one in later)

    def _alike(self, user: str) -> str:
        alike = self.ranked[user]["indistinguishable_from"]
        first = self.say.words(alike[:NAMED])
        return first if len(alike) <= NAMED else self.say("trace.and_more", names=first, count=len(alike) - NAMED)

    def _unexplained(self, user: str) -> int:
        """Count the accesses that neither care nor a task accounts for."""
        total = 0
        for patient, times in self.opened[user].items():
            judged = dict(self.hospital.all(
                "select business_date, state = 'explained' and list_contains(?, explanation) from patient_days"
                " where user_id = ? and patient_id = ?",
                sorted(GROUNDS), user, patient,
            ))  # fmt: skip
            minutes = {(day, time.replace(second=0, microsecond=0)) for day, time in times}
            total += sum(not judged.get(day) for day, _ in minutes)
        return total
