"""``detector user``: everything known about one account."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.other_numbers import meant, tell_account
from detector.cli.render.formats import RowFormat
from detector.cli.screens.account_screen import AccountOverview, lines
from detector.cli.session import session_of
from detector.cli.view import View
from detector.database.queries import rows
from detector.database.rows import select
from detector.errors import UsageError
from detector.texts.language import Language

if TYPE_CHECKING:
    import duckdb

KEYS = ("user_id", "staff", "logged", "patients", "days", "hours", "explanations", "peers", "findings")
DAY_KEYS = ("business_date", "patients", "explained", "usual", "unexplained", "suspicious")
PATIENTS = "select count(distinct patient_id) as patients from patient_days where user_id = ? and business_date >= ?"


def user(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(metavar="USER", help="The account, as the log writes it.")],
    row_format: Annotated[
        RowFormat, typer.Option("--format", "-f", help="table is the screen; ndjson one object; csv its days.")
    ] = RowFormat.TABLE,
) -> None:
    """Show one account: who it is, how much it opened and when, what explains it, and the findings about it."""
    from detector.detection.visibility import first_judged

    session = session_of(context)
    with session.published() as published:
        begin = first_judged(published.connection, session.settings.alerting.learning_days)
        given = user_id.strip()
        meant_id = meant(published.connection, "user_id", given)
        account = _account(published.connection, meant_id, session.language, begin)
        tell_account(session.texts, given, meant_id)
        View(session, published).record("user", user=account.user_id)
    if row_format is RowFormat.TABLE:
        session.say(lines(account, session.texts, session.width, session.paint))
    elif row_format is RowFormat.CSV:
        session.list_rows(account.days, DAY_KEYS, (), row_format)
    else:
        known = {key: getattr(account, key) for key in KEYS}
        session.list_rows([known | {"findings": [one["finding_id"] for one in account.findings]}], KEYS, (), row_format)


def _account(
    connection: duckdb.DuckDBPyConnection, user_id: str, language: Language, judged_from: date
) -> AccountOverview:
    """Read everything; no share counts what was opened before ``judged_from``.

    Raises UsageError where neither log nor staff table knows the account.
    """
    from detector.findings.reading import read_findings

    def read(name: str, **values: object) -> list[dict[str, Any]]:
        return rows(connection, "cli", f"{name}.sql", user=user_id, **values)

    staff = read("account_staff")
    logged = read("account_log")[0]
    if not staff and not logged["events"]:
        raise UsageError(f"no account {user_id!r} in the logs or the staff table")
    about = {row["finding_id"] for row in rows(connection, "cli", "findings_about.sql", user=user_id)}
    peers = read("peer_loads")[0]
    patients = select(connection, PATIENTS, [user_id, judged_from])[0]["patients"]
    return AccountOverview(
        user_id=user_id,
        staff=staff,
        logged=logged,
        days=read("account_days", judged_from=judged_from),
        hours=read("account_hours"),
        explanations=read("account_explanations", judged_from=judged_from),
        patients=int(patients),
        judged_from=judged_from,
        peers=peers if peers["peers"] and peers["own"] is not None else None,
        peer_days=read("peer_days"),
        peer_hours=read("peer_hours"),
        findings=[one for one in read_findings(connection, language) if one["finding_id"] in about],
    )


COMMAND = Command(
    user, panel=Panel.REVIEW, order=30, examples=("detector user 01077", "detector user 01077 --format ndjson")
)
