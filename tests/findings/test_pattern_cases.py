"""Each pattern that evidence tells: somebody who does it, somebody whose work looks alike, and too little to say.

Six weeks of a maternity hospital in numbers: wards that care, a desk that calls, an office that exports. On top of its
own work one account does, for three weeks, what a case describes; its evidence adds up as in the nights. Patterns that
policies alone tell have such cases in the headers of `sql/policies`.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from detector.detection import thresholds
from detector.detection.accumulation import MICRO, accumulate
from detector.detection.bulk_exports import export_evidence
from detector.detection.features import features_of_access
from detector.detection.likelihood import habits, label_counts, labelled, score
from detector.detection.patterns import patterns
from detector.detection.scoring import SUSPICIOUS_NATS, daily_sums
from detector.detection.streams import ACCESS_COMPONENTS, PEOPLE_COMPONENTS
from detector.findings.likeness import likely_patterns
from detector.policies.catalogue import built_in_policies
from tests.detection.test_features import PLAIN
from tests.detection.worlds import hospital

OTHER_COMPONENTS = [name for name in ACCESS_COMPONENTS if name not in PEOPLE_COMPONENTS]
FIRST, DAYS, START = dt.date(2026, 3, 2), 42, 21
BY_DAY = {"interface-harvesting"}
"""Of accounts that are no persons: `tests/detection/test_interface_reading.py`."""
BY_POLICY = {policy.pattern for policy in built_in_policies()}
"""Told by policies, with or without their evidence adding up; their cases stand in the policies' headers."""

STRANGER = {"relation": "stranger", "without_care": True, "corroboration": "none"}
COMING = {"relation": "elsewhere_30", "without_care": True, "corroboration": "none", "maternity": True}
GONE = {"relation": "discharged_30", "without_care": True, "corroboration": "none", "maternity": True}
CONTACT = {"access_type": "contact", "contact": True, "clinical": False}
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What somebody does beyond the work: ``rows`` a day of ``every`` days; ``exports`` of lists instead."""

    user: str
    rows: tuple[Row, ...] = ()
    every: int = 1
    exports: int = 0


NURSE, CLERK, DOCTOR = "nurse3", "desk1", "doctor1"
CASES: dict[str, tuple[Case, Case, Case]] = {
    # pattern: who does it; whose work looks alike; too little to say
    "maternity-harvesting": (
        Case(NURSE, (COMING | CONTACT, GONE | CONTACT)),
        Case(
            NURSE,
            tuple(
                {"relation": "follow_up", "without_care": False, "corroboration": "none"} | CONTACT for _ in range(6)
            ),
            4,
        ),
        Case(NURSE, (COMING | CONTACT,), 12),
    ),
    "contact-harvesting": (
        Case(
            DOCTOR,
            (STRANGER | CONTACT, {"relation": "former", "without_care": True, "corroboration": "none"} | CONTACT),
        ),
        Case(
            CLERK,
            tuple(
                {"relation": "visit_elsewhere", "without_care": True, "corroboration": "other"} | CONTACT
                for _ in range(9)
            ),
        ),
        Case(DOCTOR, (STRANGER | CONTACT,), 12),
    ),
    "targeted-lookup": (
        Case(NURSE, (STRANGER | {"access_type": "targeted", "searched_by_identity": True, "breadth": 4},), 2),
        Case(CLERK, tuple(STRANGER | {"access_type": "targeted", "searched_by_identity": True} for _ in range(4))),
        Case(NURSE, (STRANGER | {"access_type": "targeted", "searched_by_identity": True},), 40),
    ),
    "no-care-relationship": (
        Case(DOCTOR, tuple(STRANGER for _ in range(4))),
        Case(DOCTOR, tuple(STRANGER | {"approved_patterns": ""} for _ in range(2))),
        Case(DOCTOR, (STRANGER,), 8),
    ),
    "sensitive-category-browsing": (
        Case(DOCTOR, tuple(STRANGER | {"access_type": "sensitive", "sensitive": True} for _ in range(2)), 2),
        Case(DOCTOR, tuple({"relation": "care_team", "access_type": "sensitive", "sensitive": True} for _ in range(3))),
        Case(DOCTOR, (STRANGER | {"access_type": "sensitive", "sensitive": True},), 20),
    ),
    "colleague-or-family-lookup": (
        Case(DOCTOR, (STRANGER | {"colleague": True},), 4),
        Case(DOCTOR, ({"relation": "inpatient", "colleague": True},), 2),
        Case(DOCTOR, (STRANGER | {"colleague": True},), 40),
    ),
    "vip-snooping": (
        Case(DOCTOR, (STRANGER | {"vip": True},), 4),
        Case(DOCTOR, ({"relation": "care_team", "vip": True},), 2),
        Case(DOCTOR, (STRANGER | {"vip": True},), 40),
    ),
    "after-hours-access": (
        Case(DOCTOR, tuple(STRANGER | {"off_roster": True, "at_night": True} for _ in range(4))),
        Case(NURSE, tuple({"relation": "inpatient", "off_roster": True, "at_night": True} for _ in range(5))),
        Case(NURSE, (COMING | CONTACT | {"off_roster": True},), 12),
    ),
    "bulk-export": (
        Case(DOCTOR, exports=2500, every=10),
        Case("office1", exports=250, every=7),
        Case(DOCTOR, exports=15),
    ),
}


def plain(day: int, user: str, patient: str, **more: Any) -> Row:
    department, role = {"n": ("OB", "nurse"), "d": ("OB", "doctor")}.get(user[0], ("REG", "clerk"))
    if user.startswith("desk"):
        department, role = "REG", "clerk"
    if user.startswith("office"):
        department, role = "STAT", "officer"
    base = PLAIN | {"new_account": False, "approved_patterns": None, "business_date": FIRST + dt.timedelta(days=day)}
    return base | {"user_id": user, "patient_id": patient, "department": department, "role": role} | more


@cache
def work() -> tuple[Row, ...]:
    """Everybody's own work, with a page by mistake now and then and follow-up calls that change hands."""
    chance = random.Random(7)
    rows: list[Row] = []
    for day in range(DAYS):
        for number in range(8):
            user = f"nurse{number}"
            rows += [plain(day, user, f"p{chance.randrange(60)}", relation="care_team") for _ in range(6)]
            rows += [plain(day, user, f"p{chance.randrange(60)}", access_type="write", wrote=True) for _ in range(5)]
            if (day + number) % 4 == 0:
                rows += [
                    plain(day, user, f"g{day}-{n}", relation="follow_up", corroboration="none", **CONTACT)
                    for n in range(6)
                ]
            if chance.random() < 0.02:
                rows.append(plain(day, user, f"x{day}", **STRANGER))
        for number in range(5):
            rows += [plain(day, f"doctor{number}", f"p{chance.randrange(60)}", relation="care_team") for _ in range(9)]
            if chance.random() < 0.05:
                rows.append(plain(day, f"doctor{number}", f"y{day}", **STRANGER))
        for number in range(4):
            seen = {"relation": "visit_elsewhere", "without_care": True, "corroboration": "other"}
            rows += [plain(day, f"desk{number}", f"v{day}-{number}-{n}", **seen, **CONTACT) for n in range(14)]
            found = STRANGER | {"access_type": "targeted", "searched_by_identity": True}
            rows += [plain(day, f"desk{number}", f"s{day}-{number}-{n}", **found) for n in range(5)]
            rows += [
                plain(day, f"office{number}", f"p{chance.randrange(60)}", relation="office_task") for _ in range(5)
            ]
    return tuple(rows)


def lists(case: Case) -> pl.DataFrame:
    """The case's exports of lists as evidence, among offices that draw one a week."""
    units = (("office", "STAT", "officer"), ("doctor", "OB", "doctor"), ("nurse", "OB", "nurse"))
    history = pl.DataFrame(
        [
            (FIRST + dt.timedelta(days=day), f"{name}{n}", unit, role, 250 * (name == "office" and (day + n) % 7 == 0))
            for day in range(DAYS)
            for name, unit, role in units
            for n in range(5)
        ],
        schema={
            "business_date": pl.Date, "user_id": pl.String, "department": pl.String, "role": pl.String,
            "exported_records": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    days = [START + number for number in range(0, DAYS - START, case.every)] if case.exports else []
    exports = pl.DataFrame(
        [
            plain(day, case.user, "") | {"records": case.exports, "month_end": False}
            for day in days
        ] or [plain(0, case.user, "") | {"records": 0, "month_end": False}],
        schema_overrides={"approved_patterns": pl.String},
    )  # fmt: skip
    return export_evidence(exports, history)


def result(case: Case) -> tuple[float, list[str]]:
    """Return the account's combined standing at the end (1 = alert) and the patterns it is named by."""
    more = [
        plain(day, case.user, f"case{day}-{number}", **row)
        for day in range(START, DAYS, case.every)
        for number, row in enumerate(case.rows)
    ]
    types = {"approved_patterns": pl.String, "off_roster": pl.Boolean}
    facts = labelled(pl.DataFrame([*work(), *more], schema_overrides=types).sort("business_date", maintain_order=True))
    connection = hospital().connection()
    connection.register("counts", label_counts(facts).to_arrow())
    connection.execute("insert into label_days by name from counts")
    sums, suspicions = [], []
    nobody = pl.DataFrame(schema={"user_id": pl.String, "patient_id": pl.String})
    for (date,), rows in facts.group_by("business_date", maintain_order=True):
        assert isinstance(date, dt.date)
        if (date - FIRST).days >= START:
            judged = score(rows, habits(connection, [date], FIRST), nobody)
            nothing_steady = (pl.lit(0).alias(name) for name in OTHER_COMPONENTS)
            sums.append(
                daily_sums(judged, ("business_date", "user_id"), PEOPLE_COMPONENTS).with_columns(nothing_steady)
            )
            suspicions.append(judged.filter(pl.col("user_id") == case.user))
    days = pl.concat(sums).join(
        lists(case).rename({"evidence": "export"}), on=["business_date", "user_id"], how="full", coalesce=True
    )
    found = accumulate(days, FIRST + dt.timedelta(days=DAYS - 1), {})
    limits = thresholds.calibrated(found, [True] * len(found.users), 2.0, DAYS)
    place = found.users.index(case.user)
    standing = {name: float(values[place]) / limits[name] for name, values in found.values.items()}
    best = pl.max_horizontal(PEOPLE_COMPONENTS)
    telling = (
        pl.concat(suspicions).filter(best > SUSPICIOUS_NATS * MICRO).select(best.alias("nats"), features_of_access())
    )
    weight = float(telling["nats"].sum()) or 1.0
    shares = telling.explode("features").group_by("features").agg(pl.col("nats").sum() / weight)
    return float(
        thresholds.combined({name: np.array([value]) for name, value in standing.items()})[0]
    ), likely_patterns(standing, dict(zip(shares["features"].to_list(), shares["nats"].to_list(), strict=True)), set())


def test_every_pattern_has_its_cases() -> None:
    assert CASES.keys() | BY_POLICY | BY_DAY == patterns().keys()


@pytest.mark.parametrize("pattern", CASES)
def test_who_does_it_is_alerted_and_named(pattern: str) -> None:
    standing, names = result(CASES[pattern][0])
    assert standing >= 1
    assert pattern in names[:2]


@pytest.mark.parametrize("pattern", CASES)
def test_work_that_looks_alike_is_not(pattern: str) -> None:
    assert result(CASES[pattern][1])[0] < 1


@pytest.mark.parametrize("pattern", CASES)
def test_too_little_is_no_alert(pattern: str) -> None:
    assert result(CASES[pattern][2])[0] < 1
