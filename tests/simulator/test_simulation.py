"""The files of a simulated hospital: deterministic, countable, readable, incomplete where real ones are."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.model.event_columns import COLUMNS, ENUMS
from detector.simulator import SimulationPlan
from detector.simulator.context_files import CARE_TEAM_KEPT
from detector.simulator.dialects import DIALECTS
from detector.simulator.plan import AttackOrder
from tests.simulator.conftest import Simulated, made


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_equal_plans_write_equal_bytes(tmp_path: Path) -> None:
    plan = SimulationPlan(staff=55, days=12, seed=3)
    first, second = made(tmp_path / "a" / "h", plan), made(tmp_path / "b" / "h", plan)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    other = made(tmp_path / "c" / "h", replace(plan, seed=4))
    assert digests(first.folder) != digests(other.folder)
    assert first.truth == second.truth


def test_every_row_is_accounted_for(hospital: Simulated, clean: Simulated) -> None:
    for simulated in (hospital, clean):
        seen: Counter[str] = Counter()
        for source in ("his", "emr"):
            width = len(COLUMNS)
            lines: Counter[str] = Counter()
            for path in simulated.logs(source):
                lines.update(simulated.text(path).splitlines()[1:])
            good = {line: n for line, n in lines.items() if _readable(line, width, source, simulated)}
            seen["malformed"] += sum(lines.values()) - sum(good.values())
            seen["unique"] += len(good)
            seen["duplicates"] += sum(good.values()) - len(good)
        assert dict(seen) == simulated.truth.rows


def _readable(line: str, width: int, source: str, simulated: Simulated) -> bool:
    fields = next(csv.reader([line]))
    header = list(DIALECTS[simulated.plan.kind].his_header) if source == "his" else list(COLUMNS)
    if len(fields) != width:
        return False
    row = dict(zip(header, fields, strict=True))
    return row["event_time"].startswith("2026") and "-13-" not in row["event_time"] and bool(row["user_id"])


def test_the_logs_decode_and_hold_canonical_values(hospital: Simulated) -> None:
    his = hospital.logs("his")[0]
    assert "操作类型" in his.read_bytes().decode("gb18030").splitlines()[0]
    with pytest.raises(UnicodeDecodeError):
        his.read_bytes().decode("utf-8")
    rows = hospital.rows(hospital.logs("emr")[0])[:5000]
    assert tuple(rows[0]) == COLUMNS
    for column, allowed in ENUMS.items():
        values = {row[column] for row in rows if None not in row.values() and row["user_id"]}
        assert values - {""} <= set(allowed), column


def test_the_configuration_is_valid(hospital: Simulated, clean: Simulated) -> None:
    for simulated in (hospital, clean):
        settings = load_settings(simulated.folder / "detector.toml")
        assert [source.name for source in settings.sources] == ["his", "emr"]
        content = tomllib.loads((simulated.folder / "detector.toml").read_text(encoding="utf-8"))
        header = simulated.text(simulated.logs("his")[0]).splitlines()[0].split(",")
        assert set(content["source"][0]["columns"].values()) <= set(header)
        departments = {row["department"] for row in simulated.context("staff")}
        assert set(content["site"]["sensitive_departments"]) <= departments


def test_the_truth_has_the_layout_that_scorers_read(hospital: Simulated) -> None:
    truth = json.loads((hospital.truth_folder / "truth.json").read_text(encoding="utf-8"))
    assert set(truth) == {
        "start", "days", "staff", "seed", "rows", "attacks", "hard_negatives", "leaks", "events_csv",
    }  # fmt: skip
    assert set(truth["attacks"][0]) == {
        "id", "scenario", "start", "end", "intensity", "expected_patterns", "user_ids", "n_events", "n_patients",
        "n_records",
    }  # fmt: skip
    assert set(truth["hard_negatives"][0]) == {"id", "kind", "start", "end", "user_ids"}
    assert set(truth["leaks"][0]) == {"name", "kind", "patients", "known_on", "culprits", "dates"}
    with (hospital.truth_folder / truth["events_csv"]).open(encoding="utf-8") as stream:
        events = list(csv.DictReader(stream))
    assert list(events[0]) == ["attack_id", "event_id", "event_time", "user_id", "patient_id"]
    assert Counter(e["attack_id"] for e in events) == {
        a["id"]: a["n_events"] for a in truth["attacks"] if a["n_events"]
    }


def test_most_of_a_leak_was_opened_by_the_culprit_before_the_patient_complained(hospital: Simulated) -> None:
    harvests = [leak for leak in hospital.truth.leaks if leak.kind == "harvest"]
    assert {leak.kind for leak in hospital.truth.leaks} >= {"harvest", "ward-nurse", "front-desk", "technician"}
    for leak in harvests:
        first: dict[str, str] = {}
        for event in hospital.truth.events:
            if event.user_id in leak.culprits:
                first[event.patient_id] = min(first.get(event.patient_id, "9"), event.event_time[:10])
        own = [on for patient, on in zip(leak.patients, leak.dates, strict=True) if first.get(patient, "9") < on]
        assert len(own) >= 0.75 * len(leak.patients)


def test_malicious_events_stand_in_the_logs(hospital: Simulated) -> None:
    logged: dict[str, tuple[str, str]] = {}
    header = {chinese: name for name, chinese in DIALECTS["maternity"].his_header.items()}
    for source in ("his", "emr"):
        for path in hospital.logs(source):
            for row in hospital.rows(path):
                named = {header.get(k, k): v for k, v in row.items() if k}
                logged[named["event_id"]] = (named["user_id"] or "", named.get("patient_id") or "")
    for event in hospital.truth.events:
        assert logged[event.event_id] == (event.user_id, event.patient_id)


def test_context_is_as_incomplete_as_real_context(hospital: Simulated) -> None:
    staff = {row["user_id"]: row for row in hospital.context("staff")}
    rostered = {row["user_id"] for row in hospital.context("roster")}
    departments = {row["department"] for row in staff.values() if row["account_type"] == "human"}
    assert departments - {staff[user]["department"] for user in rostered}, "some department keeps no roster"
    team = hospital.context("care_team")
    assert {row["relation"] for row in team} >= {"nurse", "attending", "appointment", "order"}
    wards = {row["department"] for row in hospital.context("encounters") if row["kind"] == "inpatient"}
    named = {staff[row["user_id"]]["department"] for row in team if row["relation"] == "nurse"}
    assert wards - named, "some ward names no nurse"
    stays = [
        row for row in hospital.context("encounters") if row["kind"] == "inpatient" and row["start"] > "2026-06-01"
    ]
    attended = {row["patient_id"] for row in team if row["relation"] == "attending"}
    share = sum(row["patient_id"] in attended for row in stays) / len(stays)
    assert CARE_TEAM_KEPT - 0.1 < share < 1.0
    assert {row["status"] for row in staff.values()} == {"active", "left"}
    nursing = [(row["user_id"], row["patient_id"]) for row in team if row["relation"] == "nurse"]
    where = {
        row["patient_id"]: row["department"] for row in hospital.context("encounters") if row["kind"] == "inpatient"
    }
    elsewhere = Counter(user for user, patient in nursing if where.get(patient) != staff[user]["department"])
    assert max(elsewhere.values()) > 15, "somebody moved, and the staff table does not know"
    assert any(row["allowed_categories"] for row in staff.values())


def test_patients_are_known_and_decoys_are_left_alone(clean: Simulated) -> None:
    known = {row["patient_id"] for row in clean.context("patients")}
    decoys = {row["patient_id"] for row in clean.context("decoys")}
    touched = {row["patient_id"] for path in clean.logs("emr") for row in clean.rows(path) if row["patient_id"]}
    assert decoys <= known
    assert len(touched - known) <= clean.truth.rows["malformed"]
    assert not touched & decoys
    assert not clean.truth.attacks
    assert not clean.truth.hard_negatives


def test_nobody_works_before_joining_or_after_leaving(clean: Simulated) -> None:
    staff = clean.context("staff")
    starts = {row["user_id"]: row["start_date"] for row in staff}
    ends = {row["user_id"]: row["end_date"] for row in staff}
    for path in clean.logs("emr"):
        for row in clean.rows(path):
            user = row["user_id"]
            if user not in starts or row["event_time"][:7] not in ("2026-06", "2026-07"):
                continue
            assert row["event_time"][:10] >= starts[user]
            if ends[user]:
                morning = dt.datetime.fromisoformat(ends[user]) + dt.timedelta(days=1, hours=9, minutes=30)
                assert row["event_time"][:19] <= morning.isoformat(sep=" ")


def test_a_log_gap_is_silent(tmp_path: Path) -> None:
    plan = SimulationPlan(staff=50, days=16, seed=2, attacks=(AttackOrder("log-gap", "high"),), hard=False)
    gap = made(tmp_path / "h", plan)
    whole = made(tmp_path / "w", replace(plan, attacks=()))
    (attack,) = gap.truth.attacks
    assert (attack.user_ids, attack.n_events) == ((), 0)
    assert gap.truth.rows["unique"] < whole.truth.rows["unique"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"staff": 10}, "staff must be between 50 and 5000, not 10"),
        ({"days": 0}, "days must be at least 1, not 0"),
        ({"kind": "dental"}, "kind is one of maternity, general, not dental"),
    ],
)
def test_impossible_plans_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SimulationPlan(**change)  # type: ignore[arg-type]
