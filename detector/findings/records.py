"""One record opened by many: a case about the record, not about thirty people.

For every patient the accounts are counted that opened the record within a week without a reason. Beyond one such viewer
each further one is as unlikely as it is for a record that already had one to get another (a geometric tail fitted on
the last four weeks); a person of public interest needs fewer.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any, Final

import duckdb
import polars as pl

from detector import __version__
from detector.detection import thresholds
from detector.findings.accounts import QUIET_DAYS, Night, Raised, finding_id
from detector.findings.finding_writer import severity_of, store_evidence, store_finding
from detector.findings.reasons import ReasonData

WINDOW_DAYS: Final = 7
THRESHOLD: Final = 8.0
LISTED_FROM: Final = 0.8
VIP_NATS: Final = 3.0
LEAST_VIEWERS: Final = 5
TELLING_EVIDENCE: Final = 1_000_000
"""Millionths of a nat that an access must add for its account to count as a viewer without a reason."""
RATIO_RANGE: Final = (0.04, 0.5)


def update_records(connection: duckdb.DuckDBPyConnection, night: Night, raised: Raised) -> dict[str, str]:
    """Raise or update the findings about records that several accounts opened without a reason.

    Returns account → case for the accounts whose access belongs to an alert about a record.
    """
    since = night.date - dt.timedelta(days=WINDOW_DAYS - 1)
    viewers = connection.sql(
        """
        select
            suspicions.patient_id,
            count(distinct user_id) as viewers,
            count(distinct user_id) filter (suspicions.business_date = $night) as tonight,
            count(distinct user_id) filter (list_contains(features, 'vip_unexplained')) > 0 as vip,
            min(suspicions.business_date) as first_on,
            sum(accesses)::bigint as accesses
        from suspicions
        where
            suspicions.business_date between $since and $night
            and not approved
            and list_max(evidence) >= $telling
            and suspicions.relation in (select relation from relation_names where without_care)
        group by suspicions.patient_id
        having count(distinct user_id) >= $least
        order by suspicions.patient_id
        """,
        params={"since": since, "night": night.date, "least": LEAST_VIEWERS, "telling": TELLING_EVIDENCE},
    ).pl()
    known = {
        row["patient_id"]: row
        for row in connection.sql(
            "from findings where subject = 'record' and status not in ('confirmed', 'justified', 'false_alarm')"
            " and last_seen_on >= $since order by finding_id",
            params={"since": night.date - dt.timedelta(days=QUIET_DAYS)},
        )
        .pl()
        .iter_rows(named=True)
    }
    cases: dict[str, str] = {}
    if viewers.is_empty():
        return cases
    step = -math.log(again_ratio(connection, night.date))
    for row in viewers.iter_rows(named=True):
        nats = (row["viewers"] - 1) * step + (VIP_NATS if row["vip"] else 0.0)
        standing = round(nats / THRESHOLD, 6)
        if standing >= LISTED_FROM and row["tonight"]:
            cases |= write_record(connection, night, row, standing, known.get(row["patient_id"]), raised)
    return cases


def again_ratio(connection: duckdb.DuckDBPyConnection, night: dt.date) -> float:
    """Return how often a record with one unexplained viewer gets a second one within four weeks."""
    one, two = connection.execute(
        """
        select count(*), count(*) filter (viewers >= 2)
        from (
            select count(distinct user_id) as viewers
            from suspicions
            where business_date between $since and $night and list_max(evidence) >= $telling
            group by patient_id
        )
        """,
        {"since": night - dt.timedelta(days=28), "night": night, "telling": TELLING_EVIDENCE},
    ).fetchall()[0]
    return float(min(max((two + 1) / (one + 10), RATIO_RANGE[0]), RATIO_RANGE[1]))


def write_record(
    connection: duckdb.DuckDBPyConnection,
    night: Night,
    found: dict[str, Any],
    standing: float,
    known: dict[str, Any] | None,
    raised: Raised,
) -> dict[str, str]:
    """Write one finding about a record; returns account → case for its viewers where it is an alert."""
    patient = found["patient_id"]
    identity = known["finding_id"] if known else finding_id("record", patient, str(night.date))
    start = min(found["first_on"], known["window_start"]) if known else found["first_on"]
    parameters = {"patient": patient, "start": start, "night": night.date}
    views = connection.sql(
        "from suspicions where patient_id = $patient and business_date between $start and $night"
        " order by business_date, user_id",
        params=parameters,
    ).pl()
    alert = bool(known and known["alert"]) or (standing >= 1 and not night.learning)
    risk = round(max(thresholds.risk(standing), known["risk"] if known else 0.0), 1)
    viewers = views["user_id"].n_unique()
    returned = views.group_by("user_id").agg(days=pl.col("business_date").n_unique()).filter(pl.col("days") > 1).height
    printed = views.filter(pl.col("access_type") == "export")["user_id"].n_unique()
    reasons = [
        {
            "feature": "distinct_viewers",
            "value": float(viewers),
            "own_baseline": None,
            "peer_baseline": 1.0,
            "contribution": 1.0,
            "patients": 1,
            "values": {"returned": returned, "printed": printed},
        }
    ]
    explained = connection.execute(
        "select count(distinct user_id) from patient_days where patient_id = $patient"
        " and business_date between $start and $night and state = 'explained'",
        parameters,
    ).fetchall()[0][0]
    row = {
        "finding_id": identity,
        "subject": "record",
        "user_id": None,
        "patient_id": patient,
        "source": None,
        "case_id": known["case_id"] if known else identity,
        "detected_on": known["detected_on"] if known else night.date,
        "alerted_on": (known["alerted_on"] if known else None) or (night.date if alert else None),
        "last_seen_on": night.date,
        "user_name": None,
        "department": None,
        "role": None,
        "account_type": None,
        "window_start": start,
        "window_end": night.date,
        "risk": risk,
        "severity": severity_of(risk, pl.DataFrame({"severity": []}, schema={"severity": pl.String})),
        "alert": alert,
        "patterns": ["vip-snooping", "no-care-relationship"],
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "policies": [],
        "patients": 1,
        "records": 1,
        "accesses": int(views["accesses"].sum()),
        "explained": json.dumps(
            [{"kind": "explained_viewers", "share": None, "viewers": explained}], ensure_ascii=False
        ),
        "sampled": False,
        "status": known["status"] if known else "open",
        "previous_finding_id": known["previous_finding_id"] if known else None,
        "method": json.dumps(
            {
                "version": __version__,
                "configuration": night.settings.digest,
                "history": [str(night.first_date), str(night.date)],
                "combined": round(standing, 4),
                "thresholds": {"record": THRESHOLD},
            }
        ),
    }
    store_finding(connection, row)
    data = ReasonData(connection, night.date, [])
    nothing = pl.DataFrame(schema={"event_ids": pl.List(pl.String)})
    store_evidence(connection, identity, data.events(views.with_columns(nats=pl.col("surprisal") / 1000), nothing))
    connection.execute("delete from finding_days where finding_id = ?", [identity])
    connection.execute(
        """
        insert into finding_days
        select
            $identity,
            business_date,
            sum(accesses),
            1,
            coalesce(sum(accesses) filter (state = 'suspicious'), 0),
            (count(*) filter (state = 'suspicious') > 0)::integer,
            0
        from patient_days
        where patient_id = $patient and business_date between $start and $night
        group by business_date
        order by business_date
        """,
        parameters | {"identity": identity},
    )
    (raised.updated if known else raised.new).append(identity)
    if alert and not (known and known["alert"]):
        raised.alerts.append(identity)
    users = views["user_id"].unique().sort().to_list()
    join_case(connection, row["case_id"], patient, users)
    return dict.fromkeys(users, row["case_id"]) if alert else {}


def join_case(connection: duckdb.DuckDBPyConnection, case: str, patient: str, users: list[str]) -> None:
    """Let the viewers' findings that rest on this record mostly share the record's case."""
    connection.execute(
        """
        update findings
        set case_id = $case
        where
            subject = 'account'
            and user_id in (select unnest($users))
            and case_id = finding_id
            and finding_id in (
                select finding_id
                from finding_events
                group by finding_id
                having count(*) filter (patient_id = $patient) > 0.5 * count(*)
            )
        """,
        {"case": case, "users": users, "patient": patient},
    )
