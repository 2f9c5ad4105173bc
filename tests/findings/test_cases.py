"""Two who split a harvest are one case; one alone, three alike, or two with the same patients are not."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import pytest

from detector.findings.cases import join_shared_harvests
from detector.model.methods import AccountMethod
from tests.detection.worlds import hospital

NIGHT = dt.date(2026, 3, 20)
PATIENTS = {"n1": range(10), "n2": range(10, 20), "n3": range(20, 30)}


def method(harvest: float) -> AccountMethod:
    return AccountMethod(
        "1", "digest", ("2026-02-01", "2026-03-19"), combined=harvest, thresholds={"harvest": 9.0},
        standing={"harvest": harvest}, nats={"harvest": 9 * harvest},
    )  # fmt: skip


def stored(*users: str, standings: dict[str, float] | None = None, **changed: object) -> duckdb.DuckDBPyConnection:
    connection = hospital().connection()
    for place, user in enumerate(users):
        row = {
            "finding_id": f"F{user}", "subject": "account", "user_id": user, "case_id": f"F{user}",
            "detected_on": "2026-03-01", "alerted_on": f"2026-03-{10 - place:02}", "last_seen_on": "2026-03-19",
            "department": "OB", "role": "nurse", "window_start": "2026-03-01", "window_end": "2026-03-19", "risk": 60.0,
            "severity": "medium", "alert": True, "patterns": ["maternity-harvesting"], "reasons": "[]", "policies": [],
            "patients": 10, "records": 10, "accesses": 10, "explained": "[]", "sampled": False, "status": "open",
            "method": json.dumps(method((standings or {}).get(user, 1.2)).document()),
        } | (changed if user == "n2" else {})  # fmt: skip
        names = ", ".join(row)
        connection.execute(f"insert into findings ({names}) values ({', '.join('?' * len(row))})", list(row.values()))
        connection.executemany(
            "insert into finding_events values"
            " (?, ?, ?, '2026-03-10', ?, 'view', null, 'his', 'f', 1, 1, '', 'former', 9)",
            [(f"F{user}", number, f"his:{user}{number}", f"p{number}") for number in PATIENTS[user]],
        )
    join_shared_harvests(connection, NIGHT)
    return connection


def cases(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(row[0]) for row in connection.execute("select case_id from findings order by user_id").fetchall()]


def test_two_who_split_a_harvest_share_the_case_of_the_first_alert() -> None:
    assert cases(stored("n1", "n2")) == ["Fn2", "Fn2"]


def test_a_partner_below_the_threshold_belongs_to_it_as_well() -> None:
    quiet = {"alert": False, "alerted_on": None}
    assert cases(stored("n1", "n2", standings={"n2": 0.6}, **quiet)) == ["Fn1", "Fn1"]


@pytest.mark.parametrize(
    ("users", "changed"),
    [
        (("n1",), {}),
        (("n1", "n2", "n3"), {}),
        (("n1", "n2"), {"department": "NEO"}),
        (("n1", "n2"), {"role": "doctor"}),
        (("n1", "n2"), {"window_start": "2026-03-20", "window_end": "2026-03-20"}),
        (("n1", "n2"), {"status": "justified"}),
        (("n1", "n2"), {"case_id": "Frecord"}),
        (("n1", "n2"), {"patterns": ["inactive-account", "no-care-relationship"]}),
    ],
)
def test_anything_else_stays_apart(users: tuple[str, ...], changed: dict[str, object]) -> None:
    found = cases(stored(*users, **changed))
    assert len(set(found)) == len(users)


def test_weak_evidence_stays_apart() -> None:
    assert cases(stored("n1", "n2", standings={"n2": 0.4})) == ["Fn1", "Fn2"]


def test_two_who_open_the_same_patients_do_not_split_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PATIENTS, "n2", range(5, 15))
    assert cases(stored("n1", "n2")) == ["Fn1", "Fn2"]
