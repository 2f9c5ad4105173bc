"""Judges the accesses of business dates: explained, suspicious or neither, and what evidence they add.

One call brings the store's tables up to date for the dates it is given: label counts, account-days, suspicions,
evidence-days and the parts of judged accesses. Dates are judged in order, each against the habits before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import duckdb
import polars as pl

from detector.detection import likelihood
from detector.detection.anomalous_days import HISTORY_DAYS as UNUSUAL_DAYS
from detector.detection.anomalous_days import unusual_evidence
from detector.detection.bulk_exports import HISTORY_DAYS, export_evidence
from detector.detection.features import FEATURES, account_days, features_of_access
from detector.detection.hypotheses import HYPOTHESES
from detector.detection.likelihood import MICRO
from detector.detection.patterns import patterns
from detector.detection.streams import STREAMS, offset
from detector.model.tables import PATIENT_DAYS
from detector.store import Store

APPROVED_DAILY: Final = 0.8
"""Nats a day that accesses covered by an approval may add: they stay visible, and do not alert by themselves."""
SUSPICIOUS_NATS: Final = 0.3
"""Evidence from which an access is kept as a suspicion."""
POLICY_NATS: Final = {"low": 2.0, "medium": 3.5, "high": 5.0, "critical": 5.0}
"""What a policy that does not alert by itself adds on each day it fires, by its severity."""
DAY_KEYS: Final = ("business_date", "user_id", "department", "role")


def judge_dates(store: Store, dates: Sequence[dt.date], first_date: dt.date) -> dict[dt.date, pl.DataFrame]:
    """Judge ``dates`` as the night tables, which must cover them, show them.

    Returns per date the evidence of people's accesses, summed per account, for :func:`write_evidence`.
    """
    connection = store.connection
    facts = connection.sql("from facts order by business_date, user_id, patient_id").pl()
    people = likelihood.labelled(facts.filter(pl.col("account_type") == "human"))
    replace(connection, "label_days", likelihood.label_counts(people), dates)
    write_account_days(connection, facts, dates)
    sums = {}
    for date in sorted(dates):
        judged = judge_date(connection, people.filter(pl.col("business_date") == date), date, first_date)
        others = facts.filter((pl.col("business_date") == date) & (pl.col("account_type") != "human"))
        write_suspicions(connection, judged, date)
        sums[date] = judged.group_by(*DAY_KEYS).agg(summed(name) for name in access_components())
        accesses = pl.concat([explained(judged), unjudged(others)]).sort("user_id", "patient_id")
        connection.register("judged_accesses", accesses.to_arrow())
        store.write_patient_days(date, "from judged_accesses")
        connection.unregister("judged_accesses")
    return sums


def summed(component: str) -> pl.Expr:
    """Sum a component over an account's day; what approvals cover counts up to ``APPROVED_DAILY`` nats."""
    approved = likelihood.approval_covers() & (pl.col(component) > 0)
    covered = pl.col(component).filter(approved).sum().clip(upper_bound=int(APPROVED_DAILY * MICRO))
    return (pl.col(component).filter(~approved).sum() + covered).alias(component)


def access_components() -> list[str]:
    """Return the names of the evidence columns that accesses carry."""
    return [f"{hypothesis.id}_{number}" for hypothesis in HYPOTHESES for number in range(len(hypothesis.components))]


def replace(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, dates: Sequence[dt.date]) -> None:
    """Replace the rows of ``dates`` in a table keyed by business date."""
    connection.execute(f"delete from {table} where business_date in ({dates_sql(dates)})")
    if rows.height:
        connection.register("replacement", rows.to_arrow())
        connection.execute(f"insert into {table} by name from replacement")
        connection.unregister("replacement")


def dates_sql(dates: Sequence[dt.date]) -> str:
    """Return dates as a list of SQL literals."""
    return ", ".join(f"date '{date}'" for date in dates)


def write_account_days(connection: duckdb.DuckDBPyConnection, facts: pl.DataFrame, dates: Sequence[dt.date]) -> None:
    """Store one row of features per account and date; list exports, which name no patient, are added to their count."""
    for feature in FEATURES:
        connection.execute(f"alter table account_days add column if not exists {feature.id} bigint")
    days = account_days(facts)
    exports = connection.sql(
        "select business_date, user_id, department, role, account_type, records from export_days where not month_end"
    ).pl()
    keys = ["business_date", "user_id", "department", "role", "account_type"]
    joined = days.join(exports, on=keys, how="full", coalesce=True).with_columns(
        pl.col([feature.id for feature in FEATURES]).fill_null(0)
    )
    joined = joined.with_columns(
        exported_records=pl.max_horizontal("exported_records", pl.col("records").fill_null(0))
    ).drop("records")
    replace(connection, "account_days", joined.sort("business_date", "user_id"), dates)


def judge_date(
    connection: duckdb.DuckDBPyConnection, accesses: pl.DataFrame, date: dt.date, first_date: dt.date
) -> pl.DataFrame:
    """Judge people's accesses of one date; without enough history nothing is surprising."""
    columns = access_components()
    if (date - first_date).days < likelihood.MINIMUM_DAYS or accesses.is_empty():
        return accesses.with_columns(pl.lit(1.0).alias("share_relation"), *(pl.lit(0).alias(name) for name in columns))
    seen = connection.sql(
        "select distinct user_id, patient_id from suspicions where business_date >= $since and business_date < $date",
        params={"since": date - dt.timedelta(days=likelihood.REPEAT_DAYS), "date": date},
    ).pl()
    return likelihood.judge(accesses, likelihood.habits(connection, date, first_date), seen)


def increments_expr() -> pl.Expr:
    """Return the list of a row's evidence in the order of the streams; daily streams are nothing here."""
    parts = [
        pl.col(f"{stream.id}_{number}") if stream.id in {h.id for h in HYPOTHESES} else pl.lit(0, dtype=pl.Int64)
        for stream in STREAMS
        for number in range(stream.components)
    ]
    return pl.concat_list(parts)


def largest_evidence() -> pl.Expr:
    """Return the largest evidence that an access adds to any stream."""
    return pl.max_horizontal(access_components())


def write_suspicions(connection: duckdb.DuckDBPyConnection, judged: pl.DataFrame, date: dt.date) -> None:
    """Store the accesses that add evidence, with the features they count for."""
    kept = judged.filter(largest_evidence() > SUSPICIOUS_NATS * MICRO).select(
        "business_date",
        "user_id",
        "patient_id",
        "department",
        "role",
        "relation",
        "corroboration",
        "access_type",
        "accesses",
        "records",
        features_of_access(),
        surprisal=millibits(),
        approved=likelihood.approval_covers(),
        evidence=increments_expr(),
    )
    replace(connection, "suspicions", kept.sort("user_id", "patient_id"), [date])
    connection.execute("delete from suspicion_events where business_date = $date", {"date": date})
    connection.execute(
        """
        insert into suspicion_events by name
        select
            events.business_date,
            events.user_id,
            events.patient_id,
            events.event_id,
            events.local_time,
            events.action,
            events.category,
            events.source,
            events.file_id,
            events.row_number,
            events.byte_position,
            events.raw
        from events
        semi join (from suspicions where business_date = $date) as suspicions using (user_id, patient_id)
        where events.business_date = $date
        order by events.user_id, events.patient_id, events.local_time, events.event_id
        """,
        {"date": date},
    )


def millibits() -> pl.Expr:
    """Return the surprisal of an access in thousandths of a bit."""
    return (likelihood.bits(pl.col("share_relation")) * 1000).round().cast(pl.Int32)


def write_evidence(
    connection: duckdb.DuckDBPyConnection, sums: pl.DataFrame, date: dt.date, *, first_time: bool
) -> None:
    """Store the evidence of one date per account: of accesses (``sums``), exports, unusual days and policies.

    The models see a date once, when it is judged for the ``first_time``: what late bookings explain are accesses.
    """
    days = sums
    for stream, rows in daily_evidence(connection, date, first_time=first_time).items():
        days = days.join(
            rows.rename({"evidence": f"{stream}_0"}), on=["business_date", "user_id"], how="full", coalesce=True
        )
    names = [f"{stream.id}_{number}" for stream in STREAMS for number in range(stream.components)]
    days = days.with_columns(pl.col(names).fill_null(0), pl.col("department", "role").fill_null("?"))
    rows = days.select(*DAY_KEYS, increments=pl.concat_list(names)).sort("user_id")
    replace(connection, "evidence_days", rows, [date])


def daily_evidence(
    connection: duckdb.DuckDBPyConnection, date: dt.date, *, first_time: bool
) -> dict[str, pl.DataFrame]:
    """Return stream → ``business_date, user_id, evidence`` for the streams that judge days rather than accesses."""
    exports = connection.sql("from export_days where business_date = $date", params={"date": date}).pl()
    history = connection.sql(
        """
        select business_date, user_id, department, role, exported_records
        from account_days
        where business_date < $date and business_date >= $since and account_type = 'human'
        order by business_date, user_id
        """,
        params={"date": date, "since": date - dt.timedelta(days=HISTORY_DAYS)},
    ).pl()
    fired = connection.sql(
        "select distinct pattern, severity, user_id from policy_days"
        " where business_date = $date and not alert and approval is null and user_id is not null order by all",
        params={"date": date},
    ).pl()
    evidence = {
        "export": export_evidence(exports, history),
        "unusual": unusual_days(connection, date) if first_time else known_unusual_days(connection, date),
    }
    for pattern in patterns().values():
        if pattern.policy_stream is None:
            continue
        rows = fired.filter(pl.col("pattern") == pattern.id).unique("user_id", keep="first", maintain_order=True)
        evidence[pattern.policy_stream] = rows.select(
            pl.lit(date).alias("business_date"),
            "user_id",
            (pl.col("severity").replace_strict(POLICY_NATS, return_dtype=pl.Float64) * MICRO)
            .cast(pl.Int64)
            .alias("evidence"),
        )
    return evidence


def unusual_days(connection: duckdb.DuckDBPyConnection, date: dt.date) -> pl.DataFrame:
    """Return what the models make of the account-days of a date."""
    days = connection.sql(
        "from account_days where business_date <= $date and business_date >= $since and account_type = 'human'"
        " order by business_date, user_id",
        params={"date": date, "since": date - dt.timedelta(days=UNUSUAL_DAYS)},
    ).pl()
    return unusual_evidence(days, date)


def known_unusual_days(connection: duckdb.DuckDBPyConnection, date: dt.date) -> pl.DataFrame:
    """Return what the models made of the account-days of a date when it was judged first."""
    found: pl.DataFrame = connection.sql(
        "select business_date, user_id, increments[$place] as evidence from evidence_days"
        " where business_date = $date order by user_id",
        params={"date": date, "place": offset("unusual") + 1},
    ).pl()
    return found


def explained(judged: pl.DataFrame) -> pl.DataFrame:
    """Add explanation, surprisal and state to people's judged accesses."""
    strong = ~pl.col("without_care")
    approved = likelihood.approval_covers()
    usual = pl.col("share_relation") >= likelihood.HABIT_SHARE
    suspicious = largest_evidence() > SUSPICIOUS_NATS * MICRO
    return judged.with_columns(
        explanation=pl.when(strong)
        .then(pl.col("relation"))
        .when(approved)
        .then(pl.lit("approval"))
        .when(usual)
        .then(pl.lit("habit"))
        .when(pl.col("wrote"))
        .then(pl.lit("own_writing")),
        surprisal=millibits(),
        state=pl.when(suspicious & ~approved)
        .then(pl.lit("suspicious"))
        .when(strong | approved | usual)
        .then(pl.lit("explained"))
        .otherwise(pl.lit("neither")),
    ).select(PATIENT_DAYS.names)


def unjudged(facts: pl.DataFrame) -> pl.DataFrame:
    """Give the accesses of services, vendors and kiosks the same columns; their scope is for the policies to judge."""
    return facts.with_columns(
        explanation=pl.lit(None, dtype=pl.String),
        surprisal=pl.lit(0, dtype=pl.Int32),
        state=pl.lit("neither"),
    ).select(PATIENT_DAYS.names)
