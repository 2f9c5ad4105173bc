"""Orders and casts: which dates an episode may fill, and who is left to play a part."""

from __future__ import annotations

import datetime as dt

from detector.drill.order import UNIT_ACCOUNTS, Cast, EpisodeOrder
from detector.drill.planter import IntensityLevel
from detector.drill.planters import PLANTERS
from detector.drill.site_profile import SiteProfile


def test_the_dates_of_an_order_follow_each_other() -> None:
    first = dt.date(2026, 2, 27)
    order = EpisodeOrder(PLANTERS["maternity-slow"], "low", IntensityLevel(2, 3), first, "1")
    assert order.dates == [first, dt.date(2026, 2, 28), dt.date(2026, 3, 1)]


def test_no_account_plays_two_parts_and_a_unit_is_full_with_an_episode_for_every_ten(two_units: SiteProfile) -> None:
    cast = Cast()
    accounts = two_units.accounts
    assert cast.available(accounts, two_units).equals(accounts)
    cast.assign({"u00"}, {"OB"})
    left = set(cast.available(accounts, two_units)["user_id"])
    sizes = dict(accounts.group_by("department").len().iter_rows())
    assert sizes["OB"] // UNIT_ACCOUNTS == 1
    assert left == set(accounts.filter(accounts["department"] != "OB")["user_id"]), "one episode fills the unit"
    cast.assign({"u01"}, set())
    assert "u01" not in set(cast.available(accounts, two_units)["user_id"])
