"""Reads a paper: every statement, whatever it says it comes from, and every table, each figure counted anew."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from detector.deployment.settings import load_settings
from detector.reports.papers.measures import OF_ACCOUNTS
from tests.sentences.expected import KNOWN
from tests.sentences.exposure_figures import LEAST, Opened
from tests.sentences.policy_facts import seals
from tests.sentences.reports import ReportSheet
from tests.sentences.sheets import Counted
from tests.sentences.sums import Report

STATES: Final = ("open", "confirmed", "escalated", "justified", "false_alarm")
ORIGINS: Final = ("measured", "configured", "unseen", "written")
SECTIONS: Final = ("paper", "employment", "account_type", "category")


def share(part: int, whole: int) -> float:
    """Return a share in per cent; of nothing it is no number."""
    return part / whole * 100 if whole else math.nan


class PaperSheet(ReportSheet):
    """One paper with the findings of the deployment; ``trail`` are the kinds of its entries by number."""

    def __init__(self, report: Report, findings: Sequence[Mapping[str, Any]], trail: Mapping[int, str]) -> None:
        super().__init__(report, findings, more=SECTIONS)
        self.trail = trail

    def _block(self, block: Mapping[str, Any]) -> None:
        if block.get("kind") == "statements":
            for text in (block["title"], block["clause"], block["asks"]):
                self.sentence(text, self.counted)
            for one in block["statements"]:
                self.sentence(one["text"], self.counted)
            return
        super()._block(block)

    @property
    def origins(self) -> list[str]:
        """The origin of every statement."""
        return [one["origin"] for block in self.report.blocks() for one in block.get("statements", ())]

    @cached_property
    def raised(self) -> Sequence[Mapping[str, Any]]:
        """Alerts of the period."""
        return self.alerts(self.first, self.last)

    def _sealed(self) -> int:
        """Records under seal at some moment of the period."""
        zone = ZoneInfo(self.hospital.settings["site"]["timezone"])
        begin = dt.datetime.combine(self.first, dt.time(), zone)
        end = dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), zone)
        spans = (one for one in seals(self.hospital) if one.starts_at < end)
        return len({one.patient for one in spans if one.ends_at is None or one.ends_at > begin})

    @cached_property
    def counted(self) -> Counted:
        """Every figure of the texts."""
        origins = self.origins
        return {
            **super().counted,
            **self._of_logs(),
            **self._of_alerts(),
            **self._of_access(),
            **self._of_settings(),
            "paper.to_write.count": origins.count("written"),
            **{f"paper.legend_{one}.count": origins.count(one) for one in ORIGINS},
            "paper.few.k": LEAST,
            "report.units_total.patient_days": self.shares["all"],
        }

    def _of_logs(self) -> Counted:
        unnamed, operations = self._unnamed()
        span = self.hospital.all("select min(business_date), max(business_date) from events")[0]
        learning = self.hospital.judged_from - dt.timedelta(days=1)
        held = [one for one, kind in self.trail.items() if kind in {"decision", "night"}]
        sources = self.hospital.one(
            "select count(distinct source) from events where business_date between ? and ?", self.first, self.last
        )
        return {
            "paper.sources.sources": sources, "paper.sources.events": operations, "paper.sources.without": unnamed,
            "paper.sources.share": share(unnamed, operations),
            **{f"paper.accounting.{name}": self._files[name] for name in self._files},
            "paper.short_period.days": (self.last - self.first).days + 1,
            "paper.kept.first": span[0], "paper.kept.last": span[1], "paper.kept.days": (span[1] - span[0]).days + 1,
            "paper.nights.days": (self.last - self.first).days + 1, "paper.nights.judged": self._days(),
            "paper.learning.until": learning, "paper.trail_holds.entries": max(held, default=0),
        }  # fmt: skip

    @cached_property
    def _files(self) -> Mapping[str, object]:
        """The rows of the period's files, from the files themselves where these are where they were."""
        names = ("rows_read", "accepted", "duplicates", "quarantined")
        sources = self.hospital.all(
            "select distinct source from files where not starts_with(source, 'context:')"
            " and (first_date is null or (first_date <= ? and last_date >= ?))", self.last, self.first,
        )  # fmt: skip
        rows = [self._file_row({"source": source, **dict.fromkeys(names)}) for (source,) in sources]
        if any(row[name] is KNOWN for row in rows for name in names):
            return dict.fromkeys(names, KNOWN)
        return {name: sum(int(str(row[name])) for row in rows) for name in names}

    def _of_alerts(self) -> Counted:
        decisions = self.hospital.all("select officer from decisions")
        confirmed = [one["finding_id"] for one in self._decided() if one["status"] == "confirmed"]
        touched = self.hospital.one(
            "select count(distinct patient_id) from cited where list_contains(?, finding_id)"
            " and not list_contains(?, patient_id)", confirmed, sorted(self.hospital.decoys),
        )  # fmt: skip
        days, patients = zip(*self._warnings(), strict=True) if self._warnings() else ((0,), (0,))
        return {
            "paper.decisions.raised": len(self.raised), "paper.decisions.waiting": len(self.waiting),
            "paper.decisions.settled": sum(one["alert"] for one in self._decided()),
            "paper.decisions.decisions": len(decisions), "paper.decisions.people": len(set(decisions)),
            "paper.outcomes.alerts": len(self.raised),
            **{f"paper.outcomes.{one}": sum(row["status"] == one for row in self.raised) for one in STATES},
            "paper.sealed.count": self._sealed(),
            "paper.confirmed.findings": len(confirmed), "paper.confirmed.patients": touched,
            "paper.unsettled.waiting": len(self.waiting),
            "paper.unsettled.since": min((one["alerted_on"] for one in self.waiting), default=None),
            "paper.account_alerts.count": sum(bool({*OF_ACCOUNTS} & {*one["patterns"]}) for one in self.raised),
            "paper.warning.alerts": len(self._warnings()), "paper.warning.most": max(days),
            "paper.warning.days": float(statistics.median(days)), "paper.warning.same": days.count(0),
            "paper.exposed.patients": float(statistics.median(patients)), "paper.exposed.most": max(patients),
            "paper.exposed.many": 50, "paper.exposed.reached": sum(one >= 50 for one in patients),
        }  # fmt: skip

    def _warnings(self) -> list[tuple[int, int]]:
        """Return of each alert about an account: days since the first access that it names, and patients by then."""
        found = []
        for one in self.raised:
            if one["subject"] != "account" or one["alerted_by"] == ["draw"]:
                continue
            alerted = dt.date.fromisoformat(one["alerted_on"])
            rows = self.hospital.all(
                "select local_time::date, patient_id from cited where finding_id = ?", one["finding_id"]
            )
            first = min(day for day, _ in rows)
            patients = {patient for day, patient in rows if day <= alerted and patient} - self.hospital.decoys
            found.append((max(0, (alerted - first).days), len(patients)))
        return found

    def _of_access(self) -> Counted:
        opened = self.exposure.opened
        shares = self.shares
        copied = self.hospital.all(
            "select count(*), coalesce(sum(record_count), 0)::bigint from events"
            " where outcome = 'success' and action in ('print', 'export') and business_date between ? and ?"
            " and (business_date, user_id) in"
            " (select (business_date, user_id) from account_days where account_type = 'human')", self.first, self.last,
        )[0]  # fmt: skip
        births = dict(self.hospital.all("select patient_id, birth_date from patients"))
        minors = [one for one in opened if _is_minor(births.get(one.patient), one.day)]
        paper_copies = [one for one in opened if {("action", "print"), ("action", "export")} & one.used]
        listed = {row[0] for row in self.hospital.all("select user_id from staff")}
        users = {one.user for one in self.exposure.every if one.day >= self.first}
        return {
            "paper.grounds.patient_days": shares["all"], "paper.grounds.judged": shares["judged"],
            "paper.grounds.explained": shares["ground"], "paper.grounds.usual": shares["usual"],
            "paper.grounds.suspicious": shares["judged_suspicious"],
            "paper.grounds.share": shares["ground_share"] * 100, "paper.office_grounds.office": self._of_offices(),
            "paper.copies.copies": copied[0], "paper.copies.records": copied[1], **_told("copies", paper_copies),
            **_told("minors", minors), "paper.minors.patients": len({one.patient for one in minors}),
            "paper.births.opened": len({one.patient for one in opened}),
            "paper.births.born": len({one.patient for one in opened if births.get(one.patient)}),
            **_of_kinds("contact", opened, ("demographics",)),
            **_of_kinds("sensitive", opened, ("psychiatric", "reproductive", "infectious")),
            "paper.unlisted.accounts": len(users - listed),
        }  # fmt: skip

    def _of_offices(self) -> int:
        """Patient-days of people whose ground is an office's task, by the relation that was stored."""
        found = self.hospital.one(
            "select count(*) from patient_days where relation = 'office_task' and explanation = 'office_task'"
            " and account_type = 'human' and business_date between ? and ?",
            max(self.first, self.hospital.judged_from), self.last,
        )  # fmt: skip
        return int(found)

    def _of_settings(self) -> Counted:
        settings = load_settings(self.hospital.folder)
        return {
            "paper.set_officers.count": len(settings.officers), "paper.set_offices.count": KNOWN,
            "paper.set_retention.days": settings.store.keep_events_days,
            "paper.set_alerting.budget": settings.alerting.budget,
            "paper.set_alerting.days": settings.alerting.learning_days,
        }  # fmt: skip

    def _readers(self) -> Mapping[str, Any]:
        return {
            **super()._readers(), "patterns": self._pattern_row, "categories": self._category_row,
            "staff-kinds": self._kind_row,
        }  # fmt: skip

    def _pattern_row(self, row: Mapping[str, Any]) -> Counted:
        from detector.findings.wording import pattern_words

        of_it = [one for one in self.raised if pattern_words(one["patterns"][:1], self.language) == row["pattern"]]
        counts = {state: sum(one["status"] == state for one in of_it) for state in STATES}
        return {"pattern": row["pattern"], "alerts": len(of_it), **counts}

    def _category_row(self, row: Mapping[str, Any]) -> Counted:
        of_it = [
            one for one in self.exposure.opened
            if any(kind == "category" and self.say.name(kind, name) == row["category"] for kind, name in one.used)
        ]  # fmt: skip
        accounts = len({one.user for one in of_it})
        if accounts < LEAST:
            nothing = dict.fromkeys(("patients", "patient_days", "explained", "usual", "suspicious"))
            return {"category": row["category"], "accounts": self.say("paper.few", k=LEAST), **nothing}
        judged = [one for one in of_it if one.judged]
        suspicious = {
            tuple(found) for found in self.hospital.all(
                "select business_date, user_id, patient_id from patient_days where state = 'suspicious'"
            )
        }  # fmt: skip
        return {
            "category": row["category"], "accounts": accounts, "patients": len({one.patient for one in of_it}),
            "patient_days": len(of_it), "explained": _part(judged, "ground"), "usual": _part(judged, "usual"),
            "suspicious": sum((one.day, one.user, one.patient) in suspicious for one in judged),
        }  # fmt: skip

    def _kind_row(self, row: Mapping[str, Any]) -> Counted:
        """Count a kind's work; of small kinds of people together, what the others leave."""
        end = dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time())
        employed = dict(self.hospital.all(
            "select user_id, arg_max(coalesce(employment, ''), coalesce(starts_at, timestamp '-infinity')) from staff"
            " where starts_at is null or starts_at < ? group by user_id", end,
        ))  # fmt: skip
        types = dict(self.hospital.all(
            "select user_id, last(account_type order by business_date, account_type) from patient_days"
            " where business_date between ? and ? group by user_id", self.first, self.last,
        ))  # fmt: skip
        kinds: dict[str, set[str]] = defaultdict(set)
        for user, kind in types.items():
            own = self.say.name("employment", employed.get(user) or "unknown")
            kinds[own if kind == "human" else self.say.name("account_type", kind)].add(user)
        named = {one["kind"] for one in self.report.table("staff-kinds")} & set(kinds)
        others = set(kinds) - named
        users = kinds[row["kind"]] if row["kind"] in named else {one for kind in others for one in kinds[kind]}
        name = row["kind"] if row["kind"] in named else self.say("report.others", count=len(others))
        accesses = self.hospital.one(
            "select sum(accesses)::bigint from logged where list_contains(?, user_id)"
            " and business_date between ? and ?",
            sorted(users), self.first, self.last,
        )  # fmt: skip
        found: dict[str, Any] = {"kind": name, "accounts": len(users), "accesses": accesses}
        if any(types[user] != "human" for user in users):
            return found | dict.fromkeys(("patient_days", "explained", "suspicious"))
        shares = self._shares(self.first, self.last, "list_contains(?, user_id)", sorted(users))
        explained = shares["ground"] / shares["judged"] if shares["judged"] else None
        return found | {
            "patient_days": shares["all"], "explained": explained, "suspicious": shares["judged_suspicious"],
        }  # fmt: skip


def _is_minor(born: dt.date | None, day: dt.date) -> bool:
    """Whether somebody born then is under fourteen on a day."""
    return born is not None and day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < 14


def _part(days: Sequence[Opened], kind: str) -> float | None:
    return sum(getattr(one, kind) for one in days) / len(days) if days else None


def _told(name: str, days: Sequence[Opened]) -> dict[str, object]:
    judged = [one for one in days if one.judged]
    grounded = sum(one.ground for one in judged)
    return {
        f"paper.{name}.patient_days": len(days), f"paper.{name}.judged": len(judged),
        f"paper.{name}.explained": grounded, f"paper.{name}.share": share(grounded, len(judged)),
    }  # fmt: skip


def _of_kinds(name: str, opened: Sequence[Opened], categories: Sequence[str]) -> dict[str, object]:
    """Count the patient-days under each of some kinds of data, and shares of those judged."""
    days = [one for category in categories for one in opened if ("category", category) in one.used]
    judged = [one for one in days if one.judged]
    return {
        f"paper.{name}.patient_days": len(days), f"paper.{name}.judged": len(judged),
        f"paper.{name}.share": share(sum(one.ground for one in judged), len(judged)),
        f"paper.{name}.usual": share(sum(one.usual for one in judged), len(judged)),
    }  # fmt: skip
