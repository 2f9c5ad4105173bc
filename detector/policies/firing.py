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

from detector.detection.scoring import replace
from detector.model.findings import EVENT_LIMIT
from detector.policies.policy import RESULT_COLUMNS, Policy, PolicyError, Value
from detector.policies.statement import first_line, site_connection, statement_error
from detector.policies.tables import add_policy_events, create_policy_tables
from detector.texts.language import LANGUAGES

if TYPE_CHECKING:
    from detector.deployment.settings import Settings

FIRED_SCHEMA: Final = pl.Schema(
    {
        "policy_id": pl.String(),
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
        "approval": pl.String(),
        "reason_values": pl.String(),
    }
)
"""One row per policy and subject that fired. ``alert`` is false where an approval covers the pattern, whose reason
is then in ``approval``; ``reason_values`` is a JSON object of the columns that the policy's reason names."""


@dataclass(frozen=True, slots=True)
class FiredPolicies:
    """What fired, in the columns of ``FIRED_SCHEMA``, and a line for each policy of the site that failed."""

    rows: pl.DataFrame
    warnings: tuple[str, ...] = ()


def fire_policies(
    connection: duckdb.DuckDBPyConnection, policies: Sequence[Policy], date: dt.date, settings: Settings
) -> FiredPolicies:
    """Ask the policies about one judged date: create their tables, run them, keep what fired and the events behind it.

    Reads what :func:`create_policy_tables` needs. Replaces the date's rows of ``policy_days`` and adds to
    ``policy_events``, which :func:`create_policy_events` created. Raises PolicyError where a built-in policy fails.
    """
    create_policy_tables(connection, date, settings)
    fired = run_policies(connection, policies, date, settings)
    replace(connection, "policy_days", with_sentences(fired.rows, policies, date), [date])
    add_policy_events(connection, date)
    return fired


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
            frames.append(run_policy(connection, policy, night, settings.site.timezone, policy.parameters))
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
) -> pl.DataFrame:
    """Return the rows of one policy in the columns of ``FIRED_SCHEMA``; raises PolicyError."""
    given = {"night": night, "timezone": timezone} | {
        name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()
    }
    try:
        with nullcontext(connection) if policy.built_in else site_connection(connection, policy) as reader:
            named = reader.extract_statements(policy.statement)[0].named_parameters
            statement = policy.statement.rstrip().rstrip(";")
            found: pl.DataFrame = reader.sql(statement, params={name: given[name] for name in sorted(named)}).pl()
    except duckdb.Error as error:
        raise statement_error(policy, error) from None
    _check_result(policy, found)
    approvals = dict(_approvals(connection, policy))
    subject = policy.subject_column
    rows: pl.DataFrame = found.select(
        pl.lit(policy.id).alias("policy_id"),
        pl.lit(policy.pattern).alias("pattern"),
        pl.lit(policy.severity).alias("severity"),
        pl.lit(policy.alert).alias("alert"),
        pl.lit(policy.subject).alias("subject"),
        *(
            pl.col(column) if column == subject else pl.lit(None, pl.String()).alias(column)
            for column in ("user_id", "source")
        ),
        pl.col("event_ids").list.head(EVENT_LIMIT).fill_null([]),
        *(pl.col(column).cast(pl.Int64).fill_null(0) for column in ("patients", "records", "accesses")),
        pl.col("user_id" if subject == "user_id" else "source")
        .replace_strict(approvals, default=None, return_dtype=pl.String())
        .alias("approval"),
        pl.Series("reason_values", _reason_values(policy, found), dtype=pl.String()),
    )
    lowered = pl.col("alert") & pl.col("approval").is_null()
    return rows.with_columns(lowered).cast(FIRED_SCHEMA).sort(subject)


def _check_result(policy: Policy, found: pl.DataFrame) -> None:
    """Raise PolicyError unless the statement returned what the loader promises to the night."""

    def error(message: str) -> PolicyError:
        return PolicyError(message, file=policy.path, line=first_line(policy.statement))

    needed = (policy.subject_column, *RESULT_COLUMNS, *policy.reason_columns)
    missing = [column for column in dict.fromkeys(needed) if column not in found.columns]
    if missing:
        raise error(f"the select must also return {', '.join(missing)}")
    if found.schema["event_ids"] != pl.List(pl.String()):
        raise error("event_ids must be a list of texts, such as list(event_id order by local_time)")
    if found.schema[policy.subject_column] not in (pl.String(), pl.Null()):
        raise error(f"{policy.subject_column} must be a text")
    for column in ("patients", "records", "accesses"):
        if not (found.schema[column].is_numeric() or found.schema[column] == pl.Null()):
            raise error(f"{column} must be a count")
    if found[policy.subject_column].null_count():
        raise error(f"{policy.subject_column} must not be null")
    if found[policy.subject_column].is_duplicated().any():
        raise error(f"the select must return one row per {policy.subject_column}; group by it")


def _approvals(connection: duckdb.DuckDBPyConnection, policy: Policy) -> list[tuple[str, str]]:
    """Return the accounts for which an approval in force covers the policy's pattern, with its reason."""
    if policy.subject != "account":
        return []
    covering = """
        select user_id, coalesce(string_agg(distinct reason, '; ' order by reason), '') as reason
        from approvals_on
        where coalesce(patterns, '') = '' or list_contains(string_split(patterns, '|'), $pattern)
        group by user_id
    """
    return connection.execute(covering, {"pattern": policy.pattern}).fetchall()


def _reason_values(policy: Policy, found: pl.DataFrame) -> list[str]:
    named = found.select(policy.reason_columns)
    return [
        json.dumps({name: _json_value(value) for name, value in row.items()}, ensure_ascii=False, sort_keys=True)
        for row in named.iter_rows(named=True)
    ]


def _json_value(value: object) -> object:
    """Return a value that JSON knows; times to the minute, numbers to three places."""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float | decimal.Decimal):
        return round(float(value), 3)
    if isinstance(value, list):
        return [_json_value(one) for one in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
