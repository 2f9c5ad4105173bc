"""Checks of what leaves the house about one finding: letters, messages to a SIEM, evidence bundles."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping

from tests.sentences import evidence_page
from tests.sentences.pages import paragraphs, rows
from tests.sentences.reading import Page

LIST_MARK = re.compile(r"^(- |\d+\. )")
ACCESS = "patient_id is not null and action not in ('login', 'logout', 'other')"
FIGURES = ("patients", "records", "accesses", "window_start", "window_end", "risk", "alerted_on", "detected_on",
           "last_seen_on")  # fmt: skip


def letter(page: Page, lines: Iterable[str]) -> None:
    """Read a letter and the cautions above it."""
    for line in lines:
        page.sentence(LIST_MARK.sub("", line.strip()))


def message(page: Page, document: Mapping[str, object]) -> None:
    """Read a message: its sentences, and its figures beside the finding's."""
    reasons = document["reasons"]
    assert isinstance(reasons, list)
    leaders = [page.reason_of(str(told["text"])) for told in reasons]
    page.sentence(str(document["message"]), subject=leaders[0] if leaders else {})
    for told, leader in zip(reasons, leaders, strict=True):
        page.sentence(str(told["text"]), subject=leader)
    for name in FIGURES:
        page.same(str(document["message"]), f"message.{name}", document.get(name), page.row.get(name))


def cef(page: Page, line: str) -> None:
    """Read a message in CEF: its sentence and its counts."""
    fields = dict(re.findall(r"(\w+)=((?:\\.|[^\\])*?)(?= \w+=|$)", line.split("|", 7)[7]))
    page.sentence(re.sub(r"\\(.)", r"\1", fields["msg"]), subject=_first_reason(page))
    for number, name in (("cn2", "patients"), ("cn3", "records")):
        page.same(fields["msg"], f"cef.{name}", fields[number], page.row[name])
    page.same(fields["msg"], "cef.risk", float(fields["cfp1"]), float(page.row["risk"]))


def evidence(page: Page, files: Mapping[str, bytes]) -> None:
    """Read a bundle: its page, its events and days, whom it touches."""
    told = paragraphs(files["finding.html"])
    for text in told:
        page.sentence(text)
    page.spoken(told)
    evidence_page.compare(page, files)
    known = json.loads(files["finding.json"])
    for name in FIGURES:
        page.same("finding.json", f"finding.json.{name}", known.get(name), page.row.get(name))
    page.same("events.csv", "events", _events(files["events.csv"]), _logged(page))
    for row in rows(files["days.csv"]):
        counted = page.figures.days.get(_date(row["business_date"]), (0, 0, 0, 0))
        shown = tuple(int(row[name]) for name in ("accesses", "patients", "suspicious_accesses", "suspicious_patients"))
        page.same(f"days.csv {row['business_date']}", "days.csv", shown, counted)
    affected = {row["patient_id"]: row for row in rows(files["affected.csv"])}
    if page.row["user_id"] is not None and page.figures.names_all:
        people = page.figures.numbers - page.figures.hospital.decoys
        page.same("affected.csv", "affected", sorted(affected.keys() - page.figures.hospital.decoys), sorted(people))
        for patient, row in affected.items():
            page.same(f"affected.csv {patient}", "affected.accesses", row["accesses"], _accesses(page, patient))


def timeline(page: Page, lines: Iterable[str]) -> None:
    """Read the table of days: date, accesses, those the finding is about, patients, those it is about."""
    for line in lines:
        cells = line.split()
        if len(cells) >= 5 and re.fullmatch(r"\d{4}-\d\d-\d\d", cells[0]):
            accesses, about, patients, about_patients = (int(cell.replace(",", "")) for cell in cells[1:5])
            shown = (accesses, patients, about, about_patients)
            counted = page.figures.days.get(_date(cells[0]), (0, 0, 0, 0))
            page.same(f"--timeline {cells[0]}", "show.timeline", shown, counted)


def _events(text: bytes) -> list[tuple[str, ...]]:
    names = ("event_id", "local_time", "user_id", "patient_id", "action", "category")
    return sorted(tuple(row[name][:19] if name == "local_time" else row[name] for name in names) for row in rows(text))


def _logged(page: Page) -> list[tuple[str, ...]]:
    found = page.figures.hospital.all(
        "select event_id, strftime(local_time, '%Y-%m-%d %H:%M:%S'), user_id, patient_id, action, category from events"
        " where list_contains(?, event_id)",
        page.row["event_ids"],
    )
    return sorted(tuple("" if value is None else str(value) for value in row) for row in found)


def _accesses(page: Page, patient: str) -> int:
    """All accesses of the account to a patient on the days on which the finding names one of them."""
    return int(
        page.figures.hospital.one(
            "select count(distinct (business_date, date_trunc('minute', local_time))) from events"
            f" where user_id = ? and patient_id = ? and {ACCESS} and business_date in"
            " (select business_date from cited where finding_id = ? and cited.patient_id = ?)",
            page.row["user_id"], patient, page.row["finding_id"], patient,
        )
    )  # fmt: skip


def _first_reason(page: Page) -> Mapping[str, object]:
    """The reason that a message tells: the heaviest."""
    return next(iter(page.row["reasons"]), {})


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
