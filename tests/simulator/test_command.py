"""``detector simulate`` as it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector", "--lang", "en", "simulate", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def test_a_hospital_is_written_and_never_overwritten(tmp_path: Path) -> None:
    words = (
        str(tmp_path / "h"),
        "--staff",
        "50",
        "--days",
        "20",
        "--kind",
        "general",
        "--attack",
        "newborn-parents:low",
    )
    done = typed(*words, *["--attack", "shared-out:high"] * 6, "--no-hard", "--no-gzip", "--truth", str(tmp_path / "t"))
    assert done.returncode == 0, done.stderr
    assert "58 accounts, 20 days" in done.stdout
    assert sorted(path.name for path in (tmp_path / "h" / "logs").iterdir()) == ["emr-202606.csv", "his-202606.csv"]
    assert (tmp_path / "t" / "truth.json").is_file()
    assert "Left out, for want of a suitable account: shared-out:high." in done.stdout
    again = typed(*words)
    assert again.returncode == 2
    assert "nothing was changed" in again.stderr


def test_wrong_words_are_one_line(tmp_path: Path) -> None:
    for words, message in (
        (("--attack", "maternty-slow"), "did you mean 'maternity-slow'?"),
        (("--start", "June"), "--start June: not a date"),
        (("--attacks", "3", "--attack", "celebrity"), "exclude each other"),
    ):
        done = typed(str(tmp_path / "h"), *words)
        assert done.returncode == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "h").exists()
