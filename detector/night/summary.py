"""What a run did, and what its owner has to look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

ONE_DAY: Final = dt.timedelta(days=1)
NAMED: Final = 3
"""So many things are named in a sentence; the others are counted."""

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.detection.visibility import Visibility
    from detector.findings.source_state import SilentSource
    from detector.loading.context_versions import ContextCount
    from detector.loading.events import LoadSummary
    from detector.loading.source_loader import FileCount
    from detector.loading.waiting_rows import StrayClock
    from detector.night.arrivals import StoppedDeliveries
    from detector.night.dates import LateRows
    from detector.night.due_dates import DueDates
    from detector.sources.column_clashes import Clash
    from detector.store.seals import SealChain
    from detector.texts import Texts


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did: dates judged, rows by file, findings and what needs attention (``attention`` → exit code 1).

    ``through`` is the last business date judged, by this run or an earlier one; ``late_dates`` were judged again, since
    rows came after their night. ``alerts_new`` are findings with the
    keys of ``findings --format ndjson`` and tokens in place of record numbers. ``not_judged`` are sentences on later
    dates that have events: why they are not judged yet. ``visibility`` is what could be seen up to ``through``.
    ``noted`` are those sentences of ``attention``, by language, that only the run can know; ``quarantine`` has the rows
    in quarantine, those that count towards its limit, and all rows, where the run read or released any; ``arrived_at``
    is the start of the run if it brought any new row.
    """

    through: dt.date | None
    dates: list[dt.date]
    late_dates: list[dt.date]
    files: list[FileCount]
    rows_read: int
    accepted: int
    duplicates: int
    quarantined: int
    quarantine_share: float
    findings_new: int
    findings_updated: int
    alerts_new: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    seconds: float = 0.0
    not_judged: list[str] = field(default_factory=list)
    visibility: Visibility | None = None
    noted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quarantine: tuple[int, ...] = ()
    arrived_at: dt.datetime | None = None


def context_warnings(context: Sequence[ContextCount], texts: Texts) -> list[str]:
    """Return one sentence per context table whose file was not understood as a whole."""
    return [
        texts("attention.context_rows", table=count.name, rows=count.quarantined)
        for count in context
        if count.quarantined and count.failure is None
    ]


def restored_warning(restored: bool, texts: Texts) -> list[str]:
    """Return a sentence where the store was restored from a backup that is older than the trail."""
    return [texts("attention.restored")] if restored else []


def file_notes(loaded: LoadSummary, texts: Texts) -> list[str]:
    """Return one sentence per file that was not read as it says it is, and per source that is configured no more."""
    borrowed = [file for file in loaded.files if file.borrowed_header]
    stray = [file for file in loaded.files if file.stray_quotes]
    return [
        *([texts("attention.released", rows=f"{loaded.released:,}")] if loaded.released else []),
        *(texts("attention.borrowed_header", file=file.path, source=file.source) for file in borrowed),
        *(texts("attention.stray_quotes", file=file.path, rows=f"{file.stray_quotes:,}") for file in stray),
        *(
            texts("attention.bare_numbers", file=file.path, header=header, count=f"{count:,}")
            for file in loaded.files
            for header, count in file.bare_numbers
        ),
        *_clash_sentences(loaded, texts),
        *(texts("attention.not_configured", source=name) for name in loaded.sources_not_configured),
    ]


def _clash_sentences(loaded: LoadSummary, texts: Texts) -> list[str]:
    """Return one sentence per source and pair of columns that mean one and differ."""
    found: dict[tuple[str, str, str, str], list[Clash]] = {}
    for file in loaded.files:
        for one in file.clashes:
            found.setdefault((file.source, one.column, one.header, one.other), []).append(one)
    return [
        texts(
            "attention.twin_columns" if clashes[0].is_twin else "attention.rival_columns",
            source=source,
            column=column,
            header=header,
            other=other,
            rows=f"{sum(one.rows for one in clashes):,}",
            of=f"{sum(one.of for one in clashes):,}",
        )
        for (source, column, header, other), clashes in found.items()
    ]


def date_warnings(due: DueDates, late: LateRows, waiting: Sequence[StrayClock], texts: Texts) -> list[str]:
    """Return one sentence each for a date that was asked for in vain, for clocks that are wrong, for rows too old.

    ``waiting`` are accounts whose rows are set aside since they are dated in the future.
    """
    sentences = []
    if not due.has_begun:
        sentences.append(texts("attention.not_begun", accounts=due.accounts))
    if due.held_back is not None and due.newest is not None:
        sentences.append(texts("attention.held_back", asked=due.held_back, newest=due.newest, accounts=due.accounts))
    sentences += clock_sentences([*due.clocks, *waiting], texts)
    if late.too_old:
        sentences.append(texts("attention.too_old", rows=f"{late.too_old:,}", oldest=late.oldest, newest=late.newest))
    return sentences


def unjudged_sentences(due: DueDates, last: dt.date | None, through: dt.date | None, texts: Texts) -> list[str]:
    """Return why dates after ``last``, the last one judged, are not judged although the logs have events of them."""
    sentences = []
    if due.newest is not None and due.has_begun and (last is None or due.newest > last):
        first = last + ONE_DAY if last is not None else due.begin or due.newest
        asked = through is not None and through < due.newest
        key = "run.not_asked" if asked else "run.not_over"
        sentences.append(texts(key, dates=_span(first, due.newest, texts), accounts=due.accounts, asked=through))
    if due.thin:
        sentences.append(texts("run.thin", dates=_span(due.thin[0], due.thin[-1], texts), accounts=due.accounts))
    return sentences


def _span(first: dt.date, last: dt.date, texts: Texts) -> str:
    return str(first) if first == last else texts("report.span", first=first, last=last)


def clock_sentences(clocks: Iterable[StrayClock], texts: Texts) -> list[str]:
    """Return a sentence for each account whose events are dated where nobody else works, or in the future."""
    return [
        texts(
            "attention.future" if clock.is_future else "attention.clock",
            account=clock.user_id or "-",
            workstation=clock.workstation or "-",
            source=clock.source,
            events=f"{clock.events:,}",
            first=clock.first_on,
            last=clock.last_on,
        )
        for clock in clocks
    ]


def retired_sources(settings: Settings, through: dt.date | None) -> set[str]:
    """Return the sources of which no files are expected any more once ``through`` is judged."""
    return {
        source.name
        for source in settings.sources
        if source.until is not None and through is not None and source.until < through
    }


def attention(
    loaded: LoadSummary,
    settings: Settings,
    texts: Texts,
    *,
    through: dt.date | None = None,
    silent: Sequence[SilentSource] = (),
    stopped: StoppedDeliveries | None = None,
    trail_intact: bool = True,
    visibility: Visibility | None = None,
) -> list[str]:
    """Return what the owner of the job has to look at; anything here makes the exit code 1.

    ``through`` is the last date judged: no files are expected of a source that was retired by then.
    """
    verdict = visibility.verdict(texts) if visibility is not None else None
    too_many = quarantine_sentence(
        loaded.rows_read, loaded.quarantined, counted(loaded), settings.store.quarantine_limit, texts
    )
    without_files = _without_files(loaded, settings, through)
    return [
        *filter(None, [verdict, too_many]),
        *([stopped.sentence(texts)] if stopped is not None else []),
        *source_sentences(loaded, settings, texts, through),
        *(one.sentence(texts) for one in silent if one.source not in without_files or one.since is not None),
        *(texts("attention.file", file=file.path, problem=file.problem) for file in loaded.files if file.problem),
        *trail_sentences(trail_intact, texts),
    ]


def counted(loaded: LoadSummary) -> int:
    """Return how many rows in quarantine count towards the limit."""
    return loaded.quarantined - loaded.future_again - loaded.no_records


def quarantine_sentence(rows: int, quarantined: int, counting: int, limit: float, texts: Texts) -> str | None:
    """Return the sentence that of so many ``rows`` too many were not understood; None where they were not."""
    if not rows or counting / rows <= limit:
        return None
    return texts("attention.quarantine", quarantined=f"{quarantined:,}", rows=f"{rows:,}", limit=f"{limit:.1%}")


def source_sentences(loaded: LoadSummary, settings: Settings, texts: Texts, through: dt.date | None) -> list[str]:
    """Return which sources have rows that wait for the order of day and month, and which have no file at all."""
    return [
        *(order.sentence(texts) for order in loaded.open_orders),
        *(texts("attention.no_files", source=name) for name in _without_files(loaded, settings, through)),
    ]


def _without_files(loaded: LoadSummary, settings: Settings, through: dt.date | None) -> list[str]:
    return [name for name in loaded.sources_without_files if name not in retired_sources(settings, through)]


def trail_sentences(intact: bool, texts: Texts) -> list[str]:
    """Return a sentence where the trail does not hold."""
    return [] if intact else [texts("attention.trail")]


def unlike_noted(chain: SealChain, texts: Texts) -> list[str]:
    """Return what was not as the nights before had left it when the run began."""
    sentences = []
    if chain.origin is None:
        sentences.append(texts("attention.store_state"))
    if chain.found:
        named = ", ".join(chain.found[:NAMED]) + (" …" if len(chain.found) > NAMED else "")
        sentences.append(texts("attention.findings_changed", count=len(chain.found), findings=named))
    if chain.missing:
        named = ", ".join(chain.missing[:NAMED]) + (" …" if len(chain.missing) > NAMED else "")
        sentences.append(texts("attention.parts_damaged", count=len(chain.missing), parts=named))
    return sentences
