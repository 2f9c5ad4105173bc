"""Everything that people get about the findings of a deployment, read sentence by sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from detector.texts.language import Language
from tests.sentences import bundles
from tests.sentences.hospital import FindingFigures, Hospital
from tests.sentences.pages import Site
from tests.sentences.reading import Page, disagreements


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
        identity, figures = row["finding_id"], FindingFigures(hospital, row)
        pages = {
            name: Page(figures, language, name)
            for name in ("show", "timeline", "letter", "message", "cef", "report", "evidence")
        }
        pages["show"].screen(site.call(language, "show", identity).splitlines())
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
