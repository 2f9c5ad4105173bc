"""Whether a file begins with a row, and whether rows fit a header."""

from __future__ import annotations

import pytest

from detector.sources.headerless import begins_with_row, fits

HEADER = ("event_id", "event_time", "user_id", "patient_id", "action", "client_ip")
ROW = ("e1", "2026-06-01 08:00:00", "u1", "p1", "view", "10.0.0.5")


@pytest.mark.parametrize(("rows", "expected"), [
    ((), False), ((HEADER, ROW), False), ((ROW, ROW), True), ((("view", "10.0.0.5"), ROW, ROW), True),
    ((("Zeit", "Wer", "Wen", "Was", "Wo", "Nr"), ROW), False), ((("a", "b"), ("1", "2")), False),
    ((("Ausgabe vom 2026-06-01",), HEADER, ROW), True), ((("e1", "2026/6/1 8:00", "u1"),), True),
    ((("e1", "20260601080000", "u1"),), True), ((("e1", "2026年6月1日 8时00分", "u1"),), True),
])  # fmt: skip
def test_the_first_line(rows: tuple[tuple[str, ...], ...], expected: bool) -> None:
    assert begins_with_row(rows, {}) is expected


def test_a_configured_header_is_a_header() -> None:
    assert begins_with_row((("Zeit",), ROW), {})
    assert not begins_with_row((("Zeit",), ROW), {"event_time": "Zeit"})


@pytest.mark.parametrize(("rows", "expected"), [
    ((ROW,) * 3, True), ((ROW[3:], ROW), True), ((ROW[1:], ROW[1:]), False), ((), False),
    (((ROW[1], ROW[0], *ROW[2:]),), False), (((*ROW[:4], "teleport", ROW[5]),), False),
    (((*ROW[:5], "no address"),), False), (((*ROW[:5], ""),), True), (((*ROW[:2], "", *ROW[3:]),), False),
])  # fmt: skip
def test_fitting(rows: tuple[tuple[str, ...], ...], expected: bool) -> None:
    assert fits(rows, HEADER, {}, {}) is expected


def test_the_sites_own_words_count() -> None:
    rows = ((*ROW[:4], "teleport", ROW[5]),)
    assert fits(rows, HEADER, {}, {"action": {"teleport": "view"}})
    assert not fits((ROW,), ("a", "b", "c", "d", "e", "f"), {}, {})
