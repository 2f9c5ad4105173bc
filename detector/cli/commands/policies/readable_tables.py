"""``detector policies tables``: what a policy could read of the last night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import policy_tables
from detector.cli.render.formats import RowFormat
from detector.cli.render.screen_table import ScreenColumn, plain, table
from detector.cli.render.text import clip, shown, wrap
from detector.cli.session import Session, session_of
from detector.cli.view import Pseudonymise, Reveal, view_of
from detector.deployment.checked_table import nearest
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.policies.last_night import TableSample

KEYS = ("table", "night", "row", "rows", "columns", "sample")
WIDEST_VALUE = 40
"""Cells of a value in the rows that a person reads."""


def tables(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="Only this table, with what each column means.", autocompletion=policy_tables
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Rows to show of each table.")] = 3,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Show what policies can read, as the last night had it: tables, columns, a few rows. On record in the trail."""
    from detector.model.tables import POLICY_TABLES
    from detector.policies.last_night import last_night, night_samples

    known = {one.name: one for one in POLICY_TABLES}
    if name is not None and name not in known:
        raise UsageError(f"no table {name!r} that policies read; {nearest(name, tuple(known))}")
    session = session_of(context)
    wanted = POLICY_TABLES if name is None else (known[name],)
    with session.published() as published:
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        night = last_night(published)
        samples = night_samples(
            published,
            session.settings,
            night,
            wanted,
            limit=limit,
            pseudonyms=view.pseudonyms if view.hidden else None,
        )
        shown_rows = sum(len(one.sample) for one in samples)
        view.record("policies tables", table=name, night=str(night), shown=shown_rows)
    if row_format is RowFormat.TABLE:
        title = session.texts("policies.tables_title", night=night)
        session.say([session.paint(title, "bold")])
        for one in samples:
            session.say(_screen(session, one, whole=name is not None))
        if name is None:
            session.say(["", *wrap(session.texts("policies.tables_more"), session.width)])
    else:
        session.list_rows([_row(session, one, str(night)) for one in samples], KEYS, (), row_format)


def _row(session: Session, one: TableSample, night: str) -> dict[str, Any]:
    from detector.policies.table_texts import column_text, row_text

    return {
        "table": one.table.name,
        "night": night,
        "row": row_text(one.table, session.language),
        "rows": one.rows,
        "columns": [
            {"name": column.name, "type": column.type, "text": column_text(one.table, column, session.language)}
            for column in one.table.columns
        ],
        "sample": one.sample,
    }


def _screen(session: Session, one: TableSample, *, whole: bool) -> Iterator[str]:
    """Yield one table: what there is a row for, its columns (``whole``: with their meanings), and its first rows."""
    from detector.policies.table_texts import column_text, row_text

    texts, width = session.texts, session.width
    yield ""
    head = texts(
        "policies.table", table=one.table.name, row=row_text(one.table, session.language), rows=f"{one.rows:,}"
    )
    yield from (session.paint(line, "bold") for line in wrap(shown(head), width, "  "))
    if whole:
        rows = [
            {"name": column.name, "type": column.type, "text": column_text(one.table, column, session.language)}
            for column in one.table.columns
        ]
        columns = [
            ScreenColumn("name", texts("policies.column")),
            ScreenColumn("type", texts("policies.type")),
            ScreenColumn("text", texts("policies.meaning"), fit="wrap"),
        ]
        yield from (f"  {line}" for line in table(columns, rows, width=width - 2, paint=session.paint))
        yield ""
    else:
        named = ", ".join(f"{column.name} {column.type}" for column in one.table.columns)
        yield from (f"  {line}" for line in wrap(named, width - 2, "  "))
    for number, row in enumerate(one.sample, start=1):
        first, *rest = wrap(f"{number}. {_values(row)}", width - 4, "   ")
        yield f"  {session.paint(first, 'dim')}"
        yield from (f"  {session.paint(line, 'dim')}" for line in rest)


def _values(row: Mapping[str, Any]) -> str:
    """Return a row as one line: what is not known is left out."""
    known = {name: value for name, value in row.items() if value is not None and value != ""}
    return "  ".join(f"{name}={clip(shown(plain_value(value)), WIDEST_VALUE)}" for name, value in known.items())


def plain_value(value: object) -> str:
    """Return a value as SQL would be written with it: no words for true and false, no separators in numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else plain(value)


TABLES = Command(
    tables,
    panel=Panel.SET_UP,
    examples=("detector policies tables", "detector policies tables night_events --limit 10"),
)
