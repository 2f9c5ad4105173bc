"""Every pattern says what it must, and the evidence gets the names that fit it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from detector.cli.render.text import cells
from detector.detection.features import BY_ID as FEATURES
from detector.detection.hypotheses import HYPOTHESES
from detector.detection.streams import BY_ID as STREAMS
from detector.findings.patterns import named, patterns
from detector.findings.patterns.pattern import Pattern
from detector.policies.policy import PATTERNS
from detector.texts.language import LANGUAGES, Language

ALL = list(patterns().values())
BY_POLICY_ALONE = {
    "decoy-access",
    "external-network",
    "inactive-account",
    "log-gap",
    "record-enumeration",
    "scope-violation",
    "self-lookup",
}
PAID_FOR = (
    "maternity-harvesting",
    "contact-harvesting",
    "bulk-export",
    "targeted-lookup",
    "no-care-relationship",
    "record-enumeration",
    "decoy-access",
    "scope-violation",
)
"""Patterns behind which a sale may stand: nobody is to be warned by the first questions."""
ACCUSING = re.compile(
    r"\b(guilt\w*|thie\w+|theft|st[eo]al\w*|stole\w*|culprit|criminal\w*|crimes?|offend\w*|offence|perpetrat\w*|fraud\w*"
    r"|illegal\w*|unlawful\w*|seller|leaker|suspect\w*|snoop\w*|snooper|violat\w+|misconduct|malicious|spy\w*|verdict)\b"
    r"|罪|盗|窃|偷|贼|嫌疑|嫌犯|疑犯|违法|违规|违纪|非法|作案|涉案|犯人|犯案|贩|倒卖|出售|泄密|泄露者|肇事|恶意|处分|惩",
    re.IGNORECASE,
)


def texts(pattern: Pattern, language: Language) -> Iterator[str]:
    yield from (one[language] for one in (pattern.title, pattern.meaning, pattern.misses, pattern.needs))
    yield from (*pattern.innocent[language], *pattern.checks[language])


def test_every_pattern_of_the_contract_is_declared() -> None:
    assert set(patterns()) == set(PATTERNS)
    assert list(patterns()) == sorted(PATTERNS)
    assert all(key == pattern.id for key, pattern in patterns().items())


each_pattern = pytest.mark.parametrize("pattern", ALL, ids=lambda pattern: pattern.id)
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_pattern
def test_both_languages_say_everything(pattern: Pattern) -> None:
    for texts_by_language in (
        pattern.title, pattern.meaning, pattern.innocent, pattern.misses, pattern.needs, pattern.checks,
    ):  # fmt: skip
        assert set(texts_by_language) == set(LANGUAGES)
    for items, least in ((pattern.innocent, 2), (pattern.checks, 3)):
        assert len(items["en"]) == len(items["zh"])
        assert least <= len(items["en"]) <= 4
    for language in LANGUAGES:
        assert all(text.strip() == text != "" for text in texts(pattern, language))
        assert len(set(texts(pattern, language))) == len(list(texts(pattern, language)))


@each_pattern
def test_each_language_is_itself(pattern: Pattern) -> None:
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts(pattern, "zh"))
    assert not any(re.search("[\u3000-\u9fff\uff00-\uffef]", text) for text in texts(pattern, "en"))
    assert not any(re.search("[\u4e00-\u9fff] ?[,;:?.!()]", text) for text in texts(pattern, "zh"))


@each_pattern
def test_sentences_end_and_clauses_do_not(pattern: Pattern) -> None:
    assert all(re.search(r"[.?]$", text) for text in pattern.checks["en"])
    assert all(re.search("[。？]$", text) for text in pattern.checks["zh"])
    for sentence in (pattern.meaning, pattern.misses, pattern.needs):
        assert sentence["en"].endswith(".")
        assert sentence["zh"].endswith("。")
    for clause in (pattern.title["en"], pattern.title["zh"], *pattern.innocent["en"], *pattern.innocent["zh"]):
        assert not re.search(r"[.?。？；]$", clause)


@each_pattern
@each_language
def test_texts_fit_a_screen_of_80_columns(pattern: Pattern, language: Language) -> None:
    assert cells(pattern.title[language]) <= 44
    assert all(cells(clause) <= 72 for clause in pattern.innocent[language])
    assert all(cells(check) <= 140 for check in pattern.checks[language])
    assert cells(pattern.meaning[language]) <= 140
    assert cells(pattern.misses[language]) <= 140
    assert cells(pattern.needs[language]) <= 180


@each_pattern
@each_language
def test_no_text_accuses(pattern: Pattern, language: Language) -> None:
    for text in texts(pattern, language):
        assert not ACCUSING.search(text), text


@pytest.mark.parametrize("text", ["the thief", "Guilty.", "stolen", "有罪", "涉嫌盗窃", "违法查阅"])
def test_the_check_for_accusing_words_works(text: str) -> None:
    assert ACCUSING.search(text)


@pytest.mark.parametrize("name", PAID_FOR)
def test_nobody_is_warned_where_a_sale_may_stand_behind(name: str) -> None:
    checks = patterns()[name].checks
    assert not any(
        re.search(r"[Aa]sk the (person|account holder|holder)|detector inquiry", one) for one in checks["en"]
    )
    assert not any(re.search("(请|问)(其)?本人|detector inquiry", one) for one in checks["zh"])


@each_pattern
def test_weights_name_what_exists(pattern: Pattern) -> None:
    assert set(pattern.streams) <= set(STREAMS)
    assert set(pattern.features) <= set(FEATURES)
    assert all(0 < weight <= 2 for weight in (*pattern.streams.values(), *pattern.features.values()))
    assert not pattern.features or pattern.streams
    assert 0 < pattern.least < 1


def test_patterns_without_channel_are_those_that_policies_alone_tell() -> None:
    assert {pattern.id for pattern in ALL if not pattern.streams} == BY_POLICY_ALONE


def test_channels_and_patterns_know_each_other() -> None:
    for one in (*STREAMS.values(), *HYPOTHESES):
        for name in one.patterns:
            assert one.id in patterns()[name].streams, (one.id, name)
    assert {stream for pattern in ALL for stream in pattern.streams} == set(STREAMS)


# ── what evidence is called ──────────────────────────────────────────────────────────────────────────────────────────


def test_maternity_harvest_comes_before_contact_harvest() -> None:
    shares = {"contact_only": 0.95, "contact_unexplained": 0.9, "maternity_unexplained": 0.8}
    assert named({"harvest": 1.2}, shares, set()) == ["maternity-harvesting", "contact-harvesting"]


def test_newborns_count_as_mothers_do() -> None:
    shares = {"contact_only": 1.0, "newborn_contact": 0.4, "maternity_unexplained": 0.3}
    assert named({"harvest": 1.0}, shares, set())[0] == "maternity-harvesting"


@pytest.mark.parametrize(("share", "first"), [(0.52, "maternity-harvesting"), (0.45, "contact-harvesting")])
def test_most_of_the_patients_decide_which_harvest_it_is(share: float, first: str) -> None:
    assert named({"harvest": 1.0}, {"contact_only": 1.0, "maternity_unexplained": share}, set())[0] == first


def test_contact_harvest_elsewhere_is_no_maternity_harvest() -> None:
    assert named({"harvest": 1.2}, {"contact_only": 0.9, "maternity_unexplained": 0.05}, set()) == [
        "contact-harvesting"
    ]


def test_harvest_by_night_is_told_without_losing_the_harvest() -> None:
    shares = {"contact_only": 0.9, "maternity_unexplained": 0.9, "off_duty_unexplained": 0.9, "night_unexplained": 0.9}
    names = named({"harvest": 1.5}, shares, set())
    assert names[0] == "maternity-harvesting"
    assert "after-hours-access" in names


def test_access_out_of_hours_needs_no_roster() -> None:
    assert named({"no_care": 1.0}, {"night_unexplained": 1.0}, set()) == ["no-care-relationship", "after-hours-access"]


def test_access_on_duty_is_not_out_of_hours() -> None:
    assert named({"no_care": 1.0}, {"unexplained_patients": 1.0}, set()) == ["no-care-relationship"]


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_broker_is_a_targeted_lookup_first(share: float) -> None:
    standing, shares = {"lookup": 1.3, "no_care": 0.6}, {"targeted_searches": share, "whole_histories": 0.9}
    assert named(standing, shares, set()) == ["targeted-lookup", "no-care-relationship"]


def test_lookup_evidence_without_a_search_is_no_targeted_lookup() -> None:
    assert named({"lookup": 1.0}, {"whole_histories": 1.0}, set()) == ["no-care-relationship"]


def test_acquaintances_are_told_apart() -> None:
    standing = {"acquaintance": 1.1}
    assert named(standing, {"vip_unexplained": 1.0}, set()) == ["vip-snooping"]
    assert named(standing, {"colleague_unexplained": 1.0}, set()) == ["colleague-or-family-lookup"]
    assert named(standing, {"household_unexplained": 1.0}, set()) == ["colleague-or-family-lookup"]
    mixed = {"vip_unexplained": 0.4, "colleague_unexplained": 0.15}
    assert named(standing, mixed, set()) == ["vip-snooping", "colleague-or-family-lookup"]


def test_one_acquaintance_among_some_other_patients_is_still_told() -> None:
    assert "colleague-or-family-lookup" in named({"acquaintance": 1.0}, {"colleague_unexplained": 0.2}, set())


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
def test_channels_that_are_a_pattern_by_themselves(stream: str, first: str) -> None:
    assert named({stream: 1.0}, {}, set())[0] == first


@pytest.mark.parametrize("name", PATTERNS)
def test_a_fired_policy_names_its_pattern(name: str) -> None:
    assert named({}, {}, {name}) == [name]


@pytest.mark.parametrize("standing", [0.0, 1.0, 60.0])
def test_a_fact_outweighs_every_likeness(standing: float) -> None:
    shares = {"contact_only": 1.0, "maternity_unexplained": 1.0, "off_duty_unexplained": 1.0}
    assert named({"harvest": standing}, shares, {"decoy-access"})[0] == "decoy-access"


def test_facts_are_ordered_by_likeness_then_name() -> None:
    facts = {"self-lookup", "decoy-access", "shared-credentials"}
    assert named({"credentials": 0.1}, {}, facts) == ["shared-credentials", "decoy-access", "self-lookup"]


def test_sparse_evidence_names_nothing() -> None:
    assert named({}, {}, set()) == []
    assert named(dict.fromkeys(STREAMS, 0.15), dict.fromkeys(FEATURES, 1.0), set()) == []
    harvests = {"contact-harvesting", "maternity-harvesting", "after-hours-access"}
    assert not harvests & set(named({"harvest": 5.0}, {}, set()))
    assert named({"harvest": 1.0}, {"contact_only": 0.1, "maternity_unexplained": 0.05}, set()) == []


@each_pattern
def test_least_is_the_border(pattern: Pattern) -> None:
    if not pattern.streams:
        return
    stream, weight = max(pattern.streams.items(), key=lambda item: item[1])
    shares = dict.fromkeys(pattern.features, 1.0)
    assert pattern.id in named({stream: pattern.least / weight + 0.001}, shares, set())
    assert pattern.id not in named({stream: pattern.least / weight - 0.001}, shares, set())


def test_more_evidence_never_takes_a_name_away() -> None:
    shares = {"contact_only": 0.5, "maternity_unexplained": 0.3, "night_unexplained": 0.3}
    results = [set(named({"harvest": step / 10, "no_care": step / 20}, shares, set())) for step in range(40)]
    assert all(fewer <= more for fewer, more in pairwise(results))


def test_order_does_not_hang_on_the_order_of_the_evidence() -> None:
    standing = {"harvest": 1.0, "lookup": 1.0, "sensitive": 1.0, "export": 1.0}
    shares = {"contact_only": 1.0, "targeted_searches": 1.0, "night_unexplained": 0.5}
    turned = named(dict(reversed(standing.items())), dict(reversed(shares.items())), set())
    assert named(standing, shares, set()) == turned
