"""Runs policies over the tables of one night and keeps what fired: ``policy_days`` and the events behind it."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb
import polars as pl

from detector.database.interruption import is_interruption
from detector.database.queries import sql_text
from detector.database.rows import frame, registered, replace_dates
from detector.deployment.detection import DEFAULTS
from detector.model.findings import EVENT_LIMIT
from detector.model.policy_sentences import MINUTE
from detector.policies.policy import Policy, PolicyError, Value
from detector.policies.result import SITE_ROWS, checked_result
from detector.policies.statement import site_connection, statement_error
from detector.policies.tables import add_policy_events, create_policy_tables, update_source_orders
from detector.texts.language import LANGUAGES

if TYPE_CHECKING:
    from detector.deployment.settings import Settings

FIRED_SCHEMA: Final = pl.Schema(
    {
        "policy_id": pl.String(),
        "version": pl.Int32(),
        "sha256": pl.String(),
        "pattern": pl.String(),
        "severity": pl.String(),
        "alert": pl.Boolean(),
        "subject": pl.String(),
        "user_id": pl.String(),
        "source": pl.String(),
        "event_ids": pl.List(pl.String()),
        "patients": pl.Int64(),
        "records": pl.Int64(),
        "accesses": pl.Int64(),
        "events": pl.Int64(),
        "returned": pl.Int64(),
        "first_at": pl.Datetime("us"),
        "last_at": pl.Datetime("us"),
        "patient_ids": pl.List(pl.String()),
        "approval": pl.String(),
        "reason_values": pl.String(),
    }
)
"""One row per policy and subject that fired.

``event_ids`` are at most ``EVENT_LIMIT``; the figures and ``patient_ids`` are those of all events that the policy
returned, as ``sql/policy_tables/fired_counts.sql`` defines them. ``alert`` is false where an approval covers the
pattern, whose reason is then in ``approval``; ``reason_values`` is a JSON object of what the policy's reason names.
"""


@dataclass(frozen=True, slots=True)
class FiredPolicies:
    """What fired, in the columns of ``FIRED_SCHEMA``, and a line for each policy of the site that failed."""

    rows: pl.DataFrame
    warnings: tuple[str, ...] = ()


def fire_policies(
    connection: duckdb.DuckDBPyConnection, policies: Sequence[Policy], date: dt.date, settings: Settings
) -> FiredPolicies:
    """Ask the policies about one judged date: create their tables, run them, keep what fired and the events behind it.

    Reads what :func:`create_policy_tables` needs. Replaces the date's rows of ``policy_days`` and ``source_orders``
    and adds to ``policy_texts``, and to ``policy_events``, which :func:`create_policy_events` created. Raises
    PolicyError where a built-in policy fails.
    """
    create_policy_tables(connection, date, settings)
    update_source_orders(connection, date)
    fired = run_policies(connection, policies, date, settings)
    replace_dates(connection, "policy_days", with_sentences(fired.rows, policies, date), [date])
    add_policy_events(connection, date)
    keep_texts(connection, [policy for policy in policies if policy.id in set(fired.rows["policy_id"])])
    return fired


def keep_texts(connection: duckdb.DuckDBPyConnection, policies: Sequence[Policy]) -> None:
    """Keep what policies that fired ask in ``policy_texts``: the file may be another one when the finding is read."""
    for policy in policies:
        connection.execute(
            "insert or ignore into policy_texts values (?, ?, ?, ?)",
            [policy.sha256, policy.id, policy.version, policy.content],
        )


def run_policies(
    connection: duckdb.DuckDBPyConnection, policies: Sequence[Policy], night: dt.date, settings: Settings
) -> FiredPolicies:
    """Return what fired, ordered by policy and subject; reads the policy tables of the connection.

    A site's own policy that fails gives a warning and fires for nobody; a built-in one raises PolicyError.
    """
    frames = [pl.DataFrame(schema=FIRED_SCHEMA)]
    warnings = []
    for policy in policies:
        try:
            frames.append(
                run_policy(
                    connection, policy, night, settings.site.timezone, policy.parameters,
                    seconds=settings.detection.policy_seconds,
                )
            )  # fmt: skip
        except PolicyError as error:
            if policy.built_in:
                raise
            warnings.append(str(error))
    return FiredPolicies(pl.concat(frames).sort("policy_id", "user_id", "source", nulls_last=False), tuple(warnings))


def with_sentences(rows: pl.DataFrame, policies: Sequence[Policy], date: dt.date) -> pl.DataFrame:
    """Add the date and the policies' sentences in both languages: a policy may be worded differently next year."""
    policy_of = {policy.id: policy for policy in policies}
    pairs = list(zip(rows["policy_id"].to_list(), rows["reason_values"].to_list(), strict=True))
    return rows.with_columns(
        pl.lit(date).alias("business_date"),
        pl.Series("sentence", [policy_of[policy].sentence.document() for policy, _ in pairs], dtype=pl.String),
        *(
            pl.Series(
                f"reason_{language}",
                [policy_of[policy].explain(language, json.loads(values)) for policy, values in pairs],
                dtype=pl.String,
            )
            for language in LANGUAGES
        ),
    )


def run_policy(
    connection: duckdb.DuckDBPyConnection,
    policy: Policy,
    night: dt.date,
    timezone: str,
    parameters: Mapping[str, Value],
    *,
    seconds: float = DEFAULTS.policy_seconds,
) -> pl.DataFrame:
    """Return the rows of one policy in the columns of ``FIRED_SCHEMA``; raises PolicyError.

    A site's own policy is stopped after so many ``seconds``; a built-in one has no limit.
    """
    subject = policy.subject_column
    selected = _selected(connection, policy, {"night": night, "timezone": timezone} | dict(parameters), seconds)
    if selected.is_empty():  # most policies on most nights: no scan of the night's events to count none of them
        return pl.DataFrame(schema=FIRED_SCHEMA)
    counted = count_events(connection, selected.select(pl.col(subject).alias("subject"), "event_ids"))
    rows = selected.drop("event_ids").join(counted.rename({"subject": subject}), on=subject, validate="1:1")
    figures = ("patients", "records", "accesses", "events", "returned", "first_at", "last_at", "patient_ids")
    approvals = dict(_approvals(connection, policy))
    approval = pl.col(subject).replace_strict(approvals, default=None, return_dtype=pl.String())
    fired = rows.select(
        pl.lit(policy.id).alias("policy_id"),
        pl.lit(policy.version).alias("version"),
        pl.lit(policy.sha256).alias("sha256"),
        pl.lit(policy.pattern).alias("pattern"),
        pl.lit(policy.severity).alias("severity"),
        (pl.lit(policy.alert) & approval.is_null()).alias("alert"),
        pl.lit(policy.subject).alias("subject"),
        *(
            pl.col(column) if column == subject else pl.lit(None, pl.String()).alias(column)
            for column in ("user_id", "source")
        ),
        "event_ids",
        *(rows[name].alias(name) for name in figures),
        approval.alias("approval"),
        pl.Series("reason_values", _reason_values(rows.select(policy.reason_columns)), dtype=pl.String()),
    )
    return fired.cast(FIRED_SCHEMA).sort(subject)


def _selected(
    connection: duckdb.DuckDBPyConnection, policy: Policy, values: Mapping[str, object], seconds: float
) -> pl.DataFrame:
    """Return one row per subject with ``event_ids`` and the policy's own columns; raises PolicyError.

    The statement returns it so, or a row per event.
    """
    try:
        with nullcontext(connection) if policy.built_in else site_connection(connection, policy, seconds) as reader:
            named = sorted(reader.extract_statements(policy.statement)[0].named_parameters)
            given = {name: list(value) if isinstance(value := values[name], tuple) else value for name in named}
            statement = policy.statement.rstrip().rstrip(";")
            if not policy.built_in:  # what leaves the database is no longer bound by its memory
                statement = f"from ({statement}\n) limit {SITE_ROWS + 1}"
            found = frame(reader, statement, given)
    except duckdb.Error as error:
        if is_interruption(error):
            raise
        raise statement_error(policy, error) from None
    return checked_result(policy, found)


def count_events(connection: duckdb.DuckDBPyConnection, fired: pl.DataFrame) -> pl.DataFrame:
    """Return what the events of each ``subject`` come to, and the ``event_ids`` to keep.

    ``fired`` holds ``subject`` and ``event_ids`` as a policy returns them; an id that is no event of the night counts
    for nothing.
    """
    with registered(connection, fired=fired):
        counted = frame(connection, sql_text("policy_tables", "fired_counts.sql"), {"limit": EVENT_LIMIT})
    return (
        fired.select("subject")
        .join(counted, on="subject", how="left")
        .with_columns(
            pl.col("events", "patients", "records", "accesses", "returned").fill_null(0),
            pl.col("event_ids", "patient_ids").fill_null([]),
        )
    )


def _approvals(connection: duckdb.DuckDBPyConnection, policy: Policy) -> list[tuple[str, str]]:
    """Return the accounts for which an approval in force covers the policy's pattern, with its reason."""
    if policy.subject != "account":
        return []
    covering = sql_text("policy_tables", "approvals_of_pattern.sql")
    return connection.execute(covering, {"pattern": policy.pattern}).fetchall()


def _reason_values(named: pl.DataFrame) -> list[str]:
    return [
        json.dumps({name: _json_value(value) for name, value in row.items()}, ensure_ascii=False, sort_keys=True)
        for row in named.iter_rows(named=True)
    ]


def _json_value(value: object) -> object:
    """Return a value that JSON knows; times to the minute, numbers to three places."""
    if isinstance(value, dt.datetime):
        return value.strftime(MINUTE)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float | decimal.Decimal):
        return round(float(value), 3)
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
