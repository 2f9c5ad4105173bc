"""A context export that failed, through the commands: what is used, who says so, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.store import open_published
from detector.trail import Trail
from tests.review.conftest import STAFF, put

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]
OWN = {4: [("n3", "P9")]}
"""On this day one account opens its own record, which only the staff table can tell."""


CUT = (STAFF.partition("\n")[0] + "\n", STAFF.partition("\n")[2], STAFF[:20], "")
"""What a transfer that broke off leaves of the staff table."""


@pytest.mark.parametrize(
    "content",
    [
        None,
        # the same to a night; what is taken for a failure, tests/loading/test_context_versions.py tells
        *(pytest.param(text, marks=pytest.mark.heavy) for text in CUT),
    ],
)
def test_policies_go_on_with_the_last_good_table(site: Path, call: Call, found: Found, content: str | None) -> None:
    put(site, 4, 5, decoys=OWN)
    if content is None:
        (site / "staff.csv").unlink()
    else:
        (site / "staff.csv").write_text(content, encoding="utf-8")
    for command in ("check", "run", "status"):
        code, out, _ = call(command)
        assert code == 1, command
        assert "context table staff" in " ".join(out.split()), command
        assert "2026-06-0" in out, command
    assert found()["n3"]["policies"] == ["decoy-access", "self-lookup"]
    (site / "staff.csv").write_text(STAFF, encoding="utf-8")
    for command in ("check", "run", "status"):
        assert call(command)[0] == 0, command


@pytest.mark.heavy
def test_without_a_good_table_the_night_runs_without_it(site: Path, call: Call) -> None:
    (site / "detector.toml").write_text((site / "detector.toml").read_text() + 'roster = "roster.csv"\n')
    put(site, 4, 5, decoys={})
    assert call("check")[0] == 2
    code, out, _ = call("run", "--json", "--quiet")
    summary = json.loads(out)
    assert code == 1
    assert summary["through"] == "2026-06-04"
    (sentence,) = summary["attention"]
    assert "roster.csv cannot be read (No such file or directory)" in sentence
    assert "runs without it" in sentence
    code, out, _ = call("status", "--format", "ndjson")
    (row,) = [json.loads(out)]
    assert (code, row["attention"], [one["table"] for one in row["context"]]) == (1, ["context"], ["roster"])


def test_acceptance_is_on_record_and_ends_the_attention(site: Path, call: Call) -> None:
    (site / "staff.csv").write_text(STAFF.partition("\n")[0] + "\n", encoding="utf-8")
    assert call("run")[0] == 1
    assert call("run", "--accept-context", "staff")[0] == 0
    assert call("status")[0] == 0
    settings = load_settings(site)
    (entry,) = [one for one in Trail.of(settings).entries() if one.kind == "context"]
    assert (entry.details["table"], entry.details["rows_before"], entry.details["rows"]) == ("staff", 3, 0)
    with open_published(settings) as published:
        digest = published.connection.execute("select digest from context_tables where name = 'staff'").fetchall()
    assert digest == [(entry.details["digest"],)]
    assert call("run")[0] == 0
    assert call("verify")[0] == 0


def test_what_cannot_be_accepted_is_refused(site: Path, call: Call) -> None:
    code, _, err = call("run", "--accept-context", "staf")
    assert (code, "did you mean 'staff'?" in err) == (2, True)
    code, _, err = call("run", "--accept-context", "roster")
    assert (code, "has no file" in err) == (2, True)
    (site / "staff.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    code, out, _ = call("run", "--accept-context", "staff")
    assert (code, "cannot be accepted" in " ".join(out.split())) == (1, True)
    assert not [one for one in Trail.of(load_settings(site)).entries() if one.kind == "context"]


KILLED = """
import os, signal, sys
from pathlib import Path
from detector.deployment.settings import load_settings
from detector.loading.context_versions import ContextVersions
from detector.night.job import run_nights
from detector.progress import Silent

steps = int(sys.argv[2])
settle = ContextVersions.settle

def killed(self, date):
    global steps
    steps -= 1
    if steps == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    settle(self, date)
    if steps == 1:
        os.kill(os.getpid(), signal.SIGKILL)

ContextVersions.settle = killed
run_nights(load_settings(Path(sys.argv[1])), None, Silent(), accept_context=["staff"])
"""


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.heavy
def test_what_a_killed_run_accepted_stays_accepted(site: Path, call: Call, steps: int) -> None:
    put(site, 4, 5, 6, decoys=OWN)
    (site / "staff.csv").write_text(STAFF.partition("\n")[0] + "\n", encoding="utf-8")
    subprocess.run([sys.executable, "-c", KILLED, str(site), str(steps)], check=False, env=os.environ.copy())
    assert call("run")[0] == 0
    settings = load_settings(site)
    assert len([one for one in Trail.of(settings).entries() if one.kind == "context"]) == 1
    with open_published(settings) as published:
        assert published.connection.execute("select count(*) from staff").fetchall() == [(0,)]


def test_a_pipe_is_refused_and_not_waited_for(site: Path, call: Call) -> None:
    (site / "staff.csv").unlink()
    os.mkfifo(site / "staff.csv")
    begin = time.monotonic()
    assert call("run")[0] == 1
    assert time.monotonic() - begin < 60


def test_reports_say_which_version_was_used(site: Path, call: Call) -> None:
    (site / "staff.csv").unlink()
    assert call("run")[0] == 1
    assert call("report", "--period", "week", "--out", "report.html")[0] in {0, 1}
    assert "failed; version of 2026-06-02 in use" in (site / "report.html").read_text(encoding="utf-8")
