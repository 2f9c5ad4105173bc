"""The README says what the program does: commands, options, keys, exit codes, policies, and excerpts of output.

``python -m tests.test_readme`` runs the sample and writes the excerpts anew; needed when a finding of it changes.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from detector import errors
from detector.cli import shell
from detector.cli.command import discover
from detector.deployment import settings
from detector.deployment.detection import DetectionSettings
from detector.deployment.reports import ReportSettings
from detector.detection.patterns import patterns
from detector.model import event_columns
from detector.model.tables import POLICY_TABLES, Column
from detector.policies.header import SITE_KEYS
from detector.policies.statement import NIGHT_TABLES
from detector.sources.aliases import canonical_column, canonical_value
from detector.sources.context_tables import CONTEXT_TABLES
from detector.sources.formats import formats
from tests.sample import copy_sample

CHECKOUT = Path(__file__).resolve().parent.parent
README = CHECKOUT / "README.md"
TEXT = README.read_text(encoding="utf-8")

RUN_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet . "
    "&& .venv/bin/detector --config sample_logs/detector.toml run"
)
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install --quiet '.[test]' && .venv/bin/python -m pytest -q -n auto"
)
TOLD = "81046"
"""The account whose finding the README shows."""
RATED = "81016"
"""The account whose finding it rates step by step."""
DRILL = "--lang en drill --pattern maternity-slow --repeats 2"
TRACE = "--lang en trace --patients sample_logs/complaints.csv --top 3"
TABLES_HEADING = "### Tables that policies read"
COMPLAINED = "00218702"
"""A patient whose complaint the walk through the sample follows."""
TRACE_ONE = "--lang en trace --patients sample_logs/complaints.csv --explain"


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def section(heading: str) -> str:
    """Return the text under a heading, up to the next one of any level."""
    return re.split(r"^#+ ", TEXT.split(f"\n{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of the rows of all tables in a text, heads left out."""
    for line, following in itertools.pairwise([*text.splitlines(), ""]):
        if line.startswith("| ") and not line.startswith("| ---") and not following.startswith("| ---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def first_column(heading: str) -> list[str]:
    return [word for row in rows(section(heading)) for word in words(row[0])]


def application() -> Any:
    """Return the command line as typer builds it: a group with `commands` and `params`."""
    return typer.main.get_command(shell.build_app())


def options_of(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}


def invocations() -> list[list[str]]:
    """Return every call of ``detector`` in blocks and in backticks, split into words."""
    code = [line for kind in ("sh", "cron", "ini") for block in blocks(kind) for line in block.splitlines()]
    code += [block.partition("\n")[0] for block in blocks("console")]
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    code += re.findall(r"`([^`]+)`", prose)
    found = []
    for line in code:
        for part in re.split(r"&&|\|\||>|\)|#", line):
            call = re.search(r"(?:^|[ =(/])detector (?=[-a-z])(.*)", part)
            if call and "COMMAND" not in part:
                found.append(shlex.split(call.group(1)))
    return found


def test_the_two_commands_are_there_each_a_block_of_its_own() -> None:
    assert RUN_COMMAND + "\n" in blocks("sh")
    assert TEST_COMMAND + "\n" in blocks("sh")


def test_what_ci_takes_for_the_test_command_is_it() -> None:
    matching = [line for line in TEXT.splitlines() if re.match(r"[^#|]*pytest", line)]
    assert matching[0] == TEST_COMMAND


def test_every_command_is_listed_once() -> None:
    listed = [word.split()[1] for word in first_column("## Commands") if word.startswith("detector ")]
    assert sorted(listed) == sorted(command.name for command in discover())


@pytest.mark.parametrize("call", invocations(), ids=" ".join)
def test_every_call_names_a_command_and_its_options(call: list[str]) -> None:
    group = application()
    known = options_of(group)
    name = next(
        (
            word
            for before, word in zip(["", *call], call, strict=False)
            if word in group.commands and before != "--from"
        ),
        None,
    )
    if name is not None:
        known |= options_of(group.commands[name])
    else:
        assert call[0].startswith("-"), f"no such command: {call[0]}"
    assert {word for word in call if word.startswith("-")} <= known


def test_every_option_in_the_table_of_commands_exists() -> None:
    group = application()
    for row in rows(section("## Commands")):
        name = words(row[0])[0].split()[1]
        named = {word.split()[0] for word in words(row[1]) if word.startswith("--")}
        assert named <= options_of(group.commands[name]), name
    prose = section("## Commands").split("| command")[0]
    assert {word.split()[0] for word in words(prose) if word.startswith("--")} <= options_of(group) | {"--format"}


def test_every_option_anywhere_exists() -> None:
    group = application()
    known = options_of(group).union(*map(options_of, group.commands.values()))
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    named = {
        word for code in words(prose) for word in re.findall(r"(?:^| )(--[a-z-]+)", code) if "systemctl" not in code
    }
    assert named <= known


@pytest.mark.parametrize(
    ("heading", "declared"),
    [
        ("### `[site]`", settings.Site),
        ("### `[store]`", settings.StoreSettings),
        ("### `[[source]]`", settings.Source),
        ("### `[context]`", settings.ContextPaths),
        ("### `[detection]`", DetectionSettings),
        ("### `[alerting]`", settings.Alerting),
        ("### `[privacy]`", settings.Privacy),
        ("### `[[report]]`", ReportSettings),
    ],
)
def test_the_reference_has_every_key_of_the_configuration(heading: str, declared: type) -> None:
    names = [field.name for field in dataclasses.fields(declared)]
    assert [words(row[0])[0] for row in rows(section(heading))] == names


@pytest.mark.parametrize(
    ("heading", "declared"),
    [
        ("### `[store]`", settings.StoreSettings),
        ("### `[detection]`", DetectionSettings),
        ("### `[alerting]`", settings.Alerting),
    ],
)
def test_the_reference_has_the_defaults(heading: str, declared: type) -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(declared)}
    for row in rows(section(heading)):
        default = defaults[words(row[0])[0]]
        if isinstance(default, int | float):
            assert float(words(row[1])[0]) == default, row


def test_the_keys_of_policies_and_officers_are_told() -> None:
    assert tuple(first_column("### `[policies.<id>]`")) == SITE_KEYS
    assert "### `[officers]`" in TEXT


def test_the_configuration_in_the_readme_is_valid(tmp_path: Path) -> None:
    small, policies = (block for block in blocks("toml") if not block.startswith("[[export]]"))
    (tmp_path / "detector.toml").write_text(small + policies, encoding="utf-8")
    from detector.policies.catalogue import load_policies

    found = {policy.id: policy for policy in load_policies(settings.load_settings(tmp_path))}
    assert not found["self-lookup"].alert
    assert found["decoy-access"].parameters["exempt_accounts"] == ("svc-migration",)


def test_every_exit_code_is_told() -> None:
    tree = [errors.DetectorError]
    for error in tree:
        tree += error.__subclasses__()
    codes = {0, 1, shell.EXIT_DEFECT, shell.EXIT_INTERRUPTED} | {error.exit_code for error in tree}
    table = TEXT.split("| exit code |")[1].split("\n\n")[0]
    assert {int(row[0]) for row in rows(table) if row[0].isdigit()} == codes


def test_the_tables_that_policies_read_are_told() -> None:
    assert set(NIGHT_TABLES) - set(words(section("## Policies"))) <= set(CONTEXT_TABLES)


def told_tables() -> str:
    """The columns of the tables that policies read, as the README shows them."""
    shown: dict[tuple[Column, ...], str] = {}
    parts = []
    for table in POLICY_TABLES:
        text = f"`{table.name}`: one row per {table.row}."
        if table.columns in shown:
            parts.append(f"{text} It has the columns of `{shown[table.columns]}`.")
            continue
        shown[table.columns] = table.name
        lines = [
            f"| `{column.name}` | {column.type} | {column.text.replace('|', chr(92) + '|')}"
            f"{f' Unit: {column.unit}.' if column.unit else ''} |"
            for column in table.columns
        ]
        parts.append("\n".join([text, "", "| column | type | meaning |", "| --- | --- | --- |", *lines]))
    return "\n" + "\n\n".join(parts) + "\n\n"


def test_the_columns_of_the_tables_that_policies_read_are_told() -> None:
    assert section(TABLES_HEADING) == told_tables(), "`python -m tests.test_readme` writes them anew"


def test_every_pattern_and_key_of_a_finding_is_told() -> None:
    told = section("## What comes out") + section("### Patterns")
    tables = [word for row in rows(told) for word in words(row[0])]
    assert set(patterns()) <= set(tables)
    keys = set(tables) - set(patterns())
    golden = {
        "finding_id", "subject", "patient_id", "source", "case_id", "detected_on", "alerted_on", "last_seen_on",
        "user_id", "user_name", "department", "role", "account_type", "window_start", "window_end", "risk", "severity",
        "alert", "patterns", "reasons", "policies", "patients", "records", "accesses", "event_ids", "explained",
        "sampled", "status", "previous_finding_id", "method",
    }  # fmt: skip
    assert keys == golden


def test_every_column_of_an_event_is_told_with_its_values_and_true_examples() -> None:
    told = {}
    for row in rows(section("## Log formats")):
        for column in words(row[0]):
            told[column] = row
    assert set(told) == set(event_columns.COLUMNS)
    assert {name for name, row in told.items() if row[1] == "yes"} == set(event_columns.REQUIRED_COLUMNS)
    for column, values in event_columns.ENUMS.items():
        assert set(values) <= set(words(told[column][2])), column
    for column, row in told.items():
        headers, _, values = row[3].partition(";")
        for header in re.split(r"[,，] *", headers.replace("`", "")):
            meant = canonical_column(header.strip()) if header.strip() else column
            assert meant in words(row[0]) or header.strip() == "姓名", header
        if column in event_columns.ENUMS:
            for value in re.findall(r"[\u4e00-\u9fff]+", values):
                assert canonical_value(column, value, {}), value


def test_every_context_table_and_column_is_told() -> None:
    told = {words(row[0])[0]: words(row[1]) for row in rows(section("### Context tables"))}
    for name, table in CONTEXT_TABLES.items():
        if name not in {"vip_patients", "decoy_patients"}:
            assert {column.header for column in table.columns} <= set(told[name]), name


def test_every_format_and_file_named_exists() -> None:
    told = next(row for row in rows(section("### `[[source]]`")) if row[0] == "`format`")
    assert set(words(told[2])) == set(formats())
    places = ["sample_logs/README.md", "detector/sources/aliases.py", "sql/policies/", ".ci/run"]
    for place in places:
        assert (CHECKOUT / place).exists(), place


def test_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in TEXT.splitlines()
        if re.match(r"#+ ", line)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings


def test_the_units_of_systemd_and_the_project_agree() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in TEXT
    assert "test" in project["optional-dependencies"]
    assert project["scripts"] == {"detector": "detector.cli:main"}


def sample_output(folder: Path) -> dict[str, str]:
    """Run the sample in a copy; return what the commands of the excerpts write, by their line in the README."""
    copy_sample(folder / "sample_logs")
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}

    def call(*arguments: str) -> str:
        line = [sys.executable, "-m", "detector", "--config", "sample_logs", *arguments]
        done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def acted(*arguments: str) -> str:
        """What a command wrote to both streams; hashes hang on the hour and are left out."""
        line = [sys.executable, "-m", "detector", "--config", "sample_logs", "--lang", "en", *arguments]
        done = subprocess.run(
            line, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
        return re.sub(r"[0-9a-f]{16,}", "…", done.stdout).rstrip("\n") + "\n"

    def walk() -> dict[str, str]:
        """From an alert to a file that holds: in the order of the README."""
        steps = (
            f"user {TOLD}",
            f"patient {COMPLAINED}",
            f'triage {told} --disposition escalated --note "told the director and legal"',
            "report --period week --out week.html",
            f"evidence {told} --out evidence.zip",
            "verify",
        )
        return {f"--lang en {step}": acted(*shlex.split(step)) for step in steps}

    run = call("run")
    found = [json.loads(line) for line in call("findings", "--format", "ndjson").splitlines()]
    told = next(one["finding_id"] for one in found if one["user_id"] == TOLD)[:6]
    method = f"--lang en show {next(one['finding_id'] for one in found if one['user_id'] == RATED)[:6]} --method"
    return {
        "run": shortened(run, [0, 1, 2, 3, 4]),
        "findings --alerts": call("findings", "--alerts"),
        f"--lang en show {told}": shortened(call("--lang", "en", "show", told), [0, 1, 2, 3, 5, 6]),
        method: call(*method.split()),
        DRILL: call(*DRILL.split(), "--quiet"),
        **{trace: call(*trace.split()) for trace in (TRACE, f"{TRACE_ONE} {TOLD}")},
        **walk(),
    }


def shortened(output: str, kept: list[int]) -> str:
    """Keep these paragraphs of an output; an ellipsis stands for what is left out."""
    paragraphs = output.rstrip("\n").split("\n\n")
    texts: list[str] = []
    expected = 0
    for number in kept:
        texts += ["…"] * (number != expected) + [paragraphs[number]]
        expected = number + 1
    return "\n\n".join(texts + ["…"] * (expected != len(paragraphs))) + "\n"


def excerpts() -> dict[str, str]:
    """Return the excerpts of the README by command."""
    found = (block.partition("\n") for block in blocks("console"))
    return {command.removeprefix("$ detector --config sample_logs "): output for command, _, output in found}


@pytest.mark.slow
def test_the_excerpts_are_what_the_sample_gives(tmp_path: Path) -> None:
    assert excerpts() == sample_output(tmp_path), "`python -m tests.test_readme` writes them anew"


def write_tables() -> None:
    """Put the columns of the tables that policies read into the README."""
    text = README.read_text(encoding="utf-8")
    before, after = text.split(f"\n{TABLES_HEADING}\n", 1)
    rest = after[re.search(r"^#+ ", after, re.MULTILINE).start() :]  # type: ignore[union-attr]
    README.write_text(f"{before}\n{TABLES_HEADING}\n{told_tables()}{rest}", encoding="utf-8")


def write_excerpts() -> None:
    """Put what the sample gives now into the README."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = iter(sample_output(Path(folder)).items())

    def block(_: re.Match[str]) -> str:
        command, output = next(fresh)
        return f"```console\n$ detector --config sample_logs {command}\n{output}```"

    text = README.read_text(encoding="utf-8")
    README.write_text(re.sub(r"^```console\n.*?^```$", block, text, flags=re.MULTILINE | re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    write_tables()
    write_excerpts()
