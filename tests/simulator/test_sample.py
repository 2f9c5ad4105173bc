"""The sample that ships: its rows add up to its truth, and its story names the accounts of the truth."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_logs"
TRUTH = ROOT / "tests" / "data" / "sample_logs-truth"
LIMIT = 6 * 1024 * 1024

if not SAMPLE.is_dir():
    pytest.skip("the sample is not part of this checkout", allow_module_level=True)


def test_the_rows_add_up_to_the_truth() -> None:
    rows = 0
    for path in sorted((SAMPLE / "logs").iterdir()):
        encoding = "gb18030" if path.name.startswith("his") else "utf-8"
        rows += len(gzip.decompress(path.read_bytes()).decode(encoding).splitlines()) - 1
    assert rows == sum(json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))["rows"].values())


def test_the_sample_is_small() -> None:
    files = [path for folder in ("logs", "context") for path in (SAMPLE / folder).iterdir()]
    assert sum(path.stat().st_size for path in files) < LIMIT


def test_the_story_names_the_accounts_of_the_truth() -> None:
    truth = json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))
    story = (SAMPLE / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b8\d{4}\b", story))
    guilty = {user for attack in truth["attacks"] for user in attack["user_ids"]}
    odd = {user for innocent in truth["hard_negatives"] for user in innocent["user_ids"]}
    assert guilty <= named
    assert named <= guilty | odd
