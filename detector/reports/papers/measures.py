"""What papers measure, by name: each measure gives sentences, and the tables that belong to them.

Every figure is read by a file of ``sql/report`` or is a sum that the regular report gives as well. A new measure is a
function, an entry of :data:`MEASURES`, and its texts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from detector.findings.wording import pattern_words
from detector.model.findings import FindingRow, Status
from detector.reports.composition import HEADS
from detector.reports.document import ReportColumn, ReportTable, cell_text
from detector.reports.management import JUDGED
from detector.reports.papers.staff_kinds import staff_kinds
from detector.reports.period_facts import PeriodFacts
from detector.reports.sealed_records import spans_of_period
from detector.reports.suppression import K
from detector.store.decision_tables import recorded_hashes
from detector.store.sealing_table import spans_under_seal
from detector.trail import Trail

SIX_MONTHS: Final = 184
"""Days that network logs have to be kept at least (网络安全法 art. 23)."""
MANY: Final = 50
"""Records whose sale is a serious offence: what an early warning has to come before."""
OF_ACCOUNTS: Final = (
    "inactive-account",
    "unknown-account",
    "shared-credentials",
    "scope-violation",
    "interface-harvesting",
)
"""Patterns about what an account may be used for, and by whom."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measure gives."""

    sentences: Sequence[str] = ()
    tables: Sequence[ReportTable] = ()


def share(part: float, whole: float) -> str:
    """Return a share as a reader sees it."""
    return cell_text(part / whole if whole else None, "share")


def sources(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how much of which logs there is, and how much of it names no patient."""
    rows = facts.readings.rows("source_days", first=facts.period.first, last=facts.period.last)
    sending = {row["source"] for row in rows if row["events"]}
    totals = facts.totals
    return Measured([facts.texts(
        "paper.sources", sources=len(sending), events=f"{totals['events']:,}",
        without=f"{totals['events_without_patient']:,}",
        share=share(totals["events_without_patient"], totals["events"]),
    )])  # fmt: skip


def files(facts: PeriodFacts, _: Trail) -> Measured:
    """Account for every row of the files of the period."""
    return Measured(tables=[facts.coverage().files()])


def decisions(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how many alerts there were, and who settled how many."""
    alerts = facts.alerts
    decided = facts.readings.decisions(facts.period, facts.settings.site.timezone)
    return Measured([facts.texts(
        "paper.decisions", raised=len(alerts.raised()), settled=len(alerts.settled()),
        waiting=len(alerts.waiting()), people=len({row["officer"] for row in decided}), decisions=len(decided),
    )])  # fmt: skip


def decided_in(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how long decisions took."""
    days = facts.readings.days_to_decide(facts.period)
    return Measured(
        [facts.texts("paper.decided_none") if days is None else facts.texts("report.days_to_decide", days=f"{days:g}")]
    )


def outcomes(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell the period's alerts by what they look like, and what became of them by its end."""
    say, status = facts.texts, facts.alerts.status
    groups: dict[str, list[FindingRow]] = {}
    for alert in facts.alerts.raised():
        groups.setdefault(next(iter(alert["patterns"]), ""), []).append(alert)
    rows = [
        {
            "pattern": pattern_title(facts, pattern),
            "alerts": len(group),
            **{one: sum(status(alert) == one for alert in group) for one in ("open", *JUDGED)},
        }
        for pattern, group in sorted(groups.items())
    ]
    columns = [
        ReportColumn("pattern", say("paper.pattern")),
        ReportColumn("alerts", say("report.alerts"), "count"),
        *(ReportColumn(one, say.name("finding_status", one), "count") for one in ("open", *JUDGED)),
    ]
    raised = facts.alerts.raised()
    told = say(
        "paper.outcomes", alerts=len(raised),
        **{one: sum(status(alert) == one for alert in raised) for one in ("open", *JUDGED)},
    )  # fmt: skip
    table = ReportTable("patterns", say("paper.patterns"), columns, rows, note=say("report.outcome_note"))
    return Measured([told], [table] if rows else [])


def pattern_title(facts: PeriodFacts, pattern: str) -> str:
    """Return what alerts of a pattern look like, in words."""
    return pattern_words([pattern] if pattern else [], facts.texts.language)


def grounds(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell of how much of what people opened a ground is on file."""
    people = facts.units.people
    told = [facts.texts(
        "paper.grounds", patient_days=f"{people['patient_days']:,}", judged=f"{people['judged']:,}",
        explained=f"{people['explained']:,}", share=share(people["explained"], people["judged"]),
        usual=f"{people['usual']:,}", suspicious=f"{people['judged_suspicious']:,}",
    )]  # fmt: skip
    office = facts.readings.one("office_grounds", **judged_span(facts))["office"]
    if office:
        told.append(facts.texts("paper.office_grounds", office=f"{office:,}"))
    return Measured([*told, *filter(None, [facts.sight.unjudged])])


def copies(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell what people printed and exported."""
    row = facts.readings.one("copies", **judged_span(facts))
    return Measured([facts.texts(
        "paper.copies", copies=f"{row['copies']:,}", records=f"{row['records']:,}",
        patient_days=f"{row['patient_days']:,}", judged=f"{row['judged']:,}", explained=f"{row['explained']:,}",
        share=share(row["explained"], row["judged"]),
    )])  # fmt: skip


def judged_span(facts: PeriodFacts) -> dict[str, Any]:
    """Return the parameters of statements about the period: its dates, and from when grounds are told."""
    first, last = facts.period.first, facts.period.last
    return {"first": first, "last": last, "judged_from": facts.visibility.judged_from}


def sealed(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how many records were under seal."""
    zone, period = facts.settings.site.timezone, facts.period
    spans = spans_under_seal(facts.readings.published.connection, zone)
    count = len({one.patient_id for one in spans_of_period(spans, period.first, period.last, ZoneInfo(zone))})
    return Measured([facts.texts("paper.sealed", count=count) if count else facts.texts("paper.sealed_none")])


def contact(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how often people opened contact pages, and with what ground."""
    return Measured([_of_category(facts, "contact", ("demographics",))])


def sensitive(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how often people opened what weighs most in law."""
    return Measured([_of_category(facts, "sensitive", ("psychiatric", "reproductive", "infectious"))])


def _of_category(facts: PeriodFacts, name: str, categories: Sequence[str]) -> str:
    rows = [row for row in category_rows(facts) if row["category"] in categories]
    counts = {one: sum(row[one] for row in rows) for one in ("patient_days", "judged", "explained", "usual")}
    return facts.texts(
        f"paper.{name}", patient_days=f"{counts['patient_days']:,}", judged=f"{counts['judged']:,}",
        share=share(counts["explained"], counts["judged"]), usual=share(counts["usual"], counts["judged"]),
    )  # fmt: skip


def category_rows(facts: PeriodFacts) -> list[dict[str, Any]]:
    """Return the use of each kind of data."""
    return facts.readings.rows("category_use", **judged_span(facts))


def categories(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell the use of each kind of data."""
    say = facts.texts
    rows = [
        {
            "category": say.name("category", row["category"]),
            **{name: row[name] for name in ("accounts", "patients", "patient_days", "suspicious")},
            **{name: row[name] / row["judged"] if row["judged"] else None for name in ("explained", "usual")},
        }
        for row in sorted(category_rows(facts), key=lambda row: (-row["patient_days"], row["category"]))
    ]
    hidden = [row for row in rows if row["accounts"] < K]
    rows = [{"category": row["category"], "accounts": say("paper.few", k=K)} if row in hidden else row for row in rows]
    columns = [
        ReportColumn("category", say("paper.category")),
        ReportColumn("accounts", say("report.accounts"), "count"),
        ReportColumn("patients", say("paper.patients"), "count"),
        ReportColumn("patient_days", say("report.patient_days"), "count"),
        ReportColumn("explained", say("report.explained_share"), "share"),
        ReportColumn("usual", say("report.only_usual"), "share"),
        ReportColumn("suspicious", say("report.suspicious"), "count"),
    ]
    note = say("paper.categories_note")
    return Measured(tables=[ReportTable("categories", say("paper.categories"), columns, rows, note=note)])


def minors(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how often people opened records of children under fourteen."""
    row = facts.readings.one("minors", **judged_span(facts))
    if not row["born"]:
        return Measured([facts.texts("paper.no_births")])
    return Measured([
        facts.texts(
            "paper.minors", patients=f"{row['patients']:,}", patient_days=f"{row['patient_days']:,}",
            judged=f"{row['judged']:,}", explained=f"{row['explained']:,}",
            share=share(row["explained"], row["judged"]),
        ),
        facts.texts("paper.births", born=f"{row['born']:,}", opened=f"{row['opened']:,}"),
    ])  # fmt: skip


def confirmed(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how many findings were confirmed in the period, and how many patients they touch."""
    alerts = facts.alerts
    found = [
        one["finding_id"]
        for one in [*alerts.settled(), *alerts.settled_below()]
        if alerts.status(one) is Status.CONFIRMED
    ]
    told = [facts.texts("paper.confirmed_none")]
    if found:
        row = facts.readings.one("confirmed", findings=found)
        told = [facts.texts("paper.confirmed", findings=len(found), patients=f"{row['patients']:,}")]
    waiting = alerts.waiting()
    if waiting:
        since = min(one["alerted_on"] for one in waiting)
        told.append(facts.texts("paper.unsettled", waiting=len(waiting), since=since))
    return Measured(told)


def roles(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell the work of each role, small ones together."""
    return Measured(tables=[facts.management().roles()])


def kinds_of_staff(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell the work by kind of staff and account: interns, agencies, vendors, services and kiosks included."""
    rows = facts.readings.rows("staff_kinds", **judged_span(facts))
    unlisted = sum(row["accounts"] for row in rows if not row["in_staff"])
    given = facts.settings.context.staff is not None
    told = [facts.texts("paper.unlisted", accounts=unlisted)] if given else [facts.texts("paper.no_staff")]
    known = any(row["employment"] for row in rows)
    return Measured([*told, *([] if known else [facts.texts("paper.no_employment")])], [staff_kinds(rows, facts)])


def account_alerts(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how many alerts are about the use of accounts as such."""
    count = sum(bool(set(OF_ACCOUNTS) & set(alert["patterns"])) for alert in facts.alerts.raised())
    return Measured([facts.texts("paper.account_alerts", count=count)])


def trail_holds(facts: PeriodFacts, trail: Trail) -> Measured:
    """Tell whether the trail holds, up to its last decision or night: to print a paper must not change it."""
    entries, faults = trail.check(noted=recorded_hashes(facts.readings.published.connection))
    last = max((entry.number for entry in entries if entry.kind in HEADS), default=0)
    broken = sum(fault.first <= last for fault in faults)
    if not last:
        return Measured([facts.texts("paper.trail_none")])
    key = "paper.trail_broken" if broken else "paper.trail_holds"
    return Measured([facts.texts(key, entries=last, **({"count": broken} if broken else {}))])


def accounting(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell that rows read are accepted, duplicates or quarantined."""
    rows = facts.readings.rows("source_files", first=facts.period.first, last=facts.period.last)
    counts = {name: sum(row[name] for row in rows) for name in ("rows_read", "accepted", "duplicates", "quarantined")}
    return Measured([facts.texts("paper.accounting", **{name: f"{count:,}" for name, count in counts.items()})])


def completeness(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell whether every log is in on every day."""
    coverage = facts.coverage()
    return Measured(coverage.completeness_sentences(), [] if coverage.whole_days() else [coverage.gaps()])


def kept(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell from when on events are kept."""
    row = facts.readings.one("kept_events")
    if row["first"] is None:
        return Measured([facts.texts("paper.kept_none")])
    days = (row["last"] - row["first"]).days + 1
    told = [facts.texts("paper.kept", first=row["first"], last=row["last"], days=days)]
    return Measured([*told, *([facts.texts("paper.kept_short")] if days < SIX_MONTHS else [])])


def nights(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell on how many days of the period every access was judged."""
    learning = facts.visibility.learning_until
    told = facts.texts("paper.nights", days=facts.period.days, judged=facts.totals["days"])
    return Measured([
        told,
        *([] if learning is None else [facts.texts("paper.learning", until=learning)]),
        *([facts.texts("paper.short_period", days=facts.period.days)] if facts.period.is_short else []),
    ])  # fmt: skip


def warning(facts: PeriodFacts, _: Trail) -> Measured:
    """Tell how soon alerts came after the first suspicious access, and how many patients were exposed by then."""
    say = facts.texts
    rows = facts.readings.rows("early_warning", first=facts.period.first, last=facts.period.last)
    if not rows:
        return Measured([say("paper.warning_none")])
    days, patients = [row["days"] for row in rows], [row["patients"] for row in rows]
    return Measured([
        say(
            "paper.warning", alerts=len(rows), days=f"{statistics.median(days):g}", most=max(days),
            same=sum(not one for one in days),
        ),
        say(
            "paper.exposed", patients=f"{statistics.median(patients):g}", most=max(patients), many=MANY,
            reached=sum(one >= MANY for one in patients),
        ),
    ])  # fmt: skip


MEASURES: Final[Mapping[str, Callable[[PeriodFacts, Trail], Measured]]] = {
    "sources": sources,
    "files": files,
    "decisions": decisions,
    "decided_in": decided_in,
    "outcomes": outcomes,
    "grounds": grounds,
    "copies": copies,
    "sealed": sealed,
    "contact": contact,
    "sensitive": sensitive,
    "categories": categories,
    "minors": minors,
    "confirmed": confirmed,
    "roles": roles,
    "staff_kinds": kinds_of_staff,
    "account_alerts": account_alerts,
    "trail": trail_holds,
    "accounting": accounting,
    "completeness": completeness,
    "kept": kept,
    "nights": nights,
    "warning": warning,
}
