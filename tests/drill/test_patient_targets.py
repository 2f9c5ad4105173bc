"""Whose records an episode is after: the unit's own market, strangers to the unit, or single patients."""

from __future__ import annotations

import datetime as dt

from detector.drill import patient_targets
from detector.drill.patient_targets import TargetSelector
from detector.drill.site_profile import SiteProfile


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
