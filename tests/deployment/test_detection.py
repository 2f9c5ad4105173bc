"""``[detection]``: every key has a default, a type and bounds, and a column of the table that SQL reads."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import duckdb
import pytest

from detector.database.site_rules import create_site_rules
from detector.deployment.detection import BOUNDS, DEFAULTS, DetectionSettings
from detector.deployment.settings import load_settings
from detector.errors import ConfigError
from detector.model.tables.night import SITE_RULES
from detector.texts import load_texts

SMALLEST = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "logs/*.csv"\n[detection]\n'


def loaded(folder: Path, text: str) -> DetectionSettings:
    path = folder / "detector.toml"
    path.write_text(SMALLEST + text, encoding="utf-8")
    return load_settings(path).detection


def test_nothing_said_is_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == DEFAULTS


def test_what_is_said_replaces_the_default(tmp_path: Path) -> None:
    said = loaded(tmp_path, 'office_words = ["档案"]\nnight_from = 21\ncover_share = 0.5\nkiosk_words = []\n')
    assert (said.office_words, said.night_from, said.cover_share) == (("档案",), 21, 0.5)
    assert said.kiosk_words == ()
    assert said.night_to == DEFAULTS.night_to


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("nigth_from = 22", "nigth_from", "did you mean 'night_from'"),
        ("night_from = 24", "night_from", "a whole number from 0 to 23"),
        ("night_from = 21.5", "night_from", "a whole number"),
        ("night_from = '22'", "night_from", "must be a number, not a text"),
        ("night_from = true", "night_from", "not true or false"),
        ("night_to = 22", "night_to", "must differ"),
        ("night_from = 6", "night_from", "must differ"),
        ("month_end_to = 0", "month_end_to", "from 1 to 31"),
        ("cover_share = 0", "cover_share", "a share above 0"),
        ("cover_days = 0", "cover_days", "from 1 to 31"),
        ("follow_up_notes = 0", "follow_up_notes", "from 1"),
        ("care_team_days_after = -1", "care_team_days_after", "from 0 to 366"),
        ("office_codes = 'QC'", "office_codes", "a list of texts"),
        ("office_codes = ['']", "office_codes", "a list of texts"),
    ],
)
def test_a_mistake_names_line_and_key(tmp_path: Path, text: str, key: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)) as caught:
        loaded(tmp_path, text)
    assert (caught.value.line, caught.value.key) == (7, f"detection.{key}")


def test_defaults_lie_within_their_bounds() -> None:
    assert set(BOUNDS) <= {field.name for field in fields(DetectionSettings)}
    assert all(least <= getattr(DEFAULTS, key) <= most for key, (least, most) in BOUNDS.items())


def test_the_table_has_the_keys_in_their_order() -> None:
    assert SITE_RULES.names == tuple(field.name for field in fields(DetectionSettings))
    types = {int: "integer", float: "double", tuple: "varchar[]"}
    assert SITE_RULES.types == {name: types[type(getattr(DEFAULTS, name))] for name in SITE_RULES.names}


def test_words_and_codes_are_compared_in_one_case() -> None:
    connection = duckdb.connect()
    create_site_rules(connection, DetectionSettings(office_codes=("Qc",), office_words=("Billing",), kiosk_words=()))
    (row,) = connection.execute("select office_codes, office_words, kiosk_words, night_from from site_rules").fetchall()
    assert row == (["QC"], ["billing"], [], 22)


def test_the_commented_file_names_defaults(tmp_path: Path) -> None:
    block = load_texts("en").entries["init.template"].split("# [detection]")[1].split("\n\n")[0].splitlines()[1:]
    said = loaded(tmp_path, "\n".join(line.removeprefix("# ") for line in block))
    assert set(said.office_words) <= set(DEFAULTS.office_words)
    assert [getattr(said, field.name) for field in fields(said) if field.name != "office_words"] == [
        getattr(DEFAULTS, field.name) for field in fields(said) if field.name != "office_words"
    ]
