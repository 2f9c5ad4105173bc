"""A deployment whose logs name no patient says so first, everywhere, and nothing is green."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.sources.context_tables import CONTEXT_TABLES
from detector.texts import load_texts
from tests.cli.conftest import Done

Detector = Callable[..., Done]
VERDICT = "日志中没有患者编号，无法判断任何访问"
TOML = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "his.csv"\n'


def log(header: str, patient: Callable[[int], str] = lambda number: f"p{number}") -> str:
    rows = [
        f"2026-06-0{day} 09:{user}{number}:00,u{user},{patient(number)},view,demographics"
        for day in (1, 2, 3)
        for user in range(3)
        for number in range(5)
    ]
    return "\n".join([f"event_time,user_id,{header},action,category", *rows]) + "\n"


@pytest.fixture(scope="module")
def blind_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blind")
    (folder / "detector.toml").write_text(TOML)
    (folder / "his.csv").write_text(log("流水"))
    return folder


@pytest.mark.heavy
def test_a_blind_site_says_so_first_everywhere(blind_site: Path, detector: Detector) -> None:
    for command in (["check"], ["run"], ["status"]):
        done = detector("-c", str(blind_site), *command)
        assert done.code == 1, command
        assert done.out.replace("\n", "").startswith(VERDICT), command
    assert "2026-06-03 有日志，尚未判断" in detector("-c", str(blind_site), "run").out
    listed = detector("-c", str(blind_site), "findings")
    assert (listed.code, listed.out.replace("\n", "").startswith(VERDICT)) == (0, True)
    assert "没有线索。以上只就已判断的" in listed.out
    summary = json.loads(detector("-c", str(blind_site), "run", "--json", "--quiet").out)
    assert summary["visibility"]["blind"] is True
    assert summary["attention"][0].startswith(VERDICT)
    state = json.loads(detector("-c", str(blind_site), "status", "--format", "ndjson").out)
    assert (state["visibility"]["share_without_patient"], state["attention"]) == (1.0, ["blind"])
    first = json.loads(detector("-c", str(blind_site), "check", "--format", "ndjson").out.splitlines()[0])
    assert (first["kind"], first["visibility"]["blind"]) == ("visibility", True)
    for name in ("md", "html", "json"):
        text = detector("-c", str(blind_site), "report", "--period", "week", "--format", name).out
        before = text.partition(VERDICT)[0]
        assert VERDICT in text
        assert "没有" not in before
        assert 'class="good"' not in text
        assert '"tone": "good"' not in text
    detector("-c", str(blind_site), "report", "--mail", str(blind_site / "r.eml"))
    assert (blind_site / "r.eml").exists()


def test_most_operations_without_patient_are_blind_as_well(tmp_path: Path, detector: Detector) -> None:
    (tmp_path / "detector.toml").write_text(TOML)
    (tmp_path / "his.csv").write_text(log("patient_id", lambda number: "" if number < 3 else f"p{number}"))
    done = detector("-c", str(tmp_path), "check")
    assert done.code == 1
    assert done.out.startswith("日志中 60% 的病历操作没有患者编号")
    (tmp_path / "detector.toml").write_text(TOML + "[detection]\nblind_share = 0.6\n")
    assert detector("-c", str(tmp_path), "check").code == 0


def test_what_each_missing_table_costs_is_said(blind_site: Path, detector: Detector) -> None:
    done = detector("-c", str(blind_site), "check").out.replace("\n", "").replace(" ", "")
    say = load_texts("zh")
    for name in CONTEXT_TABLES:
        table = f"{say.name('context_table', name)}（{name}）：未配置，{say(f'report.without_{name}')}"
        assert table.replace(" ", "") in done, name
