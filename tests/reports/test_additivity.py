"""The parts of a report add up to its totals: departments, roles and kinds of accounts, alerts by state and by kind."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from detector.deployment.settings import Settings
from detector.reports.composition import Report
from detector.reports.document import Card, ReportTable, Tiles
from detector.reports.period_alerts import KINDS, PeriodAlerts
from detector.reports.period_figures import PeriodFigures
from detector.reports.periods import read_period
from detector.reports.units import COUNTS, PEOPLE_COUNTS, Units
from detector.store import open_published
from detector.texts import load_texts
from tests.reports.conftest import LANGUAGES

WEEK = "2026-05-28", "2026-06-03"


def tables(report: Report) -> dict[str, ReportTable]:
    return {block.id: block for block in report.document.blocks() if isinstance(block, ReportTable)}


def tiles(report: Report) -> dict[str, set[str]]:
    """Return label → the values that the report's tiles give it."""
    found: dict[str, set[str]] = {}
    for block in report.document.blocks():
        for tile in block.tiles if isinstance(block, Tiles) else ():
            found.setdefault(tile.label, set()).add(tile.value)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_is_told_once_or_always_alike(reports: dict[str, Report], language: str) -> None:
    assert all(len(values) == 1 for values in tiles(reports[language]).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_departments_and_roles_add_up_to_the_totals(reports: dict[str, Report], language: Any) -> None:
    say, report = load_texts(language), reports[language]
    told = {label: next(iter(values)) for label, values in tiles(report).items()}
    for name in ("departments", "roles"):
        rows = tables(report)[name].rows
        for column, label in (("accesses", "report.accesses"), ("accounts", "report.accounts")):
            total = sum(row[column] for row in rows)
            assert f"{total:,}" == told[say(label)]
            assert re.search(rf"\b{total:,}\b", tables(report)[name].note, re.ASCII)
        assert sum(row.get("patient_days") or 0 for row in rows) == 125
        assert not any(row.get(name) for row in rows for name in ("explained", "usual", "sensitive"))  # none was judged
        assert say("report.unjudged", first="2026-06-01", last=WEEK[1]) in tables(report)[name].note


def test_the_totals_are_those_of_the_store(site: Settings) -> None:
    with open_published(site) as published:
        counted = published.connection.execute(
            "select count(distinct user_id), sum(accesses), count(*) filter (account_type = 'human') from patient_days"
            " where business_date between ? and ?", WEEK,
        ).fetchall()[0]  # fmt: skip
        units = PeriodFigures(published).units(*map(dt.date.fromisoformat, WEEK), dt.date.min)
    assert tuple(units.total[name] for name in ("accounts", "accesses", "patient_days")) == counted
    for parts in (units.departments(), units.roles()):
        assert {count: sum(part[count] for part in parts) for count in COUNTS} == units.people


def test_machines_count_as_accounts_and_accesses_alone() -> None:
    row = dict.fromkeys(COUNTS, 3) | {"department": "", "role": ""}
    units = Units([row | {"people": True}, row | {"people": False}])
    assert units.total["accesses"] == 6
    assert all(units.total[count] == 3 for count in PEOPLE_COUNTS)


def test_alerts_stand_in_one_section_each(reports: dict[str, Report]) -> None:
    sections = {section.id: section for section in reports["zh"].document.parts[0].sections}
    cards = {name: [block.id for block in sections[name].blocks if isinstance(block, Card)] for name in sections}
    listed = [row["finding"] for row in tables(reports["zh"])["waiting"].rows]
    assert sorted(cards["waiting_new"] + cards["waiting_before"]) == sorted(listed)
    outcome = tables(reports["zh"])["outcome"].rows
    states = ("open", "confirmed", "escalated", "justified", "false_alarm")
    assert all(sum(row[state] for state in states) == row["alerts"] for row in outcome)
    assert str(sum(row["alerts"] for row in outcome)) in tiles(reports["zh"])["本期新增告警"]


def test_alerts_by_kind_add_up() -> None:
    period = read_period("2026-06-01..2026-06-07", dt.date(2026, 6, 30))
    kinds = [["policy"], ["ranking"], ["policy", "ranking"], ["draw"], []]
    findings = [
        {"finding_id": f"F{place}", "alerted_on": "2026-06-02", "alert": True, "status": "open", "alerted_by": kind}
        for place, kind in enumerate(kinds)
    ]
    alerts = PeriodAlerts(findings, period, {})
    counts = {name: len(found) for name, found in alerts.raised_by().items()}
    assert counts == {"ranking": 2, "policy": 1, "draw": 2}
    assert tuple(counts) == KINDS
    assert sum(counts.values()) == len(alerts.raised())
