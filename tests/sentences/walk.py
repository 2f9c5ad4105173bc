"""Everything that people get about the findings of a deployment, read sentence by sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from detector.texts.language import Language
from tests.sentences import bundles, finding_screens
from tests.sentences.hospital import FindingFigures, Hospital
from tests.sentences.leak_pages import LeakScreen
from tests.sentences.pages import Site
from tests.sentences.policy_facts import seals
from tests.sentences.reading import RANKED, Page, disagreements
from tests.sentences.seal_pages import SealedList, SealedScreen, SealScreen
from tests.sentences.sheets import Sheet
from tests.sentences.site_pages import AccountScreen, FindingsScreen, RecordScreen, StatusScreen

COMPLAINTS = 6
"""So many complaints are traced where the deployment has no list of its own."""


def wrong_sentences(
    site: Site, hospital: Hospital, language: Language, into: Path, *, bundled: bool = True
) -> Iterator[str]:
    """Yield every figure about a finding that is not what was counted, on any page, and what pages disagree on.

    Evidence files are made with ``bundled`` only: they take the most time.
    """
    documents = [json.loads(line) for line in site.messages(language, "ndjson", into)]
    messages = {one["id"]: one for one in documents if one["kind"] == "finding"}
    lines = site.messages(language, "cef", into)
    report = site.report(language, into, f"{hospital.one('select min(business_date) from dates')}..{hospital.night}")
    cards = {card["id"]: card for card in cards_of(report)}
    for row in site.findings(language):
        identity, figures = row["finding_id"], FindingFigures(hospital, row, language)
        pages = {
            name: Page(figures, name)
            for name in (
                "show",
                "reasons",
                "method",
                "events",
                "timeline",
                "letter",
                "message",
                "cef",
                "report",
                "evidence",
            )
        }
        pages["show"].screen(shown := site.call(language, "show", identity).splitlines())
        pages["reasons"].screen(every := site.call(language, "show", identity, "--reasons").splitlines())
        yield from other_shares(identity, shown, every)
        finding_screens.method(pages["method"], site.call(language, "show", identity, "--method").splitlines())
        finding_screens.events(pages["events"], site.call(language, "show", identity, "--events").splitlines())
        bundles.timeline(pages["timeline"], site.call(language, "show", identity, "--timeline").splitlines())
        if row["subject"] == "account":
            bundles.letter(pages["letter"], site.call(language, "inquiry", identity).splitlines())
        bundles.message(pages["message"], messages[identity])
        bundles.cef(pages["cef"], next(line for line in lines if f"externalId={identity} " in line))
        if identity in cards:
            pages["report"].card(cards[identity])
        if bundled:
            bundles.evidence(pages["evidence"], site.evidence(language, identity, into))
        for page in pages.values():
            yield from map(str, page.wrong)
        yield from (f"{identity}: {one}" for one in disagreements(list(pages.values())))


def other_shares(identity: str, shown: Sequence[str], every: Sequence[str]) -> Iterator[str]:
    """Yield the reasons that ``show`` and ``show --reasons`` do not tell alike, with the same share."""
    first, all_of_them = (
        [line.strip() for line in lines if RANKED.fullmatch(line.strip())] for lines in (shown, every)
    )
    if first != all_of_them[: len(first)]:
        yield f"{identity}: --reasons tells {all_of_them[: len(first)]}, show {first}"


def wrong_elsewhere(site: Site, hospital: Hospital, language: Language) -> Iterator[str]:
    """Yield every figure that is wrong on the screens about the deployment, accounts, records and a leak.

    Every account with a finding is read, and records of each kind: what decoys, own records and accesses are cited.
    """
    findings = site.findings(language)
    listed = FindingsScreen(hospital, language, findings)
    listed.all(site.call(language, "findings").splitlines())
    status = StatusScreen(hospital, language, findings)
    status.all(site.call(language, "status").splitlines())
    sheets: list[Sheet] = [listed, status]
    for user in sorted({one["user_id"] for one in findings if one["user_id"]}):
        account = AccountScreen(hospital, language, user, findings)
        account.all(site.call(language, "user", user).splitlines())
        sheets.append(account)
    for patient in records_of(hospital, findings):
        record = RecordScreen(hospital, language, patient)
        record.all(site.call(language, "patient", patient).splitlines())
        sheets.append(record)
    sealed = SealedScreen(hospital, language)
    sealed.all(site.call(language, "seal").splitlines())
    sheets.append(sealed)
    for seal in seals(hospital):
        screen = SealScreen(hospital, language, seal)
        screen.all(site.call(language, "seal", seal.patient).splitlines())
        listed_again = SealedList(hospital, language, seal)
        target = hospital.folder / f"seal-{language}.json"
        site.call(language, "seal", seal.patient, "--list", "--names", "--out", str(target))
        listed_again.all(json.loads(target.read_text(encoding="utf-8")))
        sheets += [screen, listed_again]
    sheets.append(_leak(site, hospital, language, findings))
    for sheet in sheets:
        yield from sheet.wrong


def _leak(site: Site, hospital: Hospital, language: Language, findings: Sequence[Mapping[str, Any]]) -> Sheet:
    """Read the trace of a list of complaints; where the deployment has none, about records that findings are about."""
    path = hospital.folder / "complaints.csv"
    if not path.is_file():
        lines = [f"{patient},{hospital.night}\n" for patient in records_of(hospital, findings)[:COMPLAINTS]]
        path.write_text("patient_id,known_on\n" + "".join(lines), encoding="utf-8")
    trace = ("trace", "--patients", path.name)
    ranked = [json.loads(line) for line in site.call(language, *trace, "--format", "ndjson").splitlines()]
    leak = LeakScreen.of(hospital, language, path.name, ranked)
    leak.ranking(site.call(language, *trace, "--format", "csv"))
    leak.all(site.call(language, *trace).splitlines())
    for user in sorted(leak.opened, key=lambda one: (-len(leak.opened[one]), one))[:5]:
        leak.all(site.call(language, *trace, "--explain", user).splitlines(), user)
    return leak


def records_of(hospital: Hospital, findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the records that findings are about, and the first that each of the others names."""
    first = "select patient_id from cited where finding_id = ? and patient_id is not null order by event_id limit 1"
    named = [row[0] for one in findings for row in hospital.all(first, one["finding_id"])]
    return sorted({*named, *(one["patient_id"] for one in findings if one["patient_id"])})


def cards_of(document: object) -> Iterator[Mapping[str, Any]]:
    """Yield the cards of a report about findings."""
    if isinstance(document, Mapping):
        if document.get("kind") == "card":
            yield document
            return
        for value in document.values():
            yield from cards_of(value)
    elif isinstance(document, list):
        for one in document:
            yield from cards_of(one)
