"""Reasons as told: none counts the same patients in other words, and each facet comes first once."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from detector.detection.features import BY_ID, FEATURES, Facet
from detector.findings.finding_data import FindingWindow
from detector.findings.shared_patients import SAME_FROM, within
from detector.findings.told_reasons import FACETS, TOLD, facet, parts_of_reasons, told_reasons
from detector.texts.language import LANGUAGES

DAY = dt.date(2026, 6, 1)
NAMES = [feature.id for feature in FEATURES if not feature.broad]
ROWS = {"business_date": pl.Date, "patient_id": pl.String, "features": pl.List(pl.String)}
FIRED = {"business_date": pl.Date, "policy_id": pl.String, "patient_ids": pl.List(pl.String)}


def window(
    rows: list[tuple[int, str, list[str]]], fired: list[tuple[int, str, list[str]]] | None = None
) -> FindingWindow:
    def dated(values: list[tuple[int, str, list[str]]]) -> list[tuple[dt.date, str, list[str]]]:
        return [(DAY + dt.timedelta(days=day), *rest) for day, *rest in values]

    suspicions = pl.DataFrame(dated(rows), schema=ROWS, orient="row")
    policies = pl.DataFrame(dated(fired or []), schema=FIRED, orient="row")
    return FindingWindow("u", DAY, DAY, suspicions, policies)


def stored(name: str, share: float, **more: Any) -> dict[str, Any]:
    texts = {"texts": {"zh": "规则的话", "en": "a rule's words."}} if name.startswith("policy:") else {}
    figures = {"value": 2.0, "own_baseline": 1.0, "peer_baseline": None, "patients": 10}
    return {"feature": name, "contribution": share, **figures, **texts, **more}


def told(*reasons: dict[str, Any], language: Any = "en") -> list[dict[str, Any]]:
    return told_reasons(sorted(reasons, key=lambda one: -one["contribution"]), language)


def test_nine_of_ten_patients_shared_are_no_reason_of_their_own() -> None:
    rows = [(0, f"p{number}", ["contact_only", *(["strangers"] if number < 10 else [])]) for number in range(20)]
    rows += [(0, "other", ["strangers"])]
    assert within(window(rows), ["contact_only", "strangers"]) == {"strangers": ("contact_only", 10)}
    rows += [(0, "another", ["strangers"])]
    assert within(window(rows), ["contact_only", "strangers"]) == {}


def test_a_patient_is_shared_only_where_one_date_shows_both() -> None:
    rows = [(0, "p", ["contact_only"]), (1, "p", ["night_unexplained"])]
    assert within(window(rows), ["contact_only", "night_unexplained"]) == {}


def test_what_a_policy_says_stays_and_takes_in_what_counts_its_patients() -> None:
    found = window([(0, "p", ["night_unexplained"])], [(0, "decoy-access", ["p", "q"])])
    assert within(found, ["policy:decoy-access", "night_unexplained"]) == {
        "night_unexplained": ("policy:decoy-access", 1)
    }
    assert within(found, ["night_unexplained", "policy:decoy-access"]) == {}


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("pqrstuv"), st.lists(st.sampled_from(NAMES[:6])))))
def test_leading_reasons_have_patients_of_their_own(rows: list[tuple[int, str, list[str]]]) -> None:
    hosts = within(window(rows), NAMES[:6])
    opened: dict[str, set[tuple[int, str]]] = {}
    for day, patient, features in rows:
        for feature in features:
            opened.setdefault(feature, set()).add((day, patient))
    leading = [name for name in NAMES[:6] if name not in hosts and name in opened]
    for place, name in enumerate(leading):
        patients = {patient for _, patient in opened[name]}
        for stronger in leading[:place]:
            assert len({one for _, one in opened[name] & opened[stronger]}) < SAME_FROM * len(patients)
    for name, (host, shared) in hosts.items():
        assert host in leading
        assert NAMES.index(host) < NAMES.index(name)
        assert shared == len({patient for _, patient in opened[name] & opened[host]})


def test_a_half_sentence_tells_what_is_within_once_a_facet() -> None:
    part = {"within": "contact_only", "shared": 9}
    (one,) = told(
        stored("contact_only", 0.4),
        stored("strangers", 0.3, **part),
        stored("unexplained_patients", 0.2, **part),
        stored("night_unexplained", 0.1, **part | {"shared": 8}),
    )
    assert one["text"].endswith(
        "; of these 10 patients 9 in no department's care at all, 8 opened in the site's night hours"
    )
    assert one["contribution"] == 1.0
    (chinese,) = told(stored("contact_only", 0.6), stored("strangers", 0.4, **part), language="zh")
    assert chinese["text"].endswith("；这 10 人中 9 人不在任何科室就诊")
    (rule,) = told(
        stored("policy:x", 0.6), stored("night_unexplained", 0.4, within="policy:x", shared=9), language="zh"
    )
    assert rule["text"] == "规则的话；所涉 10 份病历的可疑访问中 9 份在夜间时段打开"


def test_parts_are_those_of_the_reasons_told() -> None:
    rows = [stored("contact_only", 0.5), stored("strangers", 0.3, within="contact_only", shared=9),
            stored("night_unexplained", 0.2)]  # fmt: skip
    told_names = [one["feature"] for one in told_reasons(rows, "en")]
    parts = [[one["feature"] for one in group] for group in parts_of_reasons(rows, "en")]
    assert dict(zip(told_names, parts, strict=True)) == {"contact_only": ["strangers"], "night_unexplained": []}


def test_each_facet_is_told_before_a_second_of_one() -> None:
    whom = [name for name in NAMES if BY_ID[name].facet == "whom"][:6]
    others = ["contact_only", "night_unexplained", "away_unexplained"]
    reasons = [stored(name, 0.12 - place / 1000) for place, name in enumerate(whom)]
    reasons += [stored(name, 0.05 - place / 1000) for place, name in enumerate(others)]
    found = [one["feature"] for one in told(*reasons)]
    assert found[:TOLD] == [*whom[:2], *others]
    assert found[TOLD:] == whom[2:]


def test_findings_of_earlier_versions_are_told_as_well() -> None:
    found = told(stored("contact_only", 0.6), stored("no_longer_known", 0.4))
    assert [one["feature"] for one in found] == ["contact_only", "no_longer_known"]
    assert list(found[0]) == ["feature", "value", "own_baseline", "peer_baseline", "contribution", "text"]


def test_every_feature_has_a_facet_and_every_reason_a_half_sentence() -> None:
    assert {feature.facet for feature in FEATURES} <= set(get_args(Facet))
    assert set(FACETS.values()) <= set(get_args(Facet))
    assert all(set(feature.of_these) == set(LANGUAGES) for feature in FEATURES if not feature.broad)
    assert facet({"feature": "policy:a"}) != facet({"feature": "policy:b"})
