"""The evidence gets the names that fit it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from detector.detection.features import BY_ID as FEATURES
from detector.detection.patterns import patterns
from detector.detection.patterns.pattern import Pattern
from detector.detection.streams import BY_ID as STREAMS
from detector.findings.likeness import likely_patterns

each_pattern = pytest.mark.parametrize("pattern", patterns().values(), ids=lambda pattern: pattern.id)


def test_maternity_harvest_comes_before_contact_harvest() -> None:
    shares = {"contact_only": 0.95, "contact_unexplained": 0.9, "maternity_unexplained": 0.8}
    assert likely_patterns({"harvest": 1.2}, shares, set()) == ["maternity-harvesting", "contact-harvesting"]


def test_newborns_count_as_mothers_do() -> None:
    shares = {"contact_only": 1.0, "newborn_contact": 0.4, "maternity_unexplained": 0.3}
    assert likely_patterns({"harvest": 1.0}, shares, set())[0] == "maternity-harvesting"


@pytest.mark.parametrize(("share", "first"), [(0.52, "maternity-harvesting"), (0.45, "contact-harvesting")])
def test_most_of_the_patients_decide_which_harvest_it_is(share: float, first: str) -> None:
    assert likely_patterns({"harvest": 1.0}, {"contact_only": 1.0, "maternity_unexplained": share}, set())[0] == first


def test_contact_harvest_elsewhere_is_no_maternity_harvest() -> None:
    assert likely_patterns({"harvest": 1.2}, {"contact_only": 0.9, "maternity_unexplained": 0.05}, set()) == [
        "contact-harvesting"
    ]


def test_harvest_by_night_is_told_without_losing_the_harvest() -> None:
    shares = {"contact_only": 0.9, "maternity_unexplained": 0.9, "off_duty_unexplained": 0.9, "night_unexplained": 0.9}
    names = likely_patterns({"harvest": 1.5}, shares, set())
    assert names[0] == "maternity-harvesting"
    assert "after-hours-access" in names


def test_access_out_of_hours_needs_no_roster() -> None:
    assert likely_patterns({"no_care": 1.0}, {"night_unexplained": 1.0}, set()) == [
        "no-care-relationship",
        "after-hours-access",
    ]


def test_access_on_duty_is_not_out_of_hours() -> None:
    assert likely_patterns({"no_care": 1.0}, {"unexplained_patients": 1.0}, set()) == ["no-care-relationship"]


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_broker_is_a_targeted_lookup_first(share: float) -> None:
    standing, shares = {"lookup": 1.3, "no_care": 0.6}, {"targeted_searches": share, "whole_histories": 0.9}
    assert likely_patterns(standing, shares, set()) == ["targeted-lookup", "no-care-relationship"]


def test_lookup_evidence_without_a_search_is_no_targeted_lookup() -> None:
    assert likely_patterns({"lookup": 1.0}, {"whole_histories": 1.0}, set()) == ["no-care-relationship"]


def test_acquaintances_are_told_apart() -> None:
    standing = {"acquaintance": 1.1}
    assert likely_patterns(standing, {"vip_unexplained": 1.0}, set()) == ["vip-snooping"]
    assert likely_patterns(standing, {"colleague_unexplained": 1.0}, set()) == ["colleague-or-family-lookup"]
    assert likely_patterns(standing, {"household_unexplained": 1.0}, set()) == ["colleague-or-family-lookup"]
    mixed = {"vip_unexplained": 0.4, "colleague_unexplained": 0.15}
    assert likely_patterns(standing, mixed, set()) == ["vip-snooping", "colleague-or-family-lookup"]


def test_one_acquaintance_among_some_other_patients_is_still_told() -> None:
    assert "colleague-or-family-lookup" in likely_patterns({"acquaintance": 1.0}, {"colleague_unexplained": 0.2}, set())


@pytest.mark.parametrize(
    ("stream", "first"),
    [
        ("export", "bulk-export"),
        ("credentials", "shared-credentials"),
        ("break_glass", "break-glass-misuse"),
        ("sensitive", "sensitive-category-browsing"),
        ("no_care", "no-care-relationship"),
        ("unusual", "no-care-relationship"),
    ],
)
def test_streams_that_are_a_pattern_by_themselves(stream: str, first: str) -> None:
    assert likely_patterns({stream: 1.0}, {}, set())[0] == first


@pytest.mark.parametrize("name", patterns())
def test_a_fired_policy_names_its_pattern(name: str) -> None:
    assert likely_patterns({}, {}, {name}) == [name]


@pytest.mark.parametrize("standing", [0.0, 1.0, 60.0])
def test_a_fact_outweighs_every_likeness(standing: float) -> None:
    shares = {"contact_only": 1.0, "maternity_unexplained": 1.0, "off_duty_unexplained": 1.0}
    assert likely_patterns({"harvest": standing}, shares, {"decoy-access"})[0] == "decoy-access"


def test_facts_are_ordered_by_likeness_then_name() -> None:
    facts = {"self-lookup", "decoy-access", "shared-credentials"}
    assert likely_patterns({"credentials": 0.1}, {}, facts) == ["shared-credentials", "decoy-access", "self-lookup"]


@pytest.mark.parametrize(("many", "named"), [(9, []), (10, ["contact-harvesting"])])
def test_a_few_patients_are_no_harvest(many: int, named: list[str]) -> None:
    assert likely_patterns({"harvest": 1.2}, {"contact_only": 0.9}, set(), {"contact_only": many}) == named


def test_sparse_evidence_names_nothing() -> None:
    assert likely_patterns({}, {}, set()) == []
    assert likely_patterns(dict.fromkeys(STREAMS, 0.15), dict.fromkeys(FEATURES, 1.0), set()) == []
    harvests = {"contact-harvesting", "maternity-harvesting", "after-hours-access"}
    assert not harvests & set(likely_patterns({"harvest": 5.0}, {}, set()))
    assert likely_patterns({"harvest": 1.0}, {"contact_only": 0.1, "maternity_unexplained": 0.05}, set()) == []


@each_pattern
def test_least_is_the_border(pattern: Pattern) -> None:
    if not pattern.streams:
        return
    stream, weight = max(pattern.streams.items(), key=lambda item: item[1])
    shares = dict.fromkeys(pattern.features, 1.0)
    assert pattern.id in likely_patterns({stream: pattern.least / weight + 0.001}, shares, set())
    assert pattern.id not in likely_patterns({stream: pattern.least / weight - 0.001}, shares, set())


def test_more_evidence_never_takes_a_name_away() -> None:
    shares = {"contact_only": 0.5, "maternity_unexplained": 0.3, "night_unexplained": 0.3}
    results = [set(likely_patterns({"harvest": step / 10, "no_care": step / 20}, shares, set())) for step in range(40)]
    assert all(fewer <= more for fewer, more in pairwise(results))


def test_order_does_not_hang_on_the_order_of_the_evidence() -> None:
    standing = {"harvest": 1.0, "lookup": 1.0, "sensitive": 1.0, "export": 1.0}
    shares = {"contact_only": 1.0, "targeted_searches": 1.0, "night_unexplained": 0.5}
    turned = likely_patterns(dict(reversed(standing.items())), dict(reversed(shares.items())), set())
    assert likely_patterns(standing, shares, set()) == turned
