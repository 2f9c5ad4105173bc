"""A changed rule or crosswalk: what was written down per account and patient goes to those that they stand for now.

History older than the dates judged again is taken over row by row: counts of accounts that became one are added.
The newest dates are taken over too, so that what had been evidence is none a second time, and are judged again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detector.database.queries import sql_text
from detector.loading.crosswalk import CROSSWALKS, NEW, differ, read_identities, use_identities
from detector.model.tables import TABLES as DECLARED
from detector.night.dates import ONE_DAY
from detector.store.canonical_ids import TABLES, canonical_select, rule_expressions
from detector.store.judged_dates import last_judged
from detector.store.parts import event_paths, paths_sql, patient_day_paths

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.settings import Settings
    from detector.loading.context_versions import ContextVersions
    from detector.store import Store
    from detector.texts import Texts

JUDGED_AGAIN_DAYS: Final = 28
MERGED: Final = {
    "account_days": ("business_date", "user_id"),
    "evidence_days": ("business_date", "user_id"),
    "label_days": ("business_date", "user_id", "department", "role", "view", "label"),
    "record_writes": ("business_date", "patient_id", "user_id", "department", "log_department", "account_type"),
    "suspicions": ("business_date", "user_id", "patient_id"),
    "interface_hours": ("source", "user_id", "business_date", "hour"),
}
"""Tables of which rows become one where their accounts or patients do, and their keys. Numbers are added."""
NUMBERS: Final = frozenset({"BIGINT", "INTEGER", "DOUBLE", "SMALLINT"})
LARGEST: Final = frozenset({"surprisal", "largest_evidence"})
"""Numbers that are not added."""
RENAMED: Final = ("suspicion_events", "policy_days")
"""Tables of which each row stays a row."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many accounts and patients stand for others now, and the dates to be judged again."""

    accounts: int
    patients: int
    dates: tuple[dt.date, ...]

    def sentence(self, texts: Texts) -> str:
        """Return what to say of it."""
        return texts(
            "attention.rekeyed", accounts=f"{self.accounts:,}", patients=f"{self.patients:,}", dates=len(self.dates)
        )


def take_in_identities(
    store: Store,
    settings: Settings,
    context: ContextVersions,
    sealing: Callable[[Sequence[dt.date], Sequence[str]], None],
) -> Rekeyed | None:
    """Use the rules and the crosswalk of the ``context`` as they are now; None where nothing changes that was judged.

    ``sealing`` notes the dates whose rows changed. The dates to be judged again stand in `rekeyed_dates` until then.
    """
    connection = store.connection
    rekeyed = None
    with store.transaction():
        context.settle_tables(CROSSWALKS)
        if not read_identities(connection, settings.sources):
            return None
        last = last_judged(connection)
        if last is not None:
            accounts, patients = _changes(store)
            changed = _rekey(store) if accounts or patients else []
            connection.execute(
                "insert into rekeyed_dates select business_date from dates where business_date > $since and events > 0"
                " and ($any or business_date in (select unnest($changed::date[])))"
                " and business_date not in (from rekeyed_dates) order by business_date",
                {"since": last - ONE_DAY * JUDGED_AGAIN_DAYS, "any": bool(changed), "changed": changed},
            )
            if changed:
                rekeyed = Rekeyed(accounts, patients, dates_to_judge_again(connection))
        use_identities(connection)
        if rekeyed is not None:
            sealing(changed, ())
    store.refresh_views()
    return rekeyed


def dates_to_judge_again(connection: duckdb.DuckDBPyConnection) -> tuple[dt.date, ...]:
    """Return the dates that no night has judged again yet since identifiers changed."""
    rows = connection.execute("select distinct business_date from rekeyed_dates order by 1").fetchall()
    return tuple(row[0] for row in rows)


def note_judged_again(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date]) -> None:
    """Take dates that were judged again off the list; in the transaction that judges them."""
    connection.execute("delete from rekeyed_dates where business_date in (select unnest(?::date[]))", [list(dates)])


def _changes(store: Store) -> tuple[int, int]:
    """Create `rekeyed_user_id` and `rekeyed_patient_id`: date, identifier before and after; return how many changed."""
    connection = store.connection
    paths = event_paths(connection)
    parts = f"read_parquet({paths_sql(store.folder, paths)})" if paths else f"({DECLARED['events'].empty_select()})"
    counts = []
    for column, other in (("user_id", "patient_id"), ("patient_id", "user_id")):
        connection.execute(
            f"create or replace temp table logged_ids as select source, business_date, {column}, count(*) as events,"
            f" business_date + interval 12 hour as local_time, {column} as logged_id, null::varchar as {other}"
            f" from {parts} where {column} is not null and {_is_concerned(connection, column)} group by all"
        )
        for name, tables in (("ids_before", TABLES), ("ids_after", NEW)):
            columns = ("source", "business_date", "logged_id", "events", column)
            text = canonical_select(connection, columns, "logged_ids", tables)
            text = f"select source, business_date, logged_id, events, {column} as id from ({text})"
            connection.execute(f"create or replace temp table {name} as {text}")
        rekeyed = sql_text("load", "rekeyed_ids.sql")
        connection.execute(f"create or replace temp table rekeyed_{column} as {rekeyed}")
        counted = f"select count(distinct before) from rekeyed_{column}"
        counts.append(int(connection.execute(counted).fetchall()[0][0]))
    return counts[0], counts[1]


def _is_concerned(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """Return the condition on identifiers that may stand for others now: a crosswalk that grew concerns few."""
    of_column = f"where column_name = '{column}'"
    if differ(connection, *(f"(select * from {rules} {of_column})" for rules in (NEW[0], TABLES[0]))):
        return "true"
    one, other = (f"(select * from {identities} {of_column})" for identities in (NEW[1], TABLES[1]))
    connection.execute(
        "create or replace temp table changed_rows as"
        f" (from {one} except from {other}) union all (from {other} except from {one})"
    )
    connection.execute(
        "create or replace temp table changed_ids as select id from changed_rows"
        f" union select canonical_id from changed_rows union select id from (from {one} union all from {other})"
        " where canonical_id in (select canonical_id from changed_rows)"
    )
    if not connection.execute("select count(*) from changed_ids").fetchall()[0][0]:
        return "false"
    ruled = rule_expressions(connection, NEW[0]).get(column, column)
    return f"({ruled}) in (select id from changed_ids)"


def _rekey(store: Store) -> list[dt.date]:
    """Take over what was written down; return the dates of which rows changed."""
    connection = store.connection
    dates: set[dt.date] = set()
    for table, keys in MERGED.items():
        dates.update(_merge(connection, table, keys))
    for table in RENAMED:
        connection.execute(
            f"update {table} set user_id = after from rekeyed_user_id as rekeyed"
            f" where {table}.business_date = rekeyed.business_date and {table}.user_id = before"
        )
        if "patient_id" in DECLARED[table].names:
            connection.execute(
                f"update {table} set patient_id = after from rekeyed_patient_id as rekeyed"
                f" where {table}.business_date = rekeyed.business_date and {table}.patient_id = before"
            )
    connection.execute("create or replace temp table kept_spans as " + sql_text("load", "rekeyed_spans.sql"))
    connection.execute("delete from account_spans")
    connection.execute("insert into account_spans by name from kept_spans order by user_id")
    _note_accounts(connection)
    dates.update(_rekey_patient_days(store))
    return sorted(dates)


def _note_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Note which account each one stands for, so that findings which name it are still about somebody."""
    connection.execute(
        "create or replace temp table called_now as select before, arg_max(after, business_date) as after"
        " from rekeyed_user_id group by before"
    )
    connection.execute("update rekeyed_accounts set canonical_id = after from called_now where canonical_id = before")
    connection.execute("delete from rekeyed_accounts where user_id in (select before from called_now)")
    connection.execute("insert into rekeyed_accounts select before, after from called_now order by before")
    connection.execute("delete from rekeyed_accounts where user_id = canonical_id")


def _merge(connection: duckdb.DuckDBPyConnection, table: str, keys: Sequence[str]) -> list[dt.date]:
    """Take over the rows of one table; return their dates."""
    described = connection.execute(f"select column_name, column_type from (describe {table})").fetchall()
    columns = {str(name): str(kind) for name, kind in described}
    added = {column for column, kind in columns.items() if kind in NUMBERS and column not in LARGEST}
    merged = [
        column if column in keys else _together(column, kind, is_added=column in added)
        for column, kind in columns.items()
    ]
    connection.execute(f"create or replace temp table taken_over as select *, false as is_changed from {table}")
    for column in sorted({"user_id", "patient_id"} & columns.keys()):
        connection.execute(
            f"update taken_over set {column} = after, is_changed = true from rekeyed_{column} as rekeyed"
            f" where taken_over.business_date = rekeyed.business_date and {column} = before"
        )
    dates = [row[0] for row in connection.execute(
        "select distinct business_date from taken_over where is_changed order by 1"
    ).fetchall()]  # fmt: skip
    if dates:
        values = {"dates": dates}
        connection.execute(f"delete from {table} where business_date in (select unnest($dates::date[]))", values)
        connection.execute(
            f"insert into {table} by name select {', '.join(merged)} from taken_over"
            " where business_date in (select unnest($dates::date[]))"
            f" group by {', '.join(keys)} order by {', '.join(keys)}",
            values,
        )
    return dates


def _together(column: str, kind: str, *, is_added: bool) -> str:
    """Return what a column of rows that become one holds: numbers are added, of the others the largest stays."""
    function = "sum" if is_added else "max"
    return f"{function}({column})::{kind} as {column}"


def _rekey_patient_days(store: Store) -> list[dt.date]:
    """Write the parts of patient-days anew whose accounts or patients changed; return their dates."""
    connection = store.connection
    found = connection.execute(
        "select distinct business_date from (select business_date from rekeyed_user_id union all"
        " select business_date from rekeyed_patient_id) order by 1"
    ).fetchall()
    dates = []
    for (date,) in found:
        if not patient_day_paths(connection, date, date):
            continue
        with store.views(date, date):
            rows = sql_text("load", "rekeyed_patient_days.sql").replace("$day", f"date '{date}'")
            store.write_patient_days(date, rows)
        dates.append(date)
    return dates
