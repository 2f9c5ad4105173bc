"""Damage never spreads: whatever lies among them, every clean row comes out once, as it was written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from detector.sources import text_chunks
from tests.sources.damage import DAMAGES, Export, export, rows_read

SMALL = {"WINDOW_BYTES": 6000, "HEAD_BYTES": 3000, "HEADER_BYTES": 1500}


def assert_no_clean_row_is_lost(path: Path, written: Export, *, is_mixed: bool = True) -> None:
    path.write_bytes(written.content)
    found: Counter[str] = Counter()
    changed = []
    odd = 0
    for row in rows_read(path):
        if row[0].startswith("c"):
            found[row[0]] += 1
            if row != written.clean[row[0]]:
                changed.append((row, written.clean[row[0]]))
        odd += row[0] == "d"
    assert not changed
    assert found == Counter(written.clean.keys())
    assert odd >= written.odd if is_mixed else odd == written.odd


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_one_kind_of_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, encoding: str) -> None:
    assert_no_clean_row_is_lost(tmp_path / "a.csv", export(400, (damage,), encoding, seed=1), is_mixed=False)
    for name, size in SMALL.items():
        monkeypatch.setattr(text_chunks, name, size)
    assert_no_clean_row_is_lost(tmp_path / "b.csv", export(400, (damage,), encoding, seed=2, share=0.2))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "mixed"])
@pytest.mark.parametrize("window", ["small", "whole"])
def test_all_kinds_of_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: str, encoding: str) -> None:
    for name, size in SMALL.items() if window == "small" else ():
        monkeypatch.setattr(text_chunks, name, size)
    assert_no_clean_row_is_lost(tmp_path / "a.csv", export(3000, tuple(DAMAGES), encoding, seed=3, share=0.1))


@pytest.mark.heavy
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "mixed"])
def test_a_million_rows(tmp_path: Path, encoding: str) -> None:
    assert_no_clean_row_is_lost(tmp_path / "a.csv", export(1_000_000, tuple(DAMAGES), encoding, seed=4, share=0.01))
