"""Colleagues speak for the person where several do the same, none of them an alert."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.findings.colleagues import colleagues_alike
from detector.findings.holders import Holders
from tests.findings.worlds import Ward, day

FOUR = ("p1", "p2", "p3", "p4")


@pytest.mark.parametrize(
    ("others", "streams", "count"),
    [
        (("a", "b"), {"lookup": 1.2}, 2),
        (("a",), {"lookup": 1.2}, 0),  # a partner, perhaps
        (("a", "b"), {"lookup": 0.1, "export": 1.2}, 0),  # lists, which colleagues' patients say nothing of
        (("a", "b"), {}, 0),
    ],
)
def test_several_of_the_unit_who_do_the_same(
    tmp_path: Path, others: tuple[str, ...], streams: dict[str, float], count: int
) -> None:
    ward = Ward(tmp_path)
    for user in ("u", *others):
        ward.evidence(user, 0, 4.0, *(f"{user}{patient}" for patient in FOUR))
    ward.evidence("few", 0, 4.0, "x")
    assert colleagues_alike(ward.connection, day(0), "u", streams, Holders.read(ward.connection)) == count


def test_who_is_an_alert_is_no_colleague(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    for user in ("u", "a", "b", "c"):
        ward.evidence(user, 0, 4.0, *(f"{user}{patient}" for patient in FOUR))
    ward.insert("findings", finding_id="F", subject="account", user_id="a", alert=True, status="open")
    assert colleagues_alike(ward.connection, day(0), "u", {"lookup": 1.0}, Holders.read(ward.connection)) == 2
    ward.connection.execute("update findings set status = 'justified'")
    assert colleagues_alike(ward.connection, day(0), "u", {"lookup": 1.0}, Holders.read(ward.connection)) == 3
