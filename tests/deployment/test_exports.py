"""``[[export]]`` of detector.toml: defaults, paths, and errors that name line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.deployment.exports import Export
from detector.deployment.settings import Settings, load_settings
from detector.errors import ConfigError

HEAD = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "his.csv"\n'


def read(folder: Path, text: str) -> Settings:
    (folder / "detector.toml").write_text(HEAD + text, encoding="utf-8")
    return load_settings(folder)


def test_without_one_nothing_is_delivered(tmp_path: Path) -> None:
    assert read(tmp_path, "").exports == ()


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    text = '[[export]]\nformat = "cef"\nto = "out/alerts.cef"\nca_file = "ca.pem"\n'
    (export,) = read(tmp_path, text).exports
    assert export == Export(to=str(tmp_path / "out/alerts.cef"), format="cef", name="cef", ca_file=tmp_path / "ca.pem")


@pytest.mark.parametrize("target", ["-", "udp://10.0.0.9:514", "https://splunk.example:8088"])
def test_what_is_no_file_stays(tmp_path: Path, target: str) -> None:
    assert read(tmp_path, f'[[export]]\nformat = "ecs"\nto = "{target}"\n').exports[0].to == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('format = "cef"', "export[1]: 'to' is required"),
        ('to = "x"', "export[1]: 'format' is required"),
        ('to = "x"\nformat = "cef"\nformatt = 1', "export[1].formatt: unknown key; did you mean 'format'?"),
        ('to = "x"\nformat = "cef"\nall = "yes"', "export[1].all: must be true or false, not a text"),
        ('to = "x"\nformat = "cef"\nbatch = 0', "export[1].batch: must be a whole number from 1, not 0"),
        ('to = "x"\nformat = "cef"\ntime_limit = 0', "export[1].time_limit: must be more than 0 seconds, not 0"),
        ('to = "x"\nformat = "cef"\nframing = "lf"', "export[1].framing: must be one of octet-counting, newline"),
        ('to = "x"\nformat = "cef"\nlanguage = "fr"', "export[1].language: must be one of zh, en"),
        ('to = "x"\nformat = "cef"\nclient_key = "k"', "export[1].client_key: needs a client_certificate beside it"),
        (
            'to = "x"\nformat = "cef"\n[[export]]\nto = "y"\nformat = "cef"',
            "export[2].name: 'cef' names an earlier export already",
        ),
        (
            'to = "x"\nformat = "cef"\n[[export]]\nto = "x"\nformat = "cef"\nname = "b"',
            "export[2].to: 'cef' delivers this format there already",
        ),
    ],
)
def test_errors_name_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"[[export]]\n{text}\n")
    assert message in str(caught.value)
    assert caught.value.line is not None
    assert caught.value.line >= 6


def test_one_bracket_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"write \[\[export\]\] with two brackets"):
        read(tmp_path, '[export]\nto = "x"\n')
