"""Addresses outside the hospital: public, and in none of its networks."""

from __future__ import annotations

import ipaddress

import numpy as np

from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Stage


def test_an_outside_address_is_public_and_in_no_network_of_the_site(two_units: SiteProfile) -> None:
    half = ("0.0.0.0/1", "fd00::/8")
    addresses = [Stage(two_units, np.random.default_rng(seed), half).outside_address() for seed in range(40)]
    assert all(ipaddress.ip_address(address).is_global for address in addresses)
    assert all(int(ipaddress.ip_address(address)) >= 1 << 31 for address in addresses)
    assert addresses[0] == Stage(two_units, np.random.default_rng(0), half).outside_address()
