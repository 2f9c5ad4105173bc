"""``detector findings``: the morning list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.screens import findings_screen as screen
from detector.cli.screens.visibility_screen import verdict_lines
from detector.cli.session import Session, session_of
from detector.cli.typed_words import pattern_meant, status_meant
from detector.cli.view import Pseudonymise, Reveal, View, view_of
from detector.model.findings import Status

if TYPE_CHECKING:
    from detector.review.listing import Selection


class SortOrder(StrEnum):
    """What comes first."""

    RISK = "risk"
    NEWEST = "newest"
    RECORDS = "records"
    DEPARTMENT = "department"


def findings(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], metavar="DATE", help="Only what was seen on or after this business date."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", formats=["%Y-%m-%d"], metavar="DATE", help="Only what was last seen on or before this date."
        ),
    ] = None,
    status: Annotated[
        Status | None,
        typer.Option(
            "--status",
            parser=status_meant,
            metavar="STATUS",
            help="Only findings of this status: open, confirmed, justified, false_alarm or escalated.",
        ),
    ] = None,
    alerts: Annotated[bool, typer.Option("--alerts", help="Only alerts.")] = False,
    news: Annotated[bool, typer.Option("--new", help="Only what is new or has grown since you last looked.")] = False,
    pattern: Annotated[
        str | None, typer.Option("--pattern", metavar="PATTERN", help="Only this pattern, such as bulk-export.")
    ] = None,
    department: Annotated[
        str | None, typer.Option("--department", metavar="NAME", help="Only this department.")
    ] = None,
    min_risk: Annotated[
        float | None, typer.Option("--min-risk", min=0, max=100, metavar="RISK", help="Only from this risk on.")
    ] = None,
    order: Annotated[SortOrder, typer.Option("--sort", help="What comes first.")] = SortOrder.RISK,
    explained: Annotated[
        bool, typer.Option("--explained", help="Instead: what officers justified until a date, and what that lowered.")
    ] = False,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """List findings, highest risk first. Alerts are marked with an exclamation mark.

    What is new, and what has grown since you last looked at the list, is marked; a look is remembered for each officer.
    """
    from detector.detection.visibility import visibility_where_whole
    from detector.findings.reading import KEYS, read_findings
    from detector.review import listing

    session = session_of(context)
    selection = listing.Selection(
        pattern=None if pattern is None else pattern_meant(pattern),
        department=department,
        since=None if since is None else since.date(),
        until=None if until is None else until.date(),
        min_risk=min_risk,
        status=None if status is None else status.value,
        alerts=alerts,
        news=news,
    )
    for_people = row_format is RowFormat.TABLE
    with session.published() as published:
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        if explained:
            lowered = listing.lowered(published.connection)
            view.record("findings --explained")
            _show_lowered(session, lowered, row_format)
            return
        look = listing.last_look(published.connection, session.officer().name)
        found = listing.selected(
            read_findings(
                published.connection, session.language,
                since=selection.since, status=selection.status, alerts_only=alerts,
            ),
            selection, look, order.value,
        )  # fmt: skip
        rows = view.findings(found)
        length = listing.id_length(published.connection)
        seen = visibility_where_whole(published.connection, session.settings) if for_people else None
        _record(view, selection, len(rows))
    if not for_people:
        session.list_rows(rows, KEYS, (), row_format)
        return
    texts = session.texts
    limited = alerts or news or not selection.complete
    scope = texts("visible.unknown") if seen is None else seen.scope(texts)
    session.say(verdict_lines(seen, texts, session.width, session.paint))
    session.list_rows(
        screen.table_rows(rows, look, texts, length),
        KEYS,
        screen.columns(texts),
        row_format,
        empty=texts("findings.none_filtered" if limited else "findings.none", scope=scope),
    )
    session.say(screen.footer(rows, look, session, length))


def _record(view: View, selection: Selection, count: int) -> None:
    """Record the look; one at the whole list is the mark from which the next mornings tell what is new."""
    from detector.review.listing import seen_on
    from detector.store.judged_dates import last_judged

    last = last_judged(view.published.connection)
    through = None if last is None else str(last)
    limits = {name: getattr(selection, name) for name in type(selection).__dataclass_fields__}
    view.record(
        "findings",
        shown=count,
        through=through,
        complete=selection.complete,
        seen=seen_on(view.published.connection, through) if selection.complete else None,
        **{name: value if isinstance(value, bool | float | None) else str(value) for name, value in limits.items()},
    )


def _show_lowered(session: Session, rows: list[dict[str, object]], row_format: RowFormat) -> None:
    texts = session.texts
    if row_format is RowFormat.TABLE:
        rows = screen.lowered_rows(rows, texts)
    session.list_rows(
        rows, screen.LOWERED_KEYS, screen.lowered_columns(texts), row_format, empty=texts("findings.nothing_lowered")
    )


COMMAND = Command(
    findings,
    panel=Panel.REVIEW,
    order=10,
    examples=(
        "detector findings --alerts",
        "detector findings --new",
        "detector findings --status open --department OB --min-risk 50 --sort newest",
        "detector findings --explained",
        "detector findings --format ndjson > findings.ndjson",
    ),
)
