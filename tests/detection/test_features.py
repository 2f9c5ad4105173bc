"""Every feature counts what it says and nothing else, and says so in both languages."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

import polars as pl
import pytest

from detector.detection.features import BY_ID, FEATURES, Feature, account_days, features_of_access
from detector.detection.windows import column, windowed
from detector.texts.language import LANGUAGES

PLAIN: dict[str, Any] = {
    "business_date": dt.date(2026, 3, 20), "user_id": "n1", "patient_id": "p1", "department": "OB", "role": "nurse",
    "account_type": "human", "relation": "inpatient", "without_care": False, "corroboration": "unit",
    "access_type": "read", "accesses": 2, "records": 0, "contact": False, "clinical": True, "wrote": False,
    "searched_by_identity": False, "searched_by_name": False, "sensitive": False, "sensitive_place": False,
    "breadth": 1, "broke_glass": False,
    "off_roster": False, "at_night": False, "day_off": False, "vip": False, "colleague": False, "household": False,
    "maternity": False, "newborn": False, "away": False, "failed": False,
}  # fmt: skip
"""An access in the course of care, by day, of which nothing stands out."""
STRANGER: dict[str, Any] = {"relation": "stranger", "without_care": True, "corroboration": "none"}
KIOSK: dict[str, Any] = {"account_type": "kiosk"}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # feature: what makes it count, and what alone does not
    "patients": ({}, {"patient_id": None}),
    "accesses": ({}, {"patient_id": None}),
    "unexplained_patients": (STRANGER, {"corroboration": "none"}),
    "untouched_by_unit": (STRANGER, STRANGER | {"corroboration": "other"}),
    "strangers": (STRANGER, STRANGER | {"relation": "inpatient_elsewhere"}),
    "contact_only": ({"access_type": "contact"}, {"contact": True}),
    "contact_in_care": ({"access_type": "contact"}, STRANGER | {"access_type": "contact"}),
    "contact_unexplained": (STRANGER | {"access_type": "contact"}, {"access_type": "contact"}),
    "exported_records": ({"records": 7}, {"access_type": "export"}),
    "exports_unexplained": (STRANGER | {"access_type": "export"}, {"access_type": "export"}),
    "targeted_searches": (STRANGER | {"searched_by_identity": True}, {"searched_by_identity": True}),
    "name_searches": (STRANGER | {"searched_by_name": True}, {"searched_by_name": True}),
    "read_only_unexplained": (STRANGER, STRANGER | {"wrote": True}),
    "whole_histories": (STRANGER | {"breadth": 3}, STRANGER | {"breadth": 2}),
    "break_glass_uses": ({"broke_glass": True}, STRANGER),
    "off_duty_unexplained": (STRANGER | {"off_roster": True}, STRANGER | {"off_roster": None}),
    "night_unexplained": (STRANGER | {"at_night": True}, {"at_night": True}),
    "day_off_unexplained": (STRANGER | {"day_off": True}, {"day_off": True}),
    "after_discharge": ({"relation": "discharged_14", "without_care": True}, {"relation": "discharged_7"}),
    "clinic_only": ({"relation": "visited_7", "without_care": True}, {"relation": "visit_today"}),
    "maternity_unexplained": (STRANGER | {"maternity": True}, {"maternity": True}),
    "maternity_contact": ({"maternity": True, "access_type": "contact"}, {"maternity": True}),
    "newborn_contact": ({"newborn": True, "access_type": "contact"}, {"newborn": True}),
    "sensitive_unexplained": (STRANGER | {"sensitive": True}, {"sensitive": True}),
    "sensitive_place": (STRANGER | {"sensitive_place": True}, {"sensitive_place": True}),
    "vip_unexplained": (STRANGER | {"vip": True}, {"vip": True}),
    "colleague_unexplained": (STRANGER | {"colleague": True}, {"colleague": True}),
    "household_unexplained": (STRANGER | {"household": True}, {"household": True}),
    "away_unexplained": (STRANGER | {"away": True}, {"away": True}),
    "refused_unexplained": (STRANGER | {"failed": True}, {"failed": True}),
    "read_without_visit": (KIOSK | {"relation": "elsewhere_7"}, KIOSK | {"relation": "visit_elsewhere"}),
    "read_from_archive": (KIOSK | STRANGER, KIOSK | {"relation": "elsewhere_30"}),
    "read_while_present": (KIOSK, KIOSK | {"wrote": True}),
}
TYPES = {"patient_id": pl.String, "off_roster": pl.Boolean}

each_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.id)


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([PLAIN | row for row in rows], schema_overrides=TYPES)


def counted(feature: Feature, *rows: dict[str, Any]) -> int:
    return int(account_days(facts(*rows))[feature.id].sum())


def test_every_feature_has_its_cases() -> None:
    assert set(CASES) == set(BY_ID)
    assert 0 < sum(feature.broad for feature in FEATURES) < len(FEATURES)
    assert len(BY_ID) == len(FEATURES)


@each_feature
def test_it_counts_what_it_says_and_nothing_else(feature: Feature) -> None:
    counts, does_not = CASES[feature.id]
    assert counted(feature, counts) == {"accesses": 2, "exported_records": 7}.get(feature.id, 1)
    assert counted(feature, does_not) == 0
    others = [{"patient_id": f"p{number}"} for number in range(2, 5)]
    if not feature.broad:
        assert counted(feature, counts, *others) == counted(feature, counts)


@each_feature
def test_it_names_the_access_it_counts(feature: Feature) -> None:
    counts, does_not = (facts(row).select(features_of_access())["features"].to_list()[0] for row in CASES[feature.id])
    assert (feature.id in counts) is not feature.broad
    assert feature.id not in does_not


@each_feature
def test_it_says_so_in_both_languages(feature: Feature) -> None:
    assert set(feature.text) == set(LANGUAGES)
    assert re.search("[\u4e00-\u9fff]", feature.text["zh"])
    assert not re.search("[\u4e00-\u9fff]", feature.text["en"])
    assert all(text == text.strip() != "" and not text.endswith((".", "。")) for text in feature.text.values())


def test_texts_are_told_apart() -> None:
    for language in LANGUAGES:
        assert len({feature.text[language] for feature in FEATURES}) == len(FEATURES)


def test_ordinary_care_tells_nothing() -> None:
    assert facts({}).select(features_of_access())["features"].to_list() == [[]]


def test_days_and_people_are_counted_apart() -> None:
    rows = [{}, {"patient_id": "p2"}, {"user_id": "n2"}, {"business_date": dt.date(2026, 3, 19)}]
    days = account_days(facts(*rows))
    assert days["patients"].to_list() == [1, 2, 1]
    assert days.select("business_date", "user_id").rows() == sorted(days.select("business_date", "user_id").rows())


def test_windows_are_means_per_working_day_of_a_slow_count() -> None:
    chance = random.Random(2)
    first = dt.date(2026, 3, 1)
    rows = [
        {"user_id": f"u{user}", "business_date": first + dt.timedelta(days=day), "x": chance.randint(0, 9)}
        for user in range(3)
        for day in range(40)
        if chance.random() < 0.6
    ]
    for row in windowed(pl.DataFrame(rows), ["x"], (1, 7, 28)).to_dicts():
        for window in (7, 28):
            since = row["business_date"] - dt.timedelta(days=window)
            seen = [
                one["x"]
                for one in rows
                if one["user_id"] == row["user_id"] and since < one["business_date"] <= row["business_date"]
            ]
            assert row[column("x", window)] == pytest.approx(sum(seen) / len(seen))
    assert column("x", 1) == "x"
