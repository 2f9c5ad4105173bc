import pytest

from detector.policies.catalogue import built_in_policies
from detector.policies.examples import check_policies
from tests.policies.night_fixture import prepare


@pytest.mark.parametrize("policy", built_in_policies(), ids=lambda policy: policy.id)
def test_policy_judges_its_own_examples(policy):
    assert check_policies([policy], prepare) == []
