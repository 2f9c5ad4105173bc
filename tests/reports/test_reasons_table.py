"""What the table of a card's reasons shows beside their sentences."""

from __future__ import annotations

import pytest

from detector.reports.officer import _figure, is_counted


@pytest.mark.parametrize(
    ("feature", "counted"),
    [("strangers", True), ("distinct_viewers", True), ("policy:decoy-access", False), ("unusual_days", False)],
)
def test_a_reason_without_a_figure_is_not_told_as_none_a_day(feature: str, counted: bool) -> None:
    assert is_counted({"feature": feature, "value": 0.0}) == counted


def test_a_figure_is_rounded_once() -> None:
    """2.654 is 2.7 in the sentence; by way of 2.65 the column beside it would say 2.6."""
    assert f"{_figure(2.654):.1f}" == "2.7"
    assert _figure(None) is None
