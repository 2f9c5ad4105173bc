"""Policies on nights that inline examples would be too long for."""

import datetime as dt
import json
import random

import pytest

from tests.policies.worlds import NIGHT, event, fired


def at(second):
    return str(dt.datetime.combine(NIGHT, dt.time()) + dt.timedelta(seconds=second))


def opens(user_id, numbers, *, start=3600, pace=10, **more):
    return [
        event(at(start + round(pace * step)), user_id, f"P{number:06d}", **more) for step, number in enumerate(numbers)
    ]


SERVICE = [{"user_id": "svc", "account_type": "service", "department": "IT"}]


class TestRecordEnumeration:
    def test_other_traffic_of_the_same_account_does_not_hide_a_run(self):
        ordinary = opens("svc", random.Random(1).sample(range(50000, 90000), 60), pace=61)
        walk = opens("svc", range(1000, 1200), pace=20, start=3605)
        row = fired("record-enumeration", ordinary + walk, staff=SERVICE)["svc"]
        assert 190 <= row["patients"] <= 205
        assert row["alert"]

    def test_a_slow_program_is_found_all_the_same(self):
        assert "svc" in fired("record-enumeration", opens("svc", range(100, 160), pace=400), staff=SERVICE)

    def test_steps_over_missing_numbers_and_descending_threads(self):
        pairs = [number for start in range(100, 400, 2) for number in (start + 1, start)]
        assert "svc" in fired("record-enumeration", opens("svc", pairs), staff=SERVICE)

    def test_probing_numbers_that_do_not_exist_counts(self):
        assert "u" in fired("record-enumeration", opens("u", range(100, 140), outcome="failure"))

    def test_ascending_with_gaps(self):
        numbers = [100 + 5 * step for step in range(80)]
        assert "u" in fired("record-enumeration", opens("u", numbers))

    @pytest.mark.parametrize("seed", range(5))
    def test_random_synchronisation_does_not_fire(self, seed):
        numbers = random.Random(seed).sample(range(3000), 1000)
        assert fired("record-enumeration", opens("svc", numbers, pace=3), staff=SERVICE) == {}

    @pytest.mark.parametrize("seed", range(5))
    def test_a_days_work_on_a_worklist_sorted_by_number_does_not_fire(self, seed):
        numbers = sorted(random.Random(seed).sample(range(12000), 120))
        assert fired("record-enumeration", opens("coder", numbers, pace=45)) == {}

    def test_a_nurse_with_a_care_relation_may_click_through_her_newborns(self):
        newborns = range(500, 530)
        care = [
            {"patient_id": f"P{n:06d}", "user_id": "n1", "start": "2026-03-19", "relation": "nurse"} for n in newborns
        ]
        events = opens("n1", newborns, pace=8)
        assert "n1" in fired("record-enumeration", events)
        assert fired("record-enumeration", events, care_team=care) == {}

    def test_a_person_at_human_pace_is_left_to_the_models(self):
        assert fired("record-enumeration", opens("n1", range(500, 530), pace=150)) == {}

    def test_an_approved_migration_is_lowered_not_hidden(self):
        approval = [{"user_id": "svc", "start": "2026-03-20", "end": "2026-03-21", "reason": "migration"}]
        row = fired("record-enumeration", opens("svc", range(100, 300)), staff=SERVICE, approvals=approval)["svc"]
        assert (row["alert"], row["approval"]) == (False, "migration")

    def test_numbers_with_letters_behind_and_different_series(self):
        events = [event(at(10 * n), "u", f"A{n}-X") for n in range(100, 150)]
        assert "u" in fired("record-enumeration", events)
        mixed = [event(at(10 * n), "u", f"{random.Random(n).choice('ABCDEFGHIJ')}{n}") for n in range(100, 130)]
        assert fired("record-enumeration", mixed) == {}

    def test_very_long_and_missing_numbers_do_no_harm(self):
        events = [event(at(n), "u", "9" * 40 + str(n)) for n in range(30)] + [
            event(at(n), "u", "无号") for n in range(30)
        ]
        fired("record-enumeration", events)


def volume(source, start, end, hours, events):
    return {"source": source, "start": start, "end": end, "hours": hours, "events": events}


class TestLogGap:
    HISTORY = volume("emr", "2026-03-01", "2026-03-19", "0-23", 50)

    def test_names_the_silent_hours(self):
        volumes = [self.HISTORY, volume("emr", NIGHT, NIGHT, "0-4", 50), volume("emr", NIGHT, NIGHT, "7-20", 50)]
        values = fired("log-gap", volumes=volumes)["emr"]["reason_values"]
        assert '"hours": ["2026-03-20 05:00–07:00", "2026-03-20 21:00–24:00"]' in values
        assert '"expected": 250' in values

    def test_the_events_around_the_gap_are_the_evidence(self):
        volumes = [self.HISTORY, volume("emr", NIGHT, NIGHT, "0-4", 50)]
        events = [
            event("04:59:00", "u", source="emr"),
            event("09:00:01", "u", source="emr"),
            event("04:00:00", "u", source="emr"),
        ]
        row = fired("log-gap", events, volumes=[*volumes, volume("emr", NIGHT, NIGHT, "9-23", 50)])["emr"]
        assert {"emr:1", "emr:2"} <= set(row["event_ids"])

    def test_a_heartbeat_does_not_hide_a_gap(self):
        history = volume("emr", "2026-03-01", "2026-03-19", "0-23", 400)
        volumes = [history, volume("emr", NIGHT, NIGHT, "0-7", 400), volume("emr", NIGHT, NIGHT, "8-10", 3)]
        assert "emr" in fired("log-gap", volumes=[*volumes, volume("emr", NIGHT, NIGHT, "11-23", 400)])

    @pytest.mark.parametrize("days", [0, 1, 40])
    def test_a_source_that_ended_is_reported_as_long_as_it_is_silent(self, days):
        night = NIGHT + dt.timedelta(days=days)
        values = fired("log-gap", night=night, volumes=[self.HISTORY])["emr"]["reason_values"]
        assert f'"hours": ["2026-03-20 00:00–{night} 24:00"]' in values.replace("2026-03-19 24:00", "2026-03-20 00:00")
        assert f'"length": {24 * (days + 1)}' in values

    def test_a_source_that_rests_at_weekends_may_rest_on_a_holiday(self):
        weeks = [volume("opd", f"2026-03-{day:02d}", f"2026-03-{day + 4:02d}", "8-17", 90) for day in (9, 16, 23)]
        weeks.append(volume("opd", "2026-03-30", "2026-04-02", "8-17", 90))
        for friday_or_monday in (dt.date(2026, 4, 3), dt.date(2026, 4, 6)):
            assert fired("log-gap", night=friday_or_monday, volumes=weeks, calendar="DE") == {}
            assert "opd" in fired("log-gap", night=friday_or_monday, volumes=weeks, calendar="CN")

    def test_a_source_that_rests_at_weekends_is_missed_on_a_working_morning(self):
        weeks = [volume("opd", f"2026-03-{day:02d}", f"2026-03-{day + 4:02d}", "8-17", 90) for day in (2, 9)]
        weeks.append(volume("opd", "2026-03-16", "2026-03-19", "8-17", 90))
        morning = volume("opd", NIGHT, NIGHT, "13-17", 90)
        assert "opd" in fired("log-gap", volumes=[*weeks, morning])

    def test_a_source_that_rests_at_weekends_is_judged_on_mondays(self):
        weeks = [volume("opd", f"2026-03-{day:02d}", f"2026-03-{day + 4:02d}", "8-17", 90) for day in (2, 9, 16)]
        monday = dt.date(2026, 3, 23)
        assert "opd" in fired("log-gap", night=monday, volumes=[*weeks, volume("opd", monday, monday, "13-17", 90)])
        assert fired("log-gap", night=monday, volumes=[*weeks, volume("opd", monday, monday, "8-17", 30)]) == {}

    @pytest.mark.parametrize("seed", range(5))
    def test_hours_that_are_silent_now_and_then_are_not_judged(self, seed):
        chance = random.Random(seed)
        rows = [
            volume("lab", day, day, str(hour), events)
            for day in (NIGHT - dt.timedelta(days=number) for number in range(1, 27))
            for hour in range(24)
            if (events := sum(chance.random() < 0.05 for _ in range(60)))
        ]
        assert fired("log-gap", volumes=[*rows, volume("lab", NIGHT, NIGHT, "2-23", 3)]) == {}

    def test_rare_rows_that_never_missed_a_morning_are_missed(self):
        history = volume("lab", "2026-03-01", "2026-03-19", "0-23", 4)
        assert "lab" in fired("log-gap", volumes=[history, volume("lab", NIGHT, NIGHT, "7-23", 4)])

    def test_a_heartbeat_does_not_end_a_silence(self):
        history = volume("emr", "2026-02-20", "2026-03-16", "0-23", 400)
        values = fired("log-gap", volumes=[history, volume("emr", "2026-03-17", NIGHT, "0-23", 2)])["emr"]
        assert "2026-03-16 24:00–2026-03-20 24:00" in values["reason_values"]

    def test_days_with_many_rows_and_days_with_none_are_a_habit(self):
        days = [NIGHT - dt.timedelta(days=number) for number in (3, 4, 7, 8, 9, 12, 13, 16, 17, 19, 20, 24, 25)]
        assert fired("log-gap", volumes=[volume("lab", day, day, "9", 300) for day in days]) == {}

    @pytest.mark.parametrize("days", [6, 7, 8])
    def test_silent_in_the_first_days(self, days):
        start = NIGHT - dt.timedelta(days=days)
        history = volume("emr", start, NIGHT - dt.timedelta(days=1), "0-23", 80)
        found = fired("log-gap", volumes=[history, volume("emr", NIGHT, NIGHT, "12-23", 80)])
        assert bool(found) == (days > 7)

    def test_a_source_that_came_back_after_days_is_not_new_evidence(self):
        history = volume("emr", "2026-03-01", "2026-03-14", "0-23", 80)
        assert fired("log-gap", volumes=[history, volume("emr", NIGHT, NIGHT, "12-23", 80)]) == {}

    @pytest.mark.parametrize(("events", "is_gap"), [(1, True), (5, True), (6, False), (50, False)])
    def test_hours_with_a_tenth_of_what_they_ever_had(self, events, is_gap):
        others = [volume("emr", NIGHT, NIGHT, hours, 50) for hours in ("0-9", "12-23")]
        found = fired("log-gap", volumes=[self.HISTORY, *others, volume("emr", NIGHT, NIGHT, "10-11", events)])
        assert bool(found) == is_gap
        if is_gap:
            assert f'"came": {2 * events}, "days": 14, "expected": 100' in found["emr"]["reason_values"]

    def test_a_part_missing_is_told_from_the_third_week_on(self):
        for days, is_gap in ((14, False), (15, True)):
            history = volume("emr", NIGHT - dt.timedelta(days=days), NIGHT - dt.timedelta(days=1), "0-23", 50)
            assert bool(fired("log-gap", volumes=[history, volume("emr", NIGHT, NIGHT, "0-23", 4)])) == is_gap

    def test_a_date_whose_rows_are_spread_thinly_is_told_as_a_whole(self):
        dates = [NIGHT - dt.timedelta(days=number) for number in range(1, 20)]
        history = [volume("small", date, date, "0-23", 1 + 2 * (date.day % 2)) for date in dates]
        night = [volume("small", NIGHT, NIGHT, str(hour), 1) for hour in (8, 16)]
        values = fired("log-gap", volumes=[*history, *night])["small"]["reason_values"]
        assert '"came": 2, "days": 14, "expected": 48, "hours": ["2026-03-20 00:00–24:00"]' in values
        assert fired("log-gap", volumes=[*history, *night, volume("small", NIGHT, NIGHT, "6", 1)]) == {}


class TestMissingNumbers:
    @staticmethod
    def orders(worst=0, days=19):
        rest = {"source": "log", "numbered": 500, "consecutive": 500}
        first, last = NIGHT - dt.timedelta(days=days), NIGHT - dt.timedelta(days=4)
        worse = {**rest, "start": NIGHT - dt.timedelta(days=3), "end": NIGHT - dt.timedelta(days=1), "missing": worst}
        return [{**rest, "start": first, "end": last, "missing": 0}, worse]

    @staticmethod
    def numbered(*numbers, minutes=10):
        return [
            event(f"{8 + place * minutes // 60:02d}:{place * minutes % 60:02d}:00", "u", "p", event_id=number)
            for place, number in enumerate(numbers)
        ]

    @pytest.mark.parametrize(
        ("missing", "worst", "told"), [(39, 0, False), (40, 0, True), (40, 8, True), (40, 9, False)]
    )
    def test_so_many_that_it_never_was_so_on_more_than_two_dates(self, missing, worst, told):
        rows = self.numbered(1, 2, 3, 4 + missing, 5 + missing, minutes=30)
        found = fired("missing-numbers", rows, orders=self.orders(worst))
        assert bool(found) == told
        if told:
            values = json.loads(found["log"]["reason_values"])
            assert (values["missing"], values["places"], values["most"]) == (missing, 1, worst)
            assert found["log"]["event_ids"] == ["log:3", f"log:{4 + missing}"]

    def test_a_log_that_is_written_backwards_counts_as_well(self):
        rows = self.numbered(1, 2, 3, 44, 45, minutes=30)
        assert "log" in fired("missing-numbers", rows[::-1], orders=self.orders())

    def test_a_restart_of_the_database_is_no_loss(self):
        rows = self.numbered(*range(900, 960), 1001, 1002, minutes=3)
        assert fired("missing-numbers", rows, orders=self.orders()) == {}

    def test_two_weeks_of_history_are_needed(self):
        rows = self.numbered(1, 2, 3, 44, 45, minutes=30)
        assert [bool(fired("missing-numbers", rows, orders=self.orders(days=days))) for days in (13, 14)] == [
            False,
            True,
        ]


class TestInactiveAccount:
    LEFT = ({"user_id": "n1", "department": "PED", "role": "nurse", "status": "left", "end_date": "2026-03-10"},)

    def test_a_session_that_times_out_after_the_end_is_no_use(self):
        events = [event("08:00:00", "n1", action="logout", category="")]
        assert fired("inactive-account", events, staff=self.LEFT) == {}

    def test_a_future_end_is_not_known_yet(self):
        staff = [{**self.LEFT[0], "status": "left", "end_date": "2026-03-25"}]
        assert fired("inactive-account", [event("08:00:00", "n1", "p")], staff=staff) == {}

    def test_the_roster_after_leaving_excuses_nothing(self):
        roster = [{"user_id": "n1", "start": f"{NIGHT} 07:00:00", "end": f"{NIGHT} 15:00:00"}]
        assert "n1" in fired("inactive-account", [event("08:00:00", "n1", "p")], staff=self.LEFT, roster=roster)

    def test_a_night_shift_that_is_not_on_the_roster(self):
        """Called in on the last evening: at work before midnight, so still at work after it."""
        staff = [{**self.LEFT[0], "end_date": str(NIGHT - dt.timedelta(days=1))}]
        before = event(f"{NIGHT - dt.timedelta(days=1)} 23:10:00", "n1", "p")
        assert fired("inactive-account", [before, event("05:00:00", "n1", "p")], staff=staff) == {}
        assert "n1" in fired("inactive-account", [event("05:00:00", "n1", "p")], staff=staff)

    def test_left_without_a_date_counts_after_a_pause(self):
        staff = [{**self.LEFT[0], "end_date": ""}]
        yesterday = event(f"{NIGHT - dt.timedelta(days=1)} 10:00:00", "n1", "p")
        last_week = event(f"{NIGHT - dt.timedelta(days=8)} 10:00:00", "n1", "p")
        today = event("10:00:00", "n1", "p")
        assert fired("inactive-account", [yesterday, today], staff=staff) == {}
        assert "n1" in fired("inactive-account", [last_week, today], staff=staff)

    @pytest.mark.parametrize(("days", "fires"), [(90, False), (91, True), (200, True)])
    def test_more_than_ninety_days(self, days, fires):
        long_ago = event(f"{NIGHT - dt.timedelta(days=days)} 10:00:00", "n1", "p")
        assert bool(fired("inactive-account", [long_ago, event("10:00:00", "n1", "q")])) == fires

    def test_back_from_leave_without_roster_but_with_own_patients(self):
        long_ago = event(f"{NIGHT - dt.timedelta(days=150)} 10:00:00", "n1", "p")
        care = [{"patient_id": "q", "user_id": "n1", "start": f"{NIGHT} 08:00:00", "relation": "nurse"}]
        events = [long_ago, event("10:00:00", "n1", "q")]
        assert fired("inactive-account", events, care_team=care) == {}


class TestSharedCredentials:
    def test_two_instants_on_two_machines(self):
        events = [
            event(f"09:{minute:02d}:{second:02d}", "d1", f"p{minute}", workstation=place)
            for minute in (0, 20)
            for second, place in ((0, "W1"), (20, "W2"), (45, "W1"))
        ]
        row = fired("shared-credentials", events)["d1"]
        assert not row["alert"]
        assert '"shortest": 20' in row["reason_values"]

    def test_a_new_desk_after_lunch(self):
        events = [
            event(f"{hour:02d}:00:00", "d1", "p", workstation="W1" if hour < 12 else "W2") for hour in range(8, 17)
        ]
        assert fired("shared-credentials", events) == {}

    def test_workstation_known_only_sometimes(self):
        events = [
            event(f"09:0{n}:00", "d1", "p", client_ip="10.0.0.1", workstation="W1" if n % 2 else "") for n in range(9)
        ]
        assert fired("shared-credentials", events) == {}

    def test_the_other_departments_events_are_the_evidence(self):
        places = ["DERM-1", "ORTH-1"] * 4
        events = [event(f"09:{5 * n:02d}:00", "d1", f"p{n}", workstation=place) for n, place in enumerate(places)]
        events += [
            event("08:00:00", "d2", "x", workstation="DERM-1"),
            event("08:00:00", "d3", "x", workstation="ORTH-1"),
        ]
        staff = [
            {"user_id": "d1", "department": "ORTH", "role": "doctor"},
            {"user_id": "d2", "department": "DERM", "role": "doctor"},
            {"user_id": "d3", "department": "ORTH", "role": "doctor"},
        ]
        row = fired("shared-credentials", events, staff=staff)["d1"]
        assert set(row["event_ids"]) == {"log:1", "log:3", "log:5", "log:7"}


class TestBreakGlass:
    def test_what_was_opened_through_it_is_evidence(self):
        events = [
            event("10:00:00", "n1", "p1", "break_glass", reason="其他"),
            event("10:01:00", "n1", "p1", "view", "result"),
            event("10:02:00", "n1", "p2", "view", "result"),
        ]
        row = fired("break-glass-misuse", events)["n1"]
        assert row["event_ids"] == ["log:1", "log:2"]
        assert not row["alert"]

    def test_where_the_help_is_documented_the_reason_may_be_short(self):
        events = [
            event("10:00:00", "n1", "p1", "break_glass", reason=""),
            event("10:30:00", "n1", "p1", "create", "note"),
        ]
        assert fired("break-glass-misuse", events) == {}


def test_a_site_raises_the_tolerance_of_scope_violation():
    staff = [{"user_id": "svc", "account_type": "service", "allowed_categories": "result"}]
    events = [event("10:00:00", "svc", "p", category="note")]
    assert "svc" in fired("scope-violation", events, staff=staff)
    assert fired("scope-violation", events, staff=staff, parameters={"min_events": 2}) == {}


def test_allowed_categories_may_be_written_untidily():
    staff = [{"user_id": "svc", "account_type": "service", "allowed_categories": " Result | "}]
    events = [event("10:00:00", "svc", "p", category="result")]
    assert fired("scope-violation", events, staff=staff) == {}
    assert fired("scope-violation", events, staff=[{**staff[0], "allowed_categories": " | "}]) == {}


def test_exempt_accounts_are_left_out():
    events = [event("10:00:00", "it", "d1"), event("10:00:00", "n1", "d1")]
    found = fired("decoy-access", events, decoy_patients=[{"patient_id": "d1"}], parameters={"exempt_accounts": ["it"]})
    assert set(found) == {"n1"}
