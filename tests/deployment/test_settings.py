from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.deployment.key_lines import key_lines
from detector.deployment.settings import PRIVATE_NETWORKS, load_settings
from detector.errors import ConfigError

SMALLEST = """\
[site]
timezone = "Asia/Shanghai"
[[source]]
name = "his"
path = "logs/*.csv"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "detector.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(folder, text))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return caught.value


def test_the_smallest_file_gets_the_documented_defaults(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SMALLEST))
    assert settings.site.name == tmp_path.name
    assert settings.site.language == "zh"
    assert settings.site.calendar == "CN"
    assert settings.site.internal_networks == PRIVATE_NETWORKS
    assert settings.store.path == tmp_path / "state" / "detector.duckdb"
    assert settings.store.quarantine_limit == 0.01
    assert settings.alerting.budget == 2.0
    assert settings.alerting.learning_days == 14
    assert settings.alerting.random_share == 0.0
    assert settings.alerting.stale_hours == 30
    assert settings.sources[0].path == str(tmp_path / "logs" / "*.csv")
    assert settings.sources[0].format is None
    assert settings.context.staff is None
    assert settings.digest == hashlib.sha256(SMALLEST.encode()).hexdigest()


def test_every_key_of_the_contract_is_read(tmp_path: Path) -> None:
    settings = load_settings(
        written(
            tmp_path,
            """
[site]
name = "H"
timezone = "Europe/Berlin"
language = "en"
calendar = "DE-BY"
internal_networks = ["10.0.0.0/8", "fd00::/8"]
sensitive_departments = ["OB"]
vip_patients = "context/vip.csv"
decoy_patients = "/srv/decoys.csv"
[store]
path = "keep/d.duckdb"
group = "audit"
quarantine_limit = 0
[[source]]
name = "his"
format = "csv"
path = "a.csv"
encoding = "gb18030"
delimiter = "\\t"
[source.columns]
user_id = "工号"
[source.values.action]
"病历浏览" = "view"
[[source]]
name = "emr"
format = "ndjson"
path = "b.ndjson"
[context]
staff = "s.csv"
patients = "p.csv"
encounters = "e.csv"
care_team = "c.csv"
roster = "r.csv"
approvals = "a.csv"
[alerting]
budget = 3
learning_days = 7
random_share = 0.1
stale_hours = 26.5
[officers]
"liu" = "01077"
[policies.decoy-access]
limit = 3
""",
        )
    )
    assert settings.site.calendar == "DE-BY"
    assert settings.site.vip_patients == tmp_path / "context" / "vip.csv"
    assert settings.site.decoy_patients == Path("/srv/decoys.csv")
    assert settings.store.path == tmp_path / "keep" / "d.duckdb"
    assert settings.sources[0].delimiter == "\t"
    assert settings.sources[0].columns == {"user_id": "工号"}
    assert settings.sources[0].values == {"action": {"病历浏览": "view"}}
    assert settings.sources[1].name == "emr"
    assert settings.context.approvals == tmp_path / "a.csv"
    assert settings.alerting.budget == 3.0
    assert settings.officers == {"liu": "01077"}
    assert settings.policies == {"decoy-access": {"limit": 3}}
    assert settings.lines["policies", "decoy-access", "limit"] == 44


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        (SMALLEST.replace("timezone", "timezon"), 2, "site.timezon", "did you mean 'timezone'"),
        (SMALLEST.replace("path", "file"), 5, "source[1].file", "known: name, format, path"),
        (SMALLEST + "[alertng]\n", 6, "alertng", "did you mean 'alerting'"),
        (SMALLEST + "[alerting]\nbudjet = 2\n", 7, "alerting.budjet", "did you mean 'budget'"),
        (SMALLEST + "[alerting]\nbudget = '2'\n", 7, "alerting.budget", "must be a number, not a text"),
        (SMALLEST + "[alerting]\nbudget = true\n", 7, "alerting.budget", "not true or false"),
        (SMALLEST + "[alerting]\nbudget = -1\n", 7, "alerting.budget", "0 or more"),
        (SMALLEST + "[alerting]\nbudget = nan\n", 7, "alerting.budget", "0 or more"),
        (SMALLEST + "[alerting]\nlearning_days = 1.5\n", 7, "alerting.learning_days", "whole number"),
        (SMALLEST + "[alerting]\nrandom_share = 2\n", 7, "alerting.random_share", "between 0 and 1"),
        (SMALLEST + "[store]\nquarantine_limit = 1.1\n", 7, "store.quarantine_limit", "between 0 and 1"),
        (SMALLEST + "[store]\ngroup = ''\n", 7, "store.group", "must not be empty"),
        (SMALLEST.replace("Asia/Shanghai", "Asia/Shangai"), 2, "site.timezone", "unknown time zone"),
        (SMALLEST.replace("Asia/Shanghai", "../etc"), 2, "site.timezone", "unknown time zone"),
        (SMALLEST.replace("[site]", "[site]\nlanguage = 'fr'"), 2, "site.language", "zh, en"),
        (SMALLEST.replace("[site]", "[site]\ncalendar = 'China'"), 2, "site.calendar", "country code"),
        (SMALLEST.replace("[site]", "[site]\ninternal_networks = ['10.0.0.1/8']"), 2, "site.internal_networks", "host"),
        (SMALLEST.replace("[site]", "[site]\ninternal_networks = '10.0.0.0/8'"), 2, "site.internal_networks", "list"),
        (SMALLEST.replace('"his"', '"h:s"'), 4, "source[1].name", "letters, digits"),
        (SMALLEST + "[[source]]\nname = 'his'\npath = 'x'\n", 7, "source[2].name", "earlier source"),
        (SMALLEST + "encoding = 'gb18031'\n", 6, "source[1].encoding", "unknown encoding"),
        (SMALLEST + "timezone = 'Mars'\n", 6, "source[1].timezone", "unknown time zone 'Mars'"),
        (SMALLEST + "time_format = '%d/%m/%Y'\n", 6, "source[1].time_format", "lacks the hour"),
        (SMALLEST + "time_format = ['%d/%m/%Y %H:%M', '%H:%M']\n", 6, "source[1].time_format[2]", "lacks the year"),
        (SMALLEST + "time_format = []\n", 6, "source[1].time_format", "must not be empty"),
        (
            SMALLEST + "[source.columns]\nevent_time = ['a', 'b', 'c']\n", 7, "source[1].columns.event_time",
            "a list of two",
        ),
        (SMALLEST + "delimiter = '||'\n", 6, "source[1].delimiter", "one character"),
        (SMALLEST + "[source.columns]\nuserid = '工号'\n", 7, "source[1].columns.userid", "did you mean 'user_id'"),
        (SMALLEST + "[source.values.actoin]\n", 6, "source[1].values.actoin", "did you mean 'action'"),
        (
            SMALLEST + "[source.values.action]\n'浏览' = 'veiw'\n", 7, "source[1].values.action.浏览",
            "did you mean 'view'",
        ),
        (SMALLEST + "[officers]\nliu = 1077\n", 7, "officers.liu", "must be a text"),
        (SMALLEST.replace("[[source]]", "[source]"), 3, "source", "two brackets"),
        (SMALLEST.replace('timezone = "Asia/Shanghai"\n', ""), 1, "site", "'timezone' is required"),
        ('[site]\ntimezone = "UTC"\n', None, None, "at least one [[source]]"),
        ('[site]\ntimezone = "UTC\n', 2, None, "not valid TOML"),
        ("[site]\nname = 'a'\nname = 'b'\n", 3, None, "not valid TOML"),
    ],
)  # fmt: skip
def test_every_mistake_names_file_line_and_key(
    tmp_path: Path, text: str, line: int | None, key: str | None, words: str
) -> None:
    error = complaint(tmp_path, text)
    assert (error.line, error.key) == (line, key)
    assert words in str(error)
    assert str(error).startswith(str(tmp_path / "detector.toml"))


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="detector init"):
        load_settings(tmp_path)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "detector.toml").write_bytes(b'[site]\nname = "\xb2\xe2"\n')
    with pytest.raises(ConfigError, match=r"detector\.toml:2: is not UTF-8"):
        load_settings(tmp_path)


def test_a_byte_order_mark_is_welcome(tmp_path: Path) -> None:
    (tmp_path / "detector.toml").write_text(SMALLEST, encoding="utf-8-sig")
    assert load_settings(tmp_path).site.timezone == "Asia/Shanghai"


def test_lines_are_found_behind_multi_line_values_and_quoted_keys() -> None:
    text = '''
a = [
  "b = 1", # ]
  "]",
]
"键 = 一" = """
c = 2
"""
d.e = { f = 1, "g" = 2 }
[[t]]
x = 1
[t.u]
y = 1
[[t]]
x = 2
[[t.v]]
z = 1
'''
    lines = key_lines(text)
    assert lines["a",] == 2
    assert lines["键 = 一",] == 6
    assert ("b",) not in lines
    assert ("c",) not in lines
    assert lines["d", "e"] == 9
    assert lines["d", "e", "g"] == 9
    assert lines["t", 0, "u", "y"] == 13
    assert lines["t", 1, "x"] == 15
    assert lines["t", 1, "v", 0, "z"] == 17


@given(st.text())
def test_the_line_scan_never_fails_on_text(text: str) -> None:
    key_lines(text)
