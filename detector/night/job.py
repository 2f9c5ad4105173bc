"""The nightly job: load what is new, then work through every business date that has not been judged.

It reads like the drawing:

    logs → store → explained accesses → evidence → findings → outbox

The first arrow is loading, which commits by itself, chunk by chunk. The others are one night, :func:`judge_night`, a
function for each; a business date commits as one, so that a run killed at any point leaves whole dates behind it and
the next run goes on there with the same result.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from detector.deployment.settings import Settings
from detector.detection import night_tables
from detector.detection.accumulation import WINDOW_DAYS
from detector.detection.evidence_days import write_evidence
from detector.detection.scoring import score_dates
from detector.detection.source_days import note_source_days
from detector.detection.visibility import LOOKED_AT_DAYS, Visibility, visibility_where_whole
from detector.export.outbox import queue_changes, queue_night
from detector.findings.changes import FindingChanges
from detector.findings.late_evidence import keep_earlier_evidence
from detector.findings.reading import read_findings
from detector.findings.scoring_context import ScoringContext
from detector.findings.source_state import late_sources, silent_sources
from detector.findings.update import update_findings
from detector.loading.context import read_context
from detector.loading.context_digests import context_used
from detector.loading.context_versions import ContextVersions
from detector.loading.doubtful_ids import newest_doubtful_ids
from detector.loading.events import files_by_source, load_events
from detector.loading.ownership import check_store_folder, rename_source_hours
from detector.loading.view_pull import pull_views
from detector.loading.waiting_rows import future_clocks
from detector.night.arrivals import StoppedDeliveries, stopped_deliveries
from detector.night.dates import (
    ONE_DAY,
    Judgement,
    NightDates,
    late_rows,
    night_dates,
    record_dates,
    record_thresholds,
    used_thresholds,
)
from detector.night.due_dates import daily_sources, due_dates
from detector.night.earlier_dates import take_in_source_days
from detector.night.last_run import earlier_record
from detector.night.readers import settle_readers
from detector.night.rekeying import dates_to_judge_again, note_judged_again, take_in_identities
from detector.night.summary import (
    RunSummary,
    attention,
    context_warnings,
    counted,
    date_warnings,
    file_notes,
    restored_warning,
    source_sentences,
    trail_sentences,
    unjudged_sentences,
    unlike_noted,
)
from detector.night.trail_entry import (
    begin_run,
    begin_seals,
    record_accepted_context,
    record_date,
    record_night,
    record_purge,
    take_in,
)
from detector.policies import tables
from detector.policies.catalogue import load_policies
from detector.policies.firing import fire_policies
from detector.policies.policy import Policy
from detector.privacy.hiding import hidden_findings
from detector.privacy.pseudonyms import Pseudonyms, pseudonymiser
from detector.progress import Progress
from detector.store import Store, open_store
from detector.store.decision_tables import apply_decisions
from detector.store.judged_dates import last_judged
from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language
from detector.trail import Trail

BeforeCommit = Callable[[Sequence[dt.date], Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class NightOutcome:
    """What one night changed among the findings; a ``warnings`` line for each policy of the site that failed."""

    changes: FindingChanges
    warnings: tuple[str, ...]


def run_nights(
    settings: Settings,
    through: dt.date | None,
    progress: Progress,
    *,
    accept_context: Collection[str] = (),
    language: Language | None = None,
    now: dt.datetime | None = None,
    on_open: Callable[[], None] = lambda: None,
    start: dt.datetime | None = None,
) -> RunSummary:
    """Load everything that is new and judge every unprocessed business date up to ``through``.

    The alerts of the summary, which ends in mails and job logs, show tokens in place of record numbers.
    ``accept_context`` names context tables whose newest file is accepted whatever it lost.
    ``now`` is the time that outbox and trail note for what changed; no judgement depends on it. ``start`` takes the
    clock's place where rows are told apart that cannot have happened yet; the trail notes it. ``on_open`` is called
    once the run holds the store.

    Without ``through`` the newest date is judged after whose end some source has an event. Raises ConfigError,
    InputError and StoreError; where the store is another deployment's, before anything is written.
    """
    started = time.monotonic()
    now = now or dt.datetime.now(dt.UTC)
    language = language or settings.site.language
    texts = load_texts(language)
    policies = load_policies(settings)
    trail = Trail.of(settings)
    check_store_folder(settings, files_by_source(settings))
    with open_store(settings) as store:
        connection = store.connection
        on_open()
        trail.prepare()
        settle_readers(settings)
        chain = begin_seals(store, trail)
        unlike = {one: unlike_noted(chain, load_texts(one)) for one in LANGUAGES}
        pseudonyms = pseudonymiser(settings)  # needed at the end: a key that cannot be used ends the run here
        restored = begin_run(store, settings, trail, now)
        not_pulled = pull_views(settings, progress=progress, now=start)
        loaded = load_events(store, settings, progress=progress, start=start, not_pulled=not_pulled)
        context = read_context(store, settings)
        context.accepted |= record_accepted_context(store, settings, trail, context, accept_context, now)
        sealing = partial(record_date, store, settings, trail, now, chain)
        rekeyed = take_in_identities(store, settings, context, sealing)
        due = due_dates(store, through, daily_sources(settings))
        late = late_rows(store, settings.store.keep_events_days, due.begin)
        again = sorted({*late.dates, *dates_to_judge_again(connection)})
        take_in_new_names(store, sealing)
        take_in_source_days(store, sealing)
        outcomes = judge_dates_due(
            store, settings, policies, due.dates, again, now, progress, context=context, before_commit=sealing
        )
        last = last_judged(connection)
        doubtful = newest_doubtful_ids(store, last)
        record_purge(store, settings, trail, now, chain)
        trail_intact = record_night(store, settings, trail, now, chain, start)
        store.publish()
        alerting = {identity for outcome in outcomes for identity in outcome.changes.alerts}
        waiting = future_clocks(store)
        alerts = alerts_to_show(connection, alerting, language, pseudonyms)
        silent, delayed = silent_sources(connection, settings), late_sources(connection, settings)
        brought = loaded.accepted + loaded.quarantined > loaded.future_again
        stopped = None if brought else stopped_by(connection, settings, through, start, now)
        visibility = what_is_visible(store, settings, last)
    new = {identity for outcome in outcomes for identity in outcome.changes.new}
    updated = {identity for outcome in outcomes for identity in outcome.changes.updated}
    warnings = dict.fromkeys(line for outcome in outcomes for line in outcome.warnings)
    return RunSummary(
        through=last,
        dates=list(due.dates),
        late_dates=again if outcomes else [],
        files=loaded.files,
        rows_read=loaded.rows_read,
        accepted=loaded.accepted,
        duplicates=loaded.duplicates,
        quarantined=loaded.quarantined,
        quarantine_share=loaded.quarantined / loaded.rows_read if loaded.rows_read else 0.0,
        findings_new=len(new),
        findings_updated=len(updated - new),
        alerts_new=alerts,
        warnings=[
            *restored_warning(restored, texts),
            *warnings,
            *context_warnings(context.counts, texts),
            *(one.sentence(texts) for one in delayed),
            *([rekeyed.sentence(texts)] if rekeyed is not None else []),
            *doubtful.sentences(texts),
            *date_warnings(due, late, waiting, texts),
            *file_notes(loaded, texts),
        ],
        attention=[
            *attention(
                loaded,
                settings,
                texts,
                through=last,
                silent=silent,
                stopped=stopped,
                trail_intact=trail_intact,
                visibility=visibility,
            ),
            *(failure.sentence(texts) for failure in context.failures.values()),
            *unlike[language],
        ],
        seconds=time.monotonic() - started,
        not_judged=unjudged_sentences(due, last, through, texts),
        visibility=visibility,
        noted={
            one: [
                *source_sentences(loaded, settings, load_texts(one), last),
                *trail_sentences(trail_intact, load_texts(one)),
                *unlike[one],
            ]
            for one in LANGUAGES
        },
        quarantine=(
            (loaded.quarantined, counted(loaded), loaded.rows_read) if loaded.rows_read or loaded.released else ()
        ),
        arrived_at=(start or now) if brought else None,
    )


def stopped_by(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    through: dt.date | None,
    start: dt.datetime | None,
    now: dt.datetime,
) -> StoppedDeliveries | None:
    """Return since when nothing came, for a run without a new row: by its start, or by the date it was asked for."""
    moment = start or now
    if start is None and through is not None:
        moment = dt.datetime.combine(through + ONE_DAY, dt.time(), ZoneInfo(settings.site.timezone))
    arrival = earlier_record(settings.store.path.parent).arrival
    is_given = start is not None or through is not None
    return stopped_deliveries(connection, settings, arrival, moment, is_given=is_given)


def what_is_visible(store: Store, settings: Settings, last: dt.date | None) -> Visibility | None:
    """Return what could be seen up to ``last``, the last date judged; None where a damaged part is needed for it."""
    first = dt.date.min if last is None else last - ONE_DAY * LOOKED_AT_DAYS
    with store.views(first, last or dt.date.max):
        return visibility_where_whole(store.connection, settings, last)


def take_in_new_names(store: Store, sealing: Callable[[Sequence[dt.date], Sequence[str]], None]) -> None:
    """Let what renamed sources logged count under their present names; ``sealing`` notes the dates that changed."""
    with store.transaction():
        renamed = rename_source_hours(store.connection)
        if renamed:
            sealing(renamed, ())


def judge_dates_due(
    store: Store,
    settings: Settings,
    policies: Sequence[Policy],
    dates: Sequence[dt.date],
    late: Sequence[dt.date],
    now: dt.datetime,
    progress: Progress,
    *,
    context: ContextVersions,
    before_commit: BeforeCommit,
) -> list[NightOutcome]:
    """Judge ``dates`` one after the other, each with the ``context`` that is good for it, and publish for readers.

    Officers' acts meanwhile count from the next date. ``before_commit`` as :func:`judge_night`.

    The first night takes in the dates for which ``late`` rows came. Where no date is due they are judged by
    themselves, as of the newest date that was judged.
    """
    outcomes = []
    if not dates:
        settle_context(store, context, None)
    last = last_judged(store.connection)
    if late and not dates and last is not None:
        progress.step("night", 0, 1, str(last))
        take_in(store, Trail.of(settings))
        outcomes.append(
            judge_night(store, settings, policies, last, now, late=late, is_new=False, before_commit=before_commit)
        )
    for number, date in enumerate(dates):
        progress.step("night", number, len(dates), str(date))
        take_in(store, Trail.of(settings))
        settle_context(store, context, date)
        of_date = late if number == 0 else ()
        outcomes.append(judge_night(store, settings, policies, date, now, late=of_date, before_commit=before_commit))
        store.publish(force=False)
    progress.step("night", len(dates), len(dates))
    return outcomes


def settle_context(store: Store, context: ContextVersions, date: dt.date | None) -> None:
    """Use the version of each context table that is good for a date; commits, as the next run would decide the same."""
    with store.transaction():
        context.settle(date)


def judge_night(
    store: Store,
    settings: Settings,
    policies: Sequence[Policy],
    date: dt.date,
    now: dt.datetime,
    *,
    late: Sequence[dt.date] = (),
    is_new: bool = True,
    limits: Mapping[str, float] | None = None,
    before_commit: BeforeCommit | None = None,
) -> NightOutcome:
    """Judge one business date, those due to be judged again, and those that ``late`` rows came for; commit as one.

    Where the date is not new only the late rows are judged, at the thresholds that its night used.
    ``limits`` are evidence (nats) by stream at which to alert instead of what this history calibrates.
    ``before_commit`` is called with the judged dates and the ids of the findings that changed.
    """
    connection = store.connection
    with store.transaction():
        dates = night_dates(connection, date, late, is_new=is_new, keep_days=settings.store.keep_events_days)
        if not is_new:
            limits = limits or used_thresholds(connection, date)
        decided_before = date if is_new else date + ONE_DAY  # decisions since the night of a date count from the next
        apply_decisions(connection, decided_before)
        keep_earlier_evidence(connection, dates.late)
        note_judged_again(connection, dates.late)
        tables.create_policy_events(connection)
        warnings: list[str] = []
        for judgement in dates.judgements:
            with store.views(min(judgement.together), judgement.as_of):
                access_evidence = score_accesses(store, dates, judgement, settings)
                warnings += ask_policies(store, date, judgement, policies, settings)
                note_source_days(connection, judgement.asked)
                add_evidence(connection, dates, access_evidence)
                record_dates(connection, dates, judgement.scored, settings.alerting.learning_days)
        oldest = min(dates.judged[0], date - dt.timedelta(days=WINDOW_DAYS))
        with store.views(oldest, date):  # findings cover their whole window
            changes, thresholds = raise_findings(connection, dates, settings, policies, limits)
        if is_new:
            record_thresholds(connection, date, thresholds)
            queue_night(connection, date, now)
        else:
            queue_changes(connection, date, now, decided_before=decided_before)
        if before_commit is not None:
            before_commit(dates.judged, (*changes.new, *changes.updated))
    return NightOutcome(changes, tuple(dict.fromkeys(warnings)))


def score_accesses(
    store: Store, dates: NightDates, judgement: Judgement, settings: Settings
) -> dict[dt.date, pl.DataFrame]:
    """Explain and score every access of the judged dates.

    Reads ``events`` and the context tables. Gives the night tables (``night_tables.STEPS``), patient-days, account-days
    and suspicions, and returns per date the evidence of people's accesses, summed per account.
    """
    night_tables.prepare(
        store.connection,
        judgement.as_of,
        judgement.together,
        settings.site,
        settings.detection,
        scored=judgement.scored,
    )
    return score_dates(store, judgement.scored, dates.first)


def ask_policies(
    store: Store, night: dt.date, judgement: Judgement, policies: Sequence[Policy], settings: Settings
) -> tuple[str, ...]:
    """Ask the policies about the date if it has new rows; what fired before on it is replaced.

    Reads the night tables, ``events`` and ``patient_days`` of the days before the date, and ``account_spans`` as they
    were before it. Gives ``source_hours``, ``policy_days``, ``policy_events`` and wider ``account_spans``, and
    returns a line for each policy of the site that failed.
    """
    connection = store.connection
    warnings: list[str] = []
    # first: policies compare volumes with those of earlier dates
    tables.update_source_hours(connection, judgement.as_of, night)
    for day in judgement.asked:
        with store.views(day - dt.timedelta(days=tables.RECENT_DAYS), day):
            if tables.create_known_spans(connection, day):  # dates may be lacking
                with store.views(dt.date.min, day):
                    tables.create_known_spans(connection, day)
            warnings += fire_policies(connection, asked_about(connection, policies, day), day, settings).warnings
    tables.update_account_spans(connection)  # last: policies ask when an account was seen before this night
    return tuple(warnings)


def asked_about(connection: duckdb.DuckDBPyConnection, policies: Sequence[Policy], day: dt.date) -> Sequence[Policy]:
    """Return the policies that a date can concern: one without any event concerns the logs alone."""
    has_events = connection.execute("select exists (from log_accounts where business_date = ?)", [day]).fetchall()[0][0]
    return policies if has_events else [policy for policy in policies if policy.subject == "source"]


def add_evidence(
    connection: duckdb.DuckDBPyConnection,
    dates: NightDates,
    access_evidence: Mapping[dt.date, pl.DataFrame],
) -> None:
    """Add up the evidence of the judged dates per account: accesses, exports, unusual days and policies.

    Comes after the policies, since one that does not alert by itself adds evidence. Reads ``account_days``,
    ``export_days`` and ``policy_days``; gives ``evidence_days``.
    """
    write_evidence(connection, access_evidence, dates.date if dates.is_new else None)


def raise_findings(
    connection: duckdb.DuckDBPyConnection,
    dates: NightDates,
    settings: Settings,
    policies: Sequence[Policy],
    limits: Mapping[str, float] | None,
) -> tuple[FindingChanges, dict[str, float]]:
    """Raise and update findings from the evidence; return what changed, and the evidence each stream alerts at.

    Reads ``evidence_days``, ``suspicions`` and ``policy_days``, and what they held of late dates before; gives
    ``findings`` and ``finding_events``.
    """
    context = ScoringContext(
        dates.date, dates.judged, dates.first, settings, limits, dates.late, dates.is_new,
        tables=context_used(connection, dates.date),
        sentences={policy.id: policy.sentence.document() for policy in policies},
    )  # fmt: skip
    return update_findings(connection, context)


def alerts_to_show(
    connection: duckdb.DuckDBPyConnection, identities: Collection[str], language: Language, pseudonyms: Pseudonyms
) -> list[dict[str, Any]]:
    """Return these findings, highest risk first, with tokens in place of record numbers."""
    findings = read_findings(connection, language)
    return hidden_findings(connection, [one for one in findings if one["finding_id"] in identities], pseudonyms)
