"""Which accounts suit: by their unit's patients, their work, and what the staff table says of them."""

from __future__ import annotations

import datetime as dt

import polars as pl

from detector.drill import actors
from detector.drill.actors import ActorSelector
from detector.drill.site_profile import SiteProfile

OBSTETRICS = {f"u{number:02d}" for number in range(0, 20, 2)}
OTHERS = {f"u{number:02d}" for number in range(1, 20, 2)}


def users(selector: ActorSelector, site: SiteProfile) -> set[str]:
    return set(selector(site)["user_id"])


def test_staff_are_people_who_work_with_patients(two_units: SiteProfile) -> None:
    assert users(actors.staff, two_units) == (OBSTETRICS | OTHERS) - {"u03"}


def test_a_market_belongs_to_the_units_that_treat_it(two_units: SiteProfile) -> None:
    assert users(actors.staff_treating("maternity"), two_units) == OBSTETRICS
    assert users(actors.staff_not_treating("maternity"), two_units) == OTHERS - {"u03"}
    assert users(actors.staff_treating("newborn"), two_units) == set()


def test_the_staff_table_says_who_has_a_record_and_whose_rights_are_limited(two_units: SiteProfile) -> None:
    assert users(actors.staff_with_a_record, two_units) == {"u01", "u05"}
    assert users(actors.limited_accounts, two_units) == {"u03"}


def test_lists_are_used_by_those_who_have_used_them(two_units: SiteProfile) -> None:
    assert users(actors.staff_using_lists, two_units) == set()


def test_leavers_have_left_or_rest_for_long(two_units: SiteProfile) -> None:
    assert users(actors.leavers, two_units) == {"gone"}
    accounts = two_units.accounts
    try:
        rested = two_units.first - dt.timedelta(days=actors.DORMANT_DAYS + 1)
        is_idle = pl.col("user_id") == "idle"
        two_units.accounts = accounts.with_columns(
            seen_before=pl.when(is_idle).then(pl.lit(rested)).otherwise("seen_before")
        )
        assert users(actors.leavers, two_units) == {"gone", "idle"}
    finally:
        two_units.accounts = accounts


def test_machines_are_accounts_of_their_kind_that_read(two_units: SiteProfile) -> None:
    assert users(actors.machines("service"), two_units) == {"u03"}
    assert users(actors.machines("kiosk"), two_units) == set()


def test_where_no_role_says_nurse_all_of_a_ward_may_be(two_units: SiteProfile) -> None:
    accounts = two_units.accounts
    try:
        assert users(actors.nurses_of_wards("maternity"), two_units) == OBSTETRICS
        nurse = pl.col("user_id").is_in(["u00", "u01"])
        two_units.accounts = accounts.with_columns(role=pl.when(nurse).then(pl.lit("主管护师")).otherwise("role"))
        assert users(actors.nurses_of_wards("maternity"), two_units) == {"u00"}
    finally:
        two_units.accounts = accounts


def test_an_unlisted_account_is_nobodys_and_looks_like_the_others(two_units: SiteProfile) -> None:
    made = actors.unlisted(two_units)
    assert made.height == actors.staff(two_units).height
    assert made.columns == two_units.accounts.columns
    assert not set(made["user_id"]) & set(two_units.accounts["user_id"])
    account = two_units.account_of(made.row(0, named=True))
    assert (account.worked, account.name) == ((), None)
    assert account.department in {"OB", "IM"}
