"""Where episodes are planted: the site's profile, the source of chance, and where accesses come from."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from detector.drill.site_profile import SiteProfile


class Location(StrEnum):
    """Where the accesses of an episode come from."""

    OWN = "own"
    """The workstation and address that the account uses around that time."""
    ELSEWHERE = "elsewhere"
    """A workstation of another unit."""
    OUTSIDE = "outside"
    """An address outside the site's networks."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The site to plant in, the source of chance, and the site's networks in CIDR notation."""

    site: SiteProfile
    rng: np.random.Generator
    internal_networks: Sequence[str] = ()

    def outside_address(self) -> str:
        """Draw a public IPv4 address outside the site's networks."""
        networks = [ipaddress.ip_network(network) for network in self.internal_networks]
        while True:
            address = ipaddress.ip_address(int(self.rng.integers(0x2D000000, 0xDF000000)))
            if address.is_global and not any(address in network for network in networks if network.version == 4):
                return str(address)
