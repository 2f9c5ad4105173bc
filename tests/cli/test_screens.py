"""What a person sees, compared as a whole with the files in ``golden``; ``UPDATE_GOLDEN=1`` writes them anew."""

from __future__ import annotations

import datetime as dt
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import table
from detector.cli.render.text import cells
from detector.cli.screens import account_screen, findings_screen
from detector.cli.screens.account_screen import AccountOverview
from detector.cli.screens.finding_screen import FindingScreen
from detector.findings.reading import KEYS
from detector.review.listing import Look
from detector.texts import load_texts
from detector.texts.language import Language
from tests.cli.findings import CHECKS, DAYS, EVIDENCE, FINDING

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def agrees(name: str, lines: list[str]) -> None:
    path = GOLDEN / name
    text = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def screen(language: Language, *, width: int = 80, paint: Paint | None = None, **changes: object) -> FindingScreen:
    finding = FINDING | changes
    return FindingScreen(finding, DAYS, EVIDENCE, CHECKS, texts=load_texts(language), width=width, paint=paint)


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_finding(language: Language) -> None:
    lines = screen(language).lines()
    agrees(f"show.{language}.txt", lines)
    assert max(map(cells, lines)) <= 80


def test_all_that_speaks_for_the_person_is_shown() -> None:
    spoken = [{"text": f"ground {number}", "share": 0.1 if number < 5 else None} for number in range(9)]
    shown = "\n".join(screen("en", explained=spoken).lines())
    assert all(one["text"] in shown for one in spoken)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_events(language: Language) -> None:
    lines = screen(language).events_list()
    agrees(f"show-events.{language}.txt", lines[:12])
    assert not any(character in "".join(lines) for character in "\x1b\u202e")


def test_its_days() -> None:
    agrees("show-timeline.zh.txt", screen("zh").timeline_table())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list(language: Language) -> None:
    texts = load_texts(language)
    record = FINDING | {
        "finding_id": "77777777",
        "subject": "record",
        "user_id": None,
        "patient_id": "P1",
        "alert": False,
        "patterns": ["vip-snooping"],
        "severity": "low",
        "risk": 7.6,
        "department": None,
    }
    gap = FINDING | {
        "finding_id": "88888888",
        "subject": "source",
        "user_id": None,
        "source": "his",
        "patterns": ["log-gap"],
        "severity": "critical",
        "department": None,
    }
    decided = FINDING | {"finding_id": "99999999", "status": "escalated", "detected_on": "2026-06-01"}
    seen = FINDING | {"finding_id": "aaaaaaaa", "last_seen_on": "2026-06-30"}
    look = Look(dt.date(2026, 6, 30))
    record |= {"detected_on": "2026-07-01"}
    rows = findings_screen.table_rows([FINDING, record, gap, decided, seen], look, texts)
    lines = table(findings_screen.columns(texts), rows, width=80)
    agrees(f"findings.{language}.txt", lines)
    assert max(map(cells, lines)) <= 80


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", ["record", "source"])
def test_findings_about_a_record_or_a_source_name_no_account(language: Language, subject: str) -> None:
    changes = {"subject": subject, "user_id": None, "user_name": None, "patient_id": "P9", "source": "his"}
    text = "\n".join(screen(language, **changes).lines())
    assert "01077" not in text
    assert ("P9" if subject == "record" else "his") in text


@pytest.mark.parametrize("width", [40, 60, 100])
def test_other_widths_fit(width: int) -> None:
    assert all(cells(line) <= width for line in screen("zh", width=width).lines())


def test_colour_changes_nothing_but_colour() -> None:
    import re

    plain = screen("en").lines()
    coloured = screen("en", paint=Paint(colour=True)).lines()
    assert any("\x1b[" in line for line in coloured)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == plain


def test_the_keys_are_those_of_the_reference() -> None:
    assert list(FINDING) == list(KEYS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_it_was_rated_can_be_recomputed(language: Language) -> None:
    lines = screen(language).method_list()
    agrees(f"show-method.{language}.txt", lines)
    assert max(map(cells, lines)) <= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_it_was_rated_by_an_earlier_version_or_by_a_policy_alone(language: Language) -> None:
    method = {name: value for name, value in FINDING["method"].items() if name not in {"policies", "context"}}
    say = load_texts(language)
    whole = "".join(screen(language, method=method).method_list())
    assert say("show.method_unknown")[:30] in whole
    assert say("show.method_policies") not in whole
    alone = {name: method[name] for name in ("version", "configuration")}
    lines = screen(language, method=alone | {"policies": [], "context": []}).method_list()
    assert any(say("show.margin_policy")[:20] in line for line in lines)
    assert not any(say("show.method_unknown")[:20] in line for line in lines)


def test_what_would_have_stayed_below_is_said() -> None:
    say = load_texts("en")
    text = " ".join(screen("en").lines())
    assert "Had 21 of these 63" in text
    margin = {"stream": "break_glass", "nats": 2.0, "limit": 5.4, "unit": "days", "of": 1, "fewer": 0}
    method = FINDING["method"] | {"margin": margin}
    below = " ".join(screen("en", method=method, alerted_by=["policy"]).lines())
    assert "5.4" not in below  # an alert is not below its threshold
    assert say("show.margin_policy")[:30] in below
    together = " ".join(screen("en", method=method, alerted_by=["ranking"]).lines())
    assert "No kind of evidence passes its threshold alone" in together
    assert "below the 5.4" in " ".join(screen("en", method=method, alert=False, alerted_by=[]).lines())
    assert say("show.margin_policy")[:30] not in text
    assert screen("en", method=FINDING["method"] | {"margin": None}).lines()


def test_findings_of_one_case_name_each_other() -> None:
    built = FindingScreen(FINDING, DAYS, EVIDENCE, CHECKS, texts=load_texts("zh"), case=["F2", "F3"])
    assert any("F2、F3" in line for line in built.lines())


@pytest.mark.parametrize(("patients", "key"), [(49, "below_50"), (50, "below_250"), (250, "above_250")])
def test_the_exposure_stands_beside_the_legal_marks(patients: int, key: str) -> None:
    say = load_texts("en")
    for unit, records in (("patients", 0), ("records", patients)):
        shown = "\n".join(screen("en", patients=0 if records else patients, records=records).lines())
        assert say(f"show.mark_{key}", unit=say(f"show.unit_{unit}")) in shown


def test_lists_name_no_patient() -> None:
    text = " ".join(screen("en", patients=0, records=6012, accesses=0).lines())
    assert "6,012 patients' records exported or printed" in text
    assert "0 patients" not in text


def account(*, peers: bool = True) -> AccountOverview:
    first = date(2026, 6, 1)
    days = [
        {
            "business_date": first + timedelta(days=day),
            "patients": 8 + day % 5,
            "explained": 8 + day % 5 - day % 2 - day % 3,
            "usual": day % 2,
            "unexplained": day % 3,
            "suspicious": 0,
        }
        for day in range(40)
        if day % 7 != 6
    ]
    hours = [{"weekday": day, "hour": 8 + day, "accesses": 3 + day} for day in range(5)]
    return AccountOverview(
        user_id="01077",
        staff=[
            {"name": "刘晓燕\x1b[31m", "department": "产科", "role": "护士", "account_type": "human",
             "status": "active", "start_date": None, "end_date": None}
        ],
        logged={},
        days=days,
        hours=hours,
        explanations=[
            {"explanation": "care_team", "patient_days": 300, "suspicious": 0},
            {"explanation": None, "patient_days": 30, "suspicious": 12},
        ],
        patients=120,
        judged_from=dt.date(2026, 1, 1),
        peers={"peers": 6, "department": "产科", "patients": 9.5, "own": 10.0} if peers else None,
        findings=[FINDING],
        peer_days=[{"business_date": row["business_date"], "patients": 9.0} for row in days] if peers else [],
        peer_hours=[{"weekday": 0, "hour": 22, "accesses": 5}] if peers else [],
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_account(language: Language) -> None:
    lines = list(account_screen.lines(account(), load_texts(language), 80, Paint()))
    agrees(f"user.{language}.txt", lines)
    assert max(map(cells, lines)) <= 80


@pytest.mark.parametrize("width", [40, 56, 57, 79])
def test_a_narrow_terminal_has_one_map_of_hours(width: int) -> None:
    texts = load_texts("en")
    lines = list(account_screen.lines(account(), texts, width, Paint()))
    assert max(map(cells, lines)) <= max(width, 60)
    maps = [line for line in lines if line.lstrip().startswith("Mon")]
    assert len(maps) == 1
    assert (cells(maps[0]) > 40) == (width >= 57)


def test_without_peers_nothing_is_compared() -> None:
    text = "\n".join(account_screen.lines(account(peers=False), load_texts("en"), 80, Paint()))
    assert "peers (median)" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_fits_on_a_screen(language: Language) -> None:
    assert len(screen(language).lines()) <= 60
