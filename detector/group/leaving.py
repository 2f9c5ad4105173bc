"""What leaves a hospital: the answers that the group gets from its published copy, and nothing else.

Two questions. First who is there: tokens under the group's key, which say nothing without it. Then, about tokens that
another hospital has as well, what stands against them: sums by date, never an access or a record number. Members of a
finding of the group are named by account and finding, as the hospital's own findings are. :data:`LEAVING` declares
every column; the guide shows it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import frame, rows
from detector.detection.scoring import SUSPICIOUS_MICRONATS
from detector.detection.streams import COMPONENTS
from detector.findings.holders import Holders, account_of
from detector.findings.standing import ended_episodes
from detector.model.tables.table import BUSINESS_DATE, Column, Table
from detector.privacy.pseudonyms import Pseudonyms

RECORD_MICRONATS: Final = 2_000_000
"""Evidence of an access that looks for one patient: more than most of what is suspicious."""
OUTSIDE: Final = "external-network"

TOKEN: Final = Column("token", "varchar", "Pseudonym under the group's key.")
ACCOUNTS: Final = Table(
    "accounts",
    "account of a person or of a vendor's staff, with a name",
    (
        TOKEN.renamed("token", "Of the account's number together with its holder's name; or of the person, where"
                      " `[group] accounts` names one."),
        Column("account_type", "varchar", "`human` or `vendor`."),
    ),
)  # fmt: skip
ACCOUNT_DAYS: Final = Table(
    "account_days",
    "account on a date, of those that another hospital has as well",
    (TOKEN, BUSINESS_DATE),
    more="one number per component of a stream: what the date adds to it, in millionths of a nat",
)
ADDRESS_DAYS: Final = Table(
    "address_days",
    "address outside the hospital's networks from which somebody worked on a date, unless it was approved",
    (
        TOKEN.renamed("token", "Of the address."),
        BUSINESS_DATE,
        Column("accounts", "bigint", "Accounts that worked from it.", "accounts"),
    ),
)
RECORD_DAYS: Final = Table(
    "record_days",
    "record that somebody looked up on a date without a ground or an approval",
    (
        TOKEN.renamed("token", "Of the record's number together with date of birth and sex."),
        BUSINESS_DATE,
        Column("accounts", "bigint", "Accounts that did.", "accounts"),
    ),
)
TOUCHED: Final = Table(
    "touched",
    "token of a finding of the group",
    (
        TOKEN,
        Column("patients", "bigint", "Distinct patients of suspicious accesses in the finding's window.", "patients"),
        Column("records", "bigint", "Records of these.", "records"),
        Column("accesses", "bigint", "Accesses.", "accesses"),
        Column("features", "map(varchar, bigint)", "By feature: patients that show it.", "patients"),
    ),
)
MEMBERS: Final = Table(
    "members",
    "account that a finding of the group is about",
    (
        TOKEN,
        Column("user_id", "varchar", "The account."),
        Column("finding_id", "varchar", "The hospital's own finding about it; null: there is none."),
    ),
)
STATE: Final = Table(
    "state",
    "hospital",
    (
        Column("first", "date", "First business date of its history."),
        Column("last", "date", "Last business date judged."),
        Column("encounters_known", "boolean", "Whether it has a table of encounters."),
        Column("known_records", "bigint", "Patients with date of birth and sex.", "patients"),
        Column("learning_days", "integer", "`[alerting] learning_days`.", "days"),
    ),
)
LEAVING: Final = (STATE, ACCOUNTS, ACCOUNT_DAYS, ADDRESS_DAYS, RECORD_DAYS, TOUCHED, MEMBERS)

ACCOUNT_SCHEMA: Final = {
    "token": pl.String(),
    "business_date": pl.Date(),
    **{name: pl.Int64() for name in COMPONENTS},
}
DAY_SCHEMA: Final = {"token": pl.String(), "business_date": pl.Date(), "accounts": pl.Int64()}


@dataclass(frozen=True, slots=True)
class HospitalState:
    """How far a hospital is: see :data:`STATE`."""

    first: dt.date
    last: dt.date
    encounters_known: bool
    known_records: int
    learning_days: int


@dataclass(frozen=True, slots=True)
class Touched:
    """How much of a hospital a finding of the group touches: see :data:`TOUCHED`."""

    patients: int = 0
    records: int = 0
    accesses: int = 0
    features: Mapping[str, int] = field(default_factory=dict)


class LeavingHospital:
    """The published copy of one hospital as the group may ask it.

    ``persons`` names accounts that are somebody's by the group's own table: account → person.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, tokens: Pseudonyms, persons: Mapping[str, str]) -> None:
        self._connection = connection
        self._tokens = tokens
        self._persons = persons
        self._holders = Holders.read(connection)

    def state(self, learning_days: int) -> HospitalState | None:
        """Return how far the hospital is; None where no date was judged."""
        row = rows(self._connection, "group", "dates_judged.sql")[0]
        if row["first"] is None:
            return None
        return HospitalState(**row, learning_days=learning_days)

    def accounts(self) -> dict[str, str]:
        """Return the tokens of the accounts, with their types."""
        return {token: kind for token, (kind, _) in self._accounts.items()}

    def account_days(self, tokens: Collection[str], since: dt.date, until: dt.date) -> pl.DataFrame:
        """Return what dates add to the accounts of these tokens; what belongs to an episode that ended is left out."""
        keys = {holder: token for token in tokens for holder in self._keys(token)}
        ended = ended_episodes(self._connection, until)
        accounts = sorted({account_of(holder) for holder in keys})
        found = self._connection.sql(
            "from evidence_days where business_date between $since and $until and user_id in (select unnest($users))"
            " order by business_date, user_id",
            params={"since": since, "until": until, "users": accounts},
        ).pl()
        days = self._holders.by_holder(found).filter(pl.col("user_id").is_in(list(keys)))
        reset = pl.col("user_id").replace_strict(ended, default=dt.date.min, return_dtype=pl.Date)
        known = [pl.col(name).fill_null(0) if name in days.columns else pl.lit(0).alias(name) for name in COMPONENTS]
        return (
            days.filter(pl.col("business_date") > reset)
            .with_columns(*known, token=pl.col("user_id").replace_strict(keys, default=None, return_dtype=pl.String))
            .group_by("token", "business_date")
            .agg(pl.col(COMPONENTS).sum())
            .select(pl.col(name).cast(kind) for name, kind in ACCOUNT_SCHEMA.items())
            .sort("business_date", "token")
        )

    def address_days(self, since: dt.date, until: dt.date) -> pl.DataFrame:
        """Return from which addresses outside somebody worked, where no approval covers it."""
        found = self._outside(since, until).explode("addresses").drop_nulls("addresses")
        return self._days(found, "addresses", [pl.len().alias("accounts")])

    def record_days(self, since: dt.date, until: dt.date) -> pl.DataFrame:
        """Return which records somebody looked up without a ground."""
        found = self._records(since, until)
        return self._days(found, "record", [pl.col("users").list.len().cast(pl.Int64).max().alias("accounts")])

    def touched(self, token: str, since: dt.date, until: dt.date) -> Touched:
        """Return how much an account's suspicious accesses of these dates touch."""
        found = self._suspicious(self._keys(token), since, until)
        if found.is_empty():
            return Touched()
        features = (
            found.explode("features").drop_nulls("features").group_by("features").agg(pl.col("patient_id").n_unique())
        )
        return Touched(
            patients=found["patient_id"].n_unique(),
            records=max(found["patient_id"].n_unique(), int(found["records"].sum())),
            accesses=int(found["accesses"].sum()),
            features=dict(sorted(features.iter_rows())),
        )

    def members(self, kind: str, token: str, since: dt.date, until: dt.date) -> list[tuple[str, str | None]]:
        """Return account and own finding of whom a finding of the group is about, in order of the accounts."""
        if kind == "account":
            holders = self._keys(token)
        elif kind == "address":
            found = self._outside(since, until)
            holders = [
                user
                for user, addresses in found.select("user_id", "addresses").iter_rows()
                if any(self._tokens(address, "address") == token for address in addresses)
            ]
        else:
            found = self._records(since, until)
            holders = [
                user
                for users, number in found.select("users", "record").iter_rows()
                if self._tokens(number) == token
                for user in users
            ]
        findings = {
            row["holder"]: row["finding_id"]
            for row in rows(self._connection, "group", "members.sql", keys=sorted(set(holders)), since=since)
        }
        return [(account_of(holder), findings.get(holder)) for holder in sorted(set(holders))]

    @cached_property
    def _accounts(self) -> dict[str, tuple[str, list[str]]]:
        """Token → type and the holders of accounts that it stands for."""
        found: dict[str, tuple[str, list[str]]] = {}
        for row in rows(self._connection, "group", "linkable_accounts.sql"):
            person = self._persons.get(row["user_id"])
            text = f"person\0{person}" if person else f"{plain(row['user_id'])}\0{plain(row['name'])}"
            _, holders = found.setdefault(self._tokens(text, "account"), (row["account_type"], []))
            holders.append(row["holder"])
        return found

    def _keys(self, token: str) -> list[str]:
        return self._accounts.get(token, ("", []))[1]

    def _suspicious(self, holders: Iterable[str], since: dt.date, until: dt.date) -> pl.DataFrame:
        keys = set(holders)
        found = frame(
            self._connection, "group", "suspicious_accesses.sql",
            users=sorted({account_of(holder) for holder in keys}), since=since, until=until, least=SUSPICIOUS_MICRONATS,
        )  # fmt: skip
        return self._holders.by_holder(found).filter(pl.col("user_id").is_in(sorted(keys)))

    def _outside(self, since: dt.date, until: dt.date) -> pl.DataFrame:
        return frame(self._connection, "group", "outside_accesses.sql", since=since, until=until, pattern=OUTSIDE)

    def _records(self, since: dt.date, until: dt.date) -> pl.DataFrame:
        found = frame(
            self._connection, "group", "suspicious_records.sql", since=since, until=until, least=RECORD_MICRONATS
        )
        born = pl.col("birth_date").cast(pl.String)
        return found.with_columns(record=pl.concat_str("patient_id", born, "sex", separator="\0"))

    def _days(self, found: pl.DataFrame, column: str, counts: list[pl.Expr]) -> pl.DataFrame:
        """Return rows by token and date; ``column`` holds what tokens stand for."""
        kind = "address" if column == "addresses" else "patient"
        names = found[column].unique().to_list() if found.height else []
        keys = {name: self._tokens(name, kind) for name in names}
        return (
            found.with_columns(
                token=pl.col(column).replace_strict(keys, default=None, return_dtype=pl.String) if keys else pl.lit("")
            )
            .group_by("token", "business_date")
            .agg(counts)
            .select(pl.col(name).cast(kind) for name, kind in DAY_SCHEMA.items())
            .sort("business_date", "token")
        )


def plain(text: str) -> str:
    """Return a number or name without what two systems write differently: width, case, blanks and marks."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def in_several(tokens: Mapping[str, Iterable[str]], least: int) -> set[str]:
    """Return the tokens that ``least`` hospitals or more have; ``tokens`` by hospital."""
    places: dict[str, set[str]] = defaultdict(set)
    for hospital, found in tokens.items():
        for token in found:
            places[token].add(hospital)
    return {token for token, hospitals in places.items() if len(hospitals) >= least}
