"""Scores the accesses of business dates: explained, suspicious or neither, and what evidence they add.

One call brings the store's tables up to date for the dates it is given: label counts, account-days, suspicions,
evidence-days and the parts of patient-days. Dates are scored in order, each against the habits before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import frame, sql_text
from detector.database.rows import add_number_columns, registered, replace_dates, select
from detector.detection import contact_counts, interface_reading, likelihood
from detector.detection.anomalous_days import HISTORY_DAYS as UNUSUAL_DAYS
from detector.detection.anomalous_days import unusual_evidence
from detector.detection.bulk_exports import HISTORY_DAYS, export_evidence
from detector.detection.features import FEATURES, account_days, features_of_access
from detector.detection.likelihood import MICRO
from detector.detection.patterns import patterns
from detector.detection.present_holders import apart
from detector.detection.streams import (
    ACCESS_COMPONENTS,
    COMPONENTS,
    COUNTED_COMPONENTS,
    INTERFACE_COMPONENTS,
    PEOPLE_COMPONENTS,
)
from detector.model.relations import AFTER_DISCHARGE
from detector.model.tables import PATIENT_DAYS
from detector.store import Store

APPROVED_DAILY: Final = 0.8
"""Nats a day that accesses covered by an approval may add: they stay visible, and do not alert by themselves."""
SUSPICIOUS_NATS: Final = 0.3
SUSPICIOUS_MICRONATS: Final = SUSPICIOUS_NATS * MICRO
"""Evidence from which an access is suspicious by what it is, in nats and as it is stored."""
COLLEAGUES: Final = 2
"""Colleagues at work on the judged dates from whom on the hours of a unit are known."""
CALLS_DAILY: Final = 3.0
"""Nats a day that each component may add where a note was left for somebody discharged more than a week ago: it may be
the first of a week's follow-up calls, of which the others are written down tomorrow."""
POLICY_NATS: Final = {"low": 2.0, "medium": 3.5, "high": 5.0, "critical": 5.0}
"""What a policy that does not alert by itself adds on each day it fires, by its severity."""
DAY_KEYS: Final = ("business_date", "user_id", "department", "role")


def score_dates(store: Store, dates: Sequence[dt.date], first_date: dt.date) -> dict[dt.date, pl.DataFrame]:
    """Score ``dates`` as the night tables, which must cover them and may cover more, show them.

    Returns per date the evidence of accesses, summed per account, for :func:`write_evidence`.
    """
    connection = store.connection
    facts = connection.sql(
        "from facts where business_date in (select unnest($dates::date[])) order by business_date, user_id, patient_id",
        params={"dates": list(dates)},
    ).pl()
    people = labelled_people(connection, facts)
    machines = likelihood.labelled(facts.filter(pl.col("account_type") != "human"), [interface_reading.VIEW])
    tests = frame(connection, "detection", "test_records.sql", dates=list(dates))
    busy = tests.filter("is_busy").select("business_date", "patient_id")
    replace_dates(connection, "busy_records", busy, dates)
    counts = (
        likelihood.label_counts(without(people, tests)),
        likelihood.label_counts(without(machines, tests), [interface_reading.VIEW]),
    )
    replace_dates(connection, "label_days", pl.concat(counts), dates)
    write_account_days(connection, facts, tests, dates)
    sums = {}
    for date in sorted(dates):
        scored = score_date(connection, people.filter(pl.col("business_date") == date), date, first_date)
        scored, counted = score_counts(connection, scored, date, first_date)
        scored = weightless(scored, tests.filter(pl.col("is_test") & (pl.col("business_date") == date)))
        read = machines.filter(pl.col("business_date") == date)
        by_interfaces, of_interfaces = score_interfaces(connection, without(read, tests), date, first_date)
        write_suspicions(connection, pl.concat([scored, by_interfaces], how="diagonal"), date)
        of_people = daily_sums(scored, DAY_KEYS, PEOPLE_COMPONENTS).join(counted, on=DAY_KEYS, how="left")
        sums[date] = pl.concat([of_people, of_interfaces], how="diagonal")
        others = [by_interfaces, read.join(by_interfaces, on=["user_id", "patient_id"], how="anti")]
        states = [with_states(scored), interface_states(pl.concat(others, how="diagonal"))]
        with registered(connection, scored_patient_days=pl.concat(states).sort("user_id", "patient_id")):
            store.write_patient_days(date, "from scored_patient_days")
    return sums


def without(accesses: pl.DataFrame, tests: pl.DataFrame) -> pl.DataFrame:
    """Return accesses but for those to ``tests``, rows of ``test_records``: what everybody opens is nobody's habit."""
    return accesses.join(tests, on=["business_date", "patient_id"], how="anti") if tests.height else accesses


def weightless(scored: pl.DataFrame, tests: pl.DataFrame) -> pl.DataFrame:
    """Return scored accesses, of which those to ``tests`` add no evidence."""
    if tests.is_empty():
        return scored
    of_tests = pl.col("patient_id").is_in(tests["patient_id"].implode())  # all of one date
    return scored.with_columns(
        pl.when(of_tests).then(0).otherwise(pl.col(name)).alias(name) for name in PEOPLE_COMPONENTS + COUNTED_COMPONENTS
    )


def labelled_people(connection: duckdb.DuckDBPyConnection, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts of people's accesses with the labels of each view, and whether the account's unit rested."""
    people = likelihood.labelled(facts.filter(pl.col("account_type") == "human"))
    return likelihood.with_unit_hours(people, frame(connection, "detection", "unit_hours.sql", least=COLLEAGUES))


def daily_sums(scored: pl.DataFrame, keys: Sequence[str], components: Sequence[str]) -> pl.DataFrame:
    """Sum components over an account's day; what approvals cover counts up to ``APPROVED_DAILY`` nats of each.

    A day with a note for a patient discharged more than a week ago adds up to ``CALLS_DAILY``.
    """
    most = int(APPROVED_DAILY * MICRO)
    approved = pl.col("is_covered")
    sums = []
    for name in components:
        covered = approved & (pl.col(name) > 0)
        sums.append(pl.col(name).filter(~covered).sum() + pl.col(name).filter(covered).sum().clip(upper_bound=most))
    calls = (
        (pl.col("wrote") & pl.col("without_care") & pl.col("relation").is_in(AFTER_DISCHARGE))
        .any()
        .alias("left_a_note")
    )
    days = scored.with_columns(is_covered=likelihood.approval_covers()).group_by(*keys).agg(*sums, calls)
    bound = pl.when("left_a_note").then(int(CALLS_DAILY * MICRO))
    return days.with_columns(pl.min_horizontal(name, bound).alias(name) for name in components).drop("left_a_note")


def write_account_days(
    connection: duckdb.DuckDBPyConnection, facts: pl.DataFrame, tests: pl.DataFrame, dates: Sequence[dt.date]
) -> None:
    """Store one row of features per account and date; list exports, which name no patient, are added to their count.

    Who opened nothing but ``tests`` was at work, and has a row of zeros.
    """
    add_number_columns(connection, "account_days", [feature.id for feature in FEATURES])
    days = account_days(without(facts, tests))
    exports = connection.sql(
        "select business_date, user_id, department, role, account_type, records from export_days"
        " where not month_end and business_date in (select unnest($dates::date[]))",
        params={"dates": list(dates)},
    ).pl()
    keys = ["business_date", "user_id", "department", "role", "account_type"]
    if tests.height:
        days = facts.select(keys).unique().join(days, on=keys, how="left")
    joined = days.join(exports, on=keys, how="full", coalesce=True).with_columns(
        pl.col([feature.id for feature in FEATURES]).fill_null(0)
    )
    joined = joined.with_columns(
        exported_records=pl.max_horizontal("exported_records", pl.col("records").fill_null(0))
    ).drop("records")
    replace_dates(connection, "account_days", joined.sort("business_date", "user_id"), dates)


def score_date(
    connection: duckdb.DuckDBPyConnection, accesses: pl.DataFrame, date: dt.date, first_date: dt.date
) -> pl.DataFrame:
    """Score people's accesses of one date; without enough history nothing is surprising."""
    if (date - first_date).days < likelihood.MINIMUM_DAYS or accesses.is_empty():
        nothing = (pl.lit(0).alias(name) for name in PEOPLE_COMPONENTS)
        return accesses.with_columns(pl.lit(1.0).alias("share_relation"), *nothing)
    seen = connection.sql(
        "select business_date, user_id, patient_id from suspicions"
        " where business_date >= $since and business_date < $date and largest_evidence > $least",
        params={
            "since": date - dt.timedelta(days=likelihood.REPEAT_DAYS),
            "date": date,
            "least": SUSPICIOUS_MICRONATS,
        },
    ).pl()
    seen = apart(connection, seen, date).select("user_id", "patient_id").unique()
    habits, short = likelihood.habits(connection, date, first_date), likelihood.is_habit_short(date, first_date)
    return likelihood.score(accesses, habits, seen, short_habit=short)


def score_counts(
    connection: duckdb.DuckDBPyConnection, accesses: pl.DataFrame, date: dt.date, first_date: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Score what people's days of one date add together; see :mod:`~detector.detection.contact_counts`.

    Returns the accesses with what each has of it, and per account and date what the day adds.
    """
    if (date - first_date).days < likelihood.MINIMUM_DAYS or accesses.is_empty():
        nothing = accesses.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in COUNTED_COMPONENTS)
        return nothing, nothing.select(*DAY_KEYS, *COUNTED_COMPONENTS).head(0)
    history = frame(
        connection, "detection", "contact_days.sql", since=date - dt.timedelta(days=likelihood.OWN_DAYS), date=date
    )
    days = contact_counts.score(accesses, apart(connection, history, date), date, first_date)
    return contact_counts.shared_out(accesses, days), days.select(*DAY_KEYS, *COUNTED_COMPONENTS)


def score_interfaces(
    connection: duckdb.DuckDBPyConnection, accesses: pl.DataFrame, date: dt.date, first_date: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Score the labelled accesses of one date of services, vendors and kiosks; see :func:`interface_reading.score`."""
    if (date - first_date).days < likelihood.MINIMUM_DAYS:
        nothing = interface_reading.unscored(accesses)
        return nothing, nothing.select(*DAY_KEYS, *INTERFACE_COMPONENTS).head(0)
    history = frame(
        connection, "detection", "interface_days.sql", since=interface_reading.history_since(date), date=date
    )
    month_end = select(connection, "select month_end_from as first, month_end_to as last from site_rules")[0]
    return interface_reading.score(accesses, history, date, first_date, month_end)


def largest_evidence() -> pl.Expr:
    """Return the most that an access adds to any component by what it is, and not by how many there are of its kind."""
    return pl.max_horizontal(PEOPLE_COMPONENTS)


def is_evidence() -> pl.Expr:
    """Return whether an access is kept as a suspicion: for what it is, or for the number of its kind."""
    by_interface = pl.max_horizontal(INTERFACE_COMPONENTS) > SUSPICIOUS_MICRONATS
    return (largest_evidence() > SUSPICIOUS_MICRONATS) | by_interface | (pl.max_horizontal(COUNTED_COMPONENTS) > 0)


def write_suspicions(connection: duckdb.DuckDBPyConnection, scored: pl.DataFrame, date: dt.date) -> None:
    """Store the accesses that add evidence, with the features they count for."""
    add_number_columns(connection, "suspicions", ACCESS_COMPONENTS)
    scored = scored.with_columns(pl.col(ACCESS_COMPONENTS).fill_null(0))
    kept = scored.filter(is_evidence()).select(
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
        *ACCESS_COMPONENTS,
        surprisal=millibits(),
        approved=is_approved(),
        largest_evidence=largest_evidence(),
    )
    replace_dates(connection, "suspicions", kept.sort("user_id", "patient_id"), [date])
    connection.execute("delete from suspicion_events where business_date = $date", {"date": date})
    connection.execute(
        "insert into suspicion_events by name " + sql_text("detection", "suspicion_events.sql"), {"date": date}
    )


def is_approved() -> pl.Expr:
    """Return whether an approval in force covers the access."""
    human = pl.col("account_type") == "human"
    return pl.when(human).then(likelihood.approval_covers()).otherwise(interface_reading.approved())


def millibits() -> pl.Expr:
    """Return the surprisal of an access in thousandths of a bit."""
    return (likelihood.bits(pl.col("share_relation")) * 1000).round().cast(pl.Int32)


def write_evidence(
    connection: duckdb.DuckDBPyConnection, sums: pl.DataFrame, date: dt.date, *, first_time: bool
) -> None:
    """Store the evidence of one date per account: of accesses (``sums``), exports, unusual days and policies.

    The models see a date once, when it is scored for the ``first_time``: what late bookings explain are accesses.
    """
    days = sums
    for stream, rows in daily_evidence(connection, date, first_time=first_time).items():
        days = days.join(rows.rename({"evidence": stream}), on=["business_date", "user_id"], how="full", coalesce=True)
    days = days.with_columns(pl.col(COMPONENTS).fill_null(0), pl.col("department", "role").fill_null("?"))
    rows = days.select(*DAY_KEYS, *COMPONENTS).sort("user_id")
    add_number_columns(connection, "evidence_days", COMPONENTS)
    replace_dates(connection, "evidence_days", rows, [date])


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
        "export": export_evidence(exports, apart(connection, history, date)),
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
    return unusual_evidence(apart(connection, days, date), date)


def known_unusual_days(connection: duckdb.DuckDBPyConnection, date: dt.date) -> pl.DataFrame:
    """Return what the models made of the account-days of a date when it was scored first."""
    found: pl.DataFrame = connection.sql(
        "select business_date, user_id, coalesce(unusual, 0) as evidence from evidence_days"
        " where business_date = $date order by user_id",
        params={"date": date},
    ).pl()
    return found


def with_states(scored: pl.DataFrame) -> pl.DataFrame:
    """Return people's scored accesses as patient-days, with explanation, surprisal and state."""
    strong = ~pl.col("without_care")
    approved = likelihood.approval_covers()
    usual = pl.col("share_relation") >= likelihood.HABIT_SHARE
    suspicious = largest_evidence() > SUSPICIOUS_MICRONATS
    return scored.with_columns(
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


def interface_states(scored: pl.DataFrame) -> pl.DataFrame:
    """Return the scored accesses of services, vendors and kiosks as patient-days: suspicious or not, never explained.

    A visit of the patient is no ground by itself: what an account may read, its approval says.
    """
    suspicious = (pl.max_horizontal(INTERFACE_COMPONENTS) > SUSPICIOUS_MICRONATS).fill_null(value=False)
    return scored.with_columns(
        explanation=pl.lit(None, dtype=pl.String),
        surprisal=millibits().fill_null(0),
        state=pl.when(suspicious & ~interface_reading.approved())
        .then(pl.lit("suspicious"))
        .otherwise(pl.lit("neither")),
    ).select(PATIENT_DAYS.names)
