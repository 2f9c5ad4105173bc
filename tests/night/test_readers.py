"""The group of `[store]`: given later it opens what is there, taken away it closes all of it again."""

from __future__ import annotations

import grp
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.trail import Trail
from detector.trail.chain import line_of
from tests.cli.test_written_files import deployment
from tests.program import called

GROUP = grp.getgrgid(os.getegid()).gr_name
MEMBER, OF = 54321, grp.getgrall()[-1]
"""The number of an account that nobody has here, and the group it is in."""
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small hospital after one night without a group."""
    site = deployment(tmp_path_factory.mktemp("judged") / "site")
    assert called(["--config", str(site), "policies", "new", "our-own"]).returncode == 0
    assert called(["--config", str(site), "run", "--quiet"]).returncode == 0
    return site


@pytest.fixture
def root(judged: Path) -> Iterator[Path]:
    """The hospital where others may come by."""
    above = Path(tempfile.mkdtemp())
    above.chmod(0o711)
    try:
        yield Path(shutil.copytree(judged, above / "site"))
    finally:
        subprocess.run(["chattr", "-a", above / "site" / "state" / "trail.jsonl"], check=False, capture_output=True)
        shutil.rmtree(above)


def give(root: Path, group: str | None) -> None:
    """Write the group into the configuration, or take it out; then run."""
    path = root / "detector.toml"
    before = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("group")]
    place = before.index("[store]") + 1
    path.write_text("\n".join([*before[:place], *([f'group = "{group}"'] if group else []), *before[place:], ""]))


def run(root: Path) -> None:
    done = called(["--config", str(root), "run", "--quiet"])
    assert done.returncode == 0, done.stderr


def modes(root: Path) -> dict[str, str]:
    kept = (path for path in root.rglob("*") if path.relative_to(root).parts[0] in {"state", "reports", "policies"})
    return {str(path.relative_to(root)): f"{stat.S_IMODE(path.stat().st_mode):o}" for path in kept}


@pytest.mark.heavy
def test_all_is_opened_and_all_is_closed_again(root: Path) -> None:
    private = modes(root)
    assert set(private.values()) == {"600", "700"}
    give(root, GROUP)
    run(root)
    shared = modes(root)
    own = {name for name, mode in shared.items() if mode in {"600", "700"}}
    assert {name for name in own if not name.endswith(".lock")} == {"state/detector.duckdb", "state/tmp"}
    assert {name for name, mode in shared.items() if mode == "660"} == {"state/trail.jsonl", "state/trail.head"}
    assert {"state/pseudonyms.key", "state/published.duckdb", "policies/our-own.sql"} < shared.keys() - own
    assert any(name.startswith("reports/") for name in shared.keys() - own)
    assert any(name.startswith("state/events/") for name in shared.keys() - own)
    give(root, None)
    run(root)
    assert set(modes(root).values()) == {"600", "700"}


def test_what_an_administrator_opened_by_hand_stays_open(root: Path) -> None:
    policy = root / "policies" / "our-own.sql"
    policy.chmod(0o644)
    (root / "state" / "events").chmod(0o755)
    run(root)
    assert stat.S_IMODE(policy.stat().st_mode) == 0o644
    assert stat.S_IMODE((root / "state" / "events").stat().st_mode) == 0o755


@pytest.fixture
def as_member() -> Run:
    """Run the command line as a member of the group who is nobody else here."""
    program = ["setpriv", f"--reuid={MEMBER}", f"--regid={MEMBER}", f"--groups={OF.gr_gid}", sys.executable]
    try:
        probe = subprocess.run([*program, "-c", "import detector.cli.shell"], check=False, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs setpriv")
    if probe.returncode:
        pytest.skip("needs root, and an installation that others may read")

    def call(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*program, "-m", "detector", *arguments], check=False, capture_output=True)

    return call


@pytest.mark.heavy
def test_a_member_reads_from_the_next_run_on_and_is_told_the_right_file_before(root: Path, as_member: Run) -> None:
    give(root, OF.gr_name)
    refused = as_member("--config", str(root), "findings")
    assert refused.returncode == 2
    assert str(root).encode() in refused.stderr
    run(root)
    part = min((root / "state" / "patient_days").iterdir())
    for command in ("findings", "show Fbcb", "user ER-n7", "events --limit 3", "report", "verify", "status"):
        done = as_member("--config", str(root), "--lang", "en", *command.split())
        assert done.returncode == 0, (command, done.stderr)
    out = root.parent / "theirs"
    out.mkdir()
    os.chown(out, MEMBER, MEMBER)
    assert as_member("--config", str(root), "events", "--out", str(out / "x.csv")).returncode == 0
    assert f"{stat.S_IMODE((out / 'x.csv').stat().st_mode):o}" == "640"
    part.chmod(0o600)
    refused = as_member("--config", str(root), "--lang", "en", "user", "ER-n7")
    assert refused.returncode == 4
    assert f"no permission to read {part}; the owner's next".encode() in refused.stderr
    assert b"damaged" not in refused.stderr


def test_entries_that_were_chained_anew_are_noticed_by_a_head_that_was_sent_out(root: Path) -> None:
    """A member who may append could rewrite what no night noted yet; the head that left with an export does not fit."""
    assert called(["--config", str(root), "triage", "Fbcb", "--disposition", "false_alarm"]).returncode == 0
    assert called(["--config", str(root), "export"]).returncode == 0
    trail = Trail.of(load_settings(root))
    number = next(one.number for one in trail.entries() if one.details.get("disposition") == "false_alarm")
    assert called(["--config", str(root), "verify"]).returncode == 0

    lines, previous = [], "0" * 64
    for line in trail.path.read_bytes().splitlines():
        entry = json.loads(line)
        del entry["hash"], entry["previous"]
        if entry["number"] == number:
            entry["disposition"] = "justified"
        told, previous = line_of(entry.pop("number"), previous, entry)
        lines.append(told)
    trail.path.write_bytes(b"".join(lines))
    head = {"number": len(lines), "hash": previous}
    (trail.folder / "trail.head").write_text(json.dumps(head).ljust(100) + "\n", encoding="utf-8")
    assert trail.check()[1] == [], "the chain itself holds"

    done = called(["--config", str(root), "--lang", "en", "verify", "--format", "ndjson"])
    assert done.returncode == 1
    (wrong,) = [one for one in map(json.loads, done.stdout.splitlines()) if not one["passed"]]
    assert "rewritten" in wrong["detail"]
    done = called(["--config", str(root), "--lang", "en", "run", "--json"])
    assert any("trail" in sentence for sentence in json.loads(done.stdout)["attention"])


@pytest.mark.heavy
def test_check_says_whether_the_trail_can_be_rewritten(root: Path) -> None:
    def told(language: str) -> str:
        done = called(["--config", str(root), "--lang", language, "check", "--format", "ndjson"])
        rows = map(json.loads, done.stdout.splitlines())
        return " ".join(sentence for row in rows if row["kind"] == "site" for sentence in row["notes"])

    assert "trail.jsonl" not in told("en")
    give(root, GROUP)
    run(root)
    assert "could rewrite it" in told("en")
    assert "也能改写" in told("zh")
    trail = root / "state" / "trail.jsonl"
    if subprocess.run(["chattr", "+a", trail], check=False, capture_output=True).returncode:
        pytest.skip("needs root and a file system that has append-only files")
    assert "cannot be rewritten" in told("en")
    assert called(["--config", str(root), "user", "ER-n7"]).returncode == 0
    run(root)
    give(root, None)
    run(root)
    assert stat.S_IMODE((root / "state").stat().st_mode) == 0o700
