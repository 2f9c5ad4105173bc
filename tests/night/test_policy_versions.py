"""A site changes a policy between nights: the finding tells what was asked on which, the evidence holds the texts."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from detector.policies.catalogue import built_in_policies
from detector.policies.header import read_policy
from detector.policies.policy import Policy
from tests.review.conftest import night, put


def write(site: Path, version: int, condition: str) -> Policy:
    """Put a policy into the site's folder, as hospital IT would begin one."""
    path = site / "policies" / "own.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'/*\nid = "own"\nversion = {version}\npattern = "vip-snooping"\nseverity = "low"\nalert = false\n'
        'subject = "account"\ntitle = "Own"\nreason = "{events} events: {patient_id}"\nwhy = "a rule"\n'
        'misses = "much"\nfalse_causes = "none"\ncheck = ["ask"]\n'
        '[[example]]\nname = "yes"\nnight = 2026-03-02\nfires = ["n1"]\n'
        'events = """\nevent_time,user_id,patient_id,action\n2026-03-02 08:00:00,n1,P1,view\n"""\n'
        '[[example]]\nname = "no"\nnight = 2026-03-02\nfires = []\n*/\n'
        f"select user_id, event_id, patient_id from night_events where user_id = 'n1' and {condition}\n",
        encoding="utf-8",
    )
    return read_policy(path, built_in=False)


def policies_of(finding: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (one["id"], one["version"], one["sha256"], one["first_on"], one["last_on"])
        for one in finding["method"]["policies"]
    ]


@pytest.fixture
def changed(site: Path) -> tuple[Path, Policy, Policy]:
    """The site after two more nights, the own policy having changed between them; its file is gone since."""
    first = write(site, 1, "is_access")
    put(site, 4, decoys={})
    night(site)
    second = write(site, 2, "action = 'view'")
    put(site, 5, decoys={})
    night(site)
    second.path.unlink()
    return site, first, second


def test_a_finding_names_each_text_of_a_policy(changed: tuple[Path, Policy, Policy], found: Any, call: Any) -> None:
    _, first, second = changed
    finding = found()["n1"]
    named = policies_of(finding)
    assert [one for one in named if one[0] == "own"] == [
        ("own", 1, first.sha256, "2026-06-03", "2026-06-03"),
        ("own", 2, second.sha256, "2026-06-04", "2026-06-04"),
    ]
    built_in = next(policy for policy in built_in_policies() if policy.id == "decoy-access")
    assert [one for one in named if one[0] == built_in.id] == [
        (built_in.id, built_in.version, built_in.sha256, "2026-06-02", "2026-06-02")
    ]
    context = {one["id"]: (one["version"], one["rows"]) for one in finding["method"]["context"]}
    assert context.keys() == {"staff", "decoy_patients"}
    assert context["staff"][1] == 3
    code, out, _ = call("show", finding["finding_id"], "--method")
    assert code == 0
    for text in (first.sha256[:16], second.sha256[:16], "Context tables, as the night knew them", "2026-06-04"):
        assert text in out
    assert call("verify")[0] == 0


def test_numbers_that_a_policy_names_are_hidden(changed: tuple[Path, Policy, Policy], found: Any, call: Any) -> None:
    """Its column is a list of record numbers, where the SELECT has a row per event."""
    number = re.compile(r"\bP[0-3]\b")
    assert number.search(found()["n1"]["reasons"][-1]["text"])
    hidden = found("--pseudonymise")["n1"]
    assert not number.search(json.dumps(hidden))
    assert "events: P-" in json.dumps(hidden)
    code, out, _ = call("export", "--format", "ndjson", "--to", "-", "--all")
    assert code == 0
    assert "events: P-" in out
    assert not number.search(out)


@pytest.mark.heavy
def test_the_evidence_holds_what_was_asked(changed: tuple[Path, Policy, Policy], found: Any, call: Any) -> None:
    site, first, second = changed
    finding = found()["n1"]
    assert call("evidence", finding["finding_id"], "--out", str(site / "e.zip"))[0] == 0
    with zipfile.ZipFile(site / "e.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {name for name in files if name.startswith("policies/")} == {
        "policies/decoy-access.sql", "policies/own.sql", f"policies/own-{first.sha256[:8]}.sql",
    }  # fmt: skip
    assert hashlib.sha256(files["policies/own.sql"]).hexdigest() == second.sha256
    assert hashlib.sha256(files[f"policies/own-{first.sha256[:8]}.sql"]).hexdigest() == first.sha256
    assert json.loads(files["finding.json"])["method"]["policies"] == finding["method"]["policies"]
    page = files["finding.html"].decode()
    assert first.sha256 in page
    assert second.sha256 in page
