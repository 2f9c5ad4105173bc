"""Whose records an episode is after: the unit's own market, strangers to the unit, or single patients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from detector.drill import patient_targets
from detector.drill.patient_targets import TargetSelector
from detector.drill.site_profile import SiteProfile
from tests.drill.bare_log import DAYS, FIRST, TWO_UNITS, empty_log, write


def selected(selector: TargetSelector, site: SiteProfile, user: str, date: dt.date | None = None) -> set[str]:
    return set(selector(site, site.account(user), date or site.last))


def test_a_units_market_excludes_other_units_and_decoys(two_units: SiteProfile) -> None:
    mothers = selected(patient_targets.unit_patients("maternity"), two_units, "u00")
    assert mothers
    assert all(patient.startswith("m") for patient in mothers)
    assert "m1000" not in mothers
    assert selected(patient_targets.unit_patients("maternity"), two_units, "u01") == set()


def test_a_units_market_is_bound_to_the_days_around_the_contact(two_units: SiteProfile) -> None:
    wide = selected(patient_targets.unit_patients("maternity"), two_units, "u00")
    narrow = selected(patient_targets.unit_patients("maternity", before=0, after=1), two_units, "u00")
    assert narrow < wide
    last_on = dict(two_units.unit_patients.filter(department="OB").select("patient_id", "last_on").iter_rows())
    assert all(last_on[patient] >= two_units.last - dt.timedelta(days=1) for patient in narrow)


def test_strangers_have_no_contact_with_the_unit(two_units: SiteProfile) -> None:
    assert {patient[0] for patient in selected(patient_targets.strangers(), two_units, "u00")} == {"p"}
    assert selected(patient_targets.strangers("maternity"), two_units, "u00") == set()


def test_nobody_is_a_target_before_the_first_contact(two_units: SiteProfile) -> None:
    early, late = (
        selected(patient_targets.strangers(), two_units, "u00", two_units.since + dt.timedelta(days=days))
        for days in (0, 60)
    )
    assert early < late


def test_single_patients(two_units: SiteProfile) -> None:
    assert selected(patient_targets.own_record, two_units, "u01") == {"p1001"}
    assert selected(patient_targets.own_record, two_units, "u00") == set()
    assert selected(patient_targets.decoys, two_units, "u00") == {"m1000"}
    assert selected(patient_targets.colleagues_and_family, two_units, "u01") == {"p1002"}, "and not the own record"


def test_numbers_are_in_order_without_decoys(two_units: SiteProfile) -> None:
    numbers = patient_targets.by_number(two_units, two_units.account("u00"), two_units.last).to_list()
    assert numbers == sorted(numbers)
    assert "m1000" not in numbers


@pytest.fixture
def with_stays() -> Iterator[SiteProfile]:
    """Two units, and stays of four mothers of the log, one of them not over."""
    connection = empty_log()
    write(connection, **TWO_UNITS)
    mothers = connection.execute(
        "select distinct patient_id from events where category = 'obstetric' and business_date < $since"
        " order by all limit 4",
        {"since": FIRST + dt.timedelta(days=5)},
    ).fetchall()
    for (mother,), (first, last) in zip(mothers, [(10, None), (10, 19), (10, 17), (10, 12)], strict=True):
        connection.execute(
            "insert into encounters by name select $mother as patient_id, 'OB' as department, 'inpatient' as kind,"
            " $first::timestamp as starts_at, $last::timestamp as ends_at",
            {
                "mother": mother,
                "first": FIRST + dt.timedelta(days=first),
                "last": None if last is None else FIRST + dt.timedelta(days=last),
            },
        )
    yield SiteProfile(connection, FIRST + dt.timedelta(days=12), FIRST + dt.timedelta(days=DAYS - 1))
    connection.close()


def test_who_lies_in_the_ward_and_who_has_just_left(with_stays: SiteProfile) -> None:
    stays = with_stays.stays.sort("last_on", nulls_last=False, descending=True)["patient_id"].to_list()
    still, to_19, to_17, _ = stays
    date = FIRST + dt.timedelta(days=18)
    now, left = patient_targets.in_ward_now("maternity"), patient_targets.just_left_ward("maternity")
    assert selected(now, with_stays, "u00", date) == {still, to_19}
    assert selected(left, with_stays, "u00", date) == {to_17}
    assert selected(now, with_stays, "u01", date) == set()
    assert selected(left, with_stays, "u00", date + dt.timedelta(days=2)) == {to_19, to_17}
    assert selected(left, with_stays, "u00", date + dt.timedelta(days=3)) == {to_19}


def test_without_encounters_days_of_contact_tell_who_stayed(two_units: SiteProfile) -> None:
    date = two_units.first
    now = selected(patient_targets.in_ward_now("maternity"), two_units, "u00", date)
    assert now
    assert now <= selected(patient_targets.unit_patients("maternity", before=0, after=0), two_units, "u00", date)


def test_the_archive_has_those_whom_only_the_table_knows(two_units: SiteProfile) -> None:
    archive = selected(patient_targets.anybody, two_units, "u03")
    assert {patient[0] for patient in archive} == {"m", "p"}
    assert "m1000" not in archive, "a decoy"
    assert selected(patient_targets.recent_patients, two_units, "u03") <= archive
