"""``detector status``: whether the nightly job is alive, for a person and for a watchdog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import cells, pad, shown, wrap
from detector.cli.screens.delivery_screen import state_rows, state_text
from detector.cli.screens.visibility_screen import verdict_lines, visibility_lines
from detector.cli.session import Session, session_of
from detector.database.rows import select
from detector.errors import StoreError
from detector.night.last_run import RunRecord, read_run_record
from detector.night.summary import quarantine_sentence

if TYPE_CHECKING:
    import duckdb

    from detector.texts import Texts

KEYS = (
    "good_at", "good_through", "hours_since", "stale_hours", "last_started_at", "last_ended_at", "last_exit_code",
    "last_message", "running_process", "through", "backlog", "open_alerts", "file_problems", "outbox", "precision",
    "uneven_alerts", "decisions_without_finding", "context", "silent", "delays", "attention",
    "visibility", "quarantine", "stopped", "noted",
)  # fmt: skip

FILE_PROBLEMS = "select source, path as file, problem from file_problems order by source, file, problem"
FEW = 5
"""Of fewer decisions no share is told."""
LABEL_CELLS = 36
"""A longer label, such as that of a receiver named by its path, has a line of its own."""


def status(
    context: typer.Context,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Say when the last good night was and what waits.

    It begins with what can be seen here and what not.

    Exit 1 when it is longer ago than stale_hours, when the last run failed or was killed, when nothing ran yet, while a
    log file cannot be read or a context table failed, while a source is silent beyond its habit or none brings anything
    new, while the logs name too few patients (blind_share), and while the last run noted anything else, such as a
    source without files or more quarantine than quarantine_limit.
    """
    session = session_of(context)
    row = status_row(session, datetime.now(UTC))
    if row_format is RowFormat.TABLE:
        session.say(_lines(session, row))
    else:
        seen = row["visibility"]
        row |= {"visibility": seen.keys(session.texts) if seen is not None else None}
        session.list_rows([row], KEYS, (), row_format)
    if row["attention"]:
        raise typer.Exit(1)


def status_row(session: Session, now: datetime) -> dict[str, Any]:
    """Return the state of a deployment's nightly job, by the keys of ``status``; ``attention`` says what is wrong."""
    settings = session.settings
    record = read_run_record(settings.store.path.parent)
    running = _holder(session)
    hours = None if record.good_at is None else (now - datetime.fromisoformat(record.good_at)).total_seconds() / 3600
    killed = record.started_at is not None and record.exit_code is None and running is None
    failed = killed or record.exit_code not in {None, 0, 1}
    row: dict[str, Any] = {
        "good_at": record.good_at,
        "good_through": record.good_through,
        "hours_since": None if hours is None else round(hours, 1),
        "stale_hours": settings.alerting.stale_hours,
        "last_started_at": record.started_at,
        "last_ended_at": record.ended_at,
        "last_exit_code": record.exit_code,
        "last_message": record.message or None,
        "running_process": running,
        "through": None,
        "backlog": [],
        "open_alerts": None,
        "file_problems": [],
        "outbox": [],
        "precision": None,
        "uneven_alerts": None,
        "decisions_without_finding": [],
        "context": [],
        "silent": [],
        "delays": [],
        "visibility": None,
        "quarantine": _quarantine(session, record),
        "stopped": None,
        "noted": list(record.noted.get(session.language, ())),
        "attention": [
            name
            for name, applies in (
                ("not_run", record == RunRecord()),
                ("stale", hours is not None and hours > settings.alerting.stale_hours),
                ("stale", hours is None and record != RunRecord()),
                ("failed", failed),
            )
            if applies
        ],
    }
    try:
        row |= _published_state(session, record, now) | _outbox(session)
    except StoreError as error:
        return row | {"attention": [*row["attention"], "damaged"], "last_message": row["last_message"] or str(error)}
    blind = row["visibility"] is not None and row["visibility"].is_blind
    row["attention"] += [
        *["blind"] * blind,
        *(name for name in ("quarantine", "stopped", "noted", "context", "silent") if row[name]),
        *["files"] * bool(row["file_problems"]),
    ]
    return row


def _quarantine(session: Session, record: RunRecord) -> dict[str, Any] | None:
    """Return of how many rows too many were not understood, as the last run that read any noted it."""
    if len(record.quarantine) != 3:
        return None
    quarantined, counted, rows = record.quarantine
    limit = session.settings.store.quarantine_limit
    text = quarantine_sentence(rows, quarantined, counted, limit, session.texts)
    return None if text is None else {"quarantined": quarantined, "rows_read": rows, "limit": limit, "text": text}


def _outbox(session: Session) -> dict[str, Any]:
    """Return what waits for each receiver; nothing where there was no run yet."""
    if not (session.settings.store.path.parent / "published.duckdb").exists():
        return {}
    from detector.export.delivery import states

    return {"outbox": state_rows(states(session.settings))}


def _published_state(session: Session, record: RunRecord, now: datetime) -> dict[str, Any]:
    """Return what the published copy holds; nothing where there is none yet."""
    from detector.detection.visibility import visibility_where_whole
    from detector.findings.reading import read_findings
    from detector.loading.context_failure import failures_noted
    from detector.night.due_dates import backlog, daily_sources
    from detector.store.decision_tables import decisions_without_finding

    try:
        with session.published() as published:
            connection = published.connection
            through = select(connection, "select max(business_date)::varchar as day from dates")[0]["day"]
            waiting = [str(date) for date in backlog(published, daily_sources(session.settings))]
            state = {"through": through, "backlog": waiting}
            state["visibility"] = visibility_where_whole(connection, session.settings)
            state["file_problems"] = select(connection, FILE_PROBLEMS)
            state["open_alerts"] = len(read_findings(connection, session.language, status="open", alerts_only=True))
            state["precision"] = _precision(connection)
            state["uneven_alerts"] = _uneven_alerts(connection, through, session.texts)
            state["decisions_without_finding"] = [
                one | {"decided_at": one["decided_at"].replace(tzinfo=UTC).isoformat(timespec="seconds")}
                for one in decisions_without_finding(connection)
            ]
            state["context"] = [
                {"table": one.table, "failure": one.kind, "text": one.sentence(session.texts)}
                for one in failures_noted(connection)
            ]
            state |= _source_state(connection, session) | _stopped(connection, session, record, now)
            return state
    except StoreError:
        if (session.settings.store.path.parent / "published.duckdb").exists():
            raise
        return {}


def _source_state(connection: duckdb.DuckDBPyConnection, session: Session) -> dict[str, Any]:
    """Return the sources that are silent beyond their habit, and those that use to be late."""
    from detector.findings.source_state import late_sources, silent_sources

    silent = silent_sources(connection, session.settings)
    return {
        "silent": [
            {"source": one.source, "since": one.since_text, "text": one.sentence(session.texts)} for one in silent
        ],
        "delays": [{"source": one.source, "days": one.days} for one in late_sources(connection, session.settings)],
    }


def _stopped(
    connection: duckdb.DuckDBPyConnection, session: Session, record: RunRecord, now: datetime
) -> dict[str, Any]:
    """Return since when no source brings anything new."""
    from detector.night.arrivals import stopped_deliveries

    is_given = session.now is not None
    found = stopped_deliveries(connection, session.settings, record.arrival, session.now or now, is_given=is_given)
    if found is None:
        return {}
    return {"stopped": {"since": found.since, "newest": str(found.newest), "text": found.sentence(session.texts)}}


def _precision(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Return what officers' decisions say of the ranking: of the alerts it raised, and of accounts drawn at random."""
    from detector.review.precision import measured_precision

    found = measured_precision(connection)
    return {
        name: {
            "confirmed": one.confirmed,
            "decided": one.decided,
            "waiting": one.waiting,
            "share": one.share,
            "interval": [round(end, 4) for end in one.interval],
        }
        for name, one in (("raised", found.raised), ("drawn", found.drawn))
    }


def _uneven_alerts(
    connection: duckdb.DuckDBPyConnection, through: str | None, texts: Texts
) -> list[dict[str, Any]] | None:
    """Return the groups of people that bear clearly more of the alerts that were not confirmed than all others."""
    from detector.reports.suppression import small_units
    from detector.review.alert_spread import alert_spread

    if through is None:
        return None
    return [
        {
            "kind": one.kind,
            "group": one.named(texts),
            "accounts": one.accounts,
            "unconfirmed": one.unconfirmed,
            "other_accounts": one.rest,
            "other_unconfirmed": one.rest_unconfirmed,
            "text": one.compared(texts),
        }
        for one in alert_spread(connection, date.fromisoformat(through), small_units).burdened
    ]


def _precision_facts(session: Session, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield label and words for each kind of alert that was decided on, or waits, so far."""
    texts = session.texts
    for name, one in (row["precision"] or {}).items():
        if not one["decided"] and (name == "raised" or not one["waiting"]):
            continue
        low, high = one["interval"]
        words = texts("status.precision_none", waiting=one["waiting"])
        if one["decided"]:
            key = "status.precision_share" if one["decided"] >= FEW else "status.precision_few"
            words = texts(key, **one | {"low": f"{low:.0%}", "high": f"{high:.0%}"})
        yield texts(f"status.precision_{name}"), words


def _holder(session: Session) -> int | None:
    """Return the process id of a run at work, or None."""
    from detector.files.lock import lock_holder

    path = session.settings.store.path
    return lock_holder(path.parent / (path.stem + ".lock"))


def _lines(session: Session, row: dict[str, Any]) -> list[str]:
    texts = session.texts
    good = texts("status.never")
    if row["good_at"]:
        good = texts(
            "status.ago",
            time=_local(session, row["good_at"]),
            hours=f"{row['hours_since']:.0f}",
            limit=f"{row['stale_hours']:g}",
        )
    days = row["backlog"]
    backlog = texts("status.no_backlog")
    if days:
        named = ", ".join(days[:3]) + (f" … {days[-1]}" if len(days) > 3 else "")
        backlog = texts("status.backlog_days", count=len(days), dates=named)
    facts = [
        (texts("status.last_good"), good),
        (texts("status.last_run"), _last_run(session, row)),
        (texts("status.through"), row["through"] or "-"),
        (texts("status.backlog"), backlog),
        (texts("status.alerts"), "-" if row["open_alerts"] is None else str(row["open_alerts"])),
    ]
    if row["delays"]:
        delays = [texts("status.delay_days", **one) for one in row["delays"]]
        facts.append((texts("status.delays"), texts.words(delays)))
    facts += _precision_facts(session, row)
    facts += [(texts("status.uneven_alerts"), one["text"]) for one in row["uneven_alerts"] or ()]
    facts += [(texts("status.outbox", name=one["name"]), state_text(one, session)) for one in row["outbox"]]
    paint, seen = session.paint, row["visibility"]
    lines = list(verdict_lines(seen, texts, session.width, paint))
    lines.append(paint(shown(texts("status.title", site=session.settings.site.name)), "bold"))
    lines += visibility_lines(seen, texts, session.width, paint)
    lines += _fact_lines(facts, session.width)
    for one in row["outbox"]:
        if one["last_error"]:
            error = texts("export.last_error", error=one["last_error"], failures=one["failures"])
            lines += [session.paint(line, "yellow") for line in wrap(shown(f"{one['name']}: {error}"), session.width)]
    lines += _without_finding(session, row["decisions_without_finding"])
    for name in dict.fromkeys(one for one in row["attention"] if one != "blind"):
        for text in _told(name, row, texts):
            lines += [session.paint(line, "red") for line in wrap(shown(text), session.width)]
    for one in row["file_problems"]:
        problem = texts("attention.file", file=session.relative(one["file"]), problem=one["problem"])
        lines += [session.paint(line, "red") for line in wrap(f"  {shown(problem)}", session.width, "    ")]
    return lines


def _told(name: str, row: dict[str, Any], texts: Texts) -> list[str]:
    """Return the sentences for one entry of ``attention``."""
    if name in {"context", "silent"}:
        return [one["text"] for one in row[name]]
    if name in {"quarantine", "stopped"}:
        return [row[name]["text"]]
    return [texts.placed(one) for one in row["noted"]] if name == "noted" else [texts(f"status.{name}")]


def _fact_lines(facts: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield labels with their values beside them, those of a long label below it."""
    column = max(length for label, _ in facts if (length := cells(label)) <= LABEL_CELLS) + 2
    for label, value in facts:
        beside = label if cells(label) <= LABEL_CELLS else ""
        if not beside:
            yield from wrap(f"  {shown(label)}", width, "  ")
        yield from wrap(f"  {pad(beside, column)}{shown(value)}", width, " " * (column + 2))


def _without_finding(session: Session, decisions: list[dict[str, Any]]) -> Iterator[str]:
    """Yield which decisions no finding shows, since a restored store does not have the finding."""
    texts = session.texts
    if not decisions:
        return
    told = texts("status.without_finding", count=len(decisions))
    yield from (session.paint(line, "yellow") for line in wrap(told, session.width))
    for one in decisions:
        line = texts(
            "status.decision",
            finding=one["finding_id"],
            status=texts.name("finding_status", one["disposition"]),
            officer=one["officer"],
            time=_local(session, one["decided_at"]),
            entry=one["entry"],
        )
        yield from wrap(shown(f"  {line}"), session.width, "    ")


def _local(session: Session, instant: str) -> str:
    return session.local(datetime.fromisoformat(instant))


def _last_run(session: Session, row: dict[str, Any]) -> str:
    texts = session.texts
    if row["running_process"] is not None:
        started = _local(session, row["last_started_at"]) if row["last_started_at"] else "-"
        return texts("status.run_running", time=started, pid=row["running_process"])
    if row["last_started_at"] is None:
        return texts("status.never")
    if row["last_exit_code"] is None:
        return texts("status.run_killed", time=_local(session, row["last_started_at"]))
    if row["last_exit_code"] in {0, 1}:
        word = texts("status.run_ok" if row["last_exit_code"] == 0 else "status.run_attention")
        return texts("status.run_ended", time=_local(session, row["last_ended_at"]), how=word)
    return texts("status.run_failed", error=row["last_message"] or row["last_exit_code"])


COMMAND = Command(status, panel=Panel.NIGHT, order=20, examples=("detector status", "detector status --format ndjson"))
