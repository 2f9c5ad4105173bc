"""Scores the accesses of business dates: explained, suspicious or neither, and what evidence they add.

One call brings the store's tables up to date for the dates it is given: label counts, account-days, suspicions,
evidence-days and the parts of patient-days. Dates are scored in order, each against the habits before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import frame, sql_text
from detector.database.rows import add_number_columns, registered, replace_dates, select
from detector.detection import contact_counts, interface_reading, likelihood
from detector.detection.features import FEATURES, account_days, features_of_access
from detector.detection.likelihood import MICRO
from detector.detection.present_holders import apart, later_holders
from detector.detection.streams import (
    ACCESS_COMPONENTS,
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
DAY_KEYS: Final = ("business_date", "user_id", "department", "role")


def score_dates(store: Store, dates: Sequence[dt.date], first_date: dt.date) -> dict[dt.date, pl.DataFrame]:
    """Score ``dates`` as the night tables, which must cover them and may cover more, show them.

    Returns per date the evidence of accesses, summed per account, for :func:`write_evidence`.
    """
    connection, dates = store.connection, sorted(dates)
    facts = connection.sql(
        "from facts where business_date in (select unnest($dates::date[])) order by business_date, user_id, patient_id",
        params={"dates": dates},
    ).pl()
    people = labelled_people(connection, facts)
    machines = likelihood.labelled(facts.filter(pl.col("account_type") != "human"), [interface_reading.VIEW])
    tests = frame(connection, "detection", "test_records.sql", dates=dates)
    busy = tests.filter("is_busy").select("business_date", "patient_id")
    replace_dates(connection, "busy_records", busy, dates)
    counts = (
        likelihood.label_counts(without(people, tests)),
        likelihood.label_counts(without(machines, tests), [interface_reading.VIEW]),
    )
    replace_dates(connection, "label_days", pl.concat(counts), dates)
    write_account_days(connection, facts, tests, dates)
    past = Past.read(connection, dates, first_date)
    judged = [date for date in dates if past.is_enough(date)]
    known = people.filter(pl.col("business_date").is_in(judged))
    known = likelihood.with_shares(known, likelihood.habits(connection, judged, first_date), first_date)
    sums, suspicions = {}, []
    for date in dates:
        accesses = (known if date in judged else people).filter(pl.col("business_date") == date)
        scored, counted = score_counts(score_date(accesses, past, date), past, date)
        scored = weightless(scored, tests.filter(pl.col("is_test") & (pl.col("business_date") == date)))
        read = machines.filter(pl.col("business_date") == date)
        by_interfaces, of_interfaces = score_interfaces(without(read, tests), past, date)
        suspicious = suspicions_of(pl.concat([scored, by_interfaces], how="diagonal"))
        suspicions.append(suspicious)
        past = past.with_seen(suspicious)
        of_people = daily_sums(scored, DAY_KEYS, PEOPLE_COMPONENTS).join(counted, on=DAY_KEYS, how="left")
        sums[date] = pl.concat([of_people, of_interfaces], how="diagonal")
        others = [by_interfaces, read.join(by_interfaces, on=["user_id", "patient_id"], how="anti")]
        states = [with_states(scored), interface_states(pl.concat(others, how="diagonal"))]
        with registered(connection, scored_patient_days=pl.concat(states).sort("user_id", "patient_id")):
            store.write_patient_days(date, "from scored_patient_days")
    write_suspicions(connection, pl.concat(suspicions), dates)
    return sums


@dataclass(frozen=True, slots=True)
class Past:
    """What the store knows of the time before the dates that are scored together.

    ``seen``: accesses that raised suspicion (``business_date, user_id, patient_id``). ``contact_days`` and
    ``interface_days`` are the rows of the SQL files so called, ``later`` those of
    :func:`~detector.detection.present_holders.later_holders`, ``month_end`` the first and the last day of the turn of
    the month.
    """

    first_date: dt.date
    seen: pl.DataFrame
    contact_days: pl.DataFrame
    interface_days: pl.DataFrame
    later: pl.DataFrame
    month_end: Mapping[str, int]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date], first_date: dt.date) -> Past:
        """Read what scoring the ``dates``, in order, needs; what was suspicious on them before is judged anew."""
        first, last, day = dates[0], dates[-1], dt.timedelta(days=1)
        seen = connection.sql(
            "select business_date, user_id, patient_id from suspicions"
            " where business_date >= $since and business_date < $last and largest_evidence > $least"
            " and business_date not in (select unnest($dates::date[]))",
            params={
                "since": first - likelihood.REPEAT_DAYS * day,
                "last": last,
                "least": SUSPICIOUS_MICRONATS,
                "dates": list(dates),
            },
        ).pl()
        return cls(
            first_date,
            seen,
            frame(connection, "detection", "contact_days.sql", since=first - likelihood.OWN_DAYS * day, date=last),
            frame(
                connection, "detection", "interface_days.sql", since=interface_reading.history_since(first), date=last
            ),
            later_holders(connection),
            select(connection, "select month_end_from as first, month_end_to as last from site_rules")[0],
        )

    def is_enough(self, date: dt.date) -> bool:
        """Return whether a date has a history; without enough nothing is surprising."""
        return (date - self.first_date).days >= likelihood.MINIMUM_DAYS

    def with_seen(self, suspicions: pl.DataFrame) -> Past:
        """Return the same with what was found suspicious on a further date."""
        found = suspicions.filter(pl.col("largest_evidence") > SUSPICIOUS_MICRONATS).select(self.seen.columns)
        return replace(self, seen=pl.concat([self.seen, found]))

    def seen_before(self, date: dt.date) -> pl.DataFrame:
        """Return the pairs of account and patient, each once, that raised suspicion in the weeks before a date."""
        since = date - dt.timedelta(days=likelihood.REPEAT_DAYS)
        seen = self.seen.filter((pl.col("business_date") >= since) & (pl.col("business_date") < date))
        return apart(self.later, seen, date).select("user_id", "patient_id").unique()


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


def score_date(accesses: pl.DataFrame, past: Past, date: dt.date) -> pl.DataFrame:
    """Score people's accesses of one date, with their shares where there is enough history."""
    if not past.is_enough(date) or accesses.is_empty():
        nothing = (pl.lit(0, dtype=pl.Int64).alias(name) for name in PEOPLE_COMPONENTS)
        return accesses.with_columns(pl.lit(1.0).alias("share_relation"), *nothing)
    return likelihood.with_evidence(accesses, past.seen_before(date))


def score_counts(accesses: pl.DataFrame, past: Past, date: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Score what people's days of one date add together; see :mod:`~detector.detection.contact_counts`.

    Returns the accesses with what each has of it, and per account and date what the day adds.
    """
    if not past.is_enough(date) or accesses.is_empty():
        nothing = accesses.with_columns(pl.lit(0, dtype=pl.Int64).alias(name) for name in COUNTED_COMPONENTS)
        return nothing, nothing.select(*DAY_KEYS, *COUNTED_COMPONENTS).head(0)
    since = date - dt.timedelta(days=likelihood.OWN_DAYS)
    history = past.contact_days.filter(pl.col("business_date").is_between(since, date))
    days = contact_counts.score(accesses, apart(past.later, history, date), date, past.first_date)
    return contact_counts.shared_out(accesses, days), days.select(*DAY_KEYS, *COUNTED_COMPONENTS)


def score_interfaces(accesses: pl.DataFrame, past: Past, date: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Score the labelled accesses of one date of services, vendors and kiosks; see :func:`interface_reading.score`."""
    if not past.is_enough(date):
        nothing = interface_reading.unscored(accesses)
        return nothing, nothing.select(*DAY_KEYS, *INTERFACE_COMPONENTS).head(0)
    since = interface_reading.history_since(date)
    history = past.interface_days.filter((pl.col("business_date") >= since) & (pl.col("business_date") < date))
    return interface_reading.score(accesses, history, date, past.first_date, past.month_end)


def largest_evidence() -> pl.Expr:
    """Return the most that an access adds to any component by what it is, and not by how many there are of its kind."""
    return pl.max_horizontal(PEOPLE_COMPONENTS)


def is_evidence() -> pl.Expr:
    """Return whether an access is kept as a suspicion: for what it is, or for the number of its kind."""
    by_interface = pl.max_horizontal(INTERFACE_COMPONENTS) > SUSPICIOUS_MICRONATS
    return (largest_evidence() > SUSPICIOUS_MICRONATS) | by_interface | (pl.max_horizontal(COUNTED_COMPONENTS) > 0)


def suspicions_of(scored: pl.DataFrame) -> pl.DataFrame:
    """Return the accesses that add evidence, with the features they count for: rows of ``suspicions``."""
    scored = scored.with_columns(pl.col(ACCESS_COMPONENTS).fill_null(0))
    return scored.filter(is_evidence()).select(
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


def write_suspicions(connection: duckdb.DuckDBPyConnection, suspicions: pl.DataFrame, dates: Sequence[dt.date]) -> None:
    """Store the accesses of ``dates`` that add evidence, and the events behind them."""
    add_number_columns(connection, "suspicions", ACCESS_COMPONENTS)
    replace_dates(connection, "suspicions", suspicions.sort("business_date", "user_id", "patient_id"), dates)
    connection.execute(
        "delete from suspicion_events where business_date in (select unnest($dates::date[]))", {"dates": list(dates)}
    )
    connection.execute(
        "insert into suspicion_events by name " + sql_text("detection", "suspicion_events.sql"), {"dates": list(dates)}
    )


def is_approved() -> pl.Expr:
    """Return whether an approval in force covers the access."""
    human = pl.col("account_type") == "human"
    return pl.when(human).then(likelihood.approval_covers()).otherwise(interface_reading.approved())


def millibits() -> pl.Expr:
    """Return the surprisal of an access in thousandths of a bit."""
    return (likelihood.bits(pl.col("share_relation")) * 1000).round().cast(pl.Int32)


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
