"""``detector user``: everything known about one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.screens.account_screen import AccountOverview, lines
from detector.cli.session import session_of
from detector.cli.view import View
from detector.database.rows import select
from detector.errors import UsageError
from detector.texts.language import Language

if TYPE_CHECKING:
    import duckdb

KEYS = ("user_id", "staff", "logged", "patients", "days", "hours", "explanations", "peers", "findings")
STAFF = """
select name, department, role, account_type, status, manager_id, allowed_categories,
       starts_at::date::varchar as start_date, (ends_at - interval 1 second)::date::varchar as end_date
from staff where user_id = ? order by starts_at nulls first, ends_at
"""
LOGGED = """
select arg_max(user_name, event_time) filter (user_name is not null) as user_name,
       arg_max(user_department, event_time) filter (user_department is not null) as user_department,
       arg_max(user_role, event_time) filter (user_role is not null) as user_role,
       min(local_time)::varchar as first_seen, max(local_time)::varchar as last_seen, count(*) as events
from events where user_id = ?
"""
HOURS = """
select isodow(local_time) - 1 as weekday, hour(local_time) as hour,
       count(distinct (patient_id, date_trunc('minute', local_time))) as accesses
from events where user_id = ? and patient_id is not null group by all order by all
"""
DAYS = """
select business_date, count(*) as patients, count(*) filter (state <> 'explained') as unexplained,
       count(*) filter (state = 'suspicious') as suspicious
from patient_days where user_id = ? group by business_date order by business_date
"""
EXPLANATIONS = """
select explanation, count(*) as patient_days, count(*) filter (state = 'suspicious') as suspicious
from patient_days where user_id = ? group by explanation order by patient_days desc, explanation
"""
PEER_DAYS = """
with own as (
    select arg_max(department, business_date) as department, arg_max(role, business_date) as role
    from patient_days where user_id = $user
),
loads as (
    select a.user_id, a.business_date, count(*) as patients
    from patient_days a, own
    where a.department = own.department and a.role = own.role and a.user_id <> $user
    group by all
)
select business_date, median(patients) as patients, count(*) as peers from loads group by business_date order by 1
"""
PEER_HOURS = """
with own as (
    select arg_max(department, business_date) as department, arg_max(role, business_date) as role
    from patient_days where user_id = $user
)
select isodow(a.first_at) - 1 as weekday, hour(a.first_at) as hour, count(*) as accesses
from patient_days a, own
where a.department = own.department and a.role = own.role and a.user_id <> $user
group by all order by all
"""
PATIENTS = "select count(distinct patient_id) as patients from patient_days where user_id = ?"
PEERS = """
with own as (
    select arg_max(department, business_date) as department, arg_max(role, business_date) as role
    from patient_days where user_id = $user
),
loads as (
    select a.user_id, a.business_date, count(*) as patients
    from patient_days a, own where a.department = own.department and a.role = own.role
      and a.business_date > (select max(business_date) from patient_days) - 28
    group by all
),
medians as (select user_id, median(patients) as patients from loads group by user_id)
select (select department from own) as department, count(*) filter (user_id <> $user) as peers,
       median(patients) filter (user_id <> $user) as patients, max(patients) filter (user_id = $user) as own
from medians
"""


def user(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(metavar="USER", help="The account, as the log writes it.")],
    row_format: Annotated[
        RowFormat, typer.Option("--format", "-f", help="table is the screen; ndjson one object; csv its days.")
    ] = RowFormat.TABLE,
) -> None:
    """Show one account: who it is, how much it opened and when, what explains it, and the findings about it."""
    session = session_of(context)
    with session.published() as published:
        account = _account(published.connection, user_id.strip(), session.language)
        View(session, published).record("user", user=account.user_id)
    if row_format is RowFormat.TABLE:
        session.say(lines(account, session.texts, session.width, session.paint))
    elif row_format is RowFormat.CSV:
        session.list_rows(account.days, ("business_date", "patients", "unexplained", "suspicious"), (), row_format)
    else:
        known = {key: getattr(account, key) for key in KEYS}
        session.list_rows([known | {"findings": [one["finding_id"] for one in account.findings]}], KEYS, (), row_format)


def _account(connection: duckdb.DuckDBPyConnection, user_id: str, language: Language) -> AccountOverview:
    """Read everything; raises UsageError where neither log nor staff table knows the account."""
    from detector.findings.reading import read_findings

    def rows(sql: str) -> list[dict[str, Any]]:
        return select(connection, sql, [user_id])

    staff = select(connection, STAFF, [user_id])
    logged = select(connection, LOGGED, [user_id])[0]
    if not staff and not logged["events"]:
        raise UsageError(f"no account {user_id!r} in the logs or the staff table")
    peers = select(connection, PEERS, {"user": user_id})[0]
    patients = rows(PATIENTS)
    return AccountOverview(
        user_id=user_id,
        staff=staff,
        logged=logged,
        days=rows(DAYS),
        hours=select(connection, HOURS, [user_id]),
        explanations=rows(EXPLANATIONS),
        patients=int(patients[0]["patients"]) if patients else 0,
        peers=peers if peers.get("peers") and peers["own"] is not None else None,
        peer_days=select(connection, PEER_DAYS, {"user": user_id}),
        peer_hours=select(connection, PEER_HOURS, {"user": user_id}),
        findings=[one for one in read_findings(connection, language) if one["user_id"] == user_id],
    )


COMMAND = Command(
    user, panel=Panel.REVIEW, order=30, examples=("detector user 01077", "detector user 01077 --format ndjson")
)
