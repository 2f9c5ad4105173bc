"""The table of kinds of staff and accounts; kinds of people with few accounts are told together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from detector.reports.document import ReportColumn, ReportTable
from detector.reports.period_facts import PeriodFacts
from detector.reports.suppression import K, small_units, together

COUNTS: Final = ("accounts", "accesses", "patient_days", "judged", "explained", "suspicious")
HUMAN: Final = "human"


def staff_kinds(rows: Sequence[Mapping[str, Any]], facts: PeriodFacts) -> ReportTable:
    """Return the table of ``sql/report/staff_kinds.sql``: people by employment, then other accounts by their type."""
    say = facts.texts
    people: dict[str, list[Mapping[str, Any]]] = {}
    others: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kinds = people if row["account_type"] == HUMAN else others
        kinds.setdefault(row["employment"] if kinds is people else row["account_type"], []).append(row)
    units = {kind: _summed(group) for kind, group in people.items()}
    hidden = small_units({kind: unit["accounts"] for kind, unit in units.items()})
    shown = [
        _row(say.name("employment", kind or "unknown"), unit) for kind, unit in units.items() if kind not in hidden
    ]
    rest = together([units[kind] for kind in sorted(hidden)], COUNTS)
    if rest is not None:
        shown.append(_row(say("report.others", count=len(hidden)), rest))
    shown += [
        {"kind": say.name("account_type", kind), **{one: unit[one] for one in ("accounts", "accesses")}}
        for kind, unit in ((kind, _summed(group)) for kind, group in others.items())
    ]
    columns = [
        ReportColumn("kind", say("paper.kind")),
        ReportColumn("accounts", say("report.accounts"), "count"),
        ReportColumn("accesses", say("report.accesses"), "count"),
        ReportColumn("patient_days", say("report.patient_days"), "count"),
        ReportColumn("explained", say("report.explained_share"), "share"),
        ReportColumn("suspicious", say("report.suspicious"), "count"),
    ]
    note = say("report.suppressed", k=K) if hidden else ""
    return ReportTable(
        "staff-kinds", say("paper.staff_kinds"), columns, shown, empty=say("report.too_few", k=K), note=note
    )


def _summed(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {count: sum(int(row[count]) for row in rows) for count in COUNTS}


def _row(name: str, unit: Mapping[str, int]) -> dict[str, Any]:
    explained = round(unit["explained"] / unit["judged"], 4) if unit["judged"] else None
    return {"kind": name, **{one: unit[one] for one in COUNTS if one != "judged"}, "explained": explained}
