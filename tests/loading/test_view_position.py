"""How far a view was read is kept and read again as it was, for every type a watermark can have."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from detector.loading.view_position import (
    READ_AGAIN,
    REMEMBERED,
    DamagedPosition,
    ViewPosition,
    Watermark,
    is_watermark,
)

MARKS: list[Watermark] = [
    7, 2**70, 0.1, Decimal("7.10"), "2026-06-01", "操作", b"\x00\xff", date(2026, 6, 1),
    datetime(2026, 6, 1, 8, 0, 0, 1, UTC).replace(tzinfo=None), datetime(2026, 6, 1, 8, tzinfo=UTC),
    datetime(2026, 6, 1, 8, tzinfo=timezone(timedelta(hours=8))),
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_a_watermark_is_kept_as_it_was(mark: Watermark) -> None:
    kept = ViewPosition("v", "w", ("a", "b"), {mark: Counter({"d": 2})})
    read = ViewPosition.of_bytes(kept.as_bytes())
    assert read == kept
    assert type(read.start) is type(mark)
    assert is_watermark(mark)


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_what_is_no_watermark(value: object) -> None:
    assert not is_watermark(value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"known": [["int", "x", {}]], "view": "", "watermark": ""}'])
def test_what_is_damaged(content: bytes) -> None:
    with pytest.raises(DamagedPosition):
        ViewPosition.of_bytes(content)


def test_the_rows_read_last_are_read_again() -> None:
    position = ViewPosition("v", "w", ("a",))
    assert position.start is None
    for mark in range(3 * REMEMBERED):
        position.add(mark, Counter([f"d{mark}"]))
    position.forget()
    assert (position.start, position.last) == (3 * REMEMBERED - READ_AGAIN, 3 * REMEMBERED - 1)
    assert len(position.known) == REMEMBERED


def test_only_what_is_more_than_before_is_brought() -> None:
    position = ViewPosition("v", "w", ("a",))
    assert position.add(1, Counter("aab")) == Counter("aab")
    assert not position.add(1, Counter("ab"))
    assert position.add(1, Counter("aaab")) == Counter("aaa")
    assert position.add(2, Counter("a")) == Counter("a")


def test_a_watermark_of_more_rows_than_are_remembered_stays_whole() -> None:
    position = ViewPosition("v", "w", ("a",))
    position.add(1, Counter("a"))
    position.add(2, Counter(map(str, range(2 * REMEMBERED))))
    position.forget()
    assert (list(position.known), position.start) == ([2], 2)
