"""A deployment's policies: built-in and its own, with the parameters it sets."""

import pytest

from detector.deployment.settings import load_settings
from detector.errors import ConfigError
from detector.policies.catalogue import load_policies
from detector.policies.examples import check_policies
from tests.policies.test_header import GOOD
from tests.policies.worlds import POLICIES

SITE = """
[site]
timezone = "Asia/Shanghai"
[[source]]
name = "his"
format = "csv"
path = "his.csv"
"""


@pytest.fixture
def policies_of(tmp_path):
    def load(text="", own=None):
        (tmp_path / "detector.toml").write_text(SITE + text, encoding="utf-8")
        for name, content in (own or {}).items():
            (tmp_path / "policies").mkdir(exist_ok=True)
            (tmp_path / "policies" / f"{name}.sql").write_text(content, encoding="utf-8")
        return {policy.id: policy for policy in load_policies(load_settings(tmp_path / "detector.toml"))}

    return load


def test_without_settings_all_built_in_policies_apply(policies_of):
    assert policies_of() == POLICIES
    assert list(policies_of()) == sorted(POLICIES)


def test_a_site_sets_parameters_alert_and_severity(policies_of):
    changed = policies_of(
        "[policies.inactive-account]\ndormant_days = 30\nexplained_share = 1\nalert = false\nseverity = 'low'\n"
        "[policies.external-network]\nexempt_accounts = ['vpn']\n"
    )
    policy = changed["inactive-account"]
    assert (policy.parameters["dormant_days"], policy.alert, policy.severity) == (30, False, "low")
    assert policy.parameters["explained_share"] == 1.0
    assert policy.defaults == POLICIES["inactive-account"].defaults
    assert changed["external-network"].parameters["exempt_accounts"] == ("vpn",)


def test_a_site_switches_a_policy_off(policies_of):
    assert "self-lookup" not in policies_of("[policies.self-lookup]\nenabled = false\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[policies.self-lokup]\nalert = true\n", "did you mean 'self-lookup'?"),
        ("[policies.inactive-account]\ndormant_dys = 3\n", "did you mean 'dormant_days'?"),
        ("[policies.inactive-account]\ndormant_days = '3'\n", "must be a whole number"),
        ("[policies.inactive-account]\ndormant_days = 3.5\n", "must be a whole number"),
        ("[policies.inactive-account]\ndormant_days = true\n", "must be a whole number"),
        ("[policies.inactive-account]\nexplained_share = 'x'\n", "must be a number"),
        ("[policies.external-network]\nexempt_accounts = 'x'\n", "must be a list of texts"),
        ("[policies.self-lookup]\nalert = 1\n", "must be true or false"),
        ("[policies.self-lookup]\nenabled = 'no'\n", "must be true or false"),
        ("[policies.self-lookup]\nseverity = 'mild'\n", "must be one of low, medium, high, critical"),
    ],
)
def test_a_wrong_setting_names_file_line_and_key(policies_of, tmp_path, text, message):
    with pytest.raises(ConfigError) as caught:
        policies_of(text)
    assert message in str(caught.value)
    assert str(tmp_path / "detector.toml") in str(caught.value)
    assert caught.value.line is not None
    assert caught.value.line > SITE.count("\n")


def test_a_site_adds_a_policy(policies_of):
    own = policies_of("[policies.p]\nlimit = 5\n", own={"p": GOOD})["p"]
    assert not own.built_in
    assert own.parameters["limit"] == 5


def test_a_site_cannot_take_the_id_of_a_built_in_policy(policies_of):
    with pytest.raises(ConfigError, match=r"built-in policy; rename"):
        policies_of(own={"self-lookup": GOOD.replace('id = "p"', 'id = "self-lookup"')})


def test_examples_of_a_site_policy_are_judged_with_its_defaults(policies_of):
    """The example is wrong (nobody fires): the complaint names file, line and example."""
    policy = policies_of("[policies.p]\nlimit = 0\n", own={"p": GOOD})["p"]
    (problem,) = check_policies([policy])
    assert problem.startswith(f"{policy.path}:{GOOD[: GOOD.index('[[example]]')].count(chr(10)) + 1}: ")
    assert "example 'fires': must fire for u, not nobody" in problem


def test_an_example_that_cannot_be_read_is_one_line(policies_of):
    broken = GOOD.replace('fires = ["u"]', 'fires = ["u"]\nevents = """\nevent_time,usr_id\n2026-03-02,u\n"""')
    (problem,) = check_policies([policies_of(own={"p": broken})["p"]])
    assert "has no column 'usr_id'" in problem
    assert "\n" not in problem
