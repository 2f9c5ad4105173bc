"""Every pattern says what it must, and a file that is not in order says where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.cli.render.text import cells
from detector.detection.features import BY_ID as FEATURES
from detector.detection.hypotheses import ACCESS_TYPES
from detector.detection.patterns import FOLDER, named_for, patterns, read_pattern
from detector.detection.patterns.pattern import TECHNIQUES, Pattern
from detector.detection.streams import BY_ID as STREAMS
from detector.detection.streams import POLICY_STREAMS
from detector.errors import ConfigError
from detector.policies.catalogue import built_in_policies
from detector.texts.language import LANGUAGES, Language

ALL = list(patterns().values())
CONTRACT = (
    "maternity-harvesting", "bulk-export", "contact-harvesting", "after-hours-access", "no-care-relationship",
    "record-enumeration", "targeted-lookup", "vip-snooping", "colleague-or-family-lookup", "self-lookup",
    "sensitive-category-browsing", "scope-violation", "external-network", "inactive-account", "shared-credentials",
    "break-glass-misuse", "decoy-access", "log-gap",
)  # fmt: skip
"""Names that sites and their SIEM rules rely on: none of them may go."""
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
    for written in (pattern.written_innocent, pattern.written_checks):
        yield from written[language] if written else ()


def test_every_pattern_of_the_contract_is_declared() -> None:
    assert set(CONTRACT) <= set(patterns())
    assert list(patterns()) == sorted(patterns())
    assert all(key == pattern.id for key, pattern in patterns().items())


each_pattern = pytest.mark.parametrize("pattern", ALL, ids=lambda pattern: pattern.id)
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_pattern
def test_both_languages_say_everything(pattern: Pattern) -> None:
    for texts_by_language in (
        pattern.title, pattern.meaning, pattern.innocent, pattern.misses, pattern.needs, pattern.checks,
    ):  # fmt: skip
        assert set(texts_by_language) == set(LANGUAGES)
    written = [(one, least) for one, least in ((pattern.written_innocent, 2), (pattern.written_checks, 3)) if one]
    for items, least in ((pattern.innocent, 2), (pattern.checks, 3), *written):
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
    for wrote in (False, True):
        assert all(cells(clause) <= 72 for clause in pattern.innocent_causes(language, wrote=wrote))
        assert all(cells(check) <= 140 for check in pattern.next_steps(language, wrote=wrote))
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
    assert set(pattern.approval_covers) <= set(ACCESS_TYPES)
    assert set(pattern.techniques) <= set(TECHNIQUES)


def test_patterns_without_stream_have_a_policy() -> None:
    policies = {policy.pattern for policy in built_in_policies()}
    assert {pattern.id for pattern in ALL if not pattern.streams} <= policies


def test_every_stream_is_weighed_by_a_pattern() -> None:
    assert {stream for pattern in ALL for stream in pattern.streams} == set(STREAMS)


def test_every_policy_stream_is_fed_by_one_pattern() -> None:
    fed = [pattern.policy_stream for pattern in ALL if pattern.policy_stream]
    assert sorted(fed) == sorted(POLICY_STREAMS)


# ── a file that is not in order ──────────────────────────────────────────────────────────────────────────────────────

GOOD = (FOLDER / "contact-harvesting.toml").read_text(encoding="utf-8")


def refused(tmp_path: Path, text: str, name: str = "contact-harvesting") -> str:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_pattern(path)
    return str(caught.value).removeprefix(str(path))


def line_of(text: str) -> int:
    return GOOD[: GOOD.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("[streams]\nharvest", "[streams]\nharvst", ":{}: streams.harvst: unknown key; did you mean 'harvest'?"),
        ("contact_only = 1.0", "contact_onyl = 1.0", ":{}: features.contact_onyl: unknown key; did you mean 'contact_"),
        ("contact_only = 1.0", "contact_only = 3.0", ":{}: features.contact_only: must be above 0 and at most 2, not"),
        ("contact_only = 1.0", 'contact_only = "1"', ":{}: features.contact_only: must be a number, not a text"),
        ("[meaning]", "[meanings]", ":{}: meanings: unknown key; did you mean 'meaning'?"),
        ("asking_warns = true", 'asking_warns = "yes"', ":{}: asking_warns: must be true or false, not a text"),
        ("asking_warns = true", "least = 1.5", ":{}: least: must be above 0 and below 1, not 1.5"),
        ('["T1213"]', '["T1214"]', ":{}: techniques: unknown value 'T1214'; did you mean 'T1213'?"),
        ('covers = ["contact"', 'covers = ["contct"', ":{}: approval_covers: unknown value 'contct'; did you mean 'c"),
        ("asking_warns = true", 'policy_stream = "harvest"', ":{}: policy_stream: unknown value 'harvest'; known: c"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_the_nearest_word(
    tmp_path: Path, right: str, wrong: str, complaint: str
) -> None:
    assert GOOD.count(right) == 1
    line = line_of(right) + right.count("\n")
    assert refused(tmp_path, GOOD.replace(right, wrong)).startswith(complaint.format(line))


def test_a_text_that_is_missing_is_named(tmp_path: Path) -> None:
    english = next(line for line in GOOD.splitlines() if line.startswith('en = "Contact data collected'))
    assert ":{}: title: 'en' is required".format(line_of("[title]")) in refused(tmp_path, GOOD.replace(english, "", 1))
    misnamed = GOOD[GOOD.index("[meaning]") :]
    assert refused(tmp_path, misnamed) == ": 'title' is missing; add [title] with zh and en"
    item = next(line for line in GOOD.splitlines() if line.startswith('    "follow-up calls'))
    assert "innocent: zh and en must list the same texts" in refused(tmp_path, GOOD.replace(item, "", 1))


def test_files_that_are_no_pattern(tmp_path: Path) -> None:
    assert ": is not valid TOML:" in refused(tmp_path, GOOD.replace("[title]", "[title"))
    assert "small letters and hyphens" in refused(tmp_path, GOOD, "Contact_Harvesting")
    path = tmp_path / "contact-harvesting.toml"
    path.write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        read_pattern(path)


def test_features_need_a_stream(tmp_path: Path) -> None:
    assert "name at least one in" in refused(
        tmp_path, GOOD.replace("[streams]\nharvest = 1.0\nsteady = 1.0\nrising = 1.0\n", "")
    )


def test_a_pattern_is_a_name_for_the_streams_that_it_weighs_most() -> None:
    assert named_for(["contact-harvesting"]) == named_for(["maternity-harvesting"]) == {"harvest", "steady", "rising"}
    assert named_for(["no-care-relationship", "interface-harvesting"]) == {"no_care", "interface"}
    assert named_for(["after-hours-access", "decoy-access", "of-an-earlier-version"]) == frozenset()
