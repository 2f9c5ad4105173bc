"""What ``[detection]`` says changes the night's tables: one case a key, on both sides of its figure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detection.worlds import Hospital, hospital


def cover(patients: int, at: str = "03-19 10:00") -> Hospital:
    """A nurse of obstetrics who wrote for some patients of gynaecology and eight of paediatrics, and opens another."""
    world = hospital().nurse("n1", "OB")
    for department, number in (("GYN", patients), ("PED", 8)):
        for patient in range(number):
            name = f"{department}{patient}"
            world.patient(name).admitted(department, "03-01").writes("n1", name, at)
    return world.patient("g9").admitted("GYN", "03-15").opens("n1", "g9")


def calls(opened: int, noted: int, at: str = "11:00") -> Hospital:
    """A nurse who opens discharged patients and leaves notes on some."""
    world = hospital().nurse("n1", "OB")
    for number in range(opened):
        world.patient(f"p{number}").admitted("OB", "03-10", "03-16 09:00").opens("n1", f"p{number}")
    for number in range(noted):
        world.writes("n1", f"p{number}", at)
    return world


def cared(since: str, end: str | None = None) -> Hospital:
    return hospital().nurse("n1").patient("p1").cared_by("n1", since, end).opens("n1", "p1")


def on_shift(at: str) -> Hospital:
    return hospital().nurse("n1").on_duty("n1", "08:00", "16:00").opens("n1", "p1", at)


def as_role(role: str) -> Hospital:
    return hospital().opens("n1", "p1", user_role=role)


def of_office(department: str) -> Hospital:
    return hospital().staff("n1", department).opens("n1", "p1")


def since(date: str) -> Hospital:
    return hospital().nurse("n1", since=date).opens("n1", "p1")


FACTS: list[tuple[Hospital, str, str, object, dict[str, Any], object]] = [
    (hospital().opens("n1", "p1", "20:30"), "p1", "at_night", False, {"night_from": 20}, True),
    (hospital().opens("n1", "p1", "06:30"), "p1", "at_night", False, {"night_to": 7}, True),
    (hospital().opens("n1", "p1", "23:30"), "p1", "at_night", True, {"night_from": 0}, False),
    (as_role("终端"), "p1", "account_type", "human", {"kiosk_words": ("终端",)}, "kiosk"),
    (as_role("ACME"), "p1", "account_type", "human", {"vendor_words": ("acme",)}, "vendor"),
    (as_role("LIS"), "p1", "account_type", "human", {"service_words": ("lis",)}, "service"),
    (of_office("Archive"), "p1", "relation", "stranger", {"office_words": ("archive",)}, "office_task"),
    (of_office("ZX"), "p1", "relation", "stranger", {"office_codes": ("zx",)}, "office_task"),
    (of_office("QC"), "p1", "relation", "office_task", {"office_codes": ()}, "stranger"),
    (since("03-10"), "p1", "new_account", True, {"new_account_days": 9}, False),
    (cover(6), "g9", "relation", "inpatient", {"cover_share": 0.5}, "inpatient_elsewhere"),
    (cover(3), "g9", "relation", "inpatient_elsewhere", {"cover_patients": 3, "cover_share": 0.2}, "inpatient"),
    (cover(6, "03-08 10:00"), "g9", "relation", "inpatient_elsewhere", {"cover_days": 13}, "inpatient"),
    (calls(6, 2), "p5", "relation", "follow_up", {"follow_up_notes": 3}, "discharged_7"),
    (calls(6, 2), "p5", "relation", "follow_up", {"follow_up_patients": 7}, "discharged_7"),
    (calls(11, 2), "p5", "relation", "discharged_7", {"follow_up_patients_per_note": 6}, "follow_up"),
    (calls(6, 2, "03-19 11:00"), "p5", "relation", "follow_up", {"follow_up_days_before": 0}, "discharged_7"),
    (calls(6, 2), "p5", "relation", "follow_up", {"follow_up_discharged_days": 3}, "discharged_7"),
    (cared("03-20 12:00"), "p1", "relation", "care_team", {"care_team_days_before": 0}, "stranger"),
    (cared("03-01", "03-18 12:00"), "p1", "relation", "care_team", {"care_team_days_after": 1}, "stranger"),
    (cared("03-01", "03-16 12:00"), "p1", "relation", "stranger", {"care_team_days_after": 4}, "care_team"),
    (on_shift("07:30"), "p1", "off_roster", False, {"roster_minutes_before": 15}, True),
    (on_shift("17:00"), "p1", "off_roster", False, {"roster_minutes_after": 30}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("world", "patient", "column", "usual", "rules", "changed"),
    FACTS,
    ids=[f"{number}-{next(iter(case[4]))}" for number, case in enumerate(FACTS)],
)
def test_a_rule_changes_a_fact(
    world: Hospital, patient: str, column: str, usual: object, rules: dict[str, Any], changed: object
) -> None:
    assert world.fact("n1", patient)[column] == usual
    assert world.with_rules(**rules).fact("n1", patient)[column] == changed


def test_notes_of_later_days_count_as_long_as_the_site_says() -> None:
    world = calls(6, 2, "03-22 09:00")
    assert world.fact("n1", "p5", night="03-23")["relation"] == "follow_up"
    world.with_rules(follow_up_days_after=1)
    assert world.fact("n1", "p5", night="03-23")["relation"] == "discharged_7"


def test_the_turn_of_the_month_is_the_site_s() -> None:
    world = hospital().staff("q1", "统计科").opens("q1", None, "03-20 10:00", "export", "list", record_count=300)
    assert [row["month_end"] for row in world.table("export_days")] == [False]
    world.with_rules(month_end_from=18, month_end_to=22)
    assert [row["month_end"] for row in world.table("export_days")] == [True]


def test_an_account_without_a_start_is_new_only_after_some_history() -> None:
    world = hospital().opens("n1", "p1")
    connection = world.connection()
    connection.execute("insert into account_spans values ('n1', '2026-03-10', '2026-03-19', 'N', 'OB', 'n', 'human')")
    connection.execute("insert into account_spans values ('n2', '2026-02-10', '2026-03-19', 'N', 'OB', 'n', 'human')")
    for days, new in ((42, False), (30, True)):
        world.with_rules(new_account_history_days=days).prepare(connection)
        assert connection.execute("select new_account from facts").fetchall() == [(new,)]
