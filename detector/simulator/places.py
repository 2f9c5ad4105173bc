"""Places where accounts sit: wards, clinics, remote access, and the outside world, with their workstations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.chance import mixed

if TYPE_CHECKING:
    from detector.simulator.departments import Department
    from detector.simulator.vocabulary import Ints


@dataclass
class Places:
    """All places: department *i* is place *i*, its clinic place D + *i*, then remote access and the outside.

    `stations` are the workstations of a place (0 = none is logged), `prefix` their name,
    `network` the first three octets of their addresses, `spread` the number of addresses of a
    place without workstations.
    """

    departments: int
    prefix: list[str] = field(default_factory=list)
    network: list[str] = field(default_factory=list)
    stations: list[int] = field(default_factory=list)
    width: list[int] = field(default_factory=list)

    def clinic(self, department: Ints) -> Ints:
        """Return the places where the departments hold their clinics."""
        return department + self.departments

    @property
    def remote(self) -> int:
        """The place of people who dial in from home."""
        return 2 * self.departments

    def outside(self, network: str) -> int:
        """Add an address range outside the hospital (three octets) and return its place."""
        if network in self.network:
            return self.network.index(network)
        return self.add("", network, 0, 2)

    def add(self, prefix: str, network: str, stations: int, width: int) -> int:
        """Add a place and return its number."""
        self.prefix.append(prefix)
        self.network.append(network)
        self.stations.append(stations)
        self.width.append(width)
        return len(self.prefix) - 1

    def locate(self, place: Ints, key: Ints) -> tuple[list[str], list[str]]:
        """Return workstation name ("" where none) and address for each place and station key."""
        stations, width = np.array(self.stations)[place], np.array(self.width)[place]
        number = key % np.where(stations > 0, stations, width)
        names: list[str] = []
        addresses: list[str] = []
        for at, station, has in zip(place.tolist(), number.tolist(), (stations > 0).tolist(), strict=True):
            names.append(f"{self.prefix[at]}-{station + 1:02d}" if has else "")
            addresses.append(f"{self.network[at]}.{11 + station}")
        return names, addresses


def places(departments: tuple[Department, ...]) -> Places:
    """Return the places of a hospital; workstations suffice for about every third person of a department."""
    made = Places(len(departments))
    for department in departments:
        count = 2 + department.staff // 3
        made.add(
            f"{department.code}{department.index:02d}",
            f"10.{20 + department.index // 200}.{department.index % 200}",
            count,
            count,
        )
    for department in departments:
        count = 2 + department.staff // 5
        made.add(
            f"MZ{department.index:02d}", f"10.{40 + department.index // 200}.{department.index % 200}", count, count
        )
    made.add("", "10.250.8", 0, 60)
    return made


def station_keys(account: Ints, place: Ints, session: Ints, stray: Ints) -> Ints:
    """Return station keys: people return to the same workstation, except where `stray` is 1."""
    return np.where(stray > 0, mixed(account, place, session), mixed(account, place))
