"""Invariants over all built-in policies."""

import json
import re

import duckdb
import pytest

from detector.detection.patterns import patterns
from detector.policies.example_nights import fill_example, prepare_night
from detector.policies.examples import check_policies, example_settings
from detector.policies.firing import run_policy
from detector.policies.policy import placeholders
from detector.texts.language import LANGUAGES
from tests.policies.worlds import POLICIES, fired

ALERT_BY_POLICY = {
    "decoy-access", "inactive-account", "external-network", "scope-violation", "record-enumeration", "self-lookup",
    "unknown-account", "log-gap",
}  # fmt: skip
"""What the product promises; a policy that is added may alert as well."""


def positive_rows(policy, *, threads=1, turned=False):
    example = next(example for example in policy.examples if example.fires)
    connection = duckdb.connect(config={"threads": threads})
    fill_example(connection, example)
    if turned:
        connection.execute("create or replace table events as from events order by row_number desc")
    prepare_night(connection, example_settings(policy, example), example)
    rows = run_policy(connection, policy, example.night, example.timezone, policy.defaults).to_dicts()
    connection.close()
    return rows


every_policy = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)


def test_the_promised_policies_alert():
    assert {policy.id for policy in POLICIES.values() if policy.alert} >= ALERT_BY_POLICY


@every_policy
def test_what_does_not_alert_adds_evidence(policy):
    assert policy.alert or patterns()[policy.pattern].policy_stream


@every_policy
def test_judges_its_own_examples(policy):
    assert check_policies([policy]) == []


@every_policy
def test_has_a_positive_an_innocent_and_a_sparse_example(policy):
    assert any(example.fires for example in policy.examples)
    assert any(not example.fires for example in policy.examples)
    assert any(set(example.tables) <= {"events"} for example in policy.examples), "none without context tables"


@every_policy
def test_texts_say_the_same_in_both_languages(policy):
    assert set(placeholders(policy.reason["zh"])) == set(placeholders(policy.reason["en"]))
    for texts in (policy.title, policy.reason, policy.why, policy.misses, policy.false_causes):
        assert set(texts) == set(LANGUAGES)
        assert re.search(r"[一-鿿]", texts["zh"])
        assert not re.search(r"[一-鿿]", texts["en"])
    for language in LANGUAGES:
        assert len(policy.check[language]) >= 2


@every_policy
def test_why_names_its_source(policy):
    assert re.search(r"Law:|HIPAA|fined|PIPL", policy.why["en"])
    assert "依据" in policy.why["zh"] or "《" in policy.why["zh"]


@every_policy
def test_an_empty_night_fires_for_nobody(policy):
    assert fired(policy.id) == {}


@pytest.mark.heavy
@every_policy
def test_the_order_of_rows_and_threads_does_not_matter(policy):
    """The positive example gives the same rows when its log is turned upside down."""
    upright = positive_rows(policy, threads=1, turned=False)
    assert upright == positive_rows(policy, threads=4, turned=True)
    assert upright


@every_policy
def test_reasons_can_be_said(policy):
    for row in positive_rows(policy):
        values = json.loads(row["reason_values"])
        assert set(values) == set(policy.reason_columns)
        for language in LANGUAGES:
            text = policy.explain(language, values)
            assert "{" not in text
            assert "?" not in text
