"""The sample that ships: its rows add up to its truth, and its story names the accounts of the truth."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.program import called
from tests.sample import FILES, LOGS, SAMPLE, TRUTH

TESTS = SAMPLE.parent / "tests"
LIMIT = 6 * 1024 * 1024

if not SAMPLE.is_dir():
    pytest.skip("the sample is not part of this checkout", allow_module_level=True)


def test_the_rows_add_up_to_the_truth() -> None:
    rows = 0
    for path in (SAMPLE / name for name in LOGS):
        encoding = "gb18030" if path.name.startswith("his") else "utf-8"
        rows += len(gzip.decompress(path.read_bytes()).decode(encoding).splitlines()) - 1
    assert rows == sum(json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))["rows"].values())


def test_the_sample_is_what_its_command_writes(tmp_path: Path) -> None:
    """Later attacks and oddities of the simulator draw their own chance: the story in the README stays true."""
    story = (SAMPLE / "README.md").read_text(encoding="utf-8")
    command = next(line for line in story.splitlines() if line.startswith("    detector simulate sample_logs"))
    words = shlex.split(command)[3:-2]
    done = called(
        ["simulate", str(tmp_path / "site"), *words, "--start", "2026-06-01", "--truth", str(tmp_path / "truth")]
    )
    assert done.returncode == 0, done.stderr
    for name in FILES:
        if name.startswith(("logs/", "context/")):
            assert (tmp_path / "site" / name).read_bytes() == (SAMPLE / name).read_bytes(), name
    for name in ("truth.json", "truth-events.csv"):
        assert (tmp_path / "truth" / name).read_bytes() == (TRUTH / name).read_bytes(), name


def test_the_sample_is_small() -> None:
    assert sum((SAMPLE / name).stat().st_size for name in FILES) < LIMIT


@pytest.mark.needs_program("git")
@pytest.mark.skipif(not (SAMPLE.parent / ".git").exists(), reason="git knows nothing of this folder")
def test_tests_copy_what_the_repository_holds() -> None:
    """Nothing else: somebody may be running the sample in the same checkout."""
    listed = subprocess.run(["git", "ls-files", "."], cwd=SAMPLE, capture_output=True, text=True, check=True)
    assert sorted(FILES) == sorted(listed.stdout.split())


def test_no_test_works_in_the_sample_itself() -> None:
    in_place = re.compile(
        r"""(?:[A-Z]|parents?(?:\[\d\])?)\)? / ["']sample_logs["']|hospital["'], ["']sample_logs["']"""
    )
    named = [
        f"{path.relative_to(TESTS)}: {line.strip()}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if in_place.search(line) and path.name != "sample.py"
    ]
    assert not named, "`tests.sample.copy_sample` copies what ships, without anybody's state"


def test_the_story_names_the_accounts_of_the_truth() -> None:
    truth = json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))
    story = (SAMPLE / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b8\d{4}\b", story))
    guilty = {user for attack in truth["attacks"] for user in attack["user_ids"]}
    odd = {user for innocent in truth["hard_negatives"] for user in innocent["user_ids"]}
    assert guilty <= named
    assert named <= guilty | odd
