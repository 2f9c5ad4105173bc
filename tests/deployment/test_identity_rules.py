"""`[source.identity]`: what is understood, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.deployment.identity_rules import IdentityRule
from detector.deployment.settings import load_settings
from detector.errors import ConfigError

SOURCE = '[site]\ntimezone = "UTC"\n[[source]]\nname = "his"\nformat = "csv"\npath = "logs/*"\n[source.identity]\n'


def rules_of(tmp_path: Path, lines: str) -> dict[str, IdentityRule]:
    path = tmp_path / "detector.toml"
    path.write_text(SOURCE + lines, encoding="utf-8")
    return dict(load_settings(path).sources[0].identity)


def test_any_subset_of_the_keys_is_a_rule(tmp_path: Path) -> None:
    lines = "user_id = { case = \"fold\", strip_domain = true, pad_to = 5, pattern = '^(\\d+)' }\npatient_id = {}\n"
    assert rules_of(tmp_path, lines) == {
        "user_id": IdentityRule(strip_domain=True, pattern=r"^(\d+)", fold=True, pad_to=5),
        "patient_id": IdentityRule(),
    }
    assert rules_of(tmp_path, "") == {}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("visit_id = {}", "visit_id: unknown key"),
        ("user_id = { pad = 5 }", "pad: unknown key"),
        ('user_id = { case = "upper" }', "must be one of fold"),
        ("user_id = { pad_to = -1 }", "a whole number from 0"),
        ("user_id = { pattern = 'a' }", "it has no group"),
        ("user_id = { pattern = '(' }", "is no pattern"),
        ("user_id = { pattern = '(?=(a))' }", "is no pattern"),
        ("user_id = true", "a table"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=r"detector\.toml:8: source\[1\]\.identity") as raised:
        rules_of(tmp_path, line)
    assert problem in str(raised.value)
