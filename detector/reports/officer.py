"""The officer's part: what needs a decision, what is new and why, what was decided, what only is listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from detector.findings.reading import read_finding
from detector.findings.reasons import OF_DAYS
from detector.findings.told_reasons import TOLD, share_words
from detector.findings.wording import exposure_text, headline_words, suspicious_key
from detector.model.findings import FindingRow, Status
from detector.privacy.hiding import numbers_in_findings
from detector.reports.document import (
    Block,
    Card,
    Chart,
    Items,
    Paragraph,
    Part,
    ReportColumn,
    ReportTable,
    Section,
    Series,
)
from detector.reports.numbers import Numbers
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.period_sight import PeriodSight
from detector.reports.periods import Period
from detector.texts import Texts
from detector.texts.untrusted import called

LISTED: Final = 15
DAYS: Final = 60
DAYS_TOLD: Final = {
    "show.timeline_suspicious": "card_days_description",
    "show.timeline_decoys": "card_days_decoys",
    "show.timeline_both": "card_days_both",
}
"""What the days of a finding count → the sentence about their picture."""


@dataclass(frozen=True, slots=True)
class OfficerReader:
    """Writes the officer's part.

    ``decisions`` are rows of ``finding_id, decided_at, disposition, officer, note, undoes``.
    """

    connection: duckdb.DuckDBPyConnection
    alerts: PeriodAlerts
    decisions: Sequence[Mapping[str, Any]]
    days_to_decide: float | None
    period: Period
    texts: Texts
    numbers: Numbers

    def part(self, sight: PeriodSight, sealed: Sequence[Block] = ()) -> Part:
        """Return the part; ``sealed`` tells of the records under seal, where there were any."""
        say = self.texts
        alerts, scope = self.alerts, sight.brief
        listed = alerts.listed()
        sections: dict[str, list[Block]] = {
            "waiting": [self._table("waiting", alerts.waiting(), say("report.waiting_none", scope=scope))],
            "waiting_new": self._cards(alerts.waiting_new(), Paragraph(say("report.waiting_new_none", scope=scope))),
            "waiting_before": self._cards(alerts.waiting_before(), Paragraph(say("report.waiting_before_none"))),
            "decided": [self._decided(), *self._escalated(), *self._cards(alerts.settled())],
            **({"sealed": list(sealed)} if sealed else {}),
            "listed": [
                Paragraph(say("report.listed_note"), "note"),
                self._table("listed", listed[:LISTED], say("report.listed_none", scope=sight.brief)),
            ],
        }
        return Part(
            "officer",
            say("report.officer"),
            say("report.officer_reader"),
            [Section(name, say(f"report.{name}"), blocks) for name, blocks in sections.items()],
        )

    def _cards(self, findings: Sequence[FindingRow], *none: Block) -> list[Block]:
        """Tell every finding in full; without any, what stands there instead."""
        return [self.card(one) for one in findings] or list(none)

    def _escalated(self) -> list[Block]:
        """List what was passed on earlier and has no outcome yet, so that it is not forgotten."""
        findings = self.alerts.escalated_before()
        return [self._table("escalated_before", findings, "")] if findings else []

    def who(self, finding: FindingRow) -> str:
        """Name the subject: account and name, a record's pseudonym, or a source."""
        if finding["subject"] == "record":
            return self.texts("findings.record", patient=self.numbers(str(finding["patient_id"])))
        if finding["subject"] == "source":
            return self.texts("findings.source", source=finding["source"])
        return called(finding)

    def _table(self, name: str, findings: Sequence[FindingRow], empty: str) -> ReportTable:
        say = self.texts
        rows = [
            {
                "finding": one["finding_id"],
                "severity": one["severity"],
                "severity_name": say.name("severity", one["severity"]),
                "risk": round(one["risk"]),
                "who": self.who(one),
                "department": one["department"],
                "role": one["role"],
                "pattern": headline_words(one, say.language, most=2),
                "records": one["records"],
                "since": _day(one["alerted_on"] or one["detected_on"]),
                "days": (self.period.last - dt.date.fromisoformat(one["alerted_on"] or one["detected_on"])).days,
            }
            for one in findings
        ]
        columns = [
            ReportColumn("finding", say("findings.id")),
            ReportColumn("severity_name", say("report.severity"), "severity"),
            ReportColumn("risk", say("findings.risk"), "count"),
            ReportColumn("who", say("report.subject"), "name"),
            ReportColumn("department", say("findings.department")),
            ReportColumn("pattern", say("findings.pattern")),
            ReportColumn("records", say("findings.records"), "count"),
            ReportColumn("since", say("report.since"), "date"),
            ReportColumn("days", say("report.days_open"), "count"),
        ]
        return ReportTable(name, say(f"report.{name}"), columns, rows, empty=empty)

    def card(self, finding: FindingRow, *, checks: bool = True) -> Card:
        """Tell one finding: what it looks like, why, how much, what speaks for the person, what to check."""
        say = self.texts
        detail = read_finding(self.connection, finding["finding_id"], say.language)
        identity = str(finding["finding_id"])
        numbers = {*numbers_in_findings(self.connection, [identity])[identity], str(finding["patient_id"] or "")}

        def safe(text: str) -> str:
            return self.numbers.in_text(text, numbers)

        subtitle = " · ".join(str(part) for part in (finding["department"], finding["role"]) if part)
        state = say(
            "report.card_state",
            alert=finding["alerted_on"] or "–",
            status=say.name("finding_status", self.alerts.status(finding)),
            risk=f"{finding['risk']:.0f}",
            start=finding["window_start"],
            end=finding["window_end"],
        )
        blocks: list[Block] = [
            *self._decision(finding),  # before what was suspected
            *([Paragraph(say("show.opens_cleared", text=detail.cleared))] if detail.cleared else []),
            Paragraph(headline_words(finding, say.language)),
            *([Paragraph(detail.summary)] if detail.summary else []),
            Paragraph(state, "note"),
        ]
        if finding["subject"] != "source":
            blocks.append(Paragraph(exposure_text(finding, say.language)))
        blocks += self._reasons(finding, detail.reasons, safe)
        blocks += self._days(finding, detail.days)
        spoken = [self._spoken(one, safe) for one in finding["explained"]]
        blocks.append(Items(say("show.explained"), spoken or [say("show.not_explained")]))
        if any(one["share"] is not None for one in finding["explained"]):
            blocks.append(Paragraph(say("show.explained_base"), "note"))
        if checks and detail.checks and self.alerts.status(finding) is Status.OPEN:
            blocks.append(Items(say("show.checks"), detail.checks))
        return Card(
            id=finding["finding_id"],
            title=f"{finding['finding_id']}  {self.who(finding)}",
            severity=finding["severity"],
            severity_name=say.name("severity", finding["severity"]),
            subtitle=subtitle,
            blocks=blocks,
        )

    def _decision(self, finding: FindingRow) -> list[Block]:
        """Tell what was decided in the period about a finding, and by whom."""
        say = self.texts
        return [
            Paragraph(say(
                "report.card_decision", date=_date(one["decided_at"]), officer=one["officer"], note=one["note"],
                disposition=decided(one["disposition"], one["undoes"], say),
            ))
            for one in self.decisions
            if one["finding_id"] == finding["finding_id"]
        ]  # fmt: skip

    def _spoken(self, one: Mapping[str, Any], safe: Callable[[str], str]) -> str:
        if one["share"] is None:
            return safe(one["text"])
        return self.texts("show.explained_share", share=f"{one['share']:.0%}", text=safe(one["text"]))

    def _reasons(
        self, finding: FindingRow, told: Sequence[Mapping[str, Any]], safe: Callable[[str], str]
    ) -> list[Block]:
        say = self.texts
        rows = [
            {
                "rank": place,
                "text": safe(reason["text"]),
                "value": _figure(reason["value"]) if is_counted(reason) else None,
                "own": _figure(reason["own_baseline"]),
                "peers": _figure(reason["peer_baseline"]),
                "share": share_words(reason["contribution"], say.language),
                "contribution": reason["contribution"],
            }
            for place, reason in enumerate(told[:TOLD], start=1)
        ]
        columns = [
            ReportColumn("rank", say("report.rank"), "count"),
            ReportColumn("text", say("report.reason")),
            ReportColumn("value", say("report.now"), "number"),
            ReportColumn("own", say("report.own"), "number"),
            ReportColumn("peers", say("report.peers"), "number"),
            ReportColumn("share", say("report.weight")),
        ]
        found: list[Block] = [
            ReportTable(
                f"reasons-{finding['finding_id']}", say("report.reasons"), columns, rows, empty=say("show.no_reasons")
            )
        ]
        compared = [row for row in rows if row["value"] is not None and (row["own"], row["peers"]) != (None, None)]
        if compared:
            labels = [say("report.reason_number", number=row["rank"]) for row in compared]
            series = [
                Series(say("report.now"), [row["value"] for row in compared]),
                Series(say("report.own"), [row["own"] for row in compared]),
                Series(say("report.peers"), [row["peers"] for row in compared]),
            ]
            found.append(Chart(
                f"compare-{finding['finding_id']}", "compare", say("report.compare"),
                say("report.compare_description"), labels, series, narrow=True,
            ))  # fmt: skip
        return found

    def _days(self, finding: FindingRow, days: Sequence[Mapping[str, Any]]) -> list[Block]:
        if not days:
            return []
        say = self.texts
        known = {day["business_date"]: day for day in days}
        end = max(known)
        start = max(min(known), end - dt.timedelta(days=DAYS - 1))
        span = [start + dt.timedelta(days=offset) for offset in range((end - start).days + 1)]
        name = suspicious_key(finding)
        total = "show.timeline_records" if finding.get("decoys") else "show.timeline_patients"
        every = [int(known[day]["patients"]) if day in known else 0 for day in span]
        suspicious = [int(known[day]["suspicious_patients"]) if day in known else 0 for day in span]
        return [Chart(
            f"days-{finding['finding_id']}", "days", say("report.card_days"),
            say(f"report.{DAYS_TOLD[name]}", start=start, end=end, most=max(every), suspicious=max(suspicious)),
            [day.isoformat() for day in span],
            [Series(say(total), every), Series(say(name), suspicious)],
            narrow=True,
        )]  # fmt: skip

    def _decided(self) -> ReportTable:
        say = self.texts
        columns = [
            ReportColumn("finding", say("findings.id")),
            ReportColumn("decided", say("report.decided_on"), "date"),
            ReportColumn("disposition", say("report.disposition")),
            ReportColumn("officer", say("report.officer_name")),
            ReportColumn("note", say("report.note")),
        ]
        rows = [
            {
                "finding": one["finding_id"],
                "decided": one["decided_at"],
                "disposition": decided(one["disposition"], one["undoes"], say),
                "officer": one["officer"],
                "note": one["note"],
            }
            for one in self.decisions
        ]
        note = "" if self.days_to_decide is None else say("report.days_to_decide", days=f"{self.days_to_decide:g}")
        return ReportTable("decided", say("report.decided"), columns, rows, empty=say("report.decided_none"), note=note)


def is_counted(reason: Mapping[str, Any]) -> bool:
    """Whether a reason has a figure: a policy's sentence says how much, and of a rare day nothing is counted."""
    return not str(reason["feature"]).startswith("policy:") and reason["feature"] not in OF_DAYS


def decided(disposition: str, undoes: int | None, say: Texts) -> str:
    """Return the words for a decision: one that takes another back says so, since its status is what stood before."""
    status = say.name("finding_status", disposition)
    return status if undoes is None else say("report.decision_undone", status=status)


def _figure(value: object) -> float | None:
    """Return a number as it was counted: rounded before it is shown, it would differ from the sentence beside it."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _date(moment: dt.datetime) -> dt.date:
    return moment.date()


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
