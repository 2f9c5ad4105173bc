"""A decided finding as a page for training: nobody can be known by it, and what is not settled makes none."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.detection.patterns import patterns
from detector.model.findings import Status
from detector.policies.catalogue import built_in_policies
from detector.reports.formats import pdf
from detector.reports.page import page
from detector.reports.training_page import training_page
from detector.review import training
from detector.review.training import TrainingCase, band
from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language
from detector.trail import Trail
from tests.program import called
from tests.sentences.pages import paragraphs

TOML = """\
[site]
name = "仁和妇幼保健院"
timezone = "Asia/Shanghai"
language = "en"
decoy_patients = "decoys.csv"
[[source]]
name = "his"
path = "his.csv"
daily = true
[context]
staff = "staff.csv"
"""
NURSES = [f"N{number}417" for number in range(1, 7)]
STAFF = [
    *((user, f"刘晓{place}", "产一科", "护士", "") for place, user in enumerate(NURSES)),
    ("H5521", "陈护士长", "产一科", "护士长", ""),
    ("S8831", "赵小科", "信息组", "工程师", ""), ("S8832", "钱小科", "信息组", "工程师", ""),
    ("O9001", "孙一", "儿二科", "护士", "P7788"),
    *((f"O900{place}", f"孙{place}", "儿二科", "护士", "") for place in range(2, 7)),
]  # fmt: skip
PLANTED = [
    *(("2026-06-02", f"20:{minute:02d}:13", NURSES[0], f"D{minute}", "view") for minute in range(11, 24)),
    ("2026-06-02", "21:40:00", NURSES[1], "D12", "view"),
    ("2026-06-02", "21:41:00", "H5521", "D12", "view"),
    ("2026-06-02", "21:42:00", "S8831", "D12", "view"),
    ("2026-06-02", "21:43:00", "O9001", "P7788", "view"),
]
DECIDED = ["-d", "confirmed", "-n", "陈述属实 admitted to 赵华"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case") / "site"
    folder.mkdir()
    (folder / "detector.toml").write_text(TOML, encoding="utf-8")
    (folder / "decoys.csv").write_text("patient_id\n" + "".join(f"D{n}\n" for n in range(11, 24)), encoding="utf-8")
    staff = "user_id,name,department,role,patient_id\n" + "".join(",".join(one) + "\n" for one in STAFF)
    (folder / "staff.csv").write_text(staff, encoding="utf-8")
    rows = [
        (f"2026-06-0{day}", f"{8 + turn:02d}:{place:02d}:00", one[0], f"{one[0]}p{turn}", "update")
        for day in (1, 2)
        for place, one in enumerate(STAFF)
        for turn in range(3)
    ]
    lines = [f"{day} {at},{user},{patient},{action},note\n" for day, at, user, patient, action in (*rows, *PLANTED)]
    (folder / "his.csv").write_text("event_time,user_id,patient_id,action,category\n" + "".join(lines), "utf-8")
    call(folder, "--now", "2026-06-03T02:00", "run", "--quiet")
    return folder


@pytest.fixture
def site(judged: Path, tmp_path: Path) -> Path:
    return shutil.copytree(judged, tmp_path / "site")


def call(folder: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    done = called(["--config", str(folder), *arguments], COLUMNS="110")
    assert done.returncode == code, (arguments, done.stderr.decode())
    return done.stdout.decode(), done.stderr.decode()


def found(folder: Path, user: str) -> dict[str, Any]:
    listed = [json.loads(line) for line in call(folder, "findings", "--format", "ndjson")[0].splitlines()]
    return next(one for one in listed if one["user_id"] == user)


def written(folder: Path, finding: Mapping[str, Any], language: Language = "en") -> str:
    out = folder / f"case-{language}.html"
    call(folder, "--lang", language, "case", finding["finding_id"], "--out", str(out))
    return out.read_text(encoding="utf-8")


def identifying(folder: Path, finding: Mapping[str, Any]) -> list[str]:
    """Return everything of a finding by which somebody could be known."""
    events, _ = call(folder, "events", "--user", finding["user_id"], "--format", "ndjson")
    told = [finding[key] for key in ("finding_id", "case_id", "user_id", "user_name", "department", "role")]
    told += [finding[key] for key in ("detected_on", "alerted_on", "last_seen_on", "window_start", "window_end")]
    for line in events.splitlines():
        one = json.loads(line)
        told += [one["patient_id"], one["event_id"], str(one["local_time"])[:16], str(one["local_time"])[11:16]]
    return [str(one) for one in told if one]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_the_page_tells_whom_it_was_about(site: Path, language: Language) -> None:
    finding = found(site, NURSES[0])
    call(site, "triage", finding["finding_id"], *DECIDED)
    text = " ".join(paragraphs(written(site, finding, language).encode()))
    for secret in (*identifying(site, finding), "仁和妇幼保健院", "陈述属实", "赵华", "admitted"):
        assert secret not in text
    figures = set(re.findall(r"\d+", text))
    law = {"2013", "15", "2025", "262", "28", "2017", "10", "5", "250", "50", "2", "500", "2500"}
    assert figures <= law, "whatever is counted stands in bands"
    assert not figures & {str(finding["records"]), str(finding["accesses"]), str(round(finding["risk"]))}
    said = load_texts(language)
    for key in ("case.records_tens", "case.unit_unit", "case.part_evening", "case.span_day", "case.delay_night"):
        assert said(key) in text


def test_the_page_is_on_record_before_it_is_written(site: Path) -> None:
    finding = found(site, NURSES[0])
    call(site, "triage", finding["finding_id"], *DECIDED)
    content = written(site, finding)
    entry = Trail(site / "state").entries()[-1]
    assert (entry.kind, entry.details["finding"], entry.details["format"]) == ("case", finding["finding_id"], "html")
    assert entry.details["sha256"] == hashlib.sha256(content.encode()).hexdigest()


def test_what_was_justified_is_told_as_an_innocent_look_alike(site: Path) -> None:
    finding = found(site, NURSES[0])
    call(site, "triage", finding["finding_id"], "-d", "justified", "-n", "data quality")
    text = written(site, finding)
    assert "An innocent look-alike" in text
    assert "Confirmed:" not in text
    assert "data quality jobs" not in text


@pytest.mark.parametrize(
    ("user", "decision", "said"),
    [
        (NURSES[0], (), "is open"),
        (NURSES[0], ("-d", "false_alarm"), "is false_alarm"),
        (NURSES[0], ("-d", "escalated", "-n", "to the director"), "is escalated"),
        ("S8831", DECIDED, "too small to hide in"),
        ("H5521", DECIDED, "nobody else of the unit has this role"),
        ("O9001", DECIDED, "no finding about anybody else looks like it"),
    ],
)
def test_what_would_be_unfair_or_give_somebody_away_is_refused(
    site: Path, user: str, decision: tuple[str, ...], said: str
) -> None:
    finding = found(site, user)
    if decision:
        call(site, "triage", finding["finding_id"], *decision)
    _, err = call(site, "case", finding["finding_id"], "--out", str(site / "case.html"), code=2)
    assert said in err
    assert err.count("\n") == 1
    assert not (site / "case.html").exists()
    assert "case" not in {entry.kind for entry in Trail(site / "state").entries()}


def test_a_page_to_print_is_html_or_pdf(site: Path) -> None:
    finding = found(site, NURSES[0])
    _, err = call(site, "case", finding["finding_id"], "--out", str(site / "case.xlsx"), code=2)
    assert "must end in one of .html, .pdf" in err


@pytest.mark.parametrize(
    ("records", "word"),
    [
        (0, "none"),
        (1, "one"),
        (2, "few"),
        (9, "few"),
        (10, "tens"),
        (49, "tens"),
        (50, "fifty"),
        (249, "fifty"),
        (250, "many"),
    ],
)
def test_bands_end_at_the_legal_marks(records: int, word: str) -> None:
    assert band(records, training.RECORDS, "many") == word


@pytest.fixture
def worst() -> Callable[[str], TrainingCase]:
    def case(pattern: str) -> TrainingCase:
        policies = tuple(one.id for one in built_in_policies() if one.pattern == pattern)
        return TrainingCase(
            Status.CONFIRMED, (pattern, "contact-harvesting"), policies, "clinical", "many", "months", "night", "later",
            alert=True, sampled=True,
        )  # fmt: skip

    return case


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_has_its_page(language: Language, worst: Callable[[str], TrainingCase]) -> None:
    for pattern in patterns():
        text = page(training_page(worst(pattern), built_in_policies(), load_texts(language)))
        assert patterns()[pattern].title[language] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_on_one_page_of_paper(language: Language, worst: Callable[[str], TrainingCase]) -> None:
    pytest.importorskip("weasyprint")
    content = pdf.write(training_page(worst("inactive-account"), built_in_policies(), load_texts(language)))
    assert content.startswith(b"%PDF")
    weasyprint = pytest.importorskip("weasyprint")
    drawn = weasyprint.HTML(
        string=page(training_page(worst("inactive-account"), built_in_policies(), load_texts(language)))
    ).render()
    assert len(drawn.pages) == 1
