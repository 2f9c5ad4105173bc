"""The same facts in the same words, in both languages."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from detector import findings
from detector.detection.features import BY_ID, FEATURES
from detector.detection.patterns import patterns
from detector.findings.reading import KEYS, finding
from detector.findings.wording import (
    explained_text,
    margin_texts,
    no_more_than,
    number,
    reason_text,
    summary_text,
)
from detector.model.methods import Margin
from detector.model.relations import WITH_CARE
from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language

each_language = pytest.mark.parametrize("language", LANGUAGES)
PARAMETERS = {
    "patients": 4, "reason": "audit", "since": "2026-03-01", "colleagues": 3, "viewers": 6, "pattern": "bulk-export",
    "first": "2026-03-01", "last": "2026-03-02", "dates": 2, "on": "2026-03-03", "until": "2026-03-01",
    "start": "2026-03-01 22:00", "end": "2026-03-02 04:00", "features": "contact pages",
}  # fmt: skip


KINDS = [
    *WITH_CARE,
    *(key.removeprefix("explained.") for key in load_texts("en").entries if key.startswith("explained.")),
]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_unit_has_words() -> None:
    assert {f"reason.{feature.unit}" for feature in FEATURES} <= load_texts("en").entries.keys()


def test_every_kind_that_findings_write_has_words() -> None:
    """What speaks for a person is stored as a kind with its figures; the words are looked up when it is read."""
    written = set()
    for path in Path(findings.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Explanation":
                written |= {kind.value for kind in node.args[:1] if isinstance(kind, ast.Constant)}
    assert len(written) > 4
    assert written <= set(KINDS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (3.0, "3"), (12345.0, "12,345"), (2.345, "2.3"), (0.1, "0.1"), (0.034, "0.03")],
)
def test_figures_as_a_person_writes_them(value: float | None, text: str) -> None:
    assert number(value) == text


@each_language
@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.id)
def test_a_reason_says_what_was_counted(feature: object, language: Language) -> None:
    text = reason_text({"feature": feature.id, "value": 2.5, "patients": 7}, language, BY_ID)
    assert feature.text[language] in text
    assert "2.5" in text
    assert not placeholders(text)


@each_language
@pytest.mark.parametrize(
    ("own", "peers", "usual"),
    [
        (1.0, 1.0, []), (None, None, []), (2.5, 1.0, ["own"]), (1.0, 3.0, ["peers"]), (2.503, 4.0, ["own", "peers"]),
        (None, 2.5, ["peers"]), (2.494, 2.494, []),
    ],
)  # fmt: skip
def test_a_reason_says_what_it_does_not_exceed(
    own: float | None, peers: float | None, usual: list[str], language: Language
) -> None:
    reason = {"feature": "strangers", "value": 2.5, "patients": 7, "own_baseline": own, "peer_baseline": peers}
    bare = reason_text(reason | {"own_baseline": None, "peer_baseline": None}, language, BY_ID)
    assert no_more_than(reason) == usual
    text = reason_text(reason, language, BY_ID)
    assert text == (load_texts(language)(f"reason.no_more_{'_'.join(usual)}", text=bare) if usual else bare)


@each_language
@pytest.mark.parametrize("few", [{"own": 2}, {"peers": 3}, {"own": 2, "peers": 3}])
def test_a_reason_says_that_a_baseline_is_thin(few: dict[str, int], language: Language) -> None:
    reason = {"feature": "strangers", "value": 1.4, "patients": 7, "own_baseline": 1.3, "peer_baseline": 1.0}
    bare = reason_text(reason | {"values": {"days": 5, "total": 7}}, language, BY_ID)
    text = reason_text(reason | {"values": {"days": 5, "total": 7, **few}}, language, BY_ID)
    assert text.startswith(bare)
    assert all(str(days) in text.removeprefix(bare) for days in few.values())


@each_language
def test_what_a_reason_does_not_exceed_speaks_for_the_person(language: Language) -> None:
    say = load_texts(language)
    more = {"feature": "strangers", "value": 2.0, "own_baseline": 1.0, "peer_baseline": 1.0, "contribution": 0.4}
    than_peers = more | {"feature": "contact_only", "own_baseline": 2.0}
    half = more | {"feature": "night_unexplained", "own_baseline": 9.0, "within": "strangers", "shared": 2}
    than_own = more | {"feature": "vip_unexplained", "peer_baseline": 2.4}
    row = dict.fromkeys(KEYS) | {
        "reasons": json.dumps([one | {"patients": 2} for one in (more, than_peers, half, than_own)]),
        "explained": '[{"kind": "inpatient", "share": 0.2}, {"kind": "no_pattern", "share": null}]',
        "method": "{}",
    }
    found = [one["text"] for one in finding(row, language)["explained"]]
    assert found[1:] == [
        say("explained.no_more_own", features=BY_ID["contact_only"].text[language]),
        say("explained.no_more_peers", features=BY_ID["vip_unexplained"].text[language]),
        say("explained.no_pattern"),
    ]


@each_language
def test_reasons_that_are_no_feature(language: Language) -> None:
    own = {"feature": "policy:x", "value": 3.0, "texts": {"zh": "三次", "en": "three times"}}
    assert reason_text(own, language, BY_ID) == own["texts"][language]
    viewers = {"feature": "distinct_viewers", "value": 31.0, "values": {"returned": 2, "printed": 1}}
    assert all(figure in reason_text(viewers, language, BY_ID) for figure in ("31", "2", "1"))
    assert reason_text({"feature": "unusual_days", "value": 0.0}, language, BY_ID)
    assert reason_text({"feature": "of_an_older_version", "value": 1.0}, language, BY_ID) == "of_an_older_version"


@each_language
@pytest.mark.parametrize("kind", KINDS)
def test_what_speaks_for_the_person(kind: str, language: Language) -> None:
    text = explained_text({"kind": kind, "share": 0.5} | PARAMETERS, language)
    assert text
    assert not placeholders(text)


@each_language
def test_innocent_causes_are_the_pattern_s_own(language: Language) -> None:
    text = explained_text({"kind": "innocent_causes", "share": None, "pattern": "bulk-export"}, language)
    assert all(cause in text for cause in patterns()["bulk-export"].innocent[language])
    assert explained_text({"kind": "innocent_causes", "pattern": "of a newer version"}, language)


@each_language
def test_what_was_written_is_explained_otherwise_than_what_was_read(language: Language) -> None:
    pattern = patterns()["self-lookup"]
    assert pattern.written_innocent is not None
    assert pattern.written_checks is not None
    text = explained_text({"kind": "innocent_causes", "pattern": pattern.id, "written": True}, language)
    assert all(cause in text for cause in pattern.written_innocent[language])
    assert pattern.next_steps(language, wrote=True) == pattern.written_checks[language]
    assert pattern.next_steps(language, wrote=False) == pattern.checks[language]
    plain = patterns()["decoy-access"]
    assert plain.next_steps(language, wrote=True) == plain.checks[language]


@each_language
@pytest.mark.parametrize(("share", "said"), [(0.51, True), (0.5, False)])
def test_a_finding_that_rests_on_rare_days_says_so(share: float, said: bool, language: Language) -> None:
    reasons = [{"feature": "unusual_days", "contribution": share}, {"feature": "strangers", "contribution": 1 - share}]
    meaning = patterns()["contact-harvesting"].meaning[language]
    text = summary_text({"patterns": ["contact-harvesting"], "policies": [], "reasons": reasons}, language)
    assert text == (load_texts(language)("show.rests_on_days", meaning=meaning) if said else meaning)


@each_language
@pytest.mark.parametrize(
    ("patterns_named", "key"), [(["targeted-lookup"], "patients"), (["after-hours-access"], "other_patients")]
)
def test_a_threshold_passed_by_what_no_pattern_names_says_so(
    patterns_named: list[str], key: str, language: Language
) -> None:
    margin = Margin("lookup", nats=8.8, limit=5.9, unit="patients", of=15, fewer=3).document()
    finding = {
        "method": {"margin": margin}, "alerted_by": ["ranking"], "alert": True, "patterns": patterns_named,
        "patients": 15,
    }  # fmt: skip
    say = load_texts(language)
    stream = say.name("stream", "lookup")
    assert list(margin_texts(finding, language)) == [say(f"show.margin_{key}", **margin | {"stream": stream})]


@each_language
@pytest.mark.parametrize(("patients", "decoys", "differs"), [(15, 0, False), (14, 1, False), (13, 0, True)])
def test_a_threshold_measured_when_more_patients_counted_says_when(
    patients: int, decoys: int, differs: bool, language: Language
) -> None:
    margin = Margin("lookup", nats=8.8, limit=5.9, unit="patients", of=15, fewer=3).document()
    method = {"margin": margin, "history": ["2026-06-01", "2026-07-08"]}
    finding = {
        "method": method, "alerted_by": ["ranking"], "alert": True, "patterns": ["targeted-lookup"],
        "patients": patients, "decoys": decoys,
    }  # fmt: skip
    said = load_texts(language)("show.margin_rated", date="2026-07-08")
    assert (said in margin_texts(finding, language)) is differs


@each_language
def test_the_summary_is_the_first_pattern_s_meaning(language: Language) -> None:
    found = summary_text({"patterns": ["decoy-access", "bulk-export"], "policies": ["decoy-access"]}, language)
    assert found == patterns()["decoy-access"].meaning[language]
    assert summary_text({"patterns": [], "policies": []}, language) == ""


def test_a_stored_finding_becomes_the_contract_s_keys() -> None:
    reason = {"feature": "patients", "value": 2, "own_baseline": 1, "peer_baseline": None, "contribution": 1.0}
    reasons = json.dumps([reason | {"patients": 2}])
    row = dict.fromkeys((*KEYS, "more")) | {
        "reasons": reasons,
        "explained": '[{"kind": "inpatient"}]',
        "detected_on": "2026-03-20",
        "method": '{"version": "0.1.0"}',
    }
    made = finding(row, "en")
    assert list(made) == list(KEYS)
    assert list(made["reasons"][0]) == ["feature", "value", "own_baseline", "peer_baseline", "contribution", "text"]
    assert list(made["explained"][0]) == ["text", "share"]
    assert (made["detected_on"], made["alerted_on"]) == ("2026-03-20", None)
    assert made["method"] == {"version": "0.1.0"}


def test_a_margin_that_an_earlier_version_stored_is_read_in_the_words_of_this_one() -> None:
    margin = {"nats": 18.9, "limit": 8.1, "unit": "patients", "of": 63, "fewer": 21}
    row = dict.fromkeys(KEYS) | {"reasons": "[]", "explained": "[]"}
    for name in ("channel", "stream"):
        method = {"version": "0.1.0", "margin": {name: "harvest", **margin}}
        made = finding(row | {"method": json.dumps(method)}, "en")
        assert made["method"] == {"version": "0.1.0", "margin": {"stream": "harvest", **margin}}
        assert Margin.read(method["margin"]).stream == "harvest"
    assert finding(row | {"method": '{"margin": null}'}, "en")["method"] == {"margin": None}
