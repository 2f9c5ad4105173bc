"""Times in every form that hospitals' systems and spreadsheets write, read back as what was meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.deployment.log_sources import Source
from detector.loading.loaded_file import LoadedFile
from detector.loading.row_times import RowTimes
from detector.model.event_columns import COLUMNS
from detector.store.schema import create_tables

SHANGHAI = "Asia/Shanghai"
LATEST = dt.datetime(2100, 1, 1)  # noqa: DTZ001 - UTC, as the store keeps times
FILE = LoadedFile(1, "his", "logs/a.csv", "csv", "")
A_TIME = "2026-06-01 15:05:12"

Read = tuple[str | None, str | None]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as store:
        create_tables(store)
        yield store


def read(
    connection: duckdb.DuckDBPyConnection,
    *texts: str,
    zone: str | None = None,
    formats: tuple[str, ...] = (),
    column: str = "local_time",
) -> list[Read]:
    """Return the time and the problem of each text, of one chunk of a source."""
    connection.execute("delete from time_orders")
    source = Source("his", "csv", "logs/*", timezone=zone, time_format=formats)
    times = RowTimes(connection, SHANGHAI, source, LATEST)
    times.create_macros()
    size = len(texts)
    rows = {name: pa.nulls(size, pa.string()) for name in (*COLUMNS, "problem")}
    rows |= {"row_number": pa.array(range(1, size + 1)), "event_time": pa.array(texts, pa.string())}
    rows |= {"user_id": pa.array(["u1"] * size), "content": pa.array(texts, pa.string())}
    connection.register("canonical_rows", pa.table(rows))
    times.type_rows(FILE)
    return [
        (None if wall is None else str(wall), problem)
        for wall, problem in connection.execute(
            f"select {column}, problem from typed_rows order by row_number"
        ).fetchall()
    ]


FORMS = """
2026/6/1 下午 3:05:12
2026-06-01 下午3:05:12
2026年6月1日 下午3时05分12秒
2026年06月01日15时05分12秒
2026年6月1日15点5分12秒

2026/6/1 星期一 15:05:12
2026年6月1日星期一 15:05:12
2026/06/01(周一) 15:05:12
2026-06-01 週一 15:05:12
2026-6-1 下午 03:05:12

２０２６－０６－０１　１５：０５：１２
２０２６年６月１日　１５：０５：１２
2026年6月1日 PM 3:05:12
6/1/2026, 3:05:12\u202fPM#
2026-06-01 3:05:12 p.m.

01-JUN-26 03.05.12.000000 PM
01-JUN-2026 15:05:12
01-Jun-26 15:05:12
01-6月 -26 03.05.12.000000 下午
01-6月-26 03.05.12.000000 下午

01-JUN-26 03.05.12.000000 PM +08:00
01-JUN-26 07.05.12.000000 AM +00:00
01-JUN-26 03.05.12 PM ASIA/SHANGHAI
1-6月 -2026 15:05:12

20260601150512
20260601 150512
20260601T150512
20260601 15:05:12
20260601T070512Z
20260601150512+0800
20260601150512.000

Mon Jun 01 15:05:12 2026
Mon, 01 Jun 2026 15:05:12 +0800
Mon Jun 01 2026 15:05:12 GMT+0800 (China Standard Time)

Monday, June 1, 2026 3:05:12 PM
Jun  1 2026  3:05:12:000PM
01/Jun/2026:15:05:12 +0800
1 June 2026 15:05:12
2026-Jun-01 15:05:12

2026-06-01T15:05:12+08:00[Asia/Shanghai]
2026-06-01 15:05:12.000 +0800 CST
2026-06-01 07:05:12 GMT
2026-06-01 07:05:12 UTC
2026-06-01 15:05:12 UTC+8

2026-06-01-15.05.12.000000
15:05:12 2026-06-01
01JUN2026:15:05:12
Mon 01 Jun 2026 03:05:12 PM
2026.06.01 15.05.12
="2026-06-01 15:05:12"
'2026-06-01 15:05:12
\u200e2026/6/1 15:05:12

2026/06/01_15:05:12
2026/6/1_15:05:12
20260601-150512
2026-06-01 15:05:12 北京时间
北京时间 2026年6月1日 下午3:05:12
/Date(1780297512000)/
/Date(1780297512000+0800)/

2026/6/1 150512
2026-06-01T15:05:12.000+0800
1780297512
1780297512000
"""


@pytest.mark.parametrize("forms", FORMS.strip().split("\n\n"))
def test_one_instant_in_every_form(connection: duckdb.DuckDBPyConnection, forms: str) -> None:
    settled = ("%m/%d/%Y %H:%M",) if "#" in forms else ()
    texts = forms.replace("#", "").splitlines()
    assert dict(zip(texts, read(connection, *texts, formats=settled), strict=True)) == dict.fromkeys(
        texts, (A_TIME, None)
    )


@pytest.mark.parametrize(("text", "wall"), [
    ("2026/6/1 上午 12:05", "2026-06-01 00:05:00"), ("2026/6/1 下午 12:05", "2026-06-01 12:05:00"),
    ("2026/6/1 凌晨 3:05", "2026-06-01 03:05:00"), ("2026/6/1 凌晨12:05", "2026-06-01 00:05:00"),
    ("2026/6/1 中午12:05", "2026-06-01 12:05:00"), ("2026/6/1 中午1:05", "2026-06-01 13:05:00"),
    ("2026/6/1 晚上8:05", "2026-06-01 20:05:00"), ("2026-06-01 12:05 AM", "2026-06-01 00:05:00"),
    ("2026-06-01 12:05 PM", "2026-06-01 12:05:00"), ("2026/6/1 下午 15:05", "2026-06-01 15:05:00"),
    ("2026年6月1日 15时05分", "2026-06-01 15:05:00"), ("2026年6月1日 15点", "2026-06-01 15:00:00"),
    ("202606011505", "2026-06-01 15:05:00"), ("20260601 1505", "2026-06-01 15:05:00"),
    ("20260601 9:05", "2026-06-01 09:05:00"), ("2026/6/1 9:05", "2026-06-01 09:05:00"),
    ("01-JUN-26 03.05.12.123456 PM", "2026-06-01 15:05:12.123456"), ("05/05/2026 14:05", "2026-05-05 14:05:00"),
    ("01-JAN-99 03.05.12 AM", "1999-01-01 03:05:12"), ("20260601150512123", "2026-06-01 15:05:12.123000"),
])  # fmt: skip
def test_hours_of_twelve_and_times_without_seconds(connection: duckdb.DuckDBPyConnection, text: str, wall: str) -> None:
    assert read(connection, text) == [(wall, None)]


@pytest.mark.parametrize(("text", "said"), [
    ("20260601", "event_time is a date without a time"), ("2026-06-01", "event_time is a date without a time"),
    ("2026年6月1日", "event_time is a date without a time"), ("13/06/2026", "event_time is a date without a time"),
    ("01-JUN-26", "event_time is a date without a time"),
    ("13/06/26 15:05", "event_time has a year of two digits; set time_format of the source"),
    ("26-06-01 15:05:12", "event_time has a year of two digits; set time_format of the source"),
    ("2026-06-01 13:05 AM", "event_time is not a time"), ("2026/6/1 晚上12:05", "event_time is not a time"),
    ("31/02/2026 10:00", "event_time is not a time"), ("3260501.08", "event_time is not a time"),
    ("2026-06-01 15:05:12 CST", "event_time names a zone that can be several; set timezone of the source"),
    ("Mon Jun 01 15:05:12 IST 2026", "event_time names a zone that can be several; set timezone of the source"),
    ("06/07/2026 14:05", "the order of day and month is not settled; set time_format of the source"),
    ("13/06/2026 14:05", "the order of day and month is not settled; set time_format of the source"),
])  # fmt: skip
def test_what_is_no_time_or_not_settled_says_why(connection: duckdb.DuckDBPyConnection, text: str, said: str) -> None:
    assert read(connection, text) == [(None, f"{said}: {text}")]


def test_the_zone_of_a_source_is_that_of_its_times_and_of_abbreviations(connection: duckdb.DuckDBPyConnection) -> None:
    texts = ("2026-06-01 15:05:12", "2026/6/1 15:05:12", "2026-06-01 15:05:12 CST", "2026-06-01 15:05:12 +08:00")
    utc = read(connection, *texts, zone="UTC", column="event_time")
    assert utc == [(A_TIME, None)] * 3 + [("2026-06-01 07:05:12", None)]
    assert [wall for wall, _ in read(connection, *texts, zone="UTC")] == ["2026-06-01 23:05:12"] * 3 + [A_TIME]
    assert [wall for wall, _ in read(connection, *texts[:3], zone="America/Chicago", column="event_time")] == [
        "2026-06-01 20:05:12"
    ] * 3


@pytest.mark.parametrize(("formats", "text", "wall"), [
    (("%d/%m/%Y %H:%M",), "06/07/2026 14:05", "2026-07-06 14:05:00"),
    (("%d/%m/%Y %H:%M",), "06/07/2026 14:05:09", "2026-07-06 14:05:09"),
    (("%m/%d/%Y %I:%M %p",), "06/07/2026 02:05 PM", "2026-06-07 14:05:00"),
    (("%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p"), "06/07/2026 02:05 PM", "2026-06-07 14:05:00"),
    (("%y-%m-%d %H:%M:%S",), "26-06-01 15:05:12", A_TIME), (("%y-%m-%d %H:%M:%S",), A_TIME, A_TIME),
    (("%Y-%d-%m %H:%M:%S",), "2026-01-06 15:05:12", A_TIME), (("%d%m%Y%H%M%S",), "01062026150512", A_TIME),
    (("%Y%m%d%H",), "2026060115", "2026-06-01 15:00:00"), (("%H:%M:%S %d.%m.%Y",), "15:05:12 01.06.2026", A_TIME),
    (("%H:%M:%S %d/%m/%y",), "15:05:12 01/06/26", A_TIME),
    (("fileman",), "3260501.08", "2026-05-01 08:00:00"), (("fileman",), "3260601.150512", A_TIME),
    (("fileman",), "2260501.1", "1926-05-01 10:00:00"),
])  # fmt: skip
def test_patterns_stand_beside_the_known_forms(
    connection: duckdb.DuckDBPyConnection, formats: tuple[str, ...], text: str, wall: str
) -> None:
    assert read(connection, text, formats=formats)[0][0] == wall


def test_a_row_against_the_order_of_time_format_is_no_time(connection: duckdb.DuckDBPyConnection) -> None:
    (found,) = read(connection, "06/13/2026 14:05:09", formats=("%d/%m/%Y %H:%M",))
    assert str(found[1]).startswith("event_time does not fit the order of day and month; ")


def _twelve(at: dt.datetime) -> str:
    return f"{(at.hour - 1) % 12 + 1}:{at:%M:%S}"


DAYS = "一二三四五六日"
WIDE = str.maketrans("0123456789:-", "０１２３４５６７８９：－")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WRITERS: dict[str, Callable[[dt.datetime], str]] = {
    "plain": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "slashes": lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M:%S}",
    "half days": lambda at: f"{at.year}/{at.month}/{at.day} {'上午' if at.hour < 12 else '下午'} {_twelve(at)}",
    "Chinese": lambda at: (
        f"{at.year}年{at.month}月{at.day}日 星期{DAYS[at.weekday()]} {at.hour}时{at.minute}分{at.second}秒"
    ),
    "Oracle": lambda at: f"{at.day:02}-{MONTHS[at.month - 1]}-{at:%y} {at:%I.%M.%S}.000000 {at:%p}",
    "Oracle in Chinese": lambda at: (
        f"{at.day:02}-{at.month}月 -{at:%y} {at:%I.%M.%S}.000000 {'上午' if at.hour < 12 else '下午'}"
    ),
    "compact": lambda at: f"{at:%Y%m%d %H%M%S}",
    "full width": lambda at: f"{at:%Y-%m-%d %H:%M:%S}".translate(WIDE),
    "mail": lambda at: f"{at:%a, %d %b %Y %H:%M:%S} +0800",
    "US": lambda at: f"{at.month}/{at.day}/{at.year} {_twelve(at)} {at:%p}",
    "zone": lambda at: f"{at - dt.timedelta(hours=8):%Y-%m-%dT%H:%M:%S}Z",
}  # fmt: skip


@given(st.datetimes(dt.datetime(1992, 1, 1), dt.datetime(2069, 12, 31)))  # noqa: DTZ001 - wall clocks
@settings(max_examples=40, deadline=None)
def test_an_instant_is_read_back_from_every_form(connection: duckdb.DuckDBPyConnection, at: dt.datetime) -> None:
    whole = at.replace(microsecond=0)
    texts = [write(whole) for write in WRITERS.values()]
    found = read(connection, *texts, formats=("%m/%d/%Y %H:%M",))
    assert dict(zip(WRITERS, found, strict=True)) == dict.fromkeys(WRITERS, (str(whole), None))
