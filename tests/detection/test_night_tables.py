"""Why was this access legitimate? The night's tables on hospitals of a handful of people."""

from __future__ import annotations

import pytest

from detector.detection.night_tables import judge_addresses
from tests.detection.worlds import NIGHT, Hospital, hospital, moment


def ward() -> Hospital:
    """A nurse of obstetrics who opens p1 at ten, and an admitted bystander so that encounters are on file."""
    return hospital().nurse("n1", "OB").patient("bystander").admitted("NEO", "03-19").patient("p1").opens("n1", "p1")


def relations(cases: list[tuple[str, str | None, str]], department: str, kind: str = "inpatient") -> None:
    """One patient per case (since, end, relation), all of them opened by a nurse of obstetrics at ten."""
    world = hospital().nurse("n1", "OB")
    for number, (since, end, _) in enumerate(cases):
        world.patient(f"p{number}").admitted(department, since, end, kind).opens("n1", f"p{number}")
    found = {int(row["patient_id"][1:]): row["relation"] for row in world.facts()}
    assert [(*case[:2], found[number]) for number, case in enumerate(cases)] == cases


class TestRelations:
    def test_stay_in_the_own_unit(self) -> None:
        cases = [
            ("03-18 09:00", None, "inpatient"),
            ("03-20 11:30", None, "inpatient"),  # up to two hours before the arrival is written down
            ("03-20 12:30", None, "admission_soon"),
            ("03-10 00:00", "03-20 09:00", "discharged_3"),
            ("03-10 00:00", "03-17 09:00", "discharged_3"),
            ("03-10 00:00", "03-16 09:00", "discharged_7"),
            ("03-01 00:00", "03-13 09:00", "discharged_7"),
            ("03-01 00:00", "03-12 09:00", "discharged_14"),
            ("03-01 00:00", "03-06 09:00", "discharged_14"),
            ("03-01 00:00", "03-05 09:00", "discharged_30"),
            ("02-01 00:00", "02-18 09:00", "discharged_30"),
            ("02-01 00:00", "02-17 09:00", "former"),
        ]
        relations(cases, "OB")

    def test_visit_to_the_own_unit(self) -> None:
        cases = [
            ("03-20 15:00", None, "visit_today"),
            ("03-19 15:00", None, "visit_today"),
            ("03-18 15:00", None, "visited_7"),
            ("03-13 15:00", None, "visited_7"),
            ("03-12 15:00", None, "visited_30"),
            ("02-18 15:00", None, "visited_30"),
            ("02-17 15:00", None, "former"),
        ]
        relations(cases, "OB", "outpatient")

    def test_stay_elsewhere(self) -> None:
        cases = [
            ("03-18 00:00", None, "inpatient_elsewhere"),
            ("03-10 00:00", "03-19 09:00", "visit_elsewhere"),
            ("03-10 00:00", "03-13 09:00", "elsewhere_7"),
            ("03-01 00:00", "03-12 09:00", "elsewhere_30"),
            ("02-01 00:00", "02-18 09:00", "elsewhere_30"),
            ("02-01 00:00", "02-17 09:00", "former_elsewhere"),
        ]
        relations(cases, "GYN")

    def test_nobody_s_patient_is_a_stranger(self) -> None:
        assert ward().relation("n1", "p1") == "stranger"

    def test_the_strongest_relation_counts(self) -> None:
        world = ward().admitted("GYN", "03-18").admitted("OB", "02-01", "02-10").admitted("OB", "03-01", "03-16 09:00")
        assert world.relation("n1", "p1") == "discharged_7"
        assert world.cared_by("n1", "03-19").relation("n1", "p1") == "care_team"

    @pytest.mark.parametrize(
        ("since", "end", "counts"),
        [
            (None, None, True), ("03-19", None, True), ("03-20 18:00", None, True), ("03-21 00:00", None, False),
            ("03-01", "03-17 11:00", True), ("03-01", "03-17 09:00", False), ("03-01", "03-30", True),
        ],
    )  # fmt: skip
    def test_care_team_rows_count_around_their_time(self, since: str | None, end: str | None, counts: bool) -> None:
        assert (ward().cared_by("n1", since, end).relation("n1", "p1") == "care_team") is counts

    def test_a_colleague_s_care_team_row_is_not_mine(self) -> None:
        assert ward().cared_by("n2", "03-19").relation("n1", "p1") == "stranger"

    def test_the_mother_s_stay_explains_the_child(self) -> None:
        world = hospital().nurse("n1", "OB").patient("baby", household="h").opens("n1", "baby")
        world.patient("mother", household="h").admitted("OB", "03-18")
        assert world.relation("n1", "baby") == "family_inpatient"
        assert world.opens("n1", "mother").relation("n1", "mother") == "inpatient"

    def test_the_mother_s_stay_elsewhere_or_long_ago_does_not(self) -> None:
        for department, end in (("GYN", None), ("OB", "03-16 09:00")):
            world = hospital().nurse("n1", "OB").patient("baby", household="h").opens("n1", "baby")
            world.patient("mother", household="h").admitted(department, "03-10", end)
            assert world.relation("n1", "baby") == "stranger"

    def test_people_without_household_are_no_family(self) -> None:
        world = hospital().nurse("n1", "OB").patient("p1").opens("n1", "p1").patient("p2").admitted("OB", "03-18")
        assert world.relation("n1", "p1") == "stranger"


class TestWhatTheNightKnows:
    def test_a_stay_that_begins_later_is_invisible(self) -> None:
        world = ward().admitted("OB", "03-21 08:00")
        assert world.relation("n1", "p1") == "stranger"
        assert world.relation("n1", "p1", night="03-21") == "admission_soon"

    def test_an_end_is_not_used_before_it_has_passed(self) -> None:
        world = ward().admitted("OB", "03-10", "03-20 09:00")
        assert world.relation("n1", "p1") == "discharged_3"
        early = hospital().nurse("n1").patient("p1").admitted("OB", "03-10", "03-20 09:00").opens("n1", "p1", "03-19")
        assert early.relation("n1", "p1", on="03-19", night="03-19") == "inpatient"

    def test_a_later_end_changes_nothing_in_any_table(self) -> None:
        def world(end: str | None) -> Hospital:
            built = (
                hospital().nurse("n1", end=end).patient("p1").admitted("OB", "03-10", end).cared_by("n1", "03-10", end)
            )
            return built.approved("n1", None, "03-10", end).opens("n1", "p1")

        for table in ("facts", "staff_on", "visits", "approval_dates", "account_dates"):
            assert world("03-25").table(table) == world(None).table(table), table

    def test_later_rows_change_nothing_in_any_table(self) -> None:
        def world() -> Hospital:
            return hospital().nurse("n1").patient("p1").admitted("OB", "03-10").opens("n1", "p1")

        later = (
            world()
            .staff("n1", "GYN", since="03-21")
            .cared_by("n1", "03-22")
            .on_duty("n1", "03-21 08:00", "03-21 16:00")
        )
        later.approved("n1", None, "03-21").opens("n2", "p1", "03-21 09:00", "update")
        for table in ("facts", "staff_on", "visits", "approval_dates", "account_dates", "duties", "corroborations"):
            assert later.table(table) == world().table(table), table


class TestStaff:
    def test_a_nurse_who_moved_ward_was_in_the_old_one_before(self) -> None:
        world = hospital().nurse("n1", "OB", end="03-14").nurse("n1", "GYN", since="03-15").patient("p1")
        world.admitted("OB", "03-01").opens("n1", "p1", "03-14 10:00").opens("n1", "p1", "03-15 10:00")
        found = {row["business_date"].day: (row["department"], row["relation"]) for row in world.facts()}
        assert found == {14: ("OB", "inpatient"), 15: ("GYN", "inpatient_elsewhere")}

    def test_an_open_row_yields_to_a_newer_one(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n1", "GYN", since="03-15").opens("n1", "p1")
        assert world.fact("n1", "p1")["department"] == "GYN"

    def test_who_has_left_keeps_the_last_row(self) -> None:
        (row,) = hospital().nurse("n1", "OB", end="03-10").opens("n1", "p1").table("staff_on")
        assert (row["department"], row["has_left"], row["left_at"]) == ("OB", True, moment("03-11 00:00"))
        (row,) = hospital().nurse("n1", "OB", end="03-25").opens("n1", "p1").table("staff_on")
        assert (row["has_left"], row["left_at"]) == (False, None)

    def test_the_staff_table_wins_over_the_log(self) -> None:
        as_logged = {"user_department": "GYN", "user_role": "doctor"}
        assert hospital().opens("n1", "p1", **as_logged).fact("n1", "p1")["department"] == "GYN"
        assert hospital().nurse("n1", "OB").opens("n1", "p1", **as_logged).fact("n1", "p1")["department"] == "OB"

    def test_without_a_staff_table_the_log_tells_machines(self) -> None:
        world = hospital().opens("svc_lis", "p1").opens("n1", "p1", user_role="护士").opens("n2", "p1")
        for user, role in (("x1", "自助机"), ("x2", "厂商维护"), ("x3", "接口账号")):
            world.opens(user, "p1", user_role=role)
        kinds = {row["user_id"]: row["account_type"] for row in world.facts()}
        machines = {"svc_lis": "service", "x1": "kiosk", "x2": "vendor", "x3": "service"}
        assert kinds == machines | {"n1": "human", "n2": "human"}

    def test_own_record_colleague_and_household(self) -> None:
        world = hospital().nurse("n1", patient="p1").nurse("n2", patient="p2").patient("p1", household="h")
        world.patient("p2").patient("p3", household="h").patient("p4")
        for patient in ("p1", "p2", "p3", "p4"):
            world.opens("n1", patient)
        found = {row["patient_id"]: (row["own_record"], row["colleague"], row["household"]) for row in world.facts()}
        assert found == {
            "p1": (True, False, False), "p2": (False, True, False), "p3": (False, False, True), "p4": (False,) * 3,
        }  # fmt: skip


class TestRoster:
    @pytest.mark.parametrize(
        ("at", "off"),
        [("06:59", True), ("07:00", False), ("12:00", False), ("17:30", False), ("17:31", True)],
    )  # fmt: skip
    def test_off_duty_is_an_hour_before_and_an_hour_and_a_half_after(self, at: str, off: bool) -> None:
        world = hospital().nurse("n1").on_duty("n1", "08:00", "16:00").opens("n1", "p1", at)
        assert world.fact("n1", "p1")["off_roster"] is off

    def test_a_night_shift_of_the_day_before_covers_the_morning(self) -> None:
        world = hospital().nurse("n1").on_duty("n1", "03-19 22:00", "06:00").opens("n1", "p1", "05:00")
        assert world.fact("n1", "p1")["off_roster"] is False

    def test_who_has_no_roster_is_never_off_it(self) -> None:
        world = hospital().nurse("n1").on_duty("n1", "03-01 08:00", "03-01 16:00").on_duty("n2", "08:00", "16:00")
        assert world.opens("n1", "p1", "23:00").fact("n1", "p1")["off_roster"] is None


class TestWork:
    def test_writing_for_a_ward_makes_it_a_working_unit(self) -> None:
        world = hospital().nurse("n1", "OB")
        for number in range(4):
            world.patient(f"g{number}").admitted("GYN", "03-15").writes("n1", f"g{number}", "03-19 10:00")
        world.patient("g9").admitted("GYN", "03-15").opens("n1", "g9")
        assert world.relation("n1", "g9") == "inpatient"
        units = {
            (row["department"], row["known_by"])
            for row in world.table("working_units")
            if row["business_date"] == NIGHT
        }
        assert units == {("OB", "staff"), ("GYN", "work")}

    def test_reading_for_a_ward_does_not(self) -> None:
        world = hospital().nurse("n1", "OB")
        for number in range(8):
            world.patient(f"g{number}").admitted("GYN", "03-15").opens("n1", f"g{number}", "03-19 10:00")
        world.patient("g9").admitted("GYN", "03-15").opens("n1", "g9")
        assert world.relation("n1", "g9") == "inpatient_elsewhere"

    def test_three_patients_or_a_small_part_of_the_work_do_not(self) -> None:
        few = hospital().nurse("n1", "OB")
        for number in range(3):
            few.patient(f"g{number}").admitted("GYN", "03-15").writes("n1", f"g{number}", "03-19 10:00")
        few.patient("g9").admitted("GYN", "03-15").opens("n1", "g9")
        assert few.relation("n1", "g9") == "inpatient_elsewhere"
        for number in range(8):
            few.patient(f"g1{number}").admitted("GYN" if number < 1 else "PED", "03-15")
            few.writes("n1", f"g1{number}", "03-19 10:00")
        assert few.relation("n1", "g9") == "inpatient_elsewhere"

    def test_support_is_somebody_else_s_writing(self) -> None:
        def support(writer: str, at: str) -> str:
            world = hospital().nurse("n1", "OB").nurse("n2", "OB").nurse("n3", "GYN").opens("n1", "p1")
            return str(world.writes(writer, "p1", at).fact("n1", "p1")["corroboration"])

        assert support("n2", "03-19 10:00") == "unit"
        assert support("n3", "03-17 10:00") == "other"
        assert support("n2", "03-16 10:00") == "none"
        assert support("n1", "03-19 10:00") == "none"

    def test_writing_of_the_next_day_supports_at_the_second_look(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").opens("n1", "p1").writes("n2", "p1", "03-21 08:00")
        assert world.fact("n1", "p1")["corroboration"] == "none"
        assert world.fact("n1", "p1", night="03-21")["corroboration"] == "unit"

    def calls(self, opened: int, noted: int, at: str = "11:00") -> Hospital:
        world = hospital().nurse("n1", "OB")
        for number in range(opened):
            world.patient(f"p{number}").admitted("OB", "03-10", "03-16 09:00").opens("n1", f"p{number}")
        for number in range(noted):
            world.writes("n1", f"p{number}", at)
        return world

    @pytest.mark.parametrize(
        ("opened", "noted", "relation"),
        [
            (6, 0, "discharged_7"), (6, 1, "discharged_7"), (6, 2, "follow_up"), (10, 2, "follow_up"),
            (11, 2, "discharged_7"),
        ],
    )  # fmt: skip
    def test_follow_up_needs_notes(self, opened: int, noted: int, relation: str) -> None:
        assert self.calls(opened, noted).relation("n1", "p5") == relation

    def test_notes_of_the_next_days_count_when_they_are_there(self) -> None:
        world = self.calls(6, 2, "03-22 09:00")
        assert world.relation("n1", "p5") == "discharged_7"
        assert world.relation("n1", "p5", night="03-23") == "follow_up"

    def test_an_office_reads_for_its_task_but_does_not_search_by_phone(self) -> None:
        world = (
            hospital()
            .staff("q1", "质控科", "officer")
            .opens("q1", "p1")
            .opens("q1", "p2", action="search", query_by="phone")
        )
        world.opens("q1", "p2").opens("q1", "p3", category="demographics")
        found = {row["patient_id"]: row["relation"] for row in world.facts()}
        assert found == {"p1": "office_task", "p2": "stranger", "p3": "stranger"}


class TestInference:
    """Without an encounters table stays and visits are read from who wrote to the record."""

    def test_days_of_writing_are_a_stay(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").nurse("n3", "GYN")
        for day in ("03-16", "03-18", "03-20"):
            world.writes("n2", "p1", f"{day} 09:00")
        assert world.opens("n1", "p1").relation("n1", "p1") == "inpatient"
        assert world.opens("n3", "p1").relation("n3", "p1") == "inpatient_elsewhere"

    def test_a_gap_of_three_days_ends_the_stay(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").opens("n1", "p1")
        for day in ("03-10", "03-11", "03-12"):
            world.writes("n2", "p1", f"{day} 09:00")
        assert world.relation("n1", "p1") == "discharged_7"

    def test_a_single_day_is_a_visit(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").opens("n1", "p1")
        assert world.writes("n2", "p1", "03-20 09:00").relation("n1", "p1") == "visit_today"

    def test_one_person_s_note_after_a_stay_is_no_visit(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").nurse("n3", "OB").opens("n1", "p1")
        for day in ("03-08", "03-09", "03-10"):
            world.writes("n2", "p1", f"{day} 09:00")
        world.writes("n2", "p1", "03-17 09:00")  # the note of a call
        assert world.relation("n1", "p1") == "discharged_14"
        world.writes("n3", "p1", "03-17 10:00")  # two people wrote: the patient was there
        assert world.relation("n1", "p1") == "visited_7"

    def test_notes_of_calls_leave_follow_up_duty(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB")
        for number in range(6):
            for day in ("03-08", "03-09", "03-10"):
                world.writes("n2", f"p{number}", f"{day} 09:00")
            world.opens("n1", f"p{number}", category="demographics")
        for number in range(2):
            world.writes("n1", f"p{number}", "03-20 11:00")
        assert {world.relation("n1", f"p{number}") for number in range(6)} == {"follow_up"}

    def test_long_after_a_stay_one_person_s_note_is_a_visit(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").opens("n1", "p1")
        for day in ("02-08", "02-09", "03-17"):
            world.writes("n2", "p1", f"{day} 09:00")
        assert world.relation("n1", "p1") == "visited_7"

    def test_reading_makes_no_stay(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").opens("n1", "p1")
        for day in ("03-16", "03-18", "03-20"):
            world.opens("n2", "p1", f"{day} 09:00")
        assert world.relation("n1", "p1") == "stranger"

    def test_one_row_of_encounters_switches_it_off(self) -> None:
        world = hospital().nurse("n1", "OB").nurse("n2", "OB").opens("n1", "p1").patient("p2").admitted("OB", "03-19")
        assert world.writes("n2", "p1", "03-20 09:00").relation("n1", "p1") == "stranger"


class TestAccesses:
    def test_one_minute_is_one_access_however_many_rows(self) -> None:
        world = hospital().opens("n1", "p1", "10:00", category="demographics").opens("n1", "p1", "10:00")
        row = world.opens("n1", "p1", "10:01").fact("n1", "p1")
        assert (row["events"], row["accesses"], row["categories"]) == (3, 2, "demographics|note")

    def test_log_ins_and_other_are_no_access(self) -> None:
        world = hospital().opens("n1", None, action="login").opens("n1", "p1", action="other").opens("n1", None)
        assert world.facts() == []

    def test_manner(self) -> None:
        cases: list[tuple[str, list[tuple[str, str, str | None]]]] = [
            ("contact", [("view", "demographics", None)]),
            ("read", [("view", "demographics", None), ("view", "note", None)]),
            ("read", [("view", "billing", None)]),
            ("sensitive", [("view", "psychiatric", None)]),
            ("export", [("print", "demographics", None), ("view", "psychiatric", None)]),
            ("targeted", [("search", "demographics", "phone"), ("print", "note", None)]),
            ("read", [("search", "demographics", "name"), ("view", "note", None)]),
            ("write", [("search", "list", "id_number"), ("update", "note", None)]),
        ]
        world = hospital()
        for number, (_, rows) in enumerate(cases):
            for action, category, by in rows:
                world.opens("n1", f"p{number}", action=action, category=category, query_by=by)
        assert [row["access_type"] for row in world.facts()] == [manner for manner, _ in cases]

    def test_night_is_from_ten_to_six(self) -> None:
        world = hospital()
        for patient, at in enumerate(("05:59", "06:00", "21:59", "22:00")):
            world.opens("n1", f"p{patient}", at)
        assert [row["at_night"] for row in world.facts()] == [True, False, False, True]

    def test_flags_of_patients(self) -> None:
        world = (
            hospital().patient("p1", flags="vip|maternity").patient("p2", born="2026-03-01").patient("p3").patient("p4")
        )
        world.patient("p5", flags="staff")
        for patient in ("p1", "p2", "p3", "p5"):
            world.opens("n1", patient)
        world.opens("n1", "p4", category="obstetric")
        found = {
            row["patient_id"]: (row["vip"], row["maternity"], row["newborn"], row["colleague"]) for row in world.facts()
        }
        assert found == {
            "p1": (True, True, False, False), "p2": (False, False, True, False), "p3": (False,) * 4,
            "p4": (False, True, False, False), "p5": (False, False, False, True),
        }  # fmt: skip

    def test_list_exports_are_counted_though_they_name_nobody(self) -> None:
        world = hospital().staff("q1", "统计科").nurse("n1")
        for user in ("q1", "n1"):
            world.opens(user, None, "03-20 10:00", "export", "list", record_count=300)
            world.opens(user, None, "03-28 10:00", "export", "list", record_count=200)
            world.opens(user, None, "03-28 11:00", "export", "list", record_count=900, outcome="failure")
        found = {
            (row["user_id"], row["business_date"].day): (row["records"], row["month_end"])
            for row in world.table("export_days", night="03-28")
        }
        assert found == {
            ("n1", 20): (300, False),
            ("n1", 28): (200, False),
            ("q1", 20): (300, False),
            ("q1", 28): (200, True),
        }


class TestPlace:
    def test_a_workstation_belongs_to_those_who_use_it_most(self) -> None:
        world = hospital().nurse("g1", "GYN").nurse("g2", "GYN").nurse("n1", "OB").nurse("n2", "OB")
        for user in ("g1", "g2"):
            for minute in range(5):
                world.opens(user, "g", f"09:0{minute}", workstation="GYN-1")
        world.opens("n1", "away", workstation="GYN-1").opens("n2", "alone", workstation="DESK")
        world.opens("n1", "both", workstation="GYN-1").opens("n1", "both", workstation="OB-1")
        world.opens("n2", "home", workstation="OB-1").opens("n2", "unknown")
        found = {row["patient_id"]: row["away"] for row in world.facts()}
        assert found == {"away": True, "alone": False, "both": False, "home": False, "unknown": False, "g": False}


class TestApprovals:
    @pytest.mark.parametrize(
        ("since", "end", "known"),
        [
            ("03-20", "03-20", True), ("03-20 12:00", None, True), ("03-21", None, False), ("03-01", "03-19", False),
            ("03-01", "03-31", True),
        ],
    )  # fmt: skip
    def test_in_force_on_the_day(self, since: str, end: str | None, known: bool) -> None:
        world = hospital().approved("n1", "bulk-export", since, end).opens("n1", "p1")
        assert (world.fact("n1", "p1")["approved_patterns"] == "bulk-export") is known

    def test_one_without_patterns_covers_all(self) -> None:
        world = hospital().approved("n1", "bulk-export", "03-01").approved("n1", None, "03-01").opens("n1", "p1")
        assert world.fact("n1", "p1")["approved_patterns"] == ""


def test_addresses_outside_every_network_are_external() -> None:
    addresses = ["10.1.2.3", "11.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "unknown", ""]
    assert dict(judge_addresses(addresses, ["10.0.0.0/8"])) == {
        "10.1.2.3": False, "11.1.2.3": True, "::ffff:10.1.2.3": False, "2001:db8::1": True, "unknown": False, "": False,
    }  # fmt: skip


def test_an_account_is_new_where_its_holder_is_new_in_the_post() -> None:
    """A row that changes a number, a name or a status alone makes nobody new; another ward or a new holder does."""
    world = hospital()
    for user, department in (("same", "OB"), ("moved", "PED")):
        world.nurse(user, since="02-01", end="03-10").nurse(user, department, since="03-11")
    world.nurse("back", since="02-01", end="02-20").nurse("back", since="03-11").nurse("joined", since="03-15")
    for user in ("same", "moved", "back", "joined"):
        world.opens(user, "p1")
    found = {row["user_id"]: row["new_account"] for row in world.table("account_dates")}
    assert found == {"same": False, "moved": True, "back": True, "joined": True}
