"""What is stored is what is read again, and rows that were kept stay."""

from __future__ import annotations

import dataclasses
import datetime as dt

import polars as pl
import pytest

from detector.findings.finding_writer import store_days, store_evidence, store_finding, with_kept_events
from detector.findings.open_findings import open_findings
from detector.model.findings import EVENT_LIMIT, Status, Subject
from tests.detection.worlds import NIGHT, hospital
from tests.model.test_findings import account_finding

EVENT_SCHEMA = {
    "event_id": pl.String, "local_time": pl.Datetime("us"), "patient_id": pl.String, "action": pl.String,
    "category": pl.String, "source": pl.String, "path": pl.String, "row_number": pl.Int64, "byte_position": pl.Int64,
    "raw": pl.String, "explanation": pl.String, "surprisal": pl.Int32,
}  # fmt: skip


def events(*names: str, raw: str = "raw") -> pl.DataFrame:
    at = dt.datetime.combine(NIGHT, dt.time(10))
    rows = [(name, at, "p", "view", None, "his", "his.csv", 1, 0, raw, "stranger", 9000) for name in names]
    return pl.DataFrame(rows, schema=EVENT_SCHEMA, orient="row")


def test_a_finding_is_read_as_it_was_stored() -> None:
    connection = hospital().connection()
    finding = account_finding()
    store_finding(connection, finding)
    assert open_findings(connection, Subject.ACCOUNT, NIGHT) == [finding]
    changed = dataclasses.replace(finding, risk=99.0)
    store_finding(connection, changed)
    assert open_findings(connection, Subject.ACCOUNT, NIGHT) == [changed]


@pytest.mark.parametrize(
    ("status", "quiet", "subject", "count"),
    [
        (Status.OPEN, 28, Subject.ACCOUNT, 1), (Status.ESCALATED, 0, Subject.ACCOUNT, 1),
        (Status.OPEN, 29, Subject.ACCOUNT, 0), (Status.CONFIRMED, 0, Subject.ACCOUNT, 0),
        (Status.JUSTIFIED, 0, Subject.ACCOUNT, 0), (Status.FALSE_ALARM, 0, Subject.ACCOUNT, 0),
        (Status.OPEN, 0, Subject.RECORD, 0),
    ],
)  # fmt: skip
def test_open_is_what_no_decision_and_no_quiet_weeks_ended(
    status: Status, quiet: int, subject: Subject, count: int
) -> None:
    connection = hospital().connection()
    store_finding(connection, dataclasses.replace(account_finding(), status=status))
    night = account_finding().last_seen_on + dt.timedelta(days=quiet)
    assert len(open_findings(connection, subject, night)) == count


def test_the_oldest_open_finding_comes_first() -> None:
    connection = hospital().connection()
    old, new = account_finding(), dataclasses.replace(account_finding(), finding_id="F0", detected_on=NIGHT)
    for finding in (new, old):
        store_finding(connection, finding)
    assert open_findings(connection, Subject.ACCOUNT, NIGHT) == [old, new]


def stored_events(finding_id: str, *nights: pl.DataFrame) -> list[tuple[int, str, str]]:
    connection = hospital().connection()
    store_evidence(connection, "other", events("z"))
    for rows in nights:
        store_evidence(connection, finding_id, with_kept_events(connection, finding_id, rows))
    assert connection.execute("select count(*) from finding_events where finding_id = 'other'").fetchall() == [(1,)]
    return connection.execute(
        "select rank, event_id, raw from finding_events where finding_id = ? order by rank", [finding_id]
    ).fetchall()


def test_rows_that_were_kept_stay_behind_the_new_ones() -> None:
    found = stored_events("F", events("a", "b"), events("c", "a", raw="new"))
    assert found == [(1, "c", "new"), (2, "a", "new"), (3, "b", "raw")]
    assert stored_events("F", events("a"), events()) == [(1, "a", "raw")]


def test_no_more_rows_are_kept_than_the_limit() -> None:
    many = events(*(f"e{number}" for number in range(EVENT_LIMIT - 1)))
    found = stored_events("F", events("old1", "old2"), many)
    assert len(found) == EVENT_LIMIT
    assert found[-1][1] == "old1"


def test_days_are_replaced() -> None:
    connection = hospital().connection()
    days = {"accesses": 1, "patients": 1, "suspicious_accesses": 0, "suspicious_patients": 0, "evidence": 0.5}
    for number in (1, 2):
        store_days(connection, "F", pl.DataFrame([{"business_date": NIGHT, **days, "accesses": number}]))
    store_days(connection, "other", pl.DataFrame([{"business_date": NIGHT, **days}]))
    assert connection.execute("select finding_id, accesses from finding_days order by 1").fetchall() == [
        ("F", 2), ("other", 1),
    ]  # fmt: skip
