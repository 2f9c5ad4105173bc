"""`detector policies`: a policy is begun, tried on its examples, and the tables that it could read are seen."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.cli.completion import policy_tables
from detector.deployment.settings import load_settings
from detector.model.tables import POLICY_TABLES
from detector.privacy.pseudonyms import TOKEN
from detector.trail import Trail
from tests.cli.conftest import Done

Detector = Callable[..., Done]


@pytest.fixture
def site(hospital: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the hospital, whose folder of policies can be written to."""
    folder = shutil.copytree(hospital, tmp_path / "site")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def begun(site: Path, detector: Detector) -> Path:
    """The starter, in English."""
    assert detector("--lang", "en", "policies", "new", "night-prints").code == 0
    return site / "policies" / "night-prints.sql"


def change(path: Path, old: str, new: str) -> int:
    """Change a policy; return the line of the change."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_first_policy(site: Path, detector: Detector) -> None:
    done = detector("--lang", "en", "policies", "new", "night-prints")
    assert (done.code, done.err) == (0, "")
    assert "policies/night-prints.sql is written" in done.out
    assert "detector policies test night-prints" in done.out
    for name in (
        "night-prints",
        "policies/night-prints.sql",
        "night-prints.sql",
        str(site / "policies/night-prints.sql"),
    ):
        done = detector("--lang", "en", "policies", "test", name)
        assert (done.code, done.err) == (0, "")
        assert "✓ a nurse prints two patients' records at eleven in the evening" in done.out
        assert "n1: Printed records of 2 patients at night, first at 2026-03-02 23:10, on ward-3 [2 events]" in (
            " ".join(done.out.split())
        )
        assert "fires for nobody" in done.out
        assert "All 2 examples are as expected.\nThe next `detector run` asks it" in done.out
    done = detector("--lang", "en", "policies", "new", "night-prints")
    assert (done.code, done.out) == (2, "")
    assert "exists, and is left as it is" in done.err


def test_an_example_that_is_judged_wrongly(begun: Path, detector: Detector) -> None:
    change(begun, 'fires = ["n1"]', 'fires = ["n2"]')
    line = begun.read_text(encoding="utf-8").splitlines().index("[[example]]") + 1
    done = detector("--lang", "en", "policies", "test", "night-prints")
    assert (done.code, done.err) == (1, "")
    said = " ".join(done.out.split())
    assert f"✗ a nurse prints two patients' records at eleven in the evening (line {line})" in said
    assert "fires for n1" in said
    assert "but must fire for n2" in said
    assert "1 of 2 examples are not as expected." in done.out
    wrong, right = map(json.loads, detector("policies", "test", "night-prints", "--format", "ndjson").out.splitlines())
    assert (wrong["passed"], wrong["expected"], wrong["fired"], wrong["line"]) == (False, ["n2"], ["n1"], line)
    assert f"night-prints.sql:{line}: example" in wrong["problems"][0]
    assert (right["passed"], right["fired"], right["problems"]) == (True, [], [])
    rows = list(csv.DictReader(io.StringIO(detector("policies", "test", "night-prints", "--format", "csv").out)))
    assert [row["passed"] for row in rows] == ["false", "true"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    event_id,\n", "    evnt_id,\n", 'Referenced column "evnt_id"'),
        ("    event_id,\n", "", "the select must also return event_id (a row per event) or event_ids"),
        ("    workstation\nfrom", "    1 as x\nfrom", "the select must also return workstation"),
        ("from night_events", "from night_evnts", "did you mean 'night_events'?"),
        ("version = 1 ", 'version = "1" ', "version: must be a whole number"),
        ("$night_to)", "$nigth_to)", "$nigth_to is not declared"),
    ],
)
def test_a_wrong_policy_is_one_line_with_its_place(
    begun: Path, detector: Detector, old: str, new: str, message: str
) -> None:
    line = change(begun, old, new)
    done = detector("--lang", "en", "policies", "test", "night-prints")
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.startswith(f"detector: {begun}:")
    assert abs(int(done.err.split(":")[2]) - line) <= 3
    assert done.err.count("\n") == 1


def test_rows_of_an_example_that_cannot_be_read(begun: Path, detector: Detector) -> None:
    change(
        begun, "event_time,user_id,patient_id,action,workstation\n", "event_time,user,patient_id,action,workstation\n"
    )
    done = detector("--lang", "en", "policies", "test", "night-prints")
    assert (done.code, done.err) == (1, "")
    assert "its data cannot be read: events has no column 'user'" in " ".join(done.out.split())


def test_built_in_policies_can_be_tried_and_unknown_ones_are_named(site: Path, detector: Detector) -> None:
    done = detector("--lang", "en", "policies", "test", "self-lookup")
    assert done.code == 0
    assert "as expected" in done.out
    done = detector("--lang", "en", "policies", "test", "self-lokup")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "did you mean 'self-lookup'?" in done.err


def test_a_policy_that_no_run_asks_is_said(begun: Path, detector: Detector) -> None:
    elsewhere = begun.parent.parent / begun.name
    begun.rename(elsewhere)
    assert "put it into" in detector("--lang", "en", "policies", "test", "night-prints.sql").out
    elsewhere.rename(begun)
    with (begun.parent.parent / "detector.toml").open("a", encoding="utf-8") as stream:
        stream.write("[policies.night-prints]\nenabled = false\n")
    assert "switched off" in detector("--lang", "en", "policies", "test", "night-prints").out


def last_entry(site: Path) -> dict[str, Any]:
    entry = Trail.of(load_settings(site)).entries()[-1]
    return {"kind": entry.kind, **entry.details}


def test_tables_are_seen_on_record(site: Path, detector: Detector) -> None:
    done = detector("--lang", "en", "policies", "tables", "night_events", "--limit", "2")
    assert (done.code, done.err) == (0, "")
    assert "night of 2026-06-02" in done.out
    assert "night_events: one row per event of the night. 21 rows." in done.out
    assert "Identity: the log's name with its own id" in done.out
    assert "2. source=his" in done.out
    assert "3. source" not in done.out
    assert "patient_id=P" in done.out
    assert "\u202e" not in done.out
    told = {"kind": "view", "command": "policies tables", "table": "night_events", "night": "2026-06-02", "shown": 2}
    assert last_entry(site).items() >= told.items()


def test_all_tables_for_people_and_machines(site: Path, detector: Detector) -> None:
    done = detector("policies", "tables")
    assert all(f"\n{table.name}：" in done.out for table in POLICY_TABLES)
    rows = [json.loads(line) for line in detector("policies", "tables", "--format", "ndjson").out.splitlines()]
    assert [row["table"] for row in rows] == [table.name for table in POLICY_TABLES]
    for row, table in zip(rows, POLICY_TABLES, strict=True):
        assert [column["name"] for column in row["columns"]] == list(table.names)
        assert len(row["sample"]) == min(row["rows"], 3)
        assert all(set(one) == set(table.names) for one in row["sample"])
    assert {row["table"]: row["rows"] for row in rows}.items() >= {
        "night_events": 21,
        "staff": 3,
        "patients": 8,
    }.items()
    assert "shown" in last_entry(site)


def test_tables_with_tokens(site: Path, detector: Detector) -> None:
    out = detector("policies", "tables", "--pseudonymise", "--limit", "50", "--format", "ndjson").out
    rows = {row["table"]: row["sample"] for row in map(json.loads, out.splitlines())}
    numbers = {row["patient_id"] for table in ("night_events", "patients") for row in rows[table]}
    assert all(TOKEN.fullmatch(number) for number in numbers)
    assert {row["raw"] for row in rows["night_events"]} == {None}
    assert {row["birth_date"] for row in rows["patients"]} == {None}
    assert last_entry(site)["pseudonymised"] is True
    with (site / "detector.toml").open("a", encoding="utf-8") as stream:
        stream.write("[privacy]\npseudonymise = true\n")
    assert TOKEN.search(detector("policies", "tables", "patients").out)
    assert "patient_id=P0" in detector("policies", "tables", "patients", "--reveal", "a test").out
    assert last_entry(site).items() >= {"kind": "reveal", "reason": "a test"}.items()


def test_nothing_is_shown_without_a_record(site: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    done = detector("policies", "tables", "nigt_events")
    assert (done.code, done.out) == (2, "")
    assert "'night_events'" in done.err
    (site / "state" / "trail.jsonl").unlink(missing_ok=True)
    (site / "state" / "trail.jsonl").mkdir()
    done = detector("policies", "tables", "night_events")
    assert done.code == 4
    assert "P" not in done.out


def test_the_shell_offers_tables() -> None:
    assert policy_tables("night") == ["night_events", "night_patient_days"]
