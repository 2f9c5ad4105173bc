"""Decisions: what is refused, what is recorded, what shows at once, and what the nights make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detector.deployment.settings import load_settings
from detector.review.triage import of_same_cases
from detector.trail import Trail, decisions_of
from tests.review.conftest import night, put

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]


def decided(site: Path) -> list[Any]:
    return decisions_of(Trail.of(load_settings(site)).entries())


def test_a_decision_shows_at_once_and_is_recorded(site: Path, call: Call, found: Found) -> None:
    before = found()["n1"]
    code, out, err = call("triage", before["finding_id"], "-d", "confirmed", "--note", "said so", "--by", "Liu Fang")
    assert code == 0, err
    assert "open → confirmed" in out
    assert found()["n1"] == before | {"status": "confirmed"}
    assert found("--status", "confirmed").keys() == {"n1"}
    assert "n1" not in found("--status", "open")
    (decision,) = decided(site)
    assert (decision.finding_id, decision.note, decision.officer) == (before["finding_id"], "said so", "Liu Fang")
    assert str(decision.through) == "2026-06-02"
    assert decision.state["patients"] == before["patients"]
    assert call("verify")[0] == 0


@pytest.mark.usefixtures("site")
def test_a_settled_finding_opens_with_what_was_decided(call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    before = call("show", one)[1].splitlines()
    assert "Settled" not in "\n".join(before)
    assert "What to check next" in before
    call("triage", one, "-d", "justified", "-n", "a test by IT", "--by", "Liu Fang")
    after = call("show", one)[1].splitlines()
    assert "Settled: justified (Liu Fang, " in after[1]
    assert "a test by IT" in " ".join(after[1:3])
    assert before[1] in after[2:4]
    assert "What to check next" not in after
    assert call("triage", one, "--undo", "-n", "not this one")[0] == 0
    assert call("show", one)[1].splitlines()[1] == before[1]


def test_a_word_of_the_officer_s_language_is_understood(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    assert call("triage", one, "--disposition", "误报")[0] == 0
    assert found("--status", "误报").keys() == {"n1"}
    assert found("--pattern", "打开诱饵病历").keys() == {"n1", "n2", "n3"}
    assert "误报（false_alarm）" in call("--lang", "zh", "triage", one, "-d", "False Alarm")[1]


def test_a_justification_that_covers_more_than_the_finding_has_to_be_agreed_to(
    site: Path, call: Call, found: Found
) -> None:
    one = found()["n1"]["finding_id"]
    until = ("-d", "justified", "-n", "data-quality job", "--until", "2027-01-01")
    for scope in ("all", "no-care-relationship", "无诊疗关系", "bulk-export"):
        code, _, err = call("triage", one, *until, "--scope", scope)
        assert (code, "agree with --yes" in err) == (2, True), scope
    assert decided(site) == []
    code, out, err = call("triage", one, *until)
    assert code == 0, err
    assert "decoy-access" in out
    assert call("triage", one, *until, "--scope", "all", "--yes")[0] == 0
    assert [decision.patterns for decision in decided(site)] == [("decoy-access",), ()]


@pytest.mark.parametrize(("encoding", "comma"), [("utf-8", ","), ("gb18030", ","), ("utf-16", "\t"), ("utf-8", ";")])
def test_many_at_once_from_a_list(
    site: Path, call: Call, found: Found, tmp_path: Path, encoding: str, comma: str
) -> None:
    ids = [one["finding_id"] for one in found().values()]
    listed = tmp_path / "list.csv"
    mark = "\ufeff" if encoding == "utf-8" else ""
    rows = f"{mark}finding_id,user_name\r\n# checked\r\n{ids[0]},护士一\r\n\r\n{ids[1]},\r\n".replace(",", comma)
    listed.write_bytes(rows.encode(encoding))
    code, out, _ = call("triage", "--from", str(listed), ids[2], ids[2][:6], "-d", "false_alarm")
    assert code == 0
    assert out.count("→ false alarm") == 3
    assert {one["status"] for one in found().values()} == {"false_alarm"}


def test_nothing_of_a_list_is_decided_where_one_is_wrong(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    code, _, err = call("triage", one, "F-none", "-d", "false_alarm")
    assert (code, "no finding begins with 'F-none'" in err) == (2, True)
    assert decided(site) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-d", "confirmed"], "needs a reason: --note TEXT"),
        (["-d", "escalated", "-n", " "], "needs a reason: --note TEXT"),
        (["-d", "justified"], "needs a reason: --note TEXT"),
        (["--undo"], "needs a reason: --note TEXT"),
        (["--undo", "-n", "x"], "has no decision to take back"),
        (["--undo", "-d", "confirmed", "-n", "x"], "either --disposition or --undo"),
        ([], "either --disposition or --undo"),
        (["-d", "confirmed", "-n", "x", "--until", "2027-01-01"], "go with --disposition justified"),
        (["-d", "justified", "-n", "x", "--scope", "all"], "--scope needs --until DATE"),
        (["-d", "justified", "-n", "x", "--scope", "decoy-acess", "--until", "2027-01-01"], "mean 'decoy-access'?"),
        (["-d", "justified", "-n", "x", "--until", "2026-06-02"], "has passed"),
        (["-d", "confirmed", "-n", "x" * 4001], "4000 are the most"),
        (["-d", "confirmed", "-n", "x", "--by", " "], "--by must be a name"),
        (["-d", "guilty", "-n", "x"], "no disposition 'guilty'"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    site: Path, call: Call, found: Found, arguments: list[str], message: str
) -> None:
    code, out, err = call("triage", found()["n1"]["finding_id"], *arguments)
    assert code == 2
    assert message in err
    assert not out
    assert decided(site) == []


def test_no_finding_and_a_list_that_is_missing(site: Path, call: Call) -> None:
    assert "no finding given" in call("triage", "-d", "false_alarm")[2]
    code, _, err = call("triage", "--from", "nowhere.txt", "-d", "false_alarm")
    assert (code, "nowhere.txt cannot be read: No such file" in err) == (3, True)


@pytest.mark.parametrize("own", ["n1", " N1 "])
def test_nobody_decides_in_his_own_case(
    site: Path, call: Call, found: Found, as_officer: Callable[..., None], own: str
) -> None:
    as_officer(site, own)
    one, other = found()["n1"]["finding_id"], found()["n2"]["finding_id"]
    for arguments in ([one], [other, one], [one, "--by", "somebody"]):
        code, _, err = call("triage", *arguments, "-d", "false_alarm")
        assert (code, "nobody decides in his or her own case" in err) == (2, True)
    assert decided(site) == []
    assert call("triage", other, "-d", "false_alarm")[0] == 0


def test_naming_another_officer_does_not_help(site: Path, call: Call, found: Found) -> None:
    code, _, err = call("triage", found()["n1"]["finding_id"], "-d", "false_alarm", "--by", "N1")
    assert (code, "own case" in err) == (2, True)


def test_undo_is_a_new_entry_and_what_stood_before_stands_again(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    call("triage", one, "-d", "escalated", "-n", "to the director")
    call("triage", one, "-d", "confirmed", "-n", "admitted")
    expected = ["escalated", "open"]
    for status in expected:
        code, _, err = call("triage", one, "--undo", "-n", "wrong finding")
        assert code == 0, err
        assert found()["n1"]["status"] == status
    assert "no decision to take back" in call("triage", one, "--undo", "-n", "again")[2]
    call("triage", one, "-d", "false_alarm")
    assert found()["n1"]["status"] == "false_alarm"
    assert [decision.disposition for decision in decided(site)] == [
        "escalated", "confirmed", "escalated", "open", "false_alarm",
    ]  # fmt: skip
    assert call("verify")[0] == 0


def test_the_next_night_folds_in_what_was_decided(site: Path, call: Call, found: Found) -> None:
    call("triage", found()["n1"]["finding_id"], "-d", "confirmed", "-n", "x")
    before = found()
    put(site, 4, decoys={})
    night(site)
    assert found() == before
    (site / "state" / "trail.jsonl").rename(site / "away")
    assert found()["n1"]["status"] == "confirmed"


def test_new_evidence_after_a_decision_opens_a_finding_that_names_the_old_one(
    site: Path, call: Call, found: Found
) -> None:
    old = found()
    decisions = {"n1": "confirmed", "n2": "justified", "n3": "false_alarm"}
    for user, disposition in decisions.items():
        call("triage", old[user]["finding_id"], "-d", disposition, "-n", "x")
    put(site, 4, 5, decoys={4: [(user, "D4") for user in decisions]})
    night(site)
    new = found()
    for user, disposition in decisions.items():
        assert new[user]["previous_finding_id"] == old[user]["finding_id"]
        assert (new[user]["detected_on"], new[user]["status"], new[user]["alert"]) == ("2026-06-04", "open", True)
        assert not set(new[user]["event_ids"]) & set(old[user]["event_ids"])
        assert found("--status", disposition)[user] == old[user] | {"status": disposition}


def test_what_is_escalated_stays_one_finding_and_grows(site: Path, call: Call, found: Found) -> None:
    old = found()["n1"]
    call("triage", old["finding_id"], "-d", "escalated", "-n", "to the director")
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    new = found()["n1"]
    assert (new["finding_id"], new["status"]) == (old["finding_id"], "escalated")
    assert new["last_seen_on"] > old["last_seen_on"]
    assert set(new["event_ids"]) > set(old["event_ids"])


@pytest.mark.heavy
def test_a_decision_counts_from_the_night_after_it_however_late_that_runs(
    judged: Path, site: Path, call: Call, found: Found, tmp_path: Path
) -> None:
    """One catch-up with yesterday's decisions gives what nights and decisions in turn give."""
    call("triage", found()["n1"]["finding_id"], "-d", "false_alarm")
    for days in ((4,), (5,)):
        put(site, *days, decoys={4: [("n1", "D4")]})
        night(site)
    by_night = call("findings", "--format", "ndjson")[1]
    for path in (site / "state").rglob("*"):
        if path.is_file() and not path.name.startswith("trail"):
            path.unlink()
    night(site)
    assert call("findings", "--format", "ndjson")[1] == by_night


def test_a_look_before_and_growth_since_are_told(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    assert "You have not opened this finding before" in call("triage", one, "-d", "escalated", "-n", "x")[1]


def test_notes_may_hold_anything_and_harm_nothing(site: Path, call: Call, found: Found) -> None:
    note = 'a\x1b[31m\n\u202ex, "hash": "0"}\r<script>=cmd|\'/c calc\'!A1'
    code, out, _ = call("triage", found()["n1"]["finding_id"], "-d", "false_alarm", "-n", note, "--by", "x\u202ey")
    assert code == 0
    assert decided(site)[0].note == note
    assert "\x1b" not in out
    assert "\u202e" not in out
    line = (site / "state" / "trail.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert "\u202e" not in line
    assert json.loads(line)["note"] == note
    assert call("verify")[0] == 0


@pytest.mark.parametrize(("decided", "others"), [(False, ["a", "c"]), (True, ["a", "b", "c"])])
def test_the_others_of_a_case_are_those_without_a_decision(decided: bool, others: list[str]) -> None:
    """Unless decisions are what is to be taken back."""
    with duckdb.connect() as connection:
        connection.execute("create table findings (finding_id varchar, case_id varchar, status varchar, risk double)")
        connection.execute(
            "insert into findings values ('a', 'x', 'open', 1), ('b', 'x', 'justified', 9), ('c', 'x', 'open', 0),"
            " ('d', 'y', 'open', 5)"
        )
        assert sorted(of_same_cases(connection, ["a"], decided=decided)) == others
        assert "b" in of_same_cases(connection, ["b"], decided=decided), "what was named is decided anew"
