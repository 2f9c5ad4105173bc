"""``detector run`` around the night: summary, exit codes, record for the watchdog."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.cli.render.text import cells
from detector.errors import DetectorError, DiskFull, StoreBusy
from detector.night.last_run import read_run_record
from detector.progress import Progress
from detector.texts import load_texts
from tests.cli.conftest import Done
from tests.cli.findings import FINDING

Detector = Callable[..., Done]


@dataclass(frozen=True)
class Summary:
    through: date | None = date(2026, 6, 2)
    dates: list[date] = field(default_factory=lambda: [date(2026, 6, 1), date(2026, 6, 2)])
    files: list[dict[str, Any]] = field(default_factory=lambda: [{"path": "logs/his-1.csv"}])
    rows_read: int = 63
    accepted: int = 62
    duplicates: int = 0
    quarantined: int = 1
    quarantine_share: float = 1 / 63
    findings_new: int = 3
    findings_updated: int = 0
    alerts_new: list[dict[str, Any]] = field(default_factory=lambda: [FINDING])
    warnings: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    seconds: float = 1.25
    not_judged: list[str] = field(default_factory=list)
    visibility: None = None
    noted: dict[str, list[str]] = field(default_factory=dict)
    quarantine: tuple[int, ...] = ()
    arrived_at: datetime | None = None


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Summary | DetectorError], None]:
    """A deployment whose night ends as told."""
    (tmp_path / "detector.toml").write_text(
        '[site]\ntimezone = "UTC"\nname = "H"\n[[source]]\nname = "a"\npath = "x"\n'
    )
    (tmp_path / "state").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def ends(outcome: Summary | DetectorError) -> None:
        def run_nights(
            settings: object,
            through: date | None,
            progress: Progress,
            *,
            accept_context: list[str],
            language: str,
            on_open: Callable[[], None],
            start: datetime | None,
        ) -> Summary:
            if isinstance(outcome, StoreBusy):
                raise outcome
            on_open()
            progress.step("load", 1, 2, "his\x1b[31m")
            if isinstance(outcome, DetectorError):
                raise outcome
            progress.step("load", 2, 2)
            return replace(outcome, through=through or outcome.through)

        module = ModuleType("detector.night.job")
        module.run_nights = run_nights  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "detector.night.job", module)

    return ends


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_summary_says_what_was_loaded_and_what_to_do(night: Any, detector: Detector, language: str) -> None:
    night(Summary())
    done = detector("--lang", language, "run")
    assert done.code == 0
    for words in ("63", "62", "01077", "刘晓燕", "detector show 3f9ac21b", FINDING["reasons"][0]["text"][:40]):
        assert words in done.out
    assert all(cells(line) <= 80 for line in done.out.splitlines())
    assert f"{load_texts(language)('progress.load')}  1/2  his\\x1b[31m" in done.err
    assert "\x1b" not in done.err


def test_attention_exits_1_and_is_said(night: Any, detector: Detector) -> None:
    night(Summary(attention=["source emr has no file"], warnings=["source his: columns not used: 备注"]))
    done = detector("--lang", "en", "run")
    assert done.code == 1
    assert "source emr has no file" in done.out
    assert "备注" in done.out


def test_status_says_what_only_the_run_could_see(night: Any, detector: Detector, tmp_path: Path) -> None:
    told = {"en": ["source emr has no file at all"], "zh": ["来源 emr 没有任何文件"]}
    night(Summary(attention=told["en"], noted=told))
    assert detector("run").code == 1
    for language, (sentence,) in told.items():
        done = detector("--lang", language, "status")
        assert (done.code, sentence in done.out) == (1, True)
    night(Summary())
    assert detector("run").code == 0
    assert detector("status").code == 0
    night(Summary(attention=["x"], quarantine=(3, 2, 63)))
    assert detector("run").code == 1
    night(Summary(rows_read=0, files=[]))
    assert detector("run").code == 0
    done = detector("--lang", "en", "status")
    assert (done.code, "3 of 63 rows were not understood" in done.out) == (1, True), "until rows are read again"
    night(Summary(quarantine=(3, 0, 63)))
    assert detector("run").code == 0
    assert detector("status").code == 0


def test_json_goes_to_stdout_alone(night: Any, detector: Detector) -> None:
    night(Summary())
    done = detector("run", "--json", "--quiet", "--through", "2026-06-01")
    assert done.err == ""
    summary = json.loads(done.out)
    assert summary["through"] == "2026-06-01"
    assert summary["alerts_new"][0]["finding_id"] == "3f9ac21b"
    assert done.out.count("\n") == 1


def test_quiet_says_nothing(night: Any, detector: Detector) -> None:
    night(Summary())
    assert detector("run", "--quiet") == Done(0, "", "")


def test_fail_on_findings(night: Any, detector: Detector) -> None:
    night(Summary())
    assert detector("run", "--fail-on-findings").code == 1
    night(Summary(alerts_new=[]))
    assert detector("run", "--fail-on-findings").code == 0


def test_nothing_new(night: Any, detector: Detector) -> None:
    night(Summary(dates=[], rows_read=0, accepted=0, quarantined=0, files=[], alerts_new=[]))
    assert "nothing new" in detector("--lang", "en", "run").out


def test_the_record_tells_good_failed_and_killed_runs_apart(night: Any, detector: Detector, tmp_path: Path) -> None:
    state = tmp_path / "state"
    night(Summary(attention=["x"]))
    detector("run")
    good = read_run_record(state)
    assert good.exit_code == 1
    assert good.good_through == "2026-06-02"
    night(DiskFull("the disk is full"))
    assert detector("run").code == 4
    failed = read_run_record(state)
    assert (failed.exit_code, failed.message) == (4, "the disk is full")
    assert (failed.good_at, failed.good_through) == (good.good_at, good.good_through)


def test_a_busy_store_is_one_line_and_leaves_the_other_runs_record(
    night: Any, detector: Detector, tmp_path: Path
) -> None:
    night(Summary())
    detector("run")
    before = read_run_record(tmp_path / "state")
    night(StoreBusy("another run is at work: process 17"))
    done = detector("--lang", "en", "run")
    assert done.code == 4
    assert done.err.endswith("detector: another run is at work: process 17\n")
    assert read_run_record(tmp_path / "state") == before
