"""A folder of the store in which the night's user may not write: one line that names it and says what to do."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from detector.files.permissions import is_reader
from tests.program import called

RIGHTS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""Runs a command as root, whom the rights of files bind like everybody else."""
pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
ROOT = Path(__file__).parent.parent.parent
SITE = '[site]\ntimezone = "UTC"\nlanguage = "en"\n[[source]]\nname = "a"\npath = "a.csv"\n'
ROWS = "event_time,user_id,patient_id,action\n" + "".join(
    f"2026-06-{day:02d} 08:00:00,u{user},p,view\n" for day in (1, 2, 3) for user in range(3)
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A judged deployment."""
    (tmp_path / "detector.toml").write_text(SITE)
    (tmp_path / "a.csv").write_text(ROWS)
    assert called(["-c", str(tmp_path), "run"]).returncode == 0
    return tmp_path


def bound(folder: Path, *words: str) -> tuple[int, str]:
    """Run a command that the rights of files bind; return its exit code and all that it wrote, on one line."""
    done = subprocess.run(
        [*RIGHTS, sys.executable, "-m", "detector", "-c", str(folder), *words],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "400"},
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.heavy
def test_run_and_check_name_the_folder_and_what_to_do(site: Path) -> None:
    state = site / "state"
    state.chmod(0o500)
    told = f"no permission to write in {state}: give it back to its owner (chmod u+rwx {state})"
    assert bound(site, "run") == (4, f"detector: {told}")
    code, text = bound(site, "check")
    assert (code, f"no permission to write in {state}: give it back" in text) == (2, True), text
    os.chown(state, pwd.getpwnam("nobody").pw_uid, -1)
    state.chmod(0o755)
    code, text = bound(site, "run")
    assert code == 4
    assert f"in {state}, which belongs to nobody: run as that user, or give it to this one (chown -R root" in text
    os.chown(state, 0, -1)
    state.chmod(0o700)
    (state / "events").chmod(0o500)
    code, text = bound(site, "run")
    assert (code, f"no permission to write in {state / 'events'}" in text) == (4, True)


@pytest.mark.heavy
def test_a_store_that_is_not_there_yet(site: Path) -> None:
    shutil.rmtree(site / "state")
    site.chmod(0o500)
    for command, code in (("run", 4), ("check", 2)):
        found, text = bound(site, command)
        assert (found, f"no permission to write in {site}: give it back" in text) == (code, True), text


def test_a_member_of_the_group_reads_and_is_no_night(site: Path) -> None:
    assert not is_reader(site, "nogroup"), "its owner"
    os.chown(site, 1, -1)
    assert is_reader(site, "root")
    assert not is_reader(site, None)
