"""The profile of a site: its accounts, patients and hours, and how its systems write rows, from its own log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb
import polars as pl

from detector.database.queries import create_table
from detector.detection.prerequisites import Prerequisite

TABLES: Final = (
    "drill_accounts", "drill_days", "drill_unit_patients", "drill_stays", "drill_patients", "drill_sources",
)  # fmt: skip
"""Tables in the order of their making, one SQL file of ``sql/drill/`` each."""
HISTORY_DAYS: Final = 60
"""How far before the first planted day the log is read."""
SAMPLE_ROWS: Final = 4000
"""Rows of one account that are kept to write like it."""


@dataclass(frozen=True, slots=True)
class SiteAccount:
    """An account of the site, a row of ``drill_accounts``; ``worked`` are the dates on which it opened patients."""

    user_id: str
    name: str | None
    department: str
    role: str
    account_type: str
    own_patient_id: str | None
    allowed_categories: frozenset[str]
    worked: tuple[dt.date, ...]


@dataclass(slots=True)
class SiteProfile:
    """The site between ``first`` and ``last``, the dates that may be planted in, and the weeks before.

    ``connection`` has the views ``events`` and the context tables of a store; temporary tables are made in it.
    ``unsuitable`` names accounts that must not be used: they have an alert already, or play another part.
    """

    connection: duckdb.DuckDBPyConnection
    first: dt.date
    last: dt.date
    unsuitable: frozenset[str] = frozenset()
    accounts: pl.DataFrame = field(init=False)
    days: pl.DataFrame = field(init=False)
    unit_patients: pl.DataFrame = field(init=False)
    stays: pl.DataFrame = field(init=False)
    patients: pl.DataFrame = field(init=False)
    sources: pl.DataFrame = field(init=False)
    _rows: dict[str, pl.DataFrame] = field(init=False, default_factory=dict)
    _opened: dict[str, pl.Series] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name in TABLES:
            bounds = {"since": self.since, "first": self.first, "last": self.last}
            create_table(self.connection, "drill", f"{name}.sql", **bounds)
        self.accounts, self.days, self.unit_patients, self.stays, self.patients, self.sources = (
            self.connection.sql(f"from {name}").pl() for name in TABLES
        )
        self.accounts = self.accounts.filter(~pl.col("user_id").is_in(sorted(self.unsuitable)))

    @property
    def since(self) -> dt.date:
        """The first date of the log that is looked at."""
        return self.first - dt.timedelta(days=HISTORY_DAYS)

    def _bounds(self, text: str) -> dict[str, dt.date]:
        bounds = {"since": self.since, "first": self.first, "last": self.last}
        return {name: date for name, date in bounds.items() if f"${name}" in text}

    def size(self) -> int:
        """Count the accounts that occur in the log: what a share of the accounts refers to."""
        return int(self.connection.execute("select count(*) from drill_accounts where days > 0").fetchall()[0][0])

    def offers(self, need: Prerequisite) -> bool:
        """Return whether the logs, or the staff table, have what a planter needs; KeyError where none may need it."""
        if need is Prerequisite.STAFF:
            return bool(self.connection.execute("select count(*) > 0 from staff").fetchall()[0][0])
        checks = {
            Prerequisite.ADDRESSES: pl.col("addresses").any(),
            Prerequisite.WORKSTATIONS: pl.col("workstations").any(),
            Prerequisite.BREAK_GLASS: (pl.col("action") == "break_glass").any(),
            Prerequisite.EXPORTS: (pl.col("action") == "export").any(),
        }
        return bool(self.sources.select(checks[need]).item()) if self.sources.height else False

    def account(self, user_id: str) -> SiteAccount:
        """Return one account with the days on which it works."""
        return self.account_of(self.accounts.row(by_predicate=pl.col("user_id") == user_id, named=True))

    def account_of(self, row: Mapping[str, Any]) -> SiteAccount:
        """Return the account of a row like those of ``accounts``, with the days on which it works."""
        user_id = row["user_id"]
        allowed = (row["allowed_categories"] or "").split("|")
        return SiteAccount(
            user_id=user_id,
            name=row["name"],
            department=row["department"],
            role=row["role"],
            account_type=row["account_type"],
            own_patient_id=row["own_patient_id"],
            allowed_categories=frozenset(name.strip().lower() for name in allowed if name.strip()),
            worked=tuple(self.days.filter(pl.col("user_id") == user_id)["business_date"].sort().to_list()),
        )

    def rows_of(self, user_id: str) -> pl.DataFrame:
        """Return an account's newest rows of the log: its hours, workstations and the way its systems write them."""
        if user_id not in self._rows:
            self._rows[user_id] = self._select(
                "from events where user_id = $user and business_date between $since and $last"
                f" order by local_time desc, event_id limit {SAMPLE_ROWS}",
                user=user_id,
            ).sort("local_time", "event_id")
        return self._rows[user_id]

    def rows_of_unit(self, account: SiteAccount, *, own: bool) -> pl.DataFrame:
        """Return a few rows that people of the account's unit (``own``) or of other units wrote, to write like them."""
        compared = "=" if own else "<>"
        return self._select(
            "from events where user_id in (select user_id from drill_accounts where account_type = 'human'"
            f" and department {compared} $department and user_id <> $user) and patient_id is not null"
            " and business_date between $first - 7 and $last order by hash(event_id) limit 400",
            user=account.user_id,
            department=account.department,
        )

    def opened_by(self, user_id: str) -> pl.Series:
        """Return the patients that the account opens in the site's own log: those that its work leads to."""
        if user_id not in self._opened:
            self._opened[user_id] = self._select(
                "select distinct patient_id from events where user_id = $user and patient_id is not null"
                " and business_date between $since and $last order by patient_id",
                user=user_id,
            )["patient_id"]
        return self._opened[user_id]

    def visits_of(self, patients: Iterable[str]) -> pl.DataFrame:
        """Return ``source, patient_id, local_time, patient_department, visit_id`` of rows with one of the last two."""
        return self._select(
            "select source, patient_id, local_time, patient_department, visit_id from events"
            " where patient_id in (select unnest($patients)) and business_date between $since and $last"
            " and (patient_department is not null or visit_id is not null) order by local_time, event_id",
            patients=sorted(set(patients)),
        )

    def _select(self, sql: str, **values: object) -> pl.DataFrame:
        rows: pl.DataFrame = self.connection.sql(sql, params=values | self._bounds(sql)).pl()
        return rows
