"""What programs read beyond their task: habits, innocent twins, and what one record has of a date's evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector.detection.interface_reading import (
    APPROVED_CAP,
    CLASSES,
    LOOKS_BACK,
    MONTH_END_CAP,
    UNKNOWN_CAP,
    VIEW,
    WROTE,
    ReadingDays,
    behind,
    days_by_account,
    dispersion,
    habit_of,
    is_month_end,
    log_negative_binomial,
    score,
)
from detector.detection.likelihood import MICRO, label_counts, labelled
from detector.detection.streams import BY_ID, INTERFACE_COMPONENTS
from detector.model.relations import RELATIONS

FIRST = dt.date(2026, 3, 2)
NIGHT = dt.date(2026, 4, 15)
"""A Wednesday, six weeks later and within no turn of a month."""
BEGAN = FIRST - dt.timedelta(days=40)
"""The first date of the log: on every day of the history it is known who was there within a month."""
TURN = {"first": 25, "last": 5}
RELATION = {"present": "visit_elsewhere", "week": "elsewhere_7", "month": "elsewhere_30", "archive": "stranger"}
ENOUGH = BY_ID["interface"].fresh_cap


def history(usual: Mapping[str, int], user: str = "svc", *, until: dt.date = NIGHT, role: str = "service") -> list[Any]:
    """The same counts on every day, one more or less by turns."""
    rows = []
    for number in range((until - FIRST).days):
        date = FIRST + dt.timedelta(days=number)
        rows += [(date, user, "IT", role, label, max(0, count + number % 3 - 1)) for label, count in usual.items()]
    return rows


def days(*rows: list[Any]) -> pl.DataFrame:
    schema = {"business_date": pl.Date, "user_id": pl.String, "department": pl.String, "role": pl.String}
    return pl.DataFrame(
        [one for some in rows for one in some],
        schema=schema | {"label": pl.String, "patients": pl.Int64},
        orient="row",
    ).filter(pl.col("patients") > 0)


def reads(
    counts: Mapping[str, int], user: str = "svc", *, wrote: int = 0, approved: str | None = None, role: str = "service"
) -> pl.DataFrame:
    """The accesses of one account on the night."""
    relations = [RELATION[label] for label, count in counts.items() for _ in range(count)]
    rows = [(NIGHT, user, f"p{number}", relation, number < wrote) for number, relation in enumerate(relations)]
    schema = {"business_date": pl.Date, "user_id": pl.String, "patient_id": pl.String, "relation": pl.String}
    frame = pl.DataFrame(rows, schema=schema | {"wrote": pl.Boolean}, orient="row")
    more = {"department": "IT", "role": role, "account_type": role, "approved_patterns": approved}
    return labelled(
        frame.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in more.items()), [VIEW]
    )


def nats(accesses: pl.DataFrame, past: pl.DataFrame, date: dt.date = NIGHT, first: dt.date = BEGAN) -> dict[str, float]:
    _, sums = score(accesses, past, date, first, TURN)
    return {name.removeprefix("interface_"): sums[name][0] / MICRO for name in INTERFACE_COMPONENTS}


USUAL = history({"present": 25})


def test_every_relation_says_how_long_ago_the_patient_was_there() -> None:
    assert {relation.recency for relation in RELATIONS} == set(CLASSES)


def test_an_ordinary_day_speaks_for_the_account() -> None:
    assert all(value < 0 for value in nats(reads({"present": 25}), days(USUAL)).values())


def test_two_patients_of_the_archive_are_no_harvest() -> None:
    assert nats(reads({"present": 25, "archive": 2}), days(USUAL))["archive"] < ENOUGH / 2


def test_records_in_random_order_are_mostly_of_the_archive() -> None:
    found = nats(reads({"present": 27, "week": 3, "month": 6, "archive": 11}), days(USUAL))
    assert found["archive"] > ENOUGH


def test_patients_of_the_last_weeks_tell_too_and_so_do_far_more_of_those_who_are_there() -> None:
    assert nats(reads({"present": 25, "week": 12, "month": 14}), days(USUAL))["recent"] > ENOUGH
    assert nats(reads({"present": 110}), days(USUAL))["present"] > ENOUGH


def test_a_habit_of_the_archive_is_a_habit() -> None:
    usual = history({"present": 25, "archive": 12, "month": 9, "week": 4})
    found = nats(reads({"present": 24, "week": 5, "month": 8, "archive": 14}), days(usual))
    assert all(value < 1 for value in found.values())


def test_what_began_within_four_weeks_is_no_habit_yet() -> None:
    began = NIGHT - dt.timedelta(days=20)
    slow = [(began + dt.timedelta(days=n), "svc", "IT", "service", "archive", 30) for n in range(20)]
    assert nats(reads({"present": 25, "archive": 30, "month": 15, "week": 5}), days(USUAL, slow))["archive"] > ENOUGH


def young_log() -> list[Any]:
    """Thirty patients a day who are not there: at first nobody knows when they were, week by week more of them."""
    rows = []
    for number in range((NIGHT - FIRST).days):
        date, known = FIRST + dt.timedelta(days=number), min(20, number // 2)
        counts = {"present": 300 + number % 7, "week": known // 2, "month": known - known // 2, "archive": 30 - known}
        rows += [(date, "svc", "IT", "service", label, count) for label, count in counts.items()]
    return rows


def test_with_a_young_log_nobody_knows_when_the_absent_were_there_last() -> None:
    """What is known of the last weeks grows with the log: an ordinary day is as ordinary as at first."""
    ordinary = reads({"present": 303, "week": 10, "month": 10, "archive": 10})
    assert max(nats(ordinary, days(young_log()), first=FIRST).values()) < 1
    assert nats(ordinary, days(young_log()), first=BEGAN)["recent"] > ENOUGH, "if these were their habit"


@pytest.mark.parametrize("counts", [{"archive": 100}, {"week": 60, "month": 60}])
def test_with_a_young_log_records_of_people_who_are_not_there_tell(counts: dict[str, int]) -> None:
    more = {"present": 303, "week": 10, "month": 10, "archive": 10}
    more = {label: count + counts.get(label, 0) for label, count in more.items()}
    found = nats(reads(more), days(young_log()), first=FIRST)
    assert found["archive"] > ENOUGH
    assert found["recent"] == 0


def test_with_a_young_log_a_job_at_the_turn_of_the_month_is_one_of_the_absent() -> None:
    turn = dt.date(2026, 3, 31)
    job = nats(reads({"present": 303, "week": 90}), days(young_log()), turn, FIRST)
    assert 0 < job["archive"] <= MONTH_END_CAP


def test_shares_are_those_of_the_absent_together_where_their_weeks_are_unknown() -> None:
    scored, _ = score(reads({"week": 1, "archive": 1, "present": 3}), days(young_log()), NIGHT, FIRST, TURN)
    shares = dict(zip(scored["label_recency"], scored["share_relation"], strict=True))
    assert shares["week"] == shares["archive"] == pytest.approx(30 / 333, rel=0.05)


def test_after_an_outage_the_backlog_is_expected() -> None:
    silent = days([row for row in USUAL if row[0] < NIGHT - dt.timedelta(days=2)], history({"present": 5}, "other"))
    backlog = nats(reads({"present": 30, "week": 45}), silent)
    assert max(backlog.values()) < 2
    assert nats(reads({"present": 30, "week": 45}), days(USUAL))["recent"] > ENOUGH
    assert nats(reads({"present": 30, "week": 20, "month": 30, "archive": 60}), silent)["archive"] > ENOUGH


def test_a_job_at_the_turn_of_the_month_stays_below() -> None:
    month = reads({"present": 25, "week": 80, "month": 220})
    assert nats(month, days(USUAL), dt.date(2026, 4, 28))["recent"] == MONTH_END_CAP
    assert nats(month, days(USUAL))["recent"] > ENOUGH
    assert nats(month, days(USUAL))["archive"] < 0, "it reads nothing of the archive"


MONTH = {"present": 25, "week": 70, "month": 215, "archive": 15}
"""A job over the month, some of whose patients were discharged before anybody can look back."""
TAKEN = {"present": 25, "week": 10, "month": 30, "archive": 60}
"""Records of the archive in random order."""
LATE_IN_TURN = dt.date(2026, 4, 28)


def ran(counts: Mapping[str, int], *nights: int) -> pl.DataFrame:
    """The usual days, and so many nights before the last one the same counts."""
    runs = [LATE_IN_TURN - dt.timedelta(days=ago) for ago in nights]
    rows = history({"present": 25}, until=LATE_IN_TURN)
    more = [(date, "svc", "IT", "service", label, count) for date in runs for label, count in counts.items()]
    return days([row for row in rows if row[0] not in runs], more)


def test_what_a_job_over_the_month_does_not_explain_counts_in_the_turn_as_well() -> None:
    assert nats(reads(MONTH), ran({}), LATE_IN_TURN)["archive"] <= MONTH_END_CAP
    assert nats(reads(TAKEN), ran({}), LATE_IN_TURN)["archive"] > 2 * MONTH_END_CAP
    young = LATE_IN_TURN - dt.timedelta(days=LOOKS_BACK - 5)
    assert nats(reads(TAKEN), ran({}).filter(pl.col("business_date") >= young), LATE_IN_TURN, young)["archive"] > 2


def test_a_job_over_the_month_runs_on_a_few_nights() -> None:
    assert nats(reads(MONTH), ran(MONTH, 1, 2), LATE_IN_TURN)["recent"] == MONTH_END_CAP
    assert nats(reads(MONTH), ran(MONTH, 1, 2, 3), LATE_IN_TURN)["recent"] > ENOUGH
    assert nats(reads(MONTH), ran(MONTH, 1, 2, 8), LATE_IN_TURN)["recent"] == MONTH_END_CAP, "what was before the turn"
    assert nats(reads(MONTH), ran({"present": 60}, 1, 2, 3), LATE_IN_TURN)["recent"] == MONTH_END_CAP, (
        "others are there"
    )


def test_a_kiosk_has_no_job_over_the_month() -> None:
    hall = days(*(history({"present": 20}, f"k{number}", role="kiosk", until=LATE_IN_TURN) for number in range(3)))
    assert (
        nats(reads({"present": 20, "week": 12, "month": 20}, "k1", role="kiosk"), hall, LATE_IN_TURN)["recent"] > ENOUGH
    )


@pytest.mark.parametrize(
    ("first", "last", "inside", "outside"), [(25, 5, (25, 31, 1, 5), (6, 24)), (1, 3, (1, 3), (4, 31))]
)
def test_the_turn_of_the_month_may_reach_into_the_next(
    first: int, last: int, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    turn = {"first": first, "last": last}
    assert all(is_month_end(dt.date(2026, 3, day), turn) for day in inside)
    assert not any(is_month_end(dt.date(2026, 3, day), turn) for day in outside)


def test_an_approval_and_a_first_night_bound_what_a_date_adds() -> None:
    archive = {"week": 200, "month": 500, "archive": 900}
    assert nats(reads(archive, "mig"), days(USUAL))["archive"] == UNKNOWN_CAP
    for patterns in ("", "record-enumeration", "no-care-relationship|bulk-export"):
        assert nats(reads(archive, approved=patterns), days(USUAL))["archive"] == APPROVED_CAP
    assert nats(reads(archive, approved="vip-snooping"), days(USUAL))["archive"] > ENOUGH


def test_a_migration_in_the_same_office_is_no_habit_of_the_others() -> None:
    migration = [(NIGHT - dt.timedelta(days=3), "mig", "IT", "service", "archive", 1200)]
    found = nats(reads({"present": 27, "week": 3, "month": 6, "archive": 11}), days(USUAL, migration))
    assert found["archive"] > ENOUGH


def test_the_kiosks_of_a_hall_know_what_a_new_one_does() -> None:
    hall = [history({"present": 20}, f"k{number}", role="kiosk") for number in range(3)]
    assert max(nats(reads({"present": 20}, "new", role="kiosk"), days(*hall)).values()) < 0
    assert (
        nats(reads({"present": 20, "month": 12, "archive": 20}, "new", role="kiosk"), days(*hall))["archive"] > ENOUGH
    )


def test_what_the_account_wrote_into_is_its_work() -> None:
    archive = reads({"archive": 60}, wrote=60)
    assert set(archive["label_recency"]) == {WROTE}
    assert nats(archive, days(USUAL))["archive"] < 0


def test_records_share_the_evidence_of_their_date_and_no_other_has_any() -> None:
    accesses = reads({"present": 27, "week": 3, "month": 6, "archive": 11})
    scored, sums = score(accesses, days(USUAL), NIGHT, BEGAN, TURN)
    by_class = dict(scored.group_by("label_recency").agg(pl.col("interface_archive").sum()).iter_rows())
    assert sum(by_class.values()) == pytest.approx(sums["interface_archive"][0], abs=len(accesses))
    assert by_class["archive"] > by_class["month"] > 0
    assert by_class["present"] < 0.1 * MICRO, "two more than usual tell next to nothing"
    assert scored.filter(pl.col("label_recency") == "archive")["interface_archive"].n_unique() == 1


def test_no_account_no_evidence() -> None:
    scored, sums = score(reads({}), days(USUAL), NIGHT, FIRST, TURN)
    assert scored.is_empty()
    assert sums.is_empty()
    assert set(INTERFACE_COMPONENTS) <= set(scored.columns) & set(sums.columns)


def test_labels_are_counted_per_account_and_date() -> None:
    counted = label_counts(reads({"present": 2, "archive": 1}), [VIEW])
    assert counted.select("view", "label", "patients").rows() == [("recency", "archive", 1), ("recency", "present", 2)]


def test_counts_of_a_negative_binomial_sum_to_one() -> None:
    counts = np.arange(4000, dtype=np.float64)
    whole = np.exp(log_negative_binomial(counts, np.full(4000, 25.0), np.full(4000, 90.0)))
    assert whole.sum() == pytest.approx(1)
    assert (counts * whole).sum() == pytest.approx(25)
    assert ((counts - 25) ** 2 * whole).sum() == pytest.approx(90)


def test_dispersion_follows_the_spread_of_the_days() -> None:
    calm, wild = np.full((20, 4), 25.0), np.tile([[5.0], [45.0]], (10, 4))
    assert dispersion(calm, np.full(4, 25.0))[0] > dispersion(wild, np.full(4, 25.0))[0]
    assert dispersion(calm[:2], np.full(4, 25.0)).tolist() == [1, 1, 1, 1]


def test_who_reads_now_and_then_is_never_behind() -> None:
    site = [FIRST + dt.timedelta(days=number) for number in range(30)]
    assert behind(site[::5], np.full(6, 10.0), site, site[-1] + dt.timedelta(days=1)) == 0
    assert behind(site[:-2], np.full(28, 10.0), site, site[-1] + dt.timedelta(days=1)) == 20


def test_an_account_without_days_enough_has_no_known_habit() -> None:
    known = days_by_account(days(USUAL))["svc"]
    fewer = ReadingDays(known.task, known.dates[:4], known.counts[:4])
    assert habit_of(known, [], known.dates, NIGHT, FIRST).is_known
    assert not habit_of(fewer, [], known.dates, NIGHT, FIRST).is_known
