"""What the patterns of ``time_format`` mean, and which make no time."""

from __future__ import annotations

import re

import pytest

from detector.deployment.time_format import settled_by, time_pattern


@pytest.mark.parametrize(("pattern", "text", "form"), [
    ("%d/%m/%Y %H:%M", "06/07/2026 14:05", "2026-07-06 14:05:00"),
    ("%y-%m-%d %H:%M:%S", "26-06-01 15:05:12", "'26-06-01 15:05:12"),
    ("%m/%d/%Y %I:%M %p", "6/13/2026 2:05", "2026-6-13 2:05:00"),
    ("%Y-%d-%m %H:%M:%S.%f", "2026-13-06 14:05:09.25", "2026-06-13 14:05:09.25"),
    ("%d%m%Y%H%M%S", "13062026140509", "2026-06-13 14:05:09"),
    ("%Y年%m月%d日 %p%I时%M分", "2026年6月1日 3时05分", "2026-6-1 3:05:00"),
    ("%a, %d %b %Y %H:%M:%S %z", "13 @6@ 2026 14:05:09 +0800", "2026-6-13 14:05:09 +0800"),
    ("%H.%M.%S %d/%m/%y", "14.05.09 13/06/26", "'26-06-13 14:05:09"),
    ("%F %T", "2026-06-13 14:05:09", "2026-06-13 14:05:09"),
])  # fmt: skip
def test_a_pattern_rewrites_what_it_reads(pattern: str, text: str, form: str) -> None:
    meant = time_pattern(pattern)
    assert re.fullmatch(meant.regex, text)
    assert re.sub(meant.regex, meant.rewrite, text) == form


@pytest.mark.parametrize(("pattern", "said"), [
    ("%d/%m %H:%M", "lacks the year"), ("%Y/%d %H:%M", "lacks the month"), ("%m/%Y %H:%M", "lacks the day"),
    ("%d/%m/%Y", "lacks the hour"), ("%d/%m/%Y %I:%M", "add %p"), ("%d/%d/%m/%Y %H", "has %d twice"),
    ("%d/%m/%Y %Q", "has %Q, which is not known"), ("%d/%m/%Y %H:%M %", "single %"), ("fileMan date", "lacks the year"),
])  # fmt: skip
def test_what_makes_no_time_is_said(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        time_pattern(pattern)


@pytest.mark.parametrize(("patterns", "order"), [
    (("%d/%m/%Y %H:%M",), "day_first"), (("%m-%d-%y %H:%M",), "month_first"), (("%Y-%d-%m %H:%M",), None),
    (("%d %b %Y %H:%M",), None), (("%d/%m/%Y %H:%M", "%y-%m-%d %H:%M"), "day_first"), ((), None),
    (("%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p"), None), (("fileman",), None),
])  # fmt: skip
def test_patterns_settle_the_order_of_day_and_month(patterns: tuple[str, ...], order: str | None) -> None:
    assert settled_by(patterns) == order
