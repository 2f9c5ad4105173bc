"""The one command for all tables: what it calls, and that it goes on where it was ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.simulator.plan import MAX_STAFF, MIN_STAFF
from tests.evaluation.__main__ import CODE, LOOKS, Part, look

ONE = Part("a part", "scoring", (), ("--help",))
BROKEN = Part("broken", "scoring", (), ("--no-such-word",))


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_parts_have_names_of_their_own(name: str) -> None:
    assert len({part.name for part in LOOKS[name]}) == len(LOOKS[name])


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_the_simulator_makes_hospitals_of_these_sizes(name: str) -> None:
    for part in LOOKS[name]:
        staff = int(part.words[part.words.index("--staff") + 1])
        assert MIN_STAFF <= staff <= MAX_STAFF, part.name


def test_a_shift_takes_other_hospitals(tmp_path: Path) -> None:
    fairness, measure = (next(one for one in LOOKS["quick"] if one.module == name) for name in ("fairness", "measure"))
    assert fairness.call(1000, tmp_path)[3:7] == ["--first", "1201", "--hospitals", "2"]
    assert measure.call(1000, tmp_path)[3:5] == ["--seeds", "1011"]


def test_what_is_measured_is_not_measured_again(tmp_path: Path) -> None:
    (tmp_path / CODE).write_text("other", encoding="utf-8")
    with pytest.raises(SystemExit, match="another version"):
        list(look((ONE,), 0, tmp_path))
    (tmp_path / CODE).unlink()
    (tmp_path / "a-part.md").write_text("| measured |\n", encoding="utf-8")
    found = look((ONE, BROKEN), 0, tmp_path)
    assert next(found) == "## a part\n\n| measured |\n"
    with pytest.raises(SystemExit, match="broken: not measured"):
        next(found)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a-part.md", CODE]
