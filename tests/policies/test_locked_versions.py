"""A built-in policy that changes gets a new version: findings name both.

``python -m tests.policies.test_locked_versions`` notes the policies as they are, and refuses while one that changed has
the version of before.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from detector.policies.catalogue import built_in_policies
from detector.policies.policy import Policy, normal_content

LOCK = Path(__file__).parents[1] / "data" / "policies.lock"
COMMAND = "python -m tests.policies.test_locked_versions"

Locked = Mapping[str, tuple[int, str]]
"""Version and SHA-256 by id."""


def locked() -> Locked:
    lines = (line.split() for line in LOCK.read_text(encoding="utf-8").splitlines())
    return {identity: (int(version), digest) for identity, version, digest in lines}


def not_raised(policies: Iterable[Policy], before: Locked) -> list[str]:
    """Return what is to be done about policies that changed under the version of before."""
    return [
        f"{policy.path.name}: changed; write version = {before[policy.id][0] + 1}"
        for policy in policies
        if policy.id in before and policy.version <= before[policy.id][0] and policy.sha256 != before[policy.id][1]
    ]


def lines(policies: Iterable[Policy]) -> str:
    return "".join(f"{policy.id} {policy.version} {policy.sha256}\n" for policy in policies)


def test_a_policy_that_changed_has_a_new_version() -> None:
    assert not_raised(built_in_policies(), locked()) == []


def test_the_lock_is_that_of_the_policies() -> None:
    assert LOCK.read_text(encoding="utf-8") == lines(built_in_policies()), f"run `{COMMAND}`"


def changed(policy: Policy, *, version: int) -> Policy:
    return dataclasses.replace(policy, content=policy.content + "-- more\n", version=version)


@pytest.mark.parametrize(("raised", "refused"), [(0, True), (-1, True), (1, False), (3, False)])
def test_a_change_without_a_new_version_is_refused(raised: int, refused: bool) -> None:
    policy = built_in_policies()[0]
    given = changed(policy, version=policy.version + raised)
    assert bool(not_raised([given], locked())) is refused


def test_what_an_editor_changes_by_itself_is_no_change() -> None:
    policy = built_in_policies()[0]
    text = "\n".join(f"{line}  " for line in policy.content.split("\n")) + "\n\n"
    assert normal_content(text) == policy.content
    assert normal_content(text.replace("select", "select  ")) != policy.content


if __name__ == "__main__":
    wrong = not_raised(built_in_policies(), locked() if LOCK.exists() else {})
    if wrong:
        sys.exit("\n".join(wrong))
    LOCK.write_text(lines(built_in_policies()), encoding="utf-8")
