"""A judged store of a handful of accounts, told access by access."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from detector.deployment.settings import Settings, load_settings
from detector.model.tables import PATIENT_DAYS
from detector.store import Published, open_published, open_store

FIRST = date(2026, 6, 1)
TOML = """\
[site]
timezone = "Asia/Shanghai"
language = "en"
[[source]]
name = "his"
path = "logs/*.csv"
"""
FLAGS = ("contact", "clinical", "wrote", "listed", "printed", "exported")


def day(number: int) -> date:
    """The n-th day, from 0."""
    return FIRST + timedelta(days=number)


@dataclass
class World:
    """Accesses and stays of one hospital; `open` publishes them and opens the readers' copy."""

    folder: Path
    accesses: list[dict[str, Any]] = field(default_factory=list)
    stays: list[tuple[str, str, date, date | None]] = field(default_factory=list)
    staff: dict[str, str] = field(default_factory=dict)

    def opens(
        self, user: str, patients: str | Iterable[str], on: int = 0, *, department: str = "OB", role: str = "nurse",
        state: str = "explained", account_type: str = "human", flags: tuple[str, ...] = ("clinical",),
    ) -> World:  # fmt: skip
        """An account opens records of the obstetric ward on a day, in a manner."""
        for patient in [patients] if isinstance(patients, str) else patients:
            at = datetime.combine(day(on), time(9, len(self.accesses) % 60))
            self.accesses.append(
                {
                    "business_date": day(on), "user_id": user, "patient_id": patient, "department": department,
                    "role": role, "account_type": account_type, "patient_department": "OB", "first_at": at,
                    "last_at": at, "events": 3, "accesses": 1, "state": state,
                    "explanation": "inpatient" if state == "explained" else None,
                    **{flag: flag in flags for flag in FLAGS},
                }
            )  # fmt: skip
        return self

    def stay(self, patients: Iterable[str], on: int = 0, department: str = "OB", *, until: int | None = None) -> World:
        """Patients are admitted on a day, and discharged on another."""
        left = None if until is None else day(until)
        self.stays += [(patient, department, day(on), left) for patient in patients]
        return self

    def settings(self) -> Settings:
        """The deployment, written."""
        self.folder.joinpath("detector.toml").write_text(TOML, encoding="utf-8")
        return load_settings(self.folder)

    def publish(self) -> Settings:
        """Write the store and its published copy."""
        settings = self.settings()
        with open_store(settings, threads=1) as store:
            connection = store.connection
            frame = pl.DataFrame(self.accesses, infer_schema_length=None)
            connection.register("told", frame.to_arrow())
            with store.transaction():
                for one in frame["business_date"].unique().sort():
                    store.write_patient_days(
                        one,
                        f"select * from (from ({PATIENT_DAYS.empty_select()}) union all by name from told)"
                        f" where business_date = date '{one}'",
                    )
                for patient, department, on, left in self.stays:
                    connection.execute(
                        "insert into encounters (patient_id, department, kind, starts_at, ends_at)"
                        " values (?, ?, 'inpatient', ?, ?)",
                        [patient, department, on, left],
                    )
                for user, name in self.staff.items():
                    connection.execute(
                        "insert into staff (user_id, name, account_type, status) values (?, ?, 'human', 'active')",
                        [user, name],
                    )
            connection.unregister("told")
            store.publish()
        return settings

    def open(self) -> AbstractContextManager[Published]:
        """The readers' copy."""
        return open_published(self.publish())


def listed(patients: Iterable[str], known_on: int | None = None) -> pl.DataFrame:
    """A list of leaked patients with one date for all."""
    names = list(patients)
    dates = [None if known_on is None else day(known_on)] * len(names)
    return pl.DataFrame({"patient_id": names, "known_on": dates}, schema={"patient_id": pl.String, "known_on": pl.Date})


def named(letter: str, count: int, start: int = 0) -> list[str]:
    """Patients p0, p1, …"""
    return [f"{letter}{number}" for number in range(start, start + count)]
