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


def managed(site: Path, *rows: str) -> None:
    """Give the site managers: `user_id,name,manager_id` each, n1 to n3 and h1."""
    from tests.review.conftest import night, put

    lines = [",".join([*row.split(",")[:2], "OB,nurse", row.split(",")[2], ""]) for row in rows]
    head = "user_id,name,department,role,manager_id,patient_id"
    (site / "staff.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    put(site, 4, decoys={})
    night(site)


def test_nobody_is_asked_whom_an_unsettled_finding_is_about(site: Path, call: Call, found: Found) -> None:
    managed(site, "n1,刘晓燕,n2", "n2,王敏,h1", "n3,赵华,", "h1,孙丽,")
    ids = {user: one["finding_id"] for user, one in found().items()}
    _, out, err = call("inquiry", ids["n1"])
    assert "To: 孙丽 (h1, OB)" in out
    assert ids["n2"] in err
    assert "王敏" in err
    assert "王敏" not in out
    assert "others of the department of 孙丽" in err
    _, out, err = call("inquiry", ids["n3"])
    assert "the head of department OB" in out
    call("triage", ids["n2"], "-d", "false_alarm")
    assert "To: 王敏 (n2, OB)" in call("inquiry", ids["n1"])[1]


def test_who_manages_others_may_be_the_head_of_the_department(site: Path, call: Call, found: Found) -> None:
    managed(site, "n1,刘晓燕,n3", "n2,王敏,n3", "n3,赵华,n3")
    _, out, err = call("inquiry", found()["n3"]["finding_id"])
    assert "the head of department OB" not in out
    assert "to be named" in out
    assert "赵华" in err


@pytest.mark.heavy
def test_where_every_manager_is_in_conflict_nobody_is_named(site: Path, call: Call, found: Found) -> None:
    managed(site, "n1,刘晓燕,n2", "n2,王敏,n1", "n3,赵华,")
    _, out, err = call("inquiry", found()["n1"]["finding_id"])
    assert "to be named by the compliance office" in out
    assert "No manager on file" in err


def test_a_letter_about_a_decoy_gives_nothing_away(site: Path, call: Call, found: Found) -> None:
    for language in ("zh", "en"):
        _, out, err = call("--lang", language, "inquiry", found()["n1"]["finding_id"], "--to", "holder")
        assert "20:00" not in out
        assert not any(word in out for word in ("诱饵", "虚设", "planted", "decoy"))
        assert any(word in err for word in ("诱饵病历", "planted", "decoy"))


OWN = """\
event_time,user_id,patient_id,action,category
2026-06-03 09:00:00,n3,P1,view,note
2026-06-03 21:07:00,n3,P9,view,result
"""


@pytest.mark.heavy
def test_a_letter_about_the_own_record_goes_to_the_holder_and_tells_of_no_other(
    site: Path, call: Call, found: Found
) -> None:
    from tests.review.conftest import night, put

    (site / "his-03b.csv").write_text(OWN, encoding="utf-8")
    put(site, 4, decoys={})
    (site / "decoys.csv").write_text("patient_id\nD8\nD9\nD10\nD11\n", encoding="utf-8")
    call("triage", found()["n3"]["finding_id"], "-d", "false_alarm")
    night(site)
    own = next(one for one in found().values() if one["patterns"][:1] == ["self-lookup"])
    _, out, _ = call("inquiry", own["finding_id"])
    assert "To: 赵华 (n3, OB)" in out
    told = [line for line in out.splitlines() if line.startswith("- ")]
    assert told == ["- 2026-06-03 21:07: opened 1 time(s); view (results)"]
    assert "on 2026-06-03" in out


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
    assert "To: 孙=HYPER (h1, OB)" in out
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
