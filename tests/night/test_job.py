"""The nightly job, from the middle of a history on: night by night, killed, late, again, and on a clean hospital."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.detection.features import BY_ID
from detector.detection.patterns import patterns
from detector.findings.reading import KEYS, read_findings
from detector.night.job import run_nights
from detector.night.summary import RunSummary
from detector.policies.catalogue import built_in_policies
from detector.privacy.pseudonyms import TOKEN
from detector.progress import Silent
from detector.simulator import AttackOrder, SimulationPlan, simulate
from detector.store import open_published
from detector.texts.language import Language
from tests.conftest import THREADS

pytestmark = pytest.mark.heavy  # a night on the sample is run and read by tests/test_wheelhouse.py as well
CHECKOUT = Path(__file__).parents[2]
DAYS = 19
MIDDLE = dt.date(2026, 6, 15)
"""Logs are exported at three at night; on this date the history is cut for the runs that go on from there."""
KILLED = """
import os, signal, sys, threading
from pathlib import Path
from detector.night.job import run_nights
from detector.deployment.settings import load_settings

class Killer:
    steps = int(sys.argv[2])
    def step(self, name, done, total, detail=""):
        self.steps -= 1
        if self.steps == 0:
            threading.Timer(float(sys.argv[3]), os.kill, (os.getpid(), signal.SIGKILL)).start()

run_nights(load_settings(Path(sys.argv[1])), None, Killer())
"""

FOUR_THREADS = """
import functools, sys
from pathlib import Path
import detector.night.job as night
from detector.progress import Silent
from detector.deployment.settings import load_settings

night.open_store = functools.partial(night.open_store, threads=4)
night.run_nights(load_settings(Path(sys.argv[1])), None, Silent())
"""


def run(folder: Path) -> RunSummary:
    return run_nights(load_settings(folder / "detector.toml"), None, Silent())


def findings(folder: Path, language: Language = "zh") -> list[dict[str, Any]]:
    with open_published(load_settings(folder / "detector.toml")) as store:
        return read_findings(store.connection, language)


def lines(folder: Path) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in findings(folder))


def kept(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_published(load_settings(folder / "detector.toml")) as store:
        return store.connection.execute(sql).fetchall()


def cut(folder: Path, whole: Path, date: dt.date | None) -> None:
    """Let the logs of a site be those of another as they were exported in the night to ``date``."""
    for path in (whole / "logs").iterdir():
        content = path.read_bytes()
        found = re.search(rf"{date}[ T]0[3-9]".encode(), content) if date else None
        end = content.rfind(b"\n", 0, found.start()) + 1 if found else len(content)
        (folder / "logs" / path.name).write_bytes(content[:end])


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty accounts; two of them steal, one opens a planted record, and one looks itself up."""
    folder = tmp_path_factory.mktemp("hospital") / "site"
    orders = tuple(
        map(AttackOrder.parse, ("decoy-access:high", "maternity-slow:high", "bulk-export:high", "self-lookup:high"))
    )
    simulate(folder, SimulationPlan(staff=60, days=DAYS, seed=8, attacks=orders, hard=False, compress=False))
    config = folder / "detector.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("learning_days = 14", "learning_days = 10"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def caught_up(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run over the whole history; only to be read."""
    folder = shutil.copytree(hospital, tmp_path_factory.mktemp("caught-up") / "site")
    summary = run(folder)
    assert len(summary.dates) in {DAYS - 1, DAYS}  # whether the last day is over, the last rows tell
    (folder / "alerts.json").write_text(json.dumps(summary.alerts_new, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def middle(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the history up to its middle, to go on from in a copy."""
    folder = shutil.copytree(hospital, tmp_path_factory.mktemp("middle") / "site")
    cut(folder, hospital, MIDDLE)
    assert run(folder).through == MIDDLE - dt.timedelta(days=1)
    return folder


@pytest.fixture
def site(middle: Path, tmp_path: Path) -> Path:
    return shutil.copytree(middle, tmp_path / "site")


def test_nights_on_growing_files_give_what_one_catch_up_gives(hospital: Path, caught_up: Path, site: Path) -> None:
    date = MIDDLE + dt.timedelta(days=1)
    while date <= dt.date(2026, 6, DAYS):
        cut(site, hospital, date)
        assert run(site).dates == [date - dt.timedelta(days=1)]
        date += dt.timedelta(days=1)
    cut(site, hospital, None)
    run(site)
    assert lines(site) == lines(caught_up)


def test_killed_at_random_moments_and_started_again(hospital: Path, caught_up: Path, site: Path) -> None:
    cut(site, hospital, None)
    draw = random.Random(6)
    killed = 0
    for step in (1, 3, 2, 3, 4, 5):
        arguments = [str(site / "detector.toml"), str(step), f"{draw.uniform(0, 0.9):.3f}"]
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run([sys.executable, "-c", KILLED, *arguments], env=environment, check=False)
        killed += done.returncode < 0
    assert killed >= 3
    run(site)
    assert lines(site) == lines(caught_up)
    for table in ("dates", "label_days", "evidence_days", "account_spans"):
        sql = f"select * {'exclude (part_watermark)' if table == 'dates' else ''} from {table} order by all"
        assert kept(site, sql) == kept(caught_up, sql), table


def test_the_number_of_threads_changes_no_byte(hospital: Path, caught_up: Path, site: Path) -> None:
    """Four threads where the other run had as many as its worker has processors: one, or two."""
    cut(site, hospital, None)
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    environment |= {"PYTHONPATH": str(CHECKOUT), "POLARS_MAX_THREADS": "4"}
    subprocess.run([sys.executable, "-c", FOUR_THREADS, str(site / "detector.toml")], env=environment, check=True)
    assert lines(site) == lines(caught_up)


def test_late_rows_change_later_evidence_and_keep_what_was_raised(hospital: Path, site: Path) -> None:
    cut(site, hospital, None)
    before = {one["finding_id"]: one for one in findings(site)}
    early, last = MIDDLE - dt.timedelta(days=5), MIDDLE - dt.timedelta(days=1)
    components = "[harvest_any_2, harvest_any_10, harvest_any_40]"
    sql = f"select user_id, {components} from evidence_days where business_date = '{early}' order by user_id"
    evidence = dict(kept(site, sql))
    path = next(one for one in (site / "logs").iterdir() if one.name.startswith("emr"))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    user = sorted(evidence)[3]
    known = {row["patient_id"] for row in rows if row["user_id"] == user}
    strangers = sorted({row["patient_id"] or "" for row in rows} - known - {""})[:12]
    late = []
    for number, patient in enumerate(strangers):
        row = next(row for row in rows if row["user_id"] == user) | {"event_id": f"LATE{number}", "patient_id": patient}
        row |= {
            "event_time": f"{early} 20:{number:02d}:00",
            "action": "view",
            "category": "demographics",
            "visit_id": "",
        }
        late.append(row | {"reason": ""})
    with (site / "logs" / "emr-late.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows([*late, late[0]])
    summary = run(site)
    assert summary.dates[0] == MIDDLE
    assert kept(site, "select duplicates from files where contains(path, 'emr-late')") == [(1,)]
    count = "select count(*), count(distinct event_id) from events where contains(event_id, 'LATE')"
    assert kept(site, count) == [(len(strangers), len(strangers))]
    after_evidence = dict(kept(site, sql))
    changed = {user for user, values in after_evidence.items() if values != evidence.get(user)}
    assert user in changed
    assert max(after_evidence[user]) > max(evidence[user])
    after = {one["finding_id"]: one for one in findings(site)}
    assert before
    for identity, one in before.items():
        assert after[identity]["detected_on"] == one["detected_on"]
        assert one["alerted_on"] in {None, after[identity]["alerted_on"]}
        assert one["last_seen_on"] <= after[identity]["last_seen_on"]
    assert all(one["detected_on"] > str(last) for identity, one in after.items() if identity not in before)


def test_a_second_run_does_nothing(caught_up: Path) -> None:
    before = lines(caught_up)
    summary = run(caught_up)
    assert (summary.dates, summary.rows_read, summary.findings_new, summary.findings_updated) == ([], 0, 0, 0)
    assert summary.alerts_new == []
    assert lines(caught_up) == before


def test_who_steals_is_alerted_and_a_planted_record_the_same_night(hospital: Path, caught_up: Path) -> None:
    truth = json.loads((hospital.parent / "site-truth" / "truth.json").read_text(encoding="utf-8"))
    found = {one["user_id"]: one for one in findings(caught_up)}
    for attack in truth["attacks"]:
        (one,) = (found[user] for user in attack["user_ids"])
        assert set(attack["expected_patterns"]) & set(one["patterns"]), attack
        assert attack["start"] <= one["detected_on"] <= attack["end"]
        if attack["scenario"] == "decoy-access":
            assert one["alerted_on"] == attack["start"]
        if attack["scenario"] == "maternity-slow":
            assert one["alert"]


REASON = {
    "feature": str,
    "value": float,
    "own_baseline": float,
    "peer_baseline": float,
    "contribution": float,
    "text": str,
}
TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(KEYS, (str, type(None))),
    **dict.fromkeys(("finding_id", "subject", "case_id", "severity", "status"), str),
    **dict.fromkeys(("patterns", "reasons", "policies", "event_ids", "explained", "alerted_by"), list),
    **dict.fromkeys(("patients", "records", "accesses", "decoys"), int),
    "risk": float, "alert": bool, "sampled": bool, "method": dict,
}  # fmt: skip


def test_what_a_run_says_names_no_record_number(caught_up: Path) -> None:
    told = (caught_up / "alerts.json").read_text(encoding="utf-8")
    numbers = {str(row[0]) for row in kept(caught_up, "select distinct patient_id from patient_days")}
    assert "self-lookup" in told
    assert TOKEN.search(told)
    assert not numbers & set(re.findall(r"\w+", told))
    own = next(one for one in findings(caught_up) if "self-lookup" in one["policies"])
    assert numbers & set(re.findall(r"\w+", own["reasons"][0]["text"]))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_findings_are_what_the_contract_says(caught_up: Path, language: Language) -> None:
    found = findings(caught_up, language)
    assert [one["risk"] for one in found] == sorted((one["risk"] for one in found), reverse=True)
    assert len({one["finding_id"] for one in found}) == len(found)
    known = {row[0] for row in kept(caught_up, "select event_id from events")}
    policies = {policy.id for policy in built_in_policies()}
    for one in found:
        assert list(one) == list(KEYS)
        for key, kind in TYPES.items():
            assert isinstance(one[key], kind), (key, one[key])
        assert one["severity"] in {"low", "medium", "high", "critical"}
        assert one["status"] in {"open", "confirmed", "justified", "false_alarm", "escalated"}
        assert one["account_type"] in {None, "human", "service", "vendor", "kiosk"}
        assert {"account": one["user_id"], "record": one["patient_id"], "source": one["source"]}[one["subject"]]
        assert [one["user_id"], one["patient_id"], one["source"]].count(None) == 2
        for key in ("detected_on", "last_seen_on", "window_start", "window_end"):
            assert str(dt.date.fromisoformat(one[key])) == one[key]
        assert one["detected_on"] <= one["last_seen_on"]
        assert one["window_start"] <= one["window_end"] <= one["last_seen_on"]
        assert one["alert"] is (one["alerted_on"] is not None)
        assert one["alerted_on"] is None or one["detected_on"] <= one["alerted_on"]
        assert 0 <= one["risk"] <= 100
        assert one["patterns"]
        assert set(one["patterns"]) <= set(patterns())
        assert set(one["policies"]) <= policies
        assert one["records"] >= one["patients"] >= 0
        assert one["accesses"] >= 0
        assert len(one["event_ids"]) == len(set(one["event_ids"])) <= 1000
        assert set(one["event_ids"]) <= known
        assert one["reasons"]
        for reason in one["reasons"]:
            assert list(reason) == list(REASON)
            assert all(reason[key] is None or isinstance(reason[key], kind) for key, kind in REASON.items()), reason
            assert (
                reason["feature"] in BY_ID.keys() | {"unusual_days", "distinct_viewers"}
                or "policy:" in reason["feature"]
            )
            assert reason["text"]
        shares = [reason["contribution"] for reason in one["reasons"]]
        assert sum(shares) == pytest.approx(1, abs=1e-9)
        assert shares == sorted(shares, reverse=True)
        for line in one["explained"]:
            assert list(line) == ["text", "share"]
            assert line["text"]
            assert line["share"] is None or 0 <= line["share"] <= 1


def test_a_clean_hospital_stays_quiet(tmp_path: Path) -> None:
    folder = tmp_path / "clean"
    simulate(folder, SimulationPlan(staff=60, days=21, seed=5, clean=True, compress=False))
    run(folder)
    alerts = [one for one in findings(folder) if one["alert"]]
    # the budget is one alert in four months of such a hospital; a month of history cannot keep it to the letter
    assert len(alerts) <= 1, [(one["user_id"], one["patterns"], one["risk"]) for one in alerts]
