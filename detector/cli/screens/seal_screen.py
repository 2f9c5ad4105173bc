"""Records under seal on the screen: what became of them, who opened them so far, and what is sealed now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from detector.cli.other_numbers import look_alikes
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import shown, wrap
from detector.cli.screens.record_screen import OpenedRecord, table_columns, table_rows
from detector.cli.view import View
from detector.database.queries import rows
from detector.reports.sealed_records import COUNTS, SealedRecord, end_words, local, sealed_records, unread_words
from detector.store.judged_dates import last_judged
from detector.store.sealing_table import spans_under_seal
from detector.texts import Texts

if TYPE_CHECKING:
    from detector.cli.session import Session
    from detector.review.sealing import SealDraft
    from detector.trail.sealings import SealedSpan

SEALED_KEYS: Final = (
    "patient_id", "sealed_at", "ends_at", "until", "sealed_by", "note", *COUNTS,
)  # fmt: skip
"""What machine formats have of each record under seal; times are the site's, the counts are since its sealing."""
TOLD: Final = 5
"""Of so many records everybody who opened them is shown; of more only how many."""


def lines(view: View, drafts: Sequence[SealDraft], opened: Sequence[OpenedRecord], *, listed: bool) -> Iterator[str]:
    """Yield what became of the records, and who opened them unless that is in a file (``listed`` is false)."""
    texts, width = view.session.texts, view.session.width
    through = _through(view)
    records = {record.number: record for record in opened}
    for draft in drafts:
        for said in _outcome(view, draft, records[draft.record], through):
            yield from wrap(shown(said), width, "  ")
    if not listed:
        yield from _since_sealing(view, drafts)
        return
    for record in opened[:TOLD]:
        yield ""
        yield from _viewers(view, record)
    if len(opened) > TOLD:
        yield ""
        yield from wrap(texts("seal.more_records", count=len(opened) - TOLD), width)
    yield ""
    yield from wrap(texts("seal.through", through=through), width)


def first_lines(session: Session, drafts: Sequence[SealDraft]) -> Iterator[str]:
    """Yield what became of records before the first run."""
    for draft in drafts:
        yield from wrap(shown(_outcome_words(session, draft, draft.given)), session.width, "  ")
    yield ""
    yield from wrap(session.texts("seal.first_run"), session.width)


def viewer_rows(view: View, opened: Sequence[OpenedRecord]) -> list[dict[str, Any]]:
    """Return a row per account and record, for machine formats."""
    return [viewer | {"patient_id": view.number(record.number)} for record in opened for viewer in record.viewers]


def cautions(view: View, opened: Sequence[OpenedRecord], *, handed_out: bool, names: bool) -> list[str]:
    """Say which findings about the records, or about accounts on the list, are not settled."""
    session = view.session
    numbers = [number for record in opened for number in record.numbers]
    found = rows(view.published.connection, "cli", "unsettled_viewers.sql", numbers=numbers)
    if not found:
        return []
    key = "unsettled" if not handed_out else "unsettled_names" if names else "unsettled_list"
    waiting = session.texts.words(str(row["finding_id"]) for row in found)
    return wrap(shown(session.texts(f"seal.{key}", findings=waiting)), session.width)


def sealed_now(view: View, moment: dt.datetime) -> list[dict[str, Any]]:
    """Return the records under seal at a moment, with what was opened since."""
    settings, connection, texts = view.session.settings, view.published.connection, view.session.texts
    spans = [span for span in spans_under_seal(connection, settings.site.timezone) if span.stands(moment)]
    zone = ZoneInfo(settings.site.timezone)
    return [{**_sealed_row(one.span, texts, zone), **one.counts} for one in opened_under(view, spans)]


def opened_under(view: View, spans: Sequence[SealedSpan]) -> list[SealedRecord]:
    """Return what was opened in times under seal, up to the last date that was worked through."""
    if not spans:
        return []
    zone = ZoneInfo(view.session.settings.site.timezone)
    first = min(span.starts_at for span in spans).astimezone(zone).date()
    view.published.refresh_views(first, None)
    return sealed_records(view.published.connection, spans, first, dt.date.max)


def sealed_columns(texts: Texts) -> list[ScreenColumn]:
    """Return the columns of the list of records under seal."""
    return [
        ScreenColumn("patient_id", texts("seal.record"), fit="wrap"),
        ScreenColumn("sealed_at", texts("seal.since")),
        ScreenColumn("end", texts("seal.end"), fit="wrap"),
        ScreenColumn("sealed_by", texts("seal.by"), fit="wrap"),
        ScreenColumn("note", texts("seal.note"), fit="wrap"),
        ScreenColumn("grounded", texts("seal.grounded"), align="right"),
        ScreenColumn("ungrounded", texts("seal.ungrounded"), align="right"),
        ScreenColumn("copies", texts("seal.copies"), align="right"),
    ]


def _sealed_row(span: SealedSpan, texts: Texts, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "patient_id": span.patient_id,
        "sealed_at": local(span.starts_at, zone),
        "ends_at": None if span.ends_at is None else local(span.ends_at, zone),
        "until": None if span.until is None else str(span.until),
        "end": end_words(span, texts, zone),
        "sealed_by": span.sealed_by,
        "note": span.note,
    }


def _outcome(view: View, draft: SealDraft, record: OpenedRecord, through: dt.date) -> Iterator[str]:
    """Yield what became of a record, and what an officer has to know with it."""
    texts, zone = view.session.texts, ZoneInfo(view.session.settings.site.timezone)
    yield _outcome_words(view.session, draft, view.number(draft.given))
    if draft.given != record.number:
        yield texts("patient.merged", former=view.number(draft.given), patient=view.number(record.number))
    if not record.known:
        yield texts("seal.unknown", patient=view.number(draft.given))
        alike = look_alikes(view.published.connection, draft.given)
        if alike:
            yield texts("seal.alike", numbers=texts.words(str(view.number(one)) for one in alike))
    if draft.act is None or draft.span is None or draft.outcome != "sealed":
        return
    if draft.act.through is not None and draft.act.holds_from(zone) > draft.act.moment:
        yield texts("seal.judged", through=through)
    unread = unread_words(draft.span, through, texts, zone)
    if unread is not None:
        yield unread


def _outcome_words(session: Session, draft: SealDraft, number: str | None) -> str:
    texts, zone = session.texts, ZoneInfo(session.settings.site.timezone)
    words: dict[str, object] = {"patient": number}
    if draft.span is not None:
        words |= {"moment": local(draft.span.starts_at, zone), "lasts": end_words(draft.span, texts, zone)}
        if draft.span.ends_at is not None:
            words["ended"] = local(draft.span.ends_at, zone)
    return texts(f"seal.outcome_{draft.outcome}", **words)


def _since_sealing(view: View, drafts: Sequence[SealDraft]) -> Iterator[str]:
    """Yield what was opened under the seals that were lifted."""
    texts, width = view.session.texts, view.session.width
    spans = [draft.span for draft in drafts if draft.span is not None and draft.outcome == "lifted"]
    for one in opened_under(view, spans):
        said = texts("seal.since_sealing", patient=view.number(one.span.patient_id), **one.counts)
        yield from wrap(shown(said), width, "  ")


def _viewers(view: View, record: OpenedRecord) -> Iterator[str]:
    session, texts, viewers = view.session, view.session.texts, record.viewers
    title = texts("patient.title", patient=view.number(record.number))
    yield session.paint(shown(title), "bold")
    if not viewers:
        yield texts("seal.nobody")
        return
    summary = texts(
        "patient.summary",
        accounts=len({viewer["user_id"] for viewer in viewers}),
        explained=sum(viewer["explained_days"] for viewer in viewers),
        usual=sum(viewer["usual_days"] for viewer in viewers),
        total=sum(viewer["days"] for viewer in viewers),
    )
    yield from wrap(summary, session.width, "  ")
    yield ""
    columns = table_columns(texts, copies=True)
    yield from table(columns, table_rows(viewers, texts), width=session.width, paint=session.paint)


def _through(view: View) -> dt.date:
    """Return the last business date that was worked through; the readers' copy has one, or nobody opened anything."""
    return last_judged(view.published.connection) or dt.date.min
