"""Looking at findings and patients: recorded before it is shown, hidden where asked, and what is new is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.privacy.pseudonyms import Pseudonyms, pseudonymiser
from detector.store import open_store
from detector.trail import Entry, Trail
from tests.review.conftest import night, put

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]
DECOYS = ("D1", "D2", "D3")


def told(site: Path) -> list[Entry]:
    """The trail's entries about views."""
    return [entry for entry in Trail.of(load_settings(site)).entries() if entry.kind in {"view", "reveal"}]


def tokens(site: Path) -> Pseudonyms:
    return pseudonymiser(load_settings(site))


def commands(one: str) -> list[list[str]]:
    """Every command that shows a patient's or an account's data."""
    return [
        ["findings"],
        ["findings", "--format", "ndjson"],
        ["findings", "--format", "csv"],
        ["findings", "--explained"],
        ["show", one],
        ["show", one, "--events"],
        ["show", one, "--format", "ndjson"],
        ["user", "n1"],
        ["patient", "D1"],
        ["patient", "D1", "--format", "csv"],
        ["events", "--patient", "D1"],
        ["events", "--format", "ndjson"],
        ["events", "--user", "n1", "--format", "csv"],
        ["events", "--format", "parquet", "--out", "events.parquet"],
        ["quarantine"],
        ["trace", "--patients", "decoys.csv"],
        ["trace", "--patients", "decoys.csv", "--explain", "n1"],
        ["export", "--format", "ndjson", "--to", "out.ndjson"],
    ]


def test_every_view_is_recorded_and_none_is_shown_without(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    for arguments in commands(one):
        before = len(Trail.of(load_settings(site)).entries())
        code, _, err = call(*arguments)
        assert code == 0, err
        assert len(Trail.of(load_settings(site)).entries()) == before + 1, arguments
    assert call("verify")[0] == 0
    trail = site / "state" / "trail.jsonl"
    trail.rename(site / "away")
    trail.mkdir()
    for arguments in commands(one):
        Path("events.parquet").unlink(missing_ok=True)
        code, out, err = call(*arguments)
        assert (code, out) == (4, ""), arguments
        assert "nothing is shown or decided without a record" in err or "cannot be read" in err
        assert not Path("events.parquet").exists()


def test_a_record_says_who_saw_what(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]
    call("show", one["finding_id"][:6])
    call("patient", "D1")
    call("user", "n1")
    call("events", "--patient", "D1", "--since", "2026-06-01")
    show, patient, user, events = told(site)[-4:]
    assert show.details["finding"] == one["finding_id"]
    assert show.details["state"]["patients"] == one["patients"]
    assert patient.details == {"command": "patient", "patient": "D1"}
    assert user.details == {"command": "user", "user": "n1"}
    assert (events.details["patient"], events.details["since"]) == ("D1", "2026-06-01")


def test_completing_a_word_names_nobody(site: Path) -> None:
    from types import SimpleNamespace

    from detector.cli.completion import finding_ids

    context: Any = SimpleNamespace(parent=SimpleNamespace(params={"config": site}))
    assert {text for _, text in finding_ids(context, "F")} <= {"low", "medium", "high", "critical"}


@pytest.mark.parametrize("by_configuration", [False, True])
def test_pseudonymised_views_hold_no_record_number(
    site: Path, call: Call, found: Found, by_configuration: bool
) -> None:
    one = found()["n1"]["finding_id"]
    if by_configuration:
        with (site / "detector.toml").open("a", encoding="utf-8") as stream:
            stream.write("[privacy]\npseudonymise = true\n")
    token = tokens(site)("D1")
    for arguments in commands(one):
        if arguments[0] in {"user", "export"} or "parquet" in arguments or "--explained" in arguments:
            continue
        given = [word.replace("D1", token) for word in arguments] + ([] if by_configuration else ["--pseudonymise"])
        code, out, err = call(*given)
        assert code == 0, err
        shown = out.replace("decoys.csv", "")
        assert not any(f"{decoy}," in shown or f"{decoy} " in shown or f'"{decoy}"' in shown for decoy in DECOYS), given
        assert not any(f":{decoy}" in shown for decoy in DECOYS), given
    assert token in call("patient", "D1", *([] if by_configuration else ["--pseudonymise"]))[1]
    assert all(entry.details.get("pseudonymised") for entry in told(site)[-3:])


def test_revealing_needs_a_reason_that_goes_to_the_trail(site: Path, call: Call) -> None:
    with (site / "detector.toml").open("a", encoding="utf-8") as stream:
        stream.write("[privacy]\npseudonymise = true\n")
    assert "D1" not in call("patient", tokens(site)("D1"))[1]
    code, out, _ = call("patient", tokens(site)("D1"), "--reveal", "complaint 17")
    assert code == 0
    assert "D1" in out
    assert (told(site)[-1].kind, told(site)[-1].details["reason"]) == ("reveal", "complaint 17")
    assert "needs the reason" in call("patient", "D1", "--reveal", " ")[2]
    assert "either --pseudonymise or --reveal" in call("patient", "D1", "--reveal", "x", "--pseudonymise")[2]


def test_a_token_of_nobody_is_told(site: Path, call: Call) -> None:
    code, _, err = call("patient", "P-aaaaaaaaaaaa")
    assert (code, "no record 'P-aaaaaaaaaaaa'" in err) == (2, True)


@pytest.mark.heavy
def test_what_is_new_and_what_has_grown_since_the_last_look(site: Path, call: Call, found: Found) -> None:
    assert "Your first look: 3 new; 3 open." in call("findings")[1]
    assert "3 new" in call("findings")[1], "looking twice in a morning shows the same news"
    put(site, 4, 5, decoys={4: [("n1", "D4")], 5: []})
    night(site)
    text = call("findings")[1]
    assert ": 0 new, 1 grown; 3 open." in text
    assert text.count(" grown ") == 1
    assert [one["user_id"] for one in rows(call("findings", "--new", "--format", "ndjson")[1])] == ["n1"]
    call("triage", found()["n2"]["finding_id"], "-d", "false_alarm")
    assert "2 open" in call("findings")[1]
    put(site, 6, decoys={})
    night(site)
    assert ": 0 new, 0 grown; 2 open." in call("findings")[1]


def test_a_list_that_is_cut_is_no_look_at_all_of_it(site: Path, call: Call) -> None:
    for cut in (["--department", "OB"], ["--min-risk", "10"], ["--since", "2026-06-01"], ["--status", "open"]):
        call("findings", *cut)
    put(site, 4, decoys={})
    night(site)
    assert "Your first look: 3 new" in call("findings", "--alerts")[1]


def test_each_officer_has_a_mark_of_his_own(site: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call("findings")
    put(site, 4, decoys={})
    night(site)
    monkeypatch.setattr("detector.trail.officers.system_account", lambda: "wang")
    assert "Your first look" in call("findings")[1]
    monkeypatch.undo()
    monkeypatch.chdir(site)
    assert "0 new" in call("findings")[1]


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_filters_and_sorting(site: Path, call: Call) -> None:
    def users(*arguments: str) -> list[str]:
        code, out, err = call("findings", "--format", "ndjson", *arguments)
        assert code == 0, err
        return [one["user_id"] for one in rows(out) if one["subject"] == "account"]

    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    assert users("--sort", "newest")[0] == "n1"
    assert users("--since", "2026-06-04") == ["n1"]
    assert sorted(users("--until", "2026-06-03")) == ["n2", "n3"]
    assert len(users("--pattern", "decoy-access")) == 3
    assert users("--pattern", "bulk-export") == []
    assert len(users("--department", "ob")) == 3
    assert users("--department", "NEO") == []
    assert users("--min-risk", "100") == []
    for order, key in {"risk": "risk", "newest": "last_seen_on", "records": "records"}.items():
        listed = [one[key] for one in rows(call("findings", "--format", "ndjson", "--sort", order)[1])]
        assert listed == sorted(listed, reverse=True), "the list is in the order of the column that it shows"
    assert len({one["records"] for one in rows(call("findings", "--format", "ndjson")[1])}) > 1
    assert len(users("--sort", "department")) == 3
    assert "did you mean 'decoy-access'?" in call("findings", "--pattern", "decoy-acces")[2]


@pytest.mark.heavy
def test_what_was_decided_stands_on_the_finding(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]["finding_id"]
    assert "Decisions" not in call("show", one)[1]
    call("triage", one, "-d", "escalated", "-n", "to the \u202edirector", "--by", "Liu Fang")
    out = call("show", one)[1]
    assert "Liu Fang: escalated" in out
    assert "to the \\u202edirector" in out
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    assert "It has grown since that decision" in call("show", one)[1]
    assert "It has grown since you looked" not in call("triage", one, "-d", "escalated", "-n", "again")[1]
    put(site, 6, decoys={5: [], 6: []})
    put(site, 5, decoys={5: [("n1", "D3")]})
    night(site)
    assert "It has grown since you looked" in call("triage", one, "-d", "confirmed", "-n", "x")[1]
    assert "takes back entry" in (call("triage", one, "--undo", "-n", "y"), call("show", one))[1][1]


@pytest.mark.heavy
def test_what_was_justified_until_a_date_lowers_and_is_listed(site: Path, call: Call, found: Found) -> None:
    one = found()["n1"]
    assert "No finding has been justified" in call("findings", "--explained")[1]
    code, out, err = call(
        "triage", one["finding_id"], "-d", "justified", "-n", "data-quality job", "--until", "2026-06-04"
    )
    assert code == 0, err
    assert "ntil 2026-06-04" in out
    put(site, 4, 5, 6, decoys={4: [("n1", "D4")], 5: [("n1", "D2")]})
    night(site)
    (row,) = rows(call("findings", "--explained", "--format", "ndjson")[1])
    assert (row["finding_id"], row["patterns"], row["until"]) == (one["finding_id"], ["decoy-access"], "2026-06-04")
    assert row["firings"] == 1
    assert "data-quality" in call("findings", "--explained")[1]
    again = found()["n1"]
    assert again["previous_finding_id"] == one["finding_id"]
    assert any("data-quality job" in reason["text"] for reason in again["explained"]), "it is shown with the finding"
    assert row["later"] == [again["finding_id"]]
    call("triage", one["finding_id"], "--undo", "-n", "there was no such job")
    assert rows(call("findings", "--explained", "--format", "ndjson")[1]) == []


def test_what_late_rows_add_to_a_date_that_was_looked_at_is_news(site: Path, found: Found, call: Call) -> None:
    """A run that brings late rows alone judges no new date; what it raises or adds is told the next time."""
    call("findings")
    one, other = found()["n1"]["finding_id"], found()["n2"]["finding_id"]
    with open_store(load_settings(site)) as store:
        store.connection.execute("update findings set finding_id = 'Flate0000001' where finding_id = ?", [one])
        store.connection.execute("update findings set accesses = accesses + 1 where finding_id = ?", [other])
        store.connection.execute("insert into dates by name (select * replace (date '2026-06-03' as business_date)"
                                 " from dates where business_date = '2026-06-02')")  # fmt: skip
        store.publish()
    assert found("--new").keys() == {"n1", "n2"}
    shown = call("findings")[1]
    assert ("new" in shown, "grown" in shown) == (True, True)


def test_decoys_are_no_patients(site: Path, call: Call, found: Found) -> None:
    finding = found()["n1"]
    assert (finding["patients"], finding["decoys"], finding["records"], finding["accesses"]) == (0, 1, 1, 1)
    assert finding["patterns"] == ["decoy-access"]
    for language, (own, exposure, events, other) in {
        "zh": ("诱饵病历（1 份", "诱饵病历 1 份 · 访问 1 次", "D1（诱饵病历）", "患者（"),
        "en": ("Decoy records (1", "1 decoy records · 1 accesses", "D1 (decoy)", "Patients ("),
    }.items():
        screen = call("--lang", language, "show", finding["finding_id"])[1]
        assert own in screen
        assert exposure in screen
        assert other not in screen
        assert events in call("--lang", language, "show", finding["finding_id"], "--events")[1]
        letter = call("--lang", language, "inquiry", finding["finding_id"])[1]
        assert "D1" not in letter
        assert not re.search("诱饵|虚设|decoy", letter)
    site.joinpath("decoys.csv").write_text("patient_id\nD4\n", encoding="utf-8")  # the others are planted no more
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    grown = found()["n1"]
    assert (grown["patients"], grown["decoys"], grown["records"], grown["accesses"]) == (0, 2, 2, 2)
