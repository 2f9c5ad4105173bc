"""A finding names each policy as it was when it fired, whatever became of its file since."""

import datetime as dt

from detector.findings.policies_used import policies_used
from detector.model.methods import PolicyUsed


def row(policy, day, version=1, sha256="aa"):
    return {"policy_id": policy, "version": version, "sha256": sha256, "business_date": dt.date(2026, 6, day)}


def test_each_policy_once_with_its_dates():
    used = policies_used([row("b", 2), row("a", 3), row("b", 5)])
    assert used == (
        PolicyUsed("a", 1, "aa", "2026-06-03", "2026-06-03"),
        PolicyUsed("b", 1, "aa", "2026-06-02", "2026-06-05"),
    )
    assert policies_used([]) == ()


def test_a_policy_that_changed_is_named_with_each_of_its_texts():
    used = policies_used([row("a", 2), row("a", 3, 2, "bb"), row("a", 4, 2, "bb")])
    assert [(one.version, one.sha256, one.first_on, one.last_on) for one in used] == [
        (1, "aa", "2026-06-02", "2026-06-02"),
        (2, "bb", "2026-06-03", "2026-06-04"),
    ]


def test_what_a_finding_named_stays_where_a_date_was_asked_again():
    before = policies_used([row("a", 2), row("a", 3)])
    after = policies_used([row("a", 2, 2, "bb"), row("a", 3)], before)
    assert [(one.sha256, one.first_on, one.last_on) for one in after] == [
        ("aa", "2026-06-02", "2026-06-03"),
        ("bb", "2026-06-02", "2026-06-02"),
    ]


def test_what_fired_before_digests_were_kept_is_named_without_one():
    (one,) = policies_used([row("a", 2, None, None)])
    assert (one.version, one.sha256) == (None, None)
