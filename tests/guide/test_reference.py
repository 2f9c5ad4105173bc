"""The reference tables of the guide are what the program declares."""

from __future__ import annotations

import pytest

from detector.export.formats import formats
from detector.model import event_columns
from detector.model.tables import POLICY_TABLES
from detector.policies.statement import NIGHT_TABLES
from detector.sources.aliases import canonical_column
from detector.sources.context_tables import CONTEXT_TABLES
from tests.guide.markdown import guide, pages, read, rows, section, words
from tests.guide.reference import BLOCK, MADE, made


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_tables_of_a_page_are_those_of_the_program(page) -> None:
    assert read(page) == made(read(page)), "`python -m tests.guide` writes them anew"


def test_every_table_stands_in_one_page() -> None:
    standing = [block["name"] for page in pages() for block in BLOCK.finditer(read(page))]
    assert sorted(standing) == sorted(MADE)


def test_a_section_of_the_configuration_has_a_table_or_says_what_it_holds() -> None:
    from detector.deployment import settings

    told = {words(line)[0].strip("[]") for line in guide("configuration").splitlines() if line.startswith("## `[")}
    known = {"site", "store", "source", "outage", "context", "detection", "alerting", "export", "officers", "privacy",
             "engine", "report", "policies.<id>"}  # fmt: skip
    assert told == known
    assert settings.Settings.__dataclass_fields__.keys() >= {"site", "store", "context", "detection", "alerting"}


def test_every_column_and_header_of_an_event_is_told() -> None:
    told = {words(row[0])[0]: row for row in rows(section(guide("formats"), "## Columns"))}
    assert set(told) == set(event_columns.COLUMNS)
    for column, row in told.items():
        assert all(canonical_column(header) == column for header in row[3].split(", ") if header), column


def test_every_value_of_an_event_is_told() -> None:
    told = {(words(row[0])[0], words(row[1])[0]) for row in rows(section(guide("formats"), "## Values"))}
    assert told == {(column, value) for column, values in event_columns.ENUMS.items() for value in values}


def test_the_tables_that_policies_read_are_told_as_a_whole() -> None:
    declared = {table.name for table in POLICY_TABLES}
    assert set(NIGHT_TABLES) - declared - set(words(guide("policies"))) <= set(CONTEXT_TABLES)


def test_a_format_s_table_tells_every_field() -> None:
    for name, form in formats().items():
        told = set(words(section(guide("siem"), f"## Fields of `{name}`")))
        labels = {one.name for fields in form.fields.values() for one in fields if one.name.endswith("Label")}
        assert {one.name for fields in form.fields.values() for one in fields} - told <= labels, name
