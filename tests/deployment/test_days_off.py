"""Days off: what the calendar says, and what the site says beside it and where it ends."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detector.deployment.days_off import days_off, make_up_days_end
from detector.deployment.settings import Site, load_settings
from detector.errors import ConfigError
from tests.program import called

SMALLEST = '[site]\ntimezone = "Asia/Shanghai"\n{own}\n[[source]]\nname = "his"\npath = "logs/*.csv"\n'
LOG = "event_id,event_time,user_id,patient_id,action\n1,2026-06-01 08:00:00,n1,P1,view\n"


def site(calendar: str | None = "CN", holidays: str = "", working_days: str = "") -> Site:
    own = {"holidays": holidays, "working_days": working_days}
    dates = {key: tuple(map(dt.date.fromisoformat, text.split())) for key, text in own.items()}
    return Site(name="x", timezone="Asia/Shanghai", calendar=calendar, **dates)


def off(where: Site | None, *days: str) -> list[bool]:
    return list(days_off([dt.date.fromisoformat(day) for day in days], where).values())


def test_make_up_days_are_working_days() -> None:
    days = ("2026-02-14", "2026-02-17", "2026-03-03", "2026-03-07")
    assert off(site(), *days) == [False, True, False, True]
    assert off(site(calendar=None), *days) == [True, False, False, True]
    assert off(None, *days) == [True, False, False, True]


@pytest.mark.parametrize("calendar", ["CN", None])
def test_the_site_s_own_dates_stand_before_the_calendar_s(calendar: str | None) -> None:
    own = site(calendar, holidays="2027-02-11 2026-03-03", working_days="2027-02-20 2026-02-17")
    assert off(own, "2027-02-11", "2027-02-20", "2026-03-03", "2026-02-17") == [True, False, True, False]
    assert off(own, "2027-02-21", "2027-02-22") == [True, False]


def test_where_a_calendar_ends() -> None:
    end = make_up_days_end("CN")
    assert end is not None
    assert end >= 2026
    assert make_up_days_end("DE") is None
    assert make_up_days_end(None) is None
    with pytest.raises(ConfigError, match="no holidays of 'XX' are known"):
        make_up_days_end("XX")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ('holidays = "2027-02-05"', "site.holidays: must be a list of dates"),
        ('working_days = ["5 February"]', "site.working_days: must be a date such as 2026-12-31"),
        ('holidays = ["2027-02-05"]\nworking_days = [2027-02-05]', "working_days: 2027-02-05 is among the holidays"),
        ("working_day = []", "working_days"),
    ],
)
def test_what_is_no_date_is_named(tmp_path: Path, own: str, said: str) -> None:
    (tmp_path / "detector.toml").write_text(SMALLEST.format(own=own), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_settings(tmp_path)


@pytest.mark.heavy
def test_check_says_where_the_calendar_ends(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "his.csv").write_text(LOG, encoding="utf-8")
    end = make_up_days_end("CN")
    later = f"{(end or 0) + 1}-02-20"
    for own, english, chinese in (
        ("", f"are known to the end of {end}. Later ones", f"已知到 {end} 年底。之后的"),
        (f'holidays = ["{later}"]', f"the site's own dates reach {later}", f"本院自己写的日期到 {later}"),
        ('calendar = "DE"', None, None),
    ):
        (tmp_path / "detector.toml").write_text(SMALLEST.format(own=own), encoding="utf-8")
        for language, said in (("en", english), ("zh", chinese)):
            for row_format in ("table", "ndjson"):
                done = called(["--config", str(tmp_path), "--lang", language, "check", "--format", row_format])
                told = "".join(done.stdout.decode().split())
                assert ("".join(said.split()) in told) if said else ("made up" not in done.stdout.decode())
