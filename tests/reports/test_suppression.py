"""No figure of a small unit can be read, nor worked out from what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.reports.suppression import K, small_units, together

SIZES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 12), max_size=8)


@given(SIZES)
def test_what_is_added_up_is_large_enough_or_everything(sizes: dict[str, int]) -> None:
    hidden = small_units(sizes)
    assert all(sizes[unit] >= K for unit in sizes if unit not in hidden)
    if hidden and hidden != set(sizes):
        assert sum(sizes[unit] for unit in hidden) >= K


@given(SIZES)
def test_nothing_is_hidden_without_need(sizes: dict[str, int]) -> None:
    if all(size >= K for size in sizes.values()):
        assert not small_units(sizes)


def test_a_single_small_unit_takes_the_next_one_along() -> None:
    assert small_units({"a": 2, "b": 6, "c": 9}) == {"a", "b"}
    assert small_units({"a": 2, "b": 3, "c": 9}) == {"a", "b"}


def test_too_few_in_all_are_not_shown() -> None:
    assert together([{"accounts": 2, "n": 4}, {"accounts": 2, "n": 5}], ("n",)) is None
    assert together([{"accounts": 2, "n": 4}, {"accounts": 3, "n": 5}], ("n",)) == {"n": 9}
    assert together([], ("n",)) is None
