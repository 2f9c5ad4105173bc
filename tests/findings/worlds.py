"""A store as the first half of a night leaves it, evidence added by hand, and the findings that the other half makes.

Every stream alerts at ``LIMIT`` nats; a fresh day adds at most five.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from detector.database.rows import add_number_columns, select
from detector.deployment.settings import Settings, load_settings
from detector.detection.accumulation import MICRO
from detector.detection.features import FEATURES
from detector.detection.night_tables import relation_tables
from detector.detection.streams import ACCESS_COMPONENTS, BY_ID, COMPONENTS
from detector.findings.changes import FindingChanges
from detector.findings.late_evidence import keep_earlier_evidence
from detector.findings.scoring_context import ScoringContext
from detector.findings.update import update_findings
from detector.model.findings import Finding
from detector.model.tables import PATIENT_DAYS
from detector.model.tables.policies import POLICY_EVENTS
from tests.detection.worlds import NIGHT, hospital

LIMIT = 8.0
FIRST_DATE = NIGHT - dt.timedelta(days=60)


def day(number: int) -> dt.date:
    """Return the date so many days after ``NIGHT``."""
    return NIGHT + dt.timedelta(days=number)


def settings(folder: Path, **alerting: Any) -> Settings:
    """Return the settings of a deployment that says nothing but what it must."""
    path = folder / "detector.toml"
    path.write_text('[site]\nname = "x"\ntimezone = "UTC"\n[[source]]\nname = "his"\nformat = "csv"\npath = "*.csv"\n')
    loaded = load_settings(path)
    return dataclasses.replace(loaded, alerting=dataclasses.replace(loaded.alerting, **alerting))


class Ward:
    """Accounts of one unit, what stands against them, and the findings about them."""

    def __init__(self, folder: Path, **alerting: Any) -> None:
        self.settings = settings(folder, **alerting)
        self.first_date = FIRST_DATE
        self.limit = LIMIT
        self.connection: duckdb.DuckDBPyConnection = hospital().connection()
        for feature in FEATURES:
            self.connection.execute(f"alter table account_days add column {feature.id} bigint")
        add_number_columns(self.connection, "suspicions", ACCESS_COMPONENTS)
        add_number_columns(self.connection, "evidence_days", COMPONENTS)
        self.connection.execute(POLICY_EVENTS.create_temporary())
        self.connection.execute(PATIENT_DAYS.create_temporary().replace("relation relation", "relation varchar"))
        relation_tables(self.connection)
        keep_earlier_evidence(self.connection, ())
        self.insert("files", file_id=1, source="his", path="his.csv")

    def insert(self, table: str, **values: Any) -> None:
        """Add a row; what a column must have and the test does not care for is 0, empty or false."""
        columns = select(
            self.connection,
            "select column_name as name, data_type as type from duckdb_columns() where table_name = ?"
            " and not is_nullable order by column_index",
            [table],
        )
        fillers = {"VARCHAR": "", "BOOLEAN": False, "DATE": NIGHT, "TIMESTAMP": NIGHT}
        row = {one["name"]: [] if one["type"].endswith("[]") else fillers.get(one["type"], 0) for one in columns}
        row |= values
        self.connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({', '.join('?' for _ in row)})", list(row.values())
        )

    def evidence(self, user: str, on: int, nats: float, *patients: str, stream: str = "lookup", **columns: Any) -> None:
        """On a day ``nats`` stand against the account, for opening each of the patients in equal parts."""
        self.insert("evidence_days", business_date=day(on), user_id=user, **components(stream, nats))
        self.insert(
            "account_days", business_date=day(on), user_id=user, department="OB", role="nurse", account_type="human",
            **dict.fromkeys((feature.id for feature in FEATURES), 1),
        )  # fmt: skip
        for patient in patients:
            self.opens(user, on, patient, nats / len(patients), stream, **columns)

    def opens(self, user: str, on: int, patient: str, nats: float, stream: str = "lookup", **columns: Any) -> None:
        """The account opens a record of which nothing says why."""
        given = {"relation": "stranger", "access_type": "targeted", "features": ["strangers"], "surprisal": 9000}
        given |= {"department": "OB", "largest_evidence": round(nats * MICRO)}
        self.insert(
            "suspicions", business_date=day(on), user_id=user, patient_id=patient, role="nurse",
            accesses=1, records=1, **components(stream, nats), **given | columns,
        )  # fmt: skip
        self.insert(
            "suspicion_events", business_date=day(on), user_id=user, patient_id=patient,
            event_id=f"{user}{patient}{on}", local_time=f"{day(on)} 10:00:00", action="view", source="his", file_id=1,
            raw="raw",
        )  # fmt: skip

    def fires(self, policy: str, on: int, user: str | None = None, source: str | None = None, **columns: Any) -> None:
        """A policy fires for an account or a source."""
        given = {"pattern": policy, "severity": "high", "alert": True, "patients": 1, "records": 1, "accesses": 2}
        given["reason_values"] = "{}"
        self.insert(
            "policy_days", business_date=day(on), policy_id=policy, subject="source" if user is None else "account",
            user_id=user, source=source, reason_zh="理由", reason_en="reason", **given | columns,
        )  # fmt: skip

    def forgets(self, policy: str, on: int) -> None:
        """Asked again about a day, a policy fires no more."""
        self.connection.execute("delete from policy_days where policy_id = ? and business_date = ?", [policy, day(on)])

    def explain(self, user: str, on: int) -> None:
        """A later booking explains all that the account did on a day."""
        for table in ("suspicions", "suspicion_events", "evidence_days"):
            self.connection.execute(f"delete from {table} where user_id = ? and business_date = ?", [user, day(on)])

    def decide(self, finding: Finding, status: str, through: int) -> None:
        """An officer decides on a finding after the night of a day."""
        self.connection.execute("update findings set status = ? where finding_id = ?", [status, finding.finding_id])
        self.insert(
            "decisions", number=1, sequence=1, hash=f"{finding.finding_id}{through}", decided_at=day(through),
            finding_id=finding.finding_id, disposition=status, through=day(through),
        )  # fmt: skip

    def night(self, on: int, *judged: int, late: Sequence[int] = ()) -> FindingChanges:
        """Bring the findings up to date with the night of a day, which judges other days again, some for late rows."""
        context = ScoringContext(
            day(on), tuple(day(number) for number in sorted({on, *judged, *late})), self.first_date, self.settings,
            dict.fromkeys(BY_ID, self.limit), tuple(day(number) for number in late),
        )  # fmt: skip
        changes, limits = update_findings(self.connection, context)
        assert limits == dict.fromkeys(BY_ID, self.limit)
        return changes

    def findings(self) -> list[Finding]:
        """Return all findings, in the order of detection."""
        rows = select(self.connection, "from findings order by detected_on, user_id, patient_id, source, finding_id")
        return [Finding.of_row(row) for row in rows]

    def finding(self) -> Finding:
        """Return the only finding."""
        (finding,) = self.findings()
        return finding


def components(stream: str, nats: float) -> dict[str, int]:
    """Return the columns of the stream's components, each with the same number of nats."""
    return dict.fromkeys(BY_ID[stream].components, round(nats * MICRO))
