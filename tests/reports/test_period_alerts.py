"""Every alert of a period stands in one place: new or from before, waiting or settled."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from detector.model.findings import Status
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.periods import Period

FIRST, LAST = dt.date(2026, 6, 8), dt.date(2026, 6, 14)
PERIOD = Period("week", FIRST, LAST, (dt.date(2026, 6, 1), dt.date(2026, 6, 7)))
DAYS = st.one_of(st.none(), st.dates(dt.date(2026, 5, 30), dt.date(2026, 6, 20)).map(dt.date.isoformat))
ROWS = st.lists(st.tuples(DAYS, st.sampled_from(list(Status)), st.booleans()), max_size=9)


def of(rows: list[tuple[str | None, Status, bool]]) -> PeriodAlerts:
    findings: list[dict[str, Any]] = [
        {"finding_id": f"F{place}", "alerted_on": day, "alert": day is not None, "status": status}
        for place, (day, status, _) in enumerate(rows)
    ]
    decided = {f"F{place}": status for place, (_, status, inside) in enumerate(rows) if inside}
    return PeriodAlerts(findings, PERIOD, decided)


@given(ROWS)
def test_parts_add_up(rows: list[tuple[str | None, Status, bool]]) -> None:
    alerts = of(rows)
    waiting = {one["finding_id"] for one in alerts.waiting()}
    new, before = ({one["finding_id"] for one in part} for part in (alerts.waiting_new(), alerts.waiting_before()))
    assert new | before == waiting
    assert not new & before
    settled = {one["finding_id"] for one in alerts.settled()}
    assert not settled & waiting
    for one in alerts.raised():
        assert (one["finding_id"] in new) == (alerts.status(one) is Status.OPEN)
    passed_on = {one["finding_id"] for one in alerts.escalated_before()}
    assert not passed_on & (settled | waiting)
    assert all(str(one["alerted_on"]) <= LAST.isoformat() for one in [*alerts.waiting(), *alerts.settled()])


def test_what_was_decided_after_the_period_waited_at_its_end() -> None:
    findings = [{"finding_id": "F1", "alerted_on": "2026-06-09", "alert": True, "status": "justified"}]
    assert len(PeriodAlerts(findings, PERIOD, {}, {}).waiting_new()) == 1
    assert not PeriodAlerts(findings, PERIOD, {}, {"F1": "confirmed"}).waiting()
    assert len(PeriodAlerts(findings, PERIOD, {"F1": "confirmed"}, {"F1": "confirmed"}).settled()) == 1
