"""Records under seal: what was opened meanwhile, with and without a ground, and the list that is handed over at once.

The list is of the first hour of a public case: who has opened the record so far, on what ground, and who printed or
exported it. It accuses nobody: where no ground is on file it says just that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from detector import __version__
from detector.database.queries import rows as rows_of
from detector.database.rows import registered
from detector.deployment.settings import Settings
from detector.reports.disclosures import disclosure_table
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
from detector.store.sealing_table import naive, spans_under_seal
from detector.texts import Texts
from detector.trail.sealings import SealedSpan

if TYPE_CHECKING:
    import duckdb

    from detector.reports.numbers import Numbers
    from detector.reports.periods import Period

NOTES: Final = ("row", "ground", "none", "logs")
COUNTS: Final = ("grounded", "ungrounded", "systems", "copies", "accounts")
SPANS: Final = pl.Schema(
    {
        "place": pl.Int64(),
        "numbers": pl.List(pl.String()),
        "starts_at": pl.Datetime("us"),
        "ends_at": pl.Datetime("us"),
    }
)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One time under seal and what was opened in it: see ``sql/report/sealed_accesses.sql``."""

    span: SealedSpan
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record of the list: its number, how it is named, and the time under seal that begins with the list, if any."""

    number: str
    shown_as: str
    span: SealedSpan | None


def sealed_records(
    connection: duckdb.DuckDBPyConnection, spans: Sequence[SealedSpan], first: dt.date, last: dt.date
) -> list[SealedRecord]:
    """Return what was opened in each time under seal from a date to another; the view ``events`` must cover them."""
    table = pl.DataFrame(
        {
            "place": range(len(spans)),
            "numbers": [sorted({span.patient_id, *span.numbers}) for span in spans],
            "starts_at": [naive(span.starts_at) for span in spans],
            "ends_at": [None if span.ends_at is None else naive(span.ends_at) for span in spans],
        },
        schema=SPANS,
    )
    with registered(connection, sealed_spans=table):
        counted = rows_of(connection, "report", "sealed_accesses.sql", first=first, last=last)
    return [
        SealedRecord(span, {name: int(row[name]) for name in COUNTS}) for span, row in zip(spans, counted, strict=True)
    ]


def spans_of_period(spans: Sequence[SealedSpan], first: dt.date, last: dt.date, zone: ZoneInfo) -> list[SealedSpan]:
    """Return the times under seal that touch some date of a period."""
    begin = dt.datetime.combine(first, dt.time(), zone)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    return [span for span in spans if span.starts_at < end and span.stands(begin)]


def end_words(span: SealedSpan, texts: Texts, zone: ZoneInfo) -> str:
    """Say when a time under seal ended, or will."""
    if span.lifted_by is not None and span.ends_at is not None:
        return texts("seal.lifted_at", moment=local(span.ends_at, zone))
    return texts("seal.open_end") if span.until is None else texts("seal.until", until=span.until)


def local(instant: dt.datetime, zone: ZoneInfo) -> str:
    """Return an instant on the site's wall clock, to the minute."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def sealing_blocks(
    published: Published, settings: Settings, period: Period, numbers: Numbers, texts: Texts
) -> list[Block]:
    """Return what a report tells of the records under seal in its period; nothing where there was none."""
    zone = ZoneInfo(settings.site.timezone)
    connection = published.connection
    spans = spans_of_period(spans_under_seal(connection, settings.site.timezone), period.first, period.last, zone)
    if not spans:
        return []
    found = sealed_records(connection, spans, period.first, period.last)
    rows = [
        {
            "record": numbers(one.span.patient_id),
            "since": local(one.span.starts_at, zone),
            "end": end_words(one.span, texts, zone),
            **one.counts,
        }
        for one in found
    ]
    columns = [
        ReportColumn("record", texts("seal.record"), "name"),
        ReportColumn("since", texts("seal.since"), "name"),
        ReportColumn("end", texts("seal.end")),
        *(ReportColumn(name, texts(f"seal.{name}"), "count") for name in COUNTS),
    ]
    table = ReportTable("sealed", texts("report.sealed"), columns, rows, empty="")
    return [table, Paragraph(texts("report.sealed_note"), "note")]


def sealed_list(
    published: Published,
    settings: Settings,
    texts: Texts,
    records: Sequence[ListedRecord],
    *,
    names: bool = False,
    head: str | None = None,
) -> Document:
    """Return the list to hand over; without ``names`` only units are told. ``head`` is that of the trail."""
    readings = PeriodFigures(published)
    first, last = readings.first_date(), readings.newest()
    zone = ZoneInfo(settings.site.timezone)
    sections, every = [], []
    unread = [unread_words(record.span, last, texts, zone) for record in records if record.span is not None]
    gap = next(filter(None, unread), None)
    for place, record in enumerate(records, start=1):
        rows = readings.rows("disclosures", patient=record.number, first=first, last=last)
        every += rows
        said = _sealing_words(record, texts, zone)
        blocks: list[Block] = [
            *([Paragraph(said)] if said else []),
            disclosure_table(
                rows,
                texts,
                names=names,
                name=f"disclosures-{place}",
                title=texts("seal.section", patient=record.shown_as),
            ),
        ]
        sections.append(Section(f"record-{place}", texts("seal.section", patient=record.shown_as), blocks))
    notes = [*(texts(f"disclosure.note_{name}") for name in NOTES), texts("seal.note_lead")]
    reading = Items(texts("disclosure.reading"), notes)
    held = _held_table(records, texts, zone, names=names)
    return Document(
        language=texts.language,
        site=settings.site.name,
        title=texts("seal.title"),
        subtitle=texts("seal.subtitle", count=len(records), first=first, last=last),
        summary=[_tiles(every, texts), *([Paragraph(gap, "alarm")] if gap else []), reading],
        parts=[Part("sealed", texts("seal.title"), texts("seal.reader"), [*held, *sections])],
        footer=[
            texts("disclosure.footer", through=last, version=__version__),
            *([] if head is None else [texts("disclosure.trail_head", head=head)]),
        ],
        labels={key: texts(f"report.label_{key}") for key in ("contents", "figures", "skip", "alert", "item", "back")},
    )


def _sealing_words(record: ListedRecord, texts: Texts, zone: ZoneInfo) -> str | None:
    if record.span is None:
        return None
    return texts("seal.held", moment=local(record.span.starts_at, zone), lasts=end_words(record.span, texts, zone))


def _held_table(records: Sequence[ListedRecord], texts: Texts, zone: ZoneInfo, *, names: bool) -> list[Section]:
    """Return when each record was under seal; with ``names`` also by whom, and the notes, which may name people."""
    rows = [
        {
            "record": one.shown_as,
            "since": local(one.span.starts_at, zone),
            "end": end_words(one.span, texts, zone),
            **({"by": one.span.sealed_by, "note": one.span.note} if names else {}),
        }
        for one in records
        if one.span is not None
    ]
    columns = [ReportColumn(name, texts(f"seal.{name}")) for name in ("record", "since", "end")]
    columns += [ReportColumn(name, texts(f"seal.{name}")) for name in ("by", "note") if names]
    title = texts("seal.spans")
    return [Section("seals", title, [ReportTable("seals", title, columns, rows)])] if rows else []


def unread_words(span: SealedSpan, last: dt.date, texts: Texts, zone: ZoneInfo) -> str | None:
    """Say which accesses before the seal neither the list nor an alert has; None where the list reaches up to it.

    ``last`` is the last date that was worked through.
    """
    begin = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    if span.starts_at <= begin:
        return None
    return texts("seal.unread", since=local(begin, zone), until=local(span.starts_at, zone), through=last)


def _tiles(rows: Sequence[Mapping[str, Any]], texts: Texts) -> Tiles:
    people = [row for row in rows if row["account_type"] == "human"]
    known = sum(row["explained"] for row in people)
    usual = sum(row["usual"] for row in people)
    copied = sum((row["printed"] or row["exported"]) and not row["refused"] for row in rows)
    return Tiles([
        Tile(texts("disclosure.accounts"), f"{len({row['user_id'] for row in rows}):,}"),
        Tile(texts("disclosure.days"), f"{len(rows):,}"),
        Tile(texts("disclosure.grounded"), f"{known:,}"),
        Tile(texts("disclosure.usual"), f"{usual:,}"),
        Tile(texts("disclosure.no_ground"), f"{len(people) - known - usual:,}"),
        Tile(texts("disclosure.system"), f"{len(rows) - len(people):,}"),
        Tile(texts("seal.copied_days"), f"{copied:,}"),
    ])  # fmt: skip
