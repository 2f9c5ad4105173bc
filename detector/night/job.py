"""The nightly job: load what is new, then work through every business date that has not been judged.

It reads like the drawing: logs → store → explained accesses → day features → evidence → findings. Loading commits by
itself, chunk by chunk; a business date commits as one, so a run killed at any point leaves whole dates behind it and
the next run goes on there with the same result.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detector.deployment.settings import Settings
from detector.detection import night_tables
from detector.detection.scoring import judge_dates, write_evidence
from detector.export.outbox import queue_changes, queue_night
from detector.findings.accounts import QUIET_DAYS, Night, Raised, update_findings
from detector.findings.cases import join_shared_harvests
from detector.findings.log_gaps import update_sources
from detector.findings.reading import read_findings
from detector.findings.records import update_records
from detector.loading.context import load_context
from detector.loading.events import LoadSummary, load_events
from detector.night.trail_entry import record_night, record_purge
from detector.policies import tables
from detector.policies.catalogue import load_policies
from detector.policies.firing import fire_policies
from detector.policies.policy import Policy
from detector.privacy.hiding import hidden_findings
from detector.privacy.pseudonyms import pseudonymiser
from detector.progress import Progress
from detector.store import Store, open_store
from detector.store.decision_tables import apply_decisions, fold_in
from detector.texts import Texts, load_texts
from detector.texts.language import Language
from detector.trail import Trail

ONE_DAY = dt.timedelta(days=1)
FIRST_DATE = """
select min(first_date) from (select first_date from event_parts union all select first_date from purged_parts)
"""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did: dates judged, rows by file, findings and what needs attention (``attention`` → exit code 1)."""

    through: dt.date | None
    dates: list[dt.date]
    files: list[Any]
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


def run_nights(
    settings: Settings,
    through: dt.date | None,
    progress: Progress,
    *,
    language: Language | None = None,
    now: dt.datetime | None = None,
) -> RunSummary:
    """Load everything that is new and judge every unprocessed business date up to ``through``.

    The alerts of the summary, which ends in mails and job logs, show tokens in place of record numbers.
    ``now`` is the time that outbox and trail note for what changed; no judgement depends on it.

    Without ``through`` the newest date is judged after whose end some source has an event. Raises ConfigError,
    InputError and StoreError.
    """
    started = time.monotonic()
    now = now or dt.datetime.now(dt.UTC)
    spoken = language or settings.site.language
    texts = load_texts(spoken)
    policies = load_policies(settings)
    trail = Trail.of(settings)
    with open_store(settings) as store:
        trail.prepare()
        pseudonyms = pseudonymiser(settings)
        fold_in(store.connection, trail)
        loaded = load_events(store, settings, progress=progress)
        context = load_context(store, settings)
        dates = dates_to_judge(store, through)
        late = late_dates(store, dates, settings.store.keep_events_days)
        raised = Raised()
        warnings: list[str] = []
        for number, date in enumerate(dates):
            progress.step("night", number, len(dates), str(date))
            found = judge_night(store, settings, policies, date, late if number == 0 else [], warnings, now)
            raised.new += found.new
            raised.updated += found.updated
            raised.alerts += found.alerts
            store.publish(force=False)
        progress.step("night", len(dates), len(dates))
        last = store.connection.execute("select max(business_date) from dates").fetchall()[0][0]
        if last is not None:
            with store.transaction():
                apply_decisions(store.connection, last + ONE_DAY)
                queue_changes(store.connection, last, now)
        record_purge(store, settings, trail, now)
        intact = record_night(store, settings, trail, now)
        store.publish()
        new_alerts = set(raised.alerts)
        alerts = hidden_findings(
            store.connection,
            [one for one in read_findings(store.connection, spoken) if one["finding_id"] in new_alerts],
            pseudonyms,
        )
    new = set(raised.new)
    return RunSummary(
        through=last,
        dates=dates,
        files=list(loaded.files),
        rows_read=loaded.rows_read,
        accepted=loaded.accepted,
        duplicates=loaded.duplicates,
        quarantined=loaded.quarantined,
        quarantine_share=loaded.quarantined / loaded.rows_read if loaded.rows_read else 0.0,
        findings_new=len(new),
        findings_updated=len(set(raised.updated) - new),
        alerts_new=alerts,
        warnings=[*dict.fromkeys(warnings), *context_warnings(context, texts)],
        attention=attention(loaded, settings, texts) + ([] if intact else [texts("attention.trail")]),
        seconds=time.monotonic() - started,
    )


def context_warnings(context: Sequence[Any], texts: Texts) -> list[str]:
    """Return one sentence per context table that could not be used, or not whole."""
    sentences = [
        texts("attention.context", table=count.name, problem=count.problem) for count in context if count.problem
    ]
    return sentences + [
        texts("attention.context_rows", table=count.name, rows=count.quarantined)
        for count in context
        if count.quarantined
    ]


def attention(loaded: LoadSummary, settings: Settings, texts: Texts) -> list[str]:
    """Return what the owner of the job has to look at; anything here makes the exit code 1."""
    sentences = []
    limit = settings.store.quarantine_limit
    if loaded.rows_read and loaded.quarantined / loaded.rows_read > limit:
        sentences.append(
            texts(
                "attention.quarantine",
                quarantined=f"{loaded.quarantined:,}",
                rows=f"{loaded.rows_read:,}",
                limit=f"{limit:.1%}",
            )
        )
    sentences += [texts("attention.no_files", source=name) for name in loaded.sources_without_files]
    sentences += [texts("attention.file", file=one.path, problem=one.problem) for one in loaded.files if one.problem]
    return sentences


def dates_to_judge(store: Store, through: dt.date | None) -> list[dt.date]:
    """Return the unprocessed business dates up to ``through``, in order.

    By itself a date is judged once some source has an event after its end; asked for by name, as soon as it has any.
    """
    row = store.connection.execute(
        "select min(first_date), max(last_date), (select max(business_date) from dates) from event_parts"
    ).fetchall()[0]
    first, newest, done = row
    if first is None:
        return []
    last = newest - ONE_DAY if through is None else min(through, newest)
    start = done + ONE_DAY if done else first
    return [start + ONE_DAY * number for number in range(max(0, (last - start).days + 1))]


def late_dates(store: Store, dates: Sequence[dt.date], keep_days: int) -> list[dt.date]:
    """Return processed dates for which rows were loaded after they had been judged.

    Dates whose events were purged are left as they are: one more row of such a day is not the day.
    """
    if not dates:
        return []
    connection = store.connection
    watermark, done = connection.execute("select max(part_watermark), max(business_date) from dates").fetchall()[0]
    if done is None:
        return []
    paths = [
        str(store.folder / row[0])
        for row in connection.execute(
            "select path from event_parts where part_id > ? and first_date <= ? order by part_id", [watermark, done]
        ).fetchall()
    ]
    if not paths:
        return []
    rows = connection.execute(
        "select distinct business_date from read_parquet($paths)"
        " where business_date between $oldest and $done order by all",
        {"paths": paths, "done": done, "oldest": done - dt.timedelta(days=keep_days)},
    ).fetchall()
    return [row[0] for row in rows]


def judge_night(
    store: Store,
    settings: Settings,
    policies: Sequence[Policy],
    date: dt.date,
    late: Sequence[dt.date],
    warnings: list[str],
    now: dt.datetime,
    limits: Mapping[str, float] | None = None,
) -> Raised:
    """Judge one business date, those due to be judged again, and those that late rows came for; commit as one.

    ``limits`` are evidence (nats) by stream at which to alert instead of what this history calibrates.
    """
    connection = store.connection
    first = connection.execute(FIRST_DATE).fetchall()[0][0]
    again = {date - dt.timedelta(days=days) for days in night_tables.REJUDGE_AFTER_DAYS}
    judged = sorted({date, *late, *(day for day in again if day >= first)})
    with store.transaction():
        apply_decisions(connection, date)
        store.refresh_views(judged[0], date)
        night_tables.prepare(connection, date, judged, settings.site)
        sums = judge_dates(store, judged, first)
        tables.update_source_hours(connection, date)
        tables.create_policy_events(connection)
        for day in sorted({date, *late}):
            store.refresh_views(day - dt.timedelta(days=tables.RECENT_DAYS), day)
            warnings += fire_policies(connection, policies, day, settings).warnings
        store.refresh_views(judged[0], date)
        for day in judged:
            write_evidence(connection, sums[day], day, first_time=day == date)
        tables.update_account_spans(connection)
        night = Night(date, tuple(judged), first, settings, limits)
        raised = Raised()
        viewers = update_records(connection, night, raised)
        needed = update_findings(connection, night, viewers, raised)
        join_shared_harvests(connection, date, QUIET_DAYS)
        update_sources(connection, night, raised)
        remember_dates(store, judged, date, needed)
        queue_night(connection, date, now)
    return raised


def remember_dates(store: Store, judged: Sequence[dt.date], date: dt.date, limits: dict[str, float]) -> None:
    """Note what was judged: counts by state, and the newest event part that was seen."""
    connection = store.connection
    watermark = connection.execute("select coalesce(max(part_id), 0) from event_parts").fetchall()[0][0]
    for day in judged:
        known = connection.execute("select thresholds from dates where business_date = ?", [day]).fetchall()
        text = json.dumps(limits) if day == date else (known[0][0] if known else None)
        connection.execute("delete from dates where business_date = ?", [day])
        connection.execute(
            """
            insert into dates
            select
                $day,
                $watermark,
                (select count(*) from log_accounts where business_date = $day),
                coalesce(sum(accesses), 0),
                count(*),
                count(*) filter (state = 'explained' and account_type = 'human'),
                count(*) filter (state = 'suspicious'),
                (select coalesce(sum(events), 0) from log_accounts where business_date = $day),
                (
                    select count(*)
                    from events
                    where business_date = $day and patient_id is null and action not in ('login', 'logout', 'other')
                ),
                $limits
            from patient_days
            where business_date = $day
            """,
            {"day": day, "watermark": watermark, "limits": text},
        )
