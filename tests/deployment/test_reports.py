"""``[[report]]`` of detector.toml: defaults, paths, and errors that name line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.deployment.reports import ReportSettings
from detector.deployment.settings import Settings, load_settings
from detector.errors import ConfigError
from detector.reports.configured import check_reports

HEAD = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "his.csv"\n'


def read(folder: Path, text: str) -> Settings:
    (folder / "detector.toml").write_text(HEAD + text, encoding="utf-8")
    return load_settings(folder)


def test_without_one_nothing_is_written(tmp_path: Path) -> None:
    assert read(tmp_path, "").reports == ()


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    (report,) = read(tmp_path, '[[report]]\nout = "reports/{date}.html"\n').reports
    assert report == ReportSettings("day", "html", tmp_path / "reports/{date}.html")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "needs 'out' or 'mail'"),
        ('out = "a"\nperiod = "year"', "report[1].period: must be one of day, week, month, not 'year'"),
        ('out = "a"\nlang = "de"', "report[1].lang: must be one of zh, en, not 'de'"),
        ('out = "a"\nmail_to = "nobody"', "report[1].mail_to: must be an address"),
        ('out = "a"\nformats = "md"', "report[1].formats: unknown key; did you mean 'format'?"),
    ],
)
def test_errors_name_the_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"[[report]]\n{text}\n")
    assert told in str(caught.value)
    assert "detector.toml:" in str(caught.value)


def test_an_unknown_format_is_told_before_the_night(tmp_path: Path) -> None:
    settings = read(tmp_path, '[[report]]\nout = "a"\nformat = "htm"\n')
    with pytest.raises(ConfigError, match="no format 'htm'; did you mean 'html'"):
        check_reports(settings)
