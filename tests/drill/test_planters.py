"""Every planter, at every intensity: what is planted could have been written by the site's own systems."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from detector.detection.patterns import patterns
from detector.drill.order import UNIT_ACCOUNTS, Cast, Episode, EpisodeOrder
from detector.drill.planter import Planter
from detector.drill.planters import PLANTERS, chosen, names
from detector.drill.planting import plant
from detector.drill.row_writer import FILLED
from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Location, Stage
from detector.model.scenarios import INTENSITIES, Intensity

NETWORKS = ("10.0.0.0/8", "192.168.0.0/16")
KINDS = [(planter, intensity) for planter in PLANTERS for intensity in INTENSITIES]
MACHINES = {"scope-violation": "limited", "interface-harvesting": "service", "kiosk-harvesting": "kiosk"}
IN_ONE_PLACE = {"celebrity": 3}
"""A crowd is made smaller: this hospital has few units."""


def planted(
    site: SiteProfile, planter: Planter, intensity: Intensity, seed: int = 3, cast: Cast | None = None
) -> Episode | None:
    level = planter.levels[intensity]
    level = replace(level, days=min(level.days, 14), accounts=min(level.accounts, IN_ONE_PLACE.get(planter.id, 9)))
    order = EpisodeOrder(planter, intensity, level, site.first, "00007")
    return plant(Stage(site, np.random.default_rng(seed), NETWORKS), order, cast or Cast())


def test_the_table_is_whole() -> None:
    shown = set(patterns())
    for planter in PLANTERS.values():
        assert set(planter.levels) == set(INTENSITIES), planter.id
        taken = [level.per_day * level.days * level.accounts for level in map(planter.levels.get, INTENSITIES) if level]
        assert taken == sorted(set(taken)), planter.id
    own = {planter.scenario.patterns[0] for planter in PLANTERS.values()}
    unplanted = {"log-gap", "direct-database-read"}
    assert shown - own == unplanted, "every pattern needs a planter; missing rows and statements cannot be"


def test_planters_are_chosen_by_their_name_or_their_pattern() -> None:
    assert [one.id for one in chosen(("self-lookup",))] == ["self-lookup"]
    mothers = chosen(("maternity-harvesting",))
    assert len(mothers) > 3
    assert all(one.scenario.patterns[0] == "maternity-harvesting" for one in mothers)
    assert chosen(()) == list(PLANTERS.values())
    assert {"shared-out", "scope-violation", "maternity-harvesting"} <= set(names())
    with pytest.raises(KeyError, match="shared-in"):
        chosen(("shared-out", "shared-in"))


@pytest.mark.parametrize(("name", "intensity"), KINDS, ids="-".join)
def test_what_is_planted_could_be_the_sites_own(site: SiteProfile, name: str, intensity: Intensity) -> None:
    planter = PLANTERS[name]
    episode = planted(site, planter, intensity)
    assert episode is not None
    events = episode.events
    assert set(events["user_id"]) == set(episode.accounts)
    assert len(set(episode.accounts)) == episode.order.level.accounts
    assert events["event_id"].n_unique() == events.height
    assert set(events["business_date"]) <= {
        date + dt.timedelta(days=step) for date in episode.order.dates for step in (-1, 0, 1)
    }
    assert events["local_time"].is_sorted()
    assert (events["local_time"].dt.date() == events["business_date"]).all()
    assert (events["record_count"] >= 1).all()
    known = set(site.patients["patient_id"])
    assert set(events["patient_id"].drop_nulls()) <= known

    written = site.sources.select("source", "action", "category")
    strange = events.join(written, on=["source", "action", "category"], how="anti", nulls_equal=True)
    assert strange.is_empty(), "rows that no system of the site writes"
    empty = site.sources.unique("source")
    for column, told in FILLED.items():
        bare = empty.filter(~pl.col(told))["source"].to_list()
        assert (
            events.filter(pl.col("source").is_in(bare))[column].null_count()
            == events.filter(pl.col("source").is_in(bare)).height
        ), column
    if planter.location is Location.OWN and site.rows_of(episode.accounts[0]).height:
        own = site.rows_of(episode.accounts[0])
        mine = events.filter(pl.col("user_id") == episode.accounts[0])
        for column in ("client_ip", "workstation", "user_department"):
            assert set(mine[column].drop_nulls()) <= set(own[column].drop_nulls()), column
    if not (planter.again or planter.familiar or planter.consecutive or planter.list_export):
        for user in episode.accounts:
            mine = events.filter(pl.col("user_id") == user)["patient_id"].drop_nulls()
            assert not set(mine) & set(site.opened_by(user)), "patients of the account's own work"


@pytest.mark.heavy
def test_more_is_taken_at_higher_intensity(site: SiteProfile) -> None:
    for planter in PLANTERS.values():
        if planter.id in {"celebrity", "vip-snooping", "decoy-access", "self-lookup", "colleague-lookup"}:
            continue  # as many as there are
        taken = []
        for intensity in (INTENSITIES[0], INTENSITIES[-1]):
            counts = [one.exposed() for seed in range(4) if (one := planted(site, planter, intensity, seed))]
            taken.append(np.mean(counts))
        assert taken[0] < taken[1], planter.id


@pytest.mark.parametrize("name", ["maternity-slow", "bulk-export", "shared-out", "external-network"])
def test_the_seed_decides(site: SiteProfile, name: str) -> None:
    once, again, other = (planted(site, PLANTERS[name], "medium", seed) for seed in (5, 5, 6))
    assert once is not None
    assert again is not None
    assert other is not None
    assert once.events.equals(again.events)
    assert not once.events.equals(other.events)


def test_markets_are_what_their_names_say(site: SiteProfile) -> None:
    by_id = {row["patient_id"]: row for row in site.patients.iter_rows(named=True)}

    def opened(name: str) -> list[dict[str, object]]:
        episode = planted(site, PLANTERS[name], "high")
        assert episode is not None
        return [by_id[one] for one in episode.events["patient_id"].drop_nulls().unique().to_list()]

    assert all(one["maternity"] for one in opened("maternity-slow"))
    assert all(one["newborn"] for one in opened("newborn-parents"))
    assert all(one["vip"] for one in opened("vip-snooping"))
    assert all(one["decoy"] for one in opened("decoy-access"))
    assert all(one["sensitive"] for one in opened("sensitive-browsing"))
    assert len(opened("celebrity")) == 1
    assert len(opened("self-lookup")) == 1


def test_machines_read_what_they_may_from_the_whole_archive(site: SiteProfile) -> None:
    for name in ("interface-harvesting", "kiosk-harvesting"):
        for seed in range(3):
            episode = planted(site, PLANTERS[name], "medium", seed)
            assert episode is not None
            account = site.account(episode.accounts[0])
            assert set(episode.events["category"].drop_nulls()) <= account.allowed_categories
            taken = episode.events["patient_id"].unique().to_list()
            known = site.patients.filter(pl.col("patient_id").is_in(taken))
            last_seen = known["last_on"].fill_null(site.since)
            assert (last_seen < episode.start - dt.timedelta(days=14)).any(), "not only who was there lately"
    kiosk = planted(site, PLANTERS["kiosk-harvesting"], "high")
    assert kiosk is not None
    hours = set(site.rows_of(kiosk.accounts[0])["local_time"].dt.hour())
    assert set(kiosk.events["local_time"].dt.hour()) <= hours | {hour + 1 for hour in hours}


@pytest.mark.parametrize(("name", "gone"), [("own-ward-contacts", (0, 0)), ("fresh-discharge-contacts", (1, 3))])
def test_a_wards_contacts_are_collected_on_every_shift(site: SiteProfile, name: str, gone: tuple[int, int]) -> None:
    episode = planted(site, PLANTERS[name], "medium")
    assert episode is not None
    account = site.account(episode.accounts[0])
    assert "护" in account.role or "助产" in account.role
    shifts = sorted(set(account.worked) & set(episode.order.dates))
    days = set(episode.events["business_date"])
    assert days <= set(shifts)
    assert len(days) >= 0.9 * len(shifts), "somebody is nearly always there"
    assert set(episode.events["category"]) == {"demographics"}
    stays = site.stays.filter(pl.col("department") == account.department).with_columns(pl.col("last_on"))
    for date, patient in episode.events.select("business_date", "patient_id").iter_rows():
        mine = stays.filter((pl.col("patient_id") == patient) & (pl.col("first_on") <= date))
        ago = [max((date - (last or date)).days, 0) for last in mine["last_on"]]
        assert any(gone[0] <= days_ago <= gone[1] for days_ago in ago)


def test_nobody_has_the_unknown_account(site: SiteProfile) -> None:
    episode = planted(site, PLANTERS["unknown-account"], "medium")
    assert episode is not None
    assert site.rows_of(episode.accounts[0]).is_empty()
    staff = site.connection.execute("select user_id from staff").fetchall()
    assert (episode.accounts[0],) not in staff
    assert episode.events["user_department"].drop_nulls().n_unique() <= 1


def test_numbers_follow_each_other(site: SiteProfile) -> None:
    episode = planted(site, PLANTERS["record-enumeration"], "medium")
    assert episode is not None
    numbers = episode.events.sort("local_time")["patient_id"].to_list()
    assert numbers == sorted(numbers)
    met = site.patients.filter((pl.col("first_on") <= episode.start) & ~pl.col("decoy"))
    known = met["patient_id"].sort().to_list()
    begin = known.index(numbers[0])
    assert known[begin : begin + len(numbers)] == numbers
    assert episode.events["business_date"].n_unique() == 1


def test_off_duty_is_off_duty(site: SiteProfile) -> None:
    episode = planted(site, PLANTERS["maternity-after-hours"], "high")
    assert episode is not None
    worked = site.rows_of(episode.accounts[0]).select("business_date", hour=pl.col("local_time").dt.hour()).unique()
    late = episode.events.filter(pl.col("action") == "view").select(
        "business_date", hour=pl.col("local_time").dt.hour()
    )
    assert late.join(worked, on=["business_date", "hour"]).is_empty()


def test_outside_is_outside(site: SiteProfile) -> None:
    for seed in range(5):
        episode = planted(site, PLANTERS["external-network"], "low", seed)
        assert episode is not None
        (address,) = episode.events["client_ip"].drop_nulls().unique().to_list()
        parsed = ipaddress.ip_address(address)
        assert parsed.is_global
        assert not any(parsed in ipaddress.ip_network(network) for network in NETWORKS)


def test_who_acts_suits_the_episode(site: SiteProfile) -> None:
    for name in PLANTERS:
        episode = planted(site, PLANTERS[name], "low", 9)
        assert episode is not None
        rows = site.accounts.filter(pl.col("user_id").is_in(list(episode.accounts)))
        kind = MACHINES.get(name, "human")
        assert all(found == kind or (kind == "limited" and found != "human") for found in rows["account_type"])
        assert rows.is_empty() is (name == "unknown-account")
        assert rows["has_left"].any() is (name == "inactive-account") or name == "inactive-account"
    outside = planted(site, PLANTERS["scope-violation"], "high")
    assert outside is not None
    allowed = site.account(outside.accounts[0]).allowed_categories
    assert not set(outside.events["category"].drop_nulls()) & allowed


def test_a_pair_shares_the_unit_and_no_patient(site: SiteProfile) -> None:
    episode = planted(site, PLANTERS["shared-out"], "high")
    assert episode is not None
    one, other = (site.account(user) for user in episode.accounts)
    assert one.department == other.department
    by_user = [set(rows["patient_id"].drop_nulls()) for _, rows in episode.events.group_by("user_id")]
    assert not by_user[0] & by_user[1]


def test_no_account_and_no_small_unit_plays_twice(site: SiteProfile) -> None:
    cast = Cast()
    episodes = [planted(site, PLANTERS["no-care-browsing"], "low", seed, cast) for seed in range(6)]
    users = [user for episode in episodes if episode for user in episode.accounts]
    assert len(users) == len(set(users)) == len(cast.accounts)
    sizes = dict(site.accounts.group_by("department").len().iter_rows())
    assert all(count <= max(1, sizes[unit] // UNIT_ACCOUNTS) for unit, count in cast.episodes.items())


def test_nobody_with_an_alert_is_drawn(site: SiteProfile) -> None:
    first = planted(site, PLANTERS["scope-violation"], "low")
    assert first is not None
    limited = {
        one
        for seed in range(20)
        if (e := planted(site, PLANTERS["scope-violation"], "low", seed))
        for one in e.accounts
    }
    rest = SiteProfile(site.connection, site.first, site.last, frozenset(limited))
    assert planted(rest, PLANTERS["scope-violation"], "low") is None
