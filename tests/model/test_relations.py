"""Relations: declared once, complete, and in the order in which SQL compares them."""

from __future__ import annotations

import re

import pytest

from detector.database.queries import sql_names, sql_text
from detector.detection.features import BY_ID
from detector.detection.hypotheses import OTHER_UNITS, PAST_PATIENTS
from detector.model.relations import (
    BY_NAME,
    RELATIONS,
    WITH_CARE,
    WITHOUT_CARE,
    Relation,
    counted_by,
    explanation_text,
    of_kind,
)  # fmt: skip
from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language
from tests.detection.worlds import hospital

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_relation = pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)


@each_relation
def test_every_relation_has_words_in_both_languages(relation: Relation) -> None:
    for words in (relation.label, relation.explained or relation.label):
        assert set(words) == set(LANGUAGES)
        assert re.search("[\u4e00-\u9fff]", words["zh"])
    assert (relation.explained is None) is relation.without_care, "what is no ground speaks for nobody"
    assert all(figure in label for label in relation.label.values() for figure in re.findall(r"\d+", relation.name))


@each_relation
def test_every_relation_is_given_by_the_sql(relation: Relation) -> None:
    texts = " ".join(sql_text("night", name) for name in ("relations.sql", "facts.sql"))
    assert f"'{relation.name}'" in texts


def test_the_sql_gives_no_other_relation() -> None:
    given = set(re.findall(r"(?:then|else) '(\w+)'", sql_text("night", "relations.sql")))
    assert given <= set(BY_NAME)


def test_no_sql_compares_ranks() -> None:
    texts = " ".join(sql_text("night", name) for name in sql_names("night"))
    assert not re.search(r"\brank\b", texts)


def test_those_with_care_stand_first_and_a_stranger_last() -> None:
    assert tuple(BY_NAME) == (*WITH_CARE, *WITHOUT_CARE)
    assert RELATIONS[-1].name == "stranger"


def test_a_habit_of_one_kind_covers_those_without_care() -> None:
    assert sorted(PAST_PATIENTS + OTHER_UNITS) == sorted(WITHOUT_CARE)
    assert of_kind("current") == WITH_CARE


@each_relation
def test_features_that_count_a_relation_exist(relation: Relation) -> None:
    assert set(relation.features) <= set(BY_ID)
    assert all(relation.name in counted_by(feature) for feature in relation.features)


def test_the_night_s_type_and_table_are_the_declaration() -> None:
    connection = hospital().nurse("n1").patient("p1").admitted("OB", "03-19").opens("n1", "p1")
    rows = {row["relation"]: row for row in connection.table("relation_names")}
    assert {name: row["without_care"] for name, row in rows.items()} == {
        one.name: one.without_care for one in RELATIONS
    }
    assert {name for name, row in rows.items() if row["after_discharge"]} == {
        one.name for one in RELATIONS if one.after_discharge
    }
    assert {name for name, row in rows.items() if row["present"]} == {
        one.name for one in RELATIONS if one.recency == "present"
    }
    (row,) = connection.table("relations")
    assert row["relation"] == "inpatient"


@each_language
def test_words_for_what_explains_an_access(language: Language) -> None:
    texts = load_texts(language)
    assert explanation_text("inpatient", texts) == BY_NAME["inpatient"].label[language]
    assert explanation_text("habit", texts) == texts("explanation.habit")
    assert explanation_text(None, texts) == texts("explanation.none")
    assert explanation_text("of_a_newer_version", texts) == "of_a_newer_version"
