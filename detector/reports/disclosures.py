"""Accounting of disclosures: who opened one record, when, and on what ground, for the patient or the patient's lawyer.

Holds nothing about any other patient, and no suspicion: where no ground is on file it says just that. Patients may ask
for it (个人信息保护法 art. 44, 45; 45 CFR 164.528).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from detector import __version__
from detector.deployment.settings import Settings
from detector.model.relations import explanation_text
from detector.reports.document import (
    Block,
    Document,
    Items,
    Paragraph,
    Part,
    ReportColumn,
    ReportTable,
    Section,
    Tile,
    Tiles,
)
from detector.reports.period_figures import PeriodFigures
from detector.store import Published
from detector.texts import Texts
from detector.texts.untrusted import called

Row = Mapping[str, Any]
NOTES: Final = ("row", "ground", "none", "logs", "others")
DONE: Final = (("wrote", "update"), ("printed", "print"), ("exported", "export"))
"""What else was done with the record: flag of the row, and the action that names it."""


def accounting(
    published: Published,
    settings: Settings,
    texts: Texts,
    patient: str,
    *,
    shown_as: str,
    first: dt.date | None = None,
    last: dt.date | None = None,
    names: bool = True,
    head: str | None = None,
) -> Document:
    """Return the document about one record; ``shown_as`` is how it is named, without ``names`` only units are told.

    The days are all that were worked through, unless ``first`` and ``last`` say otherwise. ``head`` is the hash of the
    trail's newest entry.
    """
    readings = PeriodFigures(published)
    newest = readings.newest()
    begin = first or readings.first_date()
    end = min(last or newest, newest)
    rows = readings.rows("disclosures", patient=patient, first=begin, last=end)
    known = sum(row["explained"] for row in rows)
    tiles = Tiles([
        Tile(texts("disclosure.accounts"), f"{len({row['user_id'] for row in rows}):,}"),
        Tile(texts("disclosure.days"), f"{len(rows):,}"),
        Tile(texts("disclosure.grounded"), f"{known:,}"),
        Tile(texts("disclosure.ungrounded"), f"{len(rows) - known:,}"),
    ])  # fmt: skip
    notes = [texts(f"disclosure.note_{name}") for name in NOTES]
    sections: dict[str, list[Block]] = {
        "list": [disclosure_table(rows, texts, names=names)],
        "reading": [Items("", notes)],
    }
    part = Part(
        "accounting",
        texts("disclosure.title"),
        texts("disclosure.reader"),
        [Section(name, texts(f"disclosure.{name}"), blocks) for name, blocks in sections.items()],
    )
    return Document(
        language=texts.language,
        site=settings.site.name,
        title=texts("disclosure.title"),
        subtitle=texts("disclosure.subtitle", patient=shown_as, first=begin, last=end),
        summary=[tiles, *([] if rows else [Paragraph(texts("disclosure.none"), "good")])],
        parts=[part],
        footer=[
            texts("disclosure.footer", through=newest, version=__version__),
            *([] if head is None else [texts("disclosure.trail_head", head=head)]),
        ],
        labels={key: texts(f"report.label_{key}") for key in ("contents", "figures", "skip", "alert", "item", "back")},
    )


def disclosure_table(
    rows: Sequence[Row], texts: Texts, *, names: bool, name: str = "disclosures", title: str | None = None
) -> ReportTable:
    """Return the accesses of ``sql/report/disclosures.sql`` as a table, the oldest first."""
    told = [
        {
            "when": _span(row),
            **({"who": called(row)} if names else {}),
            "unit": " · ".join(str(one) for one in (row["department"], _role(row, texts)) if one),
            "what": texts.words(texts.name("category", one) for one in row["categories"] if one),
            "done": _done(row, texts),
            "ground": _ground(row, texts),
        }
        for row in rows
    ]
    columns = [
        ReportColumn("when", texts("events.time"), "name"),
        *([ReportColumn("who", texts("disclosure.who"), "name")] if names else []),
        ReportColumn("unit", texts("disclosure.unit")),
        ReportColumn("what", texts("evidence.categories")),
        ReportColumn("done", texts("disclosure.done")),
        ReportColumn("ground", texts("patient.why")),
    ]
    return ReportTable(name, title or texts("disclosure.list"), columns, told, empty=texts("disclosure.none"))


def _done(row: Row, texts: Texts) -> str:
    """Name what else was done; of who was refused all day that nothing was opened."""
    if row["refused"]:
        return texts("disclosure.refused")
    return texts.words(texts.name("action", action) for flag, action in DONE if row[flag])


def _ground(row: Row, texts: Texts) -> str:
    """Name the ground on file; accounts that are no person process by their nature."""
    if row["account_type"] != "human":
        return texts("disclosure.system")
    if row["usual"]:
        return texts("disclosure.usual")
    if not row["explained"]:
        return texts("disclosure.no_ground")
    return explanation_text(row["ground"] or "habit", texts)


def _role(row: Row, texts: Texts) -> str:
    return str(row["role"] or "") if row["account_type"] == "human" else texts.name("account_type", row["account_type"])


def _span(row: Row) -> str:
    first, last = row["first_at"], row["last_at"]
    begin = first.strftime("%Y-%m-%d %H:%M")
    return begin if first.strftime("%H:%M") == last.strftime("%H:%M") else f"{begin}–{last.strftime('%H:%M')}"
