"""Reasons are shares of the evidence, recomputed by hand, beside the right baselines."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import duckdb
import polars as pl
import pytest

from detector.detection.accumulation import MICRO
from detector.detection.features import FEATURES
from detector.detection.streams import BY_ID as STREAMS_BY_ID
from detector.detection.streams import COMPONENTS, STREAMS
from detector.findings.finding_data import FindingData, FindingWindow
from detector.findings.reasons import REASONS_KEPT, explanations, reasons
from detector.model.findings import Exposure, Reason
from detector.model.tables import PATIENT_DAYS
from tests.detection.worlds import NIGHT, add_suspicion, hospital

START = NIGHT - dt.timedelta(days=9)
SUSPICIONS = {
    "business_date": pl.Date,
    "patient_id": pl.String,
    "micronats": pl.Int64,
    "features": pl.List(pl.String),
    "approved": pl.Boolean,
}
EVENTS = {"event_id": pl.String, "local_time": pl.Datetime, "patient_id": pl.String, "action": pl.String}
NO_EVENTS = pl.DataFrame(schema=EVENTS)


def connection(*days: tuple[str, int, str, str, dict[str, int]]) -> duckdb.DuckDBPyConnection:
    """A store with account-days: user, days ago, department, role, features."""
    made = hospital().connection()
    for feature in FEATURES:
        made.execute(f"alter table account_days add column {feature.id} bigint")
    for user, ago, department, role, features in days:
        values = dict.fromkeys((feature.id for feature in FEATURES), 0) | features
        made.execute(
            f"insert into account_days (business_date, user_id, department, role, account_type, {', '.join(values)})"
            f" values (?, ?, ?, ?, 'human', {', '.join('?' for _ in values)})",
            [NIGHT - dt.timedelta(days=ago), user, department, role, *values.values()],
        )
    return made


def suspicions(*rows: tuple[str, float, list[str]], approved: bool = False) -> pl.DataFrame:
    full = [(NIGHT, patient, round(nats * MICRO), features, approved) for patient, nats, features in rows]
    return pl.DataFrame(full, schema=SUSPICIONS, orient="row")


def policies(*rows: tuple[str, int], **columns: Any) -> pl.DataFrame:
    """Firings, a date each, the last of them on the night: policy and accesses."""
    full = [
        {
            "business_date": NIGHT - dt.timedelta(days=len(rows) - number), "policy_id": name, "pattern": name,
            "accesses": count, "reason_zh": f"{name} 中文", "reason_en": f"{name} english", "approval": None,
            "event_ids": [], "events": 1,
            "patients": 0, "records": 0, "returned": 0, "first_at": None, "last_at": None, "patient_ids": [],
            "reason_values": "{}", "sentence": None, **columns,
        }
        for number, (name, count) in enumerate(rows, start=1)
    ]  # fmt: skip
    schema = {"policy_id": pl.String, "event_ids": pl.List(pl.String), "patient_ids": pl.List(pl.String),
              "business_date": pl.Date, "approval": pl.String}  # fmt: skip
    return pl.DataFrame(full, schema_overrides=schema) if full else pl.DataFrame(schema=schema)


def window(found: pl.DataFrame, fired: pl.DataFrame | None = None) -> FindingWindow:
    return FindingWindow("u", START, NIGHT, found, policies() if fired is None else fired)


def listed(
    found: pl.DataFrame,
    streams: dict[str, float],
    fired: pl.DataFrame | None = None,
    data: FindingData | None = None,
) -> list[Reason]:
    known = data or FindingData(connection(), NIGHT, ["u"])
    return reasons(known, window(found, fired), streams)


def contributions(*arguments: Any) -> dict[str, float]:
    found = listed(*arguments)
    shares = [reason.contribution for reason in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-9)
    return {reason.feature: reason.contribution for reason in found}


def test_each_access_gives_equal_parts_to_what_it_counts_for() -> None:
    found = suspicions(("p1", 3.0, ["contact_only", "strangers"]), ("p2", 1.0, ["strangers"]), ("p3", 9.0, []))
    assert contributions(found, {"harvest": 1.2}) == {"strangers": 0.625, "contact_only": 0.375}


def test_streams_of_days_have_their_own_reason() -> None:
    found = suspicions(("p1", 2.0, ["strangers"]))
    assert contributions(found, {"harvest": 1.0, "export": 1.0}) == {"exported_records": 0.5, "strangers": 0.5}
    assert contributions(suspicions(), {"export": 1.0, "unusual": 0.2}) == {"exported_records": 1.0}
    assert set(contributions(suspicions(), {"export": 0.5, "unusual": 0.5})) == {"exported_records", "unusual_days"}


def test_facts_take_half_or_all() -> None:
    found = suspicions(("p1", 2.0, ["strangers"]))
    assert contributions(found, {"harvest": 1.0}, policies(("decoy-access", 1))) == {
        "policy:decoy-access": 0.5,
        "strangers": 0.5,
    }
    two = contributions(suspicions(), {}, policies(("decoy-access", 1), ("self-lookup", 2)))
    assert two == {"policy:decoy-access": 0.5, "policy:self-lookup": 0.5}


def test_a_fact_says_its_own_sentence() -> None:
    (reason,) = listed(suspicions(), {}, policies(("decoy-access", 3), ("decoy-access", 4)))
    assert reason.texts == {"zh": "decoy-access 中文", "en": "decoy-access english"}
    assert (reason.value, reason.own_baseline, reason.peer_baseline) == (7.0, None, None)


def test_an_access_that_does_not_stand_in_any_stream_is_a_reason_all_the_same() -> None:
    """A viewer listed with a record's case, whose other work outweighs the one access."""
    assert contributions(suspicions(("p1", 0.4, ["vip_unexplained"])), {"harvest": 0.0}) == {"vip_unexplained": 1.0}


def test_thirds_still_sum_to_one_and_the_list_is_bounded() -> None:
    names = [feature.id for feature in FEATURES if feature.id not in {"patients", "accesses"}]
    assert len(contributions(suspicions(("p", 1.0, names[:3])), {"harvest": 1.0})) == 3
    many = contributions(suspicions(("p", 1.0, names)), {"harvest": 1.0})
    assert len(many) == REASONS_KEPT < len(names)


def test_patients_are_counted_once() -> None:
    found = suspicions(("p1", 1.0, ["strangers"]), ("p1", 1.0, ["strangers"]), ("p2", 1.0, ["strangers"]))
    assert listed(found, {"harvest": 1.0})[0].patients == 2


def test_baselines_are_the_own_past_and_the_peers() -> None:
    strangers = [
        ("u", 2, "OB", "nurse", 8), ("u", 1, "OB", "nurse", 4),  # the window: mean 6
        ("u", 20, "OB", "nurse", 1), ("u", 30, "OB", "nurse", 0),  # before: mean 0.5
        ("a", 3, "OB", "nurse", 2), ("b", 3, "OB", "nurse", 4),  # peers: mean 3
        ("a", 40, "OB", "nurse", 99), ("c", 3, "OB", "doctor", 99), ("d", 3, "GYN", "nurse", 99),
    ]  # fmt: skip
    rows = [(*row[:4], {"strangers": row[4]}) for row in strangers]
    (reason,) = listed(
        suspicions(("p", 1.0, ["strangers"])), {"harvest": 1.0}, None, FindingData(connection(*rows), NIGHT, ["u"])
    )
    assert (reason.value, reason.own_baseline, reason.peer_baseline) == (6.0, 0.5, 3.0)
    assert reason.values == {"days": 2, "total": 12, "own": 2, "peers": 2}  # so few days that it is said


@pytest.mark.parametrize(("before", "few"), [(4, {"own": 4}), (5, {})])
def test_only_a_thin_baseline_says_of_how_many_days_it_is(before: int, few: dict[str, int]) -> None:
    days = [("u", 1, 2), *(("u", 20 + number, 1) for number in range(before)), *(("a", 3 + n, 1) for n in range(9))]
    rows = [(user, ago, "OB", "nurse", {"strangers": value}) for user, ago, value in days]
    (reason,) = listed(
        suspicions(("p", 1.0, ["strangers"])), {"harvest": 1.0}, None, FindingData(connection(*rows), NIGHT, ["u"])
    )
    assert reason.values == {"days": 1, "total": 2, **few}


def test_days_before_a_feature_was_declared_are_in_no_baseline() -> None:
    days = [("u", 1, 6), ("u", 20, 4), ("u", 30, None), ("a", 3, 2), ("a", 8, None), ("b", 3, 4)]
    rows = [(user, ago, "OB", "nurse", {"strangers": value}) for user, ago, value in days]
    (reason,) = listed(
        suspicions(("p", 1.0, ["strangers"])), {"harvest": 1.0}, None, FindingData(connection(*rows), NIGHT, ["u"])
    )
    assert (reason.value, reason.own_baseline, reason.peer_baseline) == (6.0, 4.0, 3.0)


def test_one_colleague_is_no_peer_group_and_nobody_has_no_baseline() -> None:
    rows = [
        ("u", 1, "OB", "nurse", {"strangers": 6}),
        ("a", 3, "OB", "nurse", {"strangers": 2}),
        ("d", 3, "GYN", "nurse", {"strangers": 6}),
    ]
    (reason,) = listed(
        suspicions(("p", 1.0, ["strangers"])), {"harvest": 1.0}, None, FindingData(connection(*rows), NIGHT, ["u"])
    )
    assert (reason.own_baseline, reason.peer_baseline) == (None, 4.0)
    (alone,) = listed(
        suspicions(("p", 1.0, ["strangers"])), {"harvest": 1.0}, None, FindingData(connection(rows[0]), NIGHT, ["u"])
    )
    assert (alone.own_baseline, alone.peer_baseline) == (None, None)


def test_suspicions_are_those_that_add_to_the_streams_asked_for() -> None:
    made = connection()

    def add(patient: str, ago: int, stream: str, nats: float, user: str = "u") -> None:
        (component, *_) = STREAMS_BY_ID[stream].components
        add_suspicion(made, str(NIGHT - dt.timedelta(days=ago)), user, patient, **{component: round(nats * MICRO)})

    add("small", 1, "harvest", 1)
    add("large", 2, "harvest", 3)
    add("other", 1, "lookup", 9)
    add("early", 20, "harvest", 9)
    add("foreign", 1, "harvest", 9, "someone")
    data = FindingData(made, NIGHT, ["u"])
    assert data.suspicions_for("u", START, ["harvest"])["patient_id"].to_list() == ["large", "small"]
    assert data.suspicions_for("u", START, [stream.id for stream in STREAMS])["patient_id"].to_list() == [
        "other",
        "large",
        "small",
    ]
    assert data.suspicions_for("u", START, []).height == 0
    assert data.suspicions_for("u", START, ["harvest"])["micronats"].to_list() == [3_000_000, 1_000_000]


def test_what_speaks_for_the_person() -> None:
    made = connection()
    for label, patients in (
        ("inpatient/unit/write", 60),
        ("care_team/unit/read", 20),
        ("stranger/none/read", 19),
        ("follow_up/none/read", 1),
    ):
        made.execute(
            "insert into label_days values (?, 'u', 'OB', 'nurse', 'relation', ?, ?)", [NIGHT, label, patients]
        )
    made.execute(PATIENT_DAYS.create_temporary().replace("relation relation", "relation varchar"))
    for patient, explanation in (("p1", "inpatient"), ("p2", "habit"), ("p3", "habit"), ("p4", None)):
        made.execute(
            "insert into patient_days by name select ? as business_date, 'u' as user_id, ? as patient_id,"
            " ? as explanation, if(? is null, 'neither', 'explained') as state",
            [NIGHT, patient, explanation, explanation],
        )
    made.execute("insert into account_spans values ('u', ?, ?, 'U', 'OB', 'nurse', 'human')", [START, NIGHT])
    made.execute(
        "insert into account_spans values ('a', ?, ?, 'A', 'OB', 'nurse', 'human')",
        [START - dt.timedelta(days=90), NIGHT],
    )
    fired = policies(("x", 1)).with_columns(approval=pl.lit("migration"))
    found = explanations(
        FindingData(made, NIGHT, ["u"]), window(suspicions(("p", 1.0, []), approved=True), fired), ["bulk-export"], {},
        NO_EVENTS,
    )  # fmt: skip
    assert [(explanation.kind, explanation.share) for explanation in found] == [
        ("inpatient", 0.6), ("care_team", 0.2), ("follow_up", 0.01), ("habit", 0.5), ("approval", 1.0),
        ("approved_policy", None), ("new_account", None), ("innocent_causes", None),
    ]  # fmt: skip
    assert found[5].parameters == {"reason": "migration"}


@pytest.mark.parametrize(("streams", "told"), [(("rising",), True), (("harvest",), False)])
def test_pages_that_weigh_by_their_number_are_partly_daily_work(streams: tuple[str, ...], told: bool) -> None:
    """Only where the finding is about their number, and not where the stream merely stands beside it."""
    made = connection()
    made.execute(PATIENT_DAYS.create_temporary().replace("relation relation", "relation varchar"))
    found = suspicions(("p", 1.0, ["contact_unexplained"]))
    found = found.with_columns(pl.lit(MICRO).alias(name) for name in COMPONENTS)
    asked = dataclasses.replace(window(found, policies(("x", 1))), streams=streams)
    given = explanations(FindingData(made, NIGHT, ["u"]), asked, ["contact-harvesting"], {}, NO_EVENTS)
    assert ("counted_pages" in [one.kind for one in given]) is told


@pytest.mark.parametrize(
    ("actions", "written"), [({"e0": "view"}, False), ({"e0": "update"}, True), ({"e0": "view", "x": "create"}, False)]
)
def test_writing_into_a_record_has_causes_of_its_own(actions: dict[str, str], written: bool) -> None:
    """What a policy fired on counts, not what the account wrote elsewhere."""
    fired = policies(("self-lookup", 1), event_ids=["e0"])
    events = pl.DataFrame([(one, None, "p", action) for one, action in actions.items()], schema=EVENTS, orient="row")
    (found,) = explanations(
        FindingData(connection(), NIGHT, ["u"]), window(suspicions(), fired), ["self-lookup"], {}, events
    )
    assert found.parameters == {"pattern": "self-lookup", **({"written": True} if written else {})}


def test_the_patients_of_a_policy_are_counted_over_the_nights() -> None:
    """Three decoys in two nights are three records of nobody; what an access of evidence opened is counted once."""
    data = FindingData(connection(), NIGHT, ["u"])
    nobody = pl.DataFrame(schema={"business_date": pl.Date, "patient_id": pl.String, "accesses": pl.Int64})
    named = (["d1"], ["d2", "d3"])
    fired = pl.concat(
        [policies(("decoy-access", 1), patient_ids=one, event_ids=one, patients=len(one)) for one in named]
    )
    nine = [dt.datetime.combine(dt.date(2026, 3, day), dt.time(9)) for day in (1, 2, 2, 2)]
    opened = ["d1", "d2", "d3", "p1"]
    events = pl.DataFrame(dict(zip(EVENTS, (opened, nine, opened, ["view"] * 4), strict=True)), schema=EVENTS)
    assert data.exposure(window(nobody, fired), events) == Exposure(patients=0, records=3, accesses=3, decoys=3)
    suspicious = pl.DataFrame([{"business_date": dt.date(2026, 3, 2), "patient_id": "d3", "accesses": 1}])
    assert data.exposure(window(suspicious, fired), events) == Exposure(patients=0, records=3, accesses=3, decoys=3)
    other = pl.DataFrame([{"business_date": dt.date(2026, 3, 2), "patient_id": "p7", "accesses": 1}])
    assert data.exposure(window(other, fired), events) == Exposure(patients=1, records=4, accesses=4, decoys=3)
    many = policies(("record-enumeration", 2619), patients=2619, records=2619)
    assert data.exposure(window(nobody, many), NO_EVENTS) == Exposure(patients=2619, records=2619, accesses=2619)
