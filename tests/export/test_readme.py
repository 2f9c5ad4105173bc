"""The README's tables of formats and levels are the code's; ``python -m tests.export.test_readme`` writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from detector.deployment.exports import Export
from detector.deployment.settings import load_settings
from detector.export.export_format import LEVELS, Field, values
from detector.export.formats import cef, formats
from detector.export.notice import Notice
from detector.export.transports import transports
from tests.deployment.test_exports import HEAD
from tests.export import notices

README = Path(__file__).resolve().parents[2] / "README.md"
LENGTH = 60


def example(field: Field, notice: Notice) -> str:
    """Return what the field holds in the sample, cut to fit."""
    value = next((value for _, value in values([field], notice)), None)
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
    return "`" + text.replace("|", "\\|") + "`"


def rows(name: str) -> Iterator[str]:
    """Yield the rows of a format's table: its own line of headings, findings first, then what only health has."""
    form = formats()[name]
    yield "| field | meaning | example |"
    yield "| --- | --- | --- |"
    messages: set[str] = set()
    for notice in (notices.finding(), notices.health(), notices.test()):
        for field in form.fields[notice.kind]:
            label = name == "cef" and field.name.endswith("Label")
            if field.name in messages or label:
                continue
            messages.add(field.name)
            shown = field.name
            if name == "cef" and any(one.name == f"{shown}Label" for one in form.fields[notice.kind]):
                shown = f"{shown}` (`{cef_label(shown, notice)}"
                shown = f"`{shown}`)"
            else:
                shown = f"`{shown}`"
            only = "" if notice.kind == "finding" else f"{notice.kind}: "
            yield f"| {shown} | {only}{field.meaning} | {example(field, notice)} |"


def cef_label(name: str, notice: Notice) -> str:
    return next(str(one.value(notice)) for one in cef.FIELDS[notice.kind] if one.name == f"{name}Label")


def levels() -> str:
    return "".join(
        f"| {name} | {level.syslog} | {level.cef} | {level.leef} | {level.elastic} | {level.ocsf} |\n"
        for name, level in LEVELS.items()
    )


def section(heading: str) -> str:
    after = README.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1]
    return re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", formats())
def test_the_table_of_a_format_is_the_code_s(name: str) -> None:
    messages = [line for line in section(f"### Fields of `{name}`").splitlines() if line.startswith("|")]
    assert messages == list(rows(name)), "`python -m tests.export.test_readme` writes it anew"


def test_the_levels_are_the_code_s() -> None:
    assert levels() in section("## SIEM")


def test_every_target_is_told() -> None:
    text = section("## SIEM")
    for scheme, kind in transports().items():
        messages = f"`{scheme}://HOST:{kind.default_port}`" if kind.default_port else f"`{scheme}`"
        assert messages in text or scheme == "file"


def test_every_key_of_an_export_is_told() -> None:
    messages = [re.match(r"\| `(\w+)`", line) for line in section("### `[[export]]`").splitlines()]
    assert [one.group(1) for one in messages if one] == [field.name for field in fields(Export)]


def test_the_exports_in_the_readme_are_valid(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    found = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    blocks = [one for one in found if one.startswith("[[export]]")]
    assert len(blocks) == 3
    (tmp_path / "detector.toml").write_text(HEAD + "".join(blocks), encoding="utf-8")
    assert [one.name for one in load_settings(tmp_path).exports] == ["siem", "splunk", "elastic"]


def write() -> None:
    """Put the tables that the code gives into the README."""
    text = README.read_text(encoding="utf-8")
    for name in formats():
        heading = f"### Fields of `{name}`\n\n"
        if heading not in text:
            *_, last = re.finditer(r"^### Fields of `.*?(?=^#)", text, re.MULTILINE | re.DOTALL)
            text = text[: last.end()] + heading + "|\n\n" + text[last.end() :]
        before, after = text.split(heading)
        said = "" if after.startswith("|") else after.partition("\n|")[0] + "\n"
        rest = re.sub(r"\A(\|[^\n]*\n)*\n*", "", after.removeprefix(said))
        text = before + heading + said + "\n".join(rows(name)) + "\n\n" + rest
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
