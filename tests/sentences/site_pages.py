"""Reads the screens about a deployment, an account, a record, a leak: each figure counted anew from the log."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from detector.model.relations import explanation_text
from detector.texts.language import Language
from tests.sentences.expected import KNOWN
from tests.sentences.hospital import GROUNDS, Hospital
from tests.sentences.pages import pieces
from tests.sentences.reading import DAYS
from tests.sentences.reports import visible
from tests.sentences.screen_tables import Table, parts
from tests.sentences.sheets import Counted, Sheet
from tests.sentences.spread_figures import Spread

ACCESS: Final = (
    "patient_id is not null and action not in ('login', 'logout', 'other')"
    " and business_date in (select business_date from dates)"
)
"""What opened a record on a date that was worked through."""
Finding = Mapping[str, Any]


class Screen(Sheet):
    """A screen of lines and tables."""

    def read(self, lines: Sequence[str], counted: Counted) -> None:
        """Read all of it; a table goes to :meth:`table`."""
        for part in parts(lines):
            if isinstance(part, Table):
                self.table(part)
            else:
                self.line(part, counted)

    def line(self, line: str, counted: Counted) -> None:
        """Read a line, piece by piece."""
        for piece in pieces(line):
            self.sentence(piece.removeprefix("- ").removeprefix("! "), counted)

    def table(self, table: Table) -> None:
        """Read a table."""
        self.note(" ".join(table.titles), "table", len(table.rows), "nobody reads it")

    def rows(self, table: Table, columns: Mapping[str, str], counted: Iterable[Counted]) -> None:
        """Compare a table's rows: ``columns`` names each by its title."""
        where = " ".join(table.titles)
        expected = list(counted)
        if len(expected) != len(table.rows):
            self.note(where, "rows", len(table.rows), len(expected))
        for shown, one in zip(table.by_title(), expected, strict=False):
            self.cells(" ".join(shown.values()), {columns.get(key, key): value for key, value in shown.items()}, one)


class FindingsScreen(Screen):
    """The list of findings."""

    def __init__(self, hospital: Hospital, language: Language, findings: Sequence[Finding]) -> None:
        super().__init__(hospital, language, "findings", ("findings", "visible", "report"))
        self.findings = findings

    def all(self, lines: Sequence[str]) -> None:
        """Read the list."""
        alerts = sum(one["alert"] for one in self.findings)
        count = len(self.findings)
        waiting = sum(one["status"] == "open" for one in self.findings)
        self.read(lines, visible(self.hospital) | {
            "findings.count.findings": count, "findings.count.alerts": alerts, "findings.news_first.new": count,
            "findings.news_first.open": waiting, "findings.news.open": waiting, "findings.news.new": KNOWN,
            "findings.news.grown": KNOWN, "findings.news.time": KNOWN,
            "findings.next.finding": lambda told: {self.findings[0]["finding_id"][: len(told.value)]},
        })  # fmt: skip

    def table(self, table: Table) -> None:
        """Compare each finding."""
        names = ("id", "risk", "severity", "standing", "who", "department", "pattern", "records", "seen")
        columns = {self.say(f"findings.{name}").strip(): name for name in names}
        length = min(len(row[0]) for row in table.rows)
        self.rows(table, columns, (
            {
                "id": one["finding_id"][:length], "risk": round(one["risk"]), "standing": KNOWN, "pattern": KNOWN,
                "severity": ("! " if one["alert"] else "") + self.say.name("severity", one["severity"]),
                "who": _who(one) if one["user_id"] else KNOWN, "department": KNOWN, "records": one["records"],
                "seen": one["last_seen_on"][5:],
            }
            for one in self.findings
        ))  # fmt: skip


class StatusScreen(Screen):
    """What the night job is about."""

    def __init__(self, hospital: Hospital, language: Language, findings: Sequence[Finding]) -> None:
        super().__init__(hospital, language, "status", ("status", "visible", "report", "export"))
        self.findings = findings

    def all(self, lines: Sequence[str]) -> None:
        """Read it: label and value stand apart."""
        waiting = sum(one["alert"] and one["status"] == "open" for one in self.findings)
        values = {
            self.say("status.through"): str(self.hospital.night),
            self.say("status.alerts"): str(waiting),
        }
        spread = Spread(self.hospital, self.hospital.night, self.findings, self.say)
        counted = visible(self.hospital) | spread.figures() | {
            "status.title.site": self.hospital.settings["site"]["name"],
            "status.ago.*": KNOWN, "status.run_ended.*": KNOWN, "status.run_failed.*": KNOWN,
            "status.precision_few.*": KNOWN, "status.precision_none.waiting": KNOWN,
            "status.precision_share.*": KNOWN, "status.run_running.*": KNOWN, "status.run_killed.*": KNOWN,
            "status.outbox.name": KNOWN, "export.state.*": KNOWN, "status.delay_days.*": KNOWN,
        }  # fmt: skip
        outbox, uneven = self.say("status.outbox", name=""), self.say("status.uneven_alerts")
        named = sum(pieces(line)[:1] == [uneven] for line in lines)
        self.equal(uneven, "groups", named, len(spread.standing_out))
        for line in lines:
            label, *value = pieces(line)[:2] or [""]
            if label in values:
                self.equal(line, label, *value, values[label])
            elif not label.startswith(outbox):  # what waits for receivers is no figure of the hospital
                self.line(line, counted)


class AccountScreen(Screen):
    """One account."""

    def __init__(self, hospital: Hospital, language: Language, user: str, findings: Sequence[Finding]) -> None:
        super().__init__(hospital, language, f"user {user}", ("user", "show", "weekday", "explanation"))
        self.user, self.findings = user, [one for one in findings if one["user_id"] == user]

    @cached_property
    def judged(self) -> list[tuple[dt.date, str | None, str]]:
        """Date, explanation and state of each of its patient-days."""
        return [
            (row[0], row[1], row[2])
            for row in self.hospital.all(
                "select business_date, explanation, state, patient_id from patient_days where user_id = ?"
                " and business_date >= ?",
                self.user,
                self.hospital.judged_from,
            )
        ]

    @cached_property
    def days(self) -> dict[dt.date, int]:
        """Date → patients opened."""
        rows = self.hospital.all(
            f"select business_date, count(distinct patient_id) from events where user_id = ? and {ACCESS} group by all",
            self.user,
        )
        return {row[0]: row[1] for row in rows}

    def all(self, lines: Sequence[str]) -> None:
        """Read it."""
        opened = self.hospital.all(
            "select count(distinct patient_id) filter (judged), count(distinct (business_date, patient_id)) filter"
            " (judged), count(distinct (business_date, patient_id)) filter (not judged) from"
            f" (select *, business_date >= ? as judged from events where user_id = ? and {ACCESS})",
            self.hospital.judged_from,
            self.user,
        )[0]
        counted = {
            "user.title.user": self.user,
            "user.more.user": self.user,
            "user.explained.patients": opened[0],
            "user.explained.accesses": opened[1],
            "user.peers.*": lambda told: self._peers()[told.name[11:]],
            "user.activity.start": lambda told: {str(min(self.days)), str(max(self.days) - dt.timedelta(days=59))},
            "user.unjudged.last": str(self.hospital.judged_from - dt.timedelta(days=1)),
            "user.unjudged.count": opened[2],
            "user.activity.end": max(self.days) if self.days else None,
            **{f"user.dates_{key}.*": self._dates() for key in ("both", "until", "from")},
        }
        charts = self._charts()
        for part in parts(lines):
            if isinstance(part, Table):
                self.table(part)
                continue
            chart = re.fullmatch(rf"(?P<label>.*?) *{DAYS}(?P<most>.*)", part.strip())
            if re.fullmatch(r"[\d ]+", part):
                continue  # the hours above the map
            if chart and chart["label"] in charts and chart["most"].strip():
                self.sentence(chart["most"].strip(), {"show.most.count": charts[chart["label"]]})
            elif not self._finding(part):
                self.line(re.sub("[░▒▓█·]{7,}", " ", part), counted)

    def _charts(self) -> dict[str, object]:
        """Label → the most of any day that the chart shows."""
        kinds: dict[str, dict[dt.date, int]] = {name: defaultdict(int) for name in ("ground", "usual", "none")}
        for day, explanation, state in self.judged:
            name = "none" if state != "explained" else "usual" if explanation == "habit" else "ground"
            kinds[name][day] += 1
        peers = self._peer_days()
        begin = max(self.days, default=dt.date.max) - dt.timedelta(days=59)
        shown = {day for day in self.days if day >= begin}
        most = {name: max((count for day, count in days.items() if day in shown), default=0)
                for name, days in {"all": self.days, **kinds}.items()}  # fmt: skip
        first = min(shown, default=dt.date.max)
        alike = [count for day, count in peers.items() if first <= day <= max(shown)]
        return {
            self.say("user.all"): most["all"], self.say("user.with_ground"): most["ground"],
            self.say("user.usual"): most["usual"], self.say("user.unexplained"): most["none"],
            self.say("user.peer_median"): max(alike, default=0),
        }  # fmt: skip

    @cached_property
    def _alike(self) -> dict[str, dict[dt.date, int]]:
        """Patients a day of every account, on dates on which it had the unit and post that this one had last."""
        rows = self.hospital.all(
            "select user_id, business_date, count(*) from patient_days where (department, role) in"
            " (select (arg_max(department, business_date), arg_max(role, business_date)) from patient_days"
            " where user_id = ?) group by all",
            self.user,
        )
        found: dict[str, dict[dt.date, int]] = defaultdict(dict)
        for user, day, count in rows:
            found[user][day] = count
        return found

    def _peer_days(self) -> dict[dt.date, float]:
        by_day: dict[dt.date, list[int]] = defaultdict(list)
        for user, days in self._alike.items():
            for day, count in days.items():
                if user != self.user:
                    by_day[day].append(count)
        return {day: statistics.median(counts) for day, counts in by_day.items()}

    def _peers(self) -> dict[str, object]:
        newest = self.hospital.one("select max(business_date) from patient_days")
        medians = {
            user: statistics.median(recent)
            for user, days in self._alike.items()
            if (recent := [count for day, count in days.items() if day > newest - dt.timedelta(days=28)])
        }
        others = [value for user, value in medians.items() if user != self.user]
        return {
            "peers": len(others), "patients": {float(statistics.median(others))} if others else None,
            "own": {float(medians.get(self.user, 0))}, "department": KNOWN,
        }  # fmt: skip

    def _dates(self) -> set[str]:
        rows = self.hospital.all(
            "select starts_at::date, (ends_at - interval 1 second)::date from staff where user_id = ?", self.user
        )
        return {str(one) for row in rows for one in row if one is not None}

    def _finding(self, line: str) -> bool:
        """Compare a line about a finding: its id, risk and last day."""
        known = {one["finding_id"]: one for one in self.findings}
        named = next((identity for identity in known if re.match(rf"\s*!?\s*{identity}\b", line)), None)
        if named is None:
            return False
        told = pieces(line.strip().removeprefix("!"))
        one = known[named]
        self.equal(line, "risk", told[1], str(round(one["risk"])))
        self.equal(line, "until", told[-1], one["window_end"])
        self.equal(line, "alert", line.strip().startswith("!"), one["alert"])
        return True

    def table(self, table: Table) -> None:
        """Compare what accounts for its accesses."""
        columns = {self.say(f"user.{name}"): name for name in ("reason", "patient_days", "share", "suspicious")}
        by: dict[str, list[str]] = defaultdict(list)
        for _, explanation, state in self.judged:
            by[explanation_text(explanation, self.say)].append(state)
        shown = [row[columns_of(table, columns)["reason"]] for row in table.rows]
        self.rows(table, {**columns, "": "bar"}, (
            {
                "reason": why, "patient_days": len(by.get(why, ())), "share": 100.0 * len(by[why]) / len(self.judged)
                if why in by else None, "suspicious": sum(state == "suspicious" for state in by.get(why, ())),
                "bar": KNOWN,
            }
            for why in shown
        ))  # fmt: skip
        if len(shown) != len(by):
            self.note("", "user.explained rows", len(shown), len(by))


class RecordScreen(Screen):
    """One record."""

    def __init__(self, hospital: Hospital, language: Language, patient: str) -> None:
        super().__init__(hospital, language, f"patient {patient}", ("patient", "explanation", "state"))
        self.patient = patient

    def all(self, lines: Sequence[str]) -> None:
        """Read it."""
        judged = self.hospital.all(
            "select user_id, business_date, explanation, state from patient_days where patient_id = ?", self.patient
        )
        days = self.hospital.all(
            f"select distinct user_id, business_date from events where patient_id = ? and {ACCESS}", self.patient
        )
        cited = {row[0] for row in self.hospital.all(
            "select finding_id from cited where patient_id = ? union"
            " select finding_id from findings where patient_id = ?", self.patient, self.patient,
        )}  # fmt: skip
        grounded = sum(row[3] == "explained" and row[2] in GROUNDS for row in judged)
        self.read(lines, {
            "patient.title.patient": self.patient, "patient.more.patient": self.patient,
            "patient.summary.accounts": len({row[0] for row in days}), "patient.summary.total": len(days),
            "patient.summary.explained": grounded,
            "patient.summary.usual": sum(row[3] == "explained" and row[2] == "habit" for row in judged),
            "patient.findings.findings": cited and (lambda told: told.value if told.value in cited else sorted(cited)),
        })  # fmt: skip

    def table(self, table: Table) -> None:
        """Compare each account."""
        names = ("account", "department", "first", "last", "accesses", "state", "why")
        columns = {self.say(f"patient.{name}"): name for name in names}
        found = {row[0]: row[1:] for row in self.hospital.all(
            "select user_id, min(local_time)::date, max(local_time)::date,"
            " count(distinct (business_date, date_trunc('minute', local_time))) from events"
            f" where patient_id = ? and {ACCESS} group by user_id", self.patient,
        )}  # fmt: skip
        users = [row[columns_of(table, columns)["account"]].partition(" ")[0] for row in table.rows]
        self.equal("", "patient accounts", len(set(users)), len(found))
        self.rows(table, columns, (
            {"account": KNOWN, "department": KNOWN, "state": KNOWN, "why": KNOWN}
            | dict(zip(("first", "last", "accesses"), found.get(user, (None, None, None)), strict=True))
            for user in users
        ))  # fmt: skip


def columns_of(table: Table, columns: Mapping[str, str]) -> dict[str, int]:
    """Return at which place each named column stands."""
    return {columns[title]: place for place, title in enumerate(table.titles) if title in columns}


def _who(one: Finding) -> str:
    return " ".join(filter(None, (one["user_id"], one["user_name"])))
