"""When no rows of a log are expected: ``[[outage]]`` and ``until``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.deployment.outages import Outage
from detector.deployment.settings import Settings, load_settings
from detector.errors import ConfigError

SITE = """\
[site]
timezone = "Asia/Shanghai"
[[source]]
name = "his"
path = "his.csv"
[[source]]
name = "old-his"
path = "old.csv"
until = 2026-05-31
"""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def read(folder: Path, outage: str, site: str = SITE) -> Settings:
    path = folder / "detector.toml"
    path.write_text(f"{site}[[outage]]\n{outage}\n", encoding="utf-8")
    return load_settings(path)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ('"2026-06-14 22:00"', '"2026-06-15 04:00"', ("2026-06-14 22:00", "2026-06-15 04:00")),
        ("2026-06-14 22:00:00", "2026-06-15T04:00:00", ("2026-06-14 22:00", "2026-06-15 04:00")),
        ("2026-06-14T14:00:00Z", '"2026-06-14T20:00:00+00:00"', ("2026-06-14 22:00", "2026-06-15 04:00")),
        ("2026-06-14", '"2026-06-15"', ("2026-06-14 00:00", "2026-06-16 00:00")),
        ('"2026-06-14 22:00"', None, ("2026-06-14 22:00", None)),
    ],
)
def test_its_times_are_the_sites(tmp_path: Path, start: str, end: str | None, expected: tuple[str, str | None]) -> None:
    settings = read(tmp_path, f'source = "his"\nstart = {start}\n' + (f"end = {end}" if end else ""))
    begin, over = expected
    assert settings.outages == (Outage("his", at(begin), over and at(over)),)


def test_a_retired_source_is_silent_from_the_next_day(tmp_path: Path) -> None:
    settings = read(tmp_path, 'source = "his"\nstart = 2026-06-14\nreason = "upgrade"')
    assert settings.sources[1].until == dt.date(2026, 5, 31)
    outage, retired = settings.planned_silences
    assert (outage.reason, retired) == ("upgrade", Outage("old-his", at("2026-06-01"), None, retired=True))
    assert [retired.covers(at(moment)) for moment in ("2026-05-31 23:59", "2026-06-01", "2030-01-01")] == [
        False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outage", "line", "told"),
    [
        ('source = "hiss"\nstart = 2026-06-14', 11, "did you mean 'his'?"),
        ("start = 2026-06-14", 10, "'source' is required"),
        ('source = "his"', 10, "'start' is missing"),
        ('source = "his"\nstart = "yesterday"', 12, "must be a time"),
        ('source = "his"\nstart = 2026-06-14\nend = 2026-06-13', 13, "later than 'start'"),
        ('source = "his"\nstart = 2026-06-14\nreasons = "x"', 13, "did you mean 'reason'?"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, outage: str, line: int, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, outage)
    assert caught.value.exit_code == 2
    assert f":{line}:" in str(caught.value)
    assert told in str(caught.value)


def test_until_is_a_date(tmp_path: Path) -> None:
    outage = 'source = "his"\nstart = 2026-06-14'
    assert read(tmp_path, outage, SITE.replace("2026-05-31", '"2026-05-31"')).sources[1].until == dt.date(2026, 5, 31)
    with pytest.raises(ConfigError, match="must be a date"):
        read(tmp_path, outage, SITE.replace("2026-05-31", '"31.5.2026"'))
