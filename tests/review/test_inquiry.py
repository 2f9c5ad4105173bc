"""The draft of a request to explain: neutral, without patients, never over an existing file, warning of a tip-off."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.findings.reading import read_finding
from detector.review.inquiry import inquiry_about
from detector.store import open_published
from detector.trail import Trail

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("to", ["manager", "holder"])
def test_a_draft_names_the_account_and_no_patient(site: Path, call: Call, found: Found, language: str, to: str) -> None:
    one = found()["n1"]["finding_id"]
    code, out, err = call("--lang", language, "inquiry", one, "--to", to)
    assert code == 0, err
    assert "刘晓燕" in out
    assert one in out
    assert "D1" not in out
    assert "P1" not in out
    assert not any(word in out.lower() for word in ("guilty", "violation", "suspicious", "违规", "可疑", "嫌疑"))
    assert ("草稿" if language == "zh" else "DRAFT") in out
    entry = Trail.of(load_settings(site)).entries()[-1]
    assert (entry.kind, entry.details["finding"], entry.details["to"]) == ("inquiry", one, to)


def test_it_goes_to_the_manager_the_staff_table_names(site: Path, call: Call, found: Found) -> None:
    from tests.review.conftest import night, put

    text = (
        "user_id,name,department,role,manager_id,patient_id\n"
        "n1,刘晓燕,OB,nurse,h1,\nh1,孙=HYPER\u202e,OB,head nurse,,\n"
    )
    (site / "staff.csv").write_text(text, encoding="utf-8")
    put(site, 4, decoys={})
    night(site)
    out = call("inquiry", found()["n1"]["finding_id"])[1]
    assert "To: 孙=HYPER\\u202e (h1, OB)" in out
    assert "To: 刘晓燕 (n1, OB)" in call("inquiry", found()["n1"]["finding_id"], "--to", "holder")[1]


def test_it_is_written_to_a_new_private_file(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    code, out, _ = call("inquiry", one, "--out", "ask.txt")
    assert (code, "it was not sent" in out) == (0, True)
    assert one in Path("ask.txt").read_text(encoding="utf-8")
    assert stat.S_IMODE(Path("ask.txt").stat().st_mode) == 0o600
    code, _, err = call("inquiry", one, "--out", "ask.txt")
    assert (code, "exists already" in err) == (2, True)


def test_a_pattern_of_selling_is_warned_of(site: Path, found: Found) -> None:
    with open_published(load_settings(site)) as published:
        finding = read_finding(published.connection, found()["n1"]["finding_id"], "en").finding
        assert not inquiry_about(published.connection, finding).would_warn
        selling = {**finding, "patterns": ["decoy-access", "bulk-export"]}
        assert inquiry_about(published.connection, selling).would_warn


def test_a_finding_about_no_account_has_nobody_to_ask(site: Path, call: Call) -> None:
    from tests.review.conftest import night, put

    (site / "detector.toml").write_text(
        (site / "detector.toml").read_text(encoding="utf-8") + "[policies.log-gap]\nmin_days = 1\nhistory_days = 2\n",
        encoding="utf-8",
    )
    put(site, 4, decoys={})
    night(site)
    rows = map(json.loads, call("findings", "--format", "ndjson")[1].splitlines())
    for one in rows:
        if one["subject"] != "account":
            assert "about no account" in call("inquiry", one["finding_id"])[2]
