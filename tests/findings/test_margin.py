"""What less would have stayed below an alert? Counted by hand."""

from __future__ import annotations

import datetime as dt

from detector.detection.streams import BY_ID
from detector.findings.finding_data import FindingData
from detector.findings.margin import margin
from detector.model.methods import Margin
from tests.detection.worlds import add_suspicion, hospital

NIGHT, START = dt.date(2026, 3, 20), dt.date(2026, 3, 1)
LIMITS = dict.fromkeys(BY_ID, 8.0)


def data(*accesses: tuple[str, str, float], days: tuple[tuple[str, str, float], ...] = ()) -> FindingData:
    """Accesses: date, patient, nats for the lookup stream; days: date, stream, nats."""
    connection = hospital().connection()
    for day, patient, nats in accesses:
        add_suspicion(connection, f"2026-03-{day}", "u", patient, lookup_any_5=round(nats * 1e6))
    for day, stream, nats in days:
        connection.execute(
            f"insert into evidence_days (business_date, user_id, department, role, {stream})"
            " values (?, 'u', 'OB', 'nurse', ?)",
            [f"2026-03-{day}", round(nats * 1e6)],
        )
    return FindingData(connection, NIGHT, ["u"])


def test_the_most_telling_patients_are_taken_away_first() -> None:
    known = data(("02", "a", 3.0), ("03", "a", 1.0), ("04", "b", 2.0), ("05", "c", 5.0))
    found = margin(known, "u", START, {"lookup": 11.0, "harvest": 1.0}, LIMITS)
    assert found == Margin("lookup", nats=11.0, limit=8.0, unit="patients", of=3, fewer=1)
    found = margin(known, "u", START, {"lookup": 14.0}, LIMITS)
    assert found is not None
    assert found.fewer == 2  # 5 leaves 9, 4 more leave 5


def test_days_count_where_days_are_judged() -> None:
    known = data(days=(("02", "break_glass", 6.0), ("03", "break_glass", 4.0), ("04", "break_glass", 0.0)))
    found = margin(known, "u", START, {"break_glass": 9.0}, LIMITS)
    assert found is not None
    assert (found.unit, found.of, found.fewer) == ("days", 2, 1)


def test_below_the_threshold_nothing_less_was_needed() -> None:
    found = margin(data(("02", "a", 3.0)), "u", START, {"lookup": 3.0}, LIMITS)
    assert found is not None
    assert found.fewer == 0


def test_it_is_told_of_what_the_finding_is_called() -> None:
    known = data(("02", "a", 9.0), days=(("02", "export", 9.0),))
    evidence = {"lookup": 12.0, "export": 9.0}
    for patterns, stream in ((["bulk-export"], "export"), (["after-hours-access"], "lookup"), ([], "lookup")):
        found = margin(known, "u", START, evidence, LIMITS, patterns)
        assert found is not None
        assert found.stream == stream
    found = margin(known, "u", START, evidence | {"export": 7.0}, LIMITS, ["bulk-export"])  # it does not pass
    assert found is not None
    assert found.stream == "lookup"


def test_without_evidence_there_is_no_margin() -> None:
    assert margin(data(), "u", START, {}, LIMITS) is None
    assert margin(data(), "u", START, {"lookup": 0.0}, LIMITS) is None
