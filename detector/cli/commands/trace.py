"""``detector trace``: from a list of leaked patients to the accounts they may have come from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli.command import Command, Panel
from detector.cli.other_numbers import meant, tell_account
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown
from detector.cli.screens import trace_screen as screen
from detector.cli.session import Session, session_of
from detector.cli.view import Pseudonymise, Reveal, view_of
from detector.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from detector.tracing.exposure import AccessHistory

TABLE_ROWS: Final = 10
PROBLEMS_TOLD: Final = 5
PATIENTS_NOTED: Final = 100
"""How many of the list's patients the trail names."""
EXPLAIN_KEYS: Final = (
    "patient_id", "known_on", "user_id", "first_access", "last_access", "days_before", "accesses", "contact_only",
    "contact", "wrote", "taken", "suspicious", "explained", "explanations", "other_accounts", "opened_later",
)  # fmt: skip


def trace(
    context: typer.Context,
    patients: Annotated[
        Path,
        typer.Option("--patients", metavar="FILE", help="CSV of patient_id[,known_on]: a line for each complaint."),
    ],
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="USER", help="One account, patient by patient.")
    ] = None,
    top: Annotated[
        int | None,
        typer.Option("--top", min=1, metavar="N", help=f"List the first N accounts; table: {TABLE_ROWS}, else all."),
    ] = None,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Rank the accounts that most probably leaked these patients, given who had opened them before it became known."""
    from detector.tracing.complaints import read_complaints
    from detector.tracing.exposure import AccessHistory
    from detector.tracing.trace import KEYS, trace_complaints

    session = session_of(context)
    complaints = read_complaints(patients, session.settings.site.timezone)
    with session.published() as published:
        history = AccessHistory(published.connection)
        found = trace_complaints(history, complaints.patients)
        if explain is not None:
            given, explain = explain.strip(), meant(published.connection, "user_id", explain.strip())
            tell_account(session.texts, given, explain)
        chosen = None if explain is None else _account(found.rows, explain)
        accesses = [] if chosen is None else _accesses(history, found.complaints, chosen["user_id"])
        exports = [] if row_format is not RowFormat.TABLE else history.list_exports(found.complaints)
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        accesses = [{**row, "patient_id": view.number(str(row["patient_id"]))} for row in accesses]
        listed = complaints.patients["patient_id"].to_list()
        view.record("trace", patients=listed[:PATIENTS_NOTED], count=len(listed), user=explain)
    _tell_problems(session, complaints.problems, complaints.repeated, screen.unknown_patients(found, session.texts))
    if row_format is not RowFormat.TABLE:
        rows = found.rows[:top] if chosen is None else accesses
        session.list_rows(rows, KEYS if chosen is None else EXPLAIN_KEYS, (), row_format)
    elif chosen is not None:
        session.say(screen.explained_lines(chosen, found, accesses, session.texts, session.width, session.paint))
    else:
        session.say(
            screen.lines(
                found, exports, session.texts, session.width, session.paint, top=top or TABLE_ROWS, file=str(patients)
            )
        )


def _account(rows: list[dict[str, Any]], user_id: str) -> dict[str, Any]:
    found = next((row for row in rows if row["user_id"] == user_id), None)
    if found is None:
        raise UsageError(f"no account {user_id!r} opened any record")
    return found


def _accesses(history: AccessHistory, complaints: pl.DataFrame, user_id: str) -> list[dict[str, Any]]:
    rows = history.account_accesses(complaints, user_id)
    return [{key: user_id if key == "user_id" else row[key] for key in EXPLAIN_KEYS} for row in rows]


def _tell_problems(session: Session, problems: tuple[tuple[int, str], ...], repeated: int, unknown: str | None) -> None:
    """Write on stderr what of the list was not understood, twice there, or not known; none of it is fatal."""
    texts = session.texts
    said = [texts("trace.row_problem", row=row, problem=problem) for row, problem in problems[:PROBLEMS_TOLD]]
    if len(problems) > PROBLEMS_TOLD:
        said.append(texts("trace.more_problems", count=len(problems) - PROBLEMS_TOLD))
    if repeated:
        said.append(texts("trace.repeated", count=repeated))
    if unknown is not None:
        said.append(unknown)
    for line in said:
        sys.stderr.write(f"detector: {shown(line)}\n")


COMMAND = Command(
    trace,
    panel=Panel.REVIEW,
    order=45,
    examples=(
        "detector trace --patients complaints.csv",
        "detector trace --patients complaints.csv --explain 01077",
        "detector trace --patients complaints.csv --format ndjson > accounts.ndjson",
    ),
)
