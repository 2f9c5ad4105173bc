"""The catalogue of scenarios: whole in both languages, and performed under its own names."""

from __future__ import annotations

import pytest

from detector.detection.patterns import patterns
from detector.drill.planters import PLANTERS
from detector.model.scenarios import SCENARIOS, Family, read_scenarios
from detector.simulator.attacks import scenarios
from detector.texts.language import LANGUAGES

WHOLE = """
[slow-harvest]
family = "harvest"
patterns = ["contact-harvesting"]
title = { en = "slowly", zh = "缓慢" }
"""


def test_a_table_is_a_scenario() -> None:
    (scenario,) = read_scenarios(WHOLE).values()
    assert (scenario.id, scenario.family) == ("slow-harvest", Family.HARVEST)
    assert scenario.patterns == ("contact-harvesting",)
    assert scenario.title == {"en": "slowly", "zh": "缓慢"}


@pytest.mark.parametrize("line", WHOLE.strip().splitlines()[1:])
def test_nothing_may_be_missing(line: str) -> None:
    with pytest.raises(KeyError):
        read_scenarios(WHOLE.replace(line, ""))


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(ValueError, match="sport"):
        read_scenarios(WHOLE.replace('"harvest"', '"sport"'))


def test_scenarios_are_named_after_patterns_that_findings_have() -> None:
    known = set(patterns())
    for scenario in SCENARIOS.values():
        assert set(scenario.patterns) <= known, scenario.id
        assert len(set(scenario.patterns)) == len(scenario.patterns), scenario.id
    unplanted = {"direct-database-read"}  # a database's audit log tells who leads past the systems
    assert {scenario.patterns[0] for scenario in SCENARIOS.values()} == known - unplanted


def test_titles_differ_in_every_language() -> None:
    for language in LANGUAGES:
        titles = [scenario.title[language].strip() for scenario in SCENARIOS.values()]
        assert all(titles)
        assert len(set(titles)) == len(titles)


def test_planters_are_filed_under_their_scenario() -> None:
    assert all(planter.scenario is SCENARIOS[name] for name, planter in PLANTERS.items())


def test_every_scenario_is_performed_and_most_by_both() -> None:
    planted, simulated = set(PLANTERS), set(scenarios())
    assert planted | simulated == set(SCENARIOS)
    assert len(planted & simulated) > len(SCENARIOS) / 2
