"""Exposure: which accounts had opened the leaked records, when and how, from the published store, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.database.queries import frame
from detector.errors import UsageError
from detector.tracing.leak_hypotheses import MANNERS, SPAN_STARTS

MOST_MOMENTS: Final = 12
"""Most dates at which all records that every account had opened are counted; a list's dates are grouped to so many."""
CONTROLS: Final = 60
"""Matched controls of each complaint."""
LIST_RECORDS: Final = 50
"""Fewest records of a list whose export is named."""
EXPORT_PATTERN: Final = "bulk-export"
"""The pattern that an approval of such an export names."""
MOST_LISTS: Final = 3
"""Most such exports that are named."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Every record that every account had opened by a date.

    `on`: the date. Row by row: `account` and `patient` (positions in the lists of :class:`LeakExposure`), `masks`
    (rows, manners): in which spans of days before the date the account opened the record in that manner, as bits.
    """

    on: date
    account: NDArray[np.int64]
    patient: NDArray[np.int64]
    masks: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LeakExposure:
    """Who opened what before a leak became known.

    `complaints`: ``patient_id, known_on`` of the leaked patients that are in the store, dates filled in.
    `unknown`: patient numbers that are not. `departments`: ``patient_id, departments`` of every patient.
    `accounts`: one row per account, columns of ``sql/trace/accounts.sql`` and ``leaked_accesses.sql``.
    `masks` (accounts, complaints, manners): in which spans of days before the complaint's own date the account opened
    the leaked record in that manner, as bits; 0 = never. `moment_of` (complaints): which of the `moments` stands for
    the complaint's date.
    `controls`: matched controls, columns of ``sql/trace/controls.sql``.
    `visits`: every patient's visits, columns of ``sql/trace/visits.sql``.
    """

    complaints: pl.DataFrame
    unknown: tuple[str, ...]
    departments: pl.DataFrame
    accounts: pl.DataFrame
    masks: NDArray[np.uint8]
    moment_of: NDArray[np.int64]
    moments: tuple[Moment, ...]
    controls: pl.DataFrame
    visits: pl.DataFrame

    @property
    def opened(self) -> NDArray[np.bool_]:
        """Whether an account had opened a leaked record by the date it became known: (accounts, complaints)."""
        return np.asarray(self.masks[:, :, 0] != 0)


class AccessHistory:
    """The scored accesses of a published store, for one list or for many: what all lists need is read once.

    Raises UsageError where no business date has been scored.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.dates = _business_dates(connection)
        self._moments: dict[date, Moment] = {}

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """One row per account that opened any record; columns of ``sql/trace/accounts.sql``."""
        return self._rows("accounts.sql")

    @cached_property
    def departments(self) -> pl.DataFrame:
        """``patient_id, departments`` of every patient in the store."""
        return self._rows("patient_departments.sql")

    @cached_property
    def visits(self) -> pl.DataFrame:
        """Every patient's visits; columns of ``sql/trace/visits.sql``."""
        return self._rows("visits.sql")

    def moment(self, on: date) -> Moment:
        """Return the records that every account had opened by a date."""
        if on not in self._moments:
            if len(self._moments) >= MOST_MOMENTS:
                del self._moments[next(iter(self._moments))]
            rows = self._masks("from patient_days", [on])
            number = self.departments.select("patient_id").with_row_index("patient")
            placed = rows.join(self._positions(), on="user_id").join(number, on="patient_id").sort("account", "patient")
            self._moments[on] = Moment(
                on,
                placed["account"].to_numpy().astype(np.int64),
                placed["patient"].to_numpy().astype(np.int64),
                placed.select(manner.id for manner in MANNERS).to_numpy(),
            )
        return self._moments[on]

    def exposure(self, patients: pl.DataFrame) -> LeakExposure:
        """Return who had opened the records of ``patient_id, known_on`` (null: up to the newest date).

        Raises UsageError where none of the patients is in the store.
        """
        listed = patients.with_columns(pl.col("known_on").fill_null(self.dates[-1])).join(
            self.departments.select("patient_id", in_store=pl.lit(value=True)),
            on="patient_id",
            how="left",
            maintain_order="left",
        )
        complaints = listed.filter(pl.col("in_store")).select("patient_id", "known_on")
        unknown = tuple(listed.filter(pl.col("in_store").is_null())["patient_id"])
        if complaints.is_empty():
            raise UsageError(
                f"none of the {len(unknown)} patient numbers is in the logs or context tables;"
                " compare how they are written, for example leading zeros"
            )
        self.connection.register("complaints", complaints.to_arrow())
        representatives, moment_of = representative_dates(complaints["known_on"].to_list())
        return LeakExposure(
            complaints=complaints,
            unknown=unknown,
            departments=self.departments,
            accounts=self.accounts.join(
                self._rows("leaked_accesses.sql"), on="user_id", how="left", maintain_order="left"
            ).with_columns(pl.col("unexplained_accesses").fill_null(0)),
            masks=self._complaint_masks(complaints),
            moment_of=moment_of,
            moments=tuple(self.moment(on) for on in representatives),
            controls=self._rows("controls.sql", controls=CONTROLS),
            visits=self.visits,
        )

    def account_accesses(self, complaints: pl.DataFrame, user_id: str) -> list[dict[str, object]]:
        """Return what one account did with each leaked patient, first opened first; see ``sql/trace``."""
        self.connection.register("complaints", complaints.select("patient_id", "known_on").to_arrow())
        return self._rows("patient_accesses.sql", user_id=user_id).to_dicts()

    def list_exports(self, complaints: pl.DataFrame) -> list[dict[str, object]]:
        """Return the largest lists exported without a patient's number before the last complaint, one per account.

        Only lists that could have held all the complaints: columns of ``sql/trace/list_exports.sql``, which names the
        approval that covered one.
        """
        until = complaints["known_on"].max()
        smallest = max(LIST_RECORDS, complaints.height)
        return self._rows(
            "list_exports.sql", until=until, smallest=smallest, most=MOST_LISTS, pattern=EXPORT_PATTERN
        ).to_dicts()

    def _complaint_masks(self, complaints: pl.DataFrame) -> NDArray[np.uint8]:
        """Return (accounts, complaints, manners): masks up to each complaint's own date."""
        dates = complaints["known_on"].unique().sort().to_list()
        placed = (
            self._masks("from patient_days where patient_id in (select patient_id from complaints)", dates)
            .join(complaints.with_row_index("complaint").rename({"known_on": "moment"}), on=["patient_id", "moment"])
            .join(self._positions(), on="user_id")
        )
        masks = np.zeros((self.accounts.height, complaints.height, len(MANNERS)), dtype=np.uint8)
        cells = placed["account"].to_numpy(), placed["complaint"].to_numpy()
        masks[cells] = placed.select(manner.id for manner in MANNERS).to_numpy()
        return masks

    def _positions(self) -> pl.DataFrame:
        return self.accounts.select("user_id").with_row_index("account")

    def _masks(self, considered: str, moments: list[date]) -> pl.DataFrame:
        """Return ``moment, user_id, patient_id`` and a mask per manner for the accesses considered."""
        self.connection.execute(f"create or replace temp view considered as {considered}")
        self.connection.register("lags", lag_table(moments, self.dates).to_arrow())
        return self._rows("exposure.sql")

    def _rows(self, statement: str, **params: object) -> pl.DataFrame:
        return frame(self.connection, "trace", statement, **params)


def representative_dates(known_on: list[date]) -> tuple[list[date], NDArray[np.int64]]:
    """Return at most ``MOST_MOMENTS`` dates, and for each of `known_on` the position of the one that stands for it.

    Dates that follow each other are grouped; the middle one stands for the group.
    """
    distinct = sorted(set(known_on))
    groups = [
        list(group) for group in np.array_split(np.array(distinct, dtype=object), min(MOST_MOMENTS, len(distinct)))
    ]
    group_of = {on: number for number, group in enumerate(groups) for on in group}
    return [group[len(group) // 2] for group in groups], np.array([group_of[on] for on in known_on], dtype=np.int64)


def lag_table(moments: list[date], dates: list[date]) -> pl.DataFrame:
    """Return ``moment, business_date, bit``: the bit of the span of days that lies between the two."""
    lags = pl.DataFrame({"moment": moments}, schema={"moment": pl.Date}).join(
        pl.DataFrame({"business_date": dates}, schema={"business_date": pl.Date}), how="cross"
    )
    days = (pl.col("moment") - pl.col("business_date")).dt.total_days()
    span = pl.sum_horizontal((days >= start).cast(pl.Int64) for start in SPAN_STARTS[1:])
    return lags.filter(days >= 0).with_columns(bit=pl.lit(2, dtype=pl.Int64).pow(span).cast(pl.UInt8))


def _business_dates(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """Return the days from the first to the last scored business date."""
    scored = connection.execute(
        "select 1 from information_schema.tables where table_name = 'patient_days' limit 1"
    ).fetchall()
    ends = (
        connection.execute("select min(business_date), max(business_date) from patient_days").fetchall()
        if scored
        else []
    )
    if not ends or ends[0][0] is None:
        raise UsageError("no business date has been worked through yet; `detector status` says why")
    first, last = ends[0]
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]
