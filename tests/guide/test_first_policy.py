"""The first policy of the guide: every step gives what the page says, up to the finding."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.guide.markdown import blocks, guide, section
from tests.review.conftest import HEADER, night

WALK = section(guide("policies"), "## Your first policy")
PROMPT = "$ detector --lang en policies test night-prints\n"


@pytest.mark.heavy
def test_the_walk(site: Path, call: Any, found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (commands,) = blocks(WALK, "sh")
    for line in commands.splitlines():
        code, _, err = call("--lang", "en", *line.split()[1:])
        assert (code, err) == (0, ""), line
    right, wrong = blocks(WALK, "console")
    assert call("--lang", "en", "policies", "test", "night-prints") == (0, right.removeprefix(PROMPT), "")
    path = site / "policies" / "night-prints.sql"
    text = path.read_text(encoding="utf-8")
    (statement,) = blocks(WALK, "sql")
    assert text.endswith(statement)
    (change,) = re.findall(r"With `(night_from = \d+)`:", WALK)
    path.write_text(re.sub(r"^night_from = 22", change, text, flags=re.MULTILINE), encoding="utf-8")
    assert call("--lang", "en", "policies", "test", "night-prints") == (1, wrong.removeprefix(PROMPT), "")
    path.write_text(text, encoding="utf-8")
    for command in re.findall(r"`detector (policies tables[^`]*)`", WALK):
        code, out, _ = call(*command.split())
        assert code == 0
        assert "night_events" in out
    rows = "2026-06-03 23:10:00,n2,P1,print,note\n2026-06-03 09:00:00,n3,P1,print,note\n"
    rows += "".join(f"2026-06-04 08:0{number}:00,n{number},P1,view,note\n" for number in (1, 2, 3))
    (site / "his-04.csv").write_text(HEADER + rows, encoding="utf-8")
    assert night(site).warnings == []
    findings = found()
    assert "night-prints" in findings["n2"]["policies"]
    assert "night-prints" not in findings["n3"]["policies"]
