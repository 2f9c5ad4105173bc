"""README, guide, CONTRIBUTING and decisions name commands, options, files and headings that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detector import errors
from detector.cli import shell
from detector.cli.command import discover
from detector.deployment import settings
from detector.deployment.exports import Export
from detector.detection.patterns import patterns
from detector.export.transports import transports
from detector.guide import guide_page, search_guide, topics
from detector.model.policy_sentences import COUNTED
from detector.policies.catalogue import load_policies
from detector.policies.examples import check_policies
from detector.policies.header import SITE_KEYS, read_policy
from detector.sources.formats import formats
from tests.deployment.test_exports import HEAD
from tests.guide.markdown import (
    CHECKOUT,
    CONTRIBUTING,
    DECISIONS,
    README,
    anchors,
    blocks,
    guide,
    pages,
    prose,
    read,
    rows,
    section,
    words,
)  # fmt: skip
from tests.guide.reference import application

TOLD = [README, *pages()]
CONTRACT = ("officer", "night", "siem", "formats", "detection", "policies", "configuration", "commands", "architecture")


def options_of(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}


def calls() -> list[tuple[str, str]]:
    """Return every call of ``detector`` in blocks and in backticks, with the page that it stands in."""
    found: dict[tuple[str, str], None] = {}
    for page in TOLD:
        text = read(page)
        code = [line for kind in ("sh", "cron", "ini") for block in blocks(text, kind) for line in block.splitlines()]
        code += [block.partition("\n")[0] for block in blocks(text, "console")]
        code += words(prose(text))
        for line in code:
            for part in re.split(r"&&|\|\||>|\)|#|…", line):
                call = re.search(r"(?:^|[ =(/])detector (?=[-a-z])(.*)", part)
                if call and "COMMAND" not in part:
                    found[page.name, call.group(1).strip()] = None
    return list(found)


def test_there_is_a_page_for_each_topic() -> None:
    assert {page.topic for page in topics("en")} >= set(CONTRACT)
    assert guide_page("officer", "zh").language == "zh"


@pytest.mark.parametrize(("page", "call"), calls())
def test_every_call_names_a_command_and_its_options(page: str, call: str) -> None:
    group: Any = application()
    known = options_of(group)
    given = [word.strip("[]") for word in shlex.split(call)]
    commands = [
        word
        for before, word in zip(["", *given], given, strict=False)
        if word in group.commands and before not in {"--from", "--config", "guide"}
    ]
    if commands:
        command = group.commands[commands[0]]
        known |= options_of(command)
        for inner in getattr(command, "commands", {}).values():
            known |= options_of(inner)
    else:
        assert given[0].startswith("-"), f"no such command: {given[0]}"
    assert {word.partition("=")[0] for word in given if word.startswith("-") and word != "-"} <= known


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_every_option_in_backticks_exists(page: Path) -> None:
    group: Any = application()
    below = [inner for one in group.commands.values() for inner in getattr(one, "commands", {}).values()]
    known = options_of(group).union(*map(options_of, (*group.commands.values(), *below)))
    known.update(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', read(CHECKOUT / ".ci/wheelhouse.py")))
    foreign = ("systemctl", "pip", "openssl", "docker", "uv ", "pytest", "sendmail", "sigma ")
    named = {
        word
        for code in words(prose(read(page)))
        if not any(program in code for program in foreign)
        for word in re.findall(r"(?:^| )(--[a-z-]+)", code)
    }
    assert named <= known


@pytest.mark.parametrize("page", [*TOLD, CONTRIBUTING, *DECISIONS], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(read(page))):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(read(target)), link


def test_every_page_that_a_page_names_exists() -> None:
    known = {page.topic for page in topics("en")}
    for page in TOLD:
        named = {one for code in words(prose(read(page))) for one in re.findall(r"detector guide ([a-z]+)", code)}
        assert named <= known, page.name


def test_every_exit_code_is_told() -> None:
    tree = [errors.DetectorError]
    for error in tree:
        tree += error.__subclasses__()
    codes = {0, 1, shell.EXIT_DEFECT, shell.EXIT_INTERRUPTED} | {error.exit_code for error in tree}
    assert {int(row[0]) for row in rows(section(guide("night"), "## Exit codes"))} == codes
    assert {int(row[0]) for row in rows(section(guide("night", "zh"), "## 退出码"))} == codes


def test_every_key_of_a_finding_is_told() -> None:
    told = [word for row in rows(section(guide("officer"), "## Keys of a finding")) for word in words(row[0])]
    assert set(told) == {
        "finding_id", "subject", "patient_id", "source", "case_id", "detected_on", "alerted_on", "last_seen_on",
        "user_id", "user_name", "department", "role", "account_type", "window_start", "window_end", "risk", "severity",
        "alert", "patterns", "reasons", "policies", "patients", "records", "accesses", "event_ids", "explained",
        "sampled", "status", "previous_finding_id", "method", "alerted_by",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_disposition_and_pattern_is_told_to_the_officer(language: str) -> None:
    told = words(prose(guide("officer", language)))
    assert set(told) >= {"confirmed", "justified", "false_alarm", "escalated", *patterns()}


def test_the_keys_of_policies_are_told() -> None:
    told = section(guide("configuration"), "## `[policies.<id>]`")
    assert [one for row in rows(told) for one in words(row[0])] == list(SITE_KEYS)


def test_every_figure_that_a_policy_s_reason_may_name_is_told() -> None:
    assert {name for name in COUNTED if f"`{name}`" in guide("policies")} == set(COUNTED)


def test_the_policy_in_the_guide_judges_its_examples(tmp_path: Path) -> None:
    text = next(block for block in blocks(guide("policies"), "sql") if "many-prints" in block)
    path = tmp_path / "many-prints.sql"
    path.write_text(text, encoding="utf-8")
    assert check_policies([read_policy(path, built_in=False)]) == []


def test_every_format_and_target_is_told() -> None:
    source = next(row for row in rows(section(guide("configuration"), "## `[[source]]`")) if row[0] == "`format`")
    assert set(words(source[2])) == set(formats())
    for scheme, kind in transports().items():
        told = f"`{scheme}://HOST:{kind.default_port}`" if kind.default_port else f"`{scheme}`"
        assert told in guide("siem") or scheme == "file"


def test_the_configuration_in_the_guide_is_valid(tmp_path: Path) -> None:
    small, _ = blocks(guide("night"), "toml")
    policies = "".join(blocks(guide("configuration"), "toml"))
    (tmp_path / "detector.toml").write_text(small + policies, encoding="utf-8")
    found = {policy.id: policy for policy in load_policies(settings.load_settings(tmp_path))}
    assert not found["self-lookup"].alert
    assert found["decoy-access"].parameters["exempt_accounts"] == ("svc-migration",)


def test_the_database_in_the_guide_is_valid(tmp_path: Path) -> None:
    (tmp_path / "detector.toml").write_text(
        '[site]\ntimezone = "Asia/Shanghai"\n' + blocks(guide("night"), "toml")[1], encoding="utf-8"
    )
    assert [one.watermark for one in settings.load_settings(tmp_path).sources] == ["id"]


def test_the_exports_in_the_guide_are_valid(tmp_path: Path) -> None:
    found = blocks(guide("siem"), "toml")
    (tmp_path / "detector.toml").write_text(HEAD + "".join(found), encoding="utf-8")
    assert [one.name for one in settings.load_settings(tmp_path).exports] == ["siem", "splunk", "elastic"]
    assert Export.__dataclass_fields__.keys() >= {"to", "format"}


def test_every_command_is_in_the_guide() -> None:
    for command in discover():
        assert f"### `detector {command.name}" in guide("commands")


def test_a_search_finds_what_pages_say_and_nothing_else() -> None:
    found = search_guide("cron mail", "en")
    assert any(one.topic == "night" for one in found)
    assert search_guide("no such words anywhere", "en") == []
    assert search_guide("", "en") == []
    assert all("诱饵" in f"{one.heading}{one.text}" for one in search_guide("诱饵", "zh"))


def test_the_guide_needs_neither_deployment_nor_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detector", "guide", "officer"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "合规人员手册" in done.stdout
